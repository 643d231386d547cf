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


def new_room(
    person_id: int,
    terms: RoomTerms,
    scenario: Scenario,
    keys: RoomKeys,
    *,
    ordinal: int,
    now: datetime,
) -> RoomSession:
    """Return the row of a room that starts after the countdown."""
    secret = keys.to_bytes()
    clock = RoomClock.starting(now + START_COUNTDOWN, terms.speed, scenario.duration_ticks)
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
