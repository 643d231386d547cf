"""Attempts on the little bank."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from app.bank.services import publish_bank
from app.exams.drawing import store_form
from app.exams.models import Attempt
from app.exams.services import start_attempt
from app.exams.terms import ExamTerms
from tests.factories.bank import LITTLE_BLUEPRINT, little_bank, little_form

TERMS = ExamTerms(
    exam_code="little@1:theory",
    programme_ref="little@1",
    title="小考",
    blueprint_ref="little@1",
    limit_s=600,
    cut_fraction=0.6,
    is_demo=True,
)


def publish_little_bank(db_session: Session, *, now: datetime, forms: int = 3) -> None:
    """Publish the little bank and prepare forms of it."""
    publish_bank(
        db_session, little_bank(), [LITTLE_BLUEPRINT], is_public=False, actor="cli:test", now=now
    )
    for n in range(forms):
        store_form(db_session, little_form(n), now=now)


def start_little_attempt(db_session: Session, person_id: int, *, now: datetime) -> Attempt:
    """Start an attempt on a fresh little bank."""
    publish_little_bank(db_session, now=now)
    return start_attempt(db_session, person_id, TERMS, now=now)
