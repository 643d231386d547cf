"""What anybody may read of one certificate, by one statement on the driver.

The same public record as `queries` and `verification` make with the ORM: the rows become objects
with the same attributes, which no session knows, and the same functions say what follows from them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, cast

import orjson

from app.certification import queries, verification
from app.certification.queries import HeldCredential
from app.core.db import from_driver
from app.core.drivers import RowReader
from certificates.validity import CredentialStatus, status_at

if TYPE_CHECKING:
    from app.certification.models import CredentialEvent, CredentialRecord

FIND = """
SELECT c.id, c.number, c.person_id, c.level, c.is_demo, c.snapshot, c.content_hash,
       c.verify_base_url, c.issued_at, c.valid_from, c.valid_until, c.expires_at,
       e.id, e.kind, e.reason, e.at, e.until_at, s.number, c.status_list
FROM credential_record c
LEFT JOIN credential_event e ON e.credential_id = c.id
LEFT JOIN credential_record s ON s.id = e.successor_id
WHERE c.number = :number ORDER BY e.id"""

RENEWED_BY = """
SELECT c.number FROM credential_renewal r JOIN credential_record c ON c.id = r.successor_id
WHERE r.credential_id = :id"""


def public_record_or_none(
    rows: RowReader, number: str, *, now: datetime
) -> verification.PublicRecord | None:
    """Return what a stranger is told of a certificate; None if nobody issued this number.

    Args:
        rows: Where to read; no application context is needed.
        number: In canonical form.
        now: The moment of the check (aware).

    Raises:
        RecordDamagedError: If the stored snapshot cannot be read any more.
        StorageUnavailableError: If the database is away.
    """
    found = rows.rows(FIND, {"number": number})
    if not found:
        return None
    record = _record(found[0])
    events = [_event(row) for row in found if row[12] is not None]
    life = queries.life_of(record, events)
    status = status_at(now, life)
    renewed_by = None
    if status is CredentialStatus.EXPIRED:
        renewal = rows.row(RENEWED_BY, {"id": record.id})
        renewed_by = None if renewal is None else renewal[0]
    held = HeldCredential(
        record=record,
        status=status,
        life=life,
        successor=next((row[17] for row in found if row[17] is not None), None),
        revocation_reason=next((row.reason for row in events if row.kind == "revoked"), None),
        renewed_by=renewed_by,
    )
    return verification.public_record(held, now=now)


@dataclass(slots=True)
class _Record:
    """What is read of a certificate's row, by the names that the row's class has."""

    id: int
    number: str
    person_id: int
    level: str
    is_demo: bool
    snapshot: dict[str, Any]
    content_hash: str
    verify_base_url: str
    issued_at: datetime
    valid_from: date
    valid_until: date
    expires_at: datetime
    status_list: int | None


@dataclass(slots=True)
class _Event:
    """What is read of an event's row, likewise."""

    id: int
    kind: str
    reason: str
    at: datetime
    until_at: datetime | None


def _record(row: tuple[Any, ...]) -> CredentialRecord:
    snapshot = row[5]
    read = _Record(
        id=row[0],
        number=row[1],
        person_id=row[2],
        level=row[3],
        is_demo=bool(row[4]),
        snapshot=snapshot if isinstance(snapshot, dict) else orjson.loads(snapshot),
        content_hash=row[6],
        verify_base_url=row[7],
        issued_at=from_driver(row[8]),
        valid_from=_day(row[9]),
        valid_until=_day(row[10]),
        expires_at=from_driver(row[11]),
        status_list=row[18],
    )
    # Making an object that the ORM watches takes longer than the statement; nobody changes it.
    return cast("CredentialRecord", read)


def _event(row: tuple[Any, ...]) -> CredentialEvent:
    until_at = None if row[16] is None else from_driver(row[16])
    read = _Event(row[12], row[13], row[14], from_driver(row[15]), until_at)
    return cast("CredentialEvent", read)


def _day(value: Any) -> date:
    """Return the day behind a driver's value: text on SQLite."""
    return date.fromisoformat(value) if isinstance(value, str) else value
