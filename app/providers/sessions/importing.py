"""Take in session results: checked outside of the write lock, then all of them or none."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import Table, select, text
from sqlalchemy.orm import Session

from app.certification.models import CredentialRecord
from app.core.audit.services import record_act
from app.core.errors import InvalidInputError
from app.providers.models import Employment
from app.providers.queries import provider_ids_by_code
from app.providers.sessions import queries
from app.providers.sessions.models import SessionImport, SessionResult
from app.providers.sessions.reading import (
    CERTIFICATE,
    RowError,
    SessionErrorCode,
    SessionRow,
    read_sessions,
)
from app.providers.trade import FILE_WORDS
from certificates.errors import CertificateNumberError
from certificates.numbers import normalize_number

logger = logging.getLogger(__name__)

CHUNK = 500
"""References of one query: databases take only so many parameters."""

Values = tuple[str, str, datetime, int, int, int | None, int | None]


class BadSessionFileError(InvalidInputError):
    """Raised when a file of session results has anything wrong with it; nothing was taken in.

    Attributes:
        rows: Everything that is wrong, in the order of rows.
    """

    code = "bad_session_file"

    def __init__(self, errors: tuple[RowError, ...]) -> None:
        super().__init__(
            f"{len(errors)} errors in a file of session results",
            [{"row": one.row, "field": one.column, "code": one.code.value} for one in errors],
        )
        self.rows = errors


@dataclass(frozen=True)
class CheckedSessions:
    """A file of session results with nothing wrong in it.

    Attributes:
        news: References of sessions that were not known.
        corrected: References of those that were known otherwise.
        last_import_id: The newest import then: after another one both are out of date.
    """

    file_name: str
    sha256: str
    rows: tuple[SessionRow, ...]
    values: tuple[Values, ...]
    news: frozenset[str]
    corrected: frozenset[str]
    last_import_id: int


def check_session_file(
    db_session: Session, data: bytes, file_name: str, *, now: datetime
) -> CheckedSessions:
    """Read a file and compare it with what is known; nothing is written.

    Args:
        db_session: A session to read with.
        data: The file.
        file_name: Its name, for the record.
        now: The moment (aware).

    Raises:
        BadSessionFileError: With everything that is wrong with it.
    """
    provider_ids = provider_ids_by_code(db_session)
    read = read_sessions(data, now=now, provider_codes=provider_ids.keys(), categories=FILE_WORDS)
    errors = list(read.errors)
    people, wrong = _operators(db_session, read.rows, provider_ids)
    errors += wrong
    if errors:
        raise BadSessionFileError(tuple(errors))
    values = tuple(
        (
            row.merchant_ref,
            row.category.value,
            row.started_at,
            row.minutes,
            row.net_gmv_fen,
            provider_ids.get(row.provider_code),
            people.get(row.row),
        )
        for row in read.rows
    )
    last_id = queries.last_import_id(db_session)
    news, corrected = _differences(db_session, read.rows, values)
    return CheckedSessions(
        file_name=file_name,
        sha256=hashlib.sha256(data).hexdigest(),
        rows=read.rows,
        values=values,
        news=news,
        corrected=corrected,
        last_import_id=last_id,
    )


def import_sessions(
    db_session: Session, file: CheckedSessions, *, actor: str, now: datetime
) -> tuple[SessionImport, bool]:
    """Take in a checked file, all of it; the same file twice changes nothing.

    Returns:
        The import, and whether it is new.
    """
    if db_session.get_bind().dialect.name == "postgresql":
        # Imports follow one another, so that new and corrected are told by what holds.
        db_session.execute(text("LOCK TABLE session_import IN SHARE ROW EXCLUSIVE MODE"))
    known = db_session.scalar(select(SessionImport).where(SessionImport.sha256 == file.sha256))
    if known is not None:
        return known, False
    news, corrected = file.news, file.corrected
    if queries.last_import_id(db_session) != file.last_import_id:
        news, corrected = _differences(db_session, file.rows, file.values)
    done = SessionImport(
        at=now,
        actor=actor,
        file_name=file.file_name,
        sha256=file.sha256,
        row_count=len(file.rows),
        new_count=len(news),
        corrected_count=len(corrected),
        unchanged_count=len(file.rows) - len(news) - len(corrected),
    )
    db_session.add(done)
    db_session.flush()
    names = ("merchant_ref", "category", "started_at", "minutes", "net_gmv_fen")
    added = [
        {
            "session_ref": row.session_ref,
            **dict(zip((*names, "provider_id", "person_id"), values, strict=True)),
            "import_id": done.id,
        }
        for row, values in zip(file.rows, file.values, strict=True)
        if row.session_ref in news or row.session_ref in corrected
    ]
    if added:
        table = cast("Table", SessionResult.__table__)
        db_session.connection().execute(table.insert(), added)
    record_act(
        db_session,
        subject="session_results:all",
        action="sessions.imported",
        actor=actor,
        now=now,
        details={
            "sha256": file.sha256,
            "rows": done.row_count,
            "new": done.new_count,
            "corrected": done.corrected_count,
        },
    )
    logger.info("%r: %d new, %d corrected", done, done.new_count, done.corrected_count)
    return done, True


def _operators(
    db_session: Session, rows: Sequence[SessionRow], provider_ids: dict[str, int]
) -> tuple[dict[int, int], list[RowError]]:
    """Return who operated, by row, and the certificates that nobody of the provider held then.

    A session counts for an operator only if they were employed by that provider as it began.
    """
    numbers: dict[int, str] = {}
    errors = []
    for row in rows:
        if not row.certificate:
            continue
        try:
            numbers[row.row] = normalize_number(row.certificate)
        except CertificateNumberError:
            errors.append(_refused(row, SessionErrorCode.UNKNOWN_CERTIFICATE))
    wanted = sorted(set(numbers.values()))
    holders: dict[str, int] = {}
    for start in range(0, len(wanted), CHUNK):
        found = db_session.execute(
            select(CredentialRecord.number, CredentialRecord.person_id).where(
                CredentialRecord.number.in_(wanted[start : start + CHUNK])
            )
        )
        holders.update({row.number: row.person_id for row in found})
    employments: dict[tuple[int, int], list[Employment]] = {}
    for one in db_session.scalars(
        select(Employment).where(Employment.person_id.in_(set(holders.values())))
    ):
        employments.setdefault((one.person_id, one.provider_id), []).append(one)
    people: dict[int, int] = {}
    for row in rows:
        number = numbers.get(row.row)
        if number is None:
            continue
        person_id = holders.get(number)
        if person_id is None:
            errors.append(_refused(row, SessionErrorCode.UNKNOWN_CERTIFICATE))
            continue
        worked = employments.get((person_id, provider_ids[row.provider_code]), ())
        if not any(
            one.started_at <= row.started_at
            and (one.ended_at is None or one.ended_at > row.started_at)
            for one in worked
        ):
            errors.append(_refused(row, SessionErrorCode.NOT_EMPLOYED))
            continue
        people[row.row] = person_id
    return people, sorted(errors, key=lambda error: error.row)


def _refused(row: SessionRow, code: SessionErrorCode) -> RowError:
    return RowError(row.row, CERTIFICATE, code, row.certificate[:40])


def _differences(
    db_session: Session, rows: Sequence[SessionRow], values: Sequence[Values]
) -> tuple[frozenset[str], frozenset[str]]:
    """Return the references of sessions that are not known, and of those known otherwise."""
    refs = [row.session_ref for row in rows]
    held: dict[str, Values] = {}
    for start in range(0, len(refs), CHUNK):
        for one in db_session.scalars(
            select(SessionResult)
            .where(SessionResult.session_ref.in_(refs[start : start + CHUNK]))
            .order_by(SessionResult.id)
        ):
            held[one.session_ref] = (
                one.merchant_ref,
                one.category,
                one.started_at,
                one.minutes,
                one.net_gmv_fen,
                one.provider_id,
                one.person_id,
            )
    news = frozenset(ref for ref in refs if ref not in held)
    corrected = frozenset(
        ref for ref, own in zip(refs, values, strict=True) if ref in held and held[ref] != own
    )
    return news, corrected
