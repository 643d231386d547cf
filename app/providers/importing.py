"""Take in monthly indicators: a file is checked outside of the write lock, then all of it added."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import cast

from sqlalchemy import Table, func, select
from sqlalchemy.orm import Session

from app.core.audit.services import record_act
from app.core.errors import ConflictError, InvalidInputError
from app.providers import queries
from app.providers.anomalies import MONTHS, OddFigure, odd_figures
from app.providers.errors import NoSchemeError
from app.providers.indicators import (
    CellError,
    CellErrorCode,
    IndicatorRow,
    parse_indicators,
)
from app.providers.models import IndicatorImport, MonthlyIndicator, Provider, SchemeVersion
from app.providers.months import last_complete_month, month_before
from app.providers.schemes import Scheme, scheme_for_month, to_e4

logger = logging.getLogger(__name__)

ESTIMATED_MODULE_ID = "live-decisions"
"""实时操盘: where sessions were estimated, no file may say otherwise."""

ESTIMATE_FILE_NAME = "uplift-estimate"
"""Stands as the file's name in the provenance of an estimated figure."""


class NoSchemePublishedError(ConflictError):
    """Raised when indicators come in before a scheme is in effect that says what they are."""

    code = "no_scheme"


class BadIndicatorFileError(InvalidInputError):
    """Raised when a file of indicators has anything wrong with it; nothing of it was taken in.

    Attributes:
        cells: Everything that is wrong, in the order of lines.
    """

    code = "bad_indicator_file"

    def __init__(self, cells: tuple[CellError, ...]) -> None:
        super().__init__(
            f"{len(cells)} errors in a file of indicators",
            [{"row": cell.line, "field": cell.column, "code": cell.code.value} for cell in cells],
        )
        self.cells = cells


@dataclass(frozen=True)
class Figure:
    """One figure of a file that says something new; `value_e4` in ten-thousandths of its unit."""

    provider_id: int
    month: date
    module_id: str
    value_e4: int
    is_correction: bool


@dataclass(frozen=True)
class CheckedFile:
    """A file of indicators with nothing wrong in it.

    Attributes:
        sha256: Of its bytes: the same file is taken in once.
        scheme_ref: The version that it was checked by.
        figure_count: How many figures it has.
        news: Those that were not known when it was checked.
        last_import_id: The newest import then; after another one `news` is out of date.
        odd: New figures that look wrong, though nothing is wrong with the cells.
    """

    file_name: str
    sha256: str
    scheme_ref: str
    rows: tuple[IndicatorRow, ...]
    figure_count: int
    news: tuple[Figure, ...]
    last_import_id: int
    odd: tuple[OddFigure, ...] = ()


def check_indicator_file(
    db_session: Session, data: bytes, file_name: str, *, now: datetime
) -> CheckedFile:
    """Read a file of indicators; outside of a transaction, since a large one takes seconds.

    Args:
        db_session: A session to read with.
        data: The file as uploaded.
        file_name: Its name, for the record.
        now: The moment (aware); the last complete month is the latest that may be reported.

    Raises:
        BadIndicatorFileError: With everything that is wrong with it.
        NoSchemePublishedError: If no scheme is in effect in that month.
    """
    last_month = last_complete_month(now)
    try:
        scheme = scheme_for_month(queries.schemes(db_session), last_month)
    except NoSchemeError as error:
        raise NoSchemePublishedError(str(error)) from error
    parsed = parse_indicators(
        data,
        scheme,
        last_month=last_month,
        provider_codes=queries.provider_ids_by_code(db_session).keys(),
    )
    estimated = () if parsed.errors else _asserted_estimates(db_session, scheme, parsed.rows)
    if parsed.errors or estimated:
        raise BadIndicatorFileError((*parsed.errors, *estimated))
    news = _news(db_session, parsed.rows)
    return CheckedFile(
        file_name=file_name,
        sha256=hashlib.sha256(data).hexdigest(),
        scheme_ref=scheme.ref,
        rows=parsed.rows,
        figure_count=sum(len(row.values) for row in parsed.rows),
        last_import_id=_last_import_id(db_session),
        news=news,
        odd=_odd(db_session, scheme, parsed.rows, news),
    )


def import_indicators(
    db_session: Session, file: CheckedFile, *, actor: str, now: datetime
) -> tuple[IndicatorImport, bool]:
    """Take in a file of indicators, all of it.

    A figure that says what is known already adds nothing; one that says otherwise is a correction,
    a newer row beside the old. The same file twice changes nothing.

    Args:
        db_session: The session of the caller's transaction.
        file: A checked file.
        actor: Who imports it.
        now: The moment (aware).

    Returns:
        The import, and whether it is new; False if the file was taken in before.
    """
    scheme_id, _, version = file.scheme_ref.rpartition("@")
    # The scheme's row is the lock: imports follow one another, so that what is new, corrected or
    # unchanged is told by what holds when this one is done.
    db_session.execute(
        select(SchemeVersion.id)
        .where(SchemeVersion.scheme_id == scheme_id, SchemeVersion.version == int(version))
        .with_for_update()
    )
    known = db_session.scalar(select(IndicatorImport).where(IndicatorImport.sha256 == file.sha256))
    if known is not None:
        return known, False
    news = file.news
    if _last_import_id(db_session) != file.last_import_id:
        news = _news(db_session, file.rows)
    corrected_count = sum(figure.is_correction for figure in news)
    counts = {
        "new": len(news) - corrected_count,
        "corrected": corrected_count,
        "unchanged": file.figure_count - len(news),
    }
    done = IndicatorImport(
        at=now,
        actor=actor,
        file_name=file.file_name,
        sha256=file.sha256,
        scheme_ref=file.scheme_ref,
        row_count=len(file.rows),
        new_count=counts["new"],
        corrected_count=counts["corrected"],
        unchanged_count=counts["unchanged"],
    )
    db_session.add(done)
    db_session.flush()
    _insert_figures(db_session, news, done.id)
    record_act(
        db_session,
        subject="provider_indicators:all",
        action="indicators.imported",
        actor=actor,
        now=now,
        details={
            "sha256": file.sha256,
            "scheme": file.scheme_ref,
            "rows": len(file.rows),
            **counts,
        },
    )
    logger.info("%r: %s", done, counts)
    return done, True


def _asserted_estimates(
    db_session: Session, scheme: Scheme, rows: Iterable[IndicatorRow]
) -> tuple[CellError, ...]:
    """Return the cells that assert what was estimated from real sessions: those are refused."""
    module = next((one for one in scheme.modules if one.id == ESTIMATED_MODULE_ID), None)
    if module is None:
        return ()
    held = {
        (code, month)
        for code, month in db_session.execute(
            select(Provider.code, MonthlyIndicator.month)
            .join(MonthlyIndicator, MonthlyIndicator.provider_id == Provider.id)
            .join(IndicatorImport, IndicatorImport.id == MonthlyIndicator.import_id)
            .where(
                MonthlyIndicator.module_id == module.id,
                IndicatorImport.file_name == ESTIMATE_FILE_NAME,
            )
        )
    }
    return tuple(
        CellError(row.line, module.csv_column, CellErrorCode.ESTIMATED, f"{row.values[module.id]}")
        for row in rows
        if module.id in row.values and (row.provider_code, row.month) in held
    )


def _odd(
    db_session: Session,
    scheme: Scheme,
    rows: Iterable[IndicatorRow],
    news: Iterable[Figure],
) -> tuple[OddFigure, ...]:
    """Return what looks wrong among the figures of a file that are new."""
    ids = queries.provider_ids_by_code(db_session)
    fresh = {(one.provider_id, one.month) for one in news}
    rows = [row for row in rows if (ids[row.provider_code], row.month) in fresh]
    if not rows:
        return ()
    first = month_before(min(row.month for row in rows), MONTHS)
    found = db_session.execute(
        select(
            MonthlyIndicator.provider_id,
            MonthlyIndicator.module_id,
            MonthlyIndicator.month,
            MonthlyIndicator.value_e4,
        )
        .where(MonthlyIndicator.month.between(first, max(row.month for row in rows)))
        .order_by(MonthlyIndicator.import_id)
    )
    held: dict[int, dict[str, dict[date, int]]] = {}
    for provider_id, module_id, month, value_e4 in found:
        held.setdefault(provider_id, {}).setdefault(module_id, {})[month] = value_e4
    spans = {module.id: abs(module.span_e4) for module in scheme.modules}
    odd: list[OddFigure] = []
    for row in sorted(rows, key=lambda one: one.month):
        own = held.setdefault(ids[row.provider_code], {})
        earlier = {
            module_id: [value for month, value in sorted(months.items()) if month < row.month]
            for module_id, months in own.items()
        }
        values = {module_id: to_e4(value) for module_id, value in row.values.items()}
        odd += odd_figures(row.line, row.provider_code, values, earlier, spans)
        for module_id, value in values.items():
            own.setdefault(module_id, {})[row.month] = value
    return tuple(odd)


def _last_import_id(db_session: Session) -> int:
    return db_session.scalar(select(func.max(IndicatorImport.id))) or 0


def _news(db_session: Session, rows: Iterable[IndicatorRow]) -> tuple[Figure, ...]:
    """Return the figures of some rows that are not known, or known otherwise."""
    rows = list(rows)
    found = db_session.execute(
        select(
            MonthlyIndicator.provider_id,
            MonthlyIndicator.month,
            MonthlyIndicator.module_id,
            MonthlyIndicator.value_e4,
        )
        .where(MonthlyIndicator.month.in_({row.month for row in rows}))
        .order_by(MonthlyIndicator.import_id)
    )
    held = {(one, month, module_id): value_e4 for one, month, module_id, value_e4 in found}
    provider_ids = queries.provider_ids_by_code(db_session)
    news = []
    for row in rows:
        provider_id = provider_ids[row.provider_code]
        for module_id, value in row.values.items():
            value_e4 = to_e4(value)
            old_e4 = held.get((provider_id, row.month, module_id))
            if value_e4 != old_e4:
                is_correction = old_e4 is not None
                news.append(Figure(provider_id, row.month, module_id, value_e4, is_correction))
    return tuple(news)


def _insert_figures(db_session: Session, figures: Iterable[Figure], import_id: int) -> None:
    """Add figures by the driver's own bulk path: on SQLite everybody who saves waits for it."""
    values = [
        {
            "provider_id": figure.provider_id,
            "month": figure.month,
            "module_id": figure.module_id,
            "value_e4": figure.value_e4,
            "import_id": import_id,
        }
        for figure in figures
    ]
    if values:
        table = cast("Table", MonthlyIndicator.__table__)
        db_session.connection().execute(table.insert(), values)
