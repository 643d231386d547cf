"""Reads of exams; each also decides whether this person may know."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from app.core.db import read_rows
from app.core.errors import NotFoundError
from app.exams.models import (
    Attempt,
    AttemptEvent,
    AttemptPresence,
    AttemptResponse,
    AttemptScore,
    LateAnswer,
    PreparedForm,
    Regrade,
    ServerBeat,
)
from question_bank.marking import SettledMark
from question_bank.played import PlayedRoom

OUTAGE_FROM = timedelta(seconds=10)
"""A silence of the web longer than this is an outage; two beats may be late."""

CLOSING_WAITS = timedelta(minutes=30)
"""While the web is silent nobody's time runs out, for this long at most."""


OWN_ATTEMPT = select(Attempt).where(
    Attempt.public_id == bindparam("public_id"), Attempt.person_id == bindparam("person_id")
)
"""Every request of an exam asks this; to build the statement takes longer than to run it."""

OWN_ATTEMPT_LOCKED = OWN_ATTEMPT.with_for_update()

NEWEST_SCORE = (
    select(AttemptScore)
    .where(AttemptScore.attempt_id == bindparam("attempt_id"))
    .order_by(AttemptScore.id.desc())
    .limit(1)
)

FIND_VALUES = """
SELECT position, value FROM attempt_response WHERE attempt_id = :attempt_id"""

FIND_STANDING_REGRADES = """
SELECT item_ref FROM regrade WHERE applied_at IS NOT NULL AND reverted_at IS NULL"""

FIND_RECEIPT = """
SELECT sequence, hash FROM attempt_event
WHERE attempt_id = :attempt_id AND kind IN ('submitted', 'closed')
ORDER BY sequence DESC LIMIT 1"""

FIND_LAST_CLIENT_SEQUENCE = """
SELECT max(client_sequence) FROM attempt_response WHERE attempt_id = :attempt_id"""


def attempt_of(
    db_session: Session, public_id: str, person_id: int, *, lock: bool = False
) -> Attempt:
    """Return the person's own attempt.

    Raises:
        NotFoundError: If there is none, or it is somebody else's.
    """
    query = OWN_ATTEMPT_LOCKED if lock else OWN_ATTEMPT
    attempt = db_session.scalar(query, {"public_id": public_id, "person_id": person_id})
    if attempt is None:
        raise NotFoundError(f"attempt {public_id} of person {person_id}")
    return attempt


@dataclass(frozen=True, slots=True)
class Pinned:
    """What never changes of an attempt, and every save asks for.

    Attributes:
        item_refs: The form's items in order.
        needs_safe_browser: Whether every request must come from the safe browser.
    """

    item_refs: tuple[str, ...]
    needs_safe_browser: bool


_PINNED: OrderedDict[tuple[str, int], Pinned] = OrderedDict()
PINNED_KEPT = 4000
"""Attempts of which a process keeps what is pinned."""


def pinned_of(open_session: Callable[[], Session], public_id: str, person_id: int) -> Pinned:
    """Return what is pinned of the person's own attempt, from memory if it was asked before.

    Args:
        open_session: Gives a session to read with; called only when it is needed.
        public_id: The attempt.
        person_id: Its candidate; whether it is theirs is part of what is remembered.

    Raises:
        NotFoundError: If there is none, or it is somebody else's.
    """
    key = (public_id, person_id)
    known = _PINNED.get(key)
    if known is None:
        attempt = attempt_of(open_session(), public_id, person_id)
        known = Pinned(tuple(attempt.item_refs), attempt.safe_browser is not None)
        _PINNED[key] = known
        while len(_PINNED) > PINNED_KEPT:
            _PINNED.popitem(last=False)
    return known


def item_refs_of(
    open_session: Callable[[], Session], public_id: str, person_id: int
) -> tuple[str, ...]:
    """Return the pinned item refs of the person's own attempt; see `pinned_of`."""
    return pinned_of(open_session, public_id, person_id).item_refs


def open_attempt_or_none(db_session: Session, person_id: int, exam_code: str) -> Attempt | None:
    """Return the attempt of this exam that the person is in, if any."""
    return db_session.scalar(
        select(Attempt).where(
            Attempt.person_id == person_id,
            Attempt.exam_code == exam_code,
            Attempt.closed_at.is_(None),
        )
    )


def attempts_of(db_session: Session, person_id: int) -> Sequence[Attempt]:
    """Return a person's attempts, newest first."""
    return db_session.scalars(
        select(Attempt).where(Attempt.person_id == person_id).order_by(Attempt.started_at.desc())
    ).all()


def values_of(db_session: Session, attempt_id: int) -> dict[int, dict[str, Any]]:
    """Return the newest response to each answered position."""
    rows = read_rows(db_session, FIND_VALUES, {"attempt_id": attempt_id})
    return {position: json.loads(value) for position, value in rows}


def responses_of(db_session: Session, attempt_id: int) -> dict[int, AttemptResponse]:
    """Return the newest response rows by position."""
    rows = db_session.scalars(
        select(AttemptResponse).where(AttemptResponse.attempt_id == attempt_id)
    )
    return {row.position: row for row in rows}


def last_client_sequence(db_session: Session, attempt_id: int) -> int:
    """Return the highest client sequence that was accepted; 0 if none."""
    [(newest,)] = read_rows(db_session, FIND_LAST_CLIENT_SEQUENCE, {"attempt_id": attempt_id})
    return int(newest or 0)


def settled_marks(db_session: Session, attempt_id: int) -> dict[int, SettledMark]:
    """Return what people's marks came to, by position; the newest record of each counts."""
    payloads = db_session.scalars(
        select(AttemptEvent.payload)
        .where(AttemptEvent.attempt_id == attempt_id, AttemptEvent.kind == "marked")
        .order_by(AttemptEvent.sequence)
    )
    marks = (SettledMark.model_validate_json(payload) for payload in payloads)
    return {one.position: one for one in marks}


def played_rooms(db_session: Session, attempt_id: int) -> dict[int, PlayedRoom]:
    """Return what rooms among the items came to, by position; the newest record counts."""
    payloads = db_session.scalars(
        select(AttemptEvent.payload)
        .where(AttemptEvent.attempt_id == attempt_id, AttemptEvent.kind == "played")
        .order_by(AttemptEvent.sequence)
    )
    rooms = (PlayedRoom.model_validate_json(payload) for payload in payloads)
    return {one.position: one for one in rooms}


def receipt_of(db_session: Session, attempt: Attempt) -> tuple[int, str]:
    """Return how many records an attempt had when it closed, and the last one's hash.

    What people do later, such as marking, is appended behind; the receipt stays what it was.
    """
    rows = read_rows(db_session, FIND_RECEIPT, {"attempt_id": attempt.id})
    return (rows[0][0], rows[0][1]) if rows else (attempt.event_count, attempt.head_hash)


def score_of(db_session: Session, attempt_id: int) -> AttemptScore:
    """Return the newest scoring.

    Raises:
        NotFoundError: If the attempt was not scored yet.
    """
    score = db_session.scalar(NEWEST_SCORE, {"attempt_id": attempt_id})
    if score is None:
        raise NotFoundError(f"attempt {attempt_id} has no score")
    return score


def overdue_attempts(db_session: Session, *, before: datetime) -> Sequence[Attempt]:
    """Return running attempts that were due before a moment, locked, oldest first."""
    return db_session.scalars(
        select(Attempt)
        .where(Attempt.closed_at.is_(None), Attempt.paused_at.is_(None), Attempt.due_at < before)
        .order_by(Attempt.due_at)
        .limit(200)
        .with_for_update(skip_locked=True)
    ).all()


def attempts_on_break(db_session: Session) -> Sequence[Attempt]:
    """Return attempts whose candidates are on a break, locked."""
    return db_session.scalars(
        select(Attempt)
        .where(Attempt.closed_at.is_(None), Attempt.is_on_break.is_(True))
        .order_by(Attempt.id)
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


def newest_forms(
    db_session: Session, blueprint_ref: str, *, limit: int
) -> Sequence[list[list[Any]]]:
    """Return the newest forms drawn by a blueprint, used or not."""
    return db_session.scalars(
        select(PreparedForm.form)
        .where(PreparedForm.blueprint_ref == blueprint_ref)
        .order_by(PreparedForm.id.desc())
        .limit(limit)
    ).all()


def waiting_forms(db_session: Session, blueprint_ref: str, *, limit: int) -> Sequence[PreparedForm]:
    """Return prepared forms that nobody has got yet, the oldest first."""
    return db_session.scalars(
        select(PreparedForm)
        .where(PreparedForm.blueprint_ref == blueprint_ref, PreparedForm.used_at.is_(None))
        .order_by(PreparedForm.id)
        .limit(limit)
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


def attempts_by_id(
    db_session: Session, attempt_ids: Sequence[int], *, lock: bool = False
) -> list[Attempt]:
    """Return attempts by their keys, in the order of the keys; `lock` locks them for change."""
    query = select(Attempt).where(Attempt.id.in_(attempt_ids)).order_by(Attempt.id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return list(db_session.scalars(query))


def attempt_by_public_id(db_session: Session, public_id: str, *, lock: bool = False) -> Attempt:
    """Return an attempt for staff, whoever sits it.

    Raises:
        NotFoundError: If there is none.
    """
    query = select(Attempt).where(Attempt.public_id == public_id)
    attempt = db_session.scalar(query.with_for_update() if lock else query)
    if attempt is None:
        raise NotFoundError(f"attempt {public_id}")
    return attempt


def open_attempts(db_session: Session, *, lock: bool = False) -> list[Attempt]:
    """Return every attempt that is not over, by key."""
    query = select(Attempt).where(Attempt.closed_at.is_(None)).order_by(Attempt.id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return list(db_session.scalars(query))


def presences_of(db_session: Session, attempt_ids: Sequence[int]) -> dict[int, AttemptPresence]:
    """Return the last sign of life of each page that gave one."""
    rows = db_session.scalars(
        select(AttemptPresence).where(AttemptPresence.attempt_id.in_(attempt_ids))
    )
    return {row.attempt_id: row for row in rows}


def saved_counts(
    db_session: Session, attempt_ids: Sequence[int]
) -> dict[int, tuple[int, datetime]]:
    """Return, by attempt, how many positions hold a response and when the last was saved."""
    rows = db_session.execute(
        select(AttemptResponse.attempt_id, func.count(), func.max(AttemptResponse.at))
        .where(AttemptResponse.attempt_id.in_(attempt_ids))
        .group_by(AttemptResponse.attempt_id)
    )
    return {attempt_id: (count, at) for attempt_id, count, at in rows}


def late_answers_of(db_session: Session, attempt_id: int) -> Sequence[LateAnswer]:
    """Return what arrived after the end, in the order of its arrival."""
    return db_session.scalars(
        select(LateAnswer).where(LateAnswer.attempt_id == attempt_id).order_by(LateAnswer.id)
    ).all()


def late_counts(db_session: Session, attempt_ids: Sequence[int]) -> dict[int, int]:
    """Return how many answers arrived late, by attempt."""
    rows = db_session.execute(
        select(LateAnswer.attempt_id, func.count())
        .where(LateAnswer.attempt_id.in_(attempt_ids))
        .group_by(LateAnswer.attempt_id)
    )
    return dict(rows.all())


def last_event_of_kind(db_session: Session, attempt_id: int, kind: str) -> AttemptEvent:
    """Return the newest event of a kind.

    Raises:
        NotFoundError: If there is none.
    """
    event = db_session.scalar(
        select(AttemptEvent)
        .where(AttemptEvent.attempt_id == attempt_id, AttemptEvent.kind == kind)
        .order_by(AttemptEvent.sequence.desc())
        .limit(1)
    )
    if event is None:
        raise NotFoundError(f"attempt {attempt_id} has no {kind}")
    return event


def standing_regrades(db_session: Session, refs: Sequence[str]) -> dict[str, Regrade]:
    """Return the regrades in force for these item versions."""
    # There are few, and mostly none that matters: their names alone are soon read.
    standing = {ref for (ref,) in read_rows(db_session, FIND_STANDING_REGRADES, {})}
    if standing.isdisjoint(refs):
        return {}
    rows = db_session.scalars(
        select(Regrade).where(
            Regrade.item_ref.in_(standing.intersection(refs)),
            Regrade.applied_at.is_not(None),
            Regrade.reverted_at.is_(None),
        )
    )
    return {row.item_ref: row for row in rows}


def scores_of(db_session: Session, attempt_id: int) -> Sequence[AttemptScore]:
    """Return every scoring of an attempt, oldest first."""
    return db_session.scalars(
        select(AttemptScore).where(AttemptScore.attempt_id == attempt_id).order_by(AttemptScore.id)
    ).all()


def server_is_silent(db_session: Session, *, now: datetime) -> bool:
    """Say whether no web process serves just now, so that no attempt may be closed as overdue.

    Without any beat on record (a deployment that never served) nothing is silent.
    """
    at = db_session.scalar(select(ServerBeat.at))
    return at is not None and OUTAGE_FROM < now - at <= CLOSING_WAITS
