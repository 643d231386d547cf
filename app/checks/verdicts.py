"""What a pair of number and name is worth now: one word for each pair, the same by every way in.

A name that does not match is told as that and nothing else: no level, no date. How often a
provider may try names on one number is counted, whatever way the tries come.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.certification import queries
from app.certification.acts import snapshot_of
from app.certification.models import CredentialRecord
from app.certification.queries import HeldCredential
from app.certification.verification import is_unaltered, same_name
from app.core.rate_limits import count_hit
from certificates.errors import CertificateNumberError
from certificates.levels import Level
from certificates.numbers import normalize_number
from certificates.validity import CredentialStatus, issue_day

EXPIRING = timedelta(days=30)
"""From so long before its last day on a certificate is told to end soon."""

NAME_TRIES, NAME_WINDOW_S = 5, 3600
"""Names that a provider may try on one number in an hour."""


class Verdict(StrEnum):
    """The words are in `labels.py`, in this order."""

    VALID = "valid"
    EXPIRING = "expiring"
    EXPIRED = "expired"
    NOT_YET_VALID = "not_yet_valid"
    SUSPENDED = "suspended"
    REVOKED = "revoked"
    SUPERSEDED = "superseded"
    OTHER_NAME = "name_mismatch"
    NO_NAME = "name_missing"
    MALFORMED = "malformed_number"
    UNKNOWN = "unknown_number"
    REPEATED = "repeated_row"
    TOO_MANY_NAMES = "too_many_names"
    DAMAGED = "record_damaged"


OF_STATUS = {
    CredentialStatus.VALID: Verdict.VALID,
    CredentialStatus.EXPIRED: Verdict.EXPIRED,
    CredentialStatus.NOT_YET_VALID: Verdict.NOT_YET_VALID,
    CredentialStatus.SUSPENDED: Verdict.SUSPENDED,
    CredentialStatus.REVOKED: Verdict.REVOKED,
    CredentialStatus.SUPERSEDED: Verdict.SUPERSEDED,
}


@dataclass(frozen=True, slots=True)
class Judged:
    """What came of one pair.

    Attributes:
        verdict: The one word.
        number: In canonical form, if it is a number.
        level, valid_until: Only if the name matched.
        is_demo: Whether a demonstration issued it.
    """

    verdict: Verdict
    number: str | None = None
    level: Level | None = None
    valid_until: date | None = None
    is_demo: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {
            "verdict": self.verdict.value,
            "number": self.number,
            "level": None if self.level is None else self.level.value,
            "valid_until": None if self.valid_until is None else self.valid_until.isoformat(),
            "demonstration": self.is_demo,
        }


def canonical_or_none(typed: str) -> str | None:
    """Return a typed number in canonical form; None if it is none."""
    try:
        return normalize_number(typed)
    except CertificateNumberError:
        return None


def repeated(typed_numbers: Iterable[str]) -> list[bool]:
    """Say of each number whether it stood before: one number is judged once, with one name."""
    seen: set[str] = set()
    out = []
    for typed in typed_numbers:
        number = canonical_or_none(typed)
        out.append(number is not None and number in seen)
        if number is not None:
            seen.add(number)
    return out


def judge_pairs(
    db_session: Session,
    provider_id: int,
    pairs: Sequence[tuple[str, str]],
    *,
    now: datetime,
) -> list[Judged]:
    """Judge pairs of number and name, in their order; numbers that repeat are the caller's.

    Args:
        db_session: The session of the caller's transaction; tries of names are counted in it.
        provider_id: Who asks.
        pairs: Number and name as typed.
        now: The moment (aware).
    """
    numbers = [canonical_or_none(number) for number, _ in pairs]
    held = _held(db_session, {number for number in numbers if number is not None}, now)
    out = []
    for (_, name), number in zip(pairs, numbers, strict=True):
        if number is None:
            out.append(Judged(Verdict.MALFORMED))
        elif number not in held:
            out.append(Judged(Verdict.UNKNOWN, number))
        elif not name.strip():
            out.append(Judged(Verdict.NO_NAME, number))
        else:
            out.append(_judged(db_session, provider_id, held[number], name, now))
    return out


def _held(db_session: Session, numbers: set[str], now: datetime) -> dict[str, HeldCredential]:
    records = db_session.scalars(
        select(CredentialRecord).where(CredentialRecord.number.in_(numbers))
    ).all()
    return {one.record.number: one for one in queries.held_of(db_session, records, at=now)}


def _judged(
    db_session: Session, provider_id: int, held: HeldCredential, name: str, now: datetime
) -> Judged:
    record = held.record
    # Counted before it is compared, so that a right guess after many wrong ones tells nothing.
    key = f"check-name:{provider_id}:{record.number}"
    if count_hit(db_session, key, limit=NAME_TRIES, window_s=NAME_WINDOW_S, now=now) is not None:
        return Judged(Verdict.TOO_MANY_NAMES, record.number)
    credential = snapshot_of(record)
    if not is_unaltered(held, credential):
        return Judged(Verdict.DAMAGED, record.number)
    if not same_name(name, credential.holder_name):
        return Judged(Verdict.OTHER_NAME, record.number)
    verdict = OF_STATUS[held.status]
    if verdict is Verdict.VALID and record.valid_until - issue_day(now) <= EXPIRING:
        verdict = Verdict.EXPIRING
    return Judged(verdict, record.number, credential.level, record.valid_until, record.is_demo)
