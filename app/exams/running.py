"""Acts on an attempt that is under way: more time, pause, resume, announce, pass a barrier.

Each locks nothing itself (the caller has locked the attempt), appends one event to the
attempt's chain and moves the projection that save path and page read. A repeat with the same
key changes nothing.
"""

from __future__ import annotations

import logging
import secrets
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.core.audit.services import record_act
from app.core.errors import ConflictError, InvalidInputError, SupersededSessionError
from app.exams import deadlines, queries
from app.exams.models import Attempt
from app.exams.saving import (
    PAUSE_RETRY_S,
    SAVE_GRACE,
    AttemptClosedError,
    AttemptPausedError,
    DeadlinePassedError,
    SectionLockedError,
    SectionPassedError,
)
from app.exams.sections import enter_section, grant_time
from app.exams.services import append_to_chain, has_key

logger = logging.getLogger(__name__)

MOST_EXTRA_MINUTES = 240
"""Longest extension in one act; a slip of the finger is no five hours."""

NOTICES_KEPT = 20
"""Announcements that a page is shown; older ones stay in the events."""

NOTICE_CHARS = 300


class NotPausedError(ConflictError):
    """Raised when an attempt would be resumed whose clock runs."""

    code = "not_paused"


class NoBreakLeftError(ConflictError):
    """Raised when a break would begin for which no break time is left."""

    code = "no_break_left"


class NotOnBreakError(ConflictError):
    """Raised when a candidate would end a pause that is not their own break."""

    code = "not_on_break"


class AlreadyPausedError(ConflictError):
    """Raised when an attempt would be paused whose clock stands."""

    code = "already_paused"


class TimeOverError(ConflictError):
    """Raised when an attempt whose time is over would be paused."""

    code = "time_over"


class NoSectionError(ConflictError):
    """Raised when the barrier behind the last section would be passed, or there are no sections."""

    code = "no_section"


def extend_attempt(
    db_session: Session,
    attempt: Attempt,
    *,
    minutes: int,
    reason: str,
    key: str,
    actor: str,
    now: datetime,
) -> bool:
    """Move an open attempt's deadline later; say whether this call did it.

    Args:
        db_session: The session of the caller's transaction.
        attempt: A locked attempt.
        minutes: 1 to 240.
        reason: Why, for the record.
        key: Idempotency key of the act.
        actor: Who gave it.
        now: The moment (aware).

    Raises:
        AttemptClosedError: If the attempt is over.
        InvalidInputError: If the minutes are out of range.
    """
    if not 1 <= minutes <= MOST_EXTRA_MINUTES:
        raise InvalidInputError(f"minutes {minutes}", [{"field": "minutes", "code": "range"}])
    if _was_done(db_session, attempt, key):
        return False
    grant_time(attempt, granted_s=minutes * 60)
    payload = {"minutes": minutes, "reason": reason, "due_at": attempt.due_at.isoformat()}
    _record(db_session, attempt, "extended", payload, key=key, actor=actor, now=now)
    return True


def pause_attempt(
    db_session: Session,
    attempt: Attempt,
    *,
    reason: str,
    key: str,
    actor: str,
    now: datetime,
    is_break: bool = False,
) -> bool:
    """Stop an attempt's clock; say whether this call did it.

    Args:
        db_session: The session of the caller's transaction.
        attempt: A locked attempt.
        reason: Why; the candidate reads it.
        key: Idempotency key of the act.
        actor: Who stopped it.
        now: The moment (aware).
        is_break: Whether it is the candidate's own break: given back only as far as the
            accommodation's break time goes.

    Raises:
        AttemptClosedError: If the attempt is over.
        TimeOverError: If its time is over, though nobody has closed it yet.
        AlreadyPausedError: If its clock stands already.
    """
    if _was_done(db_session, attempt, key):
        return False
    if attempt.paused_at is not None:
        raise AlreadyPausedError(f"{attempt!r}")
    if now > attempt.due_at + SAVE_GRACE:
        raise TimeOverError(f"{attempt!r}")
    attempt.paused_at = now
    attempt.is_on_break = is_break
    payload = {"reason": reason, "is_break": is_break}
    _record(db_session, attempt, "paused", payload, key=key, actor=actor, now=now)
    return True


def resume_attempt(
    db_session: Session, attempt: Attempt, *, key: str, actor: str, now: datetime
) -> bool:
    """Let an attempt's clock go on and give the pause back; say whether this call did it.

    Raises:
        AttemptClosedError: If the attempt is over.
        NotPausedError: If its clock runs.
    """
    if _was_done(db_session, attempt, key):
        return False
    if attempt.paused_at is None:
        raise NotPausedError(f"{attempt!r}")
    credited_s = deadlines.credited_pause_s(
        attempt.paused_at, now, break_left_s=attempt.break_left_s if attempt.is_on_break else None
    )
    if attempt.is_on_break:
        attempt.break_left_s -= credited_s
    attempt.paused_at = None
    attempt.is_on_break = False
    grant_time(attempt, granted_s=credited_s)
    payload = {"credited_s": credited_s, "due_at": attempt.due_at.isoformat()}
    _record(db_session, attempt, "resumed", payload, key=key, actor=actor, now=now)
    return True


def begin_break(
    db_session: Session, attempt: Attempt, *, reason: str, key: str, actor: str, now: datetime
) -> bool:
    """Let a candidate take their own break; say whether this call did it.

    Raises:
        NoBreakLeftError: If no break time was granted, or it is used up.
        AttemptClosedError, TimeOverError, AlreadyPausedError: As `pause_attempt`.
    """
    if attempt.is_open and attempt.break_left_s <= 0 and not has_key(db_session, attempt, key):
        raise NoBreakLeftError(f"{attempt!r}")
    return pause_attempt(
        db_session, attempt, reason=reason, key=key, actor=actor, now=now, is_break=True
    )


def end_break(
    db_session: Session, attempt: Attempt, *, key: str, actor: str, now: datetime
) -> bool:
    """Let a candidate end their own break; say whether this call did it.

    Raises:
        NotOnBreakError: If the clock was stopped by the invigilator.
        AttemptClosedError, NotPausedError: As `resume_attempt`.
    """
    if attempt.paused_at is not None and not attempt.is_on_break:
        raise NotOnBreakError(f"{attempt!r}")
    return resume_attempt(db_session, attempt, key=key, actor=actor, now=now)


def end_spent_breaks(db_session: Session, *, now: datetime) -> int:
    """Let the clock go on wherever a break has used up its time; returns how many."""
    spent = 0
    for attempt in queries.attempts_on_break(db_session):
        assert attempt.paused_at is not None, "a break is a pause"
        if now >= attempt.paused_at + timedelta(seconds=attempt.break_left_s):
            key = f"server-{secrets.token_hex(8)}"
            resume_attempt(db_session, attempt, key=key, actor="system:sweeper", now=now)
            spent += 1
    return spent


def tell_attempt(
    db_session: Session, attempt: Attempt, *, text: str, key: str, actor: str, now: datetime
) -> bool:
    """Show the candidate an announcement; say whether this call did it.

    Raises:
        AttemptClosedError: If the attempt is over.
        InvalidInputError: If there is no text, or too much.
    """
    if not 1 <= len(text) <= NOTICE_CHARS:
        raise InvalidInputError("announcement", [{"field": "text", "code": "length"}])
    if _was_done(db_session, attempt, key):
        return False
    notice = {"id": key, "text": text, "at": now.isoformat()}
    attempt.notices = [*attempt.notices, notice][-NOTICES_KEPT:]
    _record(db_session, attempt, "announced", {"text": text}, key=key, actor=actor, now=now)
    return True


def pass_barrier(
    db_session: Session,
    attempt: Attempt,
    *,
    section: int,
    writer_epoch: int,
    key: str,
    now: datetime,
) -> bool:
    """Leave a section for the next one, for good; say whether this call did it.

    Args:
        db_session: The session of the caller's transaction.
        attempt: A locked attempt.
        section: Number of the section that is left, 1 for the first.
        writer_epoch: Of the page that asks; an older page leads nobody through a barrier.
        key: Idempotency key of the act.
        now: The moment (aware).

    Raises:
        AttemptClosedError, DeadlinePassedError: If the exam is over.
        AttemptPausedError: If its clock is stopped.
        SupersededSessionError: If another page writes now.
        NoSectionError: If there is no section behind this one.
        SectionPassedError, SectionLockedError: If the candidate is in another section.
    """
    if has_key(db_session, attempt, key):
        return False
    if not attempt.is_open:
        raise AttemptClosedError(f"{attempt!r}")
    if attempt.paused_at is not None:
        raise AttemptPausedError(f"{attempt!r}", PAUSE_RETRY_S)
    if now > attempt.due_at + SAVE_GRACE:
        raise DeadlinePassedError(f"{attempt!r}: due {attempt.due_at}, now {now}")
    if writer_epoch != attempt.writer_epoch:
        raise SupersededSessionError(f"{attempt!r}: {writer_epoch} < {attempt.writer_epoch}")
    if section < 1:
        raise InvalidInputError(f"section {section}", [{"field": "section", "code": "range"}])
    if attempt.sections is None or section >= len(attempt.sections):
        raise NoSectionError(f"{attempt!r}: nothing behind section {section}")
    if section <= attempt.section_at:
        raise SectionPassedError(f"{attempt!r}: section {section} was left before")
    if section > attempt.section_at + 1:
        raise SectionLockedError(f"{attempt!r} is in section {attempt.section_at + 1}")
    is_over = attempt.section_due_at is not None and now > attempt.section_due_at
    enter_section(attempt, attempt.section_at + 1, now=now)
    payload = {
        "section": section,
        "by": "time" if is_over else "candidate",
        "section_due_at": attempt.section_due_at and attempt.section_due_at.isoformat(),
    }
    append_to_chain(db_session, attempt, "passed", payload, key=key, now=now)
    logger.info("%r left section %d", attempt, section)
    return True


def _was_done(db_session: Session, attempt: Attempt, key: str) -> bool:
    """Say whether the act is on the chain already; refuse one on an attempt that is over."""
    if has_key(db_session, attempt, key):
        return True
    if not attempt.is_open:
        raise AttemptClosedError(f"{attempt!r}")
    return False


def _record(
    db_session: Session,
    attempt: Attempt,
    kind: str,
    payload: dict[str, object],
    *,
    key: str,
    actor: str,
    now: datetime,
) -> None:
    append_to_chain(db_session, attempt, kind, payload, now=now, key=key)
    record_act(
        db_session,
        subject=f"attempt:{attempt.public_id}",
        action=f"attempt.{kind}",
        actor=actor,
        now=now,
        details=payload,
    )
    logger.info("%r %s by %s", attempt, kind, actor)
