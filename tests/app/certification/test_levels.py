"""From 初级 to 高级 through the services: two rooms, texts, forecasts, practice, and a contest."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.certification import claims, queries, services, standing, written
from app.certification.models import Enrolment
from app.core import clock
from app.rooms.events import RoomWeighed
from app.rooms.models import RoomDebrief, RoomScore
from app.studio.services import publish_scenarios
from certificates.decisions import Part, PartState
from tests import cast
from tests.app.certification.test_claims import confirm, sessions, state
from tests.conftest import NOON, csrf_token
from tests.factories.certification import (
    add_attempt,
    add_room,
    certify,
    enrol_little,
    little_programme,
    publish_little_programme,
    room_fact,
)
from tests.factories.rooms import little_scenario

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)

BELOW = [{"kind": "credential", "level": "junior"}]
ROOM = {
    "scenario_ref": "little@1",
    "speed": 4.0,
    "cut_score": 25.0,
    "room_weight": 1.0,
    "forecast_weight": 0.0,
}


def publish(db_session, **changes):
    """Publish the 初级 programme and one of a higher level."""
    higher = little_programme(id="higher", level="intermediate", **changes)
    publish_little_programme(db_session, little_programme(), higher, now=NOON - 30 * DAY)
    return higher


def decided(db_session, enrolment):
    return queries.last_decision_or_none(db_session, enrolment.id)


@pytest.fixture
def moment(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOON)


@pytest.fixture
def bob_id(person_of):
    """Somebody whose identity is known and who holds nothing."""
    return person_of(cast.BOB).id


class TestTwoRooms:
    SECOND = ROOM | {"scenario_ref": "little-b@1"}

    @pytest.fixture
    def programme(self, db_session):
        other = [little_scenario(id="little-b")]
        publish_scenarios(db_session, other, is_public=True, actor="cli:test", now=NOON)
        return publish(db_session, second_room=self.SECOND)

    def test_both_are_needed_and_the_certificate_prints_their_mean(
        self, app, db_session, alice_id, programme
    ):
        enrolment = enrol_little(app, db_session, alice_id, programme, now=NOON)
        add_attempt(db_session, alice_id, 0.8, at=NOON, programme=programme)
        add_room(db_session, alice_id, 60.0, at=NOON + HOUR, programme=programme)
        assert decided(db_session, enrolment).verdict == "incomplete"

        second = add_room(
            db_session, alice_id, 25.0, at=NOON + 2 * HOUR, programme=programme, part=Part.ROOM_2
        )

        assert enrolment.certified_at == second.closed_at
        record = queries.credentials_of(db_session, alice_id, at=NOON + DAY)[0].record
        assert record.snapshot["room_points"] == "42.5"
        assert record.snapshot["room_cut_points"] == "25.0"

    def test_each_has_its_own_retakes(self, app, db_session, alice_id, programme):
        enrolment = enrol_little(app, db_session, alice_id, programme, now=NOON)
        add_attempt(db_session, alice_id, 0.8, at=NOON, programme=programme)
        add_room(db_session, alice_id, 1.0, at=NOON + HOUR, programme=programme)

        now = NOON + 2 * HOUR
        stands = standing.standing_of(db_session, enrolment, now=now, include_demo=True)

        assert not stands.room.may_start(now)
        assert stands.part(Part.ROOM_2).may_start(now)

    def test_the_page_offers_both_and_starts_the_one_that_is_asked_for(
        self, app, as_alice, db_session, alice_id, programme
    ):
        enrol_little(app, db_session, alice_id, programme, now=clock.now())
        add_attempt(db_session, alice_id, 0.8, at=clock.now(), programme=programme)
        db_session.commit()
        page = as_alice.get("/exams").text
        assert "实操考试（一）" in page
        assert "/programmes/higher/room?part=room_2" in page
        token = {"csrf_token": csrf_token(as_alice)}

        # Nobody searched the second scenario's reference, so that only the first room can start.
        second = as_alice.post("/programmes/higher/room?part=room_2", data=token)
        first = as_alice.post("/programmes/higher/room", data=token)

        assert (second.status_code, first.status_code) == (409, 303)


def test_the_programme_says_how_early_a_credential_is_renewed(app, db_session, alice_id):
    higher = publish(db_session, renewal={"window_days": 30})
    held = certify(app, db_session, alice_id, higher, at=NOON)

    with pytest.raises(services.AlreadyCertifiedError):
        enrol_little(app, db_session, alice_id, higher, now=held.expires_at - 31 * DAY)
    assert enrol_little(app, db_session, alice_id, higher, now=held.expires_at - 30 * DAY).is_active


def test_an_exam_waits_for_the_level_below(app, db_session, alice_id, bob_id):
    higher = publish(db_session, prerequisites=BELOW)
    certify(app, db_session, alice_id, little_programme(), at=NOON - DAY)
    settings = app.config["SETTINGS"]
    of_bob = enrol_little(app, db_session, bob_id, higher, now=NOON)
    of_alice = enrol_little(app, db_session, alice_id, higher, now=NOON)

    with pytest.raises(services.LevelFirstError):
        services.start_theory(db_session, of_bob, settings=settings, now=NOON)
    assert services.start_theory(db_session, of_alice, settings=settings, now=NOON).is_open


def test_enrolling_says_what_this_person_lacks_and_where_to_get_it(
    app, db_session, as_alice, as_bob, alice_id, person_of, moment
):
    asked = [*BELOW, {"kind": "sessions", "count": 10}, {"kind": "training", "hours": 8}]
    publish(db_session, prerequisites=asked)
    certify(app, db_session, alice_id, little_programme(), at=NOON - DAY)
    confirm(db_session, state(db_session, person_of(cast.BOB), sessions(4)))
    state(db_session, person_of(cast.BOB), sessions(2, title="小六家女装 十月日播"))
    db_session.commit()

    for url in ("/programmes/higher/enrol", "/exams"):
        of_alice, of_bob = as_alice.get(url).text, as_bob.get(url).text

        assert "你还没有初级证书" in of_bob
        assert 'href="/programmes/little/enrol">去考初级' in of_bob
        assert "已确认 4 场，还差 6 场；另有 2 场等待确认" in of_bob
        assert "已确认 0 学时，还差 8 学时" in of_bob
        assert 'href="/invitations">我的服务商' in of_bob
        assert "你还没有初级证书" not in of_alice
    assert "已持有，有效至" in as_alice.get("/programmes/higher/enrol").text


class TestPractice:
    def test_is_counted_once_confirmed_and_then_certifies(
        self, app, db_session, alice_id, person_of
    ):
        higher = publish(db_session, prerequisites=[{"kind": "sessions", "count": 10}])
        enrolment = enrol_little(app, db_session, alice_id, higher, now=NOON)
        add_attempt(db_session, alice_id, 0.8, at=NOON, programme=higher)
        add_room(db_session, alice_id, 40.0, at=NOON + HOUR, programme=higher)
        claim = state(db_session, person_of(cast.ALICE), sessions(10), now=NOON + HOUR)
        reasons = decided(db_session, enrolment).reasons
        assert reasons[-1] == {"code": "sessions_missing", "achieved": 0.0, "required": 10.0}

        confirm(db_session, claim, now=NOON + DAY)

        assert enrolment.certified_at == NOON + DAY
        assert queries.held_levels(db_session, alice_id, at=NOON + 2 * DAY, include_demo=True)


class TestWritten:
    @pytest.fixture
    def enrolment(self, app, db_session, alice_id) -> Enrolment:
        texts = {"texts": ["diagnosis", "review"], "cut_fraction": 0.6}
        self.programme = publish(db_session, written=texts)
        enrolment = enrol_little(app, db_session, alice_id, self.programme, now=NOON)
        add_attempt(db_session, alice_id, 0.8, at=NOON, programme=self.programme)
        return enrolment

    def mark(self, db_session, room, diagnosis, review, *, now):
        for part, credit in (("diagnosis", diagnosis), ("review", review)):
            written.on_text_marked(
                db_session, room_session_id=room.id, part=part, credit=credit, now=now
            )

    def test_the_last_mark_certifies(self, app, db_session, alice_id, enrolment):
        room = add_room(db_session, alice_id, 40.0, at=NOON + HOUR, programme=self.programme)
        assert decided(db_session, enrolment).verdict == "incomplete"

        self.mark(db_session, room, 0.5, 0.7, now=NOON + DAY)

        assert enrolment.certified_at == NOON + DAY

    def test_texts_below_the_cut_open_the_room_again(self, app, db_session, alice_id, enrolment):
        room = add_room(db_session, alice_id, 40.0, at=NOON + HOUR, programme=self.programme)
        self.mark(db_session, room, 0.5, 0.6, now=NOON + DAY)
        now = NOON + 9 * DAY
        stands = standing.standing_of(db_session, enrolment, now=now, include_demo=True)

        assert decided(db_session, enrolment).verdict == "failed"
        assert stands.room.is_met
        assert stands.room.may_start(now)
        again = add_room(db_session, alice_id, 26.0, at=now, programme=self.programme)
        self.mark(db_session, again, 0.9, 0.9, now=now + DAY)
        assert enrolment.certified_at == now + DAY

    def test_the_same_mark_again_is_one(self, app, db_session, alice_id, enrolment):
        room = add_room(db_session, alice_id, 40.0, at=NOON + HOUR, programme=self.programme)
        self.mark(db_session, room, 0.1, 0.1, now=NOON + DAY)
        self.mark(db_session, room, 0.1, 0.1, now=NOON + 2 * DAY)

        stands = standing.standing_of(db_session, enrolment, now=NOON + 3 * DAY, include_demo=True)
        assert stands.part(Part.WRITTEN).sitting_count == 1
        assert stands.part(Part.WRITTEN).decided.state is PartState.NOT_MET


def test_a_room_counts_once_its_forecasts_are_judged(app, db_session, alice_id):
    weighed = ROOM | {"room_weight": 0.85, "forecast_weight": 0.15}
    higher = publish(db_session, room=weighed)
    enrolment = enrol_little(app, db_session, alice_id, higher, now=NOON)
    add_attempt(db_session, alice_id, 0.8, at=NOON, programme=higher)
    room = add_room(db_session, alice_id, 24.0, at=NOON + HOUR, programme=higher)
    stands = standing.standing_of(db_session, enrolment, now=NOON + HOUR, include_demo=True)
    assert stands.room.is_being_scored
    assert decided(db_session, enrolment).verdict == "incomplete"

    score = RoomScore(
        room_session_id=room.id,
        at=NOON,
        score=24.0,
        result={},
        curves={},
        scenario_hash="",
        engine_version="1",
        head_hash="",
        reason="finished",
    )
    db_session.add(score)
    db_session.flush()
    findings = {"forecasts": [{"prompt": 0, "points": 80.0}, {"prompt": 1}]}
    db_session.add(RoomDebrief(room_score_id=score.id, at=NOON, effects=[], findings=findings))
    db_session.flush()
    fact = room_fact(room)
    services.on_room_weighed(
        db_session, RoomWeighed(room.id, room.person_id, fact.programme_ref, NOON + 2 * HOUR)
    )

    # 0.85 × 24 + 0.15 × (80 + 0) / 2 = 26.4 reaches 25.
    record = queries.credentials_of(db_session, alice_id, at=NOON + DAY)[0].record
    assert record.snapshot["room_points"] == "26.4"


class TestContest:
    def test_takes_a_candidate_to_the_credential_with_the_theory(
        self, app, db_session, alice_id, person_of
    ):
        texts = {"texts": ["diagnosis", "review"], "cut_fraction": 0.6}
        higher = publish(db_session, written=texts, contest={"cut_score": 55.0})
        enrolment = enrol_little(app, db_session, alice_id, higher, now=NOON)
        add_attempt(db_session, alice_id, 0.8, at=NOON, programme=higher)
        contest = claims.NewClaim(
            kind="contest",
            amount=61.5,
            happened_on=(NOON - DAY).date(),
            title="高级操盘手认证大赛",
            source="大赛成绩册第 3 页",
        )
        claim = state(db_session, person_of(cast.ALICE), contest, now=NOON)

        confirm(db_session, claim, now=NOON + DAY)

        assert enrolment.certified_at == NOON + DAY
        codes = [reason["code"] for reason in decided(db_session, enrolment).reasons]
        assert codes == ["theory_met", "contest_met"]
        record = queries.credentials_of(db_session, alice_id, at=NOON + 2 * DAY)[0].record
        assert (record.snapshot["room_points"], record.snapshot["room_cut_points"]) == (
            "61.5",
            "55.0",
        )
        assert f"room:{claim.public_id}" in queries.used_evidence(db_session, alice_id)

    def test_does_not_count_where_the_programme_has_no_such_way(
        self, app, db_session, alice_id, person_of
    ):
        higher = publish(db_session)
        enrolment = enrol_little(app, db_session, alice_id, higher, now=NOON)
        add_attempt(db_session, alice_id, 0.8, at=NOON, programme=higher)
        contest = claims.NewClaim("contest", 99.0, NOON.date(), "大赛", "成绩册")
        confirm(db_session, state(db_session, person_of(cast.ALICE), contest), now=NOON + DAY)

        assert decided(db_session, enrolment).verdict == "incomplete"
