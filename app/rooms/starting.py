"""A new room: what it pins, and how it commits to its keys without telling them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.core.hashing import GENESIS, digest
from app.rooms.clocks import START_COUNTDOWN, RoomClock
from app.rooms.models import RoomSession
from app.rooms.terms import RoomTerms
from simulations.rooms import RoomKeys
from simulations.scenarios import Scenario

COCKPIT_CONTROLS = frozenset(
    {
        "boost",
        "break",
        "clip",
        "coupon",
        "freight_cover",
        "hold",
        "lucky_bag",
        "pace",
        "presale",
        "red_packet",
        "staff",
        "switch_host",
        "top_up",
        "traffic",
        "traffic_goals",
        "trust",
    }
)
"""What the cockpit has panels for, as named by `Scenario.limits`."""


PLAN_GRACE = timedelta(seconds=5)
"""A plan on its way when the phase ends still counts; half of the countdown that follows."""

PRACTICE_PLAN = timedelta(days=7)
"""A practice room that nobody plans for so long is given up."""


def has_cockpit(scenario: Scenario) -> bool:
    """Say whether everything that a scenario offers can be operated from the cockpit.

    A room whose levers nobody can reach would measure the page and not the person.
    """
    return scenario.limits.keys() <= COCKPIT_CONTROLS


def new_room(
    person_id: int,
    terms: RoomTerms,
    scenario: Scenario,
    keys: RoomKeys,
    *,
    ordinal: int,
    now: datetime,
    origin: RoomSession | None = None,
    tick: int = 0,
) -> RoomSession:
    """Return the row of a new room.

    It starts after the countdown, at `tick` of another room if one is named; where the scenario has
    a planning phase, the countdown waits for the plan.
    """
    secret = keys.to_bytes()
    plan_due_at = None
    if scenario.planning is not None and origin is None:
        limit = timedelta(minutes=terms.plan_min) if terms.mode == "exam" else PRACTICE_PLAN
        plan_due_at = now + limit
    clock = RoomClock.starting(
        (plan_due_at or now) + START_COUNTDOWN, terms.speed, scenario.duration_ticks, tick=tick
    )
    if plan_due_at is not None:
        clock = clock.paused(now)  # it stands until the plan is fixed
    return RoomSession(
        person_id=person_id,
        exam_code=terms.exam_code,
        ordinal=ordinal,
        programme_ref=terms.programme_ref,
        mode=terms.mode,
        title=terms.title,
        scenario_ref=scenario.ref,
        engine_version=scenario.engine,
        macro_key=secret[:8],
        micro_key=secret[8:],
        duration_ticks=scenario.duration_ticks,
        cut_score=terms.cut_score,
        is_demo=terms.is_demo,
        is_held=terms.is_held,
        created_at=now,
        starts_at=clock.starts_at,
        clock_at=clock.at,
        clock_ms=clock.room_ms,
        clock_speed=clock.speed,
        is_paused=clock.is_paused,
        ends_at=clock.ends_at(),
        head_hash=GENESIS,
        writer_epoch=0,
        event_count=0,
        last_tick=0,
        snapshot_tick=0,
        origin_id=None if origin is None else origin.id,
        origin_tick=None if origin is None else tick,
        plan_due_at=plan_due_at,
    )


def pinned(room: RoomSession, scenario: Scenario) -> dict[str, Any]:
    """Return the first event's payload: what the room rests on, its keys only as a commitment."""
    return {
        "scenario": scenario.ref,
        "scenario_hash": scenario.content_hash(),
        "engine": room.engine_version,
        "commitment": commitment_of(room),
        "mode": room.mode,
        "speed": room.clock_speed,
        "starts_at": room.starts_at.isoformat(),
        "duration_ticks": room.duration_ticks,
        "cut_score": room.cut_score,
        **({} if room.plan_due_at is None else {"plan_due_at": room.plan_due_at.isoformat()}),
    }


def actor_of(db_session: Session, person_id: int) -> str:
    """Return the audit log's name of a person."""
    return f"person:{db_session.get_one(Person, person_id).public_id}"


def commitment_of(room: RoomSession) -> str:
    """Return a hash that commits to the room's keys without telling them."""
    return digest({"room": room.public_id, "keys": (room.macro_key + room.micro_key).hex()})
