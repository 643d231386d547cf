"""An exam in three sections with barriers between them, on the little bank."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from functools import cache

from sqlalchemy.orm import Session

from app.bank.services import publish_bank
from app.exams.drawing import store_form
from app.exams.models import Attempt
from app.exams.services import start_attempt
from question_bank.assembly import ExamForm, assemble_form
from question_bank.blueprints import ExamBlueprint
from tests.factories.bank import little_bank
from tests.factories.exams import TERMS

SECTION_S = 120
"""Time of the second section, seconds."""

PARTED_BLUEPRINT = ExamBlueprint.model_validate(
    {
        "id": "parted",
        "version": 1,
        "title": "分部分的小卷",
        "level": "junior",
        "pool": "exam",
        "item_count": 7,
        "quotas": [{"in_case": True, "least": 3, "most": 3}],
        "sections": [
            {"title": "单选", "kinds": ["single_choice"], "item_count": 4},
            {"title": "多选", "kinds": ["multiple_choice"], "item_count": 2, "minutes": 2},
            {"title": "计算", "kinds": ["numeric"], "item_count": 1},
        ],
    }
)
"""Positions 1–4, 5–6 (two minutes of their own), 7; the two truths fit no section."""

PARTED_TERMS = replace(TERMS, exam_code="parted@1:theory", blueprint_ref="parted@1")


def publish_parted_bank(db_session: Session, *, now: datetime, forms: int = 3) -> None:
    """Publish the little bank with the blueprint in sections, and prepare forms of it."""
    publish_bank(
        db_session, little_bank(), [PARTED_BLUEPRINT], is_public=False, actor="cli:test", now=now
    )
    for n in range(forms):
        store_form(db_session, _parted_form(n), now=now)


@cache
def _parted_form(n: int) -> ExamForm:
    return assemble_form(little_bank(), PARTED_BLUEPRINT, seed=bytes([n + 1]) * 16)


def start_parted_attempt(db_session: Session, person_id: int, *, now: datetime) -> Attempt:
    """Start an attempt in sections on a fresh bank."""
    publish_parted_bank(db_session, now=now)
    return start_attempt(db_session, person_id, PARTED_TERMS, now=now)
