"""Rooms whose results wait: who sees them, who releases, and what follows for the candidate."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from app.certification.room_part import begin_room
from app.core import clock
from app.core.db import db, transaction
from app.rooms import services
from app.rooms.models import RoomSession
from certificates.programmes import RoomPart
from tests import cast
from tests.conftest import csrf_token, sign_in
from tests.factories.certification import little_programme
from tests.factories.rooms import EXAM_TERMS, publish_little_room
from tests.factories.sittings import EVA, HAL, add_staff

AN_HOUR = timedelta(hours=1)


@pytest.fixture
def held(app, db_session, person_of, password_hash):
    """Alice's room of a programme that holds results back: over, and scored."""
    start = clock.now() - AN_HOUR
    add_staff(db_session, password_hash, now=start)
    publish_little_room(db_session, now=start)
    terms = replace(EXAM_TERMS, is_held=True)
    public_id = services.start_room(
        db_session, person_of(cast.ALICE).id, terms, now=start
    ).public_id
    db_session.commit()
    db.session.remove()
    with transaction() as db_session:
        services.close_finished_rooms(db_session, now=clock.now())
    return public_id


def release(client, public_id):
    data = {"csrf_token": csrf_token(client)}
    return client.post(f"/results/rooms/{public_id}/release", data=data)


def score_of(public_id):
    with transaction() as db_session:
        return db_session.query(RoomSession).filter_by(public_id=public_id).one().score


class TestRelease:
    def test_an_examiner_releases_and_the_candidate_reads(self, app, held, as_alice):
        examiner = sign_in(app, EVA)
        assert "小考房间" in examiner.get("/results").text
        assert "成绩等待发布" in as_alice.get(f"/rooms/{held}/result").text

        answer = release(examiner, held)

        assert answer.status_code == 303
        assert score_of(held) is not None
        assert "小考房间" not in examiner.get("/results").text
        assert "实操得分" in as_alice.get(f"/rooms/{held}/result").text

    def test_another_role_of_the_staff_may_not(self, app, held):
        handler = sign_in(app, HAL)

        assert release(handler, held).status_code == 403
        assert score_of(held) is None

    def test_a_candidate_may_not(self, held, as_alice):
        assert release(as_alice, held).status_code == 403

    def test_an_unknown_room_is_not_found(self, app, held):
        assert release(sign_in(app, EVA), "nothing").status_code == 404

    def test_needs_the_token(self, app, held):
        assert sign_in(app, EVA).post(f"/results/rooms/{held}/release").status_code == 400
        assert score_of(held) is None

    def test_a_second_time_changes_nothing(self, app, held):
        examiner = sign_in(app, EVA)
        release(examiner, held)
        score = score_of(held)

        assert release(examiner, held).status_code == 303
        assert score_of(held) == score


@pytest.mark.parametrize("is_held", [True, False])
def test_the_programme_decides(app, db_session, person_of, is_held):
    publish_little_room(db_session, now=clock.now())
    programme = little_programme()
    held_room = programme.room.model_copy(update={"held_until_release": is_held})
    programme = programme.model_copy(update={"room": held_room})

    public_id = begin_room(
        db_session, person_of(cast.ALICE).id, programme, is_demo=True, now=clock.now()
    )

    room = db_session.query(RoomSession).filter_by(public_id=public_id).one()
    assert room.is_held is is_held


def test_a_programme_that_holds_nothing_keeps_its_content():
    part = RoomPart(scenario_ref="f1@1", speed=4, cut_score=25, room_weight=1, forecast_weight=0)

    assert "held_until_release" not in part.model_dump(mode="json")
    held = part.model_copy(update={"held_until_release": True})
    assert held.model_dump(mode="json")["held_until_release"] is True
