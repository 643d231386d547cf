"""Two weeks of practice to look at in the demonstration deployment."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any, TypeVar

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts import queries as accounts
from app.bank.queries import items_of
from app.core import clock
from app.core.clock import BEIJING
from app.core.db import db, transaction
from app.exams.models import Attempt
from app.exams.saving import Change, save_response
from app.exams.services import open_page, submit_attempt
from app.training import mocking, placing, queries
from app.training.averages import refresh_means
from app.training.models import PracticeAnswer
from app.training.pool import PracticePool, practice_pool
from app.training.practising import day_seed, next_items, note_reason, record_answer
from app.training.profiles import profile_of
from question_bank.assembly import Draw
from question_bank.instances import drawn_instance
from question_bank.items import Item, ItemKind
from question_bank.practising import Mode
from question_bank.spacing import Confidence

T = TypeVar("T")

LEARNER_ACCOUNT = "candidate@demo.example"
DAYS = 14
RESTED = frozenset({4, 9})
"""Days ago on which nothing was practised: a person, not a machine."""

ABILITY = (-0.4, 0.5)
"""The learner's ability at the beginning and at the end, on the scale of the bank."""

WEAKER: Mapping[str, float] = {"traffic": -0.8, "forecast": -0.7, "compliance": 0.6, "anchor": 0.3}
"""What lies below or above the whole."""

NEW_A_DAY, DUE_A_DAY = 8, 6

SEED = b"the demonstration's learner"


def load_demo_training() -> None:
    """Give the demonstration's learner two weeks of practice: a step of `flask demo load`."""
    with transaction() as db_session:
        person = accounts.person_of_account_or_none(db_session, LEARNER_ACCOUNT)
        count = 0
        if person is not None:
            count = add_demo_training(db_session, person.id, now=clock.now())
            person_id = person.id
    if count:
        sit_demo_mock(person_id, now=clock.now())
    means = refresh_means(now=clock.now(), force=True)
    click.echo(f"demonstration practice: {count} new answers, {means} means of skills")


def sit_demo_mock(person_id: int, *, now: datetime) -> None:
    """Sit a mock of the lowest exam yesterday evening, by the exam page's own write path.

    Args:
        person_id: The demonstration's learner, who has practised.
        now: The moment (aware).
    """
    begun = _evening(now, 1) + timedelta(minutes=50)
    reading = db.session()
    programme = mocking.programme_of_level(reading, "junior")
    profile = profile_of(reading, person_id, now=begun)
    offer = mocking.offer_of(reading, profile, programme, now=begun)
    if offer.plan is None:
        return
    form = mocking.draw_mock(reading, person_id, offer.plan)
    pool = practice_pool(reading)
    reading.rollback()
    with transaction() as db_session:
        attempt = mocking.start_mock(db_session, person_id, offer, form, now=begun)
        epoch = open_page(db_session, attempt, now=begun)
        public_id, items = attempt.public_id, items_of(db_session, attempt.item_refs)
    learner = _Learner(db.session(), person_id, pool, Draw(SEED + b": the mock"))
    learner.progress = 1.0
    at = begun
    for position, item in enumerate(items, 1):
        at += timedelta(seconds=20 + learner.draw.below(25))
        value = _value(item, is_right=learner.knows(item.id))
        change = Change(f"demo-mock-{position:02}", position, value, False, position, epoch)
        save_response(public_id, person_id, change, now=at)
    with transaction() as db_session:
        held = db_session.scalar(
            select(Attempt).where(Attempt.public_id == public_id).with_for_update()
        )
        assert held is not None  # begun above
        submit_attempt(db_session, held, key="demo-mock-submit", now=at + timedelta(minutes=1))


def add_demo_training(db_session: Session, person_id: int, *, now: datetime) -> int:
    """Practise as a learner would have, on the days before; returns the answers given.

    Nothing is done for a person who has practised already. The same person always answers the
    same way.

    Args:
        db_session: The session of the caller's transaction.
        person_id: A demonstration person.
        now: The moment (aware).
    """
    if db_session.scalar(
        select(PracticeAnswer.id).where(PracticeAnswer.person_id == person_id).limit(1)
    ):
        return 0
    learner = _Learner(db_session, person_id, practice_pool(db_session), Draw(SEED))
    count = 0
    for ago in range(DAYS, 0, -1):
        evening = _evening(now, ago)
        learner.progress = 1 - ago / DAYS
        if ago in {DAYS, 1}:
            learner.sit_placement(evening - timedelta(hours=1))
        if ago not in RESTED:
            count += learner.practise(evening)
    return count


def _evening(now: datetime, ago: int) -> datetime:
    day = now.astimezone(BEIJING).date() - timedelta(days=ago)
    return datetime.combine(day, time(20, 5), BEIJING)


class _Learner:
    """A simulated person, who answers by the items' own curves."""

    def __init__(self, db_session: Session, person_id: int, pool: PracticePool, draw: Draw) -> None:
        self.db_session, self.person_id = db_session, person_id
        self.pool, self.draw = pool, draw
        self.progress = 0.0

    def practise(self, at: datetime) -> int:
        count = 0
        for mode, most in ((Mode.TODAY, DUE_A_DAY), (Mode.MIXED, NEW_A_DAY)):
            cards = queries.cards_of(self.db_session, self.person_id)
            seed = day_seed(self.person_id, at)
            for published in next_items(
                self.pool, cards, mode=mode, count=most, now=at, seed=seed, theta=self._theta("")
            ):
                self._answer(published, mode, seed, at + timedelta(seconds=70 * count))
                count += 1
        return count

    def _answer(self, published: Item, mode: Mode, seed: str, at: datetime) -> None:
        item = drawn_instance(published, f"{seed}:{published.id}".encode())
        again = 0.9 if mode is Mode.TODAY else 0.0
        is_right = self.knows(published.id, more=again)
        confidence = self._one_of((2, 3, 3) if is_right else (1, 2, 2, 3))
        recorded = record_answer(
            self.db_session,
            self.person_id,
            key=f"demo-{at:%Y%m%d%H%M%S}-{self.draw.below(2**32):08x}",
            item_ref=item.ref,
            value=_value(item, is_right=is_right),
            mode=mode,
            confidence=Confidence(confidence),
            seconds=20 + self.draw.below(76),
            ago_s=0,
            now=at,
        )
        if recorded.credit < 1 and self._happens(0.6):
            reason = self._one_of(("concept", "reading", "figures", "memory"))
            note_reason(self.db_session, recorded, reason, now=at + timedelta(seconds=20))

    def sit_placement(self, at: datetime) -> None:
        test = placing.start_placement(self.db_session, self.person_id, self.pool, now=at)
        position = 0
        while test.next_ref is not None:
            item = placing.waiting_item(self.db_session, test)
            position += 1
            placing.answer_placement(
                self.db_session,
                test,
                position=position,
                key=f"demo-placement-{position:02}",
                value=_value(item, is_right=self.knows(item.id)),
                now=at + timedelta(seconds=55 * position),
            )

    def _theta(self, skill: str) -> float:
        low, high = ABILITY
        return low + (high - low) * self.progress + WEAKER.get(skill, 0.0)

    def knows(self, item_id: str, *, more: float = 0.0) -> bool:
        curve, theta = self.pool.curves[item_id], self._theta(self.pool.skills[item_id]) + more
        lift = 1 / (1 + math.exp(-curve.a * (theta - curve.b)))
        return self._happens(curve.c + (1 - curve.c) * lift)

    def _happens(self, share: float) -> bool:
        return self.draw.below(2**32) < share * 2**32

    def _one_of(self, values: Sequence[T]) -> T:
        return values[self.draw.below(len(values))]


def _value(item: Item, *, is_right: bool) -> dict[str, Any]:
    """Return a right or a wrong response in the stored form of the item's kind."""
    if item.kind is ItemKind.NUMERIC:
        assert item.numeric is not None  # of its kind
        right = item.numeric.value
        off = right + max(1.0, abs(right)) + item.numeric.tolerance
        return {"number": f"{right if is_right else off:.{item.numeric.decimals}f}"}
    if item.kind is ItemKind.ORDERING:
        return {"order": list(item.right_order if is_right else reversed(item.right_order))}
    if item.kind is ItemKind.MATCHING:
        others = list(item.matches.values())
        moved = dict(zip(item.matches, [*others[1:], others[0]], strict=True))
        return {"pairs": dict(item.matches) if is_right else moved}
    if item.kind is ItemKind.FILL_IN:
        right_words = {
            number: blank.accept[0] if blank.accept else blank.shown_key
            for number, blank in item.blanks.items()
        }
        return {"blanks": right_words if is_right else dict.fromkeys(item.blanks, "不知道")}
    if is_right:
        return {"selected": sorted(item.key_ids)}
    return {"selected": [min(item.choice_ids - item.key_ids)]}
