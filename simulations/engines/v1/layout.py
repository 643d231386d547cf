"""The numbers a room is made of: one declaration serves plain Python, Numba and snapshots.

Each table is a class of 8-byte fields. As a plain object its arrays are lists; `dtype_of` gives
the NumPy record with the same names, `pack` and `unpack` the same bytes. The engine's code reads
`state.heat` either way.
"""

import struct
from typing import TYPE_CHECKING, Any, TypeVar

from simulations.engines.v1.setting import Setting
from simulations.engines.v1.shapes import (
    CHOICES,
    CLASSES,
    COLUMNS,
    GOALS,
    HOSTS,
    INCIDENTS,
    LEVERS,
    MARKS,
    MINUTES,
    NEVER,
    ORDERS,
    PACES,
    PRODUCTS,
    TALK,
    TRUSTS,
    Table,
    fields_of,
)
from simulations.engines.v1.state import Memory, State

if TYPE_CHECKING:
    import numpy as np

__all__ = [
    "CHOICES",
    "CLASSES",
    "COLUMNS",
    "FORMATS",
    "GOALS",
    "HOSTS",
    "INCIDENTS",
    "LEVERS",
    "MARKS",
    "MINUTES",
    "NEVER",
    "ORDERS",
    "PACES",
    "PRODUCTS",
    "TALK",
    "TRUSTS",
    "Memory",
    "Setting",
    "State",
    "Table",
    "dtype_of",
    "fields_of",
    "pack",
    "unpack",
]

T = TypeVar("T", bound=Table)


def dtype_of(table: type[Table]) -> "np.dtype[Any]":
    """Return the NumPy record type of a table; all fields are 8 bytes, so there is no padding."""
    import numpy as np

    return np.dtype(
        [
            (name, kind, (length,)) if length else (name, kind)
            for name, kind, length in fields_of(table)
        ]
    )


def _format(table: type[Table]) -> struct.Struct:
    letters = {"i8": "q", "f8": "d"}
    return struct.Struct(
        "<" + "".join(f"{length or 1}{letters[kind]}" for _, kind, length in fields_of(table))
    )


FORMATS: dict[type[Table], struct.Struct] = {
    table: _format(table) for table in (Setting, State, Memory)
}
_FIELDS = {table: tuple(fields_of(table)) for table in FORMATS}


def pack(record: Table) -> bytes:
    """Return the record's bytes, little-endian, in the order of its fields."""
    numbers: list[float] = []
    for name, _, length in _FIELDS[type(record)]:
        value = getattr(record, name)
        if length:
            numbers.extend(value)
        else:
            numbers.append(value)
    return FORMATS[type(record)].pack(*numbers)


def unpack(table: type[T], data: bytes) -> T:
    """Return the record that `pack` made these bytes of."""
    numbers = FORMATS[table].unpack(data)
    record = table.__new__(table)
    position = 0
    for name, _, length in _FIELDS[table]:
        if length:
            setattr(record, name, list(numbers[position : position + length]))
            position += length
        else:
            setattr(record, name, numbers[position])
            position += 1
    return record
