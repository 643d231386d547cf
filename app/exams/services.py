"""Start, open, submit and close attempts; score them; draw forms ahead."""

from __future__ import annotations

import logging
import secrets
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from app.accounts.models import Person
from app.bank import queries as bank_queries
from app.core.audit.services import record_act
from app.core.db import driver_sql, read_rows
from app.core.errors import ConflictError
from app.core.events import publish
from app.core.hashing import GENESIS, canonical_json
from app.exams import deadlines, drawing, queries
from app.exams.events import AttemptAwaitsMarks, AttemptClosing, AttemptScored, AttemptStarting
from app.exams.models import Attempt, AttemptScore, Regrade
from app.exams.saving import (
    FIND_KEY,
    SAVE_GRACE,
    AttemptClosedError,
    append_event,
)
from app.exams.sections import enter_section, pinned_sections
from app.exams.terms import ALONE, Arrangement, ExamTerms
from app.exams.treating import rekeyed, treated_score, version_of
from question_bank.items import Item, ItemKind, Pool
from question_bank.played import PlayedRoom
from question_bank.scoring import ExamScore, score_form

logger = logging.getLogger(__name__)


class ResultPendingError(ConflictError):
    """Raised when an exam would be started again before the last result is released."""

    code = "result_pending"


class MarksAwaitedError(ConflictError):
    """Raised when a result would be released whose answers people have still to mark."""

    code = "marks_awaited"


LOCK_PERSON = (
    select(Person.id).where(Person.id == bindparam("person_id")).with_for_update(key_share=True)
)

FIND_BEFORE = """
SELECT id, ordinal, closed_at, is_held, awaits_marks FROM attempt
WHERE person_id = :person_id AND exam_code = :exam_code"""


def start_attempt(
    db_session: Session,
    person_id: int,
    terms: ExamTerms,
    *,
    now: datetime,
    arrangement: Arrangement = ALONE,
) -> Attempt:
    """Start the exam, or return the attempt that the person is in already.

    Twenty simultaneous starts give one attempt and use one form: they queue at the person's
    row, and whoever comes second finds the open attempt. (A partial unique index lets only
    one be open, whatever door it came by.)

    Args:
        db_session: The session of the caller's transaction.
        person_id: The candidate.
        terms: What the programme demands at this moment.
        now: The moment of the start (aware).
        arrangement: What a seat in a sitting adds.

    Raises:
        ResultPendingError: If the result of the last attempt is not released yet.
        NoFormError: If no prepared form is left.
    """
    db_session.execute(LOCK_PERSON, {"person_id": person_id})
    asked = {"person_id": person_id, "exam_code": terms.exam_code}
    before = read_rows(db_session, FIND_BEFORE, asked)
    for attempt_id, _, closed_at, *_ in before:
        if closed_at is None:
            return db_session.get_one(Attempt, attempt_id)
    if any(is_held or awaits_marks for *_, is_held, awaits_marks in before):
        raise ResultPendingError(f"person {person_id} in {terms.exam_code}")
    if not arrangement.is_seated:
        publish(db_session, AttemptStarting(person_id, terms.exam_code, now))
    ordinal = max((number for _, number, *_ in before), default=0) + 1
    attempt = Attempt(
        person_id=person_id,
        exam_code=terms.exam_code,
        ordinal=ordinal,
        programme_ref=terms.programme_ref,
        title=terms.title,
        blueprint_ref=terms.blueprint_ref,
        form=arrangement.form
        or drawing.take_form(db_session, person_id, terms.blueprint_ref, now=now),
        cut_fraction=terms.cut_fraction,
        limit_s=terms.limit_s,
        is_demo=terms.is_demo,
        started_at=now,
        due_at=deadlines.first_deadline(
            now,
            limit_s=terms.limit_s,
            time_percent=arrangement.time_percent,
            ends_at=arrangement.ends_at,
        ),
        head_hash=GENESIS,
        writer_epoch=0,
        event_count=0,
        is_held=arrangement.is_held,
        shows_items=arrangement.shows_items,
        time_percent=arrangement.time_percent,
        break_left_s=arrangement.break_s,
        safe_browser=arrangement.safe_browser,
        notices=[],
    )
    attempt.sections = pinned_sections(db_session, attempt.blueprint_ref, attempt.item_refs)
    if attempt.sections is not None:
        enter_section(attempt, 0, now=now)
    db_session.add(attempt)
    append_to_chain(db_session, attempt, "started", {"due_at": attempt.due_at.isoformat()}, now=now)
    record_act(
        db_session,
        subject=f"attempt:{attempt.public_id}",
        action="attempt.started",
        actor=_actor(db_session, person_id),
        now=now,
        details={"exam": terms.exam_code, "ordinal": ordinal},
    )
    logger.info("%r started", attempt)
    return attempt


def open_page(db_session: Session, attempt: Attempt, *, now: datetime) -> int:
    """Make the caller's page the one that writes; older pages become read-only.

    Args:
        db_session: The session of the caller's transaction.
        attempt: A locked attempt.
        now: The moment (aware).

    Returns:
        The page's writer epoch.

    Raises:
        AttemptClosedError: If the attempt is over.
    """
    if not attempt.is_open:
        raise AttemptClosedError(f"{attempt!r}")
    attempt.writer_epoch += 1
    append_to_chain(db_session, attempt, "opened", {"epoch": attempt.writer_epoch}, now=now)
    return attempt.writer_epoch


def submit_attempt(
    db_session: Session, attempt: Attempt, *, key: str, now: datetime
) -> AttemptScore:
    """Close the attempt and score it; a repeat returns the same score.

    Args:
        db_session: The session of the caller's transaction.
        attempt: A locked attempt.
        key: Idempotency key of the submission.
        now: The moment (aware).

    Raises:
        AttemptClosedError: If it was closed by other means than this submission.
    """
    if not attempt.is_open:
        if attempt.closing == "submitted" or has_key(db_session, attempt, key):
            return queries.score_of(db_session, attempt.id)
        raise AttemptClosedError(f"{attempt!r}")
    late = attempt.paused_at is None and now > attempt.due_at + SAVE_GRACE
    return close_attempt(db_session, attempt, "overdue" if late else "submitted", key=key, now=now)


def close_if_overdue(db_session: Session, attempt: Attempt, *, now: datetime) -> bool:
    """Close and score a locked attempt whose time and grace are over; say whether it was."""
    is_running = not attempt.is_open or attempt.paused_at is not None
    if is_running or now <= attempt.due_at + SAVE_GRACE:
        return False
    close_attempt(db_session, attempt, "overdue", key=f"server-{secrets.token_hex(8)}", now=now)
    return True


def close_overdue_attempts(db_session: Session, *, now: datetime) -> int:
    """Close and score every overdue attempt; returns how many.

    Nobody's time runs out while the server itself is away: the next beat gives it back.
    """
    if queries.server_is_silent(db_session, now=now):
        return 0
    overdue = queries.overdue_attempts(db_session, before=now - SAVE_GRACE)
    return sum(close_if_overdue(db_session, attempt, now=now) for attempt in overdue)


def close_attempt(
    db_session: Session,
    attempt: Attempt,
    closing: str,
    *,
    key: str,
    now: datetime,
    actor: str = "",
) -> AttemptScore:
    """Close an open attempt, whoever ends it, and score what is saved.

    Args:
        db_session: The session of the caller's transaction.
        attempt: A locked, open attempt.
        closing: `submitted` by the candidate, `overdue`, or `ended` by the invigilator.
        key: Idempotency key.
        now: The moment (aware).
        actor: Who ended it; the candidate or the sweeper if absent.
    """
    publish(db_session, AttemptClosing(attempt.id, now))
    kind = "submitted" if closing == "submitted" else "closed"
    append_to_chain(db_session, attempt, kind, {"closing": closing}, key=key, now=now)
    result = exam_score(db_session, attempt)  # read before anything is held back for writing
    attempt.closed_at = now
    attempt.closing = closing
    attempt.paused_at = None
    attempt.is_on_break = False
    score = _keep_score(db_session, attempt, result, reason=closing, now=now)
    if not actor:
        is_own = closing == "submitted"
        actor = _actor(db_session, attempt.person_id) if is_own else "system:sweeper"
    record_act(
        db_session,
        subject=f"attempt:{attempt.public_id}",
        action=f"attempt.{closing}",
        actor=actor,
        now=now,
        details={"score": score.fraction, "passed": score.passed, "head": attempt.head_hash},
    )
    logger.info("%r %s: %.3f, passed=%s", attempt, closing, score.fraction, score.passed)
    return score


def exam_score(db_session: Session, attempt: Attempt, *, also: Regrade | None = None) -> ExamScore:
    """Work out an attempt's score from its pinned form and its stored responses.

    Items that were regraded count as the regrade says; the form stays what it was.

    Args:
        db_session: A session to read with.
        attempt: The attempt.
        also: A regrade that is not in force, to see what it would do.
    """
    versions = [version_of(ref) for ref in attempt.item_refs]
    regrades = queries.standing_regrades(db_session, versions)
    if also is not None:
        regrades[also.item_ref] = also
    found = [regrades.get(version) for version in versions]
    refs = [
        ref if one is None else rekeyed(ref, one.new_ref)
        for ref, one in zip(attempt.item_refs, found, strict=True)
    ]
    items = bank_queries.items_of(db_session, refs)
    values = queries.values_of(db_session, attempt.id)
    marked: dict[int, float] = {}
    if any(item.kind.is_marked_by_people for item in items):
        settled = queries.settled_marks(db_session, attempt.id)
        marked = {position: one.credit for position, one in settled.items()}
    if any(item.kind is ItemKind.ROOM for item in items):
        played = queries.played_rooms(db_session, attempt.id)
        marked |= {position: one.credit for position, one in played.items()}
    score = score_form(items, values, cut_score=attempt.cut_fraction, marked=marked)
    return treated_score(
        score,
        [item.topic.value for item in items],
        [_treatment(item, one) for item, one in zip(items, found, strict=True)],
    )


def _treatment(item: Item, regrade: Regrade | None) -> str:
    """Return how a position counts; one in the pilot never does, whatever was decided of it."""
    if item.pool is Pool.PILOT:
        return "drop"
    return "rekey" if regrade is None else regrade.treatment


def score_attempt(
    db_session: Session, attempt: Attempt, *, reason: str, now: datetime
) -> AttemptScore:
    """Add a scoring of the attempt; older scores stay.

    Unless the result is held back or people have still to mark answers, it counts at once and
    who listens is told. An answer to be marked is worth nothing until then.
    """
    return _keep_score(db_session, attempt, exam_score(db_session, attempt), reason=reason, now=now)


def _keep_score(
    db_session: Session, attempt: Attempt, result: ExamScore, *, reason: str, now: datetime
) -> AttemptScore:
    attempt.awaits_marks = not result.is_final
    score = AttemptScore(
        attempt_id=attempt.id,
        at=now,
        fraction=result.fraction,
        passed=result.passed,
        credits=list(result.credits),
        topics=[[topic.topic, topic.credit, topic.item_count] for topic in result.topics],
        head_hash=attempt.head_hash,
        reason=reason,
    )
    db_session.add(score)
    if result.pending:
        db_session.flush()
        publish(db_session, AttemptAwaitsMarks(attempt.id, result.pending, now))
    elif attempt.is_held:
        db_session.flush()
    else:  # what counts is written with the attempt's end, in one statement
        show_score(db_session, attempt, score, now=now)
    return score


def record_played(
    db_session: Session, attempt: Attempt, record: PlayedRoom, *, now: datetime
) -> None:
    """Add what a room of the form came to; a closed attempt is scored anew.

    A repeat of the same outcome does nothing.

    Args:
        db_session: The session of the caller's transaction.
        attempt: The locked attempt.
        record: The outcome.
        now: The moment (aware).
    """
    if queries.played_rooms(db_session, attempt.id).get(record.position) == record:
        return
    append_to_chain(db_session, attempt, "played", record.model_dump(mode="json"), now=now)
    if not attempt.is_open:
        score_attempt(db_session, attempt, reason="played", now=now)


def show_score(
    db_session: Session, attempt: Attempt, score: AttemptScore, *, now: datetime
) -> None:
    """Let a scoring be the attempt's result, and tell who listens."""
    attempt.score_fraction = score.fraction
    attempt.passed = score.passed
    db_session.flush()
    publish(
        db_session,
        AttemptScored(
            attempt_id=attempt.id,
            person_id=attempt.person_id,
            programme_ref=attempt.programme_ref,
            fraction=score.fraction,
            passed=score.passed,
            at=now,
        ),
    )


def release_result(db_session: Session, attempt: Attempt, *, actor: str, now: datetime) -> bool:
    """Let a held-back result count and be seen; say whether it was held back until now.

    Args:
        db_session: The session of the caller's transaction.
        attempt: A locked attempt that is over.
        actor: Who released it.
        now: The moment (aware).

    Raises:
        ConflictError: If the attempt is still open.
        MarksAwaitedError: If people have still to mark answers of it.
    """
    if attempt.is_open:
        raise ConflictError(f"{attempt!r} is open")
    if not attempt.is_held:
        return False
    if attempt.awaits_marks:
        raise MarksAwaitedError(f"{attempt!r}")
    attempt.is_held = False
    score = queries.score_of(db_session, attempt.id)
    record_act(
        db_session,
        subject=f"attempt:{attempt.public_id}",
        action="attempt.released",
        actor=actor,
        now=now,
        details={"score": score.fraction, "passed": score.passed},
    )
    show_score(db_session, attempt, score, now=now)
    return True


def append_to_chain(
    db_session: Session,
    attempt: Attempt,
    kind: str,
    payload: dict[str, Any],
    *,
    now: datetime,
    key: str = "",
) -> None:
    """Append to the chain from an ORM unit of work: same statements, same connection.

    Args:
        db_session: The session of the caller's transaction.
        attempt: A locked attempt.
        kind: What happened.
        payload: JSON values.
        now: The moment (aware).
        key: Idempotency key; empty makes a fresh one.
    """
    db_session.flush()
    cursor = db_session.connection().connection.cursor()
    try:
        count, head = append_event(
            cursor,
            attempt_id=attempt.id,
            public_id=attempt.public_id,
            count=attempt.event_count,
            head=attempt.head_hash,
            kind=kind,
            key=key or f"server-{secrets.token_hex(8)}",
            payload=canonical_json(payload),
            at=now,
        )
    finally:
        cursor.close()
    # The statement has written them: the unit of work knows them without a look, or a second write.
    set_committed_value(attempt, "event_count", count)
    set_committed_value(attempt, "head_hash", head)


FIND_PUBLIC_ID = "SELECT public_id FROM person WHERE id = :person_id"


def _actor(db_session: Session, person_id: int) -> str:
    """Name the candidate in the audit log by the id that leaves the system."""
    [(public_id,)] = read_rows(db_session, FIND_PUBLIC_ID, {"person_id": person_id})
    return f"person:{public_id}"


def has_key(db_session: Session, attempt: Attempt, key: str) -> bool:
    """Say whether an idempotency key stands in the attempt's chain."""
    cursor = db_session.connection().connection.cursor()
    try:
        cursor.execute(driver_sql(FIND_KEY), {"attempt_id": attempt.id, "key": key})
        return cursor.fetchone() is not None
    finally:
        cursor.close()
