"""Practice: what comes next, what an answer is worth, and the card that follows from it."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.core.clock import BEIJING
from app.core.errors import IdempotencyKeyReusedError, InvalidInputError
from app.core.hashing import canonical_json
from app.training import queries
from app.training.models import (
    MistakeReason,
    PracticeAnswer,
    PracticeChoice,
    RecallChoice,
    ReviewCard,
)
from app.training.pool import PracticePool, practised_item
from app.training.skill_map import shipped_skill_map
from question_bank.errors import BankError
from question_bank.items import Item
from question_bank.practising import Candidate, Mode, chosen
from question_bank.responses import check_value, is_blank
from question_bank.scoring import score_response
from question_bank.spacing import (
    RETENTION_RANGE,
    Confidence,
    Recall,
    Review,
    recall_of,
    replayed,
    reviewed,
)

logger = logging.getLogger(__name__)

REASONS = ("concept", "reading", "figures", "memory", "guess")
"""Why an answer went wrong; words in `labels`."""

LONGEST_AWAY = timedelta(days=3)
"""An answer given without a network counts from when it was given, as far back as this."""

LONGEST_S = 3600
"""Seconds over one item beyond which the device was simply left open."""

DAILY_RANGE = (5, 200)


class BlankAnswerError(InvalidInputError):
    """Raised when an answer says nothing: practice scores what was answered."""

    code = "practice_blank"


def next_items(
    pool: PracticePool,
    cards: Sequence[ReviewCard],
    *,
    mode: Mode,
    count: int,
    now: datetime,
    seed: str,
    theta: float = 0.0,
    gaps: dict[str, float] | None = None,
    skill: str = "",
) -> list[Item]:
    """Return the items to practise next, as `question_bank.practising.chosen` chooses them."""
    candidates = [
        Candidate(name, pool.skills[name], pool.curves[name].b) for name in sorted(pool.items)
    ]
    ids = chosen(
        mode,
        candidates,
        queries.held_cards(cards, now=now),
        count=count,
        now=now,
        seed=seed,
        theta=theta,
        gaps=gaps,
        skill=skill,
    )
    return [pool.items[one] for one in ids]


def record_answer(
    db_session: Session,
    person_id: int,
    *,
    key: str,
    item_ref: str,
    value: Any,
    mode: Mode,
    confidence: Confidence | None,
    seconds: int | None,
    ago_s: int,
    now: datetime,
) -> PracticeAnswer:
    """Add an answer and bring its card up to date; a repeat returns the first.

    Args:
        db_session: The session of the caller's transaction.
        person_id: Who answered.
        key: The page's idempotency key.
        item_ref: The version that was shown, with its figures.
        value: What the page sent.
        mode: What was practised.
        confidence: What the person said before seeing the key.
        seconds: From showing to answering.
        ago_s: How long the answer waited on the device.
        now: The moment of arrival (aware).

    Raises:
        IdempotencyKeyReusedError: If the key stands for another answer.
        NotFoundError: If the item is not practised.
        BlankAnswerError: If nothing was answered.
        InvalidInputError: If the value does not fit the item.
    """
    # The person's row lines up two devices: a card is made from one answer after the other.
    db_session.execute(
        select(Person.id).where(Person.id == person_id).with_for_update(key_share=True)
    )
    item, stored = checked_answer(db_session, item_ref, value)
    text = canonical_json(stored)
    held = queries.answer_or_none(db_session, person_id, key)
    if held is not None:
        if (held.item_ref, held.value) != (item_ref, text):
            raise IdempotencyKeyReusedError(f"key {key} of person {person_id}")
        return held
    credit = score_response(item, stored)
    answer = PracticeAnswer(
        person_id=person_id,
        key=key,
        item_id=item.id,
        item_ref=item_ref,
        skill=shipped_skill_map().skill_of_item(item),
        mode=mode.value,
        value=text,
        credit=credit,
        confidence=None if confidence is None else int(confidence),
        recall=int(recall_of(credit, confidence)),
        seconds=None if seconds is None else min(seconds, LONGEST_S),
        at=now - min(timedelta(seconds=max(0, ago_s)), LONGEST_AWAY),
    )
    db_session.add(answer)
    db_session.flush()
    _advance(db_session, answer)
    return answer


def checked_answer(db_session: Session, item_ref: str, value: Any) -> tuple[Item, dict[str, Any]]:
    """Return the item that an answer is about, and the answer in its stored form.

    Raises:
        NotFoundError: If the item is not practised.
        BlankAnswerError: If nothing was answered.
        InvalidInputError: If the figures or the value do not fit the item.
    """
    try:
        item = practised_item(db_session, item_ref)
        stored = check_value(item, value)
    except BankError as error:
        raise InvalidInputError(str(error), [{"field": "value", "code": "unknown"}]) from error
    if is_blank(stored):
        raise BlankAnswerError(item_ref, [{"field": "value", "code": "blank"}])
    return item, stored


def choose_recall(
    db_session: Session, answer: PracticeAnswer, recall: Recall, *, now: datetime
) -> ReviewCard:
    """Let the person say how well an answer was known; the card is made anew from its facts.

    Args:
        db_session: The session of the caller's transaction.
        answer: The person's own.
        recall: The rating.
        now: The moment (aware).
    """
    db_session.add(RecallChoice(answer_id=answer.id, recall=int(recall), at=now))
    db_session.flush()
    return rebuild_card(db_session, answer.person_id, answer.item_id)


def note_reason(db_session: Session, answer: PracticeAnswer, reason: str, *, now: datetime) -> None:
    """Keep why an answer went wrong.

    Raises:
        InvalidInputError: If the reason is not one of `REASONS`, or the answer was right.
    """
    if reason not in REASONS or answer.credit >= 1:
        raise InvalidInputError(f"reason {reason!r}", [{"field": "reason", "code": "unknown"}])
    db_session.add(MistakeReason(answer_id=answer.id, reason=reason, at=now))
    db_session.flush()


def choose_pace(
    db_session: Session, person_id: int, *, retention: float, daily_most: int, now: datetime
) -> None:
    """Keep what a person wants of the queue; cards that wait are scheduled anew at their review.

    Raises:
        InvalidInputError: If a figure is out of its range.
    """
    least, most = RETENTION_RANGE
    errors: list[dict[str, object]] = []
    if not least <= retention <= most:
        errors.append({"field": "retention", "code": "out_of_range"})
    if not DAILY_RANGE[0] <= daily_most <= DAILY_RANGE[1]:
        errors.append({"field": "daily_most", "code": "out_of_range"})
    if errors:
        raise InvalidInputError("pace of practice", errors)
    row = db_session.get(PracticeChoice, person_id)
    if row is None:
        row = PracticeChoice(person_id=person_id)
        db_session.add(row)
    row.retention, row.daily_most, row.changed_at = retention, daily_most, now
    db_session.flush()


def rebuild_card(db_session: Session, person_id: int, item_id: str) -> ReviewCard:
    """Make one card anew from the answers to its item.

    Raises:
        ValueError: If the item was never answered.
    """
    answers = queries.answers_to(db_session, person_id, item_id)
    if not answers:
        raise ValueError(f"person {person_id} never answered {item_id}")
    chosen_ones = queries.chosen_recalls(db_session, [one.id for one in answers])
    retention = queries.choice_of(db_session, person_id).retention
    reviews = [Review(Recall(chosen_ones.get(one.id, one.recall)), one.at) for one in answers]
    state = replayed(reviews, retention=retention)
    assert state is not None  # there was a review
    card = db_session.get(ReviewCard, (person_id, item_id))
    if card is None:
        card = ReviewCard(person_id=person_id, item_id=item_id)
        db_session.add(card)
    card.skill = answers[-1].skill
    card.stability, card.difficulty = state.stability, state.difficulty
    card.due_at, card.last_at = state.due_at, state.last_at
    card.review_count, card.lapse_count = state.review_count, state.lapse_count
    card.wrong_count = sum(one.credit < 1 for one in answers)
    card.right_run = _right_run([one.credit for one in answers])
    db_session.flush()
    return card


def rebuild_cards(db_session: Session, person_id: int) -> int:
    """Make all of a person's cards anew from their answers; returns how many there are."""
    db_session.execute(delete(ReviewCard).where(ReviewCard.person_id == person_id))
    item_ids = db_session.scalars(
        select(PracticeAnswer.item_id).where(PracticeAnswer.person_id == person_id).distinct()
    ).all()
    for item_id in sorted(item_ids):
        rebuild_card(db_session, person_id, item_id)
    logger.info("%d cards of person %d made anew", len(item_ids), person_id)
    return len(item_ids)


def _advance(db_session: Session, answer: PracticeAnswer) -> None:
    """Bring the card up to date by one answer; one that arrives late makes it anew."""
    card = db_session.get(ReviewCard, (answer.person_id, answer.item_id))
    if card is None or answer.at < card.last_at:
        rebuild_card(db_session, answer.person_id, answer.item_id)
        return
    retention = queries.choice_of(db_session, answer.person_id).retention
    state = reviewed(
        queries.state_of(card), Review(Recall(answer.recall), answer.at), retention=retention
    )
    card.skill = answer.skill
    card.stability, card.difficulty = state.stability, state.difficulty
    card.due_at, card.last_at = state.due_at, state.last_at
    card.review_count, card.lapse_count = state.review_count, state.lapse_count
    card.wrong_count += answer.credit < 1
    card.right_run = card.right_run + 1 if answer.credit >= 1 else 0
    db_session.flush()


def _right_run(credits: Sequence[float]) -> int:
    """Return how many answers at the end were right."""
    run = 0
    for credit in reversed(credits):
        if credit < 1:
            break
        run += 1
    return run


def day_seed(person_id: int, now: datetime) -> str:
    """Return what orders new items for a person on a day: a reload shows the same ones."""
    return f"{person_id}:{now.astimezone(BEIJING).date().isoformat()}"
