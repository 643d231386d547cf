"""Rooms that somebody stages for many at once: equal keys, one start, cards, halts.

A room of this kind is an exam's room in everything else: the same cockpit, clock, write path and
score. Whoever stages it may play a card (an incident at the same tick for all), let the clock of
all stand and run on, and break a run off; each of it is an event of the room's own chain.
"""

from __future__ import annotations

import json
from datetime import datetime

from sqlalchemy.orm import Session

from app.core.errors import ConflictError
from app.core.hashing import canonical_json
from app.rooms import queries, services
from app.rooms.chains import append_to
from app.rooms.models import RoomSession
from app.rooms.starting import has_cockpit, new_room, pinned
from app.rooms.terms import RoomTerms
from app.studio.queries import reference_of, scenario_of
from simulations.cards import Playable, cards_from, playable
from simulations.checks import speed_problems
from simulations.rooms import RoomKeys
from simulations.scenarios import Scenario


class CardTooLateError(ConflictError):
    """Raised when a card would begin before every room could have heard of it, or not at all."""

    code = "card_too_late"


def check_stageable(db_session: Session, scenario: Scenario, speed: float) -> None:
    """Refuse a scenario that could not be played or judged at a speed.

    Raises:
        NotFoundError: If nothing marks 100 points in it.
        RoomNotReadyError: If the cockpit has no panel for something, or the clock is too fast.
    """
    if not has_cockpit(scenario):
        raise services.RoomNotReadyError(f"{scenario.ref} offers what the cockpit has no panel for")
    if problems := list(speed_problems(scenario, speed)):
        raise services.RoomNotReadyError(f"{scenario.ref}: {'; '.join(problems)}")
    reference_of(db_session, scenario)


def stage_room(
    db_session: Session,
    person_id: int,
    terms: RoomTerms,
    keys: RoomKeys,
    *,
    ordinal: int,
    starts_at: datetime,
    now: datetime,
) -> RoomSession:
    """Make a room that starts at a moment, whether or not anybody is there.

    Args:
        db_session: The session of the caller's transaction.
        person_id: Who is to operate it.
        terms: As for every room; the result should be held back.
        keys: The chance that all share.
        ordinal: Number of the run.
        starts_at: First tick, or where there is a planning phase its begin.
        now: The moment (aware).
    """
    scenario = scenario_of(db_session, terms.scenario_ref)
    room = new_room(person_id, terms, scenario, keys, ordinal=ordinal, now=starts_at)
    if room.plan_due_at is None:
        clock = room.clock.starting(starts_at, terms.speed, scenario.duration_ticks)
        room.starts_at = room.clock_at = starts_at
        room.ends_at = clock.ends_at()
    room.created_at, room.starts_together = now, True
    db_session.add(room)
    db_session.flush()
    append_to(db_session, room, "started", pinned(room, scenario), now=now)
    services.note_start(db_session, room, now=now)
    return room


def cards_of(text: str | None) -> list[tuple[str, int]]:
    """Return (incident, tick) of the cards of a room's column."""
    return [(incident, tick) for incident, tick in json.loads(text)] if text else []


def playable_cards(db_session: Session, room: RoomSession, *, now: datetime) -> list[Playable]:
    """Return the incidents of a running room that may still be played."""
    scenario = queries.room_scenario(db_session, room)
    return playable(scenario, queries.state_of(db_session, room, scenario, now=now))


def deal_card(
    db_session: Session, room: RoomSession, incident: str, tick: int, *, now: datetime
) -> None:
    """Let an incident begin at a tick of a locked room.

    Raises:
        CardTooLateError: If the room has shown a sign of it, or would not notice it in time.
    """
    options = {one.incident: one for one in playable_cards(db_session, room, now=now)}
    if not room.is_open or incident not in options or tick < options[incident].least_tick:
        raise CardTooLateError(f"{room!r}: {incident} at {tick}")
    append_to(db_session, room, "card", {"incident": incident, "tick": tick}, now=now)
    cards = cards_from([*cards_of(room.cards), (incident, tick)])
    room.cards = canonical_json([[card.incident, card.tick] for card in cards])
    room.snapshot = None  # it holds the times that the key chose
    db_session.flush()


def halt_room(db_session: Session, room: RoomSession, *, now: datetime) -> None:
    """Let a locked room's clock stand; nothing is accepted until it runs on."""
    if room.is_open and not room.is_planning and not room.is_paused:
        _set_clock(db_session, room, "paused", now)


def resume_room(db_session: Session, room: RoomSession, *, now: datetime) -> None:
    """Let a halted room's clock run on."""
    if room.is_open and not room.is_planning and room.is_paused:
        _set_clock(db_session, room, "resumed", now)


def break_off(db_session: Session, room: RoomSession, *, now: datetime) -> None:
    """Close a locked room for good without a score: its run does not count."""
    services.give_up(db_session, room, now=now)


def _set_clock(db_session: Session, room: RoomSession, change: str, now: datetime) -> None:
    append_to(db_session, room, change, {}, now=now)
    clock = room.clock.paused(now) if change == "paused" else room.clock.resumed(now)
    room.clock_at, room.clock_ms, room.is_paused = clock.at, clock.room_ms, clock.is_paused
    room.ends_at = clock.ends_at()
    db_session.flush()
