"""Publish schemes, admit providers, take in monthly indicators."""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.accounts.roles import Role
from app.accounts.services import grant_role
from app.bank.services import VersionChangedError
from app.core.audit.services import record_act
from app.core.errors import ConflictError, InvalidInputError
from app.providers import queries
from app.providers.errors import NoSchemeError
from app.providers.indicators import CellError, IndicatorRow, parse_indicator_csv
from app.providers.models import (
    IndicatorImport,
    MonthlyIndicator,
    Provider,
    ProviderField,
    ProviderManager,
    ProviderTier,
    SchemeVersion,
)
from app.providers.months import last_complete_month
from app.providers.schemes import Scheme, scheme_for_month, to_e4

logger = logging.getLogger(__name__)

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,31}")
"""A 服务商编号, as files of indicators may write it; a test holds the two together."""


class ProviderTakenError(ConflictError):
    """Raised when a provider of this code exists."""

    code = "provider_taken"


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
class CheckedFile:
    """A file of indicators with nothing wrong in it.

    Attributes:
        sha256: Of its bytes: the same file is taken in once.
        scheme_ref: The version that it was checked by.
    """

    file_name: str
    sha256: str
    scheme_ref: str
    rows: tuple[IndicatorRow, ...]


def publish_schemes(
    db_session: Session,
    schemes: Iterable[Scheme],
    *,
    actor: str,
    now: datetime,
    redraft: bool = False,
) -> int:
    """Publish what is new of some schemes.

    Args:
        db_session: The session of the caller's transaction.
        schemes: Schemes, each version once.
        actor: Who publishes.
        now: The moment (aware).
        redraft: Let a changed scheme replace the stored version of the same number: only in a
            demonstration, which follows its checkout.

    Returns:
        How many versions were added or replaced.

    Raises:
        VersionChangedError: If a published version has other content now.
    """
    changed = 0
    for scheme in schemes:
        body = scheme.model_dump(mode="json")
        known = db_session.scalar(
            select(SchemeVersion).where(
                SchemeVersion.scheme_id == scheme.id, SchemeVersion.version == scheme.version
            )
        )
        if known is None:
            db_session.add(
                SchemeVersion(
                    scheme_id=scheme.id, version=scheme.version, body=body, published_at=now
                )
            )
        elif known.body == body:
            continue
        elif redraft:
            known.body = body
        else:
            raise VersionChangedError(f"{scheme.ref} is published with other content")
        changed += 1
        record_act(
            db_session,
            subject=f"scheme:{scheme.id}",
            action="scheme.published",
            actor=actor,
            now=now,
            details={"ref": scheme.ref},
        )
        logger.info("published scheme %s", scheme.ref)
    db_session.flush()
    return changed


def admit_provider(
    db_session: Session,
    *,
    code: str,
    name: str,
    city: str,
    field: ProviderField,
    tier: ProviderTier,
    joined_on: date,
    actor: str,
    now: datetime,
    is_demo: bool = False,
) -> Provider:
    """Add a provider.

    Args:
        db_session: The session of the caller's transaction.
        code: 服务商编号: letters, digits and dashes, at most 32.
        name: Chinese name.
        city: Where it is.
        field: What it serves.
        tier: How far it is admitted.
        joined_on: Since when.
        actor: Who admits it.
        now: The moment (aware).
        is_demo: Of a demonstration.

    Raises:
        InvalidInputError: If the code is none.
        ProviderTakenError: If the code is taken.
    """
    if not _CODE.fullmatch(code):
        raise InvalidInputError(f"code {code!r}", [{"field": "code", "code": "bad_provider"}])
    provider = Provider(
        code=code,
        name=name,
        city=city,
        field=field.value,
        tier=tier.value,
        joined_on=joined_on,
        is_demo=is_demo,
    )
    try:
        with db_session.begin_nested():
            db_session.add(provider)
    except IntegrityError as error:
        raise ProviderTakenError(f"provider {code}") from error
    _audit_provider(db_session, provider, "admitted", actor, now, code=code)
    logger.info("%r admitted", provider)
    return provider


def appoint_manager(
    db_session: Session, provider: Provider, person: Person, *, actor: str, now: datetime
) -> None:
    """Let a person act for a provider, with the role that this takes; once is enough.

    Raises:
        OwnAccountError: If the actor is that person.
    """
    grant_role(db_session, person, Role.PROVIDER_MANAGER, actor=actor, now=now)
    held = db_session.scalar(
        select(ProviderManager.id).where(
            ProviderManager.provider_id == provider.id, ProviderManager.person_id == person.id
        )
    )
    if held is not None:
        return
    db_session.add(ProviderManager(provider_id=provider.id, person_id=person.id, since=now))
    db_session.flush()
    _audit_provider(db_session, provider, "manager_appointed", actor, now, person=person.public_id)
    logger.info("%r manages %r", person, provider)


def check_indicator_file(
    db_session: Session, data: bytes, file_name: str, *, now: datetime
) -> CheckedFile:
    """Read a file of indicators; outside of a transaction, since a large one takes a second.

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
    parsed = parse_indicator_csv(
        data,
        scheme,
        last_month=last_month,
        provider_codes=queries.provider_ids_by_code(db_session).keys(),
    )
    if parsed.errors:
        raise BadIndicatorFileError(parsed.errors)
    return CheckedFile(
        file_name=file_name,
        sha256=hashlib.sha256(data).hexdigest(),
        scheme_ref=scheme.ref,
        rows=parsed.rows,
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
    held = _held_values(db_session, file.rows)
    provider_ids = queries.provider_ids_by_code(db_session)
    added: list[dict[str, object]] = []
    counts = {"new": 0, "corrected": 0, "unchanged": 0}
    for row in file.rows:
        provider_id = provider_ids[row.provider_code]
        for module_id, value in row.values.items():
            value_e4 = to_e4(value)
            old_e4 = held.get((provider_id, row.month, module_id))
            if old_e4 == value_e4:
                counts["unchanged"] += 1
                continue
            counts["new" if old_e4 is None else "corrected"] += 1
            added.append(
                {
                    "provider_id": provider_id,
                    "month": row.month,
                    "module_id": module_id,
                    "value_e4": value_e4,
                }
            )
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
    if added:
        db_session.execute(
            insert(MonthlyIndicator), [{**one, "import_id": done.id} for one in added]
        )
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


def _held_values(
    db_session: Session, rows: Iterable[IndicatorRow]
) -> dict[tuple[int, date, str], int]:
    """Return the newest known figures of the months that some rows report."""
    months = sorted({row.month for row in rows})
    found = db_session.execute(
        select(
            MonthlyIndicator.provider_id,
            MonthlyIndicator.month,
            MonthlyIndicator.module_id,
            MonthlyIndicator.value_e4,
        )
        .where(MonthlyIndicator.month.in_(months))
        .order_by(MonthlyIndicator.import_id)
    )
    return {(row.provider_id, row.month, row.module_id): row.value_e4 for row in found}


def _audit_provider(
    db_session: Session, provider: Provider, act: str, actor: str, now: datetime, **details: str
) -> None:
    record_act(
        db_session,
        subject=f"provider:{provider.public_id}",
        action=f"provider.{act}",
        actor=actor,
        now=now,
        details=dict(details),
    )
