"""Begin a practice room anew: other customers, the plan of before as a first draft."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from app.core.errors import ConflictError
from app.rooms.models import RoomSession
from app.rooms.planning import offer_earlier_plan
from app.rooms.services import NotPracticeError, give_up, start_practice
from app.studio.queries import scenario_of


class LinkedRoomError(ConflictError):
    """Raised when a session of a 营期 would be begun anew: the next one rests on it."""

    code = "linked_once"


def retry_practice(db_session: Session, room: RoomSession, *, now: datetime) -> RoomSession:
    """Begin a practice scenario anew, with new customers; an open room is given up unscored.

    Args:
        db_session: The session of the caller's transaction.
        room: A locked practice room, open or closed.
        now: The moment (aware).

    Raises:
        NotPracticeError: If the room counts.
        LinkedRoomError: If it is a session of a 营期.
    """
    if room.is_exam:
        raise NotPracticeError(f"{room!r}")
    if room.linked is not None:
        raise LinkedRoomError(f"{room!r}")
    give_up(db_session, room, now=now)
    scenario = scenario_of(db_session, room.scenario_ref)
    new = start_practice(db_session, room.person_id, scenario, is_demo=room.is_demo, now=now)
    offer_earlier_plan(db_session, new, room, now=now)
    return new
