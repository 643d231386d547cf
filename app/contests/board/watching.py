"""What a process answers watchers from: the published boards, read at most four times a second.

Thousands ask each second; one statement by the round's id sees whether anything was published,
and only then are the bytes read. So a new score costs the same however many watch, and a watcher
costs the same however many contestants there are.

Watchers give way to contestants: a process answers only so many a second (`MOST_PER_S`) and asks
the others to come again a little later.
"""

from __future__ import annotations

import gzip
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from app.core.drivers import RowReader

FRESH_S = 0.25
"""Within this time a process does not look again whether something was published."""

MOST_PER_S = 6000
"""Answers to watchers in a second of one process; a request costs some 30 µs."""

LATER_S = 3
"""What a watcher who is asked to come later is told to wait, at least."""

BOARDS_KEPT = 64
"""Boards that a process keeps."""

LEAST_GZIP_BYTES = 400

PARTS = ("board", "curves")
"""The parts of a board that anybody may ask for."""

TAGS = "SELECT board_etag, curves_etag FROM contest_board WHERE round_public_id = :round"
BYTES = (
    "SELECT board, board_etag, curves, curves_etag FROM contest_board "
    "WHERE round_public_id = :round"
)


@dataclass(frozen=True, slots=True)
class Part:
    """One part as it is sent.

    Attributes:
        data: JSON.
        packed: The same by gzip, without a time in its header.
        etag: The tag of the data, in quotes.
    """

    data: bytes
    packed: bytes
    etag: str


@dataclass(slots=True)
class _Kept:
    looked_at: float
    tags: tuple[str, str]
    parts: dict[str, Part]


class Watched:
    """The published boards as this process knows them."""

    def __init__(self, rows: RowReader, *, now_s: Callable[[], float] = time.monotonic) -> None:
        self._rows = rows
        self._now_s = now_s
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._second = 0
        self._answered = 0

    def part_or_none(self, round_public_id: str, part: str) -> Part | None:
        """Return a part of a round's board; None if nothing was published of such a round.

        Raises:
            StorageUnavailableError: If the database is away.
        """
        now_s = self._now_s()
        kept = self._kept.get(round_public_id)
        if kept is None or now_s - kept.looked_at >= FRESH_S:
            kept = self._looked(round_public_id, kept, now_s)
        return None if kept is None else kept.parts[part]

    def forget(self) -> None:
        """Drop what is kept: the next watcher's question reads what is published."""
        self._kept.clear()

    def has_room(self) -> bool:
        """Say whether this second has room for one more watcher, and count it."""
        second = int(self._now_s())
        if second != self._second:
            self._second, self._answered = second, 0
        self._answered += 1
        return self._answered <= MOST_PER_S

    def _looked(self, round_public_id: str, kept: _Kept | None, now_s: float) -> _Kept | None:
        values = {"round": round_public_id}
        tags = self._rows.row(TAGS, values)
        if tags is None:
            return None
        if kept is None or kept.tags != tags:
            row = self._rows.row(BYTES, values)
            if row is None:
                return None
            board, board_etag, curves, curves_etag = row
            kept = _Kept(
                now_s,
                (board_etag, curves_etag),
                {
                    "board": _part(bytes(board), board_etag),
                    "curves": _part(bytes(curves), curves_etag),
                },
            )
            self._kept[round_public_id] = kept
            while len(self._kept) > BOARDS_KEPT:
                self._kept.popitem(last=False)
        kept.looked_at = now_s
        return kept


def _part(data: bytes, etag: str) -> Part:
    packed = gzip.compress(data, mtime=0) if len(data) >= LEAST_GZIP_BYTES else b""
    return Part(data, packed, f'"{etag}"')
