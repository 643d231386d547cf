"""The board's data: each session with who may operate it, each person with their load."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from app.core.clock import BEIJING
from app.providers.roster.models import PlannedSession
from app.providers.roster.queries import slot_of
from app.providers.roster.rules import (
    MAX_WEEK_MINUTES,
    TIRED_FROM,
    Obstacle,
    Operator,
    minutes_in_week,
    obstacles,
)


@dataclass(frozen=True)
class Choice:
    """Somebody who may operate a session, or may not, and why."""

    operator: Operator
    obstacles: tuple[Obstacle, ...]
    experience: int


@dataclass(frozen=True)
class SessionLine:
    """A session of the board.

    Attributes:
        operator: Who operates it; None if nobody does.
        against: What stands against them now, though it did not when they were given it.
        able, unable: Everybody else.
        is_begun: Then nothing is changed any more.
    """

    planned: PlannedSession
    ends_at: datetime
    operator: Operator | None
    against: tuple[Obstacle, ...]
    able: list[Choice]
    unable: list[Choice]
    is_begun: bool


@dataclass(frozen=True)
class DayLines:
    """A day of the week with its sessions."""

    day: date
    lines: list[SessionLine]


@dataclass(frozen=True)
class Load:
    """How much somebody is on the air in the week; `last_day` is of the highest certificate."""

    operator: Operator
    minutes: int
    days: int
    share_percent: int
    tone: str
    last_day: date | None


def board_days(
    monday: date,
    sessions: Sequence[PlannedSession],
    operators: Sequence[Operator],
    holders: dict[int, str],
    *,
    now: datetime,
) -> list[DayLines]:
    """Return the week's days with their sessions.

    Args:
        monday: The week's first day.
        sessions: Its sessions, in the order of time.
        operators: Everybody who works for the provider.
        holders: Public id of each employment that sessions name, by its key.
        now: The moment (aware).
    """
    lines = [_line(one, operators, holders, now) for one in sessions]
    days = []
    for offset in range(7):
        day = monday + timedelta(days=offset)
        own = [line for line in lines if line.planned.starts_at.astimezone(BEIJING).date() == day]
        days.append(DayLines(day, own))
    return days


def loads(monday: date, operators: Sequence[Operator]) -> list[Load]:
    """Return everybody's load in a week, the most loaded first."""
    found = []
    for one in operators:
        minutes = minutes_in_week(one.slots, monday)
        share = minutes / MAX_WEEK_MINUTES
        days = {slot.day for slot in one.slots if monday <= slot.day < monday + timedelta(days=7)}
        level = one.level
        found.append(
            Load(
                operator=one,
                minutes=minutes,
                days=len(days),
                share_percent=round(100 * share),
                tone="warn" if share >= TIRED_FROM else "good",
                last_day=max(
                    (day for held, day in one.certificates if held is level), default=None
                ),
            )
        )
    return sorted(found, key=lambda load: (-load.minutes, load.operator.name))


def _line(
    planned: PlannedSession,
    operators: Sequence[Operator],
    holders: dict[int, str],
    now: datetime,
) -> SessionLine:
    slot = slot_of(planned)
    key = holders.get(planned.employment_id or 0)
    chosen = next((one for one in operators if one.key == key), None)
    choices = [
        Choice(one, obstacles(one, slot), one.experience_in(planned.category))
        for one in operators
        if one is not chosen
    ]
    able = [one for one in choices if not one.obstacles]
    able.sort(key=lambda one: (-one.experience, one.operator.name))
    return SessionLine(
        planned=planned,
        ends_at=slot.ends_at,
        operator=chosen,
        against=() if chosen is None else obstacles(chosen, slot),
        able=able,
        unable=[one for one in choices if one.obstacles],
        is_begun=planned.starts_at <= now,
    )
