"""A real session, minute by minute, as a tool of the trade exports it.

Nothing of it names a person: counts, money, the product in front of the camera. What a room of the
simulator would need beyond that (costs, returns, stocks, benefits) no export holds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

from simulations.errors import RoomError

LEAST_MINUTES = 30
MOST_MINUTES = 480
MOST_PRODUCTS = 12
"""As many as a scenario's tray holds."""

ONLINE_SLACK = 1.1
"""Tools count a minute's viewers and visitors at different seconds."""

MOST_FAULTS = 50
"""Faults that are told at once; a file with the wrong columns has one in every row."""


@dataclass(frozen=True, slots=True)
class RowFault:
    """What is wrong in a file, and where.

    Attributes:
        code: What is wrong; the words are the page's.
        row: The row in the file, counted from 1 with the heading; 0 if it is about all of it.
        field: The field of `FIELDS`, or empty.
        found: What stands there, cut short.
    """

    code: str
    row: int = 0
    field: str = ""
    found: str = ""


class RecordingError(RoomError):
    """Raised when rows are no usable session; `faults` lists what is wrong, first rows first."""

    def __init__(self, faults: Sequence[RowFault]) -> None:
        super().__init__("; ".join(f"{one.code} in row {one.row}" for one in faults))
        self.faults = list(faults)


@dataclass(frozen=True, slots=True)
class Minute:
    """One minute: viewers at its end, visitors, sales and spend within it, money in fen."""

    online: int
    fans: int
    public: int
    paid: int
    gmv_fen: int
    product: str
    price_fen: int
    spend_fen: int
    event: str = ""


@dataclass(frozen=True, slots=True)
class Recording:
    """A session from its first minute to its last, without gaps."""

    minutes: tuple[Minute, ...]

    @property
    def products(self) -> list[str]:
        """Return the names of what was presented, in the order of first presentation."""
        return list(dict.fromkeys(one.product for one in self.minutes))

    @property
    def entries(self) -> int:
        """Return all visitors of the session."""
        return sum(one.fans + one.public + one.paid for one in self.minutes)

    @property
    def gmv_fen(self) -> int:
        """Return the session's GMV in fen."""
        return sum(one.gmv_fen for one in self.minutes)

    def to_data(self) -> list[dict[str, Any]]:
        """Return JSON-able data; `recording_from` is the inverse."""
        return [asdict(one) for one in self.minutes]


def recording_from(data: Sequence[Mapping[str, Any]]) -> Recording:
    """Return the recording that `Recording.to_data` wrote."""
    return Recording(tuple(Minute(**one) for one in data))


def checked(minutes: Sequence[Minute], rows: Sequence[int]) -> Recording:
    """Return the recording of these minutes.

    Args:
        minutes: In their order.
        rows: The file's row of each, for messages.

    Raises:
        RecordingError: If it is too short or too long, nobody came, nothing was sold, nothing was
            presented, there are too many products, or something was sold without a price.
    """
    faults: list[RowFault] = []
    count = len(minutes)
    if count < LEAST_MINUTES:
        faults.append(RowFault("too_few_minutes", found=str(count)))
    if count > MOST_MINUTES:
        faults.append(RowFault("too_many_minutes", found=str(count)))
    recording = Recording(tuple(minutes))
    if not any(one.product for one in minutes):
        faults.append(RowFault("no_product", field="product"))
    elif len(recording.products) > MOST_PRODUCTS:
        faults.append(
            RowFault("too_many_products", field="product", found=str(len(recording.products)))
        )
    if recording.entries == 0:
        faults.append(RowFault("no_entries", field="public"))
    if recording.gmv_fen == 0:
        faults.append(RowFault("no_gmv", field="gmv"))
    for row, one in zip(rows, minutes, strict=True):
        if one.gmv_fen > 0 and one.price_fen == 0:
            faults.append(RowFault("no_price", row, "price"))
    # More viewers than were there and came is a column mixed up, not a session.
    for row, (before, one) in zip(rows[1:], pairwise(minutes), strict=False):
        came = one.fans + one.public + one.paid
        if one.online > ONLINE_SLACK * (before.online + came) + 5:
            faults.append(RowFault("online_from_nowhere", row, "online", str(one.online)))
    if faults:
        raise RecordingError(faults[:MOST_FAULTS])
    return recording
