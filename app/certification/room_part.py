"""The room part of a programme: the one place where certification asks the rooms feature."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from app.rooms import queries as rooms
from app.rooms.models import RoomSession
from app.rooms.queries import CountedRoom
from app.rooms.services import start_room
from app.rooms.terms import RoomTerms
from certificates.programmes import CertificationProgramme
from certificates.retakes import Sitting


def room_code(programme: CertificationProgramme) -> str:
    """Return the exam code of the programme's room."""
    return f"{programme.ref}:room"


def room_results(
    db_session: Session, person_id: int, programme: CertificationProgramme
) -> list[CountedRoom]:
    """Return the person's scored rooms that count for a programme, newest first."""
    code = room_code(programme)
    found = rooms.counted_results_of(db_session, person_id, programme.ref)
    return [result for result in found if result.exam_code == code]


def room_sessions(db_session: Session, person_id: int, programme_id: str) -> Sequence[RoomSession]:
    """Return the person's exam rooms in any version of a programme, newest first."""
    prefix = f"{programme_id}@"
    return [
        room_session
        for room_session in rooms.rooms_of(db_session, person_id)
        if room_session.is_exam and room_session.programme_ref.startswith(prefix)
    ]


def room_sittings(sessions: Sequence[RoomSession]) -> list[Sitting]:
    """Return the rooms that count against the limits: those that are over."""
    return [
        Sitting(room_session.created_at, room_session.closed_at)
        for room_session in sessions
        if room_session.closed_at is not None
    ]


def begin_room(
    db_session: Session,
    person_id: int,
    programme: CertificationProgramme,
    *,
    is_demo: bool,
    now: datetime,
) -> str:
    """Start the programme's room, or find the one that the person is in; returns its public id."""
    terms = RoomTerms(
        exam_code=room_code(programme),
        programme_ref=programme.ref,
        title=f"{programme.title} · 实操考试",
        scenario_ref=programme.room.scenario_ref,
        speed=programme.room.speed,
        cut_score=programme.room.cut_score,
        is_demo=is_demo,
        mode="exam",
        is_held=programme.room.held_until_release,
    )
    return start_room(db_session, person_id, terms, now=now).public_id
