"""Run a round: its rooms by the server's clock, cards for all, halts, new runs."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.contests import queries
from app.contests.entering import eligible_credential, withdraw
from app.contests.events import RoundStarted, RoundTurned
from app.contests.models import CardPlay, Contest, ContestRound, RoundRoom
from app.contests.planning import MAIN, ContestStageError, note, read_sealed, seal_of
from app.core.config import Settings
from app.core.crypto import FieldKeys
from app.core.errors import ConflictError
from app.core.events import publish
from app.rooms import staging
from app.rooms.clocks import START_COUNTDOWN
from app.rooms.services import close_if_over
from app.rooms.terms import RoomTerms
from app.studio.queries import scenario_of
from simulations.cards import Playable
from simulations.scenarios import TICK_S

logger = logging.getLogger(__name__)

CODE_PREFIX = "contest:"
"""Rooms of contests have this before their round's id as exam code."""


class RoundRunningError(ConflictError):
    """Raised when a round has its rooms already, or has none yet, or is over."""

    code = "contest_round_running"


class SealBrokenError(ConflictError):
    """Raised when a scenario is not the one any more that a round's seal commits to."""

    code = "contest_seal_broken"


class ReserveUsedError(ConflictError):
    """Raised when no reserve keys are left, or others were named than the next ones."""

    code = "contest_no_reserve"


def ready_round(
    db_session: Session,
    contest: Contest,
    round_: ContestRound,
    *,
    keys: FieldKeys,
    settings: Settings,
    actor: str,
    now: datetime,
) -> int:
    """Make the rooms of a locked round: the same scenario, keys and start for everybody.

    Conditions of entry are checked once more; who does not meet them any more is taken out. A
    room is there whether or not its contestant is: who comes late joins in the middle.

    Args:
        db_session: The session of the caller's transaction.
        contest: Its contest, locked.
        round_: The round, locked.
        keys: Open the seal.
        settings: Of this deployment.
        actor: Who readies it.
        now: The moment (aware).

    Returns:
        How many rooms there are.

    Raises:
        RoundRunningError: If it has its rooms.
        ContestStageError: If the contest is not announced, has no places filled, or it is too
            early: not before `ready_min` minutes ahead of the start.
    """
    rules = queries.rules_of(db_session, contest)
    if round_.readied_at is not None:
        raise RoundRunningError(f"{round_!r} has its rooms")
    if contest.state not in {"published", "running"}:
        raise ContestStageError(f"{contest!r}: {contest.state}")
    if now < round_.starts_at - timedelta(minutes=rules.rounds.ready_min):
        raise ContestStageError(f"{round_!r}: too early")
    for _, entry in queries.places_of(db_session, round_.id):
        if entry.withdrawn_at is not None:
            continue
        number = eligible_credential(
            db_session, contest, entry.person_id, settings=settings, now=now
        )
        if number is None:
            withdraw(db_session, contest, entry, reason="not_eligible", actor=actor, now=now)
    if not queries.places_of(db_session, round_.id):
        raise ContestStageError(f"{round_!r}: nobody has a place")
    starts_at = max(round_.starts_at, now + START_COUNTDOWN)
    count = _new_run(db_session, contest, round_, MAIN, starts_at, keys=keys, now=now)
    round_.readied_at = now
    if round_.kind != "rehearsal":
        contest.state = "running"
    note(
        db_session,
        contest,
        "round_readied",
        actor,
        now,
        {"round": round_.public_id, "rooms": count, "starts_at": starts_at.isoformat()},
    )
    publish(db_session, RoundStarted(contest.id, round_.id, round_.run_no, now))
    return count


def due_rounds(db_session: Session, *, now: datetime) -> list[ContestRound]:
    """Return the rounds that should have their rooms by now, oldest first."""
    rows = db_session.execute(
        select(ContestRound, Contest)
        .join(Contest, Contest.id == ContestRound.contest_id)
        .where(
            ContestRound.readied_at.is_(None),
            ContestRound.starts_at <= now + timedelta(hours=2),
            Contest.state.in_(("published", "running")),
        )
        .order_by(ContestRound.starts_at)
    )
    out = []
    for round_, contest in rows:
        before = timedelta(minutes=queries.rules_of(db_session, contest).rounds.ready_min)
        if now >= round_.starts_at - before and queries.places_of(db_session, round_.id):
            out.append(round_)
    return out


def playable_cards(db_session: Session, round_: ContestRound, *, now: datetime) -> list[Playable]:
    """Return the incidents that may still be played in a running round; all rooms agree."""
    rooms = [room for _, room in queries.run_rooms(db_session, round_) if room.is_open]
    if not rooms or rooms[0].is_planning or round_.halted_at is not None:
        return []
    if not rooms[0].clock.has_started(now) or rooms[0].clock.is_over(now):
        return []
    return staging.playable_cards(db_session, rooms[0], now=now)


def play_card(
    db_session: Session,
    contest: Contest,
    round_: ContestRound,
    incident: str,
    *,
    reason: str,
    actor: str,
    now: datetime,
) -> CardPlay:
    """Play an incident for every room of a locked round, at the same tick, as early as possible.

    Raises:
        CardTooLateError: If it has shown itself, or the session is nearly over.
        RoundRunningError: If the round does not run, or is halted.
    """
    options = {one.incident: one for one in playable_cards(db_session, round_, now=now)}
    if not options:
        raise RoundRunningError(f"{round_!r} does not run")
    if incident not in options:
        raise staging.CardTooLateError(f"{round_!r}: {incident}")
    tick = options[incident].least_tick
    for _, room in queries.run_rooms(db_session, round_, lock=True):
        if room.is_open:
            staging.deal_card(db_session, room, incident, tick, now=now)
    card = CardPlay(
        round_id=round_.id,
        run_no=round_.run_no,
        incident=incident,
        tick=tick,
        reason=reason,
        played_by=actor,
        at=now,
    )
    db_session.add(card)
    details = {"round": round_.public_id, "incident": incident, "tick": tick, "reason": reason}
    note(db_session, contest, "card_played", actor, now, details)
    return card


def halt_round(
    db_session: Session,
    contest: Contest,
    round_: ContestRound,
    *,
    reason: str,
    actor: str,
    now: datetime,
) -> None:
    """Let every clock of a locked round stand at once; two people decide how it goes on.

    Raises:
        RoundRunningError: If it does not run.
    """
    rooms = [room for _, room in queries.run_rooms(db_session, round_, lock=True)]
    runs = any(room.is_open and not room.clock.is_over(now) for room in rooms)
    if round_.halted_at is not None or not runs or any(room.is_planning for room in rooms):
        raise RoundRunningError(f"{round_!r} does not run")
    for room in rooms:
        staging.halt_room(db_session, room, now=now)
    round_.halted_at, round_.ends_at = now, None
    note(
        db_session,
        contest,
        "round_halted",
        actor,
        now,
        {"round": round_.public_id, "reason": reason},
    )
    publish(db_session, RoundTurned(contest.id, round_.id, "halted", now))


def resume_round(
    db_session: Session, contest: Contest, round_: ContestRound, *, actor: str, now: datetime
) -> None:
    """Let the clocks of a halted, locked round run on from where they stood.

    Raises:
        RoundRunningError: If it is not halted.
    """
    if round_.halted_at is None:
        raise RoundRunningError(f"{round_!r} is not halted")
    for _, room in queries.run_rooms(db_session, round_, lock=True):
        staging.resume_room(db_session, room, now=now)
        round_.ends_at = room.ends_at
    round_.halted_at = None
    note(db_session, contest, "round_resumed", actor, now, {"round": round_.public_id})
    publish(db_session, RoundTurned(contest.id, round_.id, "resumed", now))


def restart_round(
    db_session: Session,
    contest: Contest,
    round_: ContestRound,
    slot: str,
    *,
    keys: FieldKeys,
    actor: str,
    now: datetime,
) -> None:
    """Break a locked round's run off and begin another one; the old rooms are kept, unscored.

    Args:
        db_session: The session of the caller's transaction.
        contest: Its contest, locked.
        round_: The round, locked.
        slot: The slot of the broken run for the same keys; else the next reserve.
        keys: Open the seal.
        actor: Who confirmed it.
        now: The moment (aware).

    Raises:
        RoundRunningError: If it has no rooms, or is scored.
        ReserveUsedError: If the slot is neither the present one nor the next reserve.
    """
    if round_.readied_at is None or round_.scored_at is not None:
        raise RoundRunningError(f"{round_!r}")
    if slot not in {round_.seal_slot, next_reserve(db_session, round_)}:
        raise ReserveUsedError(f"{round_!r}: {slot}")
    for _, room in queries.run_rooms(db_session, round_, lock=True):
        staging.break_off(db_session, room, now=now)
    wait = timedelta(seconds=queries.rules_of(db_session, contest).rounds.restart_s)
    round_.halted_at = None
    count = _new_run(db_session, contest, round_, slot, now + wait, keys=keys, now=now)
    details = {"round": round_.public_id, "run": round_.run_no, "slot": slot, "rooms": count}
    note(db_session, contest, "round_restarted", actor, now, details)
    publish(db_session, RoundTurned(contest.id, round_.id, "restarted", now))
    publish(db_session, RoundStarted(contest.id, round_.id, round_.run_no, now))


def next_reserve(db_session: Session, round_: ContestRound) -> str | None:
    """Return the slot of the reserve keys that would be used next, if any are left."""
    number = 0 if round_.seal_slot == MAIN else int(round_.seal_slot.rpartition("-")[2])
    slots = {one.slot for one in queries.seals_of(db_session, [round_.id]).get(round_.id, [])}
    wanted = f"reserve-{number + 1}"
    return wanted if wanted in slots else None


def close_rooms(db_session: Session, round_: ContestRound, *, now: datetime) -> bool:
    """Close a locked round's rooms whose time is over; say whether all of them are closed."""
    rooms = [room for _, room in queries.run_rooms(db_session, round_, lock=True)]
    for room in rooms:
        close_if_over(db_session, room, now=now)
    return bool(rooms) and not any(room.is_open for room in rooms)


def _new_run(
    db_session: Session,
    contest: Contest,
    round_: ContestRound,
    slot: str,
    starts_at: datetime,
    *,
    keys: FieldKeys,
    now: datetime,
) -> int:
    seal = read_sealed(seal_of(db_session, round_, slot), round_, keys)
    scenario = scenario_of(db_session, round_.scenario_ref)
    if scenario.content_hash() != seal.scenario_hash:
        # Only a demonstration redrafts published content; the commitment would not hold.
        raise SealBrokenError(f"{round_!r}: {scenario.ref} is not what was committed to")
    rules = queries.rules_of(db_session, contest)
    round_.run_no += 1
    round_.seal_slot = slot
    count = 0
    for place, entry in queries.places_of(db_session, round_.id):
        if entry.withdrawn_at is not None:
            continue
        terms = RoomTerms(
            exam_code=f"{CODE_PREFIX}{round_.public_id}",
            programme_ref="",
            title=f"{contest.title} · {round_.title}",
            scenario_ref=round_.scenario_ref,
            speed=round_.speed,
            cut_score=None,
            is_demo=contest.is_demo,
            is_held=True,
            plan_min=rules.rounds.plan_min,
        )
        room = staging.stage_room(
            db_session,
            entry.person_id,
            terms,
            seal.keys,
            ordinal=round_.run_no,
            starts_at=starts_at,
            now=now,
        )
        round_.clock_starts_at = room.starts_at
        length_s = room.duration_ticks * TICK_S / round_.speed
        round_.ends_at = room.starts_at + timedelta(seconds=length_s)
        db_session.add(RoundRoom(place_id=place.id, run_no=round_.run_no, room_session_id=room.id))
        count += 1
    db_session.flush()
    return count
