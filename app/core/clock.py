"""The one place that reads the time of day; everything else takes a moment as an argument.

A wall clock can be set: by an operator, by a time server after a long error, by a virtual machine.
An exam must neither end nor be prolonged by that. So a process reads the wall clock once at its
start and counts from there by the clock that nobody can set; small corrections (a time server's
daily ones) are followed, a step is not. It is logged and shown in the health of the process, which
takes the new time at its next start.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

logger = logging.getLogger(__name__)

BEIJING = ZoneInfo("Asia/Shanghai")
"""Time zone of what people read: filters, validity ends, scheduler triggers."""

STEP_FROM_S = 5.0
"""A wall clock that moves by more than this against the steady one between two looks was set."""


_BOOT_TIME: int | None = getattr(time, "CLOCK_BOOTTIME", None)


def _steady_s() -> float:
    """Return seconds that nobody can set; where it is known, a machine's sleep is among them."""
    return time.clock_gettime(_BOOT_TIME) if _BOOT_TIME is not None else time.monotonic()


class SteadyClock:
    """A wall clock that follows small corrections and refuses steps."""

    def __init__(self, wall_s: Callable[[], float], steady_s: Callable[[], float]) -> None:
        self._wall_s, self._steady_s = wall_s, steady_s
        self._offset_s = wall_s() - steady_s()
        self._told_s = 0.0

    def now(self) -> datetime:
        """Return the present moment, aware, in UTC."""
        wall_s, steady_s = self._wall_s(), self._steady_s()
        step_s = wall_s - steady_s - self._offset_s
        if -STEP_FROM_S <= step_s <= STEP_FROM_S:
            self._offset_s += step_s
            self._told_s = 0.0
            return datetime.fromtimestamp(wall_s, UTC)
        if abs(step_s - self._told_s) > STEP_FROM_S:
            self._told_s = step_s
            logger.error("the wall clock was set by %+.0f s; this process keeps its time", step_s)
        return datetime.fromtimestamp(steady_s + self._offset_s, UTC)

    def step_s(self) -> float:
        """Return by how much the wall clock was set since the start; 0 for small corrections."""
        step_s = self._wall_s() - self._steady_s() - self._offset_s
        return step_s if abs(step_s) > STEP_FROM_S else 0.0


_CLOCK = SteadyClock(time.time, _steady_s)


def now() -> datetime:
    """Return the present moment, aware, in UTC."""
    return _CLOCK.now()


def step_s() -> float:
    """Return by how many seconds the machine's clock was set while this process ran; mostly 0."""
    return _CLOCK.step_s()
