"""Release, regrading and appeals through their services, on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.accounts.models import Person
from app.bank.services import publish_bank
from app.certification.models import DecisionRecord
from app.core.errors import InvalidInputError, SecondPersonRequiredError
from app.exams import queries as exams
from app.exams import regrading
from app.exams.models import Attempt, AttemptScore, Regrade
from app.exams.services import ResultPendingError, start_attempt
from app.exams.terms import ExamTerms
from app.results import queries, services
from app.sittings import invigilation
from app.sittings.invigilation import ActRequest
from question_bank.banks import ItemBank
from tests import cast
from tests.conftest import NOON
from tests.factories.bank import little_bank
from tests.factories.sittings import enrolled_sitting, seat_started

pytestmark = pytest.mark.both_databases

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
EVA = "person:eva"


@pytest.fixture
def hall(app, db_session, person_of):
    """Alice answered `single` by `b` (its key is `a`), Bob by `a`; the invigilator ended it."""
    people = [person_of(cast.ALICE), person_of(cast.BOB)]
    sitting = enrolled_sitting(app, db_session, people, opens_at=NOON)
    seats = [seat_started(app, db_session, sitting, one, now=NOON) for one in people]
    found = Hall(db_session, sitting, people, seats)
    for n, choice in enumerate("ba"):
        found.answer(n, choice)
    wanted = ActRequest("end", (), None, "时间到", "console-0001")
    invigilation.perform_act(db_session, sitting, wanted, actor="person:ines", now=NOON)
    return found


class Hall:
    def __init__(self, db_session, sitting, people, seats):
        self.db_session, self.sitting, self.people, self.seats = (
            db_session,
            sitting,
            people,
            seats,
        )

    def attempt(self, n):
        return self.db_session.get(Attempt, self.seats[n].attempt_id)

    def position(self, n):
        refs = self.attempt(n).item_refs
        return next(i for i, ref in enumerate(refs, 1) if ref == self.item(n))

    def item(self, n):
        return next(ref for ref in self.attempt(n).item_refs if ref.startswith("single"))

    def answer(self, n, choice):
        from app.exams.models import AttemptResponse

        self.db_session.add(
            AttemptResponse(
                attempt_id=self.seats[n].attempt_id,
                position=self.position(n),
                value=f'{{"selected":["{choice}"]}}',
                flagged=False,
                client_sequence=1,
                at=NOON,
            )
        )
        self.db_session.flush()

    def release(self, *, at=NOON + DAY):
        services.plan_release(
            self.db_session, self.sitting, publish_at=at, actor=EVA, now=NOON + 31 * MINUTE
        )
        return services.publish_results(self.db_session, now=at)

    def new_version(self, ref, key):
        """Publish a second version of an item with another key."""
        old = little_bank().item(ref)
        body = old.model_dump(mode="json")
        body.update(version=2, key=[key] if isinstance(body["key"], list) else key)
        if body.get("distractors"):
            body["distractors"] = {one: "错因" for one in body["choices"] if one != key}
        item = type(old).model_validate(body)
        publish_bank(
            self.db_session,
            ItemBank([item]),
            [],
            is_public=False,
            actor="cli:test",
            now=NOON,
        )
        return item.ref

    def propose(self, ref, treatment="credit_all", new_ref=None, actor="person:carol"):
        return regrading.propose_regrade(
            self.db_session,
            ref,
            treatment=treatment,
            new_ref=new_ref,
            reason="答案有误",
            actor=actor,
            now=NOON + DAY,
        )


class TestRelease:
    def test_nothing_counts_before_it_and_everything_after(self, hall, db_session):
        held = hall.attempt(1)
        assert (held.score_fraction, held.passed) == (None, None)
        assert db_session.scalars(select(DecisionRecord)).all() == []

        assert hall.release() == 2

        assert held.score_fraction == pytest.approx(1 / 6)
        assert held.passed is False
        assert hall.sitting.published_at == NOON + DAY
        assert len(db_session.scalars(select(DecisionRecord)).all()) == 2
        assert services.publish_results(db_session, now=NOON + 2 * DAY) == 0

    def test_waits_for_its_moment_and_can_be_withdrawn_until_then(self, hall, db_session):
        services.plan_release(
            db_session, hall.sitting, publish_at=NOON + DAY, actor=EVA, now=NOON + 31 * MINUTE
        )
        assert services.publish_results(db_session, now=NOON + DAY - MINUTE) == 0

        services.withdraw_release(db_session, hall.sitting, actor=EVA, now=NOON + DAY - MINUTE)

        assert services.publish_results(db_session, now=NOON + DAY) == 0
        assert hall.attempt(0).is_held

    def test_is_fixed_from_its_moment_on(self, hall, db_session):
        hall.release()

        with pytest.raises(services.ReleaseFixedError):
            services.withdraw_release(db_session, hall.sitting, actor=EVA, now=NOON + 2 * DAY)

    def test_refuses_the_past(self, hall, db_session):
        with pytest.raises(InvalidInputError):
            services.plan_release(
                db_session, hall.sitting, publish_at=NOON, actor=EVA, now=NOON + MINUTE
            )

    def test_refuses_while_somebody_sits(self, app, db_session, person_of):
        alice = person_of(cast.ALICE)
        sitting = enrolled_sitting(app, db_session, [alice], opens_at=NOON)
        seat_started(app, db_session, sitting, alice, now=NOON)

        with pytest.raises(services.NotOverError):
            services.plan_release(
                db_session, sitting, publish_at=NOON + DAY, actor=EVA, now=NOON + 31 * MINUTE
            )

    def test_until_then_the_exam_cannot_be_started_again(self, hall, db_session):
        terms = ExamTerms(**hall.seats[0].terms)

        with pytest.raises(ResultPendingError):
            start_attempt(db_session, hall.people[0].id, terms, now=NOON + DAY)

    def test_goes_on_where_a_slot_ended(self, hall, db_session, monkeypatch):
        monkeypatch.setattr(services, "RELEASED_AT_ONCE", 1)

        assert hall.release() == 1
        assert hall.sitting.published_at is None
        assert services.publish_results(db_session, now=NOON + DAY) == 1
        services.publish_results(db_session, now=NOON + DAY)
        assert hall.sitting.published_at is not None


class TestRegrade:
    def test_a_new_key_moves_who_gave_it_and_reverting_restores_all(self, hall, db_session):
        hall.release()
        before = [exams.score_of(db_session, hall.attempt(n).id) for n in (0, 1)]
        regrade = hall.propose(hall.item(0), "rekey", hall.new_version(hall.item(0), "b"))

        preview = regrading.preview_regrade(db_session, regrade)
        moves = services.apply_regrade(db_session, regrade, actor=EVA, now=NOON + DAY)

        said = [(one.old_fraction, one.new_fraction) for one in preview]
        assert said == [(one.old_fraction, one.new_fraction) for one in moves]
        assert hall.attempt(0).score_fraction == pytest.approx(1 / 6)
        if hall.item(1) == hall.item(0):
            assert hall.attempt(1).score_fraction == 0
        regrading.revert_regrade(db_session, regrade, actor="person:carol", now=NOON + 2 * DAY)
        after = [exams.score_of(db_session, hall.attempt(n).id) for n in (0, 1)]
        for old, new in zip(before, after, strict=True):
            assert (old.credits, old.fraction, old.topics) == (
                new.credits,
                new.fraction,
                new.topics,
            )

    def test_old_scores_are_kept(self, hall, db_session):
        hall.release()
        regrade = hall.propose(hall.item(0))
        services.apply_regrade(db_session, regrade, actor=EVA, now=NOON + DAY)

        kept = [one.fraction for one in exams.scores_of(db_session, hall.attempt(0).id)]

        assert kept == [0, pytest.approx(1 / 6)]

    def test_applying_twice_changes_nothing(self, hall, db_session):
        hall.release()
        regrade = hall.propose(hall.item(0))
        first = services.apply_regrade(db_session, regrade, actor=EVA, now=NOON + DAY)
        count = len(db_session.scalars(select(AttemptScore)).all())

        again = services.apply_regrade(db_session, regrade, actor=EVA, now=NOON + DAY)

        assert [one.new_fraction for one in again] == [one.new_fraction for one in first]
        assert len(db_session.scalars(select(AttemptScore)).all()) == count

    def test_a_dropped_item_makes_the_form_shorter(self, hall, db_session):
        hall.release()
        regrade = hall.propose(hall.item(1), "drop")

        services.apply_regrade(db_session, regrade, actor=EVA, now=NOON + DAY)

        score = exams.score_of(db_session, hall.attempt(1).id)
        assert score.fraction == 0
        assert sum(count for _, _, count in score.topics) == 5
        assert len(score.credits) == 6  # the review still lines up with the form

    def test_before_the_release_it_moves_scores_and_shows_none(self, hall, db_session):
        regrade = hall.propose(hall.item(0))
        services.apply_regrade(db_session, regrade, actor=EVA, now=NOON)

        assert hall.attempt(0).score_fraction is None
        hall.release()
        assert hall.attempt(0).score_fraction == pytest.approx(1 / 6)

    def test_wants_a_second_person(self, hall, db_session):
        regrade = hall.propose(hall.item(0))

        with pytest.raises(SecondPersonRequiredError):
            services.apply_regrade(db_session, regrade, actor="person:carol", now=NOON)
        assert db_session.get(Regrade, regrade.id).applied_at is None

    def test_a_settled_one_cannot_be_applied(self, hall, db_session):
        regrade = hall.propose(hall.item(0))
        regrading.withdraw_regrade(db_session, regrade, actor="person:carol", now=NOON)

        with pytest.raises(regrading.RegradeSettledError):
            services.apply_regrade(db_session, regrade, actor=EVA, now=NOON)

    def test_one_at_a_time_for_each_version(self, hall):
        hall.propose(hall.item(0))

        with pytest.raises(regrading.AlreadyRegradedError):
            hall.propose(hall.item(0), "drop")

    @pytest.mark.parametrize(
        ("ref", "treatment", "new_ref"),
        [
            ("nothing-1@1", "drop", None),
            ("no ref", "drop", None),
            ("single-1@1", "rekey", None),
            ("single-1@1", "rekey", "single-1@1"),
            ("single-1@1", "rekey", "multiple-1@1"),
            ("single-1@1", "burn", None),
        ],
    )
    def test_refuses_what_cannot_be_scored(self, hall, ref, treatment, new_ref):
        with pytest.raises(InvalidInputError):
            hall.propose(ref, treatment, new_ref)


class TestAppeal:
    def file(self, hall, n=0, *, now=NOON + DAY, **values):
        fields = {"category": "item", "position": 1, "body": "这一题的答案与手册不一致。", **values}
        return services.file_appeal(
            hall.db_session, hall.attempt(n), actor="person:alice", now=now, **fields
        )

    def answer(self, hall, appeal, *, actor="person:hal", **values):
        fields = {
            "outcome": "upheld",
            "answer": "答案确有错误，已提出改判。",
            "treatment": "",
            "new_ref": None,
            **values,
        }
        return services.answer_appeal(
            hall.db_session,
            appeal,
            hall.db_session.get(Attempt, appeal.attempt_id),
            actor=actor,
            now=NOON + 2 * DAY,
            **fields,
        )

    def test_has_a_window_after_the_release(self, hall):
        with pytest.raises(services.AppealClosedError):
            self.file(hall)
        hall.release()
        self.file(hall, now=NOON + 8 * DAY)
        with pytest.raises(services.AppealClosedError):
            self.file(hall, 1, now=NOON + 8 * DAY + MINUTE)

    def test_comes_once(self, hall):
        hall.release()
        self.file(hall)

        with pytest.raises(services.AlreadyAppealedError):
            self.file(hall)

    @pytest.mark.parametrize(
        "values", [{"body": "短"}, {"body": "x" * 2001}, {"position": 0}, {"position": 7}]
    )
    def test_refuses_grounds_that_are_none(self, hall, values):
        hall.release()

        with pytest.raises(InvalidInputError):
            self.file(hall, **values)

    def test_is_answered_once_by_somebody_uninvolved(self, hall, db_session):
        hall.release()
        appeal = self.file(hall)
        alice = db_session.scalar(select(Person.public_id).where(Person.id == hall.people[0].id))

        for actor in ("person:planner", "person:ines", EVA, f"person:{alice}"):
            with pytest.raises(services.InvolvedError):
                self.answer(hall, appeal, actor=actor)
        self.answer(hall, appeal)
        with pytest.raises(services.AppealAnsweredError):
            self.answer(hall, appeal)

    def test_can_propose_a_regrade_that_another_person_applies(self, hall, db_session):
        hall.release()
        appeal = self.file(hall, position=hall.position(0))

        self.answer(hall, appeal, treatment="credit_all")

        regrade = db_session.get(Regrade, appeal.regrade_id)
        assert regrade.item_ref == hall.item(0)
        with pytest.raises(SecondPersonRequiredError):
            services.apply_regrade(db_session, regrade, actor="person:hal", now=NOON + 3 * DAY)
        services.apply_regrade(db_session, regrade, actor=EVA, now=NOON + 3 * DAY)
        assert hall.attempt(0).score_fraction == pytest.approx(1 / 6)

    def test_a_dismissal_regrades_nothing(self, hall):
        hall.release()
        appeal = self.file(hall)

        with pytest.raises(InvalidInputError):
            self.answer(hall, appeal, outcome="dismissed", treatment="drop")
        assert self.answer(hall, appeal, outcome="dismissed").outcome == "dismissed"

    def test_overdue_ones_are_counted(self, hall, db_session):
        hall.release()
        self.file(hall)

        assert queries.overdue_appeal_count(db_session, now=NOON + 16 * DAY) == 0
        assert queries.overdue_appeal_count(db_session, now=NOON + 16 * DAY + MINUTE) == 1
