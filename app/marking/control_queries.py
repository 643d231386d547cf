"""Reads of control answers: responses whose marks are known, dealt among the others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from app.core.errors import NotFoundError
from app.marking.models import ControlAnswer, Mark, MarkingSheet


def every(db_session: Session) -> Sequence[ControlAnswer]:
    """Return every control answer, newest first."""
    return db_session.scalars(select(ControlAnswer).order_by(ControlAnswer.id.desc())).all()


def one(db_session: Session, public_id: str, *, lock: bool = False) -> ControlAnswer:
    """Return a control answer.

    Raises:
        NotFoundError: If there is none.
    """
    query = select(ControlAnswer).where(ControlAnswer.public_id == public_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = db_session.scalar(query)
    if found is None:
        raise NotFoundError(f"control answer {public_id}")
    return found


def totals(db_session: Session) -> dict[int, list[int]]:
    """Return the points that markers gave to each control answer, by its key."""
    rows = db_session.execute(
        select(MarkingSheet.control_id, Mark.total)
        .join(Mark, Mark.sheet_id == MarkingSheet.id)
        .where(MarkingSheet.control_id.is_not(None))
    )
    held: dict[int, list[int]] = defaultdict(list)
    for control_id, total in rows:
        if control_id is not None:
            held[control_id].append(total)
    return held


def marks_of(
    db_session: Session, marker_id: int, *, since: datetime | None = None
) -> list[tuple[ControlAnswer, Mark]]:
    """Return a marker's marks of control answers, oldest first.

    Args:
        db_session: A session to read with.
        marker_id: The marker.
        since: Only those given after this moment.
    """
    query = (
        select(ControlAnswer, Mark)
        .join(MarkingSheet, MarkingSheet.control_id == ControlAnswer.id)
        .join(Mark, Mark.sheet_id == MarkingSheet.id)
        .where(MarkingSheet.marker_id == marker_id)
        .order_by(Mark.id)
    )
    if since is not None:
        query = query.where(Mark.at > since)
    return [(control, mark) for control, mark in db_session.execute(query)]


def has_had_one(db_session: Session, marker_id: int) -> bool:
    """Say whether a control answer was ever dealt to a marker."""
    query = select(MarkingSheet.id).where(
        MarkingSheet.marker_id == marker_id, MarkingSheet.control_id.is_not(None)
    )
    return db_session.scalar(query.limit(1)) is not None


def unseen_or_none(db_session: Session, marker_id: int, rubric_ref: str) -> ControlAnswer | None:
    """Return a control answer to a rubric that the marker has not been dealt, the oldest first."""
    seen = exists().where(
        MarkingSheet.control_id == ControlAnswer.id, MarkingSheet.marker_id == marker_id
    )
    return db_session.scalar(
        select(ControlAnswer)
        .where(
            ControlAnswer.rubric_ref == rubric_ref,
            ControlAnswer.confirmed_at.is_not(None),
            ControlAnswer.retired_at.is_(None),
            ~seen,
        )
        .order_by(ControlAnswer.public_id)
        .limit(1)
    )
