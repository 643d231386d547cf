"""便利安排: proposed by one member of staff, in force when a second one approves it."""

from __future__ import annotations

import logging
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.core.audit.services import record_act
from app.core.errors import ConflictError, InvalidInputError, SecondPersonRequiredError
from app.exams.deadlines import MOST_PERCENT, STANDARD_PERCENT
from app.sittings.models import Accommodation

logger = logging.getLogger(__name__)

MOST_BREAK_MINUTES = 120


class AccommodationEndedError(ConflictError):
    """Raised when an accommodation that has ended would be approved or ended again."""

    code = "accommodation_ended"


def propose_accommodation(
    db_session: Session,
    person: Person,
    *,
    time_percent: int,
    break_minutes: int,
    reason: str,
    actor: str,
    now: datetime,
) -> Accommodation:
    """Propose extra time, breaks, or both, for one person.

    Args:
        db_session: The session of the caller's transaction.
        person: The candidate.
        time_percent: Working time in percent of the limit, 100 to 300.
        break_minutes: Time of breaks that stops the clock, 0 to 120.
        reason: Why, with the document it rests on; kept to staff.
        actor: Who proposes.
        now: The moment (aware).

    Raises:
        InvalidInputError: If a figure is out of range, or nothing is granted.
        SecondPersonRequiredError: If somebody would propose their own.
    """
    errors: list[dict[str, object]] = []
    if not STANDARD_PERCENT <= time_percent <= MOST_PERCENT:
        errors.append({"field": "time_percent", "code": "range"})
    if not 0 <= break_minutes <= MOST_BREAK_MINUTES:
        errors.append({"field": "break_minutes", "code": "range"})
    if not errors and time_percent == STANDARD_PERCENT and break_minutes == 0:
        errors.append({"field": "time_percent", "code": "grants_nothing"})
    if errors:
        raise InvalidInputError("accommodation", errors)
    if actor == f"person:{person.public_id}":
        raise SecondPersonRequiredError(f"{person!r} for themselves")
    granted = Accommodation(
        person_id=person.id,
        time_percent=time_percent,
        break_minutes=break_minutes,
        reason=reason,
        proposed_by=actor,
        proposed_at=now,
    )
    db_session.add(granted)
    db_session.flush()
    _audit(db_session, granted, "accommodation.proposed", actor, now)
    return granted


def approve_accommodation(
    db_session: Session, granted: Accommodation, *, actor: str, now: datetime
) -> None:
    """Put a locked accommodation in force for every exam that begins from now on.

    A repeat by the same person changes nothing.

    Raises:
        AccommodationEndedError: If it has ended.
        SecondPersonRequiredError: If who approves proposed it, or it is their own.
    """
    if granted.ended_at is not None:
        raise AccommodationEndedError(f"{granted!r}")
    _check_second(db_session, granted, actor)
    if granted.approved_at is not None:
        return
    granted.approved_by = actor
    granted.approved_at = now
    db_session.flush()
    _audit(db_session, granted, "accommodation.approved", actor, now)


def end_accommodation(
    db_session: Session, granted: Accommodation, *, actor: str, now: datetime
) -> None:
    """End a locked accommodation, or refuse a proposal; exams that run keep their time.

    Raises:
        AccommodationEndedError: If it has ended before.
    """
    if granted.ended_at is not None:
        raise AccommodationEndedError(f"{granted!r}")
    granted.ended_by = actor
    granted.ended_at = now
    db_session.flush()
    _audit(db_session, granted, "accommodation.ended", actor, now)


def _check_second(db_session: Session, granted: Accommodation, actor: str) -> None:
    own = db_session.scalar(select(Person.public_id).where(Person.id == granted.person_id))
    if actor in {granted.proposed_by, f"person:{own}"}:
        raise SecondPersonRequiredError(f"{granted!r}: {actor}")


def _audit(
    db_session: Session, granted: Accommodation, action: str, actor: str, now: datetime
) -> None:
    record_act(
        db_session,
        subject=f"accommodation:{granted.public_id}",
        action=action,
        actor=actor,
        now=now,
        details={"time_percent": granted.time_percent, "break_minutes": granted.break_minutes},
    )
    logger.info("%r %s", granted, action)
