"""Spaced repetition (间隔复习): when an item comes again, by FSRS 6 of the library `fsrs`.

The library is the reference and does the scheduling; nothing of the algorithm is repeated here.
What is ours: how an answer becomes a rating, that a card is a projection of its reviews (no chance,
no clock: the same reviews always give the same card), and the forecast of the coming days.

Learning steps are left out: an item is a question of a minute, not a word, and who has just read
its explanation learns nothing from answering it again ten minutes later. So every review is
followed by a day at least.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import IntEnum
from functools import lru_cache

from fsrs import Card, Rating, Scheduler, State

DESIRED_RETENTION = 0.9
"""Chance of a right answer at which an item comes again, unless the person chooses another."""

RETENTION_RANGE = (0.8, 0.95)
"""What a person may choose: below, most of a review is learning anew; above, the queue explodes."""

LONGEST_DAYS = 365
"""An item comes again within a year at the latest: certificates are renewed, and rules change."""


class Recall(IntEnum):
    """How well an answer was known; the numbers are FSRS's ratings."""

    AGAIN = 1
    HARD = 2
    GOOD = 3
    EASY = 4


class Confidence(IntEnum):
    """What the person said before seeing the key."""

    GUESSED = 1
    UNSURE = 2
    SURE = 3


@dataclass(frozen=True, slots=True)
class Review:
    """One answer, as scheduling sees it; `at` is aware."""

    recall: Recall
    at: datetime


@dataclass(frozen=True, slots=True)
class CardState:
    """What is remembered of one item by one person: a projection of its reviews.

    Attributes:
        stability: Days after which the chance of a right answer has fallen to 90 %.
        difficulty: 1 (easy) to 10.
        due_at: When it comes again.
        last_at: The last review.
        review_count: Reviews so far.
        lapse_count: Reviews that were not known, after the first.
    """

    stability: float
    difficulty: float
    due_at: datetime
    last_at: datetime
    review_count: int
    lapse_count: int


def recall_of(credit: float, confidence: Confidence | None) -> Recall:
    """Return the rating that an answer shows.

    A wrong answer is not known, a partly right one hard; a right one that was guessed is hard, one
    that was sure is easy, any other good. What was said with confidence and is wrong stays wrong.

    Args:
        credit: In [0, 1].
        confidence: What the person said before; None if nothing.
    """
    if credit < 0.5:
        return Recall.AGAIN
    if credit < 1 or confidence is Confidence.GUESSED:
        return Recall.HARD
    return Recall.EASY if confidence is Confidence.SURE else Recall.GOOD


@lru_cache(maxsize=32)
def scheduler(retention: float = DESIRED_RETENTION) -> Scheduler:
    """Return the library's scheduler with our settings.

    Raises:
        ValueError: If the retention is outside `RETENTION_RANGE`.
    """
    least, most = RETENTION_RANGE
    if not least <= retention <= most:
        raise ValueError(f"retention {retention} is not between {least} and {most}")
    return Scheduler(
        desired_retention=retention,
        learning_steps=(),
        relearning_steps=(),
        maximum_interval=LONGEST_DAYS,
        enable_fuzzing=False,
    )


def reviewed(
    state: CardState | None, review: Review, *, retention: float = DESIRED_RETENTION
) -> CardState:
    """Return the card after one more review.

    Args:
        state: Before it; None for the first.
        review: Not before the last one.
        retention: Of the person.

    Raises:
        ValueError: If the review lies before the last one.
    """
    at = review.at.astimezone(UTC)
    if state is not None and at < state.last_at:
        raise ValueError(f"review at {at} before the last one at {state.last_at}")
    card = Card(card_id=0) if state is None else _card(state)
    card, _ = scheduler(retention).review_card(card, Rating(int(review.recall)), at)
    assert card.stability is not None
    assert card.difficulty is not None
    lapses = 0 if state is None else state.lapse_count + (review.recall is Recall.AGAIN)
    count = 1 if state is None else state.review_count + 1
    return CardState(card.stability, card.difficulty, card.due, at, count, lapses)


def replayed(
    reviews: Iterable[Review], *, retention: float = DESIRED_RETENTION
) -> CardState | None:
    """Return the card that reviews in order of time lead to; None without any."""
    state = None
    for review in reviews:
        state = reviewed(state, review, retention=retention)
    return state


def recall_fraction(state: CardState, now: datetime) -> float:
    """Return the chance of a right answer at a moment, in [0, 1]."""
    return float(scheduler().get_card_retrievability(_card(state), now.astimezone(UTC)))


def due_by_day(
    due: Sequence[datetime], *, today: date, days: int, zone_offset: timedelta
) -> list[int]:
    """Return how many cards come due on each day from today on; what is overdue counts today.

    Args:
        due: When each card comes again.
        today: The first day, as people where `zone_offset` holds call it.
        days: How many days.
        zone_offset: Of the people's clock against UTC.
    """
    counts = [0] * days
    for one in due:
        day = (one.astimezone(UTC) + zone_offset).date()
        place = max(0, (day - today).days)
        if place < days:
            counts[place] += 1
    return counts


def expected_load(
    states: Sequence[CardState],
    *,
    now: datetime,
    days: int,
    zone_offset: timedelta,
    retention: float = DESIRED_RETENTION,
) -> list[int]:
    """Return how many reviews each day brings if the queue is emptied every day.

    Each review is taken as known (`GOOD`), so that an item can come again within the days.

    Args:
        states: The cards.
        now: The present moment.
        days: How many days, today included.
        zone_offset: Of the people's clock against UTC.
        retention: Of the person.
    """
    today = (now.astimezone(UTC) + zone_offset).date()
    visits: list[datetime] = []
    end = now + timedelta(days=days)
    for state in states:
        held = state
        while held.due_at <= end:
            at = max(held.due_at, now)
            visits.append(at)
            held = reviewed(held, Review(Recall.GOOD, at), retention=retention)
    return due_by_day(visits, today=today, days=days, zone_offset=zone_offset)


def streak_days(days: Iterable[date], today: date) -> int:
    """Return how many days in a row were practised, up to today or yesterday.

    A day that is not over breaks nothing.
    """
    held = set(days)
    at = today if today in held else today - timedelta(days=1)
    count = 0
    while at in held:
        count += 1
        at -= timedelta(days=1)
    return count


def _card(state: CardState) -> Card:
    return Card(
        card_id=0,
        state=State.Review,
        stability=state.stability,
        difficulty=state.difficulty,
        due=state.due_at.astimezone(UTC),
        last_review=state.last_at.astimezone(UTC),
    )
