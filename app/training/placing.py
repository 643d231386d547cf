"""The placement test (定位测评): starting, answering, ending; `question_bank.adaptive` decides."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.bank import queries as bank_queries
from app.core.errors import ConflictError, IdempotencyKeyReusedError, NotFoundError
from app.core.hashing import canonical_json
from app.training import queries
from app.training.models import PlacementAnswer, PlacementTest
from app.training.pool import PracticePool, practised_item
from app.training.practising import checked_answer
from question_bank.adaptive import (
    PLACEMENT,
    Answered,
    PoolItem,
    next_step,
    standing_of,
    topic_standings,
)
from question_bank.difficulty import Curve
from question_bank.instances import drawn_instance
from question_bank.items import Item
from question_bank.scoring import score_response

logger = logging.getLogger(__name__)

SHARES: Mapping[str, float] = {
    "traffic": 20,
    "live_ops": 30,
    "anchor": 10,
    "supply": 15,
    "service": 10,
    "compliance": 10,
    "data_review": 5,
}
"""Shares of the topics: those of the exams' blueprints."""

FRESH_FOR = timedelta(days=90)
"""An item of an earlier placement test is shown again after this time only, if others are left."""

LEAST_ANSWERS = 8
"""Answers below which a test that is broken off says nothing and leaves no result."""


class PlacementOverError(ConflictError):
    """Raised when a placement test that is over, or another place of it, gets an answer."""

    code = "placement_over"


class NoPlacementPoolError(ConflictError):
    """Raised when the practice half holds too few items for a placement test."""

    code = "placement_no_items"


def start_placement(
    db_session: Session, person_id: int, pool: PracticePool, *, now: datetime
) -> PlacementTest:
    """Start a placement test, or return the one that the person is in.

    What is pinned: every item that may come, with its curve, so that a later calibration changes
    neither the test under way nor how its result is explained.

    Raises:
        NoPlacementPoolError: If there are fewer items than a test needs at most.
    """
    db_session.execute(
        select(Person.id).where(Person.id == person_id).with_for_update(key_share=True)
    )
    held = queries.open_placement_or_none(db_session, person_id)
    if held is not None:
        return held
    if len(pool.items) < PLACEMENT.most_items:
        raise NoPlacementPoolError(f"{len(pool.items)} items")
    test = PlacementTest(
        person_id=person_id,
        seed=secrets.token_hex(16),
        pool=[
            _pinned(item, pool.skills[name], pool.curves[name], pool.items)
            for name, item in pool.items.items()
        ],
        started_at=now,
    )
    db_session.add(test)
    db_session.flush()
    _advance(db_session, test, now=now)
    logger.info("%r started", test)
    return test


def answer_placement(
    db_session: Session,
    test: PlacementTest,
    *,
    position: int,
    key: str,
    value: Any,
    now: datetime,
) -> PlacementAnswer:
    """Add the answer to the item that waits, and choose the next; a repeat returns the first.

    Args:
        db_session: The session of the caller's transaction.
        test: The person's own, locked.
        position: Of the item that the page showed, from 1.
        key: The page's idempotency key.
        value: What the page sent.
        now: The moment (aware).

    Raises:
        PlacementOverError: If the test is over or waits for another position.
        IdempotencyKeyReusedError: If the key stands for another answer.
        BlankAnswerError: If nothing was answered.
        InvalidInputError: If the value does not fit the item.
    """
    answers = queries.placement_answers(db_session, test.id)
    for one in answers:
        if one.key == key:
            if one.position != position:
                raise IdempotencyKeyReusedError(f"key {key} of {test!r}")
            return one
    if test.next_ref is None or position != len(answers) + 1:
        raise PlacementOverError(f"{test!r} waits for {len(answers) + 1}, not {position}")
    item, stored = checked_answer(db_session, test.next_ref, value)
    answer = PlacementAnswer(
        test_id=test.id,
        position=position,
        key=key,
        item_id=item.id,
        item_ref=test.next_ref,
        value=canonical_json(stored),
        credit=score_response(item, stored),
        at=now,
    )
    db_session.add(answer)
    db_session.flush()
    _advance(db_session, test, now=now)
    return answer


def stop_placement(db_session: Session, test: PlacementTest, *, now: datetime) -> None:
    """End a test early; with few answers it leaves no result.

    Raises:
        PlacementOverError: If it is over.
    """
    if test.ended_at is not None:
        raise PlacementOverError(f"{test!r}")
    _end(db_session, test, "stopped", now=now)


def pinned_pool(test: PlacementTest, *, by_skill: bool = False) -> list[PoolItem]:
    """Return a test's pool as it was pinned, its topics replaced by skills if wanted."""
    return [
        PoolItem(
            ref.partition("@")[0],
            skill if by_skill else topic,
            Curve(a, b, c, origin),
            frozenset(excludes),
        )
        for ref, topic, skill, a, b, c, origin, excludes in test.pool
    ]


def given_answers(db_session: Session, test: PlacementTest) -> list[Answered]:
    """Return a test's answers as the pure part knows them."""
    return [
        Answered(one.item_id, one.credit) for one in queries.placement_answers(db_session, test.id)
    ]


def waiting_item(db_session: Session, test: PlacementTest) -> Item:
    """Return the item that waits for an answer.

    Raises:
        NotFoundError: If the test is over.
    """
    if test.next_ref is None:
        raise NotFoundError(f"{test!r} is over")
    return practised_item(db_session, test.next_ref)


def _pinned(item: Item, skill: str, curve: Curve, items: Mapping[str, Item]) -> list[Any]:
    mates: Sequence[str] = ()
    if item.case_id is not None:
        mates = [
            one.id for one in items.values() if one.case_id == item.case_id and one.id != item.id
        ]
    excludes = sorted({*mates, *item.enemies})
    return [item.ref, item.topic.value, skill, curve.a, curve.b, curve.c, curve.origin, excludes]


def _advance(db_session: Session, test: PlacementTest, *, now: datetime) -> None:
    """Choose the next item, or end the test."""
    answers = given_answers(db_session, test)
    step = next_step(
        pinned_pool(test),
        SHARES,
        answers,
        bytes.fromhex(test.seed),
        avoid=queries.items_of_placements(db_session, test.person_id, since=now - FRESH_FOR),
    )
    if step.item_id is None:
        assert step.ending is not None  # no item, hence an end
        _end(db_session, test, step.ending, now=now)
        return
    refs = {row[0].partition("@")[0]: row[0] for row in test.pool}
    item = drawn_instance(
        bank_queries.items_of(db_session, [refs[step.item_id]])[0],
        bytes.fromhex(test.seed) + len(answers).to_bytes(2, "big"),
    )
    test.next_ref = item.ref
    db_session.flush()


def _end(db_session: Session, test: PlacementTest, ending: str, *, now: datetime) -> None:
    answers = given_answers(db_session, test)
    test.next_ref, test.ended_at, test.ending = None, now, ending
    if len(answers) >= LEAST_ANSWERS:
        curves = {one.id: one.curve for one in pinned_pool(test)}
        whole = standing_of(
            [curves[one.item_id] for one in answers], [one.credit for one in answers]
        )
        test.theta, test.error = whole.theta, whole.error
        found = topic_standings(pinned_pool(test, by_skill=True), answers)
        test.standings = {
            skill: [one.theta, one.error, float(one.count)] for skill, one in found.items()
        }
    db_session.flush()
    logger.info("%r ended: %s after %d answers", test, ending, len(answers))
