"""Reads of what a person has read."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.training.reading.models import ReadingPosition


def positions_of(db_session: Session, person_id: int) -> Sequence[ReadingPosition]:
    """Return where a person stopped in each chapter that they opened, the latest first."""
    return db_session.scalars(
        select(ReadingPosition)
        .where(ReadingPosition.person_id == person_id)
        .order_by(ReadingPosition.read_at.desc(), ReadingPosition.id.desc())
    ).all()


def finished_chapters(db_session: Session, person_ids: Sequence[int]) -> dict[int, frozenset[int]]:
    """Return the chapters that each of several people read to the end."""
    found: dict[int, set[int]] = {one: set() for one in person_ids}
    rows = db_session.execute(
        select(ReadingPosition.person_id, ReadingPosition.chapter).where(
            ReadingPosition.person_id.in_(person_ids), ReadingPosition.is_finished
        )
    )
    for person_id, chapter in rows:
        found[person_id].add(chapter)
    return {one: frozenset(chapters) for one, chapters in found.items()}
