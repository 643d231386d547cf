"""Put acts on record; refuse what comes after a cohort was closed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from app.core.audit.services import record_act
from app.training.courses.errors import (
    CohortClosedError,
)
from app.training.courses.models import (
    Cohort,
)


def audit(db_session: Session, subject: str, act: str, actor: str, now: datetime) -> None:
    record_act(
        db_session,
        subject=subject,
        action=f"{subject.partition(':')[0]}.{act}",
        actor=actor,
        now=now,
        details={},
    )


def check_open(cohort: Cohort) -> None:
    if cohort.closed_at is not None:
        raise CohortClosedError(f"cohort {cohort.public_id}")
