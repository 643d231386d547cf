"""A link to a debrief: made, ended and made anew by the operator; whoever has it only reads."""

from __future__ import annotations

import secrets
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.audit.services import record_act
from app.core.errors import NotFoundError
from app.core.hashing import secret_hash
from app.rooms.models import RoomSession, RoomShare
from app.rooms.releasing import check_released

TOKEN_BYTES = 24
"""192 random bits; the table has only their hash."""


def make_link(db_session: Session, room: RoomSession, *, now: datetime) -> str:
    """Make the room's link and return its token, which nobody can read again.

    A room has one link; an older one ends with this.

    Args:
        db_session: The session of the caller's transaction.
        room: The operator's locked room.
        now: The moment (aware).

    Raises:
        NotDebriefedError: If there is nothing to read yet.
    """
    check_released(room)
    end_link(db_session, room, now=now)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    share = RoomShare(room_session_id=room.id, token_hash=secret_hash(token), created_at=now)
    db_session.add(share)
    db_session.flush()
    _audit(db_session, room, "room.share_made", now)
    return token


def end_link(db_session: Session, room: RoomSession, *, now: datetime) -> None:
    """End the link of a locked room; without an open one nothing happens."""
    share = open_link_or_none(db_session, room.id)
    if share is not None:
        share.closed_at = now
        db_session.flush()
        _audit(db_session, room, "room.share_ended", now)


def open_link_or_none(db_session: Session, room_session_id: int) -> RoomShare | None:
    """Return the room's link that works, if there is one."""
    return db_session.scalar(
        select(RoomShare).where(
            RoomShare.room_session_id == room_session_id, RoomShare.closed_at.is_(None)
        )
    )


def shared_room(db_session: Session, token: str) -> RoomSession:
    """Return the room that a link shows.

    Raises:
        NotFoundError: If there is no such link, or it has ended: the same for both.
    """
    share = db_session.scalar(
        select(RoomShare).where(
            RoomShare.token_hash == secret_hash(token), RoomShare.closed_at.is_(None)
        )
    )
    room = None if share is None else db_session.get_one(RoomSession, share.room_session_id)
    if room is None or room.is_held:
        raise NotFoundError("room share")
    return room


def _audit(db_session: Session, room: RoomSession, act: str, now: datetime) -> None:
    subject = f"room:{room.public_id}"
    record_act(db_session, subject=subject, action=act, actor="owner", now=now, details={})
