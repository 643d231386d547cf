"""Acts on credentials: suspend, reinstate, revoke, supersede.

Each adds rows and an audit entry in the caller's transaction; none changes or deletes one.
"""

from __future__ import annotations

import logging
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.certification import queries
from app.certification.events import CredentialChanged
from app.certification.models import (
    CredentialEvent,
    CredentialRecord,
)
from app.certification.reasons import (
    ReinstatementReason,
    RevocationReason,
    SupersessionReason,
    SuspensionReason,
)
from app.core.audit.services import record_act
from app.core.errors import ConflictError, InvalidInputError, SecondPersonRequiredError
from app.core.events import publish
from certificates.credentials import (
    Credential,
)
from certificates.errors import CredentialError
from certificates.validity import CredentialStatus

logger = logging.getLogger(__name__)


class CredentialEndedError(ConflictError):
    """Raised when the credential was revoked, was replaced or has expired."""

    code = "credential_ended"


class NotSuspendedError(ConflictError):
    """Raised when a credential that is not suspended would be reinstated."""

    code = "not_suspended"


class RecordDamagedError(ConflictError):
    """Raised when a stored snapshot contradicts itself: nothing can be said about it."""

    code = "record_damaged"


def suspend_credential(
    db_session: Session,
    record: CredentialRecord,
    *,
    reason: SuspensionReason,
    actor: str,
    second_person: str,
    now: datetime,
    until_at: datetime | None = None,
) -> CredentialEvent:
    """Take a valid credential out of effect for a time.

    Args:
        db_session: The session of the caller's transaction.
        record: The credential, locked.
        reason: Why.
        actor: Who proposes, `person:<public id>`.
        second_person: Who confirms; somebody else, and neither is the holder.
        now: The moment (aware).
        until_at: First moment at which it is in effect again; None leaves it open.

    Raises:
        CredentialEndedError: If it is not valid at that moment.
        InvalidInputError: If the end is not after the beginning.
        SecondPersonRequiredError: If the two persons are one, or one is the holder.
    """
    check_persons(db_session, record, actor, second_person)
    if until_at is not None and until_at <= now:
        raise InvalidInputError("until_at", [{"field": "until_at", "code": "not_after_now"}])
    if not queries.held_credential(db_session, record, at=now).is_valid:
        raise CredentialEndedError(f"{record!r} is not valid")
    return add_event(
        db_session,
        record,
        "suspended",
        reason,
        actor=actor,
        second_person=second_person,
        now=now,
        until_at=until_at,
    )


def reinstate_credential(
    db_session: Session,
    record: CredentialRecord,
    *,
    reason: ReinstatementReason,
    actor: str,
    second_person: str,
    now: datetime,
) -> CredentialEvent:
    """End a suspension now.

    Raises:
        NotSuspendedError: If the credential is not suspended at that moment.
        SecondPersonRequiredError: If the two persons are one, or one is the holder.
    """
    check_persons(db_session, record, actor, second_person)
    held = queries.held_credential(db_session, record, at=now)
    if held.status is not CredentialStatus.SUSPENDED:
        raise NotSuspendedError(f"{record!r} is {held.status}")
    return add_event(
        db_session,
        record,
        "reinstated",
        reason,
        actor=actor,
        second_person=second_person,
        now=now,
    )


def revoke_credential(
    db_session: Session,
    record: CredentialRecord,
    *,
    reason: RevocationReason,
    actor: str,
    second_person: str,
    now: datetime,
) -> CredentialEvent:
    """Revoke a credential for good; nothing is deleted, its page stays and says so.

    An expired credential can be revoked too: that it was cheated for stays worth saying.

    Raises:
        CredentialEndedError: If it was revoked or replaced before.
        SecondPersonRequiredError: If the two persons are one, or one is the holder.
    """
    check_persons(db_session, record, actor, second_person)
    check_not_ended(db_session, record)
    return add_event(
        db_session,
        record,
        "revoked",
        reason,
        actor=actor,
        second_person=second_person,
        now=now,
    )


def supersede_credential(
    db_session: Session,
    record: CredentialRecord,
    successor: CredentialRecord,
    *,
    reason: SupersessionReason,
    actor: str,
    second_person: str,
    now: datetime,
) -> CredentialEvent:
    """Say that another credential of the same person and level took this one's place.

    Raises:
        CredentialEndedError: If it was revoked or replaced before.
        InvalidInputError: If the successor is of another person or level, or the same credential.
        SecondPersonRequiredError: If the two persons are one, or one is the holder.
    """
    check_persons(db_session, record, actor, second_person)
    same_holder = successor.person_id == record.person_id and successor.level == record.level
    if not same_holder or successor.id == record.id:
        raise InvalidInputError("successor", [{"field": "successor", "code": "other_holder"}])
    check_not_ended(db_session, record)
    return add_event(
        db_session,
        record,
        "superseded",
        reason,
        actor=actor,
        second_person=second_person,
        now=now,
        successor=successor,
    )


def check_not_ended(db_session: Session, record: CredentialRecord) -> None:
    """Refuse what makes no sense for a credential that was revoked or replaced.

    Raises:
        CredentialEndedError: If it was.
    """
    life = queries.held_credential(db_session, record, at=record.issued_at).life
    if life.revoked_at is not None or life.superseded_at is not None:
        raise CredentialEndedError(f"{record!r} was revoked or replaced")


def snapshot_of(record: CredentialRecord) -> Credential:
    """Return what the certificate prints, as it was issued.

    Raises:
        RecordDamagedError: If the stored snapshot cannot be read any more.
    """
    try:
        return Credential.from_json(record.snapshot)
    except CredentialError as error:
        logger.exception("%r: snapshot unreadable", record)
        raise RecordDamagedError(f"{record!r}") from error


def check_persons(
    db_session: Session, record: CredentialRecord, actor: str, second_person: str
) -> None:
    """Refuse an act of one person alone, or of the holder.

    Raises:
        SecondPersonRequiredError: If the two persons are one, or one is the holder.
    """
    holder = db_session.scalar(select(Person.public_id).where(Person.id == record.person_id))
    if actor == second_person or f"person:{holder}" in {actor, second_person}:
        raise SecondPersonRequiredError(f"{record!r}: {actor} and {second_person}")


def add_event(
    db_session: Session,
    record: CredentialRecord,
    kind: str,
    reason: str,
    *,
    actor: str,
    second_person: str | None,
    now: datetime,
    until_at: datetime | None = None,
    successor: CredentialRecord | None = None,
) -> CredentialEvent:
    """Add what happened to a credential, with its audit entry.

    Args:
        db_session: The session of the caller's transaction.
        record: The credential.
        kind: `issued`, `suspended`, `reinstated`, `revoked` or `superseded`.
        reason: Its code.
        actor: Who did it.
        second_person: Who confirmed it; None for an issue alone.
        now: The moment (aware).
        until_at: Planned end of a suspension (aware).
        successor: What took the credential's place.
    """
    event = CredentialEvent(
        credential_id=record.id,
        kind=kind,
        reason=str(reason),
        actor=actor,
        second_person=second_person,
        at=record.issued_at if kind == "issued" else now,
        until_at=until_at,
        successor_id=None if successor is None else successor.id,
    )
    db_session.add(event)
    db_session.flush()
    details = {"reason": str(reason), "content_hash": record.content_hash}
    if second_person is not None:
        details["second_person"] = second_person
    if successor is not None:
        details["successor"] = successor.number
    record_act(
        db_session,
        subject=f"credential:{record.number}",
        action=f"credential.{kind}",
        actor=actor,
        now=now,
        details=details,
    )
    logger.info("%r %s: %s", record, kind, reason)
    publish(
        db_session,
        CredentialChanged(
            event_id=event.id,
            number=record.number,
            person_id=record.person_id,
            level=record.level,
            kind=kind,
            at=event.at,
            successor=None if successor is None else successor.number,
        ),
    )
    return event
