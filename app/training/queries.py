"""Reads of training; each also decides whether this person may know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.clock import BEIJING
from app.core.errors import NotFoundError
from app.training.models import (
    MistakeReason,
    MockExam,
    PlacementAnswer,
    PlacementTest,
    PracticeAnswer,
    PracticeChoice,
    RecallChoice,
    ReviewCard,
)
from question_bank.practising import RIGHT_RUN_ENDS, Held
from question_bank.spacing import DESIRED_RETENTION, CardState, recall_fraction

DAILY_MOST = 30
"""Items of the queue a day, unless the person chooses otherwise: three quarters of an hour."""

MOST_EVIDENCE = 1500
"""Newest practice answers that a profile is made from."""


@dataclass(frozen=True)
class Choice:
    """What holds for a person's queue."""

    retention: float = DESIRED_RETENTION
    daily_most: int = DAILY_MOST


def choice_of(db_session: Session, person_id: int) -> Choice:
    """Return what the person chose, or the defaults."""
    row = db_session.get(PracticeChoice, person_id)
    return Choice() if row is None else Choice(row.retention, row.daily_most)


def state_of(card: ReviewCard) -> CardState:
    """Return what a card's row remembers."""
    return CardState(
        card.stability,
        card.difficulty,
        card.due_at,
        card.last_at,
        card.review_count,
        card.lapse_count,
    )


def cards_of(db_session: Session, person_id: int) -> Sequence[ReviewCard]:
    """Return a person's cards, the one that is due first first."""
    return db_session.scalars(
        select(ReviewCard)
        .where(ReviewCard.person_id == person_id)
        .order_by(ReviewCard.due_at, ReviewCard.item_id)
    ).all()


def held_cards(cards: Sequence[ReviewCard], *, now: datetime) -> dict[str, Held]:
    """Return cards as the choice of items sees them, by item id."""
    return {
        one.item_id: Held(
            one.due_at,
            one.last_at,
            recall_fraction(state_of(one), now),
            one.wrong_count,
            one.right_run,
        )
        for one in cards
    }


def is_mistake(card: ReviewCard) -> bool:
    """Say whether a card stands in the list of mistakes (错题本)."""
    return card.wrong_count > 0 and card.right_run < RIGHT_RUN_ENDS


def answer_or_none(db_session: Session, person_id: int, key: str) -> PracticeAnswer | None:
    """Return the person's answer of an idempotency key."""
    return db_session.scalar(
        select(PracticeAnswer).where(
            PracticeAnswer.person_id == person_id, PracticeAnswer.key == key
        )
    )


def answer_of(db_session: Session, person_id: int, public_id: str) -> PracticeAnswer:
    """Return the person's own answer.

    Raises:
        NotFoundError: If there is none, or it is somebody else's.
    """
    answer = db_session.scalar(
        select(PracticeAnswer).where(
            PracticeAnswer.public_id == public_id, PracticeAnswer.person_id == person_id
        )
    )
    if answer is None:
        raise NotFoundError(f"answer {public_id} of person {person_id}")
    return answer


def answers_to(db_session: Session, person_id: int, item_id: str) -> Sequence[PracticeAnswer]:
    """Return a person's answers to one item, oldest first."""
    return db_session.scalars(
        select(PracticeAnswer)
        .where(PracticeAnswer.person_id == person_id, PracticeAnswer.item_id == item_id)
        .order_by(PracticeAnswer.at, PracticeAnswer.id)
    ).all()


def newest_answers(
    db_session: Session, person_id: int, *, limit: int = MOST_EVIDENCE
) -> Sequence[PracticeAnswer]:
    """Return a person's newest practice answers, newest first."""
    return db_session.scalars(
        select(PracticeAnswer)
        .where(PracticeAnswer.person_id == person_id)
        .order_by(PracticeAnswer.at.desc(), PracticeAnswer.id.desc())
        .limit(limit)
    ).all()


def chosen_recalls(db_session: Session, answer_ids: Sequence[int]) -> dict[int, int]:
    """Return the ratings that the person gave by hand, by answer; the newest counts."""
    rows = db_session.execute(
        select(RecallChoice.answer_id, RecallChoice.recall)
        .where(RecallChoice.answer_id.in_(answer_ids))
        .order_by(RecallChoice.id)
    )
    return {row[0]: row[1] for row in rows}


def reasons_of(db_session: Session, answer_ids: Sequence[int]) -> dict[int, str]:
    """Return why answers went wrong, as the person said, by answer; the newest counts."""
    rows = db_session.execute(
        select(MistakeReason.answer_id, MistakeReason.reason)
        .where(MistakeReason.answer_id.in_(answer_ids))
        .order_by(MistakeReason.id)
    )
    return {row[0]: row[1] for row in rows}


def newest_wrong_answers(db_session: Session, person_id: int) -> dict[str, PracticeAnswer]:
    """Return the newest wrong answer to each item that stands in the list of mistakes."""
    wanted = (
        select(ReviewCard.item_id)
        .where(
            ReviewCard.person_id == person_id,
            ReviewCard.wrong_count > 0,
            ReviewCard.right_run < RIGHT_RUN_ENDS,
        )
        .scalar_subquery()
    )
    rows = db_session.scalars(
        select(PracticeAnswer)
        .where(
            PracticeAnswer.person_id == person_id,
            PracticeAnswer.item_id.in_(wanted),
            PracticeAnswer.credit < 1,
        )
        .order_by(PracticeAnswer.at, PracticeAnswer.id)
    )
    return {one.item_id: one for one in rows}


def practice_days(db_session: Session, person_id: int, *, since: datetime) -> Mapping[date, int]:
    """Return how many answers were given on each day, as Beijing counts days."""
    moments = db_session.scalars(
        select(PracticeAnswer.at).where(
            PracticeAnswer.person_id == person_id, PracticeAnswer.at >= since
        )
    )
    days: dict[date, int] = {}
    for at in moments:
        day = at.astimezone(BEIJING).date()
        days[day] = days.get(day, 0) + 1
    return days


def placement_of(
    db_session: Session, person_id: int, public_id: str, *, lock: bool = False
) -> PlacementTest:
    """Return the person's own placement test.

    Raises:
        NotFoundError: If there is none, or it is somebody else's.
    """
    query = select(PlacementTest).where(
        PlacementTest.public_id == public_id, PlacementTest.person_id == person_id
    )
    test = db_session.scalar(query.with_for_update() if lock else query)
    if test is None:
        raise NotFoundError(f"placement {public_id} of person {person_id}")
    return test


def open_placement_or_none(db_session: Session, person_id: int) -> PlacementTest | None:
    """Return the placement test that the person is in, if any."""
    return db_session.scalar(
        select(PlacementTest).where(
            PlacementTest.person_id == person_id, PlacementTest.ended_at.is_(None)
        )
    )


def ended_placements(db_session: Session, person_id: int) -> Sequence[PlacementTest]:
    """Return the person's placement tests that came to a result, oldest first."""
    return db_session.scalars(
        select(PlacementTest)
        .where(PlacementTest.person_id == person_id, PlacementTest.theta.is_not(None))
        .order_by(PlacementTest.ended_at)
    ).all()


def placement_answers(db_session: Session, test_id: int) -> Sequence[PlacementAnswer]:
    """Return a test's answers in order."""
    return db_session.scalars(
        select(PlacementAnswer)
        .where(PlacementAnswer.test_id == test_id)
        .order_by(PlacementAnswer.position)
    ).all()


def items_of_placements(db_session: Session, person_id: int, *, since: datetime) -> set[str]:
    """Return the ids of items that placement tests showed the person since a moment."""
    rows = db_session.scalars(
        select(PlacementAnswer.item_id)
        .join(PlacementTest, PlacementTest.id == PlacementAnswer.test_id)
        .where(PlacementTest.person_id == person_id, PlacementAnswer.at >= since)
    )
    return set(rows)


def placement_uses(db_session: Session) -> tuple[dict[str, int], int]:
    """Return how often placement tests showed each item, and how many tests there were."""
    rows = db_session.execute(
        select(PlacementAnswer.item_id, func.count()).group_by(PlacementAnswer.item_id)
    )
    tests = db_session.scalar(select(func.count()).select_from(PlacementTest)) or 0
    return {row[0]: row[1] for row in rows}, tests


def mocks_of(db_session: Session, person_id: int) -> Sequence[MockExam]:
    """Return the person's mock exams, newest first."""
    return db_session.scalars(
        select(MockExam).where(MockExam.person_id == person_id).order_by(MockExam.id.desc())
    ).all()
