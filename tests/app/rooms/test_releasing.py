"""A result that is held back: nobody reads it by any door, until it is released, once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from app.core import clock
from app.core.audit.models import AuditEntry
from app.core.db import db, transaction
from app.core.errors import NotFoundError, SecondPersonRequiredError
from app.rooms import moments, queries, releasing, services, sharing
from app.rooms.models import RoomSession
from app.rooms.releasing import NotDebriefedError
from app.rooms.sat import counted_rooms, sat_rooms
from tests import cast
from tests.app.rooms.playing import START, Player
from tests.app.rooms.test_routes import SINCE, Desk
from tests.conftest import NOON, sign_in
from tests.factories.rooms import EXAM_TERMS, publish_little_room

END = START + timedelta(minutes=8)
EXAMINER = 0
"""Nobody's own room."""

HELD_TERMS = replace(EXAM_TERMS, is_held=True)


def start_held(db_session, person_id, *, now):
    publish_little_room(db_session, now=now)
    return services.start_room(db_session, person_id, HELD_TERMS, now=now)


@pytest.fixture
def held(app, db_session, person_of):
    """A scored room whose result waits."""
    room = start_held(db_session, person_of(cast.ALICE).id, now=NOON)
    services.open_page(db_session, room, now=NOON)
    player = Player(room)
    db_session.commit()
    db.session.remove()
    player.act({"verb": "pin", "product": "coat"}, at=60)
    player.finish_by_scheduler(END)
    return player


def room_of(db_session, player):
    return queries.room_of(db_session, player.public_id, player.person_id, lock=True)


@pytest.mark.both_databases
class TestHeld:
    def test_has_a_score_that_nobody_reads(self, held):
        with transaction() as db_session:
            room = room_of(db_session, held)
            assert queries.score_or_none(db_session, room.id) is not None
            assert room.scored_at is not None
            assert room.score is None
            assert room.passed is None
            assert counted_rooms(sat_rooms(db_session, held.person_id), "little@1") == []

    def test_can_be_neither_shared_nor_practised(self, held):
        with transaction() as db_session:
            room = room_of(db_session, held)
            with pytest.raises(NotDebriefedError):
                sharing.make_link(db_session, room, now=END)
            with pytest.raises(NotDebriefedError):
                moments.start_from(db_session, room, 60, now=END)

    def test_released_it_counts_and_is_audited_once(self, held):
        with transaction() as db_session:
            first = releasing.release_room(
                db_session,
                room_of(db_session, held),
                releaser_id=EXAMINER,
                actor="person:examiner",
                now=END,
            )
            second = releasing.release_room(
                db_session,
                room_of(db_session, held),
                releaser_id=EXAMINER,
                actor="person:examiner",
                now=END,
            )

        assert (first, second) == (True, False)
        with transaction() as db_session:
            (counted,) = counted_rooms(sat_rooms(db_session, held.person_id), "little@1")
            score = queries.score_or_none(db_session, counted.room_session_id)
            assert counted.score == score.score
            acts = db_session.query(AuditEntry).filter_by(action="room.released").all()
            assert [act.actor for act in acts] == ["person:examiner"]

    def test_nobody_releases_the_own_result(self, held):
        with transaction() as db_session:
            room = room_of(db_session, held)
            with pytest.raises(SecondPersonRequiredError):
                releasing.release_room(
                    db_session, room, releaser_id=room.person_id, actor="person:self", now=END
                )
            assert room.is_held

    def test_what_has_no_score_cannot_be_released(self, app, db_session, person_of):
        room = start_held(db_session, person_of(cast.ALICE).id, now=NOON)

        with pytest.raises(NotDebriefedError):
            releasing.release_room(
                db_session, room, releaser_id=EXAMINER, actor="person:examiner", now=NOON
            )

    def test_a_link_of_a_held_room_would_lead_nowhere(self, held):
        """A correction may hold a shared room back again: its link must not leak."""
        with transaction() as db_session:
            releasing.release_room(
                db_session, room_of(db_session, held), releaser_id=EXAMINER, actor="x:y", now=END
            )
            token = sharing.make_link(db_session, room_of(db_session, held), now=END)
        with transaction() as db_session:
            room_of(db_session, held).is_held = True
        with transaction() as db_session, pytest.raises(NotFoundError):
            sharing.shared_room(db_session, token)


class TestPages:
    @pytest.fixture
    def desk(self, app, db_session, person_of):
        room = start_held(db_session, person_of(cast.ALICE).id, now=clock.now() - SINCE)
        public_id = room.public_id
        db_session.commit()
        db.session.remove()
        desk = Desk(sign_in(app, cast.ALICE), public_id)
        desk.open()
        desk.act()
        desk.post("finish", {"key": "finish-key-1"})
        return desk

    def test_the_result_is_a_receipt(self, desk):
        page = desk.client.get(f"{desk.url}/result").text

        assert "成绩等待发布" in page
        with transaction() as db_session:
            room = db_session.query(RoomSession).filter_by(public_id=desk.public_id).one()
            assert room.head_hash in page
        for words in ("实操得分", "净成交", "再练一次", "/replay"):
            assert words not in page.split("<main", 1)[1]

    @pytest.mark.parametrize("what", ["replay", "frames/0", "debrief.json", "sheet.pdf"])
    def test_every_other_door_is_shut(self, desk, what):
        desk.client.get(f"{desk.url}/result")

        assert desk.client.get(f"{desk.url}/{what}").status_code == 409

    def test_the_list_tells_no_score(self, desk):
        desk.client.get(f"{desk.url}/result")

        assert "通过" not in desk.client.get("/rooms").text.split("<main", 1)[1]
