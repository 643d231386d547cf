"""A room's state at a tick, replayed from its events; what a process saw it keeps.

The log and the newest state of each room that this process looked at stay in memory, so that a
poll replays a few ticks, not a session. That is a cache and never the truth: it may be dropped at
any time, another process has its own, and a state that an action overtook (two requests, one
of which waited for the lock) is recognised and replayed anew.
"""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from simulations.actions import parse_action
from simulations.errors import LogOrderError, SnapshotError
from simulations.rooms import LoggedAction, RoomKeys, RoomState, replay
from simulations.scenarios import Scenario

ActedRows = Iterable[tuple[int, str]]
"""Sequence and payload of `acted` events."""

MOST_KEPT = 1200
"""Rooms that a process keeps; a state is some 20 kB."""


@dataclass(frozen=True)
class Seen:
    """What this process knows of a room.

    Attributes:
        sequence: The newest event that was looked at, of whatever kind.
        log: Every action up to it.
        state: The newest state that was computed, if any.
    """

    sequence: int
    log: tuple[LoggedAction, ...]
    state: RoomState | None


_SEEN: OrderedDict[str, Seen] = OrderedDict()
_LOCK = threading.Lock()


def logged(payload: str) -> LoggedAction:
    """Return the action of an `acted` event's payload."""
    data = json.loads(payload)
    return LoggedAction(data["tick"], parse_action(data["action"]))


def log_until(
    public_id: str, sequence: int, read_after: Callable[[int], ActedRows]
) -> tuple[LoggedAction, ...]:
    """Return a room's actions up to an event; only those not seen before are read.

    Args:
        public_id: The room.
        sequence: The newest event that counts.
        read_after: Reads the `acted` events behind a sequence, in order.
    """
    with _LOCK:
        seen = _SEEN.get(public_id)
    if seen is not None and seen.sequence > sequence:
        # The caller's transaction is older than this process's knowledge.
        return tuple(logged(payload) for _, payload in read_after(0))
    if seen is not None and seen.sequence == sequence:
        return seen.log
    before = seen.log if seen is not None else ()
    news = read_after(seen.sequence if seen is not None else 0)
    log = before + tuple(logged(payload) for _, payload in news)
    remember(public_id, sequence, log, seen.state if seen is not None else None)
    return log


def known_log(public_id: str, sequence: int) -> tuple[LoggedAction, ...] | None:
    """Return a room's actions up to an event, if this process has seen just them and a state."""
    with _LOCK:
        seen = _SEEN.get(public_id)
    if seen is None or seen.state is None or seen.sequence != sequence:
        return None
    return seen.log


def remember(
    public_id: str, sequence: int, log: tuple[LoggedAction, ...], state: RoomState | None
) -> None:
    """Keep what is known of a room, unless something newer is."""
    with _LOCK:
        seen = _SEEN.get(public_id)
        if seen is not None and seen.sequence > sequence:
            return
        _SEEN[public_id] = Seen(sequence, log, state)
        _SEEN.move_to_end(public_id)
        while len(_SEEN) > MOST_KEPT:
            _SEEN.popitem(last=False)


def is_known(public_id: str) -> bool:
    """Say whether this process keeps a state of the room."""
    with _LOCK:
        seen = _SEEN.get(public_id)
    return seen is not None and seen.state is not None


def forget(public_id: str) -> None:
    """Drop what is kept of a room: it is over, or it never was."""
    with _LOCK:
        _SEEN.pop(public_id, None)


def state_at(
    public_id: str,
    scenario: Scenario,
    keys: RoomKeys,
    log: Sequence[LoggedAction],
    tick: int,
    *,
    sequence: int,
    read_snapshot: Callable[[], bytes | None] = lambda: None,
) -> RoomState:
    """Return the room at the start of a tick, its actions included.

    Args:
        public_id: The room.
        scenario: Its pinned scenario.
        keys: Its keys.
        log: All its actions up to event `sequence`.
        tick: The tick, >= 0.
        sequence: The newest event that `log` accounts for.
        read_snapshot: Reads the stored state; asked only if this process keeps none that fits.
    """
    with _LOCK:
        seen = _SEEN.get(public_id)
    kept = seen.state if seen is not None else None
    stored = _stored(read_snapshot()) if kept is None or kept.tick > tick else None
    for start in (kept, stored):
        if start is not None and start.tick <= tick:
            try:
                state = replay(scenario, keys, log, tick, start)
            except (LogOrderError, SnapshotError):
                continue
            break
    else:
        state = replay(scenario, keys, log, tick)
    if kept is None or state.tick >= kept.tick:
        remember(public_id, sequence, tuple(log), state)
    return state


def _stored(data: bytes | None) -> RoomState | None:
    """Return a stored snapshot, or nothing if another engine wrote it."""
    if data is None:
        return None
    try:
        return RoomState.from_bytes(data)
    except SnapshotError:
        return None
