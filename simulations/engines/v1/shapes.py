"""Sizes and number types of the engine's tables.

Times are ticks, durations too; `NEVER` is a tick no session reaches. Money is fen in floats that
hold integers in a lived room and flows in the fluid twin. Tables of two dimensions are flat, row
after row: product x class, incident x choice, host x product, minute x column.
"""

from collections.abc import Iterator
from typing import Annotated, get_args, get_origin, get_type_hints

PRODUCTS = 12
"""Most products a room can have; a scenario says how many there are."""

CLASSES = 3
"""Viewer classes, which are channels too: 0 fans (私域), 1 public feed (公域), 2 paid (投流)."""

INCIDENTS = 8
CHOICES = 4
LEVERS = 8
HOSTS = 3
PACES = 3
TRUSTS = 4
GOALS = 4
ORDERS = 8
"""Orders to the crew that are kept: open ones and the latest read-backs."""

MINUTES = 480
"""Longest session, in minutes."""

MARKS = 11
"""Minutes whose cumulative figures the cockpit remembers: the last one and the ten before."""

COLUMNS = 40
"""Figures of a mark: 16 of the room, then clicks and units sold of each product."""

TALK = 8
"""Comments that the cockpit shows."""

NEVER = 1 << 40

Whole = Annotated[int, 0]
Real = Annotated[float, 0]
PerProduct = Annotated[list[float], PRODUCTS]
PerProductTick = Annotated[list[int], PRODUCTS]
PerClass = Annotated[list[float], CLASSES]
PerProductClass = Annotated[list[float], PRODUCTS * CLASSES]
PerIncident = Annotated[list[float], INCIDENTS]
PerIncidentTick = Annotated[list[int], INCIDENTS]
PerChoice = Annotated[list[float], INCIDENTS * CHOICES]
PerChoiceTick = Annotated[list[int], INCIDENTS * CHOICES]
PerWarningChoice = Annotated[list[float], CHOICES]
PerWarningChoiceTick = Annotated[list[int], CHOICES]
PerLever = Annotated[list[float], LEVERS]
PerMinute = Annotated[list[float], MINUTES]
PerHost = Annotated[list[float], HOSTS]
PerHostPace = Annotated[list[float], HOSTS * PACES]
PerHostProduct = Annotated[list[float], HOSTS * PRODUCTS]
PerTrust = Annotated[list[float], TRUSTS]
PerGoal = Annotated[list[float], GOALS]
PerRoleTick = Annotated[list[int], 3]
PerOrder = Annotated[list[float], ORDERS]
PerOrderTick = Annotated[list[int], ORDERS]
Marks = Annotated[list[float], MARKS * COLUMNS]
Talk = Annotated[list[int], TALK]


class Table:
    """A record of 8-byte numbers, all zero at first."""

    def __init__(self) -> None:
        for name, kind, length in fields_of(type(self)):
            zero = 0 if kind == "i8" else 0.0
            setattr(self, name, [zero] * length if length else zero)


def fields_of(table: type[Table]) -> Iterator[tuple[str, str, int]]:
    """Yield name, `i8` or `f8`, and length (0 for a single number) of each field, in order."""
    for name, hint in get_type_hints(table, include_extras=True).items():
        kind, length = get_args(hint)
        inner = get_args(kind)[0] if get_origin(kind) is list else kind
        yield name, "i8" if inner is int else "f8", length
