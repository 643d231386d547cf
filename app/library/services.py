"""Blind play and votes: what the library asks of rooms before a vote counts."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.rooms.models import RoomSession
from app.rooms.services import start_practice
from app.studio import realism
from app.studio.drafts.models import ScenarioDraft, ScenarioDraftFact
from app.studio.queries import scenario_of, version_of
from app.studio.realism_models import RealismVote


def start_blind(
    db_session: Session, ref: str, person_id: int, *, is_demo: bool, now: datetime
) -> RoomSession:
    """Start a member's room of a version, or return the one that is open.

    Raises:
        NotFoundError: If there is no such version.
        RoomNotReadyError: If it has no reference yet.
    """
    return start_practice(
        db_session, person_id, scenario_of(db_session, ref), is_demo=is_demo, now=now
    )


def blind_room_or_none(db_session: Session, ref: str, person_id: int) -> RoomSession | None:
    """Return the member's first room of this scenario, if it was played to its end.

    Blind means: nobody can know what will happen. So it is the first room of any version, begun at
    its beginning, and the member has not worked on the scenario.
    """
    scenario_id = ref.partition("@")[0]
    first = db_session.scalar(
        select(RoomSession)
        .where(
            RoomSession.person_id == person_id,
            RoomSession.scenario_ref.startswith(f"{scenario_id}@", autoescape=True),
        )
        .order_by(RoomSession.id)
        .limit(1)
    )
    if first is None or first.scenario_ref != ref or first.origin_id is not None:
        return None
    if first.closing != "finished" or has_worked_on(db_session, scenario_id, person_id):
        return None
    return first


def has_worked_on(db_session: Session, scenario_id: str, person_id: int) -> bool:
    """Say whether somebody wrote, reviewed or decided about a scenario."""
    drafts = select(ScenarioDraft.id).where(ScenarioDraft.scenario_id == scenario_id)
    wrote = select(ScenarioDraft.id).where(
        ScenarioDraft.scenario_id == scenario_id, ScenarioDraft.author_id == person_id
    )
    acted = select(ScenarioDraftFact.id).where(
        ScenarioDraftFact.draft_id.in_(drafts), ScenarioDraftFact.person_id == person_id
    )
    return (
        db_session.scalar(wrote.limit(1)) is not None
        or db_session.scalar(acted.limit(1)) is not None
    )


def vote(
    db_session: Session,
    ref: str,
    *,
    person_id: int,
    sessions_run: int,
    minutes: str,
    remark: str,
    confirms: bool,
    actor: str,
    now: datetime,
) -> RealismVote:
    """Record a member's vote on the room that was played blind.

    Raises:
        NotFoundError: If there is no such version.
        DomainError: As `app.studio.realism.vote`.
    """
    room = blind_room_or_none(db_session, ref, person_id)
    return realism.vote(
        db_session,
        ref,
        person_id=person_id,
        room_ref="" if room is None else room.public_id,
        was_blind=room is not None,
        sessions_run=sessions_run,
        minutes=minutes,
        remark=remark,
        confirms=confirms,
        actor=actor,
        now=now,
    )


def own_vote_or_none(db_session: Session, ref: str, person_id: int) -> RealismVote | None:
    """Return a member's vote on a version."""
    version = version_of(db_session, ref)
    return db_session.scalar(
        select(RealismVote).where(
            RealismVote.scenario_version_id == version.id, RealismVote.person_id == person_id
        )
    )
