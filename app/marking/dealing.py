"""Deal responses to markers, blind; take them back."""

from __future__ import annotations

import logging
import secrets
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.core.audit.services import record_act
from app.core.errors import ConflictError, InvalidInputError
from app.marking import control_queries, drifting, queries
from app.marking.labels import SKIP
from app.marking.models import ControlAnswer, MarkingSheet, MarkingTask
from app.marking.services import LEASE, SheetEndedError
from question_bank.marking import CONTROL_GAP, control_is_due

logger = logging.getLogger(__name__)

TRIES = 8
"""Responses that may have gone to somebody else while they were looked at."""


class MarkerStoppedError(ConflictError):
    """Raised when a marker who was stopped asks for work."""

    code = "marker_stopped"


class NothingToMarkError(ConflictError):
    """Raised when nothing waits that this marker may mark."""

    code = "nothing_to_mark"


def deal_next(
    db_session: Session, marker_id: int, *, is_arbiter: bool, now: datetime
) -> MarkingSheet:
    """Deal the next response to a marker, or return the one in hand.

    Now and then it is a control answer to the same item: nothing on it tells. Who decides where
    marks lie far apart can read the list of control answers, and is dealt none.

    Args:
        db_session: The session of the caller's transaction.
        marker_id: The marker.
        is_arbiter: Whether the marker may decide where three marks lie far apart.
        now: The moment (aware).

    Raises:
        MarkerStoppedError: If the marker was stopped.
        NothingToMarkError: If nothing waits that the marker may mark.
    """
    # Two pages that ask at once queue at the marker's row and get the same sheet.
    db_session.execute(select(Person.id).where(Person.id == marker_id).with_for_update())
    end_expired_sheets(db_session, now=now, marker_id=marker_id)
    held = queries.open_sheet_or_none(db_session, marker_id)
    if held is not None:
        return held
    if drifting.marker_standing(db_session, marker_id) == "stopped":
        raise MarkerStoppedError(f"marker {marker_id}")
    had = queries.sheets_of_marker(db_session, marker_id, limit=CONTROL_GAP)
    found = _free_task(
        db_session, marker_id, is_arbiter=is_arbiter, same_as=had[0].rubric_ref if had else ""
    )
    since_last = next(
        (place for place, one in enumerate(had) if one.control_id is not None), len(had)
    )
    control = None
    if not is_arbiter and control_is_due(
        since_last,
        has_had_one=control_queries.has_had_one(db_session, marker_id),
        draw=secrets.randbelow(1_000_000) / 1_000_000,
    ):
        control = control_queries.unseen_or_none(db_session, marker_id, found.rubric_ref)
    return _deal(db_session, found if control is None else control, marker_id, now=now)


def _free_task(
    db_session: Session, marker_id: int, *, is_arbiter: bool, same_as: str
) -> MarkingTask:
    full: list[int] = []
    waits = False
    for _ in range(TRIES):
        found = queries.next_task_or_none(
            db_session,
            marker_id,
            is_arbiter=is_arbiter,
            same_as=same_as,
            without=full,
            waits=waits,
        )
        if found is None:
            if waits:
                break
            waits = True  # what others have just locked may want one more marker
            continue
        # Under its lock: who was dealt it while we looked is counted now.
        if queries.open_sheet_count(db_session, found.id) < found.wanted:
            return found
        full.append(found.id)
    raise NothingToMarkError(f"marker {marker_id}")


def _deal(
    db_session: Session, source: MarkingTask | ControlAnswer, marker_id: int, *, now: datetime
) -> MarkingSheet:
    is_task = isinstance(source, MarkingTask)
    sheet = MarkingSheet(
        task_id=source.id if is_task else None,
        control_id=None if is_task else source.id,
        marker_id=marker_id,
        rubric_ref=source.rubric_ref,
        dealt_at=now,
        lease_until=now + LEASE,
        draft={},
        draft_comment="",
        draft_sequence=0,
    )
    db_session.add(sheet)
    db_session.flush()
    logger.info("%r dealt", sheet)
    return sheet


def skip_sheet(
    db_session: Session, sheet: MarkingSheet, *, reason: str, actor: str, now: datetime
) -> None:
    """Give a response back unmarked; it goes to somebody else.

    Args:
        db_session: The session of the caller's transaction.
        sheet: A locked sheet of the marker's own.
        reason: A code of `labels.SKIP`.
        actor: The marker.
        now: The moment (aware).

    Raises:
        SheetEndedError: If it is not in hand any more.
        InvalidInputError: If the reason is none.
    """
    if reason not in SKIP:
        raise InvalidInputError(reason, [{"field": "reason", "code": "unknown"}])
    _end(db_session, sheet, "skipped", actor, now, reason=reason)


def take_back_sheet(db_session: Session, sheet: MarkingSheet, *, actor: str, now: datetime) -> None:
    """Take a response out of a marker's hand, for the coordinator; it is dealt anew.

    Raises:
        SheetEndedError: If it is not in hand any more.
    """
    _end(db_session, sheet, "withdrawn", actor, now)


def end_expired_sheets(db_session: Session, *, now: datetime, marker_id: int | None = None) -> int:
    """Take back what has been in hand too long; returns how many."""
    expired = queries.expired_sheets(db_session, now=now, marker_id=marker_id)
    for sheet in expired:
        _end(db_session, sheet, "expired", "system:marking", now)
    return len(expired)


def _end(
    db_session: Session,
    sheet: MarkingSheet,
    ending: str,
    actor: str,
    now: datetime,
    *,
    reason: str | None = None,
) -> None:
    if not sheet.is_open:
        raise SheetEndedError(f"{sheet!r}: {sheet.ending}")
    sheet.ending, sheet.ended_at, sheet.skip_reason = ending, now, reason
    db_session.flush()
    record_act(
        db_session,
        subject=f"marking-sheet:{sheet.public_id}",
        action=f"sheet.{ending}",
        actor=actor,
        now=now,
        details={} if reason is None else {"reason": reason},
    )
    logger.info("%r %s", sheet, ending)
