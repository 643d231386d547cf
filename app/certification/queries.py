"""Reads of certification; those of a person's own things also decide whether they may know."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

from sqlalchemy import BindParameter, Select, bindparam, exists, or_, select
from sqlalchemy.orm import Session, aliased

from app.certification.models import (
    CredentialEvent,
    CredentialRecord,
    CredentialRenewal,
    DecisionRecord,
    Enrolment,
    PdfFingerprint,
    ProgrammeVersion,
)
from app.core.db import UtcDateTime, read_rows
from app.core.errors import NotFoundError
from certificates.decisions import Part
from certificates.levels import Level
from certificates.programmes import CertificationProgramme
from certificates.validity import (
    CredentialLife,
    CredentialStatus,
    Suspension,
    Validity,
    status_at,
)

REFRESHER_PART = "refresher"
"""Part under which a refresher exam stands among the evidence; no part of a programme."""

_PROGRAMMES: dict[str, CertificationProgramme] = {}
"""Parsed versions that this process has read; published versions never change."""


# Statements of the pages and acts of an exam day: built once, or read on the driver. To build one
# anew takes longer than to run it.

ACTIVE_ENROLMENT = select(Enrolment).where(
    Enrolment.person_id == bindparam("person_id"),
    Enrolment.programme_id == bindparam("programme_id"),
    Enrolment.withdrawn_at.is_(None),
    Enrolment.certified_at.is_(None),
)

ACTIVE_ENROLMENT_LOCKED = ACTIVE_ENROLMENT.with_for_update().execution_options(
    # What another transaction committed while this one waited must be seen.
    populate_existing=True
)

ENROLMENTS = (
    select(Enrolment)
    .where(Enrolment.person_id == bindparam("person_id"))
    .order_by(Enrolment.enrolled_at.desc(), Enrolment.id.desc())
)

LAST_DECISION = (
    select(DecisionRecord)
    .where(DecisionRecord.enrolment_id == bindparam("enrolment_id"))
    .order_by(DecisionRecord.id.desc())
    .limit(1)
)

FIND_PROGRAMMES = "SELECT programme_id, version FROM programme_version"

FIND_USED = """
SELECT e.evidence_id FROM credential_evidence e JOIN credential_record c ON c.id = e.credential_id
WHERE c.person_id = :person_id"""

FIND_ANY_CREDENTIAL = "SELECT 1 FROM credential_record WHERE person_id = :person_id LIMIT 1"


def split_ref(ref: str) -> tuple[str, int]:
    """Return id and version of `id@version`.

    Raises:
        NotFoundError: If the text is no such reference.
    """
    content_id, _, version = ref.rpartition("@")
    if not content_id or not version.isdecimal():
        raise NotFoundError(f"programme {ref}")
    return content_id, int(version)


def programme_of(db_session: Session, ref: str) -> CertificationProgramme:
    """Return one version of a programme.

    Raises:
        NotFoundError: If there is none.
    """
    if ref not in _PROGRAMMES:
        programme_id, version = split_ref(ref)
        row = db_session.scalar(
            select(ProgrammeVersion).where(
                ProgrammeVersion.programme_id == programme_id, ProgrammeVersion.version == version
            )
        )
        if row is None:
            raise NotFoundError(f"programme {ref}")
        _PROGRAMMES[ref] = CertificationProgramme.model_validate(row.body)
    return _PROGRAMMES[ref]


def forget_programmes() -> None:
    """Drop the parsed versions: a redraft replaced a body."""
    _PROGRAMMES.clear()


def programmes(db_session: Session) -> list[CertificationProgramme]:
    """Return the newest version of each programme, by level, demonstrations last."""
    newest: dict[str, int] = {}
    for programme_id, version in read_rows(db_session, FIND_PROGRAMMES, {}):
        newest[programme_id] = max(version, newest.get(programme_id, 0))
    found = [programme_of(db_session, f"{one}@{version}") for one, version in newest.items()]
    return sorted(found, key=lambda one: (one.is_demo, one.level.number, one.id))


def newest_programme(db_session: Session, programme_id: str) -> CertificationProgramme:
    """Return the version that an enrolment made now is bound to.

    Raises:
        NotFoundError: If there is no programme of that id.
    """
    version = db_session.scalar(
        select(ProgrammeVersion.version)
        .where(ProgrammeVersion.programme_id == programme_id)
        .order_by(ProgrammeVersion.version.desc())
        .limit(1)
    )
    if version is None:
        raise NotFoundError(f"programme {programme_id}")
    return programme_of(db_session, f"{programme_id}@{version}")


def active_enrolment_or_none(
    db_session: Session, person_id: int, programme_id: str, *, lock: bool = False
) -> Enrolment | None:
    """Return the person's enrolment in a programme that has not ended, if any."""
    query = ACTIVE_ENROLMENT_LOCKED if lock else ACTIVE_ENROLMENT
    return db_session.scalar(query, {"person_id": person_id, "programme_id": programme_id})


def active_enrolment(
    db_session: Session, person_id: int, programme_id: str, *, lock: bool = False
) -> Enrolment:
    """Return the person's enrolment in a programme.

    Raises:
        NotFoundError: If the person is not enrolled, or the enrolment has ended.
    """
    found = active_enrolment_or_none(db_session, person_id, programme_id, lock=lock)
    if found is None:
        raise NotFoundError(f"enrolment of person {person_id} in {programme_id}")
    return found


def enrolments_of(db_session: Session, person_id: int) -> Sequence[Enrolment]:
    """Return a person's enrolments, newest first."""
    return db_session.scalars(ENROLMENTS, {"person_id": person_id}).all()


def last_decision_or_none(db_session: Session, enrolment_id: int) -> DecisionRecord | None:
    """Return the newest decision on an enrolment."""
    return db_session.scalar(LAST_DECISION, {"enrolment_id": enrolment_id})


def evidence_key(part: Part, evidence_id: str) -> str:
    """Return the name under which a result is kept as evidence: public ids are of two tables."""
    return f"{part}:{evidence_id}"


def refresher_key(attempt_public_id: str) -> str:
    """Return the name under which a refresher exam is kept as evidence."""
    return f"{REFRESHER_PART}:{attempt_public_id}"


def used_evidence(db_session: Session, person_id: int) -> frozenset[str]:
    """Return the results (by `evidence_key`) that certified this person before."""
    rows = read_rows(db_session, FIND_USED, {"person_id": person_id})
    return frozenset(evidence_id for (evidence_id,) in rows)


@dataclass(frozen=True)
class HeldCredential:
    """A credential with what happened to it, as of one moment.

    Attributes:
        record: The credential.
        status: Its status at the moment of the question.
        life: The dated facts that the status follows from.
        successor: Number of the credential that replaced it, if one did.
        revocation_reason: Code of the reason of a revocation, for the holder alone.
        renewed_by: Number of the credential that renewed it; told once it has expired.
    """

    record: CredentialRecord
    status: CredentialStatus
    life: CredentialLife
    successor: str | None = None
    revocation_reason: str | None = None
    renewed_by: str | None = None

    @property
    def is_valid(self) -> bool:
        return self.status is CredentialStatus.VALID

    @property
    def is_running(self) -> bool:
        """Whether it is within its validity, in effect or suspended."""
        return self.status in {CredentialStatus.VALID, CredentialStatus.SUSPENDED}

    def bars_enrolment(self, at: datetime, window: timedelta) -> bool:
        """Say whether it stands against earning another one of its programme at a moment (aware).

        It does until the last `window` of its validity; a suspended one does to its end.
        """
        ends_soon = self.record.expires_at - at <= window
        return self.is_running and not (self.is_valid and ends_soon)

    def days_left(self, today: date) -> int:
        """Return the days until the last day of validity; negative after it."""
        return (self.record.valid_until - today).days


def credential_or_none(
    db_session: Session, number: str, *, lock: bool = False
) -> CredentialRecord | None:
    """Return the credential of a number in canonical form, if there is one."""
    query = select(CredentialRecord).where(CredentialRecord.number == number)
    return db_session.scalar(query.with_for_update() if lock else query)


def credential(db_session: Session, number: str, *, lock: bool = False) -> CredentialRecord:
    """Return the credential of a number.

    Raises:
        NotFoundError: If there is none.
    """
    found = credential_or_none(db_session, number, lock=lock)
    if found is None:
        raise NotFoundError(f"credential {number}")
    return found


def credential_by_id(db_session: Session, credential_id: int) -> CredentialRecord:
    """Return the credential of a row that names it."""
    found = db_session.get(CredentialRecord, credential_id)
    assert found is not None, "a foreign key"
    return found


def events_of(db_session: Session, record: CredentialRecord) -> Sequence[CredentialEvent]:
    """Return what happened to a credential, newest first."""
    return db_session.scalars(
        select(CredentialEvent)
        .where(CredentialEvent.credential_id == record.id)
        .order_by(CredentialEvent.id.desc())
    ).all()


def credential_of(db_session: Session, number: str, person_id: int) -> CredentialRecord:
    """Return the person's own credential.

    Raises:
        NotFoundError: If there is none of that number, or it is somebody else's.
    """
    found = credential_or_none(db_session, number)
    if found is None or found.person_id != person_id:
        raise NotFoundError(f"credential {number} of person {person_id}")
    return found


def held_credential(
    db_session: Session, record: CredentialRecord, *, at: datetime
) -> HeldCredential:
    """Return a credential with its status at a moment."""
    return held_of(db_session, [record], at=at)[0]


def credentials_of(db_session: Session, person_id: int, *, at: datetime) -> list[HeldCredential]:
    """Return a person's credentials with their status at a moment, newest first."""
    if not read_rows(db_session, FIND_ANY_CREDENTIAL, {"person_id": person_id}):
        return []  # as of most who sit their first exam
    records = db_session.scalars(
        select(CredentialRecord)
        .where(CredentialRecord.person_id == person_id)
        .order_by(CredentialRecord.issued_at.desc(), CredentialRecord.id.desc())
    ).all()
    return held_of(db_session, records, at=at)


def held_of(
    db_session: Session, records: Sequence[CredentialRecord], *, at: datetime
) -> list[HeldCredential]:
    """Return credentials with their status at a moment, in the same order."""
    events: dict[int, list[CredentialEvent]] = {record.id: [] for record in records}
    rows = db_session.scalars(
        select(CredentialEvent)
        .where(CredentialEvent.credential_id.in_(events))
        .order_by(CredentialEvent.id)
    )
    for row in rows:
        events[row.credential_id].append(row)
    successors = _numbers(db_session, [row for group in events.values() for row in group])
    lives = {record.id: life_of(record, events[record.id]) for record in records}
    statuses = {record_id: status_at(at, life) for record_id, life in lives.items()}
    renewals = _renewals(
        db_session, [one for one, status in statuses.items() if status is CredentialStatus.EXPIRED]
    )
    out = []
    for record in records:
        own = events[record.id]
        out.append(
            HeldCredential(
                record=record,
                status=statuses[record.id],
                life=lives[record.id],
                successor=next(
                    (successors[row.successor_id] for row in own if row.successor_id), None
                ),
                revocation_reason=next((row.reason for row in own if row.kind == "revoked"), None),
                renewed_by=renewals.get(record.id),
            )
        )
    return out


def _renewals(db_session: Session, expired_ids: Sequence[int]) -> dict[int, str]:
    """Return the number of what renewed each of some expired credentials, by key."""
    if not expired_ids:
        return {}
    rows = db_session.execute(
        select(CredentialRenewal.credential_id, CredentialRecord.number)
        .join(CredentialRecord, CredentialRecord.id == CredentialRenewal.successor_id)
        .where(CredentialRenewal.credential_id.in_(expired_ids))
    )
    return {row.credential_id: row.number for row in rows}


def _numbers(db_session: Session, events: Iterable[CredentialEvent]) -> dict[int, str]:
    wanted = {event.successor_id for event in events if event.successor_id}
    if not wanted:
        return {}
    rows = db_session.execute(
        select(CredentialRecord.id, CredentialRecord.number).where(CredentialRecord.id.in_(wanted))
    )
    return {row.id: row.number for row in rows}


def life_of(record: CredentialRecord, events: Sequence[CredentialEvent]) -> CredentialLife:
    """Return the dated facts of a credential, from its events in the order they were added."""
    suspensions = []
    for event in events:
        if event.kind != "suspended":
            continue
        ends = [other.at for other in events if other.kind == "reinstated" and other.id > event.id]
        if event.until_at is not None:
            ends.append(event.until_at)
        suspensions.append(Suspension(event.at, min(ends, default=None)))
    return CredentialLife(
        validity=Validity(record.valid_from, record.valid_until),
        issued_at=record.issued_at,
        revoked_at=next((event.at for event in events if event.kind == "revoked"), None),
        superseded_at=next((event.at for event in events if event.kind == "superseded"), None),
        suspensions=tuple(suspensions),
    )


def valid_credentials(
    at: datetime | BindParameter[datetime], *, include_demo: bool
) -> Select[int, str, str, date, str, bool]:
    """Return the select of every credential that is valid at a moment, to be joined.

    The same rule as `certificates.validity.status_at`, said in SQL; a test compares the two.

    Args:
        at: The moment (aware), or the parameter that will hold it.
        include_demo: Whether credentials of a demonstration count: in a demonstration only.

    Returns:
        A select of person_id, level, number, valid_until, programme_ref and is_demo.
    """
    ended = exists().where(
        CredentialEvent.credential_id == CredentialRecord.id,
        CredentialEvent.kind.in_(("revoked", "superseded")),
        CredentialEvent.at <= at,
    )
    suspension, return_ = aliased(CredentialEvent), aliased(CredentialEvent)
    suspended = exists().where(
        suspension.credential_id == CredentialRecord.id,
        suspension.kind == "suspended",
        suspension.at <= at,
        or_(suspension.until_at.is_(None), suspension.until_at > at),
        ~exists().where(
            return_.credential_id == CredentialRecord.id,
            return_.kind == "reinstated",
            return_.id > suspension.id,
            return_.at <= at,
        ),
    )
    query = select(
        CredentialRecord.person_id,
        CredentialRecord.level,
        CredentialRecord.number,
        CredentialRecord.valid_until,
        CredentialRecord.programme_ref,
        CredentialRecord.is_demo,
    ).where(CredentialRecord.issued_at <= at, CredentialRecord.expires_at > at, ~ended, ~suspended)
    return query if include_demo else query.where(CredentialRecord.is_demo.is_(False))


def held_levels(
    db_session: Session, person_id: int, *, at: datetime, include_demo: bool
) -> frozenset[Level]:
    """Return the levels of which the person holds a valid credential at a moment."""
    if not read_rows(db_session, FIND_ANY_CREDENTIAL, {"person_id": person_id}):
        return frozenset()
    asked = {"at": at, "person_id": person_id}
    return frozenset(
        Level(row.level) for row in db_session.execute(_valid_of_person(include_demo), asked)
    )


@lru_cache(maxsize=2)
def _valid_of_person(include_demo: bool) -> Select[int, str, str, date, str, bool]:
    """Return the select of what a person holds; to build it takes longer than to run it."""
    at = bindparam("at", type_=UtcDateTime)
    valid = valid_credentials(at, include_demo=include_demo)
    return valid.where(CredentialRecord.person_id == bindparam("person_id"))


def fingerprint_or_none(db_session: Session, credential_id: int) -> PdfFingerprint | None:
    """Return the registered file of a credential, if it was ever rendered."""
    return db_session.scalar(
        select(PdfFingerprint).where(PdfFingerprint.credential_id == credential_id)
    )


def credential_of_file_or_none(db_session: Session, sha256: str) -> CredentialRecord | None:
    """Return the credential whose registered file has this SHA-256, if there is one."""
    return db_session.scalar(
        select(CredentialRecord)
        .join(PdfFingerprint, PdfFingerprint.credential_id == CredentialRecord.id)
        .where(PdfFingerprint.sha256 == sha256)
    )
