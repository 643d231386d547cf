"""Re-verification: some are drawn by chance each month, and confirm again or no longer count.

Whoever was drawn confirms in their own account, with their identity number if one is on record.
Who does not until the last day is no longer employed: their certificate counts nowhere then.
"""

from __future__ import annotations

import logging
import math
import secrets
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts import queries as accounts
from app.accounts.models import LegalIdentity
from app.core.audit.services import record_act
from app.core.clock import BEIJING
from app.core.crypto import FieldKeys
from app.core.errors import ConflictError, RateLimitedError
from app.core.rate_limits import count_hit
from app.providers import staffing
from app.providers.models import Employment, Provider
from app.providers.queries import running_at
from app.providers.team import queries
from app.providers.team.growth import WINDOW_DAYS
from app.providers.team.models import StaffCheck, StaffDraw
from app.providers.telling.queueing import Kind, queue_mail

logger = logging.getLogger(__name__)

ACTOR = "system:staff-checks"

SHARE = 0.10
"""Of a provider's people that are drawn each month, at least one."""

TERM = timedelta(days=14)
"""How long somebody drawn has to confirm."""

TRIES, TRY_WINDOW_S = 5, 3600
"""Identity numbers that one person may type in an hour."""

LAPSED = "staff_check_lapsed"
"""Reason of an employment that ended because nobody confirmed it."""


class CheckAnsweredError(ConflictError):
    """Raised when a check was answered, or its employment has ended."""

    code = "staff_check_answered"


class WrongIdentityError(ConflictError):
    """Raised when the number typed is not the one on record."""

    code = "wrong_identity"


class TooManyTriesError(RateLimitedError):
    """Raised when too many numbers were typed within an hour."""

    code = "identity_tries"


def drawn_count(staff_count: int) -> int:
    """Return how many of some people are drawn: a tenth, rounded up; none of none."""
    return math.ceil(staff_count * SHARE)


def draw_monthly(db_session: Session, *, now: datetime, include_demo: bool = False) -> int:
    """Draw this month's people of every provider that has not had its draw; return how many.

    Chance comes from the system's random source: nobody can know who is next. Invented people of
    a demonstration cannot answer: they are drawn when its records are made, never by the job.

    Args:
        db_session: The session of the caller's transaction.
        now: The moment (aware).
        include_demo: Whether a demonstration's providers are drawn from.
    """
    month = now.astimezone(BEIJING).date().replace(day=1)
    had = select(StaffDraw.provider_id).where(
        StaffDraw.month == month, StaffDraw.cause == "monthly"
    )
    due = db_session.scalars(
        select(Provider)
        .where(
            Provider.id.not_in(had),
            Provider.is_demo.in_((False, include_demo)),
            Provider.id.in_(select(Employment.provider_id).where(running_at(now))),
        )
        .order_by(Provider.id)
        .limit(200)
    ).all()
    drawn = 0
    for provider in due:
        staff = _running(db_session, provider.id, now)
        lot = secrets.SystemRandom().sample(staff, drawn_count(len(staff)))
        drawn += _ask(db_session, provider, lot, staff, "monthly", month, actor=ACTOR, now=now)
    return drawn


def draw_for_growth(db_session: Session, provider: Provider, *, actor: str, now: datetime) -> int:
    """Ask everybody who joined a provider within the growth's window; return how many.

    Asking twice in a month asks nobody again.
    """
    month = now.astimezone(BEIJING).date().replace(day=1)
    held = db_session.scalar(
        select(StaffDraw.id).where(
            StaffDraw.provider_id == provider.id,
            StaffDraw.month == month,
            StaffDraw.cause == "growth",
        )
    )
    if held is not None:
        return 0
    staff = _running(db_session, provider.id, now)
    since = now - timedelta(days=WINDOW_DAYS)
    new = [one for one in staff if one.started_at > since]
    return _ask(db_session, provider, new, staff, "growth", month, actor=actor, now=now)


def confirm(
    db_session: Session,
    person_id: int,
    public_id: str,
    *,
    number: str,
    keys: FieldKeys,
    now: datetime,
) -> None:
    """Confirm, in the own account, to work there still; saying so twice is saying it once.

    Args:
        db_session: The session of the caller's transaction.
        person_id: The operator.
        public_id: Of the check.
        number: The identity number as typed; not looked at while none is on record.
        keys: Hash the number as it was hashed when it was collected.
        now: The moment (aware).

    Raises:
        NotFoundError: If no such check is this person's.
        CheckAnsweredError: If it came too late.
        WrongIdentityError: If the number is another one.
    """
    check, employment = queries.own_check(db_session, public_id, person_id)
    if check.answer == "confirmed":
        return
    if check.answered_at is not None or not employment.is_running:
        raise CheckAnsweredError(f"{check!r} was {check.answer}")
    identity = accounts.legal_identity_or_none(db_session, person_id)
    if identity is not None and not is_same_number(identity, number, keys):
        raise WrongIdentityError(f"{check!r}: another identity number")
    person = accounts.person(db_session, person_id)
    _answer(db_session, check, "confirmed", actor=f"person:{person.public_id}", now=now)


def count_try(db_session: Session, person_id: int, *, now: datetime) -> None:
    """Count a typed identity number, in a transaction of its own: a refusal must not undo it.

    Raises:
        TooManyTriesError: If the hour's tries are used up.
    """
    wait_s = count_hit(
        db_session,
        f"staff-check:{person_id}",
        limit=TRIES,
        window_s=TRY_WINDOW_S,
        now=now,
    )
    if wait_s is not None:
        raise TooManyTriesError(f"person {person_id}", wait_s)


def is_same_number(identity: LegalIdentity, number: str, keys: FieldKeys) -> bool:
    """Say whether a typed identity number is the one on record, without opening that one."""
    typed = number.strip().upper()
    return secrets.compare_digest(keys.keyed_hash(f"identity:{typed}"), identity.number_hash)


def end_unconfirmed(db_session: Session, *, now: datetime) -> int:
    """End the employments whose check nobody answered in time; return how many."""
    due = db_session.scalars(
        select(StaffCheck)
        .where(StaffCheck.answered_at.is_(None), StaffCheck.due_at < now)
        .order_by(StaffCheck.id)
        .limit(200)
        .with_for_update()
    ).all()
    ended = 0
    for check in due:
        employment = db_session.get_one(
            Employment, check.employment_id, with_for_update=True, populate_existing=True
        )
        is_lapsed = employment.is_running
        _answer(db_session, check, "lapsed" if is_lapsed else "ended", actor=ACTOR, now=now)
        if is_lapsed:
            staffing.end_employment(db_session, employment, actor=ACTOR, reason=LAPSED, now=now)
            ended += 1
    return ended


def _running(db_session: Session, provider_id: int, now: datetime) -> list[Employment]:
    return list(
        db_session.scalars(
            select(Employment)
            .where(Employment.provider_id == provider_id, running_at(now))
            .order_by(Employment.id)
        )
    )


def _ask(
    db_session: Session,
    provider: Provider,
    lot: Sequence[Employment],
    staff: Sequence[Employment],
    cause: str,
    month: date,
    *,
    actor: str,
    now: datetime,
) -> int:
    waiting = set(
        db_session.scalars(
            select(StaffCheck.employment_id).where(
                StaffCheck.employment_id.in_([one.id for one in lot]),
                StaffCheck.answered_at.is_(None),
            )
        )
    )
    asked = [one for one in lot if one.id not in waiting]
    draw = StaffDraw(
        provider_id=provider.id,
        month=month,
        cause=cause,
        drawn_at=now,
        drawn_by=actor,
        staff_count=len(staff),
        drawn_count=len(asked),
    )
    db_session.add(draw)
    db_session.flush()
    for one in asked:
        check = StaffCheck(draw_id=draw.id, employment_id=one.id, due_at=now + TERM)
        db_session.add(check)
        db_session.flush()
        queue_mail(db_session, [one.person_id], Kind.CHECK, check.public_id, now=now)
    record_act(
        db_session,
        subject=f"provider:{provider.public_id}",
        action="staff.drawn",
        actor=actor,
        now=now,
        details={
            "cause": cause,
            "month": f"{month:%Y-%m}",
            "staff": len(staff),
            "employments": [one.public_id for one in asked],
        },
    )
    logger.info("%r: %d of %d drawn (%s)", provider, len(asked), len(staff), cause)
    return len(asked)


def _answer(
    db_session: Session, check: StaffCheck, answer: str, *, actor: str, now: datetime
) -> None:
    check.answer, check.answered_at = answer, now
    db_session.flush()
    employment = db_session.get_one(Employment, check.employment_id)
    record_act(
        db_session,
        subject=f"employment:{employment.public_id}",
        action=f"staff_check.{answer}",
        actor=actor,
        now=now,
        details={"check": check.public_id},
    )
    logger.info("%r %s", check, answer)
