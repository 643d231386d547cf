"""Reads of what somebody is told about contests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.contests.telling.models import ContestNotice
from app.contests.telling.words import words_of
from app.core.db import read_rows

KEPT = timedelta(days=60)
"""Older notices are not listed any more."""

LISTED = 100


@dataclass(frozen=True, slots=True)
class ToldNotice:
    """A notice as a page shows it.

    Attributes:
        title, line: In the present language, from what holds now.
        path: Where it leads.
        tone: `info`, `good`, `warn` or `bad`.
        at: When it was caused.
        is_seen: Whether it was read.
    """

    title: str
    line: str
    path: str
    tone: str
    at: datetime
    is_seen: bool


def notices_of(db_session: Session, person_id: int, *, now: datetime) -> list[ToldNotice]:
    """Return somebody's notices that still hold, the newest first."""
    return _shown(db_session, _rows(db_session, person_id, now, unseen_only=False), now)


def has_unseen(db_session: Session, person_id: int) -> bool:
    """Say whether anything that somebody was told was not read, though it may hold no more."""
    statement = "SELECT 1 FROM contest_notice WHERE person_id = :who AND seen_at IS NULL LIMIT 1"
    return bool(read_rows(db_session, statement, {"who": person_id}))


def unseen_notices(db_session: Session, person_id: int, *, now: datetime) -> list[ToldNotice]:
    """Return those of somebody's notices that still hold and were not read, the newest first."""
    return _shown(db_session, _rows(db_session, person_id, now, unseen_only=True), now)


def _rows(
    db_session: Session, person_id: int, now: datetime, *, unseen_only: bool
) -> Sequence[ContestNotice]:
    query = select(ContestNotice).where(
        ContestNotice.person_id == person_id, ContestNotice.queued_at >= now - KEPT
    )
    if unseen_only:
        query = query.where(ContestNotice.seen_at.is_(None))
    return db_session.scalars(query.order_by(ContestNotice.id.desc()).limit(LISTED)).all()


def _shown(db_session: Session, rows: Sequence[ContestNotice], now: datetime) -> list[ToldNotice]:
    found = []
    for row in rows:
        words = words_of(db_session, row, now=now)
        if words is not None:
            found.append(
                ToldNotice(
                    words.subject,
                    words.line,
                    words.path,
                    words.tone,
                    row.queued_at,
                    row.seen_at is not None,
                )
            )
    return found
