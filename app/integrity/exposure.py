"""Who had been shown which items before: how often, and whether it was somebody with a tie.

A tie is a common provider: one works for it when sitting the exam, the other did when the items
were shown. Neighbours are the others of the same sitting, who sit there at the same time.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.exams.models import Attempt
from app.integrity.queries import Sat
from app.providers.models import Employment
from app.sittings.models import Seat
from question_bank.items import split_ref

MOST_FORMS = 5000
"""The newest forms that are looked through for what had been shown; the limit is told."""

TOLD_AFTER = timedelta(days=1)
"""An item first shown to others at least this long ago counts as an old one."""


@dataclass(frozen=True)
class Shown:
    """What of one attempt's form had been shown before; each by item id.

    Attributes:
        earlier: Earlier attempts of others that had the item.
        colleagues: Of these, persons with a common provider.
        neighbours: Others of the same sitting that had it.
        old: Items first shown to others at least `TOLD_AFTER` before.
        colleague_count: Different colleagues who had any of the form's items before.
    """

    earlier: Mapping[str, int]
    colleagues: Mapping[str, int]
    neighbours: Mapping[str, int]
    old: frozenset[str]
    colleague_count: int


def item_ids_of(form: Sequence[Sequence[object]]) -> list[str]:
    """Return the ids of a form's items, whatever version or values of theirs it pins."""
    return [split_ref(str(entry[0]))[0] for entry in form]


def shown_before(db_session: Session, sat: Sequence[Sat]) -> dict[int, Shown]:
    """Return, by attempt id, what of each attempt's form had been shown before.

    Args:
        db_session: A session to read with.
        sat: Attempts of one exam.
    """
    if not sat:
        return {}
    last_at = max(one.attempt.started_at for one in sat)
    rows = db_session.execute(
        select(Attempt.id, Attempt.person_id, Attempt.form, Attempt.started_at)
        .where(Attempt.started_at <= last_at)
        .order_by(Attempt.started_at.desc(), Attempt.id.desc())
        .limit(MOST_FORMS)
    ).all()
    wanted = {one.attempt.id for one in sat}
    neighbours = _neighbours(db_session, sat)
    employers = Employers(db_session, {row.person_id for row in rows})
    history = _History()
    out: dict[int, Shown] = {}
    for row in reversed(rows):
        ids = item_ids_of(row.form)
        providers = employers.at(row.person_id, row.started_at)
        if row.id in wanted:
            out[row.id] = history.shown(
                row.person_id, ids, providers, row.started_at, neighbours.get(row.id, {})
            )
        history.add(row.person_id, ids, providers, row.started_at)
    return out


class _History:
    """What was shown to whom so far, in the order of the starts."""

    def __init__(self) -> None:
        self._shown: Counter[str] = Counter()
        self._own: Counter[tuple[int, str]] = Counter()
        self._first: dict[str, list[tuple[int, datetime]]] = {}
        self._by_provider: dict[tuple[int, str], set[int]] = defaultdict(set)

    def add(self, person_id: int, ids: list[str], providers: set[int], at: datetime) -> None:
        for item_id in ids:
            self._shown[item_id] += 1
            self._own[person_id, item_id] += 1
            # Two persons are enough to know when somebody else had it first.
            first = self._first.setdefault(item_id, [])
            if len(first) < 2 and all(held != person_id for held, _ in first):
                first.append((person_id, at))
            for provider_id in providers:
                self._by_provider[provider_id, item_id].add(person_id)

    def shown(
        self,
        person_id: int,
        ids: list[str],
        providers: set[int],
        at: datetime,
        neighbours: Mapping[str, int],
    ) -> Shown:
        told: dict[str, set[int]] = {}
        for item_id in ids:
            found: set[int] = set()
            for provider_id in providers:
                found |= self._by_provider.get((provider_id, item_id), set())
            told[item_id] = found - {person_id}
        return Shown(
            earlier={one: self._shown[one] - self._own[person_id, one] for one in ids},
            colleagues={one: len(told[one]) for one in ids},
            neighbours={one: neighbours.get(one, 0) for one in ids},
            old=frozenset(one for one in ids if self._is_old(person_id, one, at)),
            colleague_count=len(set().union(*told.values())),
        )

    def _is_old(self, person_id: int, item_id: str, at: datetime) -> bool:
        return any(
            held != person_id and first_at <= at - TOLD_AFTER
            for held, first_at in self._first.get(item_id, ())
        )


class Employers:
    """Whom people worked for, and when."""

    def __init__(self, db_session: Session, person_ids: set[int]) -> None:
        self._held: dict[int, list[Employment]] = defaultdict(list)
        for row in db_session.scalars(select(Employment)):
            if row.person_id in person_ids:
                self._held[row.person_id].append(row)

    def at(self, person_id: int, moment: datetime) -> set[int]:
        return {
            row.provider_id
            for row in self._held.get(person_id, ())
            if row.started_at <= moment and (row.ended_at is None or moment < row.ended_at)
        }


def _neighbours(db_session: Session, sat: Sequence[Sat]) -> dict[int, Counter[str]]:
    """Return, by attempt id, how many others of its sitting had each item."""
    form_of = {one.attempt.id: item_ids_of(one.attempt.form) for one in sat}
    sittings: dict[int, list[int]] = defaultdict(list)
    rows = db_session.execute(
        select(Seat.sitting_id, Seat.attempt_id).where(Seat.attempt_id.in_(list(form_of)))
    )
    for sitting_id, attempt_id in rows:
        if attempt_id is not None:
            sittings[sitting_id].append(attempt_id)
    out: dict[int, Counter[str]] = {}
    for attempt_ids in sittings.values():
        counts = Counter(item_id for one in attempt_ids for item_id in form_of[one])
        for one in attempt_ids:
            out[one] = counts - Counter(form_of[one])
    return out
