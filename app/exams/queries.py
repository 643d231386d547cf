"""Reads of exams; each also decides whether this person may know."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.errors import NotFoundError
from app.exams.models import Attempt, AttemptEvent, AttemptResponse, AttemptScore, PreparedForm


def attempt_of(
    db_session: Session, public_id: str, person_id: int, *, lock: bool = False
) -> Attempt:
    """Return the person's own attempt.

    Raises:
        NotFoundError: If there is none, or it is somebody else's.
    """
    query = select(Attempt).where(Attempt.public_id == public_id, Attempt.person_id == person_id)
    attempt = db_session.scalar(query.with_for_update() if lock else query)
    if attempt is None:
        raise NotFoundError(f"attempt {public_id} of person {person_id}")
    return attempt


_REFS: OrderedDict[tuple[str, int], tuple[str, ...]] = OrderedDict()
REFS_KEPT = 4000
"""Pinned forms that a process keeps: they never change, and each save asks for one."""


def item_refs_of(
    open_session: Callable[[], Session], public_id: str, person_id: int
) -> tuple[str, ...]:
    """Return the pinned item refs of the person's own attempt, from memory if it was asked before.

    Args:
        open_session: Gives a session to read with; called only when it is needed.
        public_id: The attempt.
        person_id: Its candidate; whether it is theirs is part of what is remembered.

    Raises:
        NotFoundError: If there is none, or it is somebody else's.
    """
    key = (public_id, person_id)
    if key not in _REFS:
        _REFS[key] = tuple(attempt_of(open_session(), public_id, person_id).item_refs)
        while len(_REFS) > REFS_KEPT:
            _REFS.popitem(last=False)
    return _REFS[key]


def open_attempt_or_none(db_session: Session, person_id: int, exam_code: str) -> Attempt | None:
    """Return the attempt of this exam that the person is in, if any."""
    return db_session.scalar(
        select(Attempt).where(
            Attempt.person_id == person_id,
            Attempt.exam_code == exam_code,
            Attempt.closed_at.is_(None),
        )
    )


def attempts_of(
    db_session: Session, person_id: int, programme_ref: str | None = None
) -> Sequence[Attempt]:
    """Return a person's attempts, newest first."""
    query = select(Attempt).where(Attempt.person_id == person_id)
    if programme_ref is not None:
        query = query.where(Attempt.programme_ref == programme_ref)
    return db_session.scalars(query.order_by(Attempt.started_at.desc())).all()


def values_of(db_session: Session, attempt_id: int) -> dict[int, dict[str, Any]]:
    """Return the newest response to each answered position."""
    rows = db_session.execute(
        select(AttemptResponse.position, AttemptResponse.value).where(
            AttemptResponse.attempt_id == attempt_id
        )
    )
    return {position: json.loads(value) for position, value in rows}


def responses_of(db_session: Session, attempt_id: int) -> dict[int, AttemptResponse]:
    """Return the newest response rows by position."""
    rows = db_session.scalars(
        select(AttemptResponse).where(AttemptResponse.attempt_id == attempt_id)
    )
    return {row.position: row for row in rows}


def last_client_sequence(db_session: Session, attempt_id: int) -> int:
    """Return the highest client sequence that was accepted; 0 if none."""
    return (
        db_session.scalar(
            select(func.max(AttemptResponse.client_sequence)).where(
                AttemptResponse.attempt_id == attempt_id
            )
        )
        or 0
    )


def score_of(db_session: Session, attempt_id: int) -> AttemptScore:
    """Return the newest scoring.

    Raises:
        NotFoundError: If the attempt was not scored yet.
    """
    score = db_session.scalar(
        select(AttemptScore)
        .where(AttemptScore.attempt_id == attempt_id)
        .order_by(AttemptScore.id.desc())
        .limit(1)
    )
    if score is None:
        raise NotFoundError(f"attempt {attempt_id} has no score")
    return score


def overdue_attempts(db_session: Session, *, before: datetime) -> Sequence[Attempt]:
    """Return open attempts that were due before a moment, locked, oldest first."""
    return db_session.scalars(
        select(Attempt)
        .where(Attempt.closed_at.is_(None), Attempt.due_at < before)
        .order_by(Attempt.due_at)
        .limit(200)
        .with_for_update(skip_locked=True)
    ).all()


def events_of(db_session: Session, attempt_id: int) -> Sequence[AttemptEvent]:
    """Return an attempt's events in the order the server saw them."""
    return db_session.scalars(
        select(AttemptEvent)
        .where(AttemptEvent.attempt_id == attempt_id)
        .order_by(AttemptEvent.sequence)
    ).all()


def unused_form_count(db_session: Session, blueprint_ref: str) -> int:
    """Return how many prepared forms wait for a candidate."""
    return (
        db_session.scalar(
            select(func.count())
            .select_from(PreparedForm)
            .where(PreparedForm.blueprint_ref == blueprint_ref, PreparedForm.used_at.is_(None))
        )
        or 0
    )
