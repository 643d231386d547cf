"""One face for both engines: plain Python objects, or compiled code over NumPy records."""

from collections.abc import Sequence
from typing import Any, Protocol

from simulations.engines.binding import compiled_copies
from simulations.engines.v1 import (
    acting,
    arithmetic,
    board,
    choosing,
    holding,
    layout,
    operators,
    orders,
    pitching,
    refusing,
    room,
    selling,
    staging,
    starting,
    tactics,
    world,
)
from simulations.engines.v1.codes import SUMMARY
from simulations.engines.v1.layout import FORMATS, Memory, Setting, State, pack, unpack

_SOURCES = [
    arithmetic,
    refusing,
    pitching,
    holding,
    staging,
    acting,
    orders,
    world,
    selling,
    board,
    starting,
    room,
    choosing,
    tactics,
    operators,
]
"""Modules of the engine, each after those that it imports."""

ROW_LENGTH = 5
"""Numbers of a log row: tick, verb, target, amount, extra."""

Row = Sequence[float]


class Engine(Protocol):
    """What both engines can do; their results have equal bits.

    `Any` stands for an engine's own form of a room, a setting, a memory, a vector or a log; each
    comes from this engine and goes back only to it.
    """

    is_compiled: bool

    def __hash__(self) -> int:
        """Return the identity's hash: prepared settings are cached for each engine."""

    def prepare(self, setting: Setting) -> Any:
        """Return the setting in this engine's form."""

    def vector(self, numbers: Sequence[float]) -> Any:
        """Return numbers in this engine's form."""

    def rows(self, rows: Sequence[Row]) -> Any:
        """Return log rows in this engine's form."""

    def blank_rows(self, count: int) -> Any:
        """Return `count` writable rows of zeros."""

    def begin(self, setting: Any, macro: int) -> Any:
        """Return a started room at tick 0."""

    def blank_room(self) -> Any:
        """Return an all-zero room, for `play` to start."""

    def blank_memory(self) -> Any:
        """Return an operator's empty memory."""

    def load(self, data: bytes) -> Any:
        """Return the room that `dump` made these bytes of."""

    def dump(self, room: Any) -> bytes:
        """Return the bytes of a room's state."""

    def advance(
        self, room: Any, setting: Any, keys: tuple[int, int], log: Any, count: int, until: int
    ) -> None:
        """Fold the log into the room up to tick `until`, the actions of that tick included."""

    def fork(self, room: Any, setting: Any, macro: int) -> None:
        """Turn a room into a possible future of itself in which the house goes on alone."""

    def summary(self, room: Any) -> list[float]:
        """Return the session's totals so far, in the order of `v1.codes.SUMMARY`."""

    def play(
        self,
        room: Any,
        setting: Any,
        memory: Any,
        theta: Any,
        keys: tuple[int, int, int],
        log: Any,
        until: int,
    ) -> int:
        """Let a parametric operator run the room up to `until`; return the rows written.

        `keys` are macro, micro and the key of the operator's own whims.
        """


class PlainEngine:
    """The engine as plain Python: no dependency, some 100 times slower, readable to anybody."""

    is_compiled = False

    def prepare(self, setting: Setting) -> Any:
        return [setting]

    def vector(self, numbers: Sequence[float]) -> Any:
        return [float(number) for number in numbers]

    def rows(self, rows: Sequence[Row]) -> Any:
        return [[float(number) for number in row] for row in rows]

    def blank_rows(self, count: int) -> Any:
        return [[0.0] * ROW_LENGTH for _ in range(count)]

    def begin(self, setting: Any, macro: int) -> Any:
        rooms = [State()]
        room.begin(rooms, setting, macro)
        return rooms

    def blank_room(self) -> Any:
        return [State()]

    def blank_memory(self) -> Any:
        return [Memory()]

    def load(self, data: bytes) -> Any:
        return [unpack(State, data)]

    def dump(self, rooms: Any) -> bytes:
        return pack(rooms[0])

    def advance(
        self, rooms: Any, setting: Any, keys: tuple[int, int], log: Any, count: int, until: int
    ) -> None:
        room.advance(rooms, setting, *keys, log, count, until)

    def fork(self, rooms: Any, setting: Any, macro: int) -> None:
        room.branch(rooms, setting, macro)

    def summary(self, rooms: Any) -> list[float]:
        out = [0.0] * len(SUMMARY)
        board.summarise(rooms, out)
        return out

    def play(
        self,
        rooms: Any,
        setting: Any,
        memory: Any,
        theta: Any,
        keys: tuple[int, int, int],
        log: Any,
        until: int,
    ) -> int:
        return operators.play(rooms, setting, memory, theta, *keys, log, until)


class CompiledEngine:
    """The same source compiled by Numba; constructing it does not compile yet, its calls do."""

    is_compiled = True

    def __init__(self) -> None:
        import numpy as np

        self._np = np
        copies = zip(_SOURCES, compiled_copies(_SOURCES), strict=True)
        by_name = {module.__name__.split(".")[-1]: copy for module, copy in copies}
        self._board, self._room = by_name["board"], by_name["room"]
        self._operators = by_name["operators"]
        self._types = {table: layout.dtype_of(table) for table in (Setting, State, Memory)}
        for table, record in self._types.items():
            assert record.itemsize == FORMATS[table].size

    def prepare(self, setting: Setting) -> Any:
        return self._np.frombuffer(pack(setting), self._types[Setting]).copy()

    def vector(self, numbers: Sequence[float]) -> Any:
        return self._np.array(numbers, self._np.float64)

    def rows(self, rows: Sequence[Row]) -> Any:
        return self._np.array(rows, self._np.float64).reshape(len(rows), ROW_LENGTH)

    def blank_rows(self, count: int) -> Any:
        return self._np.zeros((count, ROW_LENGTH))

    def begin(self, setting: Any, macro: int) -> Any:
        rooms = self.blank_room()
        self._room.begin(rooms, setting, self._np.uint64(macro))
        return rooms

    def blank_room(self) -> Any:
        return self._np.zeros(1, self._types[State])

    def blank_memory(self) -> Any:
        return self._np.zeros(1, self._types[Memory])

    def load(self, data: bytes) -> Any:
        return self._np.frombuffer(data, self._types[State]).copy()

    def dump(self, rooms: Any) -> bytes:
        return bytes(rooms.tobytes())

    def advance(
        self, rooms: Any, setting: Any, keys: tuple[int, int], log: Any, count: int, until: int
    ) -> None:
        macro, micro = map(self._np.uint64, keys)
        self._room.advance(rooms, setting, macro, micro, log, count, until)

    def fork(self, rooms: Any, setting: Any, macro: int) -> None:
        self._room.branch(rooms, setting, self._np.uint64(macro))

    def summary(self, rooms: Any) -> list[float]:
        out = self._np.zeros(len(SUMMARY))
        self._board.summarise(rooms, out)
        return [float(number) for number in out]

    def play(
        self,
        rooms: Any,
        setting: Any,
        memory: Any,
        theta: Any,
        keys: tuple[int, int, int],
        log: Any,
        until: int,
    ) -> int:
        words = [self._np.uint64(key) for key in keys]
        return int(self._operators.play(rooms, setting, memory, theta, *words, log, until))
