"""Reads of 营期: which are offered, and a person's own."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.errors import NotFoundError
from app.rooms import queries as rooms
from app.rooms.models import RoomSession
from app.rooms.starting import has_cockpit
from app.studio import queries as studio
from app.training.periods.models import PeriodRun, PeriodSitting
from certificates.levels import Level
from simulations.errors import ReferenceMissingError
from simulations.linked import Sitting, period_reference
from simulations.periods import Period, shipped_periods
from simulations.plans import parse_plan
from simulations.policies import Reference
from simulations.scenarios import Scenario


@dataclass(frozen=True)
class Offer:
    """A 营期 that can be played: its room is published and can be operated and judged."""

    period: Period
    scenario: Scenario
    reference: Reference


@dataclass(frozen=True)
class Played:
    """A session of a run with its room."""

    sitting: PeriodSitting
    room: RoomSession


def offers(db_session: Session) -> list[Offer]:
    """Return the 营期 that can be played now, the lowest level first.

    A room with a planning phase is left out: a plan that cash allows on the lived path may break
    the rule of cash on the path without luck, on which the whole is judged.
    """
    public = {one.id: one for one in studio.public_scenarios(db_session)}
    found = []
    for period in shipped_periods().values():
        scenario = public.get(period.scenario)
        if scenario is None or not has_cockpit(scenario) or scenario.planning is not None:
            continue
        try:
            reference = period_reference(period, scenario)
        except ReferenceMissingError:
            continue
        found.append(Offer(period, scenario, reference))
    order = {level.value: number for number, level in enumerate(Level)}
    return sorted(found, key=lambda one: (order[one.scenario.level], one.period.id))


def offer_of(db_session: Session, period_code: str) -> Offer:
    """Return one that can be played.

    Raises:
        NotFoundError: If there is none.
    """
    for one in offers(db_session):
        if one.period.id == period_code:
            return one
    raise NotFoundError(f"period {period_code}")


def period_of(run: PeriodRun) -> Period:
    """Return the period that a run pinned."""
    return Period.model_validate_json(json.dumps(run.period))


def runs_of(db_session: Session, person_id: int) -> Sequence[PeriodRun]:
    """Return a person's runs, newest first."""
    return db_session.scalars(
        select(PeriodRun).where(PeriodRun.person_id == person_id).order_by(PeriodRun.id.desc())
    ).all()


def open_run_or_none(db_session: Session, person_id: int, period_code: str) -> PeriodRun | None:
    """Return the run of a period that a person is in, if any."""
    return db_session.scalar(
        select(PeriodRun).where(
            PeriodRun.person_id == person_id,
            PeriodRun.period_code == period_code,
            PeriodRun.ended_at.is_(None),
        )
    )


def run_of(db_session: Session, public_id: str, person_id: int, *, lock: bool = False) -> PeriodRun:
    """Return a person's own run.

    Raises:
        NotFoundError: If there is none, or it is somebody else's.
    """
    query = select(PeriodRun).where(
        PeriodRun.public_id == public_id, PeriodRun.person_id == person_id
    )
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = db_session.scalar(query)
    if found is None:
        raise NotFoundError(f"period run {public_id} of person {person_id}")
    return found


def played_in(db_session: Session, run_id: int) -> list[Played]:
    """Return the sessions that were begun, in their order."""
    rows = db_session.execute(
        select(PeriodSitting, RoomSession)
        .join(RoomSession, RoomSession.id == PeriodSitting.room_session_id)
        .where(PeriodSitting.run_id == run_id)
        .order_by(PeriodSitting.number)
    )
    return [Played(row[0], row[1]) for row in rows]


def sittings_of(db_session: Session, played: Sequence[Played]) -> list[Sitting]:
    """Return what was done in rooms, as the pure functions take it."""
    return [
        Sitting(
            rooms.log_of(db_session, one.room),
            None if one.room.plan is None else parse_plan(one.room.plan),
        )
        for one in played
    ]


def runs_to_judge(db_session: Session, *, limit: int) -> Sequence[PeriodRun]:
    """Return open runs with a closed room for each session, oldest first."""
    closed = (
        select(PeriodSitting.run_id, func.count().label("count"))
        .join(RoomSession, RoomSession.id == PeriodSitting.room_session_id)
        .where(RoomSession.closed_at.is_not(None))
        .group_by(PeriodSitting.run_id)
        .subquery()
    )
    rows = db_session.execute(
        select(PeriodRun, closed.c.count)
        .join(closed, closed.c.run_id == PeriodRun.id)
        .where(PeriodRun.ended_at.is_(None))
        .order_by(PeriodRun.id)
    )
    return [run for run, count in rows if count == len(period_of(run).sessions)][:limit]
