"""Gather what a page or a case file shows: read how an exam was sat, then compare."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.exams.models import Attempt
from app.integrity.evidence import ExamSigns, evidence_of, exam_signs
from app.integrity.exposure import shown_before
from app.integrity.process import process_of
from app.integrity.queries import sat_attempts
from app.integrity.ties import settings_of


def signs_of_exam(db_session: Session, exam_code: str) -> ExamSigns:
    """Return what stands out in an exam.

    Raises:
        NotFoundError: If nobody sat it.
    """
    sat = sat_attempts(db_session, exam_code)
    return exam_signs(sat, shown_before(db_session, sat), settings_of(db_session, sat))


def case_evidence(db_session: Session, attempt: Attempt, *, now: datetime) -> dict[str, Any]:
    """Return the evidence of one attempt as it stands now; a second or two for a large exam.

    Args:
        db_session: A session to read with.
        attempt: A closed attempt.
        now: The moment (aware).
    """
    signs = signs_of_exam(db_session, attempt.exam_code)
    return evidence_of(signs, attempt.id, process_of(db_session, attempt), now=now)
