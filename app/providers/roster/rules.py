"""Who may operate a planned session: a pure rule over certificates, hours and rest.

The limits are the product's own, within what labour law leaves: a rested operator decides better,
and the numbers of a tired one are no measure of anybody.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from app.core.clock import BEIJING
from certificates.levels import Level

MAX_DAY_MINUTES = 8 * 60
"""On the air in one day."""

MAX_WEEK_MINUTES = 40 * 60
"""On the air from Monday to Sunday."""

MAX_DAYS_IN_A_ROW = 6

LEAST_REST = timedelta(hours=10)
"""Between the end of the last session of a day and the first one of the next."""

CHANGEOVER = timedelta(minutes=30)
"""Between two sessions of one day: another room, another tray."""

TIRED_FROM = 0.75
"""From this share of the week's limit on the load is shown as high."""


class Obstacle(StrEnum):
    """Why somebody may not operate a session; the words are in `labels.py`."""

    NO_CERTIFICATE = "no_certificate"
    LEVEL = "level"
    EXPIRES = "expires"
    OVERLAP = "overlap"
    CHANGEOVER = "changeover"
    REST = "rest"
    DAY = "day"
    WEEK = "week"
    ROW = "row"
    DECLINED = "declined"


@dataclass(frozen=True, slots=True)
class Slot:
    """A session as the rule sees it.

    Attributes:
        key: Tells it from others.
        starts_at: Its beginning (aware).
        minutes: Its length, > 0.
        level: The least that may operate it.
        category: What is sold.
        declined_by: Keys of the operators who said that they cannot come.
    """

    key: str
    starts_at: datetime
    minutes: int
    level: Level = Level.JUNIOR
    category: str = ""
    declined_by: frozenset[str] = frozenset()

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + timedelta(minutes=self.minutes)

    @property
    def day(self) -> date:
        """Its day in Beijing; a session past midnight belongs to the day on which it began."""
        return self.starts_at.astimezone(BEIJING).date()


@dataclass(frozen=True, slots=True)
class Operator:
    """Somebody who could operate.

    Attributes:
        key: Tells them from others.
        name: For the page, and to break ties.
        certificates: Each valid certificate: level and last day.
        slots: What they operate already, cancelled sessions left out.
        experience: Operated sessions by category.
    """

    key: str
    name: str
    certificates: tuple[tuple[Level, date], ...]
    slots: tuple[Slot, ...] = ()
    experience: Mapping[str, int] | None = None

    def experience_in(self, category: str) -> int:
        return (self.experience or {}).get(category, 0)

    @property
    def level(self) -> Level | None:
        """The highest level held."""
        return max((level for level, _ in self.certificates), key=_number, default=None)


def _number(level: Level) -> int:
    return level.number


def week_of(day: date) -> date:
    """Return the Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def minutes_in_week(slots: Sequence[Slot], monday: date) -> int:
    """Return how long somebody is on the air from a Monday to its Sunday."""
    return sum(slot.minutes for slot in slots if week_of(slot.day) == monday)


def days_in_a_row(days: Collection[date], day: date) -> int:
    """Return the length of the run of working days around a day, the day itself counted."""
    count = 1
    for step in (-1, 1):
        other = day + timedelta(days=step)
        while other in days:
            count += 1
            other += timedelta(days=step)
    return count


def obstacles(operator: Operator, slot: Slot) -> tuple[Obstacle, ...]:
    """Return why somebody may not operate a session; empty if they may.

    A certificate counts if it is of the level or above and its last day is not before the
    session's. A session that the operator has already is left out of their load.
    """
    others = [one for one in operator.slots if one.key != slot.key]
    found = [*_certificate_obstacles(operator, slot), *_time_obstacles(others, slot)]
    same_day = [one for one in others if one.day == slot.day]
    if sum(one.minutes for one in same_day) + slot.minutes > MAX_DAY_MINUTES:
        found.append(Obstacle.DAY)
    if minutes_in_week(others, week_of(slot.day)) + slot.minutes > MAX_WEEK_MINUTES:
        found.append(Obstacle.WEEK)
    if days_in_a_row({one.day for one in others}, slot.day) > MAX_DAYS_IN_A_ROW:
        found.append(Obstacle.ROW)
    if operator.key in slot.declined_by:
        found.append(Obstacle.DECLINED)
    return tuple(found)


def _certificate_obstacles(operator: Operator, slot: Slot) -> list[Obstacle]:
    if not operator.certificates:
        return [Obstacle.NO_CERTIFICATE]
    high = [day for level, day in operator.certificates if level.number >= slot.level.number]
    if not high:
        return [Obstacle.LEVEL]
    return [] if max(high) >= slot.day else [Obstacle.EXPIRES]


def _time_obstacles(others: Sequence[Slot], slot: Slot) -> list[Obstacle]:
    found = set()
    for one in others:
        if one.starts_at < slot.ends_at and slot.starts_at < one.ends_at:
            found.add(Obstacle.OVERLAP)
            continue
        first, second = (one, slot) if one.starts_at < slot.starts_at else (slot, one)
        gap = second.starts_at - first.ends_at
        if first.day == second.day and gap < CHANGEOVER:
            found.add(Obstacle.CHANGEOVER)
        elif first.day != second.day and gap < LEAST_REST:
            found.add(Obstacle.REST)
    return sorted(found, key=list(Obstacle).index)


def propose(slots: Sequence[Slot], operators: Sequence[Operator]) -> dict[str, str]:
    """Return who could operate which session: the key of the operator by the session's.

    Hard sessions first (fewest people may), each to whoever is no higher certified than needed,
    then most experienced in the category, then least loaded in the week. Greedy: it never breaks
    a rule, and leaves a session open rather than that, but another hand may fill one more.

    Args:
        slots: Open sessions.
        operators: With what they operate already.
    """
    people = {one.key: one for one in operators}
    order = sorted(
        slots,
        key=lambda slot: (
            sum(not obstacles(one, slot) for one in operators),
            slot.starts_at,
            slot.key,
        ),
    )
    found: dict[str, str] = {}
    for slot in order:
        able = [one for one in people.values() if not obstacles(one, slot)]
        if not able:
            continue
        best = min(able, key=lambda one: _rank(one, slot))
        found[slot.key] = best.key
        people[best.key] = Operator(
            best.key, best.name, best.certificates, (*best.slots, slot), best.experience
        )
    return found


def _rank(operator: Operator, slot: Slot) -> tuple[int, int, int, str, str]:
    level = operator.level
    return (
        level.number if level else 0,
        -operator.experience_in(slot.category),
        minutes_in_week(operator.slots, week_of(slot.day)),
        operator.name,
        operator.key,
    )
