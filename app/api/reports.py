"""Monthly figures from the platform's own systems: one call is one report, all of it or nothing.

The same rules hold as for a file: a rate carries its sign, what looks wrong is refused until
somebody says that it was looked at, a correction is a newer fact. Rows that were taken in before
change nothing, whoever sends them again.
"""

from __future__ import annotations

import csv
import io
from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from app.core.errors import ConflictError, InvalidInputError
from app.providers import importing, queries
from app.providers.errors import NoSchemeError
from app.providers.indicators import MONTH_COLUMN, PROVIDER_COLUMN, CellError
from app.providers.months import last_complete_month
from app.providers.schemes import Scheme, scheme_for_month

MOST_ROWS = 500
"""Providers' months in one call; more of them go in several calls."""

HEADER_LINES = 1
"""A call's first row is the second line of what a file would be."""


class OddFiguresError(ConflictError):
    """Raised when figures look wrong and nobody said that they were looked at."""

    code = "odd_figures"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class ReportRow(_Strict):
    """One provider's month."""

    provider: str = Field(max_length=32, description="服务商编号")
    month: str = Field(max_length=16, description="2026-10")
    values: dict[str, str] = Field(
        description="by id of module or figure, with its unit: `31.4%`; what is unknown is left out"
    )


class ReportRequest(_Strict):
    """What `POST /api/v1/indicators` asks."""

    source: str = Field(
        min_length=1, max_length=60, description="where the figures come from: stands beside them"
    )
    dry_run: bool = Field(default=False, description="only check, take nothing in")
    looked_at: bool = Field(default=False, description="figures that look wrong were looked at")
    rows: list[ReportRow] = Field(min_length=1, max_length=MOST_ROWS)


class OddEntry(BaseModel):
    """A figure that looks wrong, though nothing is wrong with how it is written."""

    row: int
    provider: str
    column: str
    kind: str


class ReportAnswer(BaseModel):
    """What `POST /api/v1/indicators` answers."""

    taken: bool = Field(description="false after a dry run, and for what was taken in before")
    id: int | None
    sha256: str
    scheme: str
    rows: int
    new: int
    corrected: int
    unchanged: int
    odd: list[OddEntry]


def check_report(
    db_session: Session, report: ReportRequest, *, system: str, now: datetime
) -> importing.CheckedFile:
    """Check a report as a file of the same figures would be.

    Args:
        db_session: A session to read with.
        report: As `read_body` returned it.
        system: What the calling system is called.
        now: The moment (aware).

    Raises:
        BadIndicatorFileError: With everything that is wrong, by row and column id.
        NoSchemePublishedError: If no scheme is in effect.
    """
    try:
        scheme = scheme_for_month(queries.schemes(db_session), last_complete_month(now))
    except NoSchemeError as error:
        raise importing.NoSchemePublishedError(str(error)) from error
    known = {column.id for column in scheme.columns}
    unknown = [
        {"row": row, "field": column, "code": "unknown_column"}
        for row, one in enumerate(report.rows, 1)
        for column in one.values
        if column not in known
    ]
    if unknown:
        raise InvalidInputError("report", unknown)
    name = f"{system}：{report.source}"
    try:
        return importing.check_indicator_file(db_session, _table(scheme, report), name, now=now)
    except importing.BadIndicatorFileError as error:
        ids = {column.csv_column: column.id for column in scheme.columns}
        raise importing.BadIndicatorFileError(
            tuple(_in_the_callers_words(cell, ids) for cell in error.cells)
        ) from error


def take_report(
    db_session: Session,
    checked: importing.CheckedFile,
    report: ReportRequest,
    *,
    actor: str,
    now: datetime,
) -> ReportAnswer:
    """Take a checked report in; one that was taken in before changes nothing.

    Raises:
        OddFiguresError: If figures look wrong and nobody looked.
    """
    if checked.odd and not report.looked_at:
        raise OddFiguresError(f"{len(checked.odd)} figures look wrong")
    done, is_new = importing.import_indicators(db_session, checked, actor=actor, now=now)
    return _answer(checked, is_taken=is_new, import_id=done.id)


def tried(checked: importing.CheckedFile) -> ReportAnswer:
    """Return what a report would do."""
    return _answer(checked, is_taken=False, import_id=None)


def _answer(
    checked: importing.CheckedFile, *, is_taken: bool, import_id: int | None
) -> ReportAnswer:
    corrected = sum(figure.is_correction for figure in checked.news)
    return ReportAnswer(
        taken=is_taken,
        id=import_id,
        sha256=checked.sha256,
        scheme=checked.scheme_ref,
        rows=len(checked.rows),
        new=len(checked.news) - corrected,
        corrected=corrected,
        unchanged=checked.figure_count - len(checked.news),
        odd=[
            OddEntry(
                row=one.line - HEADER_LINES,
                provider=one.provider_code,
                column=one.module_id,
                kind=one.kind.value,
            )
            for one in checked.odd
        ],
    )


def _table(scheme: Scheme, report: ReportRequest) -> bytes:
    """Write a report as the file that says the same; equal reports are equal bytes."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([PROVIDER_COLUMN, MONTH_COLUMN, *(one.csv_column for one in scheme.columns)])
    for row in report.rows:
        cells = [row.values.get(column.id, "") for column in scheme.columns]
        # A line break inside a value would move the rows that follow it.
        writer.writerow([" ".join(cell.split()) for cell in (row.provider, row.month, *cells)])
    return out.getvalue().encode()


def _in_the_callers_words(cell: CellError, ids: dict[str, str]) -> CellError:
    named = {PROVIDER_COLUMN: "provider", MONTH_COLUMN: "month", **ids}
    line = cell.line - HEADER_LINES if cell.line else 0
    return CellError(line, named.get(cell.column, cell.column), cell.code, cell.given, cell.detail)
