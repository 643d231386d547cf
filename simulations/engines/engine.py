"""One face for both engines: plain Python objects, or compiled code over blocks of memory."""

import ctypes
from array import array
from collections.abc import Sequence
from importlib import import_module
from itertools import chain
from typing import Any, Protocol

from simulations.engines.machine_code import ROW_LENGTH, Verb, opened_door
from simulations.engines.v1.layout import Setting

NEWEST = "simulations.engines.v1"
"""The package of the engine that new rooms run on."""

SOURCES = (
    "arithmetic",
    "refusing",
    "pitching",
    "holding",
    "staging",
    "acting",
    "orders",
    "world",
    "selling",
    "board",
    "starting",
    "room",
    "choosing",
    "tactics",
    "operators",
)
"""Modules of an engine, each after those that it imports; tables and codes stand beside them."""

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


class Sources:
    """The modules of one engine version, by the package that they stand in."""

    def __init__(self, package: str) -> None:
        self.package = package
        self.modules = [import_module(f"{package}.{name}") for name in SOURCES]
        by_name = dict(zip(SOURCES, self.modules, strict=True))
        self.room, self.board = by_name["room"], by_name["board"]
        self.operators = by_name["operators"]
        self.layout = import_module(f"{package}.layout")
        self.totals = len(import_module(f"{package}.codes").SUMMARY)


class PlainEngine:
    """The engine as plain Python: no dependency, some 100 times slower, readable to anybody."""

    is_compiled = False

    def __init__(self, package: str = NEWEST) -> None:
        self._sources = Sources(package)
        self._tables = self._sources.layout

    def prepare(self, setting: Setting) -> Any:
        return [setting]

    def vector(self, numbers: Sequence[float]) -> Any:
        return [float(number) for number in numbers]

    def rows(self, rows: Sequence[Row]) -> Any:
        return [[float(number) for number in row] for row in rows]

    def blank_rows(self, count: int) -> Any:
        return [[0.0] * ROW_LENGTH for _ in range(count)]

    def begin(self, setting: Any, macro: int) -> Any:
        rooms = [self._tables.State()]
        self._sources.room.begin(rooms, setting, macro)
        return rooms

    def blank_room(self) -> Any:
        return [self._tables.State()]

    def blank_memory(self) -> Any:
        return [self._tables.Memory()]

    def load(self, data: bytes) -> Any:
        return [self._tables.unpack(self._tables.State, data)]

    def dump(self, rooms: Any) -> bytes:
        return bytes(self._tables.pack(rooms[0]))

    def advance(
        self, rooms: Any, setting: Any, keys: tuple[int, int], log: Any, count: int, until: int
    ) -> None:
        self._sources.room.advance(rooms, setting, *keys, log, count, until)

    def fork(self, rooms: Any, setting: Any, macro: int) -> None:
        self._sources.room.branch(rooms, setting, macro)

    def summary(self, rooms: Any) -> list[float]:
        out = [0.0] * self._sources.totals
        self._sources.board.summarise(rooms, out)
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
        written = self._sources.operators.play(rooms, setting, memory, theta, *keys, log, until)
        return int(written)


_Row = ctypes.c_double * ROW_LENGTH


class CompiledEngine:
    """The same source as machine code; what it works on are blocks of memory of fixed layout."""

    is_compiled = True

    def __init__(self, package: str = NEWEST) -> None:
        sources = Sources(package)
        self._tables, self._totals = sources.layout, sources.totals
        sizes = self._tables.FORMATS
        self._setting = ctypes.c_char * sizes[self._tables.Setting].size
        self._room = ctypes.c_char * sizes[self._tables.State].size
        self._memory = ctypes.c_char * sizes[self._tables.Memory].size
        self._door = opened_door(package, sources.modules, sources.layout)

    def prepare(self, setting: Setting) -> Any:
        return self._setting.from_buffer_copy(self._tables.pack(setting))

    def vector(self, numbers: Sequence[float]) -> Any:
        return (ctypes.c_double * len(numbers))(*numbers)

    def rows(self, rows: Sequence[Row]) -> Any:
        return (_Row * len(rows)).from_buffer_copy(array("d", chain.from_iterable(rows)))

    def blank_rows(self, count: int) -> Any:
        return (_Row * count)()

    def begin(self, setting: Any, macro: int) -> Any:
        rooms = self.blank_room()
        self._door(Verb.BEGIN, rooms, setting, None, None, 0, None, 0, macro, 0, 0, 0)
        return rooms

    def blank_room(self) -> Any:
        return self._room()

    def blank_memory(self) -> Any:
        return self._memory()

    def load(self, data: bytes) -> Any:
        return self._room.from_buffer_copy(data)

    def dump(self, rooms: Any) -> bytes:
        return bytes(rooms)

    def advance(
        self, rooms: Any, setting: Any, keys: tuple[int, int], log: Any, count: int, until: int
    ) -> None:
        self._door(Verb.ADVANCE, rooms, setting, None, None, 0, log, count, *keys, 0, until)

    def fork(self, rooms: Any, setting: Any, macro: int) -> None:
        self._door(Verb.FORK, rooms, setting, None, None, 0, None, 0, macro, 0, 0, 0)

    def summary(self, rooms: Any) -> list[float]:
        out = (ctypes.c_double * self._totals)()
        self._door(Verb.SUMMARISE, rooms, None, None, out, len(out), None, 0, 0, 0, 0, 0)
        return list(out)

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
        return self._door(
            Verb.PLAY, rooms, setting, memory, theta, len(theta), log, len(log), *keys, until
        )
