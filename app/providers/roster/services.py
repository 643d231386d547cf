"""Plan sessions, and say who operates them: nobody whom the rules do not let."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.core.audit.services import record_act
from app.core.clock import BEIJING
from app.core.errors import ConflictError, InvalidInputError
from app.providers.models import Employment, Provider
from app.providers.queries import employment_at
from app.providers.roster import queries
from app.providers.roster.models import PlannedSession
from app.providers.roster.rules import Obstacle, obstacles, propose, week_of
from app.providers.telling.queueing import Kind, queue_mail
from app.providers.trade import Category
from certificates.levels import Level

logger = logging.getLogger(__name__)

MAX_IN_A_WEEK = 300
"""Sessions of one provider: more than a floor of thirty rooms runs."""

AHEAD = timedelta(days=92)
"""How far ahead a session may be planned."""


class SessionBegunError(ConflictError):
    """Raised when a session that has begun would be changed."""

    code = "session_begun"


class TooManySessionsError(ConflictError):
    """Raised when a week has as many sessions as it may have."""

    code = "too_many_sessions"


class MayNotOperateError(ConflictError):
    """Raised when the rules do not let somebody operate a session.

    Attributes:
        obstacles: Every reason.
    """

    code = "may_not_operate"

    def __init__(self, message: str, found: tuple[Obstacle, ...]) -> None:
        super().__init__(message)
        self.obstacles = found


def plan_session(
    db_session: Session,
    provider: Provider,
    *,
    title: str,
    category: Category,
    level: Level,
    starts_at: datetime,
    minutes: int,
    actor: str,
    now: datetime,
) -> PlannedSession:
    """Plan a session; nobody operates it yet.

    Args:
        db_session: The session of the caller's transaction.
        provider: Whose.
        title: Whose room.
        category: What is sold.
        level: The least that may operate it.
        starts_at: Its beginning (aware), in the future.
        minutes: Its length, 30 to 960.
        actor: Who plans.
        now: The moment (aware).

    Raises:
        InvalidInputError: If it lies in the past or too far ahead.
        TooManySessionsError: If the week is full.
    """
    if not now < starts_at <= now + AHEAD:
        raise InvalidInputError("planned session", [{"field": "starts_at", "code": "out_of_range"}])
    # The provider's row is the lock: a week's sessions are counted and added one after the other.
    db_session.execute(select(Provider.id).where(Provider.id == provider.id).with_for_update())
    begin = datetime.combine(
        week_of(starts_at.astimezone(BEIJING).date()), datetime.min.time(), BEIJING
    )
    held = db_session.scalar(
        select(func.count()).where(
            PlannedSession.provider_id == provider.id,
            PlannedSession.cancelled_at.is_(None),
            PlannedSession.starts_at >= begin,
            PlannedSession.starts_at < begin + timedelta(days=7),
        )
    )
    if (held or 0) >= MAX_IN_A_WEEK:
        raise TooManySessionsError(f"{provider!r} has {held} sessions in the week of {begin}")
    made = PlannedSession(
        provider_id=provider.id,
        title=title,
        category=category.value,
        level=level.value,
        starts_at=starts_at,
        minutes=minutes,
        planned_by=actor,
        planned_at=now,
    )
    db_session.add(made)
    db_session.flush()
    _audit(db_session, made, "planned", actor=actor, now=now)
    return made


def assign(
    db_session: Session,
    provider: Provider,
    public_id: str,
    employment_id: str,
    *,
    include_demo: bool,
    actor: str,
    now: datetime,
) -> None:
    """Say who operates a session; an empty employment takes it back.

    Args:
        db_session: The session of the caller's transaction.
        provider: Whose session.
        public_id: Of the session.
        employment_id: Public id of an employment that runs at the provider, or empty.
        include_demo: Whether demonstration certificates count.
        actor: Who decides.
        now: The moment (aware).

    Raises:
        NotFoundError: If session or employment are not the provider's.
        SessionBegunError: If the session has begun.
        MayNotOperateError: With every reason that stands against it.
    """
    planned = _open_session(db_session, provider, public_id, now)
    if not employment_id:
        _set(db_session, planned, None, actor=actor, now=now)
        return
    employment = employment_at(db_session, employment_id, provider.id)
    # The person's row is the lock: of two sessions given at once the second sees the first.
    db_session.execute(select(Person.id).where(Person.id == employment.person_id).with_for_update())
    monday = week_of(queries.slot_of(planned).day)
    people = queries.operators_of(
        db_session, provider.id, monday, include_demo=include_demo, now=now
    )
    one = next((one for one in people if one.key == employment_id), None)
    found = (Obstacle.NO_CERTIFICATE,) if one is None else obstacles(one, queries.slot_of(planned))
    if found:
        raise MayNotOperateError(f"{employment!r} may not operate {planned!r}: {found}", found)
    _set(db_session, planned, employment, actor=actor, now=now)


def fill_week(
    db_session: Session,
    provider: Provider,
    day: datetime,
    *,
    include_demo: bool,
    actor: str,
    now: datetime,
) -> int:
    """Give the open sessions of a week to people as `rules.propose` says; return how many.

    Args:
        db_session: The session of the caller's transaction.
        provider: Whose week.
        day: A moment of it (aware).
        include_demo: Whether demonstration certificates count.
        actor: Who decides.
        now: The moment (aware); sessions that have begun stay as they are.
    """
    db_session.execute(select(Provider.id).where(Provider.id == provider.id).with_for_update())
    db_session.execute(
        select(Person.id)
        .join(Employment, Employment.person_id == Person.id)
        .where(Employment.provider_id == provider.id, Employment.ended_at.is_(None))
        .order_by(Person.id)
        .with_for_update(of=Person)
    )
    monday = week_of(day.astimezone(BEIJING).date())
    planned = {
        one.public_id: one
        for one in queries.week_sessions(db_session, provider.id, monday)
        if one.starts_at > now and not _runs(db_session, one)
    }
    people = queries.operators_of(
        db_session, provider.id, monday, include_demo=include_demo, now=now
    )
    proposal = propose([queries.slot_of(one) for one in planned.values()], people)
    for key, employment_id in proposal.items():
        employment = employment_at(db_session, employment_id, provider.id)
        _set(db_session, planned[key], employment, actor=actor, now=now)
    return len(proposal)


def cancel_session(
    db_session: Session, provider: Provider, public_id: str, *, actor: str, now: datetime
) -> None:
    """Cancel a session that has not begun.

    Raises:
        NotFoundError: If it is not the provider's.
        SessionBegunError: If it has begun.
    """
    planned = _open_session(db_session, provider, public_id, now)
    planned.cancelled_at = now
    db_session.flush()
    _audit(db_session, planned, "cancelled", actor=actor, now=now)


def _runs(db_session: Session, planned: PlannedSession) -> bool:
    """Say whether somebody operates a session whose employment still runs."""
    if planned.employment_id is None:
        return False
    return db_session.get_one(Employment, planned.employment_id).is_running


def _open_session(
    db_session: Session, provider: Provider, public_id: str, now: datetime
) -> PlannedSession:
    planned = queries.planned_session(db_session, public_id, provider.id, lock=True)
    if planned.starts_at <= now:
        raise SessionBegunError(f"{planned!r} began at {planned.starts_at}")
    return planned


def _set(
    db_session: Session,
    planned: PlannedSession,
    employment: Employment | None,
    *,
    actor: str,
    now: datetime,
) -> None:
    after = None if employment is None else employment.id
    if after != planned.employment_id:
        planned.employment_id, planned.confirmed_at = after, None
    db_session.flush()
    if employment is not None:
        ref = f"{planned.public_id}:{employment.public_id}"
        queue_mail(db_session, [employment.person_id], Kind.SHIFT, ref, now=now)
    details = {} if employment is None else {"employment": employment.public_id}
    _audit(db_session, planned, "assigned", actor=actor, now=now, **details)


def _audit(
    db_session: Session,
    planned: PlannedSession,
    act: str,
    *,
    actor: str,
    now: datetime,
    **details: str,
) -> None:
    record_act(
        db_session,
        subject=f"planned_session:{planned.public_id}",
        action=f"planned_session.{act}",
        actor=actor,
        now=now,
        details=dict(details),
    )
    logger.info("%r %s", planned, act)
