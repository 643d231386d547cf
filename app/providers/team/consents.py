"""An operator lets the provider see their training's progress, or takes that back: at once."""

from __future__ import annotations

import logging
from datetime import datetime

from sqlalchemy.orm import Session

from app.core.audit.services import record_act
from app.providers.models import Employment
from app.providers.staffing import EmploymentEndedError
from app.providers.team import queries
from app.providers.team.models import ProgressConsent

logger = logging.getLogger(__name__)

CONSENT_VERSION = 1
"""Of the words that stand beside the button."""


def share_progress(
    db_session: Session, employment: Employment, *, is_shared: bool, actor: str, now: datetime
) -> None:
    """Begin or end to share; saying so twice is saying it once.

    Args:
        db_session: The session of the caller's transaction.
        employment: The operator's own, locked.
        is_shared: Whether the provider may see the progress from now on.
        actor: The operator.
        now: The moment (aware).

    Raises:
        EmploymentEndedError: If it has ended: then there is nobody to show it to.
    """
    if not employment.is_running:
        raise EmploymentEndedError(f"{employment!r} has ended")
    held = queries.running_consent_or_none(db_session, employment.id, lock=True)
    if (held is not None) == is_shared:
        return
    if held is None:
        db_session.add(
            ProgressConsent(
                employment_id=employment.id, consent_version=CONSENT_VERSION, given_at=now
            )
        )
    else:
        held.ended_at = now
    db_session.flush()
    record_act(
        db_session,
        subject=f"employment:{employment.public_id}",
        action="progress.shared" if is_shared else "progress.withheld",
        actor=actor,
        now=now,
        details={"consent": CONSENT_VERSION},
    )
    logger.info("%r: progress %s", employment, "shared" if is_shared else "withheld")
