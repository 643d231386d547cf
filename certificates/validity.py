"""From when until when something counts, and a credential's status at a moment.

Days are days in Asia/Shanghai. A period in months or years ends with its last day, that day
included up to midnight.
"""

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from certificates.errors import ProgrammeError

ISSUE_ZONE = ZoneInfo("Asia/Shanghai")
"""Certificates are dated, and end, by the calendar of Beijing."""


class CredentialStatus(StrEnum):
    """What a credential is worth at a moment."""

    NOT_YET_VALID = "not_yet_valid"
    VALID = "valid"
    EXPIRED = "expired"
    SUSPENDED = "suspended"
    REVOKED = "revoked"
    SUPERSEDED = "superseded"


@dataclass(frozen=True, slots=True)
class Validity:
    """The days on which a credential is valid, both included."""

    valid_from: date
    valid_until: date


@dataclass(frozen=True, slots=True)
class Suspension:
    """A time without effect; `until_at` is its first moment after, None while it is open."""

    from_at: datetime
    until_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialLife:
    """The dated facts that a status follows from; each was added, none was ever changed."""

    validity: Validity
    issued_at: datetime
    revoked_at: datetime | None = None
    superseded_at: datetime | None = None
    suspensions: tuple[Suspension, ...] = ()


def issue_day(moment: datetime) -> date:
    """Return the day in Asia/Shanghai on which `moment` falls.

    Raises:
        ProgrammeError: If `moment` has no time zone.
    """
    if moment.tzinfo is None:
        raise ProgrammeError(f"naive moment {moment!r}")
    return moment.astimezone(ISSUE_ZONE).date()


def end_of_day(day: date) -> datetime:
    """Return the first moment (aware, UTC) after `day` in Asia/Shanghai."""
    midnight = datetime.combine(day + timedelta(days=1), time(), tzinfo=ISSUE_ZONE)
    return midnight.astimezone(UTC)


def months_after(day: date, months: int) -> date:
    """Return the same day of a later month, or that month's last day if it has no such day."""
    month_index = day.year * 12 + day.month - 1 + months
    year, month = month_index // 12, month_index % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def validity(issued_at: datetime, years: int) -> Validity:
    """Return the validity of a credential.

    It ends the day before the anniversary. 29 February has none in a common year; the validity
    then ends on 28 February, the month's last day.

    Args:
        issued_at: The moment of issue (aware).
        years: Whole years, >= 1.
    """
    first = issue_day(issued_at)
    anniversary = months_after(first, 12 * years)
    last = anniversary if anniversary.day != first.day else anniversary - timedelta(days=1)
    return Validity(valid_from=first, valid_until=last)


def status_at(moment: datetime, life: CredentialLife) -> CredentialStatus:
    """Return the status at a moment, past or future.

    Of several that apply the gravest holds: revoked, superseded, expired, suspended. The moment
    of an act belongs to the new status; the last day of validity belongs to it whole.

    Args:
        moment: An aware datetime.
        life: The credential's dated facts.
    """
    if moment < life.issued_at:
        return CredentialStatus.NOT_YET_VALID
    if life.revoked_at is not None and life.revoked_at <= moment:
        return CredentialStatus.REVOKED
    if life.superseded_at is not None and life.superseded_at <= moment:
        return CredentialStatus.SUPERSEDED
    if moment >= end_of_day(life.validity.valid_until):
        return CredentialStatus.EXPIRED
    if is_suspended_at(moment, life):
        return CredentialStatus.SUSPENDED
    return CredentialStatus.VALID


def is_suspended_at(moment: datetime, life: CredentialLife) -> bool:
    """Say whether a suspension is on at a moment, whatever else is true of the credential."""
    return any(_is_suspended(suspension, moment) for suspension in life.suspensions)


def _is_suspended(suspension: Suspension, moment: datetime) -> bool:
    if moment < suspension.from_at:
        return False
    return suspension.until_at is None or moment < suspension.until_at
