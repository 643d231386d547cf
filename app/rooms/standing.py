"""How a room stands, read together with the session: its page asks about once a second."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from app.core.db import from_driver
from app.core.errors import NotFoundError
from app.core.front import Beside
from app.rooms.clocks import RoomClock
from simulations.rooms import RoomKeys

BESIDE = Beside(
    "room_session",
    (
        *("id", "mode", "macro_key", "micro_key", "writer_epoch", "event_count", "last_tick"),
        *("closed_at", "plan_due_at", "planned_at", "starts_at", "clock_at", "clock_ms"),
        *("clock_speed", "is_paused", "duration_ticks", "cards"),
    ),
    changing=(
        *("event_count", "closed_at", "plan_due_at", "planned_at", "starts_at", "clock_at"),
        *("clock_ms", "clock_speed", "is_paused", "cards"),
    ),
)


@dataclass(frozen=True, slots=True)
class RunningRoom:
    """What a poll needs of a room; the names are `RoomSession`'s.

    Attributes:
        snapshot: Never read here: whoever looks for the first time takes the row itself.
    """

    id: int
    public_id: str
    is_exam: bool
    is_open: bool
    is_planning: bool
    writer_epoch: int
    event_count: int
    last_tick: int
    clock: RoomClock
    key_bytes: bytes
    cards: str | None
    snapshot: None = None

    @property
    def keys(self) -> RoomKeys:
        return RoomKeys.from_bytes(self.key_bytes)

    def runs(self, now: datetime) -> bool:
        """Whether the session is under way: planned, not closed, its time not over."""
        return self.is_open and not self.is_planning and not self.clock.is_over(now)


@lru_cache(maxsize=2000)
def running_room(public_id: str, row: tuple[Any, ...]) -> RunningRoom:
    """Return the room of a row of `BESIDE`'s columns; while it stands still, the row is the same.

    Raises:
        NotFoundError: If the person has no such room.
    """
    row_id, mode, macro_key, micro_key, writer_epoch, event_count, last_tick = row[:7]
    closed_at, plan_due_at, planned_at, starts_at, at, ms, speed, paused, ticks, cards = row[7:]
    if row_id is None:
        raise NotFoundError(f"room {public_id}")
    return RunningRoom(
        id=row_id,
        public_id=public_id,
        is_exam=mode == "exam",
        is_open=closed_at is None,
        is_planning=closed_at is None and plan_due_at is not None and planned_at is None,
        writer_epoch=writer_epoch,
        event_count=event_count,
        last_tick=last_tick,
        clock=RoomClock(from_driver(starts_at), from_driver(at), ms, speed, bool(paused), ticks),
        key_bytes=bytes(macro_key) + bytes(micro_key),
        cards=cards,
    )
