"""Monthly indicators from a CSV file or workbook: all of it, or everything that is wrong with it.

The file has one row for each provider and month, with the columns 服务商编号, 月份 and one for each
module. A number that could be read in two ways is refused, not guessed at: money and standing
rest on it. An empty cell (or —) says that the figure is not there yet.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from app.providers.errors import ReadingError
from app.providers.quantities import QuantityError, parse_quantity, plain_text
from app.providers.schemes import Figure, Module, Scheme, to_e4
from app.providers.tables import Record, TableError, table_records

PROVIDER_COLUMN = "服务商编号"
MONTH_COLUMN = "月份"

MAX_BYTES = 4 * 1024 * 1024
"""Room for `MAX_ROWS` rows of ordinary length."""

MAX_ROWS = 20_000
"""Twice the month of 10,000 providers."""

GIVEN_CHARS = 40
"""How much of a refused cell is repeated in its error."""

EMPTY_CELLS = frozenset({"", "—", "——"})

_PROVIDER_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,31}")
_MONTH = re.compile(
    r"(?P<year>20[0-9]{2})(?:[-/.年](?P<month>[0-9]{1,2})月?|(?P<packed>[0-9]{2}))(?:[-/.]0?1|1日)?"
)


class CellErrorCode(StrEnum):
    """What is wrong; the words for it are in `labels.py`."""

    FILE_TOO_LARGE = "file_too_large"
    OLD_WORKBOOK = "old_workbook"
    BAD_WORKBOOK = "bad_workbook"
    FORMULA = "formula"
    NOT_TEXT = "not_text"
    NO_ROWS = "no_rows"
    TOO_MANY_ROWS = "too_many_rows"
    BAD_QUOTES = "bad_quotes"
    NOT_COMMAS = "not_commas"
    UNKNOWN_COLUMN = "unknown_column"
    DUPLICATE_COLUMN = "duplicate_column"
    MISSING_COLUMN = "missing_column"
    CELL_COUNT = "cell_count"
    BAD_PROVIDER = "bad_provider"
    UNKNOWN_PROVIDER = "unknown_provider"
    BAD_MONTH = "bad_month"
    FUTURE_MONTH = "future_month"
    DUPLICATE_ROW = "duplicate_row"
    NO_VALUE = "no_value"
    NOT_A_NUMBER = "not_a_number"
    UNIT_NEEDED = "unit_needed"
    WRONG_UNIT = "wrong_unit"
    TOO_PRECISE = "too_precise"
    OUT_OF_RANGE = "out_of_range"
    ESTIMATED = "estimated"


class BadValueError(ValueError):
    """Raised when a text is no value of its column.

    Attributes:
        code: What is wrong; `detail` as in `CellError`.
    """

    def __init__(self, code: CellErrorCode, detail: str = "") -> None:
        super().__init__(f"{code} {detail}")
        self.code = code
        self.detail = detail


@dataclass(frozen=True, slots=True)
class CellError:
    """One thing that is wrong with a file.

    Attributes:
        line: Line of the file as an editor counts it, from 1; for a record that spans lines its
            first one; 0 for the file as a whole.
        column: The column's header; empty if the error is not one of a column.
        code: What is wrong.
        given: The cell as it stands in the file, shortened.
        detail: What the message needs: the limits `0–100`, the number of decimals, the line of
            the first of two equal rows, the number of cells expected.
    """

    line: int
    column: str
    code: CellErrorCode
    given: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class IndicatorRow:
    """The indicators of one provider for one month.

    Attributes:
        line: Where it stands in the file.
        provider_code: As written.
        month: First day of the month.
        values: By module id, in the module's unit; a figure that is not there yet has no entry.
    """

    line: int
    provider_code: str
    month: date
    values: dict[str, Decimal]


@dataclass(frozen=True, slots=True)
class IndicatorFile:
    """What a file holds: `rows` if nothing is wrong with it, otherwise only `errors`."""

    rows: tuple[IndicatorRow, ...]
    errors: tuple[CellError, ...]


@dataclass(frozen=True, slots=True)
class _Columns:
    """Where the header puts what; `cell_count` is what every row must have."""

    provider: int
    month: int
    modules: dict[int, Module | Figure]
    cell_count: int


def parse_indicators(
    data: bytes,
    scheme: Scheme,
    *,
    last_month: date,
    provider_codes: Collection[str] | None = None,
) -> IndicatorFile:
    """Read an indicator file; never a part of it.

    Args:
        data: The file: an xlsx (its first sheet), or text with commas: UTF-8, with or without a
            byte order mark, or GB18030 (which covers GBK, what Chinese Excel writes); at most
            `MAX_BYTES` and `MAX_ROWS`.
        scheme: The version whose modules the columns are; values are checked against their ends.
        last_month: First day of the latest month that may be reported.
        provider_codes: The providers that exist; None checks only how a code is written.

    Returns:
        The rows in the file's order, or every error found, in the order of lines. After an error
        that makes the rest unreadable (no text, no such columns, broken quotes) only those up to
        it.
    """
    if len(data) > MAX_BYTES:
        error = CellError(0, "", CellErrorCode.FILE_TOO_LARGE, detail=str(MAX_BYTES))
        return IndicatorFile((), (error,))
    return _FileReader(scheme, last_month, provider_codes).read(data)


def template_csv(scheme: Scheme, expected: Sequence[tuple[str, date]] = ()) -> bytes:
    """Return a file to fill in: the header, and a row of empty cells for each expected report.

    UTF-8 with a byte order mark, without which Excel takes it for GBK. The month is written
    2026年10月: unlike 2026-10, a spreadsheet shows and saves it as it was.

    Args:
        scheme: The version whose modules are the columns.
        expected: Provider code and first day of the month, row by row.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    modules = scheme.columns
    writer.writerow([PROVIDER_COLUMN, MONTH_COLUMN, *(module.csv_column for module in modules)])
    for provider_code, month in expected:
        writer.writerow([provider_code, f"{month.year}年{month.month}月", *[""] * len(modules)])
    return out.getvalue().encode("utf-8-sig")


class _FileReader:
    """One reading of one file: collects rows and errors."""

    def __init__(
        self, scheme: Scheme, last_month: date, provider_codes: Collection[str] | None
    ) -> None:
        self._scheme = scheme
        self._last_month = last_month
        self._provider_codes = None if provider_codes is None else frozenset(provider_codes)
        self._rows: list[IndicatorRow] = []
        self._errors: list[CellError] = []
        self._line_of: dict[tuple[str, date], int] = {}

    def read(self, data: bytes) -> IndicatorFile:
        try:
            self._read_records(table_records(data))
        except TableError as error:
            self._refuse(error.row, "", CellErrorCode(error.code))
        return IndicatorFile(() if self._errors else tuple(self._rows), tuple(self._errors))

    def _read_records(self, records: Iterator[Record]) -> None:
        header_line, header = next(records, (0, []))
        columns = self._columns(header_line, header) if header else None
        if header and columns is None:
            return
        count = 0
        for line, cells in records:
            count += 1
            if count > MAX_ROWS:
                self._refuse(line, "", CellErrorCode.TOO_MANY_ROWS, detail=str(MAX_ROWS))
                return
            if columns is not None:
                self._read_row(line, cells, columns)
        if count == 0:
            self._refuse(0, "", CellErrorCode.NO_ROWS)

    def _columns(self, line: int, header: list[str]) -> _Columns | None:
        """Return where the columns are; None if rows cannot be told apart without the missing."""
        names = [plain_text(name) for name in header]
        if len(names) == 1:
            self._refuse(line, "", CellErrorCode.NOT_COMMAS, names[0])
            return None
        modules = {plain_text(module.csv_column): module for module in self._scheme.columns}
        wanted = (PROVIDER_COLUMN, MONTH_COLUMN, *modules)
        at: dict[str, int] = {}
        # Spreadsheets pad short tables: nameless columns at the end are no columns.
        named = max((index + 1 for index, name in enumerate(names) if name), default=0)
        for index, name in enumerate(names[:named]):
            if name not in wanted:
                self._refuse(line, name, CellErrorCode.UNKNOWN_COLUMN, name, str(index + 1))
            elif name in at:
                self._refuse(line, name, CellErrorCode.DUPLICATE_COLUMN, name)
            else:
                at[name] = index
        for name in wanted:
            if name not in at:
                self._refuse(line, name, CellErrorCode.MISSING_COLUMN)
        if PROVIDER_COLUMN not in at or MONTH_COLUMN not in at:
            return None
        return _Columns(
            provider=at[PROVIDER_COLUMN],
            month=at[MONTH_COLUMN],
            modules={at[name]: module for name, module in modules.items() if name in at},
            cell_count=len(header),
        )

    def _read_row(self, line: int, cells: list[str], columns: _Columns) -> None:
        # An unquoted 1,234 is two cells: nothing to the right of it is where it should be.
        if len(cells) != columns.cell_count:
            self._refuse(
                line, "", CellErrorCode.CELL_COUNT, str(len(cells)), str(columns.cell_count)
            )
            return
        error_count = len(self._errors)
        code = self._provider(line, plain_text(cells[columns.provider]))
        month = self._month(line, plain_text(cells[columns.month]))
        values = self._values(line, cells, columns)
        if code and month and (first_line := self._line_of.setdefault((code, month), line)) != line:
            self._refuse(line, PROVIDER_COLUMN, CellErrorCode.DUPLICATE_ROW, code, str(first_line))
        if code and month and len(self._errors) == error_count:
            self._rows.append(IndicatorRow(line, code, month, values))

    def _provider(self, line: int, text: str) -> str | None:
        if not _PROVIDER_CODE.fullmatch(text):
            self._refuse(line, PROVIDER_COLUMN, CellErrorCode.BAD_PROVIDER, text)
            return None
        if self._provider_codes is not None and text not in self._provider_codes:
            self._refuse(line, PROVIDER_COLUMN, CellErrorCode.UNKNOWN_PROVIDER, text)
        return text

    def _month(self, line: int, text: str) -> date | None:
        match = _MONTH.fullmatch(text)
        month = int(match["month"] or match["packed"]) if match else 0
        if match is None or not 1 <= month <= 12:
            self._refuse(line, MONTH_COLUMN, CellErrorCode.BAD_MONTH, text)
            return None
        first_day = date(int(match["year"]), month, 1)
        if first_day > self._last_month:
            limit = f"{self._last_month:%Y-%m}"
            self._refuse(line, MONTH_COLUMN, CellErrorCode.FUTURE_MONTH, text, limit)
        return first_day

    def _values(self, line: int, cells: list[str], columns: _Columns) -> dict[str, Decimal]:
        values: dict[str, Decimal] = {}
        has_cells = False
        for index, module in columns.modules.items():
            text = plain_text(cells[index])
            if text in EMPTY_CELLS:
                continue
            has_cells = True
            value = self._value(line, text, module)
            if value is not None:
                values[module.id] = value
        if columns.modules and not has_cells:
            self._refuse(line, "", CellErrorCode.NO_VALUE)
        return values

    def _value(self, line: int, text: str, module: Module | Figure) -> Decimal | None:
        try:
            return parse_value(text, module)
        except BadValueError as error:
            self._refuse(line, module.csv_column, error.code, text, error.detail)
            return None

    def _refuse(
        self, line: int, column: str, code: CellErrorCode, given: str = "", detail: str = ""
    ) -> None:
        self._errors.append(CellError(line, column, code, given[:GIVEN_CHARS], detail))


def parse_value(text: str, column: Module | Figure) -> Decimal:
    """Return the value of one cell, in its column's unit, exactly.

    Args:
        text: The cell, as `plain_text` leaves it.
        column: What it is a value of.

    Raises:
        BadValueError: If it is no number of the unit, beyond the column's limits, or too fine.
    """
    try:
        value = parse_quantity(text, column.unit)
    except QuantityError as error:
        raise BadValueError(CellErrorCode(error.code)) from error
    if not column.least <= value <= column.most:
        raise BadValueError(CellErrorCode.OUT_OF_RANGE, f"{column.least}–{column.most}")
    if not _fits_step(value, column):
        raise BadValueError(CellErrorCode.TOO_PRECISE, str(column.decimals))
    return value


def _fits_step(value: Decimal, module: Module | Figure) -> bool:
    try:
        return to_e4(value) % module.step_e4 == 0
    except ReadingError:
        return False
