"""An operator's own sessions: what they are planned for, and that they come or cannot."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.audit.services import record_act
from app.core.errors import NotFoundError
from app.providers.models import Employment, Provider
from app.providers.roster.models import PlannedSession
from app.providers.roster.services import SessionBegunError

logger = logging.getLogger(__name__)

AHEAD = timedelta(days=28)
"""How far ahead own sessions are listed."""


@dataclass(frozen=True, slots=True)
class OwnShift:
    """A session that somebody is planned for."""

    planned: PlannedSession
    provider_name: str
    ends_at: datetime

    @property
    def is_confirmed(self) -> bool:
        return self.planned.confirmed_at is not None


def own_shifts(db_session: Session, person_id: int, *, now: datetime) -> list[OwnShift]:
    """Return the sessions that a person is planned for and that are not over, soonest first."""
    rows = db_session.execute(
        select(PlannedSession, Provider.name)
        .join(Employment, Employment.id == PlannedSession.employment_id)
        .join(Provider, Provider.id == PlannedSession.provider_id)
        .where(
            Employment.person_id == person_id,
            Employment.ended_at.is_(None),
            PlannedSession.cancelled_at.is_(None),
            PlannedSession.starts_at > now - timedelta(hours=16),
            PlannedSession.starts_at < now + AHEAD,
        )
        .order_by(PlannedSession.starts_at, PlannedSession.id)
    )
    found = [
        OwnShift(one, name, one.starts_at + timedelta(minutes=one.minutes)) for one, name in rows
    ]
    return [one for one in found if one.ends_at > now]


def waiting_shifts(db_session: Session, person_id: int, *, now: datetime) -> Sequence[OwnShift]:
    """Return the sessions that a person has not confirmed yet."""
    return [
        one
        for one in own_shifts(db_session, person_id, now=now)
        if not one.is_confirmed and one.planned.starts_at > now
    ]


def confirm_shift(
    db_session: Session, person_id: int, public_id: str, *, actor: str, now: datetime
) -> None:
    """Say that one comes; saying so twice is saying it once.

    Raises:
        NotFoundError: If no such session is this person's.
        SessionBegunError: If it has begun.
    """
    planned, _ = _own(db_session, person_id, public_id, now)
    if planned.confirmed_at is not None:
        return
    planned.confirmed_at = now
    db_session.flush()
    _audit(db_session, planned, "confirmed", actor=actor, now=now)


def decline_shift(
    db_session: Session, person_id: int, public_id: str, *, reason: str, actor: str, now: datetime
) -> None:
    """Say that one cannot come: the session is open again, and not given back to the same person.

    Raises:
        NotFoundError: If no such session is this person's.
        SessionBegunError: If it has begun.
    """
    planned, employment = _own(db_session, person_id, public_id, now)
    planned.employment_id, planned.confirmed_at = None, None
    planned.declined_by = [*(planned.declined_by or ()), employment.public_id]
    planned.decline_reason = reason
    db_session.flush()
    _audit(
        db_session,
        planned,
        "declined",
        actor=actor,
        now=now,
        employment=employment.public_id,
        reason=reason,
    )


def _own(
    db_session: Session, person_id: int, public_id: str, now: datetime
) -> tuple[PlannedSession, Employment]:
    row = db_session.execute(
        select(PlannedSession, Employment)
        .join(Employment, Employment.id == PlannedSession.employment_id)
        .where(
            PlannedSession.public_id == public_id,
            PlannedSession.cancelled_at.is_(None),
            Employment.person_id == person_id,
            Employment.ended_at.is_(None),
        )
        .with_for_update(of=PlannedSession)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        raise NotFoundError(f"planned session {public_id} of person {person_id}")
    planned, employment = row
    if planned.starts_at <= now:
        raise SessionBegunError(f"{planned!r} began at {planned.starts_at}")
    return planned, employment


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
    logger.info("%r %s by its operator", planned, act)
