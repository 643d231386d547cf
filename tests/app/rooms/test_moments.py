"""Practising from a moment: the same past and customers, another decision."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.core.db import transaction
from app.core.errors import InvalidInputError, NotFoundError
from app.rooms import moments, queries, scoring, services, starting
from app.rooms.clocks import RoomClock
from app.rooms.models import RoomSession
from app.rooms.releasing import NotDebriefedError
from app.rooms.starting import has_cockpit
from app.studio.queries import scenario_of
from simulations.rooms import replay
from tests import cast
from tests.app.rooms.playing import START, start_practice
from tests.conftest import NOON
from tests.factories.planned_rooms import planned_scenario
from tests.factories.rooms import little_scenario

pytestmark = pytest.mark.both_databases

SPEED = 4
TICK = 120
"""Ten minutes after the start."""


@pytest.fixture
def played(app, db_session, person_of):
    """A practice room in which three things were done, played to its end and scored."""
    player = start_practice(db_session, person_of(cast.ALICE).id)
    for at, product in ((60, "jeans"), (150, "coat"), (300, "socks")):
        player.act({"verb": "pin", "product": product}, at=at)
    judge(player, START + timedelta(minutes=8))
    return player


def judge(player, now):
    player.finish_by_scheduler(now)
    with transaction() as db_session:
        room = db_session.get_one(RoomSession, player.id)
        assert room.scored_at is not None


def begin(player, tick=TICK, now=START + timedelta(minutes=20)):
    with transaction() as db_session:
        origin = queries.room_of(db_session, player.public_id, player.person_id, lock=True)
        return moments.start_from(db_session, origin, tick, now=now).public_id


def room_of(db_session, player, public_id):
    return queries.room_of(db_session, public_id, player.person_id)


class TestStartFrom:
    def test_goes_on_a_minute_before_with_the_same_past(self, played):
        public_id = begin(played)

        with transaction() as db_session:
            room = room_of(db_session, played, public_id)
            log = queries.log_of(db_session, room)
            assert room.clock.tick_at(room.starts_at) == TICK - 12
            assert [entry.action.to_dict()["product"] for entry in log] == ["jeans"]
            assert room.keys == room_of(db_session, played, played.public_id).keys
            assert not room.is_exam

    def test_left_alone_until_the_old_decisions_it_has_the_old_state(self, played):
        public_id = begin(played)

        with transaction() as db_session:
            room = room_of(db_session, played, public_id)
            old = room_of(db_session, played, played.public_id)
            scenario = scenario_of(db_session, room.scenario_ref)
            then = old.starts_at + timedelta(seconds=(TICK - 12) * 5 / SPEED)
            new_state = queries.state_of(db_session, room, scenario, now=room.starts_at)
            keys, log = old.keys, queries.log_of(db_session, old)
        until = [entry for entry in log if entry.tick < TICK - 12]
        assert replay(scenario, keys, until, TICK - 12).to_bytes() == new_state.to_bytes()
        assert then < START + timedelta(minutes=8)

    def test_again_gives_the_open_room_another_moment_gives_it_up(self, played):
        first, again = begin(played), begin(played)
        other = begin(played, tick=TICK + 24)

        assert first == again != other
        with transaction() as db_session:
            assert room_of(db_session, played, first).closing == "abandoned"

    def test_a_room_without_its_result_tells_nothing(self, app, db_session, person_of):
        player = start_practice(db_session, person_of(cast.ALICE).id)

        with pytest.raises(NotDebriefedError):
            begin(player)

    def test_too_near_the_end_is_refused(self, played):
        with pytest.raises(InvalidInputError):
            begin(played, tick=30 * 12 - 10)

    def test_the_new_room_is_scored_and_compared(self, played):
        public_id = begin(played)
        now = START + timedelta(minutes=60)
        with transaction() as db_session:
            services.close_finished_rooms(db_session, now=now)

        with transaction() as db_session:
            room = room_of(db_session, played, public_id)
            assert room.score is not None
            assert scoring.judge(db_session, room).result["score"] == room.score
            assert room.origin_tick == TICK - 12


def test_somebody_elses_room_is_not_found(played, db_session, person_of):
    stranger_id = person_of(cast.BOB).id
    db_session.commit()

    with transaction() as db_session, pytest.raises(NotFoundError):
        queries.room_of(db_session, played.public_id, stranger_id, lock=True)


def test_clock_starts_in_the_middle():
    clock = RoomClock.starting(NOON, 4, 360, tick=100)

    assert clock.tick_at(NOON - timedelta(seconds=5)) == 100
    assert clock.tick_at(NOON + timedelta(seconds=5)) == 104


class TestHasCockpit:
    def test_the_little_room_has_one(self):
        assert has_cockpit(little_scenario())

    def test_a_lever_without_a_panel_has_none(self, monkeypatch):
        fewer = starting.COCKPIT_CONTROLS - {"lucky_bag"}
        monkeypatch.setattr(starting, "COCKPIT_CONTROLS", fewer)

        assert not has_cockpit(little_scenario())

    def test_a_plan_is_made_on_a_page_of_its_own(self):
        assert has_cockpit(planned_scenario())
