"""What the texts about a counted room were marked with."""

from __future__ import annotations

import logging
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.certification.models import RoomTextCredit
from app.certification.services import reconsider_all
from app.core.audit.services import record_act
from app.rooms.models import RoomSession

logger = logging.getLogger(__name__)


def on_text_marked(
    db_session: Session, *, room_session_id: int, part: str, credit: float, now: datetime
) -> None:
    """Keep what a text was marked with, and decide its writer's enrolments anew.

    The same credit again changes nothing; another one, after an appeal, takes its place.

    Args:
        db_session: The session of the caller's transaction.
        room_session_id: The room that the text is about.
        part: `diagnosis` or `review`.
        credit: In [0, 1].
        now: The moment (aware).
    """
    last = db_session.scalar(
        select(RoomTextCredit)
        .where(RoomTextCredit.room_session_id == room_session_id, RoomTextCredit.part == part)
        .order_by(RoomTextCredit.id.desc())
        .limit(1)
    )
    if last is not None and last.credit == credit:
        return
    db_session.add(
        RoomTextCredit(room_session_id=room_session_id, part=part, credit=credit, at=now)
    )
    db_session.flush()
    room = db_session.get_one(RoomSession, room_session_id)
    record_act(
        db_session,
        subject=f"room:{room.public_id}",
        action="room.text_marked",
        actor="system:marking",
        now=now,
        details={"part": part, "credit": credit},
    )
    logger.info("%r: %s marked %.3f", room, part, credit)
    reconsider_all(db_session, room.person_id, now=now)
