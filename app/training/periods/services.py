"""Begin a 营期, begin its next session, end it, and judge it when the last session is over."""

from __future__ import annotations

import logging
import secrets
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core.audit.services import record_act
from app.core.db import db, transaction
from app.rooms.linking import Link, start_linked
from app.rooms.models import RoomSession
from app.rooms.starting import actor_of
from app.studio.queries import scenario_of
from app.training.periods import queries
from app.training.periods.errors import PeriodOverError, SessionRunsError
from app.training.periods.models import PeriodRun, PeriodSitting
from app.training.periods.queries import Offer
from simulations.carrying import Carry, opening_of
from simulations.engines.v1.operators import THETA
from simulations.linked import carried_into, period_result, session_keys
from simulations.policies import Reference, policy_of
from simulations.rooms import new_keys

logger = logging.getLogger(__name__)

JUDGED_AT_ONCE = 3
"""Runs judged in one slot of the scheduler; each is four whole periods of replays."""


def start_run(db_session: Session, person_id: int, offer: Offer, *, now: datetime) -> PeriodRun:
    """Begin a 营期, or return the run of it that the person is in.

    Args:
        db_session: The session of the caller's transaction.
        person_id: Who practises.
        offer: What is played.
        now: The moment (aware).
    """
    held = queries.open_run_or_none(db_session, person_id, offer.period.id)
    if held is not None:
        return held
    secret = new_keys(secrets.token_bytes).to_bytes()
    policy = offer.reference.policy
    run = PeriodRun(
        person_id=person_id,
        period_code=offer.period.id,
        period=offer.period.model_dump(mode="json"),
        reference={
            "theta": dict(zip(THETA, policy.theta, strict=True)),
            "span_floor_log": offer.reference.span_floor_log,
            "scenario_hash": offer.scenario.content_hash(),
            "is_stale": offer.reference.is_stale,
        },
        scenario_ref=offer.scenario.ref,
        macro_key=secret[:8],
        micro_key=secret[8:],
        started_at=now,
    )
    try:
        with db_session.begin_nested():
            db_session.add(run)
    except IntegrityError:  # begun twice at once: whoever comes second reads it
        held = queries.open_run_or_none(db_session, person_id, offer.period.id)
        if held is None:
            raise
        return held
    _audit(db_session, run, "started", now, {"period": offer.period.ref})
    return run


def carry_of(db_session: Session, run: PeriodRun) -> tuple[int, Carry]:
    """Return the number of a run's next session and how things stand when it begins.

    Replays what was played so far: not inside a transaction that writes.

    Raises:
        PeriodOverError: If there is none left, or the run has ended.
        SessionRunsError: If the last one is still on air.
    """
    played = queries.played_in(db_session, run.id)
    period = queries.period_of(run)
    _check_next(run, [one.room for one in played], len(period.sessions))
    scenario = scenario_of(db_session, run.scenario_ref)
    sittings = queries.sittings_of(db_session, played)
    return len(played), carried_into(period, scenario, run.keys, sittings)


def start_session(
    db_session: Session, run: PeriodRun, number: int, carry: Carry, *, is_demo: bool, now: datetime
) -> RoomSession:
    """Begin a run's next session, or return its room if it was begun meanwhile.

    Args:
        db_session: The session of the caller's transaction.
        run: Locked.
        number: Of the session, from 0.
        carry: Of `carry_of`; it follows from the sessions before, which are over.
        is_demo: Whether the deployment is a demonstration.
        now: The moment (aware).

    Raises:
        PeriodOverError: If the run has ended.
    """
    played = queries.played_in(db_session, run.id)
    if number < len(played):
        return played[number].room
    period = queries.period_of(run)
    _check_next(run, [one.room for one in played], len(period.sessions))
    scenario = scenario_of(db_session, run.scenario_ref)
    link = Link(
        period.ref,
        number,
        len(period.sessions),
        period.sessions[number],
        opening_of(scenario, carry),
        run.reference,
    )
    keys = session_keys(run.keys, number)
    room = start_linked(
        db_session,
        run.person_id,
        scenario,
        link,
        keys,
        run_id=run.public_id,
        is_demo=is_demo,
        now=now,
    )
    db_session.add(
        PeriodSitting(
            run_id=run.id,
            number=number,
            room_session_id=room.id,
            carry={**asdict(carry), "fans_ratio": carry.fans_ratio},
            at=now,
        )
    )
    db_session.flush()
    return room


def give_run_up(db_session: Session, run: PeriodRun, *, now: datetime) -> None:
    """End a locked run without a verdict; what was played stays on record.

    Raises:
        SessionRunsError: If a session is on air: it has to end first.
        PeriodOverError: If it has ended.
    """
    if run.ended_at is not None:
        raise PeriodOverError(f"{run!r}")
    if any(one.room.is_open for one in queries.played_in(db_session, run.id)):
        raise SessionRunsError(f"{run!r}")
    run.ending, run.ended_at = "given_up", now
    db_session.flush()
    _audit(db_session, run, "given_up", now, {})


def judge_waiting(*, now: datetime) -> int:
    """Judge the runs whose last session is over, each in a transaction of its own.

    Four whole periods are replayed for each, so that is done before the write lock is taken.

    Returns:
        How many were judged.
    """
    judged = 0
    found = [one.id for one in queries.runs_to_judge(db.session(), limit=JUDGED_AT_ONCE)]
    for run_id in found:
        result = result_of(db.session(), db.session().get_one(PeriodRun, run_id))
        with transaction() as db_session:
            run = db_session.get_one(PeriodRun, run_id, with_for_update=True)
            if run.ended_at is None:
                run.result, run.ending, run.ended_at = result, "finished", now
                db_session.flush()
                _audit(db_session, run, "judged", now, {"score": result["score"]})
                judged += 1
    return judged


def result_of(db_session: Session, run: PeriodRun) -> dict[str, Any]:
    """Return the verdict of a run by all its sessions, as `simulations.linked` writes it."""
    scenario = scenario_of(db_session, run.scenario_ref)
    sittings = queries.sittings_of(db_session, queries.played_in(db_session, run.id))
    body = run.reference
    yardstick = Reference(
        policy_of("reference", body["theta"]), body["span_floor_log"], body["is_stale"]
    )
    period, keys = queries.period_of(run), run.keys
    db_session.rollback()  # nothing is read while this computes
    return period_result(period, scenario, keys, sittings, yardstick).to_dict()


def _check_next(run: PeriodRun, rooms: list[RoomSession], count: int) -> None:
    if run.ended_at is not None or (len(rooms) >= count and not rooms[-1].is_open):
        raise PeriodOverError(f"{run!r}")
    if rooms and rooms[-1].is_open:
        raise SessionRunsError(f"{run!r}")


def _audit(
    db_session: Session, run: PeriodRun, act: str, now: datetime, details: dict[str, Any]
) -> None:
    record_act(
        db_session,
        subject=f"period:{run.public_id}",
        action=f"period.{act}",
        actor=actor_of(db_session, run.person_id),
        now=now,
        details=details,
    )
    logger.info("%r %s", run, act)
