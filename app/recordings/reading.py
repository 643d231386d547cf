"""A session's table, from a spreadsheet or CSV file: headings and rows of text.

Whatever a cell holds is text to read, never something to compute: a formula is refused.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import datetime, time

from question_bank.interchange.workbooks import WorkbookError, sheets_of
from simulations.recordings import MOST_MINUTES, RecordingError, RowFault
from simulations.session_exports import Table

MAX_BYTES = 2 * 1024 * 1024
MAX_ROWS = MOST_MINUTES + 40
"""Rows that are looked at: the longest session, and what tools write above and below it."""

MAX_COLUMNS = 60
MAX_CELL = 80
HEADINGS_WITHIN = 10
"""Rows in which the headings are looked for: tools write a title and a date above them."""

DELIMITERS = (",", "\t", ";")
"""What parts the cells of a line: a comma, or what spreadsheets of other countries write."""

SAMPLE_CHARS = 8_000

LEAST_HEADINGS = 4
_WORKBOOK = b"PK\x03\x04"
_OLD_WORKBOOK = b"\xd0\xcf\x11\xe0"


def read_table(data: bytes) -> Table:
    """Return a file's headings and rows.

    Args:
        data: xlsx (its first sheet), or CSV in UTF-8 (with or without a mark) or GB18030, its cells
            parted by commas, tabs or semicolons.

    Raises:
        RecordingError: If it cannot be read, has no headings, or is too long.
    """
    if len(data) > MAX_BYTES:
        raise RecordingError([RowFault("too_large")])
    if not data.strip():
        raise RecordingError([RowFault("empty")])
    if data.startswith(_OLD_WORKBOOK):
        raise RecordingError([RowFault("old_workbook")])
    rows = _workbook_rows(data) if data.startswith(_WORKBOOK) else _text_rows(data)
    headings: tuple[str, ...] | None = None
    kept: list[tuple[int, tuple[str, ...]]] = []
    for row, cells in rows:
        if headings is None:
            if sum(1 for cell in cells if cell) >= LEAST_HEADINGS:
                last = max(place for place, cell in enumerate(cells) if cell)
                headings = cells[: last + 1]
            elif row >= HEADINGS_WITHIN:
                break
        elif any(cells):
            if len(kept) == MAX_ROWS:
                raise RecordingError([RowFault("too_many_minutes", row, found=str(MAX_ROWS))])
            kept.append((row, cells[: len(headings)]))
    if headings is None:
        raise RecordingError([RowFault("no_headings")])
    named = [one for one in headings if one]
    if len(set(named)) < len(named):
        twice = next(one for one in named if named.count(one) > 1)
        raise RecordingError([RowFault("heading_twice", found=twice)])
    if not kept:
        raise RecordingError([RowFault("no_rows")])
    return Table(headings, tuple(kept))


def _text_rows(data: bytes) -> Iterator[tuple[int, tuple[str, ...]]]:
    text = _decoded(data)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    row = 0
    try:
        for row, cells in enumerate(reader, 1):
            yield row, tuple(cell.strip()[:MAX_CELL] for cell in cells[:MAX_COLUMNS])
    except csv.Error as error:
        raise RecordingError([RowFault("bad_quotes", row + 1)]) from error


def _delimiter(text: str) -> str:
    """Return what parts the cells: the sign that stands most often in the first lines."""
    first = "\n".join(text[:SAMPLE_CHARS].splitlines()[:HEADINGS_WITHIN])
    return max(DELIMITERS, key=first.count)


def _decoded(data: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:  # no text has a zero byte; UTF-16 is full of them
            return text
    raise RecordingError([RowFault("not_text")])


def _workbook_rows(data: bytes) -> Iterator[tuple[int, tuple[str, ...]]]:
    try:
        sheets = sheets_of(data, most_columns=MAX_COLUMNS, most_rows=MAX_ROWS + HEADINGS_WITHIN + 2)
    except WorkbookError as error:
        raise RecordingError([RowFault("bad_workbook")]) from error
    for row, cells in enumerate(sheets[0].rows if sheets else (), 1):
        if any(cell.is_formula for cell in cells):
            raise RecordingError([RowFault("formula", row)])
        yield row, tuple(_text(cell.value) for cell in cells)


def _text(value: object) -> str:
    """Return a cell as text; clock times without seconds of a day that the tool made up."""
    if value is None:
        return ""
    if isinstance(value, datetime | time):
        return value.strftime("%H:%M")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()[:MAX_CELL]
