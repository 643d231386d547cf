"""How a room stands, read in one statement on the driver: its page asks about once a second."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.core.db import driver_sql, from_driver, raw_reading
from app.core.errors import NotFoundError
from app.rooms.clocks import RoomClock
from simulations.rooms import RoomKeys

FIND_STANDING = """
SELECT id, mode, macro_key, micro_key, writer_epoch, event_count, last_tick, closed_at,
  plan_due_at, planned_at, starts_at, clock_at, clock_ms, clock_speed, is_paused, duration_ticks
FROM room_session WHERE public_id = :public_id AND person_id = :person_id"""


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
    snapshot: None = None

    @property
    def keys(self) -> RoomKeys:
        return RoomKeys.from_bytes(self.key_bytes)

    def runs(self, now: datetime) -> bool:
        """Whether the session is under way: planned, not closed, its time not over."""
        return self.is_open and not self.is_planning and not self.clock.is_over(now)


def running_room_of(public_id: str, person_id: int) -> RunningRoom:
    """Return how the person's own room stands.

    Raises:
        NotFoundError: If there is none, or it is somebody else's.
    """
    with raw_reading() as cursor:
        cursor.execute(driver_sql(FIND_STANDING), {"public_id": public_id, "person_id": person_id})
        row = cursor.fetchone()
    if row is None:
        raise NotFoundError(f"room {public_id} of person {person_id}")
    row_id, mode, macro_key, micro_key, writer_epoch, event_count, last_tick = tuple(row)[:7]
    closed_at, plan_due_at, planned_at, starts_at, at, ms, speed, paused, ticks = tuple(row)[7:]
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
    )
