"""Whether a certificate may be renewed by a refresher exam now, and what renewed which."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.certification import queries
from app.certification.models import CredentialRecord, CredentialRenewal, RefresherSitting
from app.certification.queries import HeldCredential
from app.certification.standing import refresher_code
from app.core.db import read_rows
from app.core.errors import ConflictError, NotFoundError
from app.exams import queries as exams
from app.exams.models import Attempt
from certificates.programmes import CertificationProgramme, Refresher
from certificates.retakes import Retake, Sitting, next_sitting


class NotRenewableError(ConflictError):
    """Raised when a certificate cannot be renewed by a refresher exam now."""

    code = "not_renewable"


@dataclass(frozen=True)
class RenewalOffer:
    """That a certificate may be renewed by a refresher exam, and how that stands.

    Attributes:
        held: The certificate.
        programme: By whose rules: the newest version of its programme.
        refresher: The exam.
        open_id: Public id of the refresher exam that the holder is in, if any.
        retake: The earliest moment of the next one and the rule that sets it.
        past: Refresher exams of this certificate that are over, newest first.
    """

    held: HeldCredential
    programme: CertificationProgramme
    refresher: Refresher
    open_id: str | None
    retake: Retake
    past: tuple[Attempt, ...]

    def may_start(self, now: datetime) -> bool:
        """Say whether the exam may begin, or be gone on with."""
        return self.open_id is not None or self.retake.allowed_at(now)


def offer_or_none(
    db_session: Session, held: HeldCredential, *, now: datetime
) -> RenewalOffer | None:
    """Return the offer to renew a certificate by a refresher exam; None where there is none.

    There is one for a valid certificate in the last days of its validity, if the newest version of
    its programme has such an exam and the holder has no later certificate of the programme.

    Args:
        db_session: A session to read with.
        held: The certificate as of `now`.
        now: The moment (aware).
    """
    record = held.record
    programme_id = queries.split_ref(record.programme_ref)[0]
    try:
        programme = queries.newest_programme(db_session, programme_id)
    except NotFoundError:  # a register that was restored without its programmes
        return None
    refresher = programme.refresher
    if refresher is None or not held.is_valid:
        return None
    ends_soon = record.expires_at - now <= programme.renewal_window
    if not ends_soon or _has_later_one(db_session, record, programme_id, now):
        return None
    open_attempt = exams.open_attempt_or_none(
        db_session, record.person_id, refresher_code(programme)
    )
    past = tuple(
        attempt for attempt in _attempts_of(db_session, record) if attempt.closed_at is not None
    )
    sittings = [Sitting(one.started_at, one.closed_at) for one in past if one.closed_at is not None]
    return RenewalOffer(
        held=held,
        programme=programme,
        refresher=refresher,
        open_id=None if open_attempt is None else open_attempt.public_id,
        retake=next_sitting(programme, sittings, now=now),
        past=past,
    )


def offer(db_session: Session, record: CredentialRecord, *, now: datetime) -> RenewalOffer:
    """Return the offer to renew a certificate.

    Raises:
        NotRenewableError: If there is none.
    """
    held = queries.held_credential(db_session, record, at=now)
    found = offer_or_none(db_session, held, now=now)
    if found is None:
        raise NotRenewableError(f"{record!r} cannot be renewed by a refresher exam")
    return found


def _has_later_one(
    db_session: Session, record: CredentialRecord, programme_id: str, now: datetime
) -> bool:
    return any(
        one.is_running
        and one.record.id != record.id
        and one.record.expires_at > record.expires_at
        and queries.split_ref(one.record.programme_ref)[0] == programme_id
        for one in queries.credentials_of(db_session, record.person_id, at=now)
    )


def _attempts_of(db_session: Session, record: CredentialRecord) -> list[Attempt]:
    """Return the refresher exams that were begun for a certificate, newest first."""
    return list(
        db_session.scalars(
            select(Attempt)
            .join(RefresherSitting, RefresherSitting.attempt_id == Attempt.id)
            .where(RefresherSitting.credential_id == record.id)
            .order_by(Attempt.started_at.desc(), Attempt.id.desc())
        )
    )


def renewal_of(db_session: Session, record: CredentialRecord) -> CredentialRecord | None:
    """Return the credential that renewed this one by a refresher exam, if one did."""
    return db_session.scalar(
        select(CredentialRecord)
        .join(CredentialRenewal, CredentialRenewal.successor_id == CredentialRecord.id)
        .where(CredentialRenewal.credential_id == record.id)
    )


def renewed_from(db_session: Session, record: CredentialRecord) -> CredentialRecord | None:
    """Return the credential that this one renewed by a refresher exam, if it did."""
    return db_session.scalar(
        select(CredentialRecord)
        .join(CredentialRenewal, CredentialRenewal.credential_id == CredentialRecord.id)
        .where(CredentialRenewal.successor_id == record.id)
    )


FIND_REFRESHERS = """
SELECT DISTINCT r.programme_ref FROM refresher_sitting r JOIN attempt a ON a.id = r.attempt_id
WHERE a.person_id = :person_id ORDER BY r.programme_ref"""


def refresher_programmes(db_session: Session, person_id: int) -> list[str]:
    """Return the programme versions by whose rules a person sat refresher exams."""
    rows = read_rows(db_session, FIND_REFRESHERS, {"person_id": person_id})
    return [programme_ref for (programme_ref,) in rows]
