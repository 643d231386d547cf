"""What a provider's manager sees at a glance: who checked what, how it came out, what ends soon."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.checks.models import CheckList, CheckListRow, CheckTally
from app.checks.verdicts import Verdict

WEEKS = 13
"""Weeks that are shown, the running one last: a quarter."""

AHEAD_MONTHS = 6
"""Months of expiries that are shown, the running one first."""

SOONEST = 10

GOOD = frozenset({Verdict.VALID})
WATCHED = frozenset(
    {Verdict.EXPIRING, Verdict.SUSPENDED, Verdict.NOT_YET_VALID, Verdict.TOO_MANY_NAMES}
)
NEITHER = frozenset({Verdict.REPEATED})
"""Rows that stood in the list before: their verdict is counted there."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How rows came out.

    Attributes:
        good: Valid, and of the person named.
        watched: Something ends, waits, or is to be asked again.
        bad: Not to be relied on.
    """

    good: int = 0
    watched: int = 0
    bad: int = 0

    @property
    def total(self) -> int:
        return self.good + self.watched + self.bad

    def __add__(self, other: Outcome) -> Outcome:
        return Outcome(self.good + other.good, self.watched + other.watched, self.bad + other.bad)


@dataclass(frozen=True, slots=True)
class Checker:
    """What one person checked in the weeks that are shown."""

    actor: str
    lists: int
    last_on: date
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Expiry:
    """A certificate that a list found valid, and that ends."""

    number: str
    level: str
    valid_until: date


@dataclass(frozen=True, slots=True)
class Overview:
    """The page.

    Attributes:
        weeks: Monday of each week with what was checked in it, oldest first.
        checkers: People, whoever checked most first.
        months: First day of each month ahead with how many certificates end in it.
        soonest: The first ones to end.
    """

    weeks: tuple[tuple[date, Outcome], ...]
    checkers: tuple[Checker, ...]
    months: tuple[tuple[date, int], ...]
    soonest: tuple[Expiry, ...]

    @property
    def total(self) -> Outcome:
        return sum((outcome for _, outcome in self.weeks), Outcome())


def outcome_of(counts: dict[str, int]) -> Outcome:
    """Return a tally in three heaps; rows that stood in the list before count once."""
    good = watched = bad = 0
    for name, count in counts.items():
        verdict = Verdict(name)
        if verdict in GOOD:
            good += count
        elif verdict in WATCHED:
            watched += count
        elif verdict not in NEITHER:
            bad += count
    return Outcome(good, watched, bad)


def overview_of(db_session: Session, provider_id: int, *, today: date) -> Overview:
    """Return a provider's checks of the last quarter, and what ends in the next half year.

    Expiries come from the lists that are still kept, each certificate by its newest check.

    Args:
        db_session: A session to read with.
        provider_id: The manager's provider.
        today: In Beijing.
    """
    monday = today - timedelta(days=today.weekday())
    first = monday - timedelta(weeks=WEEKS - 1)
    tallies = db_session.scalars(
        select(CheckTally)
        .where(CheckTally.provider_id == provider_id, CheckTally.day >= first)
        .order_by(CheckTally.id)
    ).all()
    weeks = {first + timedelta(weeks=n): Outcome() for n in range(WEEKS)}
    for one in tallies:
        week = one.day - timedelta(days=one.day.weekday())
        weeks[min(week, monday)] += outcome_of(one.counts)
    ending = _ending(db_session, provider_id, today)
    months = dict.fromkeys(_months(today), 0)
    for expiry in ending:
        month = expiry.valid_until.replace(day=1)
        if month in months:
            months[month] += 1
    return Overview(
        weeks=tuple(weeks.items()),
        checkers=tuple(_checkers(tallies)),
        months=tuple(months.items()),
        soonest=tuple(ending[:SOONEST]),
    )


def _checkers(tallies: Iterable[CheckTally]) -> list[Checker]:
    out: dict[str, Checker] = {}
    for one in tallies:
        held = out.get(one.actor, Checker(one.actor, 0, one.day, Outcome()))
        out[one.actor] = Checker(
            one.actor,
            held.lists + 1,
            max(held.last_on, one.day),
            held.outcome + outcome_of(one.counts),
        )
    return sorted(out.values(), key=lambda one: (-one.outcome.total, one.actor))


def _ending(db_session: Session, provider_id: int, today: date) -> list[Expiry]:
    newest = (
        select(func.max(CheckListRow.id))
        .join(CheckList, CheckList.id == CheckListRow.list_id)
        .where(
            CheckList.provider_id == provider_id,
            CheckListRow.number.is_not(None),
            CheckListRow.verdict != Verdict.REPEATED.value,
        )
        .group_by(CheckListRow.number)
    )
    rows = db_session.execute(
        select(CheckListRow.number, CheckListRow.level, CheckListRow.valid_until)
        .where(
            CheckListRow.id.in_(newest),
            CheckListRow.verdict.in_((Verdict.VALID.value, Verdict.EXPIRING.value)),
            CheckListRow.valid_until >= today,
        )
        .order_by(CheckListRow.valid_until, CheckListRow.number)
    )
    return [
        Expiry(row.number, row.level, row.valid_until)
        for row in rows
        if row.number and row.level and row.valid_until
    ]


def _months(today: date) -> list[date]:
    out = [today.replace(day=1)]
    while len(out) < AHEAD_MONTHS:
        out.append((out[-1] + timedelta(days=32)).replace(day=1))
    return out
