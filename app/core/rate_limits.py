"""Limits kept in the database, so that all workers share them."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import UniqueConstraint, bindparam, delete, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.core.db import Base, UtcDateTime, affected_rows
from app.core.hashing import secret_hash


class RateCount(Base):
    """How often something happened in one window; keys are hashed, they may hold addresses."""

    __tablename__ = "rate_count"
    __table_args__ = (UniqueConstraint("key_hash", "window_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key_hash: Mapped[str]
    window_at: Mapped[datetime]
    count: Mapped[int]


COUNT_HIT = text(
    """
    INSERT INTO rate_count (key_hash, window_at, count) VALUES (:key_hash, :window_at, 1)
    ON CONFLICT (key_hash, window_at) DO UPDATE SET count = rate_count.count + 1
    RETURNING count"""
).bindparams(bindparam("window_at", type_=UtcDateTime))
"""One statement, so that of a classroom's first hits at once none is refused by the other."""


def count_hit(
    db_session: Session, key: str, *, limit: int, window_s: int, now: datetime
) -> int | None:
    """Count one more; return the seconds to wait if that is over the limit.

    Args:
        db_session: The session of the caller's transaction.
        key: What is limited, for example `sign-in:<address>`.
        limit: Allowed hits in a window.
        window_s: Length of the fixed window, seconds.
        now: The moment (aware).
    """
    start = int(now.timestamp()) // window_s * window_s
    window_at = datetime.fromtimestamp(start, tz=now.tzinfo)
    key_hash = secret_hash(key)
    count = db_session.execute(
        COUNT_HIT, {"key_hash": key_hash, "window_at": window_at}
    ).scalar_one()
    if count <= limit:
        return None
    return max(1, start + window_s - int(now.timestamp()))


def forget_old_counts(db_session: Session, *, now: datetime) -> int:
    """Delete counts of windows that ended over a day ago; returns how many."""
    old = delete(RateCount).where(RateCount.window_at < now - timedelta(days=1))
    return affected_rows(db_session, old)


COUNT_PARCEL = text(
    """
    INSERT INTO rate_count (key_hash, window_at, count) VALUES (:key_hash, :window_at, :parcel)
    ON CONFLICT (key_hash, window_at) DO UPDATE SET count = rate_count.count + :parcel
    RETURNING count"""
).bindparams(bindparam("window_at", type_=UtcDateTime))

KEYS_KEPT = 20_000
"""Keys that a process remembers; whoever comes from so many addresses is not held by any limit."""


@dataclass(slots=True)
class _Counted:
    """One key in this process: its window, what all processes had counted, what it did since."""

    window: int
    stored_count: int = 0
    own_count: int = 0


class SharedTally:
    """A limit on what anybody may do often, counted in the database, but not hit by hit.

    A process adds its own count to the shared row only in parcels of a third of the limit, so
    that whoever stays below that never costs a write. A key gets at most one parcel over its
    limit for each further process.
    """

    def __init__(self, *, window_s: int) -> None:
        self._window_s = window_s
        self._counted: OrderedDict[str, _Counted] = OrderedDict()
        self._lock = threading.Lock()

    def hit(self, key: str, *, limit: int, now: datetime) -> tuple[int, int]:
        """Count one more.

        Args:
            key: What is limited.
            limit: Allowed hits in a window.
            now: The moment (aware).

        Returns:
            The seconds to wait if that is over the limit, else 0; and how many hits are to be
            given to `store` now, mostly 0.
        """
        seconds = int(now.timestamp())
        window = seconds // self._window_s
        with self._lock:
            held = self._counted.get(key)
            if held is None or held.window != window:
                held = self._counted[key] = _Counted(window)
                self._counted.move_to_end(key)
                while len(self._counted) > KEYS_KEPT:
                    self._counted.popitem(last=False)
            if held.stored_count + held.own_count >= limit:
                return max(1, (window + 1) * self._window_s - seconds), 0
            held.own_count += 1
            return 0, held.own_count if held.own_count >= max(1, limit // 3) else 0

    def store(self, db_session: Session, key: str, parcel: int, *, now: datetime) -> None:
        """Add a parcel to the shared count, and learn what the other processes counted.

        Args:
            db_session: The session of the caller's transaction.
            key: What is limited.
            parcel: As `hit` returned it.
            now: The moment given to `hit`.
        """
        window = int(now.timestamp()) // self._window_s
        at = datetime.fromtimestamp(window * self._window_s, tz=now.tzinfo)
        row = {"key_hash": secret_hash(key), "window_at": at, "parcel": parcel}
        total = db_session.execute(COUNT_PARCEL, row).scalar_one()
        with self._lock:
            held = self._counted.get(key)
            if held is not None and held.window == window:
                held.stored_count = max(held.stored_count, total)
                held.own_count -= parcel
