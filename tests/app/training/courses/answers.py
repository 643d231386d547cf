"""A written answer that waits for markers."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.orm import Session

from app.marking.models import MarkingTask
from app.rooms.models import RoomSession
from tests.app.rooms.playing import start_practice
from tests.conftest import NOON


def written_by(db_session: Session, person_id: int) -> MarkingTask:
    """Return a text about a practice room, open to every marker."""
    start_practice(db_session, person_id)
    room = db_session.query(RoomSession).filter_by(person_id=person_id).one()
    task = MarkingTask(
        room_session_id=room.id,
        part="review",
        person_id=person_id,
        rubric_ref="review@1",
        body="第七十分钟返场牛仔裤。",
        opened_at=NOON,
        due_at=NOON + timedelta(days=3),
        wanted=2,
    )
    db_session.add(task)
    db_session.flush()
    return task
