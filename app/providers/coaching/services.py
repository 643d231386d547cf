"""Assign training to people of a provider, and take it back."""

from __future__ import annotations

import logging
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core.audit.services import record_act
from app.core.clock import BEIJING
from app.core.errors import InvalidInputError
from app.providers.coaching.models import TrainingTask
from app.providers.models import Employment, Provider
from app.providers.queries import employment_at

logger = logging.getLogger(__name__)

AHEAD = timedelta(days=180)
"""How far ahead the day may lie."""


def assign(
    db_session: Session,
    provider: Provider,
    employment_ids: list[str],
    *,
    kind: str,
    subject: str,
    due_on: date,
    actor: str,
    now: datetime,
) -> int:
    """Assign something to people; who has it already keeps the earlier one. Return how many got it.

    Args:
        db_session: The session of the caller's transaction.
        provider: Whose people.
        employment_ids: Public ids of employments at the provider.
        kind: `chapter`, `drill`, `skill` or `cohort`.
        subject: Which; the caller knows that there is such a one.
        due_on: The day until which (Beijing), today or later.
        actor: Who assigns.
        now: The moment (aware).

    Raises:
        NotFoundError: If one of the employments is not the provider's.
        InvalidInputError: If the day has passed or lies too far ahead, or nobody is named.
    """
    today = now.astimezone(BEIJING).date()
    if not today <= due_on <= today + AHEAD:
        raise InvalidInputError("task", [{"field": "due_on", "code": "out_of_range"}])
    if not employment_ids:
        raise InvalidInputError("task", [{"field": "people", "code": "missing"}])
    added = 0
    for public_id in employment_ids:
        employment = employment_at(db_session, public_id, provider.id)
        try:
            with db_session.begin_nested():
                db_session.add(
                    TrainingTask(
                        employment_id=employment.id,
                        kind=kind,
                        subject=subject,
                        due_on=due_on,
                        assigned_by=actor,
                        assigned_at=now,
                    )
                )
        except IntegrityError:
            continue
        added += 1
        record_act(
            db_session,
            subject=f"employment:{employment.public_id}",
            action="training.assigned",
            actor=actor,
            now=now,
            details={"kind": kind, "subject": subject, "due": due_on.isoformat()},
        )
    logger.info("%r: %s %s assigned to %d", provider, kind, subject, added)
    return added


def withdraw(db_session: Session, task: TrainingTask, *, actor: str, now: datetime) -> None:
    """Take a task back."""
    if task.withdrawn_at is not None:
        return
    task.withdrawn_at = now
    db_session.flush()
    employment = db_session.scalars(
        select(Employment).where(Employment.id == task.employment_id)
    ).one()
    record_act(
        db_session,
        subject=f"employment:{employment.public_id}",
        action="training.withdrawn",
        actor=actor,
        now=now,
        details={"kind": task.kind, "subject": task.subject},
    )
