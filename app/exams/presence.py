"""The last sign of life of an exam page, for the invigilator; never evidence, never scored."""

from __future__ import annotations

import contextlib
import time
from collections import OrderedDict
from datetime import datetime, timedelta

from app.core.db import driver_sql, raw_transaction, to_driver, waiting_at_most
from app.core.errors import StorageUnavailableError

NOTED_EVERY_S = 12.0
"""A page that asks every four seconds is written down this often by one process."""

PATIENCE_S = 0.1
"""A poll must be answered though somebody writes: then the sign of life is left out."""

MOST_WAITING = 10_000
"""More waiting changes than this no page has."""

KEPT = 4000
"""Attempts whose last writing a process remembers."""

QUIET_AFTER = timedelta(seconds=40)
"""Without a sign for this long the console says that the page is silent."""

NOTE = """
INSERT INTO attempt_presence (attempt_id, seen_at, waiting_count)
VALUES (:attempt_id, :at, :waiting)
ON CONFLICT (attempt_id) DO UPDATE SET
  seen_at = excluded.seen_at,
  waiting_count = COALESCE(excluded.waiting_count, attempt_presence.waiting_count)
WHERE excluded.seen_at > attempt_presence.seen_at"""

_NOTED: OrderedDict[str, tuple[float, bool]] = OrderedDict()


def note_presence(attempt_id: int, public_id: str, waiting: int | None, *, now: datetime) -> bool:
    """Write down that an attempt's page was heard of; say whether it was written.

    Seldom enough for any hall: at most every `NOTED_EVERY_S`, unless the page begins or ends
    to fall behind with its saves. A busy database is no reason to fail the candidate's poll.

    Args:
        attempt_id: The attempt's key, for its row.
        public_id: Its public id, for this process's memory.
        waiting: Changes that wait on the device; None if the page does not say, and what it
            said before stands.
        now: The moment (aware).
    """
    known = _NOTED.get(public_id)
    is_behind = known[1] if known is not None and waiting is None else bool(waiting)
    clock = time.monotonic()
    if known is not None and known[1] == is_behind and clock - known[0] < NOTED_EVERY_S:
        return False
    with contextlib.suppress(StorageUnavailableError):
        with waiting_at_most(PATIENCE_S), raw_transaction() as cursor:
            cursor.execute(
                driver_sql(NOTE),
                {"attempt_id": attempt_id, "at": to_driver(now), "waiting": waiting},
            )
        _NOTED[public_id] = (clock, is_behind)
        while len(_NOTED) > KEPT:
            _NOTED.popitem(last=False)
        return True
    return False


def waiting_of(text: str | None) -> int | None:
    """Read what a page says about its waiting changes; None if it says nothing usable."""
    if text is None or not (text.isascii() and text.isdecimal() and len(text) <= 6):
        return None
    return min(int(text), MOST_WAITING)
