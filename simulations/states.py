"""A room's keys, its log and its state; folding the one over the others."""

import hashlib
import struct
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any

from simulations.actions import Action, encode
from simulations.engines.engine import Engine
from simulations.engines.registry import engine_for
from simulations.engines.v1.board import summarise
from simulations.engines.v1.codes import SUMMARY
from simulations.engines.v1.layout import FORMATS, Setting, State, fields_of
from simulations.errors import LogOrderError, SnapshotError
from simulations.numbers import setting_of
from simulations.scenarios import Scenario

KEY_BYTES = 8
_MAGIC = b"CPR1"
_STAMP_BYTES = 12
_UNREAD_ROW = (0.0, 0.0, 0.0, 0.0, 0.0)


def _places() -> tuple[list[str], str, list[tuple[str, str, int, int]]]:
    """Return the names of a state's single numbers, their format, and where its arrays stand.

    The format skips the arrays; of an array it is name, type (`d` or `q`), from and to, counted in
    numbers.
    """
    letters = {"f8": "d", "i8": "q"}
    names, form, arrays, at = [], "=", [], 0
    for name, kind, length in fields_of(State):
        if length:
            arrays.append((name, letters[kind], at, at + length))
            form += f"{8 * length}x"
        else:
            names.append(name)
            form += letters[kind]
        at += length or 1
    return names, form, arrays


_NAMES, _FORM, _ARRAYS = _places()
_SINGLES = struct.Struct(_FORM)

assert sys.byteorder == "little", "a snapshot's bytes are read where they stand"


def _numbers_of(data: bytes) -> State:
    """Return the state of these bytes, as `layout.unpack` does in ten times the time.

    Its arrays are read where they stand: a cockpit looks at a few of a thousand numbers.
    """
    block = memoryview(data)
    views: dict[str, Any] = {"d": block.cast("d"), "q": block.cast("q")}
    values: dict[str, Any] = dict(zip(_NAMES, _SINGLES.unpack(data), strict=True))
    for name, letter, at, end in _ARRAYS:
        values[name] = views[letter][at:end]
    state = State.__new__(State)
    state.__dict__ = values
    return state


@dataclass(frozen=True, slots=True, repr=False)
class RoomKeys:
    """Two secret 64-bit keys: all of a room's chance.

    `macro` is the world that everybody compared must meet (waves, incidents, the market), `micro`
    the viewers' own luck. They are never shown before the room is judged and retired.
    """

    macro: int
    micro: int

    def __post_init__(self) -> None:
        if not (0 <= self.macro < 1 << 64 and 0 <= self.micro < 1 << 64):
            raise ValueError("a room key is an unsigned 64-bit number")

    @property
    def twin(self) -> "RoomKeys":
        """Return the keys of the fluid twin: the same world, no viewer luck."""
        return RoomKeys(self.macro, 0)

    def to_bytes(self) -> bytes:
        """Return 16 bytes: macro, then micro, big-endian."""
        return self.macro.to_bytes(KEY_BYTES, "big") + self.micro.to_bytes(KEY_BYTES, "big")

    @classmethod
    def from_bytes(cls, data: bytes) -> "RoomKeys":
        """Return the keys that `to_bytes` made these bytes of; ValueError if there are not 16."""
        if len(data) != 2 * KEY_BYTES:
            raise ValueError("room keys are 16 bytes")
        return cls(int.from_bytes(data[:KEY_BYTES], "big"), int.from_bytes(data[KEY_BYTES:], "big"))


def new_keys(randbytes: Callable[[int], bytes]) -> RoomKeys:
    """Draw new keys from a source of random bytes: outside tests, `secrets.token_bytes`.

    A micro key of 0 would be the twin and is drawn again.
    """
    keys = RoomKeys.from_bytes(randbytes(2 * KEY_BYTES))
    while keys.micro == 0:
        keys = RoomKeys.from_bytes(randbytes(2 * KEY_BYTES))
    return keys


def keys_of_seed(seed: int) -> RoomKeys:
    """Return the keys of a small seed: SHA-256 of `caopan room seed <seed>`, its first 16 bytes.

    For the shell, calibration and tests. Real rooms draw `new_keys`: small seeds can be found by
    trying them.
    """
    return RoomKeys.from_bytes(hashlib.sha256(f"caopan room seed {seed}".encode()).digest()[:16])


@dataclass(frozen=True, slots=True)
class LoggedAction:
    """An action that the room accepted, with the tick at whose start it takes effect."""

    tick: int
    action: Action


class RoomState:
    """A room at the start of a tick, the logged actions of that tick included.

    Opaque to callers: they observe it, keep its bytes as a snapshot, and replay on from it. A
    snapshot holds what is still to come (incident times), so it is as secret as the keys.
    """

    __slots__ = ("_data", "_numbers", "_stamp")

    def __init__(self, data: bytes, stamp: bytes) -> None:
        self._data = data
        self._stamp = stamp
        self._numbers: State | None = None

    def __reduce__(self) -> tuple[type["RoomState"], tuple[bytes, bytes]]:
        return RoomState, (self._data, self._stamp)

    @property
    def numbers(self) -> State:
        """Return the engine's table of numbers, to read; for this package, not for callers."""
        if self._numbers is None:
            self._numbers = _numbers_of(self._data)
        return self._numbers

    @property
    def tick(self) -> int:
        """Return the tick that comes next."""
        return self.numbers.tick

    @property
    def data(self) -> bytes:
        """Return the state's bytes without the header."""
        return self._data

    @property
    def stamp(self) -> bytes:
        """Return which setting the state belongs to."""
        return self._stamp

    def to_bytes(self) -> bytes:
        """Return the state as a snapshot."""
        return _MAGIC + self._stamp + self._data

    @classmethod
    def from_bytes(cls, data: bytes) -> "RoomState":
        """Return the state of a snapshot.

        Raises:
            SnapshotError: If the bytes are no snapshot of this engine.
        """
        header = len(_MAGIC) + _STAMP_BYTES
        if data[: len(_MAGIC)] != _MAGIC or len(data) != header + FORMATS[State].size:
            raise SnapshotError("not a snapshot of this engine")
        return cls(data[header:], data[len(_MAGIC) : header])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RoomState) and self.to_bytes() == other.to_bytes()

    def __hash__(self) -> int:
        return hash((self._stamp, self._data))

    def __repr__(self) -> str:
        return f"RoomState(tick={self.tick})"


@lru_cache(maxsize=512)
def setting_for(scenario: Scenario) -> Setting:
    """Return the scenario's numbers, computed once."""
    return setting_of(scenario)


@lru_cache(maxsize=512)
def prepared_for(scenario: Scenario, engine: Engine) -> Any:
    """Return the scenario in the form that `engine` reads, computed once."""
    return engine.prepare(setting_for(scenario))


def rows_of(
    scenario: Scenario, log: Sequence[LoggedAction], skip: int = 0
) -> list[tuple[float, ...]]:
    """Return the log as the engine's rows; the first `skip` stay blank, since nobody reads them.

    Raises:
        LogOrderError: If the ticks fall.
        ActionRefusedError: If an action names a product or choice that the scenario has not.
    """
    if any(a.tick > b.tick for a, b in pairwise(log)):
        raise LogOrderError("the action log is not sorted by tick")
    rows: list[tuple[float, ...]] = [_UNREAD_ROW] * min(skip, len(log))
    rows.extend((entry.tick, *encode(entry.action, scenario)) for entry in log[skip:])
    return rows


def replay(
    scenario: Scenario,
    keys: RoomKeys,
    log: Sequence[LoggedAction],
    until_tick: int,
    snapshot: RoomState | None = None,
) -> RoomState:
    """Return the room at a tick: a pure function of the arguments.

    Args:
        scenario: The scenario version that the room pinned.
        keys: The room's keys.
        log: All accepted actions, sorted by tick and, within a tick, by sequence.
        until_tick: The tick, >= 0; beyond the session's end it is the end.
        snapshot: An earlier state of the same room, to save time; never changes the result.

    Raises:
        LogOrderError: If the log is not sorted, or the snapshot is later than `until_tick` or has
            folded more actions than the log holds.
        SnapshotError: If the snapshot is of another scenario version.
        UnknownEngineError: If the scenario needs an engine that this program does not have.
    """
    engine = engine_for(scenario.engine)
    setting = prepared_for(scenario, engine)
    stamp = bytes.fromhex(scenario.content_hash()[: 2 * _STAMP_BYTES])
    until = min(until_tick, scenario.duration_ticks)
    folded = 0
    if snapshot is None:
        room = engine.begin(setting, keys.macro)
    else:
        folded = snapshot.numbers.applied
        if snapshot.stamp != stamp:
            raise SnapshotError(f"the snapshot is not of {scenario.ref}")
        if snapshot.tick > until or folded > len(log):
            raise LogOrderError("the snapshot is later than the tick or the log asked for")
        if folded < len(log) and log[folded].tick < snapshot.tick:
            raise LogOrderError("the log has an action that the snapshot missed")
        room = engine.load(snapshot.data)
    rows = engine.rows(rows_of(scenario, log, folded))
    engine.advance(room, setting, (keys.macro, keys.micro), rows, len(log), until)
    return RoomState(engine.dump(room), stamp)


def summary_of(state: RoomState) -> list[float]:
    """Return the session's totals so far, in the order of `engines.v1.codes.SUMMARY`."""
    out = [0.0] * len(SUMMARY)
    summarise([state.numbers], out)
    return out
