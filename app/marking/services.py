"""Take responses to mark, keep drafts and marks, settle them, and score the attempt."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from app.bank import queries as bank
from app.core.audit.services import record_act
from app.core.errors import ConflictError, IdempotencyKeyReusedError, InvalidInputError
from app.core.events import publish
from app.core.hashing import digest
from app.exams import queries as exams
from app.exams.events import AttemptAwaitsMarks
from app.exams.services import append_to_chain, score_attempt
from app.exams.treating import version_of
from app.marking import drifting, queries
from app.marking.events import RoomTextMarked
from app.marking.models import Mark, MarkingSheet, MarkingTask, Settlement
from question_bank.answers import Rubric
from question_bank.marking import MARKS_FIRST, Given, check_points, resolve, settled_mark

logger = logging.getLogger(__name__)

MARK_WITHIN = timedelta(days=5)
"""A response is to be marked within this; the workload view shows what is late."""

LEASE = timedelta(minutes=40)
"""A marker has a response in hand for this long after the last sign of work on it."""

COMMENT_CHARS = 600


class SheetEndedError(ConflictError):
    """Raised when a sheet would be changed that was marked, skipped or taken back."""

    code = "sheet_ended"


class SheetExpiredError(ConflictError):
    """Raised when a mark comes after the sheet's time: the response may be with somebody else."""

    code = "sheet_expired"


def on_attempt_awaits_marks(db_session: Session, fact: AttemptAwaitsMarks) -> None:
    """Open a task for each answer of an attempt that wants marks and has none yet."""
    (attempt,) = exams.attempts_by_id(db_session, [fact.attempt_id])
    values = exams.values_of(db_session, attempt.id)
    held = {one.position for one in queries.tasks_of_attempt(db_session, attempt.id)}
    items = bank.items_of(db_session, attempt.item_refs)
    written = {at for at in fact.positions if items[at - 1].kind.is_marked_by_people}
    for position in sorted(written - held):
        _open(
            db_session,
            MarkingTask(
                attempt_id=attempt.id,
                position=position,
                person_id=attempt.person_id,
                rubric_ref=version_of(attempt.item_refs[position - 1]),
                body=str(values[position]["text"]).strip(),
            ),
            now=fact.at,
        )


def open_room_text(
    db_session: Session,
    room_session_id: int,
    *,
    part: str,
    person_id: int,
    rubric_ref: str,
    body: str,
    now: datetime,
) -> MarkingTask:
    """Take a text that somebody wrote about a room, to be marked like an exam's answer.

    Args:
        db_session: The session of the caller's transaction.
        room_session_id: The room.
        part: `diagnosis` of the account before it, or `review` (复盘) after it.
        person_id: Who wrote it.
        rubric_ref: The item whose rubric it is marked by.
        body: The text.
        now: The moment (aware).

    Raises:
        NotFoundError: If the rubric does not exist.
        InvalidInputError: If the text is empty.
    """
    queries.rubric_of(db_session, rubric_ref)
    if not body.strip():
        raise InvalidInputError("body", [{"field": "body", "code": "missing"}])
    opened = MarkingTask(
        room_session_id=room_session_id,
        part=part,
        person_id=person_id,
        rubric_ref=rubric_ref,
        body=body.strip(),
    )
    return _open(db_session, opened, now=now)


def _open(db_session: Session, opened: MarkingTask, *, now: datetime) -> MarkingTask:
    opened.opened_at, opened.due_at, opened.wanted = now, now + MARK_WITHIN, MARKS_FIRST
    db_session.add(opened)
    db_session.flush()
    logger.info("%r opened", opened)
    return opened


def save_draft(
    db_session: Session,
    sheet: MarkingSheet,
    *,
    points: Mapping[str, Any],
    comment: str,
    sequence: int,
    now: datetime,
) -> bool:
    """Keep what a marker has so far, and the response in hand; an older draft changes nothing.

    Args:
        db_session: The session of the caller's transaction.
        sheet: A locked sheet of the marker's own.
        points: Points by criterion; criteria may be lacking.
        comment: The comment so far.
        sequence: Rises with each draft of this sheet.
        now: The moment (aware).

    Returns:
        Whether the draft was newer than what is kept.

    Raises:
        SheetEndedError, SheetExpiredError: If the sheet is not in hand any more.
        InvalidInputError: If points are no level of their criterion, or the comment is too long.
    """
    _check_in_hand(sheet, now)
    held = _checked(db_session, sheet, points, comment)
    if sequence <= sheet.draft_sequence:
        return False
    sheet.draft, sheet.draft_comment, sheet.draft_sequence = held, comment, sequence
    sheet.lease_until = now + LEASE
    db_session.flush()
    return True


def submit_mark(
    db_session: Session,
    sheet: MarkingSheet,
    *,
    points: Mapping[str, Any],
    comment: str,
    key: str,
    actor: str,
    now: datetime,
) -> Mark:
    """Take a marker's mark; it is never changed. A repeat with the same key returns it.

    Args:
        db_session: The session of the caller's transaction.
        sheet: A locked sheet of the marker's own.
        points: Points of every criterion.
        comment: What the marker notes; may be empty.
        key: Idempotency key.
        actor: The marker.
        now: The moment (aware).

    Raises:
        SheetEndedError, SheetExpiredError: If the sheet is not in hand any more.
        IdempotencyKeyReusedError: If the key came with another mark before.
        InvalidInputError: If a criterion lacks points, or they are no level of it.
    """
    given = queries.mark_of_sheet_or_none(db_session, sheet.id)
    fingerprint = digest({"points": dict(points), "comment": comment})
    if given is not None and given.key == key:
        if given.fingerprint != fingerprint:
            raise IdempotencyKeyReusedError(key)
        return given
    _check_in_hand(sheet, now)
    held = _checked(db_session, sheet, points, comment)
    _item, rubric = queries.rubric_of(db_session, sheet.rubric_ref)
    if lacking := [one.id for one in rubric.criteria if one.id not in held]:
        raise InvalidInputError(
            f"{sheet!r}", [{"field": one, "code": "missing"} for one in lacking]
        )
    mark = Mark(
        sheet_id=sheet.id,
        points=held,
        total=sum(held.values()),
        comment=comment,
        key=key,
        fingerprint=fingerprint,
        at=now,
    )
    db_session.add(mark)
    sheet.draft, sheet.draft_comment = held, comment
    sheet.ending, sheet.ended_at = "marked", now
    db_session.flush()
    record_act(
        db_session,
        subject=f"marking-sheet:{sheet.public_id}",
        action="mark.given",
        actor=actor,
        now=now,
        details={"total": mark.total, "of": rubric.points},
    )
    logger.info("%r marked", sheet)
    if sheet.task_id is None:
        drifting.judge_marker(db_session, sheet.marker_id, now=now)
    else:
        settle(db_session, queries.locked_task(db_session, sheet.task_id), rubric, now=now)
    return mark


def settle(db_session: Session, task: MarkingTask, rubric: Rubric, *, now: datetime) -> bool:
    """Settle a response if its marks suffice, else say how many more it wants.

    When it was the last of its attempt, the marks go into the attempt's record, one event each,
    and the attempt is scored: what was pending becomes a result.

    Args:
        db_session: The session of the caller's transaction.
        task: A locked task.
        rubric: What it was marked by.
        now: The moment (aware).

    Returns:
        Whether it is settled now.
    """
    given = queries.marks_of_task(db_session, task.id)
    found = resolve([mark.total for _, mark in given], most=rubric.points)
    task.wanted = found.wanted
    if not found.is_settled:
        db_session.flush()
        return False
    record = settled_mark(
        task.position or 1,
        task.rubric_ref,
        rubric,
        [Given(sheet=sheet.public_id, points=mark.points) for sheet, mark in given],
    )
    task.settled_at, task.credit = now, record.credit
    db_session.add(
        Settlement(
            task_id=task.id, rule=record.rule.value, body=record.model_dump(mode="json"), at=now
        )
    )
    db_session.flush()
    record_act(
        db_session,
        subject=f"marking-task:{task.public_id}",
        action="marking.settled",
        actor="system:marking",
        now=now,
        details={"rule": record.rule.value, "points": record.points, "of": record.most},
    )
    logger.info("%r settled by %s", task, record.rule)
    if task.attempt_id is not None:
        _score_when_complete(db_session, task.attempt_id, now=now)
    else:
        assert task.room_session_id is not None
        assert task.part is not None
        publish(db_session, RoomTextMarked(task.room_session_id, task.part, record.credit, now))
    return True


def _score_when_complete(db_session: Session, attempt_id: int, *, now: datetime) -> None:
    """Score an attempt whose responses are all settled.

    The attempt is locked before its tasks are read: of two markers who settle its last two
    responses at once, the second sees what the first did.
    """
    (attempt,) = exams.attempts_by_id(db_session, [attempt_id], lock=True)
    tasks = queries.tasks_of_attempt(db_session, attempt_id)
    if any(one.settled_at is None for one in tasks):
        return
    recorded = exams.settled_marks(db_session, attempt_id)
    for one in tasks:
        settlement = queries.settlement_of(db_session, one.id)
        if settlement is not None and one.position not in recorded:
            append_to_chain(db_session, attempt, "marked", settlement.body, now=now)
    score = score_attempt(db_session, attempt, reason="marked", now=now)
    record_act(
        db_session,
        subject=f"attempt:{attempt.public_id}",
        action="attempt.marked",
        actor="system:marking",
        now=now,
        details={"score": score.fraction, "passed": score.passed, "head": attempt.head_hash},
    )


def _check_in_hand(sheet: MarkingSheet, now: datetime) -> None:
    if sheet.ending == "expired" or (sheet.is_open and now > sheet.lease_until):
        raise SheetExpiredError(f"{sheet!r}")
    if not sheet.is_open:
        raise SheetEndedError(f"{sheet!r}: {sheet.ending}")


def _checked(
    db_session: Session, sheet: MarkingSheet, points: Mapping[str, Any], comment: str
) -> dict[str, int]:
    """Return points that fit the rubric.

    Raises:
        InvalidInputError: Naming each criterion whose points are no level of it.
    """
    _item, rubric = queries.rubric_of(db_session, sheet.rubric_ref)
    held, wrong = check_points(rubric, points)
    errors: list[dict[str, object]] = [{"field": one, "code": "no_level"} for one in wrong]
    if len(comment) > COMMENT_CHARS:
        errors.append({"field": "comment", "code": "too_long"})
    if errors:
        raise InvalidInputError(f"{sheet!r}", errors)
    return held
