"""Months of the score: which one is scored now, and when each is settled."""

from __future__ import annotations

import re
from datetime import date, datetime

from app.core.clock import BEIJING

_MONTH = re.compile(r"(20[0-9]{2})-(0[1-9]|1[0-2])")


def last_complete_month(now: datetime) -> date:
    """Return the first day of the month before the present one, in Beijing."""
    return month_before(now.astimezone(BEIJING).date().replace(day=1))


def month_before(month: date, count: int = 1) -> date:
    """Return the first day of the month `count` months earlier; negative is later."""
    years, index = divmod(month.year * 12 + month.month - 1 - count, 12)
    return date(years, index + 1, 1)


def parse_month(text: str) -> date | None:
    """Return the first day of a month written 2026-10; None if it is none."""
    match = _MONTH.fullmatch(text)
    return date(int(match[1]), int(match[2]), 1) if match else None


def settled_at(month: date) -> datetime:
    """Return the moment after which nothing that happens changes a month's certified operators.

    A month's figures come in during the following one, so that one is when the month is the
    present score; with its end, in Beijing, the next month takes over.
    """
    return datetime.combine(month_before(month, -2), datetime.min.time(), BEIJING)


def computed_at(month: date, now: datetime) -> datetime:
    """Return the moment whose certified operators count for a month: now, or its settlement."""
    return min(now, settled_at(month))
