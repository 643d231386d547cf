"""How often an item has been in front of candidates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Text, cast, func, select
from sqlalchemy.orm import Session

from app.exams.models import Attempt

LOOKED_AT = 5000
"""Newest attempts that are counted over."""


@dataclass(frozen=True)
class ItemExposure:
    """An item's use.

    Attributes:
        attempts: Of the newest attempts, how many had any version of it.
        of: How many attempts were looked at.
        last_at: When the newest of them began; None if none had it.
    """

    attempts: int
    of: int
    last_at: datetime | None

    @property
    def rate(self) -> float:
        """Share of the attempts, in [0, 1]."""
        return self.attempts / self.of if self.of else 0.0


def item_exposure(db_session: Session, item_id: str) -> ItemExposure:
    """Return how many of the newest attempts had an item, in whatever version.

    Args:
        db_session: A session to read with.
        item_id: Small letters, figures and hyphens: nothing that `LIKE` would take for a sign.
    """
    newest = (
        select(Attempt.started_at, cast(Attempt.form, Text).label("form"))
        .order_by(Attempt.id.desc())
        .limit(LOOKED_AT)
        .subquery()
    )
    count, last_at = db_session.execute(
        select(func.count(), func.max(newest.c.started_at)).where(
            newest.c.form.like(f'%"{item_id}@%')
        )
    ).one()
    of = db_session.scalar(select(func.count()).select_from(newest)) or 0
    return ItemExposure(count, of, last_at)
