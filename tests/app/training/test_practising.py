"""Practice: facts, cards that follow from them, and items that are never practised."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from app.bank.models import ItemVersion
from app.core.errors import IdempotencyKeyReusedError, InvalidInputError, NotFoundError
from app.exams.models import AttemptResponse
from app.exams.services import submit_attempt
from app.training import queries
from app.training.models import PracticeAnswer, ReviewCard
from app.training.pool import practice_pool
from app.training.practising import (
    BlankAnswerError,
    choose_pace,
    choose_recall,
    note_reason,
    rebuild_cards,
    record_answer,
)
from app.training.profiles import profile_of
from question_bank.mastery import Source
from question_bank.practising import Mode
from question_bank.spacing import Confidence, Recall
from tests import cast
from tests.conftest import NOON
from tests.factories.exams import start_little_attempt
from tests.factories.training import publish_practice


@pytest.fixture
def alice(db_session, person_of):
    publish_practice(db_session, now=NOON)
    return person_of(cast.ALICE).id


def answer(db_session, person_id, *, item="p-traffic-0@1", choice="a", n=1, at=NOON, **changes):
    return record_answer(
        db_session,
        person_id,
        **{
            "key": f"answer-{n:04}",
            "item_ref": item,
            "value": {"selected": [choice]},
            "mode": Mode.MIXED,
            "confidence": None,
            "seconds": 20,
            "ago_s": 0,
            "now": at,
            **changes,
        },
    )


def card_of(db_session, person_id, item_id="p-traffic-0"):
    card = db_session.get(ReviewCard, (person_id, item_id), populate_existing=True)
    return card.stability, card.difficulty, card.due_at, card.wrong_count, card.right_run


class TestRecordAnswer:
    def test_scores_and_schedules(self, db_session, alice):
        recorded = answer(db_session, alice, confidence=Confidence.SURE)

        assert (recorded.credit, recorded.recall, recorded.skill) == (1.0, 4, "traffic")
        (card,) = queries.cards_of(db_session, alice)
        assert card.due_at > NOON + timedelta(days=2)
        assert not queries.is_mistake(card)

    def test_a_repeat_returns_the_first_and_adds_nothing(self, db_session, alice):
        first = answer(db_session, alice)

        assert answer(db_session, alice, at=NOON + timedelta(hours=1)).id == first.id
        assert len(db_session.scalars(select(PracticeAnswer)).all()) == 1
        assert queries.cards_of(db_session, alice)[0].review_count == 1

    def test_a_resend_finds_its_answer_although_the_item_was_retired_since(self, db_session, alice):
        first = answer(db_session, alice)
        db_session.execute(
            update(ItemVersion)
            .where(ItemVersion.item_id == "p-traffic-0")
            .values(retired_at=NOON + timedelta(minutes=1))
        )

        assert answer(db_session, alice, at=NOON + timedelta(hours=1)).id == first.id

    def test_a_key_stands_for_one_answer_only(self, db_session, alice):
        answer(db_session, alice)

        with pytest.raises(IdempotencyKeyReusedError):
            answer(db_session, alice, choice="b")

    def test_an_item_of_live_forms_is_not_found(self, db_session, alice):
        for ref in ("live-one@1", "p-traffic-0@2", "nowhere@1", "nonsense", ""):
            with pytest.raises(NotFoundError):
                answer(db_session, alice, item=ref)
        assert queries.cards_of(db_session, alice) == []

    def test_refuses_what_is_no_answer(self, db_session, alice):
        with pytest.raises(BlankAnswerError):
            answer(db_session, alice, value={"selected": []})
        for value in ({"selected": ["z"]}, {"number": "1"}, None):
            with pytest.raises(InvalidInputError):
                answer(db_session, alice, value=value)

    def test_figures_that_an_item_has_not_are_refused(self, db_session, alice):
        with pytest.raises(InvalidInputError):
            answer(db_session, alice, item="p-traffic-0@1#price=9")

    def test_an_answer_that_arrives_late_counts_from_when_it_was_given(self, db_session, alice):
        answer(db_session, alice, n=1, at=NOON)
        late = answer(db_session, alice, n=2, at=NOON + timedelta(hours=1), ago_s=7200, choice="b")

        assert late.at == NOON - timedelta(hours=1)
        card = card_of(db_session, alice)
        rebuild_cards(db_session, alice)
        assert card_of(db_session, alice) == card
        assert card[-1] == 1  # the right answer is the newer one

    def test_the_clock_of_a_device_reaches_back_three_days_at_most(self, db_session, alice):
        assert answer(db_session, alice, ago_s=10**9).at == NOON - timedelta(days=3)


class TestMistakes:
    def test_two_right_answers_in_a_row_end_one(self, db_session, alice):
        states = []
        for n, choice in enumerate("babaa"):
            answer(db_session, alice, n=n, choice=choice, at=NOON + timedelta(days=n))
            states.append(queries.is_mistake(queries.cards_of(db_session, alice)[0]))

        assert states == [True, True, True, True, False]

    def test_keep_their_reason(self, db_session, alice):
        wrong = answer(db_session, alice, choice="b")
        for reason in ("reading", "concept"):
            note_reason(db_session, wrong, reason, now=NOON)

        assert queries.reasons_of(db_session, [wrong.id]) == {wrong.id: "concept"}
        assert set(queries.newest_wrong_answers(db_session, alice)) == {"p-traffic-0"}

    def test_a_right_answer_has_no_reason_and_an_unknown_one_is_refused(self, db_session, alice):
        right, wrong = answer(db_session, alice), answer(db_session, alice, n=2, choice="b")

        for held, reason in ((right, "concept"), (wrong, "weather")):
            with pytest.raises(InvalidInputError):
                note_reason(db_session, held, reason, now=NOON)


class TestCards:
    def test_follow_from_the_facts_alone(self, db_session, alice):
        for n, choice in enumerate("abaab"):
            at = NOON + timedelta(days=3 * n)
            held = answer(db_session, alice, n=n, choice=choice, at=at)
            answer(
                db_session,
                alice,
                n=100 + n,
                item="q-anchor-1@1",
                at=at,
                value={"selected": ["true"]},
            )
        choose_recall(db_session, held, Recall.HARD, now=at)
        before = card_of(db_session, alice), card_of(db_session, alice, "q-anchor-1")

        assert rebuild_cards(db_session, alice) == 2
        assert (card_of(db_session, alice), card_of(db_session, alice, "q-anchor-1")) == before

    def test_a_rating_by_hand_replaces_the_derived_one(self, db_session, alice):
        held = answer(db_session, alice)
        derived = queries.cards_of(db_session, alice)[0].due_at

        easy = choose_recall(db_session, held, Recall.EASY, now=NOON).due_at
        again = choose_recall(db_session, held, Recall.AGAIN, now=NOON).due_at

        assert again < derived < easy

    def test_a_person_may_want_to_remember_better(self, db_session, alice):
        answer(db_session, alice, n=1)
        choose_pace(db_session, alice, retention=0.95, daily_most=10, now=NOON)
        answer(db_session, alice, n=2, item="p-traffic-1@1")

        first, second = queries.cards_of(db_session, alice)
        assert (first.item_id, second.item_id) == ("p-traffic-1", "p-traffic-0")

    def test_a_pace_out_of_range_is_refused(self, db_session, alice):
        for retention, most in ((0.5, 30), (0.99, 30), (0.9, 4), (0.9, 201)):
            with pytest.raises(InvalidInputError):
                choose_pace(db_session, alice, retention=retention, daily_most=most, now=NOON)


class TestPool:
    def test_holds_the_practice_half_only(self, db_session, alice):
        pool = practice_pool(db_session)

        assert len(pool.items) == 56
        assert "live-one" not in pool.items


class TestProfile:
    def test_grows_with_right_answers_and_belongs_to_one_person(self, db_session, alice, person_of):
        before = profile_of(db_session, alice, now=NOON)
        for n in range(6):
            answer(db_session, alice, n=n, item=f"p-traffic-{n}@1")
        after = profile_of(db_session, alice, now=NOON)
        bob = profile_of(db_session, person_of(cast.BOB).id, now=NOON)

        traffic = {one.skill: one for one in after.entries}["traffic"]
        assert (before.is_empty, bob.is_empty, after.is_empty) == (True, True, False)
        assert traffic.value_fraction > before.entries[0].mastery.value
        assert traffic.evidence_count == 5  # six first answers of practice
        assert before.entries[0].value_fraction is None

    def test_an_exam_counts_by_what_was_answered(self, db_session, alice):
        attempt = start_little_attempt(db_session, alice, now=NOON)
        db_session.add(
            AttemptResponse(
                attempt_id=attempt.id,
                position=1,
                value='{"selected":["b"]}',
                flagged=False,
                client_sequence=1,
                at=NOON,
            )
        )
        submit_attempt(db_session, attempt, key="submit-key", now=NOON)

        (one,) = profile_of(db_session, alice, now=NOON).evidence

        assert one.source is Source.EXAM
