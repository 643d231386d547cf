"""Marking through its services, on both databases."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.core.errors import (
    IdempotencyKeyReusedError,
    InvalidInputError,
    NotFoundError,
    SecondPersonRequiredError,
)
from app.exams import packing, regrading
from app.exams import queries as exams
from app.exams.events import AttemptAwaitsMarks
from app.exams.models import AttemptScore
from app.exams.services import (
    MarksAwaitedError,
    ResultPendingError,
    release_result,
    score_attempt,
    start_attempt,
)
from app.marking import (
    agreeing,
    control_queries,
    controls,
    dealing,
    drifting,
    queries,
    services,
    workload,
)
from app.marking.models import Mark, MarkerAct, MarkingSheet, MarkingTask, Settlement
from app.providers.models import Employment, Provider, StaffInvitation
from question_bank.packs import AttemptPack, audit_pack
from tests import cast
from tests.conftest import NOON
from tests.factories.kinds import KINDS_TERMS
from tests.factories.marking import (
    FULL,
    HALF,
    MINUTE,
    NONE,
    RUBRIC_REF,
    add_control,
    add_markers,
    deal,
    give,
    mark_by,
    position_of,
    two_answers,
    written_attempt,
)

pytestmark = pytest.mark.both_databases

DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def no_controls_by_chance(monkeypatch):
    """Controls come only where a test says so; the rule itself is tested in question_bank."""
    monkeypatch.setattr(dealing, "control_is_due", lambda *args, **kwargs: False)


@pytest.fixture
def room(app, db_session, person_of, password_hash):
    """Alice wrote one short answer; Mary, Milo and Mira may mark it."""
    return Room(db_session, person_of(cast.ALICE), add_markers(db_session, password_hash, now=NOON))


class Room:
    def __init__(self, db_session, alice, markers):
        self.db_session, self.alice = db_session, alice
        self.mary, self.milo, self.mira = markers
        self.attempt = written_attempt(db_session, alice.id, now=NOON)

    @property
    def task(self):
        return self.db_session.scalars(select(MarkingTask)).one()

    def mark(self, marker, points, **kwargs):
        return mark_by(self.db_session, marker, points, now=NOON, **kwargs)


class TestOpening:
    def test_a_written_answer_waits_and_the_result_with_it(self, room, db_session):
        assert room.task.body == "讲得太久，换一款有货的。"
        assert room.task.position == position_of(room.attempt)
        assert room.attempt.awaits_marks
        assert (room.attempt.score_fraction, room.attempt.passed) == (None, None)

    def test_a_blank_answer_waits_for_nobody(self, app, db_session, person_of, room):
        blank = written_attempt(db_session, person_of(cast.BOB).id, " ", now=NOON, publish=False)

        assert not blank.awaits_marks
        assert blank.score_fraction == 0
        assert db_session.scalar(select(func.count()).select_from(MarkingTask)) == 1

    def test_the_same_fact_twice_opens_one_task(self, room, db_session):
        fact = AttemptAwaitsMarks(room.attempt.id, (room.task.position,), NOON)

        services.on_attempt_awaits_marks(db_session, fact)

        assert db_session.scalar(select(func.count()).select_from(MarkingTask)) == 1

    def test_nobody_sits_again_before_the_marks(self, room, db_session):
        with pytest.raises(ResultPendingError):
            start_attempt(db_session, room.alice.id, KINDS_TERMS, now=NOON + DAY)

    def test_a_held_result_is_not_released_without_marks(self, room, db_session):
        room.attempt.is_held = True

        with pytest.raises(MarksAwaitedError):
            release_result(db_session, room.attempt, actor="person:eva", now=NOON)

        assert room.attempt.is_held


class TestDealing:
    def test_two_markers_get_it_and_a_third_does_not(self, room, db_session):
        first, second = (deal(db_session, one, now=NOON) for one in (room.mary, room.milo))

        assert {first.task_id, second.task_id} == {room.task.id}
        with pytest.raises(dealing.NothingToMarkError):
            deal(db_session, room.mira, now=NOON)

    def test_asking_twice_gives_the_sheet_in_hand(self, room, db_session):
        assert deal(db_session, room.mary, now=NOON).id == deal(db_session, room.mary, now=NOON).id

    def test_nobody_marks_a_response_twice(self, room, db_session):
        room.mark(room.mary, FULL)

        with pytest.raises(dealing.NothingToMarkError):
            deal(db_session, room.mary, now=NOON)

    def test_the_author_is_never_dealt_it(self, room, db_session):
        with pytest.raises(dealing.NothingToMarkError):
            deal(db_session, room.alice, now=NOON)

    @pytest.mark.parametrize("ended", [False, True], ids=["works-there", "worked-there"])
    def test_a_colleague_is_never_dealt_it(self, room, db_session, ended):
        provider = Provider(
            code="P1", name="云", city="杭州", field="mcn", tier="core", joined_on=NOON.date()
        )
        db_session.add(provider)
        db_session.flush()
        for person in (room.alice, room.mary):
            invitation = StaffInvitation(
                provider_id=provider.id,
                account=person.email,
                note="",
                invited_at=NOON - 91 * DAY,
                invited_by="person:x",
                answered_at=NOON - 90 * DAY,
                answer="accepted",
            )
            db_session.add(invitation)
            db_session.flush()
            db_session.add(
                Employment(
                    provider_id=provider.id,
                    person_id=person.id,
                    invitation_id=invitation.id,
                    started_at=NOON - 90 * DAY,
                    ended_at=NOON - 9 * DAY if ended else None,
                    ended_by="person:x" if ended else None,
                )
            )
        db_session.flush()

        with pytest.raises(dealing.NothingToMarkError):
            deal(db_session, room.mary, now=NOON)
        assert deal(db_session, room.milo, now=NOON).task_id == room.task.id

    def test_what_lies_too_long_is_dealt_anew(self, room, db_session):
        held = deal(db_session, room.mary, now=NOON)
        later = NOON + services.LEASE + MINUTE

        assert dealing.end_expired_sheets(db_session, now=later) == 1

        assert held.ending == "expired"
        assert deal(db_session, room.mary, now=later).id != held.id

    def test_a_skipped_one_goes_to_others_only(self, room, db_session):
        held = deal(db_session, room.mary, now=NOON)
        dealing.skip_sheet(db_session, held, reason="conflict", actor="person:mary", now=NOON)

        with pytest.raises(dealing.NothingToMarkError):
            deal(db_session, room.mary, now=NOON)
        assert deal(db_session, room.milo, now=NOON).task_id == room.task.id

    def test_a_skip_needs_its_reason(self, room, db_session):
        held = deal(db_session, room.mary, now=NOON)

        with pytest.raises(InvalidInputError):
            dealing.skip_sheet(db_session, held, reason="lunch", actor="person:mary", now=NOON)

        assert held.is_open

    def test_what_is_taken_back_can_be_dealt_to_the_same_marker(self, room, db_session):
        held = deal(db_session, room.mary, now=NOON)
        dealing.take_back_sheet(db_session, held, actor="person:eva", now=NOON)

        with pytest.raises(services.SheetEndedError):
            dealing.take_back_sheet(db_session, held, actor="person:eva", now=NOON)
        assert deal(db_session, room.mary, now=NOON).task_id == room.task.id

    def test_a_sheet_is_its_markers_alone(self, room, db_session):
        held = deal(db_session, room.mary, now=NOON)

        with pytest.raises(NotFoundError):
            queries.sheet_of(db_session, held.public_id, room.milo.id)


class TestMarking:
    def test_a_draft_is_kept_and_renews_the_lease(self, room, db_session):
        held = deal(db_session, room.mary, now=NOON)

        newer = services.save_draft(
            db_session, held, points={"cause": 2}, comment="好", sequence=2, now=NOON + MINUTE
        )
        older = services.save_draft(
            db_session, held, points={"cause": 0}, comment="", sequence=1, now=NOON + 2 * MINUTE
        )

        assert (newer, older) == (True, False)
        assert (held.draft, held.draft_comment) == ({"cause": 2}, "好")
        assert held.lease_until == NOON + MINUTE + services.LEASE

    @pytest.mark.parametrize(
        ("points", "codes"),
        [
            ({"cause": 2}, {("action", "missing")}),
            ({"cause": 1, "action": 2}, {("cause", "no_level")}),
            ({"cause": 3, "action": 2}, {("cause", "no_level")}),
            ({"cause": -2, "action": 2}, {("cause", "no_level")}),
            ({"cause": "2", "action": 2}, {("cause", "no_level")}),
            ({"cause": True, "action": 2}, {("cause", "no_level")}),
            ({**FULL, "style": 1}, {("style", "no_level")}),
        ],
        ids=["lacking", "between", "above", "below", "text", "bool", "unknown"],
    )
    def test_points_that_are_no_level_are_refused_and_change_nothing(
        self, room, db_session, points, codes
    ):
        held = deal(db_session, room.mary, now=NOON)

        with pytest.raises(InvalidInputError) as refused:
            give(db_session, held, points, now=NOON)

        assert {(one["field"], one["code"]) for one in refused.value.errors} == codes
        assert held.is_open
        assert db_session.scalar(select(func.count()).select_from(Mark)) == 0

    def test_a_repeat_returns_the_mark_and_another_payload_is_refused(self, room, db_session):
        held = deal(db_session, room.mary, now=NOON)
        first = give(db_session, held, FULL, now=NOON, key="same-key-1")

        assert give(db_session, held, FULL, now=NOON, key="same-key-1").id == first.id
        with pytest.raises(IdempotencyKeyReusedError):
            give(db_session, held, NONE, now=NOON, key="same-key-1")
        with pytest.raises(services.SheetEndedError):
            give(db_session, held, NONE, now=NOON, key="other-key-1")
        assert first.total == 4

    def test_a_mark_after_the_lease_is_refused(self, room, db_session):
        held = deal(db_session, room.mary, now=NOON)

        with pytest.raises(services.SheetExpiredError):
            give(db_session, held, FULL, now=NOON + services.LEASE)

        assert db_session.scalar(select(func.count()).select_from(Mark)) == 0


class TestSettling:
    def test_one_mark_settles_nothing(self, room, db_session):
        room.mark(room.mary, FULL)

        assert room.task.settled_at is None
        assert room.attempt.awaits_marks

    def test_two_that_agree_give_the_result(self, room, db_session):
        room.mark(room.mary, FULL)
        room.mark(room.milo, FULL)

        assert room.task.credit == 1
        assert not room.attempt.awaits_marks
        assert room.attempt.score_fraction == pytest.approx(1 / 12)
        newest = exams.score_of(db_session, room.attempt.id)
        assert newest.reason == "marked"
        assert newest.credits[room.task.position - 1] == 1
        count = select(func.count()).select_from(AttemptScore)
        assert db_session.scalar(count) == 2  # the one before the marks stays

    def test_a_held_result_stays_held_after_the_marks(self, room, db_session):
        room.attempt.is_held = True
        room.mark(room.mary, FULL)
        room.mark(room.milo, FULL)

        assert not room.attempt.awaits_marks
        assert room.attempt.score_fraction is None
        assert release_result(db_session, room.attempt, actor="person:eva", now=NOON + DAY)
        assert room.attempt.score_fraction == pytest.approx(1 / 12)

    def test_two_that_differ_want_a_third_and_the_nearer_counts(self, room, db_session):
        room.mark(room.mary, FULL)
        room.mark(room.milo, NONE)
        assert (room.task.settled_at, room.task.wanted) == (None, 1)

        room.mark(room.mira, FULL)

        assert room.task.credit == 1
        assert db_session.scalars(select(Settlement)).one().rule == "nearest"

    def test_three_far_apart_go_to_an_arbiter(self, app, db_session, room):
        room.mark(room.mary, FULL)
        room.mark(room.milo, NONE)
        room.mark(room.mira, HALF)
        assert room.task.wanted == 1

        carol = queries.markers(db_session)[0]
        with pytest.raises(dealing.NothingToMarkError):
            deal(db_session, carol, now=NOON)
        room.mark(carol, HALF, is_arbiter=True)

        assert room.task.credit == 0.5
        assert db_session.scalars(select(Settlement)).one().rule == "arbiter"

    def test_the_attempts_record_tells_the_same_result_offline(self, room, db_session):
        room.mark(room.mary, FULL)
        room.mark(room.milo, NONE)
        room.mark(room.mira, HALF)
        carol = queries.markers(db_session)[0]
        room.mark(carol, HALF, is_arbiter=True)

        pack = packing.attempt_pack(db_session, room.attempt)
        again = audit_pack(pack)

        assert again.agrees, again.verdicts
        assert again.fraction == room.attempt.score_fraction == pytest.approx(0.5 / 12)

    def test_a_pack_whose_marks_were_changed_is_found(self, room, db_session):
        room.mark(room.mary, FULL)
        room.mark(room.milo, FULL)
        content = json.loads(packing.attempt_pack(db_session, room.attempt).model_dump_json())
        payload = json.loads(content["events"][-1]["payload"])
        payload["marks"][0]["points"]["cause"] = 0
        content["events"][-1]["payload"] = json.dumps(payload)

        again = audit_pack(AttemptPack.model_validate(content))

        assert {"marks", "chain"} <= {one.name for one in again.verdicts if not one.agrees}

    def test_the_receipt_stays_what_it_was(self, room, db_session):
        before = exams.receipt_of(db_session, room.attempt)
        room.mark(room.mary, FULL)
        room.mark(room.milo, FULL)

        assert room.attempt.head_hash != before[1]
        assert exams.receipt_of(db_session, room.attempt) == before

    def test_names_who_marked_and_nobody_in_the_record(self, room, db_session):
        room.mark(room.mary, FULL)
        room.mark(room.milo, FULL)

        assert queries.markers_of(db_session, room.attempt.id) == {
            f"person:{one.public_id}" for one in (room.mary, room.milo)
        }
        record = exams.events_of(db_session, room.attempt.id)[-1].payload
        assert not any(one.public_id in record for one in (room.mary, room.milo, room.alice))


class TestControls:
    @pytest.fixture(autouse=True)
    def only_controls(self, monkeypatch, no_controls_by_chance):
        monkeypatch.setattr(dealing, "control_is_due", lambda *args, **kwargs: True)

    def miss(self, room, db_session, count, points=NONE):
        for n in range(count):
            add_control(db_session, FULL, f"对照作答 {n}：先换一款。", now=NOON)
        for _ in range(count):
            sheet = deal(db_session, room.mary, now=NOON)
            assert sheet.control_id is not None
            give(db_session, sheet, points, now=NOON)

    def test_looks_like_any_other_and_is_dealt_once(self, room, db_session):
        control = add_control(db_session, FULL, now=NOON)
        sheet = deal(db_session, room.mary, now=NOON)
        give(db_session, sheet, FULL, now=NOON)

        assert queries.sheet_body(db_session, sheet) == control.body
        assert deal(db_session, room.mary, now=NOON).task_id == room.task.id

    def test_two_misses_warn(self, room, db_session):
        self.miss(room, db_session, 2)

        assert drifting.marker_standing(db_session, room.mary.id) == "warned"
        assert [one.act for one in db_session.scalars(select(MarkerAct))] == ["warned"]

    def test_within_the_tolerance_is_no_miss(self, room, db_session):
        self.miss(room, db_session, 3, points=FULL)

        assert drifting.marker_standing(db_session, room.mary.id) == "sound"

    def test_three_misses_stop_and_the_work_is_dealt_anew(self, room, db_session, monkeypatch):
        monkeypatch.setattr(dealing, "control_is_due", lambda *args, **kwargs: False)
        room.mark(room.mary, NONE)
        monkeypatch.setattr(dealing, "control_is_due", lambda *args, **kwargs: True)
        second = written_attempt(db_session, room.milo.id, now=NOON, publish=False)
        self.miss(room, db_session, 3)

        assert drifting.marker_standing(db_session, room.mary.id) == "stopped"
        with pytest.raises(dealing.MarkerStoppedError):
            deal(db_session, room.mary, now=NOON)
        first = queries.tasks_of_attempt(db_session, room.attempt.id)[0]
        assert first.wanted == 2
        voided = db_session.scalars(
            select(MarkingSheet.ending).where(MarkingSheet.task_id == first.id)
        )
        assert list(voided) == ["voided"]
        assert second.awaits_marks

    def test_what_is_settled_stays_when_a_marker_is_stopped(self, room, db_session, monkeypatch):
        monkeypatch.setattr(dealing, "control_is_due", lambda *args, **kwargs: False)
        room.mark(room.mary, FULL)
        room.mark(room.milo, FULL)

        drifting.stop_marker(db_session, room.mary.id, reason="抽查", actor="person:eva", now=NOON)

        assert room.task.credit == 1

    def test_is_let_on_by_somebody_else_and_starts_afresh(self, room, db_session):
        written_attempt(db_session, room.milo.id, now=NOON, publish=False)
        self.miss(room, db_session, 3)
        own = f"person:{room.mary.public_id}"

        with pytest.raises(drifting.OwnStandingError):
            drifting.resume_marker(
                db_session, room.mary.id, reason="谈过", actor=own, now=NOON + DAY
            )
        drifting.resume_marker(
            db_session, room.mary.id, reason="谈过", actor="person:eva", now=NOON + DAY
        )

        assert drifting.marker_standing(db_session, room.mary.id) == "sound"
        assert deal(db_session, room.mary, now=NOON + DAY).marker_id == room.mary.id

    def test_who_was_not_stopped_is_not_let_on(self, room, db_session):
        with pytest.raises(drifting.NotStoppedError):
            drifting.resume_marker(
                db_session, room.mary.id, reason="谈过", actor="person:eva", now=NOON
            )

    def test_who_can_read_the_list_is_dealt_none(self, room, db_session):
        add_control(db_session, FULL, now=NOON)
        carol = queries.markers(db_session)[0]

        assert deal(db_session, carol, now=NOON, is_arbiter=True).task_id == room.task.id


class TestProposingControls:
    def propose(self, db_session, **changes):
        values = {
            "body": "对照作答：先换一款有货的。",
            "points": FULL,
            "reason": "两位组长一致",
            "actor": "person:one",
            "now": NOON,
            **changes,
        }
        return controls.propose_control(db_session, RUBRIC_REF, **values)

    def test_nobody_is_dealt_it_before_a_second_person(self, room, db_session):
        proposed = self.propose(db_session)

        assert control_queries.unseen_or_none(db_session, room.mary.id, RUBRIC_REF) is None
        with pytest.raises(SecondPersonRequiredError):
            controls.confirm_control(db_session, proposed, actor="person:one", now=NOON)
        controls.confirm_control(db_session, proposed, actor="person:two", now=NOON)
        with pytest.raises(controls.ControlSettledError):
            controls.confirm_control(db_session, proposed, actor="person:three", now=NOON)
        assert control_queries.unseen_or_none(db_session, room.mary.id, RUBRIC_REF) is proposed

    def test_a_retired_one_is_dealt_no_more(self, room, db_session):
        control = add_control(db_session, FULL, now=NOON)
        controls.retire_control(db_session, control, actor="person:two", now=NOON)

        assert control_queries.unseen_or_none(db_session, room.mary.id, RUBRIC_REF) is None
        with pytest.raises(controls.ControlSettledError):
            controls.retire_control(db_session, control, actor="person:two", now=NOON)

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"body": "短"}, "body"),
            ({"reason": ""}, "reason"),
            ({"points": {"cause": 2}}, "action"),
            ({"points": {**FULL, "cause": 9}}, "cause"),
        ],
        ids=["body", "reason", "lacking", "no-level"],
    )
    def test_what_makes_no_sense_is_refused(self, room, db_session, changes, field):
        with pytest.raises(InvalidInputError) as refused:
            self.propose(db_session, **changes)

        assert field in {one["field"] for one in refused.value.errors}

    def test_an_unknown_item_is_not_found(self, room, db_session):
        for ref in ("no-such-item@1", "single-0@1", "nonsense"):
            with pytest.raises(NotFoundError):
                controls.propose_control(
                    db_session,
                    ref,
                    body="对照作答：先换一款。",
                    points=FULL,
                    reason="两位一致",
                    actor="person:one",
                    now=NOON,
                )


class TestTogether:
    def test_two_answers_of_one_attempt_are_scored_once_both_are_settled(
        self, app, db_session, person_of, password_hash
    ):
        mary, milo, _ = add_markers(db_session, password_hash, now=NOON)
        attempt = two_answers(db_session, person_of(cast.ALICE).id, now=NOON)
        for marker in (mary, milo):
            mark_by(db_session, marker, FULL, now=NOON)
        assert attempt.awaits_marks
        assert exams.settled_marks(db_session, attempt.id) == {}

        for marker in (mary, milo):
            mark_by(db_session, marker, NONE, now=NOON)

        assert not attempt.awaits_marks
        assert attempt.score_fraction == pytest.approx(1 / 2)
        assert len(exams.settled_marks(db_session, attempt.id)) == 2
        assert len(exams.scores_of(db_session, attempt.id)) == 2

    def test_a_regrade_after_the_marks_keeps_them(self, room, db_session):
        room.mark(room.mary, FULL)
        room.mark(room.milo, FULL)

        score = score_attempt(db_session, room.attempt, reason="again", now=NOON + DAY)

        assert score.credits[room.task.position - 1] == 1
        assert not room.attempt.awaits_marks

    def test_crediting_everybody_ends_the_waiting(self, room, db_session):
        regrade = regrading.propose_regrade(
            db_session,
            RUBRIC_REF,
            treatment="credit_all",
            new_ref=None,
            reason="题目有误",
            actor="person:one",
            now=NOON,
        )
        regrading.apply_regrade(db_session, regrade, actor="person:two", now=NOON)

        assert not room.attempt.awaits_marks
        assert room.attempt.score_fraction == pytest.approx(1 / 12)

    def test_agreement_and_workload_tell_of_settled_responses_only(self, room, db_session):
        room.mark(room.mary, FULL)
        assert agreeing.independent_pairs(db_session) == []

        room.mark(room.milo, NONE)
        assert agreeing.independent_pairs(db_session) == []

        room.mark(room.mira, FULL)
        (pair,) = agreeing.independent_pairs(db_session)
        assert sorted(pair.totals) == [0, 4]
        (row,) = agreeing.agreement_by_item(db_session)
        assert (row.found.count, row.found.within_fraction, row.found.kappa) == (1, 0, None)
        loads = {one.name: one for one in workload.marker_loads(db_session, now=NOON)}
        assert loads["Mary"].severity == 4
        assert loads["Milo"].severity == -4
        assert loads["Mira"].shared == 0
        assert loads["Mary"].median_s == 60
        (item,) = workload.item_loads(db_session, now=NOON)
        assert (item.total, item.settled, item.third_fraction) == (1, 1, 1.0)
