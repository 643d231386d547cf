"""Reads of rooms; each also decides whether this person may know."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import fmean
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from app.core.errors import NotFoundError
from app.rooms import replaying
from app.rooms.days import on_its_day, reference_of_period
from app.rooms.models import RoomDebrief, RoomEvent, RoomScore, RoomSession
from app.rooms.standing import RunningRoom
from app.studio.queries import reference_of, scenario_of
from simulations.cards import cards_from
from simulations.plans import parse_plan
from simulations.policies import Reference
from simulations.rooms import LoggedAction, RoomState
from simulations.scenarios import Scenario

LEAST_PEOPLE = 20
"""Fewer people than these are no level to compare with."""

MOST_COMPARED = 400
"""Newest debriefs of a scenario that are looked at for its level."""


@dataclass(frozen=True)
class CountedRoom:
    """A finished and scored room, as certification reads it.

    Attributes:
        room_session_id: For the decision's evidence.
        public_id: For its page.
        exam_code: The room within its programme.
        score: Points; 0 is the house, 100 the reference.
        cut_score: The cut that was pinned at the start.
        passed: Whether the score reaches it.
        closed_at: When the session ended.
        is_demo: Whether it counts for a demonstration only.
    """

    room_session_id: int
    public_id: str
    exam_code: str
    score: float
    cut_score: float | None
    passed: bool
    closed_at: datetime
    is_demo: bool


def room_of(
    db_session: Session, public_id: str, person_id: int, *, lock: bool = False
) -> RoomSession:
    """Return the person's own room.

    Raises:
        NotFoundError: If there is none, or it is somebody else's.
    """
    query = select(RoomSession).where(
        RoomSession.public_id == public_id, RoomSession.person_id == person_id
    )
    room = db_session.scalar(query.with_for_update() if lock else query)
    if room is None:
        raise NotFoundError(f"room {public_id} of person {person_id}")
    return room


def open_room_or_none(db_session: Session, person_id: int, exam_code: str) -> RoomSession | None:
    """Return the room of this code that the person is in, if any."""
    return db_session.scalar(
        select(RoomSession).where(
            RoomSession.person_id == person_id,
            RoomSession.exam_code == exam_code,
            RoomSession.closed_at.is_(None),
        )
    )


def next_ordinal(db_session: Session, person_id: int, exam_code: str) -> int:
    """Return the number of the person's next room of this code, from 1."""
    newest = db_session.scalar(
        select(func.max(RoomSession.ordinal)).where(
            RoomSession.person_id == person_id, RoomSession.exam_code == exam_code
        )
    )
    return (newest or 0) + 1


def rooms_of(db_session: Session, person_id: int) -> Sequence[RoomSession]:
    """Return a person's rooms, newest first."""
    query = select(RoomSession).where(RoomSession.person_id == person_id)
    return db_session.scalars(query.order_by(RoomSession.created_at.desc())).all()


def room_scenario(db_session: Session, room: RoomSession) -> Scenario:
    """Return the scenario that a room pinned, as its day, its plan and the jury's cards made it."""
    scenario = scenario_of(db_session, room.scenario_ref)
    if room.linked is not None:
        scenario = on_its_day(scenario, room.linked)
    if room.cards is not None:
        scenario = scenario.with_cards(cards_from(json.loads(room.cards)))
    return scenario if room.plan is None else scenario.with_plan(parse_plan(room.plan))


def room_reference(db_session: Session, room: RoomSession) -> Reference:
    """Return the policy that marks 100 points in a room: its scenario's, in a 营期 the period's.

    Raises:
        NotFoundError: If none was found yet.
    """
    if room.linked is not None:
        return reference_of_period(scenario_of(db_session, room.scenario_ref), room.linked)
    return reference_of(db_session, room_scenario(db_session, room).with_plan(None))


def rooms_to_plan(db_session: Session, *, due_at: datetime, limit: int) -> Sequence[RoomSession]:
    """Return rooms whose plan was due at a moment or before and is not there, oldest first."""
    return db_session.scalars(
        select(RoomSession)
        .where(
            RoomSession.plan_due_at <= due_at,
            RoomSession.planned_at.is_(None),
            RoomSession.closed_at.is_(None),
        )
        .order_by(RoomSession.plan_due_at)
        .limit(limit)
    ).all()


def earlier_plan_or_none(db_session: Session, room: RoomSession) -> RoomSession | None:
    """Return the person's newest other practice room of this scenario that was planned."""
    return db_session.scalar(
        select(RoomSession)
        .where(
            RoomSession.person_id == room.person_id,
            RoomSession.scenario_ref == room.scenario_ref,
            RoomSession.mode == "practice",
            RoomSession.plan.is_not(None),
            RoomSession.origin_id.is_(None),
            RoomSession.id != room.id,
        )
        .order_by(RoomSession.id.desc())
        .limit(1)
    )


def log_of(db_session: Session, room: RoomSession | RunningRoom) -> tuple[LoggedAction, ...]:
    """Return a room's accepted actions, in order."""

    def read_after(sequence: int) -> list[tuple[int, str]]:
        rows = db_session.execute(
            select(RoomEvent.sequence, RoomEvent.payload)
            .where(
                RoomEvent.room_session_id == room.id,
                RoomEvent.kind == "acted",
                RoomEvent.sequence > sequence,
                RoomEvent.sequence <= room.event_count,
            )
            .order_by(RoomEvent.sequence)
        )
        return [(row.sequence, row.payload) for row in rows]

    return replaying.log_until(room.public_id, room.event_count, read_after)


def state_of(
    db_session: Session, room: RoomSession | RunningRoom, scenario: Scenario, *, now: datetime
) -> RoomState:
    """Return the room's state at a moment."""
    tick = max(room.clock.tick_at(now), room.last_tick)
    return replaying.state_at(
        room.public_id,
        scenario,
        room.keys,
        log_of(db_session, room),
        tick,
        sequence=room.event_count,
        read_snapshot=lambda: room.snapshot,
    )


def events_of(db_session: Session, room_session_id: int, *, after: int = 0) -> Sequence[RoomEvent]:
    """Return a room's events behind a sequence, in the order the server saw them."""
    return db_session.scalars(
        select(RoomEvent)
        .where(RoomEvent.room_session_id == room_session_id, RoomEvent.sequence > after)
        .order_by(RoomEvent.sequence)
    ).all()


def score_or_none(db_session: Session, room_session_id: int) -> RoomScore | None:
    """Return the newest scoring, if there is one."""
    return db_session.scalar(
        select(RoomScore)
        .where(RoomScore.room_session_id == room_session_id)
        .order_by(RoomScore.id.desc())
        .limit(1)
    )


def debrief_or_none(db_session: Session, room_score_id: int) -> RoomDebrief | None:
    """Return what each action of a scored room was worth, if that was computed."""
    return db_session.scalar(
        select(RoomDebrief)
        .where(RoomDebrief.room_score_id == room_score_id)
        .order_by(RoomDebrief.id.desc())
        .limit(1)
    )


def skill_means(
    db_session: Session, scenario_ref: str, *, without_person_id: int
) -> tuple[dict[str, float], int] | None:
    """Return other people's mean points by skill in a scenario, and how many people they are.

    Of each person the newest weighed room counts. Below `LEAST_PEOPLE` a mean would say more about
    single people than about the level, and nothing is returned.
    """
    rows = db_session.execute(
        select(RoomSession.person_id, RoomDebrief.findings)
        .join(RoomScore, RoomScore.id == RoomDebrief.room_score_id)
        .join(RoomSession, RoomSession.id == RoomScore.room_session_id)
        .where(
            RoomSession.scenario_ref == scenario_ref,
            RoomSession.person_id != without_person_id,
            RoomSession.linked.is_(None),  # another day of a 营期 is another room
            RoomDebrief.findings.is_not(None),
        )
        .order_by(RoomDebrief.id.desc())
        .limit(MOST_COMPARED)
    )
    newest: dict[int, dict[str, Any]] = {}
    for person_id, findings in rows:
        newest.setdefault(person_id, findings or {})
    if len(newest) < LEAST_PEOPLE:
        return None
    points: dict[str, list[float]] = {}
    for findings in newest.values():
        for one in findings.get("skills", ()):
            if one["points"] is not None:
                points.setdefault(one["skill"], []).append(one["points"])
    return {skill: fmean(held) for skill, held in points.items()}, len(newest)


def rooms_to_finish(db_session: Session, *, now: datetime, limit: int) -> Sequence[RoomSession]:
    """Return rooms whose time is over, or that were closed and not scored yet, oldest first."""
    return db_session.scalars(
        select(RoomSession)
        .where(
            or_(
                RoomSession.closed_at.is_(None) & (RoomSession.ends_at < now),
                RoomSession.closed_at.is_not(None)
                & RoomSession.scored_at.is_(None)
                & (RoomSession.closing != "abandoned"),
            )
        )
        .order_by(RoomSession.ends_at)
        .limit(limit)
    ).all()


def rooms_by_code(
    db_session: Session, person_id: int, codes: Sequence[str], *, lock: bool = False
) -> dict[str, RoomSession]:
    """Return a person's newest room of each code, by code."""
    query = (
        select(RoomSession)
        .where(RoomSession.person_id == person_id, RoomSession.exam_code.in_(codes))
        .order_by(RoomSession.ordinal)
    )
    rows = db_session.scalars(query.with_for_update() if lock else query)
    return {room.exam_code: room for room in rows}


def held_rooms(db_session: Session, *, limit: int = 100) -> Sequence[RoomSession]:
    """Return scored rooms whose results wait for their own release, oldest first.

    A room that was an item of an exam comes out with that exam's result, not by itself.
    """
    return db_session.scalars(
        select(RoomSession)
        .where(
            RoomSession.is_held.is_(True),
            RoomSession.scored_at.is_not(None),
            RoomSession.programme_ref != "",
        )
        .order_by(RoomSession.closed_at)
        .limit(limit)
    ).all()


def held_room(db_session: Session, public_id: str) -> RoomSession:
    """Return a room whose result is held back, or was, locked.

    Raises:
        NotFoundError: If there is no such room that counts.
    """
    room = db_session.scalar(
        select(RoomSession)
        .where(RoomSession.public_id == public_id, RoomSession.mode == "exam")
        .with_for_update()
    )
    if room is None:
        raise NotFoundError(f"room {public_id}")
    return room


def scores_without_debrief(db_session: Session, *, limit: int) -> Sequence[RoomScore]:
    """Return the newest scorings whose actions were not weighed yet, oldest first."""
    newest = select(func.max(RoomScore.id)).group_by(RoomScore.room_session_id)
    weighed = select(RoomDebrief.room_score_id)
    return db_session.scalars(
        select(RoomScore)
        .where(RoomScore.id.in_(newest), RoomScore.id.not_in(weighed))
        .order_by(RoomScore.id)
        .limit(limit)
    ).all()
