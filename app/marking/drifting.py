"""Watch markers by control answers: warn, stop, let on again; deal a stopped one's work anew."""

from __future__ import annotations

import logging
from datetime import datetime

from sqlalchemy.orm import Session

from app.accounts.queries import person
from app.core.audit.services import record_act
from app.core.errors import ConflictError, ForbiddenError
from app.marking import control_queries, queries
from app.marking.models import MarkerAct
from question_bank.marking import Standing, is_miss, resolve, standing_of

logger = logging.getLogger(__name__)


class NotStoppedError(ConflictError):
    """Raised when a marker would be let on who was not stopped."""

    code = "marker_not_stopped"


class AlreadyStoppedError(ConflictError):
    """Raised when a marker would be stopped who is stopped."""

    code = "marker_already_stopped"


class OwnStandingError(ForbiddenError):
    """Raised when somebody would let themselves on again."""

    code = "own_standing"


def control_misses(db_session: Session, marker_id: int) -> list[bool]:
    """Return whether each control answer was missed since the marker was last let on."""
    last = queries.last_act_or_none(db_session, marker_id)
    since = last.at if last is not None and last.act == "resumed" else None
    misses = []
    for control, mark in control_queries.marks_of(db_session, marker_id, since=since):
        _item, rubric = queries.rubric_of(db_session, control.rubric_ref)
        agreed = sum(control.points.values())
        misses.append(is_miss(mark.total, agreed, most=rubric.points))
    return misses


def marker_standing(db_session: Session, marker_id: int) -> Standing:
    """Return how a marker stands; one who was stopped stays so until somebody lets them on."""
    last = queries.last_act_or_none(db_session, marker_id)
    if last is not None and last.act == "stopped":
        return "stopped"
    return standing_of(control_misses(db_session, marker_id))


def judge_marker(db_session: Session, marker_id: int, *, now: datetime) -> Standing:
    """Warn or stop a marker after a control answer, as their latest ones demand."""
    misses = control_misses(db_session, marker_id)
    standing = standing_of(misses)
    last = queries.last_act_or_none(db_session, marker_id)
    known = last is not None and last.act in ("warned", "stopped")
    if standing == "stopped":
        stop_marker(
            db_session, marker_id, reason="control answers", actor="system:marking", now=now
        )
    elif standing == "warned" and misses[-1] and not known:
        _act(db_session, marker_id, "warned", "control answers", "system:marking", now)
    return standing


def stop_marker(
    db_session: Session, marker_id: int, *, reason: str, actor: str, now: datetime
) -> int:
    """Stop a marker: what they have in hand and what is not settled yet is dealt to others.

    What is settled stays: there somebody else came, independently, to points within the
    tolerance, or a third mark decided.

    Args:
        db_session: The session of the caller's transaction.
        marker_id: The marker.
        reason: Why, for the record.
        actor: Who stops them; `system:marking` after control answers.
        now: The moment (aware).

    Returns:
        How many marks no longer count.

    Raises:
        AlreadyStoppedError: If the marker is stopped.
    """
    last = queries.last_act_or_none(db_session, marker_id)
    if last is not None and last.act == "stopped":
        raise AlreadyStoppedError(f"marker {marker_id}")
    held = queries.open_sheet_or_none(db_session, marker_id)
    if held is not None:
        held.ending, held.ended_at = "withdrawn", now
    voided = queries.unsettled_marks_of(db_session, marker_id)
    for sheet in voided:
        sheet.ending = "voided"
    db_session.flush()
    for task_id in {sheet.task_id for sheet in voided if sheet.task_id is not None}:
        task = queries.locked_task(db_session, task_id)
        _item, rubric = queries.rubric_of(db_session, task.rubric_ref)
        given = [mark.total for _, mark in queries.marks_of_task(db_session, task_id)]
        task.wanted = resolve(given, most=rubric.points).wanted
    _act(db_session, marker_id, "stopped", reason, actor, now)
    return len(voided)


def resume_marker(
    db_session: Session, marker_id: int, *, reason: str, actor: str, now: datetime
) -> None:
    """Let a stopped marker on; only control answers from now on count.

    Raises:
        NotStoppedError: If the marker was not stopped.
        OwnStandingError: If they would do it themselves.
    """
    if actor == f"person:{person(db_session, marker_id).public_id}":
        raise OwnStandingError(f"marker {marker_id}")
    last = queries.last_act_or_none(db_session, marker_id)
    if last is None or last.act != "stopped":
        raise NotStoppedError(f"marker {marker_id}")
    _act(db_session, marker_id, "resumed", reason, actor, now)


def _act(
    db_session: Session, marker_id: int, act: str, reason: str, actor: str, now: datetime
) -> None:
    db_session.add(MarkerAct(marker_id=marker_id, act=act, reason=reason, actor=actor, at=now))
    db_session.flush()
    record_act(
        db_session,
        subject=f"marker:{person(db_session, marker_id).public_id}",
        action=f"marker.{act}",
        actor=actor,
        now=now,
        details={"reason": reason},
    )
    logger.info("marker %s %s by %s", marker_id, act, actor)
