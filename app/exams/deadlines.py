"""When an attempt ends: one piece of arithmetic, pure, so that every door counts alike."""

from __future__ import annotations

from datetime import datetime, timedelta

from app.core.errors import InvalidInputError

STANDARD_PERCENT = 100
"""Time of a candidate without accommodation, in percent of the exam's limit."""

MOST_PERCENT = 300
"""Longest time that an accommodation grants."""


def allowed_time(limit_s: int, time_percent: int) -> timedelta:
    """Return the working time: the exam's limit, stretched by the accommodation.

    Args:
        limit_s: The exam's limit in seconds, > 0.
        time_percent: 100 for the standard time, 150 for half as much again; 100 to 300.

    Raises:
        InvalidInputError: If a figure is out of range.
    """
    if limit_s <= 0:
        raise InvalidInputError(f"limit_s {limit_s}", [{"field": "limit_s", "code": "range"}])
    if not STANDARD_PERCENT <= time_percent <= MOST_PERCENT:
        raise InvalidInputError(
            f"time_percent {time_percent}", [{"field": "time_percent", "code": "range"}]
        )
    # Whole seconds, rounded up: nobody loses the fraction.
    return timedelta(seconds=-(-limit_s * time_percent // STANDARD_PERCENT))


def first_deadline(
    started_at: datetime,
    *,
    limit_s: int,
    time_percent: int = STANDARD_PERCENT,
    ends_at: datetime | None = None,
) -> datetime:
    """Return when an attempt that starts now is due.

    `min(start + limit × percent, end of the sitting + the accommodation's own surplus)`: who
    comes late has less time, and an accommodation is never eaten up by the end of the sitting.

    Args:
        started_at: The moment of the start (aware).
        limit_s: The exam's limit in seconds.
        time_percent: The accommodation's time in percent of the limit.
        ends_at: End of the sitting for a candidate with the standard time, if there is one.
    """
    due_at = started_at + allowed_time(limit_s, time_percent)
    if ends_at is None:
        return due_at
    surplus = allowed_time(limit_s, time_percent) - timedelta(seconds=limit_s)
    return min(due_at, ends_at + surplus)


def moved_deadline(due_at: datetime, *, granted_s: int) -> datetime:
    """Return the deadline after an extension, a pause or an outage of `granted_s` seconds.

    What is granted during the exam counts in full, beyond the sitting's end too: it gives back
    time that was lost, and only moves a deadline later.

    Raises:
        InvalidInputError: If the time is negative.
    """
    if granted_s < 0:
        raise InvalidInputError(f"granted_s {granted_s}", [{"field": "minutes", "code": "range"}])
    return due_at + timedelta(seconds=granted_s)


def credited_pause_s(
    paused_at: datetime, resumed_at: datetime, *, break_left_s: int | None = None
) -> int:
    """Return how many seconds a pause gives back.

    Args:
        paused_at: When the clock was stopped.
        resumed_at: When it goes on; before `paused_at` (a clock set back) counts as at once.
        break_left_s: What is left of the person's break time, if the pause is a break; a
            break beyond it runs on the person's own time. None for a stop that nobody chose.
    """
    length_s = max(0, -int((paused_at - resumed_at).total_seconds() // 1))
    return length_s if break_left_s is None else min(length_s, break_left_s)
