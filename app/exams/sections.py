"""Sections with one-way barriers: which positions take answers now, and going on to the next.

The sections are pinned in the attempt when it starts. Passing a barrier is an event of the chain;
what lies behind it stays readable and takes no more answers, what lies ahead is not shown. A
section may have a time of its own within the exam's: when it is over, the section takes no more
answers, and the candidate goes on.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from app.bank import queries as bank_queries
from app.exams import deadlines
from app.exams.models import Attempt


def pinned_sections(
    db_session: Session, blueprint_ref: str, item_refs: Sequence[str]
) -> list[list[Any]] | None:
    """Return the sections of a form as an attempt pins them; None if it has no barriers.

    Args:
        db_session: A session to read with.
        blueprint_ref: What the form was drawn by.
        item_refs: The form's items in order.
    """
    blueprint = bank_queries.blueprint_of(db_session, blueprint_ref)
    if not blueprint.sections:
        return None
    ranges = blueprint.section_ranges(bank_queries.items_of(db_session, item_refs))
    return [
        [
            one.section.title,
            one.first,
            one.last,
            None if one.section.minutes is None else one.section.minutes * 60,
        ]
        for one in ranges
    ]


def enter_section(attempt: Attempt, index: int, *, now: datetime) -> None:
    """Open a section of an attempt, and no other.

    Args:
        attempt: A locked attempt with sections.
        index: Which of them.
        now: The moment (aware), from which the section's own time runs.
    """
    assert attempt.sections is not None, "only attempts with sections have barriers"
    _, first, last, limit_s = attempt.sections[index]
    attempt.section_at = index
    attempt.open_from = first
    attempt.open_to = last
    attempt.section_due_at = (
        None if limit_s is None else now + deadlines.allowed_time(limit_s, attempt.time_percent)
    )


def grant_time(attempt: Attempt, *, granted_s: int) -> None:
    """Move an attempt's deadline later, and its present section's with it.

    Args:
        attempt: A locked attempt.
        granted_s: What an extension, a pause or an outage gives, seconds, >= 0.
    """
    attempt.due_at = deadlines.moved_deadline(attempt.due_at, granted_s=granted_s)
    if attempt.section_due_at is not None:
        attempt.section_due_at += timedelta(seconds=granted_s)
