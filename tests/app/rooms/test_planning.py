"""Planning through the services, on both databases; `now` is an argument everywhere."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from app.core.db import db, transaction
from app.core.errors import (
    IdempotencyKeyReusedError,
    RateLimitedError,
    SupersededSessionError,
)
from app.core.hashing import GENESIS
from app.rooms import again, moments, planning, queries, scoring, services
from app.rooms.acting import RoomNotStartedError
from app.rooms.chains import event_hash
from app.rooms.clocks import START_COUNTDOWN
from app.rooms.models import RoomEvent, RoomSession
from app.rooms.planning import (
    PlanClosedError,
    PlanFirstError,
    PlanNotAllowedError,
    PlanTimeOverError,
    SentPlan,
)
from app.rooms.starting import PLAN_GRACE, PRACTICE_PLAN
from app.rooms.terms import PLAN_MIN
from app.studio.queries import reference_of, scenario_of
from simulations.plans import parse_plan
from simulations.scoring import room_result
from tests import cast
from tests.app.rooms.playing import Player
from tests.conftest import NOON
from tests.factories.planned_rooms import PLAN, start_planned_exam, start_planned_practice

pytestmark = pytest.mark.both_databases

DUE = NOON + timedelta(minutes=PLAN_MIN)
A_MINUTE = timedelta(minutes=1)


class Planner:
    """Holds a room by its ids only, so that each step has its own unit of work."""

    def __init__(self, room: RoomSession) -> None:
        self.id, self.public_id, self.person_id = room.id, room.public_id, room.person_id
        self.epoch = room.writer_epoch
        self.sends = 0

    def sent(self, plan: dict[str, Any] | None, words: str | None, key: str) -> SentPlan:
        self.sends += 1
        return SentPlan(
            key=key or f"plan-{self.sends:08}",
            writer_epoch=self.epoch,
            plan=None if plan is None else parse_plan(plan),
            diagnosis=words,
        )

    def draft(
        self,
        plan: dict[str, Any] | None = None,
        words: str | None = None,
        *,
        now: datetime,
        key: str = "",
    ) -> None:
        with transaction() as db_session:
            room = queries.room_of(db_session, self.public_id, self.person_id, lock=True)
            planning.save_draft(db_session, room, self.sent(plan, words, key), now=now)

    def submit(
        self,
        plan: dict[str, Any] | None = None,
        words: str | None = None,
        *,
        now: datetime,
        key: str = "",
    ) -> None:
        with transaction() as db_session:
            room = queries.room_of(db_session, self.public_id, self.person_id, lock=True)
            planning.submit_plan(db_session, room, self.sent(plan, words, key), now=now)

    def sweep(self, now: datetime) -> None:
        with transaction() as db_session:
            services.close_finished_rooms(db_session, now=now)

    def room(self) -> RoomSession:
        with transaction() as db_session:
            room = db_session.get_one(RoomSession, self.id)
            db_session.expunge(room)
            return room

    def events(self, kind: str = "") -> list[RoomEvent]:
        with transaction() as db_session:
            events = list(queries.events_of(db_session, self.id))
            db_session.expunge_all()
        return [one for one in events if not kind or one.kind == kind]


def _opened(db_session: Any, room: RoomSession) -> Planner:
    services.open_page(db_session, room, now=NOON)
    planner = Planner(room)
    db_session.commit()
    db.session.remove()
    return planner


@pytest.fixture
def exam(app: object, db_session: Any, person_of: Callable[..., Any]) -> Planner:
    return _opened(db_session, start_planned_exam(db_session, person_of(cast.ALICE).id, now=NOON))


@pytest.fixture
def practice(app: object, db_session: Any, person_of: Callable[..., Any]) -> Planner:
    return _opened(
        db_session, start_planned_practice(db_session, person_of(cast.ALICE).id, now=NOON)
    )


class TestStart:
    def test_the_clock_stands_until_there_is_a_plan(self, exam):
        room = exam.room()

        assert room.is_planning
        assert room.plan_due_at == DUE
        assert room.ends_at is None
        assert room.clock.tick_at(NOON + timedelta(hours=5)) == 0
        assert not room.clock.is_over(NOON + timedelta(hours=5))
        assert "plan_due_at" in json.loads(exam.events("started")[0].payload)

    def test_nothing_is_operated_before(self, exam):
        with pytest.raises(RoomNotStartedError):
            Player(exam.room()).act({"verb": "pin", "product": "jeans"}, at=60)
        with transaction() as db_session, pytest.raises(PlanFirstError):
            room = queries.room_of(db_session, exam.public_id, exam.person_id, lock=True)
            services.finish_early(db_session, room, key="finish-key", now=NOON)
        assert exam.room().is_open

    @pytest.mark.parametrize("change", ["paused", "resumed"])
    def test_the_practice_clock_cannot_be_started_around_the_plan(self, practice, change):
        with transaction() as db_session, pytest.raises(PlanFirstError):
            room = queries.room_of(db_session, practice.public_id, practice.person_id, lock=True)
            services.change_clock(db_session, room, change, {}, key="clock-key", now=NOON)
        assert practice.room().is_planning


class TestDraft:
    def test_is_one_event_and_the_newest_counts(self, exam):
        exam.draft({**PLAN, "grade": "B"}, now=NOON + A_MINUTE)
        exam.draft(PLAN, now=NOON + 2 * A_MINUTE)
        exam.draft(words="老粉不换货。", now=NOON + 3 * A_MINUTE)

        room = exam.room()
        assert room.plan_draft == PLAN
        assert room.diagnosis == "老粉不换货。"
        assert room.plan is None
        assert [json.loads(one.payload) for one in exam.events("drafted")][1:] == [
            {"plan": PLAN},
            {"diagnosis": "老粉不换货。"},
        ]

    def test_a_repeat_does_nothing_and_a_reused_key_is_refused(self, exam):
        exam.draft(PLAN, now=NOON, key="the-same-key")
        exam.draft(PLAN, now=NOON + A_MINUTE, key="the-same-key")
        assert len(exam.events("drafted")) == 1

        with pytest.raises(IdempotencyKeyReusedError):
            exam.draft({**PLAN, "grade": "B"}, now=NOON + A_MINUTE, key="the-same-key")
        assert exam.room().plan_draft == PLAN

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            ({"grade": "S"}, "grade_not_offered"),
            ({"preheat_videos": 4}, "preheat_over_limit"),
            ({"tray": ["jeans"]}, "tray_too_small"),
            ({"tray": ["jeans", "jeans"]}, "tray_duplicate"),
            ({"tray": ["jeans", "hat"]}, "tray_unknown_product"),
            ({"stock": [{"product": "socks", "units": 101}]}, "stock_over_limit"),
            ({"trust": ["tenfold"]}, "trust_not_offered"),
            ({"aim": "repeat"}, "aim_not_offered"),
            ({"hourly_gmv_fen": [1, 2]}, "targets_wrong_count"),
            ({"traffic_budget_fen": 400_000}, "plan_over_purse"),
            ({"traffic_budget_fen": 230_000}, "plan_over_cash"),
        ],
    )
    def test_a_plan_against_the_rules_changes_nothing(self, exam, change, code):
        exam.draft(PLAN, now=NOON)
        before = len(exam.events())

        with pytest.raises(PlanNotAllowedError) as refused:
            exam.draft({**PLAN, **change}, "新的诊断", now=NOON + A_MINUTE)

        assert code in [one["code"] for one in refused.value.errors]
        assert exam.room().plan_draft == PLAN
        assert exam.room().diagnosis is None
        assert len(exam.events()) == before

    def test_an_older_page_is_refused(self, exam):
        with transaction() as db_session:
            room = queries.room_of(db_session, exam.public_id, exam.person_id, lock=True)
            services.open_page(db_session, room, now=NOON)

        with pytest.raises(SupersededSessionError):
            exam.draft(PLAN, now=NOON)
        assert exam.room().plan_draft is None

    def test_too_many_in_a_moment_are_refused(self, exam):
        for _ in range(planning.RATE_DRAFTS):
            exam.draft(PLAN, now=NOON)

        with pytest.raises(RateLimitedError):
            exam.draft(PLAN, now=NOON)
        exam.draft(PLAN, now=NOON + planning.RATE_WINDOW)

    def test_what_was_not_committed_did_not_happen(self, exam):
        class PowerCutError(Exception):
            pass

        with pytest.raises(PowerCutError), transaction() as db_session:
            room = queries.room_of(db_session, exam.public_id, exam.person_id, lock=True)
            planning.submit_plan(db_session, room, exam.sent(PLAN, "诊断", "cut-off-key"), now=NOON)
            raise PowerCutError
        assert exam.room().is_planning
        assert exam.room().plan_draft is None

        exam.submit(PLAN, "诊断", now=NOON + A_MINUTE, key="cut-off-key")
        assert exam.room().plan == PLAN


class TestSubmit:
    def test_fixes_the_plan_and_lets_the_countdown_run(self, exam):
        now = NOON + 4 * A_MINUTE
        exam.submit(PLAN, "新客进来听不懂。", now=now)

        room = exam.room()
        planned = json.loads(exam.events("planned")[0].payload)
        assert not room.is_planning
        assert room.plan == PLAN
        assert room.planned_at == now
        assert room.starts_at == now + START_COUNTDOWN
        assert room.ends_at == room.starts_at + timedelta(minutes=30) / 4
        assert planned["plan"] == PLAN
        assert planned["diagnosis"] == "新客进来听不懂。"
        assert planned["source"] == "submitted"

    def test_a_double_click_submits_once(self, exam):
        exam.submit(PLAN, now=NOON, key="double-click")
        exam.submit(PLAN, now=NOON + timedelta(seconds=1), key="double-click")
        assert len(exam.events("planned")) == 1

        with pytest.raises(PlanClosedError):
            exam.submit({**PLAN, "grade": "B"}, now=NOON + A_MINUTE)
        with pytest.raises(PlanClosedError):
            exam.draft({**PLAN, "grade": "B"}, now=NOON + A_MINUTE)
        assert exam.room().plan == PLAN

    def test_a_plan_against_the_rules_starts_nothing(self, exam):
        exam.draft(PLAN, now=NOON)

        with pytest.raises(PlanNotAllowedError):
            exam.submit({**PLAN, "tray": ["jeans"]}, "词", now=NOON)

        assert exam.room().is_planning
        assert exam.room().plan_draft == PLAN
        assert exam.room().diagnosis is None

    def test_without_a_draft_it_is_the_hosts_own_plan(self, practice):
        practice.submit(now=NOON)

        with transaction() as db_session:
            room = db_session.get_one(RoomSession, practice.id)
            assert queries.room_scenario(db_session, room).plan is None

    def test_the_chain_binds_the_plan(self, exam):
        exam.draft(PLAN, now=NOON)
        exam.submit(PLAN, "词", now=NOON)

        previous = GENESIS
        for one in exam.events():
            assert one.previous_hash == previous
            previous = event_hash(
                exam.public_id,
                one.sequence,
                one.kind,
                one.key,
                one.payload,
                one.at,
                one.previous_hash,
            )
            assert one.hash == previous
        assert exam.room().head_hash == previous


class TestTimeOver:
    def test_a_plan_on_its_way_still_counts(self, exam):
        exam.submit(PLAN, now=DUE + PLAN_GRACE - timedelta(seconds=1))

        assert exam.room().plan == PLAN

    def test_a_late_plan_is_refused_and_the_draft_taken(self, exam):
        exam.draft(PLAN, "赶在时间之前", now=DUE - A_MINUTE)

        with pytest.raises(PlanTimeOverError):
            exam.submit({**PLAN, "grade": "B"}, now=DUE + PLAN_GRACE)
        exam.sweep(DUE + PLAN_GRACE)

        room = exam.room()
        assert room.plan == PLAN
        assert json.loads(exam.events("planned")[0].payload)["source"] == "draft"
        assert room.starts_at == DUE + START_COUNTDOWN

    def test_the_sweep_does_not_come_early(self, exam):
        exam.draft(PLAN, now=NOON)
        exam.sweep(DUE + PLAN_GRACE - timedelta(seconds=1))

        assert exam.room().is_planning

    def test_a_start_that_nobody_finishes_is_played_by_the_host_and_scored(self, exam):
        long_after = DUE + timedelta(days=1)
        exam.sweep(long_after)  # ends the planning
        assert json.loads(exam.events("planned")[0].payload)["source"] == "house"
        exam.sweep(long_after + A_MINUTE)  # closes and scores

        room = exam.room()
        assert room.closing == "finished"
        assert room.score == 0
        assert room.plan == {}

    def test_two_sweeps_take_the_draft_once(self, exam):
        exam.draft(PLAN, now=NOON)
        exam.sweep(DUE + A_MINUTE)
        exam.sweep(DUE + A_MINUTE)

        assert len(exam.events("planned")) == 1

    def test_practice_waits_for_days_and_is_given_up_then(self, practice):
        practice.draft(PLAN, now=NOON)
        practice.sweep(NOON + timedelta(days=2))
        assert practice.room().is_planning

        practice.sweep(NOON + PRACTICE_PLAN + A_MINUTE)
        assert practice.room().closing == "abandoned"
        assert practice.room().score is None


class TestPlanInForce:
    def played(self, planner: Planner) -> RoomSession:
        planner.submit(PLAN, now=NOON)
        player = Player(planner.room())
        player.act({"verb": "pin", "product": "jeans"}, at=10)
        planner.sweep(NOON + timedelta(hours=1))
        return planner.room()

    def test_actions_meet_the_planned_tray(self, exam):
        exam.submit(PLAN, now=NOON)

        with pytest.raises(Exception, match="not_on_tray"):
            Player(exam.room()).act({"verb": "pin", "product": "coat"}, at=10)

    def test_the_score_is_of_the_planned_room(self, exam):
        room = self.played(exam)

        with transaction() as db_session:
            bare = scenario_of(db_session, room.scenario_ref)
            reference = reference_of(db_session, bare)
            score = queries.score_or_none(db_session, room.id)
            log = queries.log_of(db_session, room)
        again = room_result(bare.with_plan(parse_plan(PLAN)), room.keys, log, reference)
        unplanned = room_result(bare, room.keys, log, reference)

        assert score is not None
        assert score.result["plan"]["tray"] == ["jeans", "socks"]
        assert score.score == again.points
        # Points of two bad sessions are both the least there are; what was sold is not.
        twin, bare_twin = score.result["twin"], unplanned.to_dict()["twin"]
        assert twin["candidate"] != bare_twin["candidate"]
        assert twin["house"] == bare_twin["house"]

    def test_curves_of_the_others_are_under_their_own_plans(self, exam):
        room = self.played(exam)

        with transaction() as db_session:
            judged = scoring.judge(db_session, db_session.get_one(RoomSession, room.id))
        twin = judged.curves["twin"]
        result = judged.result["twin"]
        for who in ("candidate", "house", "reference"):
            assert abs(twin[who][-1] - result[who]["net_fen"]) < 100

    def test_a_moment_keeps_the_plan(self, exam):
        room = self.played(exam)

        with transaction() as db_session:
            origin = queries.room_of(db_session, room.public_id, room.person_id, lock=True)
            new = moments.start_from(db_session, origin, 60, now=NOON + timedelta(hours=2))
            assert new.plan == PLAN
            assert not new.is_planning
            assert queries.room_scenario(db_session, new).plan == parse_plan(PLAN)

    def test_a_retry_offers_the_earlier_plan_as_a_draft(self, practice):
        practice.submit(PLAN, "第一次的诊断", now=NOON)

        with transaction() as db_session:
            room = queries.room_of(db_session, practice.public_id, practice.person_id, lock=True)
            new = again.retry_practice(db_session, room, now=NOON + A_MINUTE)
            assert new.is_planning
            assert new.plan_draft == PLAN
            assert new.diagnosis == "第一次的诊断"
            assert queries.earlier_plan_or_none(db_session, new).public_id == practice.public_id
