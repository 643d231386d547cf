"""When a room's result is out: at once, or when its release comes.

A room of an exam may be held back (`RoomSession.is_held`): it is scored when it ends, but until
somebody releases it nobody reads its score, debrief, replay, sheet or link, and certification
does not hear of it.
"""

from __future__ import annotations

import logging
from datetime import datetime

from sqlalchemy.orm import Session

from app.core.audit.services import record_act
from app.core.errors import ConflictError, SecondPersonRequiredError
from app.core.events import publish
from app.rooms import queries
from app.rooms.events import RoomScored
from app.rooms.models import RoomSession

logger = logging.getLogger(__name__)


class NotDebriefedError(ConflictError):
    """Raised for a room whose result is not out: its customers must stay unknown."""

    code = "room_not_scored"


def check_released(room: RoomSession) -> None:
    """Refuse a room whose result is not out.

    Raises:
        NotDebriefedError: If it runs, has no score yet, or waits for its release.
    """
    if room.scored_at is None or room.is_held:
        raise NotDebriefedError(f"{room!r}")


def release_room(
    db_session: Session, room: RoomSession, *, releaser_id: int, actor: str, now: datetime
) -> bool:
    """Release the result of a room that is held back, and tell who listens; once.

    Args:
        db_session: The session of the caller's transaction.
        room: The locked room.
        releaser_id: The person who releases.
        actor: The same, for the audit.
        now: The moment (aware).

    Returns:
        Whether it was released now; not if it was not held.

    Raises:
        NotDebriefedError: If it has no score yet.
        SecondPersonRequiredError: If it is the releaser's own room.
    """
    if room.person_id == releaser_id:
        raise SecondPersonRequiredError(f"{room!r} by its own candidate")
    if queries.score_or_none(db_session, room.id) is None:
        raise NotDebriefedError(f"{room!r}")
    return show_result(db_session, room, actor=actor, now=now)


def show_result(db_session: Session, room: RoomSession, *, actor: str, now: datetime) -> bool:
    """Let the result of a scored room be seen, and tell who listens; say whether it is new."""
    score = queries.score_or_none(db_session, room.id)
    if score is None or not room.is_held:
        return False
    room.is_held, room.score = False, score.score
    db_session.flush()
    record_act(
        db_session,
        subject=f"room:{room.public_id}",
        action="room.released",
        actor=actor,
        now=now,
        details={"score": score.score},
    )
    logger.info("%r released", room)
    publish(
        db_session,
        RoomScored(room.id, room.person_id, room.programme_ref, score.score, now),
    )
    return True
