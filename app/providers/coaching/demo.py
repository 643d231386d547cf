"""Somebody who shares their progress, and what they were assigned, to look at."""

from __future__ import annotations

from datetime import timedelta

from app.accounts.queries import person_of_account_or_none
from app.core import clock
from app.core.clock import BEIJING
from app.core.db import transaction
from app.providers.coaching import services
from app.providers.queries import provider, running_employment_or_none
from app.providers.team.consents import share_progress
from app.providers.team.queries import running_consent_or_none

OPERATOR, MANAGER = "operator@demo.example", "provider@demo.example"
TASKS = (("chapter", "6", 7), ("drill", "drill-encore", 14), ("skill", "traffic", 21))
"""Kind, which, and in how many days."""


def load_demo_coaching() -> None:
    """Let the demonstration's operator share, and assign them something."""
    now = clock.now()
    with transaction() as db_session:
        operator = person_of_account_or_none(db_session, OPERATOR)
        manager = person_of_account_or_none(db_session, MANAGER)
        if operator is None or manager is None:
            return
        held = running_employment_or_none(db_session, operator.id)
        if held is None or running_consent_or_none(db_session, held.id) is not None:
            return
        actor = f"person:{operator.public_id}"
        share_progress(db_session, held, is_shared=True, actor=actor, now=now)
        for kind, subject, days in TASKS:
            services.assign(
                db_session,
                provider(db_session, held.provider_id),
                [held.public_id],
                kind=kind,
                subject=subject,
                due_on=now.astimezone(BEIJING).date() + timedelta(days=days),
                actor=f"person:{manager.public_id}",
                now=now,
            )
