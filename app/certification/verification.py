"""What a stranger, or somebody who knows the holder's name, is told about a credential.

Verdicts are separate, each yes, no or cannot tell; the page and the JSON answer are made of the
same record. Without the matching name there is no full name, no score and no reason.
"""

from __future__ import annotations

import hmac
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from app.certification import acts
from app.certification.queries import HeldCredential
from certificates.badges import agrees
from certificates.credentials import Credential
from certificates.errors import HolderNameError
from certificates.levels import Level
from certificates.names import mask_name, pdf_text
from certificates.scan_tokens import ScanExamination, is_of_holder
from certificates.validity import CredentialStatus, issue_day
from certificates.verdicts import Answer, Aspect, worst
from certificates.verification import Examination, Kind


class Check(StrEnum):
    """The checks, in the order in which they are told."""

    NUMBER = "number_registered"
    RECORD = "record_unaltered"
    REVOCATION = "not_revoked"
    SUSPENSION = "not_suspended"
    TIME = "in_validity"
    NAME = "name_matches"
    FILE = "file_matches"
    SIGNATURE = "signature_valid"
    CODE = "code_valid"


class Contradiction(StrEnum):
    """What speaks against what a verifier holds or is shown, the gravest first."""

    RECORD = "record"
    OTHER_CERTIFICATE = "other_certificate"
    CONTENT = "content"
    SIGNATURE = "signature"
    FILE = "file"
    CODE = "code"
    NAME = "name"


@dataclass(frozen=True)
class FullResult:
    """What is shown beside the public facts once the holder's name was given.

    Attributes:
        holder_name: The name as it is printed.
        theory_points, theory_cut_points, room_points, room_cut_points: Results, as printed.
        fingerprint: The first 64 bits of the content hash, as printed.
        revocation_reason: Code; None if it was not revoked.
    """

    holder_name: str
    theory_points: str
    theory_cut_points: str
    room_points: str
    room_cut_points: str
    fingerprint: str
    revocation_reason: str | None


@dataclass(frozen=True)
class PublicRecord:
    """A credential as a verifier sees it at a moment.

    Attributes:
        number: In canonical form.
        level: The level certified.
        title: Title of the certificate.
        issuer: Who certified.
        holder_masked: First character of the name, an asterisk for each other one.
        status: At `checked_at`.
        issued_on, valid_from, valid_until: Days in Asia/Shanghai; the last one is included.
        ended_on: The day of revocation or replacement, if it ended early.
        suspended_until: Planned end of a suspension, if one is on and has an end.
        successor: Number of the credential that replaced it.
        renewed_by: Number of the credential that renewed it, once it has expired.
        is_demo: Issued by a demonstration.
        verify_url: The address that its certificate prints.
        status_list: Number of the status lists that it has its place in; None if it has none.
        checked_at: The moment of this check.
        answers: What each check found; `CODE` only if a code was scanned.
        examination: What the file or credential that somebody gave turned out to be.
        differs: Whether that credential says something else than the register.
        asked_number: The number that was being verified, if what was given is of another one.
        is_employer: Whether who asks manages the provider that employs the holder.
        full: Only with the holder's name, through a link or code of the holder's, or for the
            holder's employer.
    """

    number: str
    level: Level
    title: str
    issuer: str
    holder_masked: str
    status: CredentialStatus
    issued_on: date
    valid_from: date
    valid_until: date
    ended_on: date | None
    suspended_until: datetime | None
    successor: str | None
    renewed_by: str | None
    is_demo: bool
    verify_url: str
    status_list: int | None
    checked_at: datetime
    answers: dict[Check, Answer]
    examination: Examination | None
    differs: bool
    asked_number: str | None
    is_employer: bool
    full: FullResult | None

    @property
    def contradiction(self) -> Contradiction | None:
        """What is not to be believed, whatever the status is; mostly nothing.

        A certificate's number is easily copied into a forged file: that the number is good must
        not be what the verifier of the file remembers.
        """
        found = {
            Contradiction.RECORD: self.answers[Check.RECORD] is Answer.NO,
            Contradiction.OTHER_CERTIFICATE: self.asked_number is not None,
            Contradiction.CONTENT: self.differs,
            Contradiction.SIGNATURE: self.answers[Check.SIGNATURE] is Answer.NO,
            Contradiction.FILE: self.answers[Check.FILE] is Answer.NO,
            Contradiction.CODE: self.answers.get(Check.CODE) is Answer.NO,
            Contradiction.NAME: self.answers[Check.NAME] is Answer.NO,
        }
        return next((one for one, is_so in found.items() if is_so), None)

    @property
    def holder_shown(self) -> str:
        return self.holder_masked if self.full is None else self.full.holder_name

    @property
    def days_left(self) -> int:
        """Days until the last day of validity, negative after it."""
        return (self.valid_until - issue_day(self.checked_at)).days

    def to_json(self) -> dict[str, Any]:
        """Return the public facts as JSON values; never the full result."""
        return {
            "number": self.number,
            "title": self.title,
            "level": self.level.value,
            "issuer": self.issuer,
            "holder": self.holder_masked,
            "status": self.status.value,
            "issued_on": self.issued_on.isoformat(),
            "valid_from": self.valid_from.isoformat(),
            "valid_until": self.valid_until.isoformat(),
            "ended_on": None if self.ended_on is None else self.ended_on.isoformat(),
            "replaced_by": self.successor,
            "renewed_by": self.renewed_by,
            "demonstration": self.is_demo,
            "checked_at": self.checked_at.isoformat(timespec="seconds"),
            "checks": {check.value: answer.value for check, answer in self.answers.items()},
        }


def public_record(
    held: HeldCredential,
    *,
    now: datetime,
    typed_name: str | None = None,
    file_matches: bool | None = None,
    examination: Examination | None = None,
    scan: ScanExamination | None = None,
    is_shared: bool = False,
    asked_number: str | None = None,
    is_employer: bool = False,
) -> PublicRecord:
    """Return what may be told about a credential.

    Args:
        held: The credential with its status at `now`.
        now: The moment of the check (aware).
        typed_name: The name that the verifier gave, if one was asked for.
        file_matches: Whether an uploaded file is the registered one; None if there was none, or
            no file is registered to compare with.
        examination: What the file or credential that was given turned out to be.
        scan: What the code that was scanned turned out to be.
        is_shared: Whether the holder's link led here.
        asked_number: The number, in canonical form, that the verifier had before giving
            something.
        is_employer: Whether who asks manages the provider that employs the holder.
    """
    record = held.record
    credential = acts.snapshot_of(record)
    knows_name = typed_name is not None and same_name(typed_name, credential.holder_name)
    facts = None if examination is None else examination.facts
    differs = facts is not None and not agrees(facts, credential)
    ended_at = held.life.revoked_at or held.life.superseded_at
    code = None if scan is None else _code(scan, credential)
    return PublicRecord(
        number=record.number,
        level=credential.level,
        title=credential.title,
        issuer=credential.issuer,
        holder_masked=mask_name(credential.holder_name),
        status=held.status,
        issued_on=issue_day(record.issued_at),
        valid_from=record.valid_from,
        valid_until=record.valid_until,
        ended_on=None if ended_at is None else issue_day(ended_at),
        suspended_until=_suspended_until(held, now),
        successor=held.successor,
        renewed_by=held.renewed_by,
        is_demo=record.is_demo,
        verify_url=f"{record.verify_base_url}/v/{record.number}",
        status_list=record.status_list,
        checked_at=now,
        answers={
            Check.NUMBER: Answer.YES,
            Check.RECORD: _answer(is_unaltered(held, credential)),
            Check.REVOCATION: _answer(ended_at is None),
            Check.SUSPENSION: _answer(held.status is not CredentialStatus.SUSPENDED),
            Check.TIME: _answer(ended_at is None and record.issued_at <= now < record.expires_at),
            Check.NAME: _answer(None if typed_name is None else knows_name),
            Check.FILE: _answer(file_matches),
            Check.SIGNATURE: Answer.NO if differs else _signature(examination),
            **({} if code is None else {Check.CODE: code}),
        },
        examination=examination,
        differs=differs,
        asked_number=None if asked_number == record.number else asked_number,
        is_employer=is_employer,
        full=_full(credential, held)
        if knows_name or is_shared or is_employer or code is Answer.YES
        else None,
    )


def is_unaltered(held: HeldCredential, credential: Credential) -> bool:
    """Say whether the stored snapshot is still what was issued, in its columns too."""
    record = held.record
    columns = (
        record.number,
        record.level,
        record.valid_from,
        record.valid_until,
        record.issued_at,
        record.is_demo,
    )
    printed = (
        credential.number,
        credential.level.value,
        credential.valid_from,
        credential.valid_until,
        credential.issued_at,
        credential.is_demo,
    )
    return columns == printed and credential.content_hash() == record.content_hash


def same_name(typed: str, holder_name: str) -> bool:
    """Say whether a typed name is the holder's: case, spaces, dots and width are forgiven."""
    try:
        given = pdf_text(typed)
    except HolderNameError:
        return False
    return hmac.compare_digest(_folded(given).encode(), _folded(holder_name).encode())


def _folded(name: str) -> str:
    """Return the letters of a name alone; compatibility forms are one with their letters."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return "".join(ch for ch in folded if unicodedata.category(ch)[0] in {"L", "M", "N"})


def _answer(found: bool | None) -> Answer:
    if found is None:
        return Answer.UNKNOWN
    return Answer.YES if found else Answer.NO


def _signature(examination: Examination | None) -> Answer:
    """Return the verdict on the signatures of what was given: key and content together."""
    if examination is None:
        return Answer.UNKNOWN
    aspects = [Aspect.ISSUER, Aspect.CREDENTIAL]
    if examination.kind is Kind.FILE:
        aspects.append(Aspect.FILE)
    return worst(examination.finding(aspect) for aspect in aspects)


def _code(scan: ScanExamination, credential: Credential) -> Answer:
    """Return the verdict on a scanned code: the issuer's, of this number, name and days."""
    token = scan.token
    if token is None:
        return Answer.NO
    is_same = (
        scan.number == credential.number
        and token.issued_on == issue_day(credential.issued_at)
        and token.valid_until == credential.valid_until
        and is_of_holder(token, credential.number, credential.holder_name)
    )
    if not is_same:
        return Answer.NO
    return worst(scan.finding(aspect) for aspect in (Aspect.ISSUER, Aspect.CREDENTIAL))


def _suspended_until(held: HeldCredential, now: datetime) -> datetime | None:
    if held.status is not CredentialStatus.SUSPENDED:
        return None
    ends = [
        suspension.until_at
        for suspension in held.life.suspensions
        if suspension.from_at <= now and (suspension.until_at is None or suspension.until_at > now)
    ]
    return None if None in ends else max(end for end in ends if end is not None)


def _full(credential: Credential, held: HeldCredential) -> FullResult:
    return FullResult(
        holder_name=credential.holder_name,
        theory_points=_points(credential.theory_points),
        theory_cut_points=_points(credential.theory_cut_points),
        room_points=_points(credential.room_points),
        room_cut_points=_points(credential.room_cut_points),
        fingerprint=credential.fingerprint,
        revocation_reason=held.revocation_reason,
    )


def _points(points: object) -> str:
    """Return points as the certificate prints them: 83 or 83.3."""
    return str(points).removesuffix(".0")
