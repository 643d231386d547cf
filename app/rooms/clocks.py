"""The room's clock: which tick it is, as a pure function of clock events and a moment.

Room time is whole milliseconds from the start of the session. An event that changes the clock
(pause, resume, speed, step; practice only) moves its anchor: from then on room time is what it
was there plus the wall time since, times the speed. Leaving a room does not stop its clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from simulations.scenarios import TICK_S

TICK_MS = TICK_S * 1000

_NO_TIME, _MILLISECOND, _A_MINUTE = timedelta(), timedelta(milliseconds=1), timedelta(minutes=1)

START_COUNTDOWN = timedelta(seconds=10)
"""Wall time between opening a room and its first tick: to find the panels with one's eyes."""


@dataclass(frozen=True)
class RoomClock:
    """A clock that stood at `room_ms` at the moment `at`, and runs on unless it is paused.

    Attributes:
        starts_at: The session's first moment; before it the countdown runs.
        at: The anchor's moment (aware).
        room_ms: Room time at the anchor, milliseconds.
        speed: Room seconds in a second of the wall, > 0.
        is_paused: Whether room time stands.
        duration_ticks: Length of the session.
    """

    starts_at: datetime
    at: datetime
    room_ms: int
    speed: float
    is_paused: bool
    duration_ticks: int

    @classmethod
    def starting(
        cls, starts_at: datetime, speed: float, duration_ticks: int, *, tick: int = 0
    ) -> RoomClock:
        """Return the clock of a new room, at `tick` until `starts_at`."""
        return cls(starts_at, starts_at, tick * TICK_MS, speed, False, duration_ticks)

    @property
    def duration_ms(self) -> int:
        return self.duration_ticks * TICK_MS

    def room_ms_at(self, now: datetime) -> int:
        """Return room time at a moment, milliseconds in [0, duration].

        A moment before the anchor counts as the anchor: the server's clock may be set back, room
        time never is.
        """
        ms = self.room_ms
        if not self.is_paused:
            ms += int(max(_NO_TIME, now - self.at) / _MILLISECOND * self.speed)
        return min(ms, self.duration_ms)

    def tick_at(self, now: datetime) -> int:
        """Return the tick at a moment, in [0, duration]; `duration_ticks` is the end."""
        return self.room_ms_at(now) // TICK_MS

    def has_started(self, now: datetime) -> bool:
        return now >= self.starts_at

    def is_over(self, now: datetime) -> bool:
        return self.room_ms_at(now) >= self.duration_ms

    def ms_to_next_tick(self, now: datetime) -> int | None:
        """Return wall milliseconds until the next tick; none while the clock stands."""
        if self.is_paused:
            return None
        room_ms = self.room_ms_at(now)
        if room_ms >= self.duration_ms:
            return None
        if not self.has_started(now):
            return max(1, int((self.starts_at - now) / _MILLISECOND))
        left = TICK_MS - room_ms % TICK_MS
        return max(1, int(left / self.speed))

    def same_until(self, now: datetime) -> datetime:
        """Return a moment before which the clock stays in its tick, within a minute."""
        if not self.has_started(now):
            return self.starts_at
        left_ms = self.ms_to_next_tick(now)
        return now + (_A_MINUTE if left_ms is None else (left_ms - 1) * _MILLISECOND)

    def ends_at(self) -> datetime | None:
        """Return when the clock reaches the end; none while it stands."""
        if self.room_ms >= self.duration_ms:
            return self.at
        if self.is_paused:
            return None
        left_ms = (self.duration_ms - self.room_ms) / self.speed
        return self.at + timedelta(milliseconds=left_ms)

    def paused(self, now: datetime) -> RoomClock:
        return replace(self, at=max(now, self.at), room_ms=self.room_ms_at(now), is_paused=True)

    def resumed(self, now: datetime) -> RoomClock:
        return replace(self, at=max(now, self.at), room_ms=self.room_ms_at(now), is_paused=False)

    def at_speed(self, now: datetime, speed: float) -> RoomClock:
        return replace(self, at=max(now, self.at), room_ms=self.room_ms_at(now), speed=speed)

    def stepped(self, now: datetime, ticks: int) -> RoomClock:
        """Return the clock moved on by whole ticks from the present tick's start."""
        ms = (self.tick_at(now) + ticks) * TICK_MS
        return replace(self, at=max(now, self.at), room_ms=min(ms, self.duration_ms))


def changed_clock(
    clock: RoomClock, kind: str, payload: Mapping[str, Any], at: datetime
) -> RoomClock:
    """Fold one clock event into the clock; other events leave it as it is.

    Args:
        clock: The clock before the event.
        kind: The event's kind.
        payload: `{"speed": …}` of `speed`, `{"ticks": …}` of `stepped`.
        at: The event's moment.
    """
    if kind == "paused":
        return clock.paused(at)
    if kind == "resumed":
        return clock.resumed(at)
    if kind == "speed":
        return clock.at_speed(at, payload["speed"])
    if kind == "stepped":
        return clock.stepped(at, int(payload["ticks"]))
    return clock
