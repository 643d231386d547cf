"""A list to check, from a spreadsheet or CSV file: pairs of number and name, or what is wrong.

Whatever a cell holds is text to look up, never something to compute: a formula is refused.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.core.names import clean_name
from question_bank.interchange.workbooks import WorkbookError, sheets_of

MAX_BYTES = 5 * 1024 * 1024
MAX_ROWS = 5_000
"""Data rows of one list; the credential design's limit (credentials.md 3.6)."""

MAX_COLUMNS = 50
MAX_CELL = 120
"""Characters of a cell that are kept: a number has 20, a name at most 60."""

NUMBER_HEADINGS = frozenset({"证书编号", "编号", "证书号", "number", "certificatenumber"})
NAME_HEADINGS = frozenset({"姓名", "持证人", "持证人姓名", "name", "holder"})

_WORKBOOK = b"PK\x03\x04"
_OLD_WORKBOOK = b"\xd0\xcf\x11\xe0"
_ESCAPED = re.compile(r"'[=+\-@\t\r]")


class ListErrorCode(StrEnum):
    """Why a file cannot be checked; the words are in `labels.py`."""

    TOO_LARGE = "too_large"
    EMPTY = "empty"
    NOT_TEXT = "not_text"
    OLD_WORKBOOK = "old_workbook"
    BAD_WORKBOOK = "bad_workbook"
    BAD_QUOTES = "bad_quotes"
    NO_HEADINGS = "no_headings"
    DOUBLE_HEADING = "double_heading"
    NO_ROWS = "no_rows"
    TOO_MANY_ROWS = "too_many_rows"
    FORMULA = "formula"


class ListError(Exception):
    """Raised when a file is refused as a whole.

    Attributes:
        code: What is wrong.
        row: The row in the file, counted from 1; 0 if it is about all of it.
    """

    def __init__(self, code: ListErrorCode, row: int = 0) -> None:
        super().__init__(f"{code} in row {row}")
        self.code = code
        self.row = row


@dataclass(frozen=True, slots=True)
class TypedPair:
    """What one row says, as it was typed.

    Attributes:
        row: The row in the file, counted from 1 with the heading.
        number, name: Cut to `MAX_CELL` characters.
    """

    row: int
    number: str
    name: str


def read_list(data: bytes) -> list[TypedPair]:
    """Return the pairs of a file in its order; empty rows are left out.

    Args:
        data: xlsx (its first sheet), or CSV in UTF-8 (with or without a mark) or GB18030.

    Raises:
        ListError: If it cannot be read, has no columns 证书编号 and 姓名, or is too long.
    """
    if len(data) > MAX_BYTES:
        raise ListError(ListErrorCode.TOO_LARGE)
    if not data.strip():
        raise ListError(ListErrorCode.EMPTY)
    if data.startswith(_OLD_WORKBOOK):
        raise ListError(ListErrorCode.OLD_WORKBOOK)
    rows = _workbook_rows(data) if data.startswith(_WORKBOOK) else _text_rows(data)
    return _pairs(rows)


def _pairs(rows: Iterable[tuple[int, Sequence[str]]]) -> list[TypedPair]:
    pairs: list[TypedPair] = []
    columns: tuple[int, int] | None = None
    for row, cells in rows:
        if not any(cells):
            continue
        if columns is None:
            columns = _columns(row, cells)
            continue
        if len(pairs) == MAX_ROWS:
            raise ListError(ListErrorCode.TOO_MANY_ROWS, row)
        number, name = (_cell(cells, column) for column in columns)
        if number or name:
            pairs.append(TypedPair(row, number, name))
    if columns is None or not pairs:
        raise ListError(ListErrorCode.NO_ROWS)
    return pairs


def _columns(row: int, cells: Sequence[str]) -> tuple[int, int]:
    names = [re.sub(r"[\s*（(].*", "", cell).lower() for cell in cells]
    found = []
    for wanted in (NUMBER_HEADINGS, NAME_HEADINGS):
        places = [place for place, name in enumerate(names) if name in wanted]
        if not places:
            raise ListError(ListErrorCode.NO_HEADINGS, row)
        if len(places) > 1:
            raise ListError(ListErrorCode.DOUBLE_HEADING, row)
        found.append(places[0])
    return found[0], found[1]


def _cell(cells: Sequence[str], column: int) -> str:
    return cells[column] if column < len(cells) else ""


def _text_rows(data: bytes) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(_decoded(data), newline=""), strict=True)
    row = 0
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise ListError(ListErrorCode.BAD_QUOTES, row + 1) from error
        row += 1
        yield row, [_plain(cell) for cell in cells[:MAX_COLUMNS]]


def _decoded(data: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text:  # no text has a zero byte; UTF-16 is full of them
            break
        return text
    raise ListError(ListErrorCode.NOT_TEXT)


def _workbook_rows(data: bytes) -> Iterator[tuple[int, list[str]]]:
    try:
        sheets = sheets_of(data, most_columns=MAX_COLUMNS, most_empty_rows=MAX_ROWS)
    except WorkbookError as error:
        raise ListError(ListErrorCode.BAD_WORKBOOK) from error
    for row, cells in enumerate(sheets[0].rows if sheets else (), 1):
        if any(cell.is_formula for cell in cells):
            raise ListError(ListErrorCode.FORMULA, row)
        yield row, [_plain(_text(cell.value)) for cell in cells]


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _plain(cell: str) -> str:
    """Return a cell without the apostrophe that keeps it text, and without hidden characters."""
    stripped = cell.strip()
    if _ESCAPED.match(stripped):
        stripped = stripped[1:]
    return clean_name(stripped[: 4 * MAX_CELL])[:MAX_CELL]
