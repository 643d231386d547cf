"""A room's log, read from the database itself and verified event by event."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.contests.scoring import GivenForecast
from app.core.hashing import GENESIS
from app.rooms.chains import event_hash
from app.rooms.forecasts import KIND as FORECAST
from app.rooms.forecasts import given
from app.rooms.models import RoomEvent, RoomSession
from simulations.actions import parse_action
from simulations.rooms import LoggedAction


@dataclass(frozen=True, slots=True)
class VerifiedLog:
    """What a room's events say.

    Attributes:
        events: How many there are.
        fault: Number of the first event that does not follow from the one before it, was changed,
            or is missing; None if the chain is whole.
        head: Hash of the last event, worked out anew.
        actions: Accepted actions, in order.
        forecasts: Those that were given.
        cards: (incident, tick) of the jury's cards.
        plan: What was planned; None where nothing was.
    """

    events: int
    fault: int | None
    head: str
    actions: tuple[LoggedAction, ...]
    forecasts: tuple[GivenForecast, ...]
    cards: tuple[tuple[str, int], ...]
    plan: Mapping[str, Any] | None


def verified_log(db_session: Session, room: RoomSession) -> VerifiedLog:
    """Read a room's events, past every cache, and verify their chain."""
    rows = db_session.scalars(
        select(RoomEvent)
        .where(RoomEvent.room_session_id == room.id)
        .order_by(RoomEvent.sequence)
        .execution_options(populate_existing=True)
    ).all()
    fault, head = _chain(room, rows)
    actions, forecasts, cards = [], [], []
    plan: Mapping[str, Any] | None = None
    for row in rows:
        payload = json.loads(row.payload)
        if row.kind == "acted":
            actions.append(LoggedAction(payload["tick"], parse_action(payload["action"])))
        elif row.kind == FORECAST:
            one = given(row.sequence, payload)
            forecasts.append(GivenForecast(one.prompt, one.tick, one.forecast))
        elif row.kind == "card":
            cards.append((str(payload["incident"]), int(payload["tick"])))
        elif row.kind == "planned":
            plan = payload.get("plan") or {}
    return VerifiedLog(
        len(rows), fault, head, tuple(actions), tuple(forecasts), tuple(sorted(cards)), plan
    )


def _chain(room: RoomSession, rows: Sequence[RoomEvent]) -> tuple[int | None, str]:
    """Return the first faulty event's number, and the hash that the last one should have."""
    previous, fault = GENESIS, None
    for number, row in enumerate(rows, 1):
        expected = event_hash(
            room.public_id, row.sequence, row.kind, row.key, row.payload, row.at, previous
        )
        is_whole = (row.sequence, row.previous_hash, row.hash) == (number, previous, expected)
        if fault is None and not is_whole:
            fault = number
        previous = expected
    if fault is None and (len(rows), previous) != (room.event_count, room.head_hash):
        fault = len(rows) + 1
    return fault, previous
