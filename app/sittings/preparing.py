"""Forms assigned to seats before the window opens, so that a start only reads.

Nobody gets an item that they saw on their last sitting, as long as the bank can do without: a
seat whose person has sat before gets a prepared form without such items or, if none waits, one
drawn for them. Where the bank cannot, the cells that it lacks stand in the audit log and the seat
gets the form that repeats least.
"""

from __future__ import annotations

import logging
from collections import Counter
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.core.audit.services import record_act
from app.exams import drawing
from app.exams.models import PreparedForm
from app.sittings import queries
from app.sittings.models import Seat
from question_bank.assembly import ExamForm
from question_bank.errors import InfeasibleBlueprintError

logger = logging.getLogger(__name__)

ASSIGNED_BEFORE = timedelta(hours=48)
"""Seats get their forms from this long before the window."""

ASSIGNED_AT_ONCE = 50
"""Seats served in one slot of the job: the write lock is held for milliseconds."""


def wanted_forms(db_session: Session, *, now: datetime) -> Counter[str]:
    """Return how many seats wait for a form, by blueprint."""
    seats = queries.formless_seats(db_session, opens_before=now + ASSIGNED_BEFORE, now=now)
    return Counter(seat.terms["blueprint_ref"] for seat in seats)


def assign_forms(db_session: Session, *, now: datetime) -> int:
    """Assign prepared forms without repeated items to seats; returns how many got theirs.

    A seat that finds none waits: for the next forms, or for one of its own (`seat_to_draw_for`).
    """
    assigned = 0
    seats = queries.formless_seats(db_session, opens_before=now + ASSIGNED_BEFORE, now=now)
    for seat in seats[:ASSIGNED_AT_ONCE]:
        found = _least_seen(db_session, seat)
        if found is None or found[1] > 0:
            continue
        _use(db_session, seat, found[0], now=now)
        assigned += 1
    return assigned


def seat_to_draw_for(db_session: Session, *, now: datetime) -> Seat | None:
    """Return a seat for which every waiting form repeats something, the earliest window first."""
    seats = queries.formless_seats(db_session, opens_before=now + ASSIGNED_BEFORE, now=now)
    for seat in seats[:ASSIGNED_AT_ONCE]:
        found = _least_seen(db_session, seat)
        if found is not None and found[1] > 0:
            return seat
    return None


def draw_for_seat(
    db_session: Session, seat: Seat, *, include_public: bool
) -> ExamForm | InfeasibleBlueprintError:
    """Draw a form without anything that the seat's person saw last, or say what is missing.

    Takes about a second: outside of any transaction.
    """
    try:
        return drawing.draw_form(
            db_session,
            seat.terms["blueprint_ref"],
            include_public=include_public,
            avoid=drawing.last_seen_items(db_session, seat.person_id, seat.terms["blueprint_ref"]),
        )
    except InfeasibleBlueprintError as error:
        return error


def give_form(
    db_session: Session,
    seat: Seat,
    drawn: ExamForm | InfeasibleBlueprintError,
    *,
    now: datetime,
) -> bool:
    """Give a locked seat the form that was drawn for it; say whether it was still without one.

    If none could be drawn, it gets the waiting one that repeats least, and the audit log tells
    which cells the bank lacks.
    """
    if seat.form is not None or seat.cancelled_at is not None or seat.attempt_id is not None:
        return False
    if isinstance(drawn, ExamForm):
        seat.form = drawing.store_form(db_session, drawn, now=now, used_at=now).form
        db_session.flush()
        return True
    found = _least_seen(db_session, seat)
    if found is None:
        return False
    form_id, repeated = found
    _use(db_session, seat, form_id, now=now)
    record_act(
        db_session,
        subject=f"seat:{seat.public_id}",
        action="seat.items_repeated",
        actor="system:sittings",
        now=now,
        details={"items": repeated, "missing": drawn.missing[:20]},
    )
    logger.warning("%r repeats %d items: %s", seat, repeated, drawn)
    return True


def _least_seen(db_session: Session, seat: Seat) -> tuple[int, int] | None:
    blueprint_ref = seat.terms["blueprint_ref"]
    seen = drawing.last_seen_items(db_session, seat.person_id, blueprint_ref)
    return drawing.least_seen_form_id(db_session, blueprint_ref, seen)


def _use(db_session: Session, seat: Seat, form_id: int, *, now: datetime) -> None:
    prepared = db_session.get_one(PreparedForm, form_id, with_for_update=True)
    prepared.used_at = now
    seat.form = prepared.form
    db_session.flush()
