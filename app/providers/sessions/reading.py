"""Session results from a table: all of it, or the list of everything that is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from app.core.clock import BEIJING
from app.providers.quantities import QuantityError, parse_quantity, plain_text
from app.providers.schemes import Unit
from app.providers.tables import Record, TableError, table_records
from app.providers.trade import Category

MAX_BYTES = 8 * 1024 * 1024
MAX_ROWS = 50_000
"""A month of some 1,600 merchants with a session a day."""

GIVEN_CHARS = 40
MOST_MINUTES = 24 * 60
MOST_FEN = 10**13
"""A hundred billion yuan: more is a slip of the unit."""

SESSION, MERCHANT, GOODS, STARTED, LENGTH, NET_GMV, PROVIDER, CERTIFICATE = COLUMNS = (
    "场次编号",
    "商家编号",
    "类目",
    "开播时间",
    "时长分钟",
    "净成交额",
    "服务商编号",
    "操盘证书编号",
)
NEEDED = COLUMNS[:6]
"""Without the last two nobody helped with the session."""

_REF = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")
_STARTED = re.compile(
    r"(20\d\d)[-/.年](\d{1,2})[-/.月](\d{1,2})日?[ T](\d{1,2}):(\d{2})(?::\d{2})?"
)


class SessionErrorCode(StrEnum):
    """What is wrong; the words are in `labels.py`."""

    FILE_TOO_LARGE = "file_too_large"
    NOT_TEXT = "not_text"
    OLD_WORKBOOK = "old_workbook"
    BAD_WORKBOOK = "bad_workbook"
    BAD_QUOTES = "bad_quotes"
    FORMULA = "formula"
    NO_ROWS = "no_rows"
    TOO_MANY_ROWS = "too_many_rows"
    UNKNOWN_COLUMN = "unknown_column"
    DUPLICATE_COLUMN = "duplicate_column"
    MISSING_COLUMN = "missing_column"
    CELL_COUNT = "cell_count"
    BAD_REF = "bad_ref"
    DUPLICATE_ROW = "duplicate_row"
    UNKNOWN_CATEGORY = "unknown_category"
    BAD_MOMENT = "bad_moment"
    FUTURE = "future"
    BAD_LENGTH = "bad_length"
    BAD_AMOUNT = "bad_amount"
    UNKNOWN_PROVIDER = "unknown_provider"
    PROVIDER_NEEDED = "provider_needed"
    UNKNOWN_CERTIFICATE = "unknown_certificate"
    NOT_EMPLOYED = "not_employed"


@dataclass(frozen=True, slots=True)
class RowError:
    """One thing that is wrong.

    Attributes:
        row: Of the file, as an editor counts it; 0 for the file as a whole.
        column: The heading; empty if it is not about one.
        code: What is wrong.
        given: The cell, shortened.
        detail: What the words need: another row, a limit.
    """

    row: int
    column: str
    code: SessionErrorCode
    given: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class SessionRow:
    """One session as the file tells it.

    Attributes:
        certificate: Number of the operator's certificate as written; empty if none is named.
    """

    row: int
    session_ref: str
    merchant_ref: str
    category: Category
    started_at: datetime
    minutes: int
    net_gmv_fen: int
    provider_code: str
    certificate: str


@dataclass(frozen=True, slots=True)
class SessionFile:
    """What a file holds: `rows` if nothing is wrong with it, otherwise only `errors`."""

    rows: tuple[SessionRow, ...]
    errors: tuple[RowError, ...]


def read_sessions(
    data: bytes,
    *,
    now: datetime,
    provider_codes: Collection[str],
    categories: Mapping[str, Category],
) -> SessionFile:
    """Read a file of session results; never a part of it.

    Args:
        data: CSV or xlsx; at most `MAX_BYTES` and `MAX_ROWS`.
        now: The moment (aware): a session that has not ended by then has no result.
        provider_codes: The providers that exist.
        categories: By code and by Chinese word.
    """
    if len(data) > MAX_BYTES:
        return SessionFile((), (RowError(0, "", SessionErrorCode.FILE_TOO_LARGE),))
    reader = _Reader(now, frozenset(provider_codes), categories)
    try:
        reader.read(table_records(data))
    except TableError as error:
        reader.errors.append(RowError(error.row, "", SessionErrorCode(error.code)))
    return SessionFile(() if reader.errors else tuple(reader.rows), tuple(reader.errors))


class _Reader:
    """One reading of one file."""

    def __init__(
        self, now: datetime, provider_codes: frozenset[str], categories: Mapping[str, Category]
    ) -> None:
        self._now = now
        self._provider_codes = provider_codes
        self._categories = categories
        self._row_of: dict[str, int] = {}
        self.rows: list[SessionRow] = []
        self.errors: list[RowError] = []

    def read(self, records: Iterator[Record]) -> None:
        heading = next(records, None)
        if heading is None:
            self._refuse(0, "", SessionErrorCode.NO_ROWS)
            return
        at = self._columns(*heading)
        if at is None:
            return
        width = len(heading[1])
        count = 0
        for row, cells in records:
            count += 1
            if count > MAX_ROWS:
                self._refuse(row, "", SessionErrorCode.TOO_MANY_ROWS, detail=str(MAX_ROWS))
                return
            if len(cells) != width:
                self._refuse(row, "", SessionErrorCode.CELL_COUNT, str(len(cells)), str(width))
                continue
            self._read_row(row, {name: plain_text(cells[place]) for name, place in at.items()})
        if count == 0:
            self._refuse(0, "", SessionErrorCode.NO_ROWS)

    def _columns(self, row: int, cells: list[str]) -> dict[str, int] | None:
        at: dict[str, int] = {}
        for place, cell in enumerate(cells):
            name = plain_text(cell)
            if not name:
                continue
            if name not in COLUMNS:
                self._refuse(row, name, SessionErrorCode.UNKNOWN_COLUMN, name, str(place + 1))
            elif name in at:
                self._refuse(row, name, SessionErrorCode.DUPLICATE_COLUMN, name)
            else:
                at[name] = place
        for name in NEEDED:
            if name not in at:
                self._refuse(row, name, SessionErrorCode.MISSING_COLUMN)
        return at if all(name in at for name in NEEDED) else None

    def _read_row(self, row: int, cells: dict[str, str]) -> None:
        before = len(self.errors)
        for name in (SESSION, MERCHANT):
            if not _REF.fullmatch(cells[name]):
                self._refuse(row, name, SessionErrorCode.BAD_REF, cells[name])
        first = self._row_of.setdefault(cells[SESSION], row)
        if first != row:
            self._refuse(row, SESSION, SessionErrorCode.DUPLICATE_ROW, cells[SESSION], str(first))
        category = self._categories.get(cells[GOODS])
        if category is None:
            self._refuse(row, GOODS, SessionErrorCode.UNKNOWN_CATEGORY, cells[GOODS])
        started_at = self._moment(row, cells[STARTED])
        minutes = int(cells[LENGTH]) if re.fullmatch(r"\d{1,5}", cells[LENGTH]) else 0
        if not 1 <= minutes <= MOST_MINUTES:
            self._refuse(row, LENGTH, SessionErrorCode.BAD_LENGTH, cells[LENGTH])
        fen = self._fen(row, cells[NET_GMV])
        code, certificate = cells.get(PROVIDER, ""), cells.get(CERTIFICATE, "")
        if code and code not in self._provider_codes:
            self._refuse(row, PROVIDER, SessionErrorCode.UNKNOWN_PROVIDER, code)
        if certificate and not code:
            self._refuse(row, PROVIDER, SessionErrorCode.PROVIDER_NEEDED, certificate)
        if len(self.errors) > before:
            return
        assert category is not None, "refused above"
        assert started_at is not None, "refused above"
        self.rows.append(
            SessionRow(
                row,
                cells[SESSION],
                cells[MERCHANT],
                category,
                started_at,
                minutes,
                fen,
                code,
                certificate,
            )
        )

    def _moment(self, row: int, text: str) -> datetime | None:
        match = _STARTED.fullmatch(text)
        try:
            moment = datetime(*(int(part) for part in match.groups()), tzinfo=BEIJING)  # type: ignore[misc, union-attr, arg-type]
        except (AttributeError, ValueError):
            self._refuse(row, STARTED, SessionErrorCode.BAD_MOMENT, text)
            return None
        if moment >= self._now:
            self._refuse(row, STARTED, SessionErrorCode.FUTURE, text)
        return moment

    def _fen(self, row: int, text: str) -> int:
        try:
            fen = parse_quantity(text, Unit.YUAN) * 100
        except QuantityError:
            self._refuse(row, NET_GMV, SessionErrorCode.BAD_AMOUNT, text)
            return 0
        # Refunds of earlier days may leave less than nothing of a session.
        if fen != fen.to_integral_value() or abs(fen) > Decimal(MOST_FEN):
            self._refuse(row, NET_GMV, SessionErrorCode.BAD_AMOUNT, text)
            return 0
        return int(fen)

    def _refuse(
        self, row: int, column: str, code: SessionErrorCode, given: str = "", detail: str = ""
    ) -> None:
        self.errors.append(RowError(row, column, code, given[:GIVEN_CHARS], detail))
