"""Forms assigned to seats before the window opens, so that a start only reads."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.exams import queries as exams
from app.exams.models import PreparedForm
from app.sittings import queries
from app.sittings.models import Seat

ASSIGNED_BEFORE = timedelta(hours=48)
"""Seats get their forms from this long before the window."""

ASSIGNED_AT_ONCE = 50
"""Seats served in one slot of the job: the write lock is held for milliseconds."""

CANDIDATE_FORMS = 30
"""Prepared forms that are looked at to find one without items of the last sitting."""


def wanted_forms(db_session: Session, *, now: datetime) -> Counter[str]:
    """Return how many seats wait for a form, by blueprint."""
    seats = queries.formless_seats(db_session, opens_before=now + ASSIGNED_BEFORE, now=now)
    return Counter(seat.terms["blueprint_ref"] for seat in seats)


def assign_forms(db_session: Session, *, now: datetime) -> int:
    """Assign prepared forms to seats that want one; returns how many got theirs.

    Each seat gets the form that shares the fewest items with what its person saw last.
    A seat that finds no form waits for the next slot; drawing is another job's work.
    """
    assigned = 0
    seats = queries.formless_seats(db_session, opens_before=now + ASSIGNED_BEFORE, now=now)
    for seat in seats[:ASSIGNED_AT_ONCE]:
        prepared = _least_seen_form(db_session, seat)
        if prepared is None:
            continue
        prepared.used_at = now
        seat.form = prepared.form
        db_session.flush()
        assigned += 1
    return assigned


def _least_seen_form(db_session: Session, seat: Seat) -> PreparedForm | None:
    forms = db_session.scalars(
        select(PreparedForm)
        .where(
            PreparedForm.blueprint_ref == seat.terms["blueprint_ref"],
            PreparedForm.used_at.is_(None),
        )
        .order_by(PreparedForm.id)
        .limit(CANDIDATE_FORMS)
        .with_for_update(skip_locked=True)
    ).all()
    seen = _seen_items(db_session, seat.person_id)
    return min(forms, key=lambda one: (_overlap(one, seen), one.id), default=None)


def _seen_items(db_session: Session, person_id: int) -> set[str]:
    """Return the ids of the items of the person's last attempt, whatever their version."""
    attempts = exams.attempts_of(db_session, person_id)
    return {_item_id(ref) for ref in attempts[0].item_refs} if attempts else set()


def _overlap(prepared: PreparedForm, seen: set[str]) -> int:
    return sum(_item_id(entry[0]) in seen for entry in prepared.form)


def _item_id(ref: str) -> str:
    return ref.rpartition("@")[0]
