"""A new room: what it pins, and how it commits to its keys without telling them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from app.core.hashing import GENESIS, digest
from app.rooms.clocks import START_COUNTDOWN, RoomClock
from app.rooms.models import RoomSession
from app.rooms.terms import RoomTerms
from simulations.rooms import RoomKeys
from simulations.scenarios import Scenario

COCKPIT_CONTROLS = frozenset(
    {"coupon", "lucky_bag", "red_packet", "traffic", "freight_cover", "pace"}
)
"""What the cockpit has panels for, as named by `Scenario.limits`."""


def has_cockpit(scenario: Scenario) -> bool:
    """Say whether everything that a scenario offers can be operated from the cockpit.

    A room whose levers or plan nobody can reach would measure the page and not the person.
    """
    is_bare = scenario.planning is None and scenario.crew is None
    return is_bare and scenario.limits.keys() <= COCKPIT_CONTROLS


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
    """Return the row of a room that starts after the countdown, at `tick` of another if named."""
    secret = keys.to_bytes()
    clock = RoomClock.starting(
        now + START_COUNTDOWN, terms.speed, scenario.duration_ticks, tick=tick
    )
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
    }


def commitment_of(room: RoomSession) -> str:
    """Return a hash that commits to the room's keys without telling them."""
    return digest({"room": room.public_id, "keys": (room.macro_key + room.micro_key).hex()})
