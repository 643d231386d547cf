"""Practise from a moment: the same customers, the same past, another decision.

The new room has the keys of the old one and its actions up to the chosen tick; from there on the
person acts anew. Keys are only used again after their debrief was shown, and never in a room that
counts.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from app.core.errors import ConflictError, InvalidInputError
from app.rooms import queries
from app.rooms.chains import append_to
from app.rooms.days import on_its_day
from app.rooms.models import RoomSession
from app.rooms.planning import inherit_plan
from app.rooms.releasing import check_released
from app.rooms.services import PRACTICE_CODE, give_up, note_start
from app.rooms.starting import new_room, pinned
from app.rooms.terms import RoomTerms
from app.studio.queries import scenario_of
from simulations.scenarios import TICKS_PER_MINUTE, Scenario

LEAD_TICKS = TICKS_PER_MINUTE
"""A moment is entered a minute of room time before the decision, so that one sees it coming."""

LEAST_LEFT_TICKS = 5 * TICKS_PER_MINUTE
"""Below five minutes there is nothing left to decide."""


class NotPublicError(ConflictError):
    """Raised for a scenario that is not for practice."""

    code = "scenario_not_public"


def start_from(
    db_session: Session, origin: RoomSession, tick: int, *, now: datetime
) -> RoomSession:
    """Start a practice room at a tick of a scored room, or return the one that is open there.

    An open room from another moment of the same origin is given up.

    Args:
        db_session: The session of the caller's transaction.
        origin: The person's own locked room.
        tick: Of the decision; the room starts a minute earlier.
        now: The moment (aware).

    Raises:
        NotDebriefedError: If the origin's result is not out.
        NotPublicError: If the scenario is not for practice.
        InvalidInputError: If fewer than five minutes would be left.
    """
    check_released(origin)
    scenario = scenario_of(db_session, origin.scenario_ref)
    if origin.linked is not None:
        scenario = on_its_day(scenario, origin.linked)
    if scenario.exposure != "public":
        raise NotPublicError(scenario.ref)
    if not 0 <= tick <= origin.duration_ticks - LEAST_LEFT_TICKS:
        raise InvalidInputError(f"tick {tick}", [{"field": "tick", "code": "out_of_range"}])
    start = max(0, tick - LEAD_TICKS)
    terms = _terms(origin, scenario)
    held = queries.open_room_or_none(db_session, origin.person_id, terms.exam_code)
    if held is not None and held.origin_tick == start and not held.clock.is_over(now):
        return held
    if held is not None:
        give_up(db_session, held, now=now)
    ordinal = queries.next_ordinal(db_session, origin.person_id, terms.exam_code)
    room = new_room(
        origin.person_id,
        terms,
        scenario,
        origin.keys,
        ordinal=ordinal,
        now=now,
        origin=origin,
        tick=start,
    )
    room.linked = origin.linked
    db_session.add(room)
    db_session.flush()
    past = {"origin": {"room": origin.public_id, "tick": start}}
    append_to(db_session, room, "started", pinned(room, scenario) | past, now=now)
    inherit_plan(db_session, room, origin, now=now)
    for entry in queries.log_of(db_session, origin):
        if entry.tick >= start:
            break
        payload = {"action": entry.action.to_dict(), "tick": entry.tick}
        append_to(db_session, room, "acted", payload, now=now)
        room.last_tick = entry.tick
    note_start(db_session, room, now=now)
    return room


def start_again(db_session: Session, room: RoomSession, *, now: datetime) -> RoomSession:
    """Give a locked room that began at a moment up, and begin at that moment anew."""
    give_up(db_session, room, now=now)
    origin = db_session.get_one(RoomSession, room.origin_id, with_for_update=True)
    return start_from(db_session, origin, (room.origin_tick or 0) + LEAD_TICKS, now=now)


def _terms(origin: RoomSession, scenario: Scenario) -> RoomTerms:
    return RoomTerms(
        exam_code=f"{PRACTICE_CODE}{scenario.id}@{origin.public_id}",
        programme_ref="",
        title=scenario.title,
        scenario_ref=scenario.ref,
        speed=scenario.speed.exam,
        cut_score=None,
        is_demo=origin.is_demo,
        mode="practice",
    )
