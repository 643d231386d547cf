"""What a person has operated, in the few columns by which others judge it; read once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.core.db import from_driver, read_rows
from app.rooms.queries import CountedRoom

FIND_SAT = """
SELECT id, public_id, exam_code, programme_ref, created_at, closed_at, scored_at, score, cut_score,
  is_demo, is_held
FROM room_session WHERE person_id = :person_id AND mode = 'exam' ORDER BY created_at DESC"""


@dataclass(frozen=True, slots=True)
class SatRoom:
    """An exam room, running or over; the fields are `RoomSession`'s."""

    id: int
    public_id: str
    exam_code: str
    programme_ref: str
    created_at: datetime
    closed_at: datetime | None
    scored_at: datetime | None
    score: float | None
    cut_score: float | None
    is_demo: bool
    is_held: bool

    @property
    def is_open(self) -> bool:
        return self.closed_at is None


def sat_rooms(db_session: Session, person_id: int) -> tuple[SatRoom, ...]:
    """Return a person's exam rooms of every programme, newest first."""
    rows = read_rows(db_session, FIND_SAT, {"person_id": person_id})
    return tuple(_room(row) for row in rows)


def counted_rooms(rooms: Sequence[SatRoom], programme_ref: str) -> list[CountedRoom]:
    """Return the scored ones among a person's rooms that count for a programme, newest first."""
    return [
        CountedRoom(
            room_session_id=room.id,
            public_id=room.public_id,
            exam_code=room.exam_code,
            score=room.score,
            cut_score=room.cut_score,
            passed=room.cut_score is not None and room.score >= room.cut_score,
            closed_at=room.closed_at,
            is_demo=room.is_demo,
        )
        for room in rooms
        if room.programme_ref == programme_ref
        and room.score is not None
        and room.closed_at is not None
    ]


def _room(row: tuple[Any, ...]) -> SatRoom:
    row_id, public_id, code, programme, created, closed, scored, score, cut, is_demo, held = row
    return SatRoom(
        id=row_id,
        public_id=public_id,
        exam_code=code,
        programme_ref=programme,
        created_at=from_driver(created),
        closed_at=None if closed is None else from_driver(closed),
        scored_at=None if scored is None else from_driver(scored),
        score=score,
        cut_score=cut,
        is_demo=bool(is_demo),
        is_held=bool(held),
    )
