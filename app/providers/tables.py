"""Rows of an uploaded table, CSV or workbook, as text with the row that an editor shows.

Whatever a cell holds is text to be read, never something to compute: a formula is refused.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal

from app.providers.quantities import plain_text
from question_bank.interchange.workbooks import WorkbookError, sheets_of

MAX_COLUMNS = 60
MAX_EMPTY_ROWS = 1_000
"""After so many empty rows a sheet is over: some have a million formatted ones."""

WORKBOOK = b"PK\x03\x04"
OLD_WORKBOOK = b"\xd0\xcf\x11\xe0"

Record = tuple[int, list[str]]
"""Row of the file as an editor counts it, from 1, and the cells."""


class TableError(Exception):
    """Raised when a file cannot be read on.

    Attributes:
        code: `not_text`, `old_workbook`, `bad_workbook`, `bad_quotes` or `formula`.
        row: Where; 0 for the file as a whole.
    """

    def __init__(self, code: str, row: int = 0) -> None:
        super().__init__(f"{code} in row {row}")
        self.code = code
        self.row = row


def table_records(data: bytes) -> Iterator[Record]:
    """Yield the rows of a file, blank ones left out.

    Args:
        data: CSV in UTF-8 (with or without a mark) or GB18030, or the first sheet of an xlsx.

    Raises:
        TableError: When the rest cannot be read.
    """
    if data.startswith(OLD_WORKBOOK):
        raise TableError("old_workbook")
    records = _sheet_records(data) if data.startswith(WORKBOOK) else _text_records(decoded(data))
    for row, cells in records:
        if any(plain_text(cell) for cell in cells):
            yield row, cells


def decoded(data: bytes) -> str:
    """Return a file's text.

    Raises:
        TableError: If it is neither UTF-8 nor GB18030.
    """
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text:  # no text has a zero byte; UTF-16 is full of them
            break
        return text
    raise TableError("not_text")


def _text_records(text: str) -> Iterator[Record]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    while True:
        row = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise TableError("bad_quotes", row) from error
        yield row, cells


def _sheet_records(data: bytes) -> Iterator[Record]:
    try:
        sheets = sheets_of(data, most_columns=MAX_COLUMNS, most_empty_rows=MAX_EMPTY_ROWS)
    except WorkbookError as error:
        raise TableError("bad_workbook") from error
    width = 0
    for row, cells in enumerate(sheets[0].rows if sheets else (), 1):
        if any(cell.is_formula for cell in cells):
            raise TableError("formula", row)
        try:
            texts = [_cell_text(cell.value, cell.number_format) for cell in cells]
        except (ValueError, ArithmeticError) as error:
            raise TableError("bad_workbook") from error
        while texts and not texts[-1] and len(texts) > width:
            texts.pop()
        # A sheet leaves out empty cells at a row's end; every row is as wide as the heading.
        width = width or len(texts)
        yield row, texts + [""] * (width - len(texts))


def _cell_text(value: object, number_format: str) -> str:
    """Return a cell as it is shown: a rate with its sign, a month or a moment as it is written."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        midnight = value.hour == value.minute == value.second == 0
        return f"{value:%Y-%m-%d}" if midnight else f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return f"{value:%Y-%m-%d}"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    number = Decimal(repr(value))
    if "%" in number_format:
        # 31.4% is kept as 0.314, and a float's tail is not the author's.
        return f"{round(number * 100, 6).normalize():f}%"
    return f"{number.normalize():f}"
