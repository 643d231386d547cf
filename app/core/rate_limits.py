"""Limits kept in the database, so that all workers share them."""

from __future__ import annotations

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
