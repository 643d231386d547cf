"""Reads of planned sessions, and of the people who could operate them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.certification.queries import valid_credentials
from app.core.clock import BEIJING
from app.core.errors import NotFoundError
from app.providers.models import Employment
from app.providers.queries import running_at
from app.providers.roster.models import PlannedSession
from app.providers.roster.rules import MAX_DAYS_IN_A_ROW, Operator, Slot
from app.providers.sessions.models import SessionResult
from app.providers.sessions.queries import is_newest
from certificates.levels import Level

EXPERIENCE = timedelta(days=180)
"""How far back operated sessions count as experience in a category."""


def planned_session(
    db_session: Session, public_id: str, provider_id: int, *, lock: bool = False
) -> PlannedSession:
    """Return a session that a provider plans.

    Raises:
        NotFoundError: If there is none, it was cancelled, or it is another provider's.
    """
    query = select(PlannedSession).where(
        PlannedSession.public_id == public_id,
        PlannedSession.provider_id == provider_id,
        PlannedSession.cancelled_at.is_(None),
    )
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = db_session.scalar(query)
    if found is None:
        raise NotFoundError(f"planned session {public_id} of provider {provider_id}")
    return found


def week_sessions(db_session: Session, provider_id: int, monday: date) -> list[PlannedSession]:
    """Return a provider's sessions of a week (Beijing), in the order of time."""
    begin = datetime.combine(monday, datetime.min.time(), BEIJING)
    return list(
        db_session.scalars(
            select(PlannedSession)
            .where(
                PlannedSession.provider_id == provider_id,
                PlannedSession.cancelled_at.is_(None),
                PlannedSession.starts_at >= begin,
                PlannedSession.starts_at < begin + timedelta(days=7),
            )
            .order_by(PlannedSession.starts_at, PlannedSession.id)
        )
    )


def slot_of(one: PlannedSession) -> Slot:
    """Return a session as the rule sees it."""
    return Slot(
        one.public_id,
        one.starts_at,
        one.minutes,
        Level(one.level),
        one.category,
        frozenset(one.declined_by or ()),
    )


def operators_of(
    db_session: Session, provider_id: int, monday: date, *, include_demo: bool, now: datetime
) -> list[Operator]:
    """Return a provider's people with their certificates and their load around a week.

    The load is that of the person, not of this employment alone: who worked elsewhere on Monday
    is tired on Tuesday.

    Args:
        db_session: A session to read with.
        provider_id: Whose people.
        monday: The week's.
        include_demo: Whether demonstration certificates count.
        now: The moment (aware): who works here now, and what is valid now.
    """
    people = db_session.execute(
        select(Employment.public_id, Employment.person_id, Person.display_name)
        .join(Person, Person.id == Employment.person_id)
        .where(Employment.provider_id == provider_id, running_at(now))
        .order_by(Person.display_name, Employment.id)
    ).all()
    person_ids = [row.person_id for row in people]
    certificates = _certificates(db_session, provider_id, include_demo=include_demo, now=now)
    loads = _loads(db_session, person_ids, monday)
    experience = experience_of(db_session, person_ids, now=now)
    return [
        Operator(
            key=row.public_id,
            name=row.display_name,
            certificates=certificates.get(row.person_id, ()),
            slots=loads.get(row.person_id, ()),
            experience=experience.get(row.person_id),
        )
        for row in people
    ]


def experience_of(
    db_session: Session, person_ids: list[int], *, now: datetime
) -> dict[int, Mapping[str, int]]:
    """Return how many sessions people operated in each category, as results tell."""
    rows = db_session.execute(
        select(SessionResult.person_id, SessionResult.category, func.count().label("sessions"))
        .where(
            SessionResult.person_id.in_(person_ids),
            SessionResult.started_at > now - EXPERIENCE,
            is_newest(),
        )
        .group_by(SessionResult.person_id, SessionResult.category)
    )
    found: dict[int, dict[str, int]] = {}
    for row in rows:
        found.setdefault(row.person_id, {})[row.category] = row.sessions
    return dict(found)


def _certificates(
    db_session: Session, provider_id: int, *, include_demo: bool, now: datetime
) -> dict[int, tuple[tuple[Level, date], ...]]:
    valid = valid_credentials(now, include_demo=include_demo).subquery()
    rows = db_session.execute(
        select(valid.c.person_id, valid.c.level, valid.c.valid_until)
        .join(Employment, and_(Employment.person_id == valid.c.person_id, running_at(now)))
        .where(Employment.provider_id == provider_id)
        .order_by(valid.c.person_id, valid.c.valid_until)
    )
    found: dict[int, tuple[tuple[Level, date], ...]] = {}
    for row in rows:
        held = found.get(row.person_id, ())
        found[row.person_id] = (*held, (Level(row.level), row.valid_until))
    return found


def _loads(db_session: Session, person_ids: list[int], monday: date) -> dict[int, tuple[Slot, ...]]:
    begin = datetime.combine(monday, datetime.min.time(), BEIJING)
    around = timedelta(days=MAX_DAYS_IN_A_ROW + 1)
    rows = db_session.execute(
        select(Employment.person_id, PlannedSession)
        .join(Employment, Employment.id == PlannedSession.employment_id)
        .where(
            Employment.person_id.in_(person_ids),
            PlannedSession.cancelled_at.is_(None),
            PlannedSession.starts_at >= begin - around,
            PlannedSession.starts_at < begin + timedelta(days=7) + around,
        )
        .order_by(PlannedSession.starts_at)
    )
    found: dict[int, tuple[Slot, ...]] = {}
    for person_id, one in rows:
        found[person_id] = (*found.get(person_id, ()), slot_of(one))
    return found
