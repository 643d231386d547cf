"""Acts on an attempt that is under way: more time, pause, resume, announce.

Each locks nothing itself (the caller has locked the attempt), appends one event to the
attempt's chain and moves the projection that save path and page read. A repeat with the same
key changes nothing.
"""

from __future__ import annotations

import json
import logging
from datetime import datetime

from sqlalchemy.orm import Session

from app.core.audit.services import record_act
from app.core.errors import ConflictError, InvalidInputError
from app.exams import deadlines, queries
from app.exams.models import Attempt
from app.exams.saving import SAVE_GRACE, AttemptClosedError
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


class AlreadyPausedError(ConflictError):
    """Raised when an attempt would be paused whose clock stands."""

    code = "already_paused"


class TimeOverError(ConflictError):
    """Raised when an attempt whose time is over would be paused."""

    code = "time_over"


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
    attempt.due_at = deadlines.moved_deadline(attempt.due_at, granted_s=minutes * 60)
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
    paused = json.loads(queries.last_event_of_kind(db_session, attempt.id, "paused").payload)
    is_break = bool(paused["is_break"])
    credited_s = deadlines.credited_pause_s(
        attempt.paused_at, now, break_left_s=attempt.break_left_s if is_break else None
    )
    if is_break:
        attempt.break_left_s -= credited_s
    attempt.paused_at = None
    attempt.due_at = deadlines.moved_deadline(attempt.due_at, granted_s=credited_s)
    payload = {"credited_s": credited_s, "due_at": attempt.due_at.isoformat()}
    _record(db_session, attempt, "resumed", payload, key=key, actor=actor, now=now)
    return True


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
