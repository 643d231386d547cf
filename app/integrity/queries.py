"""Reads for integrity: how an exam was sat, answer by answer, and the case files."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.errors import NotFoundError
from app.exams.models import Attempt, AttemptEvent, AttemptResponse, AttemptScore
from app.exams.signals import absences_of
from app.integrity.models import IntegrityCase, IntegrityView

MOST_ATTEMPTS = 1000
"""The newest attempts of an exam that are compared: half a million pairs, within a second."""


@dataclass(frozen=True)
class Sat:
    """How one attempt was sat.

    Attributes:
        attempt: Its row.
        credits: By position, of its newest score.
        fraction: That score, in [0, 1], held back or not; None if there is none.
        options: By position, what was answered, in one form; missing where nothing was.
        seconds: By position, from the event before to the first save of it.
        left_count: How often its page was left.
        left_s: For how long in all.
        device_count: Different sign-ins from which its page was opened.
    """

    attempt: Attempt
    credits: dict[int, float]
    fraction: float | None
    options: dict[int, str]
    seconds: dict[int, float]
    left_count: int
    left_s: float
    device_count: int


@dataclass
class _Trace:
    """What an attempt's events come to, while they are read in order."""

    seconds: dict[int, float] = field(default_factory=dict)
    last_at: datetime | None = None


def exam_codes(db_session: Session) -> list[tuple[str, str, int]]:
    """Return (exam code, title, closed attempts) of every exam that was sat, largest first."""
    rows = db_session.execute(
        select(Attempt.exam_code, func.max(Attempt.title), func.count())
        .where(Attempt.closed_at.is_not(None))
        .group_by(Attempt.exam_code)
        .order_by(func.count().desc(), Attempt.exam_code)
    )
    return [(code, title, count) for code, title, count in rows]


def sat_attempts(db_session: Session, exam_code: str) -> list[Sat]:
    """Return how the newest closed attempts of an exam were sat, in the order of their starts.

    Raises:
        NotFoundError: If nobody sat it.
    """
    newest = (
        select(Attempt.id)
        .where(Attempt.exam_code == exam_code, Attempt.closed_at.is_not(None))
        .order_by(Attempt.started_at.desc())
        .limit(MOST_ATTEMPTS)
    )
    attempts = db_session.scalars(
        select(Attempt).where(Attempt.id.in_(newest)).order_by(Attempt.started_at, Attempt.id)
    ).all()
    if not attempts:
        raise NotFoundError(f"exam {exam_code}")
    ids = [one.id for one in attempts]
    credits = _credits(db_session, ids)
    options: dict[int, dict[int, str]] = {}
    for attempt_id, position, value in db_session.execute(
        select(AttemptResponse.attempt_id, AttemptResponse.position, AttemptResponse.value).where(
            AttemptResponse.attempt_id.in_(ids)
        )
    ):
        options.setdefault(attempt_id, {})[position] = value
    traces = _traces(db_session, ids)
    absences = absences_of(db_session, ids)
    nothing = 0, 0.0, 0
    return [
        Sat(
            attempt=one,
            credits=credits.get(one.id, ({}, None))[0],
            fraction=credits.get(one.id, ({}, None))[1],
            options=options.get(one.id, {}),
            seconds=traces[one.id].seconds if one.id in traces else {},
            left_count=absences.get(one.id, nothing)[0],
            left_s=absences.get(one.id, nothing)[1],
            device_count=absences.get(one.id, nothing)[2],
        )
        for one in attempts
    ]


def _credits(
    db_session: Session, ids: Sequence[int]
) -> dict[int, tuple[dict[int, float], float | None]]:
    newest = (
        select(func.max(AttemptScore.id))
        .where(AttemptScore.attempt_id.in_(ids))
        .group_by(AttemptScore.attempt_id)
    )
    rows = db_session.execute(
        select(AttemptScore.attempt_id, AttemptScore.credits, AttemptScore.fraction).where(
            AttemptScore.id.in_(newest)
        )
    )
    return {
        attempt_id: (dict(enumerate(credits, 1)), fraction)
        for attempt_id, credits, fraction in rows
    }


def _traces(db_session: Session, ids: Sequence[int]) -> dict[int, _Trace]:
    """Read times from the events: the server's moments, not the device's."""
    traces: dict[int, _Trace] = {}
    rows = db_session.execute(
        select(AttemptEvent.attempt_id, AttemptEvent.kind, AttemptEvent.payload, AttemptEvent.at)
        .where(AttemptEvent.attempt_id.in_(ids))
        .order_by(AttemptEvent.attempt_id, AttemptEvent.sequence)
    )
    for attempt_id, kind, payload, at in rows:
        trace = traces.setdefault(attempt_id, _Trace())
        if kind == "saved" and trace.last_at is not None:
            position = json.loads(payload)["position"]
            trace.seconds.setdefault(position, (at - trace.last_at).total_seconds())
        trace.last_at = at
    return traces


def case(db_session: Session, public_id: str, *, lock: bool = False) -> IntegrityCase:
    """Return a case file.

    Raises:
        NotFoundError: If there is none.
    """
    query = select(IntegrityCase).where(IntegrityCase.public_id == public_id)
    found = db_session.scalar(query.with_for_update() if lock else query)
    if found is None:
        raise NotFoundError(f"integrity case {public_id}")
    return found


def own_case(
    db_session: Session, public_id: str, person_id: int, *, lock: bool = False
) -> IntegrityCase:
    """Return the case of the person's own attempt.

    Raises:
        NotFoundError: If there is none, or it is about somebody else.
    """
    found = case(db_session, public_id, lock=lock)
    if db_session.get_one(Attempt, found.attempt_id).person_id != person_id:
        raise NotFoundError(f"integrity case {public_id} of person {person_id}")
    return found


def cases(db_session: Session) -> list[tuple[IntegrityCase, Attempt]]:
    """Return every case with its attempt, undecided first, new first."""
    rows = db_session.execute(
        select(IntegrityCase, Attempt)
        .join(Attempt, Attempt.id == IntegrityCase.attempt_id)
        .order_by(IntegrityCase.confirmed_at.is_not(None), IntegrityCase.id.desc())
    )
    return [(one, attempt) for one, attempt in rows]


def own_cases(db_session: Session, person_id: int) -> list[tuple[IntegrityCase, Attempt]]:
    """Return the cases about a person's own attempts, new first."""
    return [pair for pair in cases(db_session) if pair[1].person_id == person_id]


def case_of_attempt_or_none(db_session: Session, attempt_id: int) -> IntegrityCase | None:
    """Return the case of an attempt, if one was opened."""
    return db_session.scalar(select(IntegrityCase).where(IntegrityCase.attempt_id == attempt_id))


def cases_by_attempt(db_session: Session, exam_code: str) -> dict[int, IntegrityCase]:
    """Return an exam's cases by their attempt."""
    rows = db_session.scalars(select(IntegrityCase).where(IntegrityCase.exam_code == exam_code))
    return {row.attempt_id: row for row in rows}


def looked_since(db_session: Session, case_id: int, viewer: str, since: datetime) -> bool:
    """Say whether somebody noted a purpose for looking into a case since a moment."""
    query = select(IntegrityView.id).where(
        IntegrityView.case_id == case_id, IntegrityView.viewer == viewer, IntegrityView.at >= since
    )
    return db_session.scalar(query.limit(1)) is not None


def views_of(db_session: Session, case_id: int) -> Sequence[IntegrityView]:
    """Return who looked into a case, new first."""
    return db_session.scalars(
        select(IntegrityView)
        .where(IntegrityView.case_id == case_id)
        .order_by(IntegrityView.id.desc())
    ).all()
