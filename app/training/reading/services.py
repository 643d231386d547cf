"""Keep where a reader stopped."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.training.reading.models import ReadingPosition


def note_position(
    db_session: Session,
    person_id: int,
    *,
    chapter: int,
    anchor: str,
    is_end: bool,
    now: datetime,
) -> ReadingPosition:
    """Keep the section that a person reads; of each chapter the latest counts.

    Args:
        db_session: The session of the caller's transaction.
        person_id: Whose.
        chapter: Its number; the caller knows that there is such a chapter.
        anchor: Of a section of the chapter.
        is_end: Whether that is the chapter's last section: then it has been read to the end.
        now: The moment (aware).
    """
    # The person's row is the lock: two pages of one reader would both add a first position.
    db_session.execute(select(Person.id).where(Person.id == person_id).with_for_update())
    held = db_session.scalars(
        select(ReadingPosition).where(
            ReadingPosition.person_id == person_id, ReadingPosition.chapter == chapter
        )
    ).one_or_none()
    if held is None:
        held = ReadingPosition(person_id=person_id, chapter=chapter, is_finished=False)
        db_session.add(held)
    held.anchor, held.read_at = anchor, now
    held.is_finished = held.is_finished or is_end
    db_session.flush()
    return held
