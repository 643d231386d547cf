"""Start, steer, finish and score rooms."""

from __future__ import annotations

import logging
import secrets
from datetime import datetime
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core.audit.services import record_act
from app.core.errors import ConflictError, InvalidInputError, NotFoundError
from app.core.events import publish
from app.core.hashing import canonical_json
from app.rooms import queries, scoring
from app.rooms.acting import RoomOverError
from app.rooms.chains import append_to, is_known
from app.rooms.clocks import TICK_MS, RoomClock, changed_clock
from app.rooms.events import RoomScored, RoomWeighed
from app.rooms.models import RoomDebrief, RoomScore, RoomSession
from app.rooms.planning import PlanClosedError, PlanFirstError, take_due_plan
from app.rooms.starting import PLAN_GRACE, actor_of, has_cockpit, new_room, pinned
from app.rooms.terms import RoomTerms
from app.rooms.weighing import Weighed, weigh_waiting
from app.studio.queries import reference_of, scenario_of
from simulations.actions import HandBack, Lever
from simulations.checks import speed_problems
from simulations.rooms import new_keys, observe
from simulations.scenarios import TICKS_PER_MINUTE, Scenario

logger = logging.getLogger(__name__)

PRACTICE_CODE = "practice:"
"""Practice rooms have this before their scenario's id as exam code: one open room for each."""

MOST_STEP_TICKS = 10 * TICKS_PER_MINUTE
"""Longest step of a practice clock: ten minutes of room time."""

PLAN_AT_ONCE = 100
"""Planning phases ended in one slot of the scheduler."""

FINISH_AT_ONCE = 10
"""Rooms finished in one slot of the scheduler; the next slot takes the rest."""


class RoomNotReadyError(ConflictError):
    """Raised when a scenario's rooms could not be operated or judged."""

    code = "room_not_ready"


class NoPauseInExamError(ConflictError):
    """Raised when somebody would change the clock of a room that counts."""

    code = "clock_is_fixed"


class NoEarlyFinishError(ConflictError):
    """Raised when a room would end before those that are played with it."""

    code = "no_early_finish"


class NotPracticeError(ConflictError):
    """Raised when a room that counts would be thrown away and begun anew."""

    code = "no_retry_in_exam"


def start_room(
    db_session: Session, person_id: int, terms: RoomTerms, *, now: datetime
) -> RoomSession:
    """Start the room, or return the one that the person is in already.

    Twenty simultaneous starts give one room: a partial unique index lets one row be open, and
    whoever comes second reads it.

    Args:
        db_session: The session of the caller's transaction.
        person_id: The candidate.
        terms: What the programme demands at this moment.
        now: The moment of the start (aware); the first tick follows after the countdown.

    Raises:
        NotFoundError: If there is no such scenario.
        RoomNotReadyError: If nothing marks 100 points in it yet, the cockpit has no panel for
            something that it offers, or the programme's clock leaves too little time to answer.
    """
    held = queries.open_room_or_none(db_session, person_id, terms.exam_code)
    if held is not None:
        return held
    scenario = scenario_of(db_session, terms.scenario_ref)
    if not has_cockpit(scenario):
        raise RoomNotReadyError(f"{scenario.ref} offers what the cockpit has no panel for")
    if terms.mode == "exam" and (problems := list(speed_problems(scenario, terms.speed))):
        raise RoomNotReadyError(f"{scenario.ref}: {'; '.join(problems)}")
    try:
        reference_of(db_session, scenario)
    except NotFoundError as error:
        raise RoomNotReadyError(f"{scenario.ref} has no reference") from error
    room = new_room(
        person_id,
        terms,
        scenario,
        new_keys(secrets.token_bytes),
        ordinal=queries.next_ordinal(db_session, person_id, terms.exam_code),
        now=now,
    )
    try:
        with db_session.begin_nested():
            db_session.add(room)
    except IntegrityError:
        held = queries.open_room_or_none(db_session, person_id, terms.exam_code)
        if held is None:
            raise
        return held
    append_to(db_session, room, "started", pinned(room, scenario), now=now)
    note_start(db_session, room, now=now)
    return room


def note_start(db_session: Session, room: RoomSession, *, now: datetime) -> None:
    """Write a new room's start into the audit log."""
    record_act(
        db_session,
        subject=f"room:{room.public_id}",
        action="room.started",
        actor=actor_of(db_session, room.person_id),
        now=now,
        details={"exam": room.exam_code, "scenario": room.scenario_ref, "ordinal": room.ordinal},
    )
    logger.info("%r started", room)


def start_practice(
    db_session: Session, person_id: int, scenario: Scenario, *, is_demo: bool, now: datetime
) -> RoomSession:
    """Start a practice room in a public scenario, or return the one that is open."""
    terms = RoomTerms(
        exam_code=PRACTICE_CODE + scenario.id,
        programme_ref="",
        title=scenario.title,
        scenario_ref=scenario.ref,
        speed=scenario.speed.exam,
        cut_score=None,
        is_demo=is_demo,
        mode="practice",
    )
    return start_room(db_session, person_id, terms, now=now)


def give_up(db_session: Session, room: RoomSession, *, now: datetime) -> None:
    """Close a locked room without a score: practice, or a run that was broken off.

    One that is closed stays as it is.
    """
    if room.is_open:
        _close(db_session, room, "abandoned", now=now)


def give_plan_up(db_session: Session, room: RoomSession, *, now: datetime) -> None:
    """Give a locked practice room up that is being planned.

    Raises:
        NotPracticeError: If the room counts.
        PlanClosedError: If its plan is fixed.
    """
    if room.is_exam:
        raise NotPracticeError(f"{room!r}")
    if room.is_open and not room.is_planning:
        raise PlanClosedError(f"{room!r}")
    give_up(db_session, room, now=now)


def open_page(db_session: Session, room: RoomSession, *, now: datetime) -> int:
    """Make the caller's page the one that operates; older pages become read-only.

    Args:
        db_session: The session of the caller's transaction.
        room: A locked room.
        now: The moment (aware).

    Returns:
        The page's writer epoch.

    Raises:
        RoomOverError: If the room is closed.
    """
    if not room.is_open:
        raise RoomOverError(f"{room!r}")
    room.writer_epoch += 1
    append_to(db_session, room, "opened", {"epoch": room.writer_epoch}, now=now)
    return room.writer_epoch


def change_clock(
    db_session: Session,
    room: RoomSession,
    change: str,
    payload: dict[str, Any],
    *,
    key: str,
    now: datetime,
) -> None:
    """Pause, resume, step or speed a practice room; a repeat of the same key does nothing.

    Args:
        db_session: The session of the caller's transaction.
        room: A locked room.
        change: `paused`, `resumed`, `stepped` (payload `ticks`) or `speed` (payload `speed`).
        payload: What the change needs.
        key: Idempotency key.
        now: The moment (aware).

    Raises:
        NoPauseInExamError: If the room counts: its clock is the programme's.
        RoomOverError: If the room is over.
        InvalidInputError: If the change is none, or its amount is out of range.
    """
    if room.is_exam:
        raise NoPauseInExamError(f"{room!r}: {change}")
    sent = canonical_json({"change": change, **payload})
    if is_known(db_session, room, key, sent):
        return
    if not room.is_open or room.clock.is_over(now):
        raise RoomOverError(f"{room!r}")
    if room.is_planning:
        raise PlanFirstError(f"{room!r}: {change}")
    scenario = scenario_of(db_session, room.scenario_ref)
    _check_change(change, payload, scenario)
    append_to(db_session, room, change, payload, now=now, key=key, sent=sent)
    _set_clock(room, changed_clock(room.clock, change, payload, now))
    db_session.flush()


def finish_early(db_session: Session, room: RoomSession, *, key: str, now: datetime) -> None:
    """End the candidate's part (提前收播): the host goes on alone, by her own habit.

    Nothing more is accepted; every lever goes back to the house, and the score is that of the
    full session, so that ending early wins nothing by itself. A repeat does nothing.

    Args:
        db_session: The session of the caller's transaction.
        room: A locked room.
        key: Idempotency key.
        now: The moment (aware).

    Raises:
        NoEarlyFinishError: If others play the same room at the same time.
        PlanFirstError: If it is still being planned.
    """
    if not room.is_open:
        return
    if room.starts_together:
        raise NoEarlyFinishError(f"{room!r}")
    if room.is_planning:
        raise PlanFirstError(f"{room!r}: finish")
    if room.clock.is_over(now):
        close_if_over(db_session, room, now=now)
        return
    _hand_everything_back(db_session, room, now)
    _close(db_session, room, "early", now=now, key=key)


def is_plan_due(room: RoomSession, now: datetime) -> bool:
    """Say whether a room's planning phase is over without a plan."""
    due_at = room.plan_due_at
    return room.is_planning and due_at is not None and now >= due_at + PLAN_GRACE


def settle_plan(db_session: Session, room: RoomSession, *, now: datetime) -> bool:
    """End a locked room's planning phase if its time is over; say whether anything was done.

    A room that counts goes on with what was saved last; a practice room is given up.
    """
    if not is_plan_due(room, now):
        return False
    if room.is_exam:
        return take_due_plan(db_session, room, now=now)
    give_up(db_session, room, now=now)
    return True


def settle_due_plans(db_session: Session, *, now: datetime) -> int:
    """End the planning phases whose time is over; returns how many."""
    waiting = queries.rooms_to_plan(db_session, due_at=now - PLAN_GRACE, limit=PLAN_AT_ONCE)
    return sum(
        settle_plan(
            db_session, db_session.get_one(RoomSession, room.id, with_for_update=True), now=now
        )
        for room in waiting
    )


def close_if_over(db_session: Session, room: RoomSession, *, now: datetime) -> bool:
    """Close a locked room whose time is over; say whether it was closed now."""
    if not room.is_open or not room.clock.is_over(now):
        return False
    _close(db_session, room, "finished", now=now)
    return True


def store_score(
    db_session: Session,
    room: RoomSession,
    judged: scoring.Judged,
    *,
    reason: str,
    now: datetime,
) -> RoomScore | None:
    """Add the scoring of a closed room and tell who listens; older scores stay.

    Args:
        db_session: The session of the caller's transaction.
        room: A locked, closed room.
        judged: Computed before the lock was taken.
        reason: Why: `finished`, `early`, or a correction's reason.
        now: The moment (aware).

    Returns:
        The score; none if the room has one of these very events, or has other events than
        those which were judged (then somebody judges again).
    """
    if judged.acted_count != len(queries.log_of(db_session, room)):
        return None
    held = queries.score_or_none(db_session, room.id)
    if held is not None and held.head_hash == room.head_hash and held.reason == reason:
        return None
    score = RoomScore(
        room_session_id=room.id,
        at=now,
        score=judged.result["score"],
        result=judged.result,
        curves=judged.curves,
        scenario_hash=judged.result["scenario_hash"],
        engine_version=judged.result["engine_version"],
        head_hash=room.head_hash,
        reason=reason,
    )
    db_session.add(score)
    # What is held back has no score for whoever reads the room, by whatever door.
    room.score, room.scored_at = None if room.is_held else score.score, now
    db_session.flush()
    record_act(
        db_session,
        subject=f"room:{room.public_id}",
        action="room.scored",
        actor="system:scoring",
        now=now,
        details={"score": score.score, "reason": reason, "head": room.head_hash},
    )
    logger.info("%r scored: %.1f", room, score.score)
    if room.is_exam and not room.is_held:
        fact = RoomScored(room.id, room.person_id, room.programme_ref, score.score, now)
        publish(db_session, fact)
    return score


def store_debrief(db_session: Session, weighed: Weighed, *, now: datetime) -> None:
    """Keep what a scored room was found to be worth; worked out once for a score."""
    if queries.debrief_or_none(db_session, weighed.score_id) is None:
        db_session.add(
            RoomDebrief(
                room_score_id=weighed.score_id,
                at=now,
                effects=weighed.effects,
                findings=weighed.findings,
            )
        )
        db_session.flush()
        score = db_session.get_one(RoomScore, weighed.score_id)
        room = db_session.get_one(RoomSession, score.room_session_id)
        if room.is_exam and not room.is_held:
            publish(db_session, RoomWeighed(room.id, room.person_id, room.programme_ref, now))


def finish_judged(db_session: Session, judged: scoring.Judged, *, now: datetime) -> bool:
    """Close the room if its time is over, and score it by what was judged; say whether it was.

    Args:
        db_session: The session of the caller's transaction.
        judged: Computed before this transaction took its lock.
        now: The moment (aware).
    """
    room = db_session.get_one(RoomSession, judged.room_session_id, with_for_update=True)
    close_if_over(db_session, room, now=now)
    if room.is_open or room.closing == "abandoned" or room.scored_at is not None:
        return False
    return store_score(db_session, room, judged, reason=str(room.closing), now=now) is not None


def close_finished_rooms(db_session: Session, *, now: datetime) -> int:
    """Close and score every room whose time is over; returns how many were scored.

    Also ends planning phases whose time is over, and weighs the actions of rooms that were scored
    before, too slow for a page. What is slow is worked out first, by a session that only reads: on
    SQLite the caller's transaction takes the one write lock with its first statement.
    """
    ready = scoring.judge_finished(now=now, limit=FINISH_AT_ONCE)
    for weighed in [] if ready else weigh_waiting():
        store_debrief(db_session, weighed, now=now)
    settle_due_plans(db_session, now=now)
    return sum(finish_judged(db_session, judged, now=now) for judged in ready)


def _check_change(change: str, payload: dict[str, Any], scenario: Scenario) -> None:
    if change == "speed":
        if payload.get("speed") not in scenario.speed.practice:
            raise InvalidInputError(
                f"speed {payload.get('speed')}", [{"field": "speed", "code": "out_of_range"}]
            )
    elif change == "stepped":
        ticks = payload.get("ticks")
        if type(ticks) is not int or not 1 <= ticks <= MOST_STEP_TICKS:
            raise InvalidInputError(f"ticks {ticks}", [{"field": "ticks", "code": "out_of_range"}])
    elif change not in ("paused", "resumed"):
        raise InvalidInputError(f"change {change}", [{"field": "change", "code": "unknown"}])


def _set_clock(room: RoomSession, clock: RoomClock) -> None:
    room.clock_at, room.clock_ms = clock.at, clock.room_ms
    room.clock_speed, room.is_paused = clock.speed, clock.is_paused
    room.ends_at = clock.ends_at()


def _hand_everything_back(db_session: Session, room: RoomSession, now: datetime) -> None:
    """Log that each lever the candidate holds goes back, a few in a tick as the room allows."""
    scenario = queries.room_scenario(db_session, room)
    state = queries.state_of(db_session, room, scenario, now=now)
    holders = observe(scenario, state, exam=True)["levers"]
    tick = state.tick + 1
    held = [lever for lever in Lever if holders[lever.value] == "candidate"]
    for position, lever in enumerate(held):
        at_tick = tick + position // scenario.actions_per_tick
        if at_tick >= room.duration_ticks:
            break
        payload = {"action": HandBack(lever=lever).to_dict(), "tick": at_tick}
        append_to(db_session, room, "acted", payload, now=now)
        room.last_tick = at_tick


def _close(
    db_session: Session, room: RoomSession, closing: str, *, now: datetime, key: str = ""
) -> None:
    room_ms = room.clock.room_ms_at(now)
    payload = {"closing": closing, "tick": room_ms // TICK_MS}
    append_to(db_session, room, "closed", payload, now=now, key=key)
    room.closed_at, room.closing, room.snapshot = now, closing, None
    db_session.flush()
    record_act(
        db_session,
        subject=f"room:{room.public_id}",
        action=f"room.{closing}",
        actor="system:sweeper" if closing == "finished" else actor_of(db_session, room.person_id),
        now=now,
        details={"tick": payload["tick"], "head": room.head_hash},
    )
    logger.info("%r closed: %s", room, closing)
