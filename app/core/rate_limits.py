"""Limits kept in the database, so that all workers share them."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import UniqueConstraint, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.core.db import Base, affected_rows
from app.core.hashing import secret_hash


class RateCount(Base):
    """How often something happened in one window; keys are hashed, they may hold addresses."""

    __tablename__ = "rate_count"
    __table_args__ = (UniqueConstraint("key_hash", "window_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key_hash: Mapped[str]
    window_at: Mapped[datetime]
    count: Mapped[int]


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
    row = db_session.scalar(
        select(RateCount)
        .where(RateCount.key_hash == key_hash, RateCount.window_at == window_at)
        .with_for_update()
    )
    if row is None:
        row = RateCount(key_hash=key_hash, window_at=window_at, count=0)
        db_session.add(row)
    row.count += 1
    db_session.flush()
    if row.count <= limit:
        return None
    return max(1, start + window_s - int(now.timestamp()))


def forget_old_counts(db_session: Session, *, now: datetime) -> int:
    """Delete counts of windows that ended over a day ago; returns how many."""
    old = delete(RateCount).where(RateCount.window_at < now - timedelta(days=1))
    return affected_rows(db_session, old)
