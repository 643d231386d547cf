"""Seats: book, move, give back; check in; start; note who stayed away."""

from __future__ import annotations

import hmac
import logging
import secrets
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.core.audit.services import record_act
from app.core.config import Settings
from app.core.errors import (
    ConflictError,
    ForbiddenError,
    RateLimitedError,
)
from app.core.i18n import local_date
from app.core.rate_limits import count_hit
from app.exams import queries as exams
from app.exams.events import AttemptStarting
from app.exams.models import Attempt
from app.exams.services import start_attempt
from app.exams.terms import Arrangement, ExamTerms
from app.sittings import entitlement, queries
from app.sittings.models import IdentityCheck, Seat, Sitting

logger = logging.getLogger(__name__)

CHANGE_UNTIL = timedelta(hours=24)
"""A seat may be moved or given back until this long before the window opens."""

CODE_TRIES, CODE_WINDOW_S = 10, 600
"""Access codes that one seat may try in ten minutes."""


class SittingFullError(ConflictError):
    """Raised when every seat of a sitting is taken."""

    code = "sitting_full"


class SittingClosedError(ConflictError):
    """Raised when a sitting was cancelled or has ended."""

    code = "sitting_closed"


class BookingClosedError(ConflictError):
    """Raised when a seat would be booked after the last moment of entry."""

    code = "booking_closed"


class AlreadyBookedError(ConflictError):
    """Raised when a person would hold two seats for the same exam."""

    code = "already_booked"


class SeatBookedError(ConflictError):
    """Raised when an exam would be started alone by who holds a seat for it."""

    code = "seat_booked"


class TooLateToChangeError(ConflictError):
    """Raised when a seat would be moved or given back within `CHANGE_UNTIL` of the window."""

    code = "too_late_to_change"


class NotYetOpenError(ConflictError):
    """Raised when an exam would be started before the window opens."""

    code = "not_yet_open"


class EntryClosedError(ConflictError):
    """Raised when an exam would be started after the last moment of entry."""

    code = "entry_closed"


class NotCheckedInError(ConflictError):
    """Raised when an exam would be started before anybody saw who sits there."""

    code = "not_checked_in"


class CheckInClosedError(ConflictError):
    """Raised when somebody would be checked in outside the time for it."""

    code = "check_in_closed"


class OwnSeatError(ForbiddenError):
    """Raised when somebody would invigilate an exam that they sit themselves."""

    code = "own_seat"


class OwnTraineeError(ForbiddenError):
    """Raised when somebody would invigilate people whom they taught."""

    code = "own_trainee"


def book_seat(
    db_session: Session,
    sitting: Sitting,
    person_id: int,
    *,
    settings: Settings,
    actor: str,
    now: datetime,
) -> Seat:
    """Book a seat, or return the one that the person holds in this sitting.

    Args:
        db_session: The session of the caller's transaction.
        sitting: A locked sitting: its row is the queue for its seats.
        person_id: The candidate.
        settings: Of this deployment.
        actor: Who books.
        now: The moment (aware).

    Raises:
        SittingClosedError, BookingClosedError, SittingFullError: If there is no seat.
        AlreadyBookedError: If the person holds a seat for the same exam.
        NotFoundError, PartPassedError, RetakeTooEarlyError: If the person may not sit it.
    """
    # Two sittings booked at once by one person: the person's row is the second queue.
    db_session.execute(select(Person.id).where(Person.id == person_id).with_for_update())
    for seat, held in queries.seats_of_person(db_session, person_id):
        if held.id == sitting.id:
            return seat
    if not sitting.is_live:
        raise SittingClosedError(f"{sitting!r}")
    if now > sitting.closes_at:
        raise BookingClosedError(f"{sitting!r}")
    terms = entitlement.terms_for(db_session, person_id, sitting, settings=settings)
    waiting = queries.waiting_seat_or_none(db_session, person_id, sitting.programme_id, now=now)
    if waiting is not None and not sitting.is_practice:
        raise AlreadyBookedError(f"person {person_id}: {waiting!r}")
    seat = Seat(
        sitting_id=sitting.id,
        person_id=person_id,
        number=_free_number(db_session, sitting),
        ticket=_new_ticket(db_session, sitting),
        terms=asdict(terms),
        form=None,
        booked_at=now,
    )
    db_session.add(seat)
    db_session.flush()
    _audit_seat(db_session, seat, "seat.booked", actor, now, {"sitting": sitting.public_id})
    return seat


def give_back_seat(
    db_session: Session, seat: Seat, sitting: Sitting, *, actor: str, now: datetime
) -> None:
    """Cancel a booking.

    Args:
        db_session: The session of the caller's transaction.
        seat: A locked seat.
        sitting: Its sitting.
        actor: Who cancels.
        now: The moment (aware).

    Raises:
        TooLateToChangeError: If the window is too near, or the seat was sat or missed.
    """
    _check_changeable(seat, sitting, now)
    seat.cancelled_at = now
    db_session.flush()
    _audit_seat(db_session, seat, "seat.given_back", actor, now, {"sitting": sitting.public_id})


def move_seat(
    db_session: Session,
    seat: Seat,
    sitting: Sitting,
    target: Sitting,
    *,
    settings: Settings,
    actor: str,
    now: datetime,
) -> Seat:
    """Give a seat back and book one in another sitting, both or neither.

    Raises:
        TooLateToChangeError: If the old window is too near.
        SittingFullError and the others of `book_seat`: If the new one cannot be had.
    """
    give_back_seat(db_session, seat, sitting, actor=actor, now=now)
    return book_seat(db_session, target, seat.person_id, settings=settings, actor=actor, now=now)


def check_in(
    db_session: Session,
    sitting: Sitting,
    seat: Seat,
    *,
    document: str,
    actor: str,
    now: datetime,
) -> IdentityCheck:
    """Record that an invigilator saw who sits there: at check-in, and again at a re-entry.

    Args:
        db_session: The session of the caller's transaction.
        sitting: The sitting.
        seat: A locked seat of it.
        document: What was looked at, a code of `labels.DOCUMENT`.
        actor: The invigilator.
        now: The moment (aware).

    Raises:
        CheckInClosedError: Before check-in opens, or when the sitting or the exam is over.
        OwnSeatError: If the invigilator holds a seat in this sitting.
        OwnTraineeError: If the invigilator taught who sits there.
    """
    refuse_own_seat(db_session, sitting, actor, [seat])
    attempt = db_session.get(Attempt, seat.attempt_id) if seat.attempt_id is not None else None
    is_over = attempt is not None and not attempt.is_open
    is_early = now < sitting.check_in_at and not sitting.is_practice
    if not sitting.is_live or is_early or is_over or seat.absent_at is not None:
        raise CheckInClosedError(f"{seat!r}")
    check = IdentityCheck(seat_id=seat.id, at=now, document=document, actor=actor)
    db_session.add(check)
    if seat.checked_in_at is None:
        seat.checked_in_at = now
    db_session.flush()
    details = {"document": document, "re_entry": attempt is not None}
    _audit_seat(db_session, seat, "seat.identified", actor, now, details)
    return check


def check_access_code(
    db_session: Session, sitting: Sitting, seat: Seat, given: str, *, now: datetime
) -> bool:
    """Say whether the code of the room was given; every try is counted.

    Raises:
        RateLimitedError: After `CODE_TRIES` tries.
    """
    if sitting.access_code is None:
        return True
    wait_s = count_hit(
        db_session,
        f"access-code:{seat.public_id}",
        limit=CODE_TRIES,
        window_s=CODE_WINDOW_S,
        now=now,
    )
    if wait_s is not None:
        raise RateLimitedError(f"{seat!r}", wait_s)
    return hmac.compare_digest(given.strip().upper().encode(), sitting.access_code.encode())


def start_seat(
    db_session: Session,
    sitting: Sitting,
    seat: Seat,
    *,
    settings: Settings,
    now: datetime,
) -> Attempt:
    """Start the exam of a seat, or return the attempt that was started on it.

    The access code was checked before, in a transaction of its own, so that a wrong one counts.

    Args:
        db_session: The session of the caller's transaction.
        sitting: The seat's sitting.
        seat: A locked seat.
        settings: Of this deployment.
        now: The moment of the start (aware).

    Raises:
        SittingClosedError, NotYetOpenError, EntryClosedError: Outside the window.
        NotCheckedInError: If nobody has seen who sits there yet.
        NotFoundError, PartPassedError, RetakeTooEarlyError: If the person may not sit it now.
        NoFormError: If no form was assigned and none is left.
    """
    if seat.attempt_id is not None:
        (attempt,) = exams.attempts_by_id(db_session, [seat.attempt_id])
        return attempt
    if seat.cancelled_at is not None or not sitting.is_live:
        raise SittingClosedError(f"{seat!r}")
    if now < sitting.opens_at:
        raise NotYetOpenError(f"{seat!r} opens {sitting.opens_at}")
    if now > sitting.closes_at or seat.absent_at is not None:
        raise EntryClosedError(f"{seat!r} closed {sitting.closes_at}")
    if seat.checked_in_at is None and not sitting.is_practice:
        raise NotCheckedInError(f"{seat!r}")
    entitlement.terms_for(db_session, seat.person_id, sitting, settings=settings)
    granted = queries.accommodation_in_force(db_session, seat.person_id)
    attempt = start_attempt(
        db_session,
        seat.person_id,
        ExamTerms(**seat.terms),
        now=now,
        arrangement=Arrangement(
            form=seat.form,
            time_percent=100 if granted is None else granted.time_percent,
            break_s=0 if granted is None else granted.break_minutes * 60,
            ends_at=sitting.ends_at,
            is_held=not sitting.is_practice,
            shows_items=sitting.shows_items,
            safe_browser=sitting.safe_browser,
            is_seated=True,
        ),
    )
    seat.attempt_id = attempt.id
    db_session.flush()
    details = {"attempt": attempt.public_id}
    if granted is not None:
        details["accommodation"] = granted.public_id
    _audit_seat(
        db_session, seat, "seat.started", person_actor(db_session, seat.person_id), now, details
    )
    return attempt


def mark_absences(db_session: Session, *, now: datetime) -> int:
    """Note 缺考 for every seat that nobody sat by the last moment of entry; returns how many."""
    missed = queries.missed_seats(db_session, now=now)
    for seat, sitting in missed:
        mark_absent(db_session, seat, sitting, actor="system:sittings", now=now)
    return len(missed)


def mark_absent(
    db_session: Session, seat: Seat, sitting: Sitting, *, actor: str, now: datetime
) -> None:
    """Note that nobody sat a seat."""
    seat.absent_at = now
    db_session.flush()
    _audit_seat(db_session, seat, "seat.missed", actor, now, {"sitting": sitting.public_id})


def on_attempt_starting(db_session: Session, fact: AttemptStarting) -> None:
    """Refuse an exam begun alone by who holds a seat for it: the sitting is the one door.

    Raises:
        SeatBookedError: If the person holds such a seat.
    """
    for seat, sitting in queries.seats_of_person(db_session, fact.person_id):
        is_waiting = seat.attempt_id is None and seat.absent_at is None
        if (
            is_waiting
            and sitting.is_live
            and fact.at <= sitting.closes_at
            and seat.terms["exam_code"] == fact.exam_code
        ):
            raise SeatBookedError(f"{seat!r}")


def refuse_own_seat(
    db_session: Session, sitting: Sitting, actor: str, reached: Sequence[Seat]
) -> None:
    """Refuse an invigilator who sits the exam, or who taught somebody that they would examine.

    Args:
        db_session: A session to read with.
        sitting: The sitting.
        actor: The invigilator.
        reached: The seats that the act is about.

    Raises:
        OwnSeatError: If one of the sitting's seats is the actor's.
        OwnTraineeError: If one of those reached is that of somebody whom the actor taught in a
            course: who trains does not examine. A practice sitting examines nobody.
    """
    acting = db_session.scalar(
        select(Person.id).where(Person.public_id == actor.removeprefix("person:"))
    )
    if acting is None:  # the system's own acts
        return
    own = db_session.scalar(
        select(Seat.id).where(
            Seat.sitting_id == sitting.id,
            Seat.cancelled_at.is_(None),
            Seat.person_id == acting,
        )
    )
    if own is not None:
        raise OwnSeatError(f"{sitting!r}: {actor}")
    trainees_of: Callable[[Session, int], frozenset[int]] = current_app.extensions["trainees_of"]
    people = {seat.person_id for seat in reached}
    if not sitting.is_practice and not people.isdisjoint(trainees_of(db_session, acting)):
        raise OwnTraineeError(f"{sitting!r}: {actor}")


def person_actor(db_session: Session, person_id: int) -> str:
    """Name a person in the audit log."""
    public_id = db_session.scalar(select(Person.public_id).where(Person.id == person_id))
    return f"person:{public_id}"


def _check_changeable(seat: Seat, sitting: Sitting, now: datetime) -> None:
    is_over = seat.attempt_id is not None or seat.absent_at is not None
    is_near = not sitting.is_practice and now > sitting.opens_at - CHANGE_UNTIL
    if seat.cancelled_at is not None or is_over or is_near:
        raise TooLateToChangeError(f"{seat!r}")


def may_change(seat: Seat, sitting: Sitting, *, now: datetime) -> bool:
    """Say whether a seat may be moved or given back."""
    try:
        _check_changeable(seat, sitting, now)
    except TooLateToChangeError:
        return False
    return True


def _free_number(db_session: Session, sitting: Sitting) -> int:
    taken = queries.taken_numbers(db_session, sitting.id)
    free = next((n for n in range(1, sitting.seat_count + 1) if n not in taken), None)
    if free is None:
        raise SittingFullError(f"{sitting!r}: {sitting.seat_count} seats")
    return free


def _new_ticket(db_session: Session, sitting: Sitting) -> str:
    day = local_date(sitting.opens_at).replace("-", "")[2:]
    while True:
        ticket = f"{day}{secrets.randbelow(10**6):06d}"
        if db_session.scalar(select(Seat.id).where(Seat.ticket == ticket)) is None:
            return ticket


def _audit_seat(
    db_session: Session,
    seat: Seat,
    action: str,
    actor: str,
    now: datetime,
    details: dict[str, Any],
) -> None:
    record_act(
        db_session,
        subject=f"seat:{seat.public_id}",
        action=action,
        actor=actor,
        now=now,
        details=details,
    )
    logger.info("%r %s", seat, action)
