"""Data of a person's own page: who asks them, where they work, what they have to confirm."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from app.accounts import queries as accounts
from app.providers import queries
from app.providers.team import labels as team_labels
from app.providers.team import queries as team_queries


def page_data(db_session: Session, person_id: int) -> dict[str, Any]:
    """Return what the page shows beside its forms."""
    return {
        "invitations": queries.invitations_for(db_session, person_id),
        "employments": queries.employments_of(db_session, person_id),
        "checks": team_queries.waiting_checks_of(db_session, person_id),
        "causes": team_labels.CAUSE,
        "has_identity": accounts.legal_identity_or_none(db_session, person_id) is not None,
        "is_shared": _is_shared(db_session, person_id),
    }


def _is_shared(db_session: Session, person_id: int) -> bool:
    """Say whether somebody lets their provider see the training's progress."""
    running = queries.running_employment_or_none(db_session, person_id)
    return (
        running is not None
        and team_queries.running_consent_or_none(db_session, running.id) is not None
    )
