"""准考证登录: the exam ticket signs in on a device of the hall, for this one exam.

Ticket number and tail of the identity number are no secrets. So they are taken only where the
sitting says so, only while it is held, and only once an invigilator has seen who sits there; what
is opened by them is the seat and its exam, nothing else of the account. A new sign-in ends the
seat's earlier ones: who moves to another device leaves nothing open behind.
"""

from __future__ import annotations

import hmac
import logging
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts import queries as accounts
from app.accounts import services as account_services
from app.accounts.models import Person
from app.core.audit.services import record_act
from app.core.crypto import FieldKeys
from app.core.errors import ForbiddenError, RateLimitedError
from app.core.rate_limits import count_hit
from app.exams import queries as exams
from app.sittings import queries
from app.sittings.models import Seat, Sitting

logger = logging.getLogger(__name__)

TAIL_CHARS = 6

TICKET_LIMIT, TICKET_WINDOW_S = 5, 600
"""Tries with one ticket in ten minutes, from wherever."""

ADDRESS_LIMIT, ADDRESS_WINDOW_S = 300, 300
"""Tries of one address in five minutes: a hall of 200 behind one address fits."""


class TicketRefusedError(ForbiddenError):
    """Raised when ticket and tail fit no seat that may be opened so now; it says not which."""

    code = "ticket_refused"


class TicketBeforeCheckInError(TicketRefusedError):
    """Raised when everything fits, and nobody has seen who sits there yet."""

    code = "not_checked_in"


@dataclass(frozen=True)
class TicketTry:
    """One try to sign in by ticket.

    Attributes:
        ticket: The number as typed.
        tail: Last six characters of the identity number, upper case.
        address: Where it comes from.
        user_agent: The browser, as it names itself.
    """

    ticket: str
    tail: str
    address: str
    user_agent: str


@dataclass(frozen=True)
class TicketSignedIn:
    """The cookie's secret (never stored), where to go, and the person's language."""

    secret: str
    seat_id: str
    locale: str


def guard_tickets(db_session: Session, tried: TicketTry, *, now: datetime) -> None:
    """Count a try, and refuse it while the ticket or the address must wait.

    Raises:
        RateLimitedError: With the seconds to wait.
    """
    limits = (
        (f"ticket-address:{tried.address}", ADDRESS_LIMIT, ADDRESS_WINDOW_S),
        (f"ticket:{tried.ticket}", TICKET_LIMIT, TICKET_WINDOW_S),
    )
    for key, limit, window_s in limits:
        wait_s = count_hit(db_session, key, limit=limit, window_s=window_s, now=now)
        if wait_s is not None:
            raise RateLimitedError(key.partition(":")[0], wait_s)


def sign_in_by_ticket(
    db_session: Session, tried: TicketTry, *, keys: FieldKeys, now: datetime
) -> TicketSignedIn:
    """Open a session for the holder of a seat, limited to the seat and its exam.

    Args:
        db_session: The session of the caller's transaction.
        tried: The try; it was counted before, in a transaction of its own.
        keys: Open the identity number.
        now: The moment (aware).

    Raises:
        TicketRefusedError: If anything is wrong; it says not what.
        TicketBeforeCheckInError: If only the identity check by an invigilator is lacking.
    """
    seat = db_session.scalar(select(Seat).where(Seat.ticket == tried.ticket).with_for_update())
    held = None if seat is None else accounts.legal_identity_or_none(db_session, seat.person_id)
    person = None if seat is None else accounts.person(db_session, seat.person_id)
    number = ""
    if held is not None and person is not None:
        place = f"legal_identity.number:{person.public_id}"
        number = keys.decrypt(held.number_sealed, place=place).upper()
    fits = hmac.compare_digest(tried.tail.encode(), number[-TAIL_CHARS:].encode())
    if seat is None or person is None or not fits or not number:
        raise TicketRefusedError(f"ticket {tried.ticket!r:.30}")
    sitting = queries.sitting_by_id(db_session, seat.sitting_id)
    if not is_open_to_tickets(sitting, seat, now=now) or person.disabled_at is not None:
        raise TicketRefusedError(f"{seat!r} is not open to tickets")
    if seat.checked_in_at is None and not sitting.is_practice:
        raise TicketBeforeCheckInError(f"{seat!r}")
    return _open(db_session, seat, person, tried, now)


def is_open_to_tickets(sitting: Sitting, seat: Seat, *, now: datetime) -> bool:
    """Say whether a seat may be opened by its ticket at a moment: from check-in to the end."""
    return (
        sitting.allows_tickets
        and sitting.is_live
        and sitting.check_in_at <= now
        and seat.cancelled_at is None
        and seat.absent_at is None
    )


def _open(
    db_session: Session, seat: Seat, person: Person, tried: TicketTry, now: datetime
) -> TicketSignedIn:
    account_services.close_limited_web_sessions(db_session, person.id, seat.public_id)
    secret = account_services.open_web_session(
        db_session,
        person,
        address=tried.address,
        user_agent=tried.user_agent,
        now=now,
        limited_to=" ".join([seat.public_id, *_own_attempt(db_session, seat)]),
    )
    record_act(
        db_session,
        subject=f"seat:{seat.public_id}",
        action="seat.ticket_signed_in",
        actor=f"person:{person.public_id}",
        now=now,
        details={"address": tried.address[:64]},
    )
    logger.info("%r opened by its ticket", seat)
    return TicketSignedIn(secret, seat.public_id, person.locale)


def _own_attempt(db_session: Session, seat: Seat) -> list[str]:
    if seat.attempt_id is None:
        return []
    return [one.public_id for one in exams.attempts_by_id(db_session, [seat.attempt_id])]
