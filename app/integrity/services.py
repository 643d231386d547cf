"""Open a case file, look into it, hear the candidate, decide by two people.

Nothing follows by itself: a decision stands in the file and in the audit log, and whoever draws a
consequence does so by the act that the product has for it (regrade, withdrawal), with its own two
people. Whoever was examined in the attempt takes no part.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from app.core.audit.services import record_act
from app.core.errors import (
    ConflictError,
    ForbiddenError,
    InvalidInputError,
    SecondPersonRequiredError,
)
from app.exams.models import Attempt
from app.integrity import queries
from app.integrity.models import IntegrityCase, IntegrityView

logger = logging.getLogger(__name__)

REASON_CHARS = (4, 1000)
STATEMENT_CHARS = (10, 4000)
LOOK_HOLDS = timedelta(minutes=30)
"""For so long a file stays open to who said what it is needed for."""

FINDINGS = ("no_concern", "concern")


class CaseExistsError(ConflictError):
    """Raised when the attempt has a case file."""

    code = "case_exists"


class CaseDecidedError(ConflictError):
    """Raised when two people have decided: the file changes no more."""

    code = "case_decided"


class AlreadyStatedError(ConflictError):
    """Raised when the candidate has made a statement."""

    code = "already_stated"


class NothingProposedError(ConflictError):
    """Raised when there is no finding to confirm."""

    code = "nothing_proposed"


class OwnAttemptError(ForbiddenError):
    """Raised when somebody would handle the case of an own attempt."""

    code = "own_attempt"


def open_case(
    db_session: Session,
    attempt: Attempt,
    evidence: dict[str, Any],
    *,
    reason: str,
    person_id: int,
    actor: str,
    now: datetime,
) -> IntegrityCase:
    """Open the case file of a closed attempt, with the evidence as it stands.

    Args:
        db_session: The session of the caller's transaction.
        attempt: The attempt, locked.
        evidence: Of `evidence_of`, computed before the lock was taken: it takes a while.
        reason: Why, in the opener's words.
        person_id: Who opens it.
        actor: The same, for the audit log.
        now: The moment (aware).

    Raises:
        CaseExistsError: If it has one.
        ConflictError: If it is not over.
        OwnAttemptError: If it is the opener's own.
        InvalidInputError: If the reason is too short or too long.
    """
    _check_words("reason", reason, REASON_CHARS)
    if attempt.is_open:
        raise ConflictError(f"{attempt!r} is not over")
    if attempt.person_id == person_id:
        raise OwnAttemptError(f"{attempt!r} by {actor}")
    if queries.case_of_attempt_or_none(db_session, attempt.id) is not None:
        raise CaseExistsError(f"{attempt!r}")
    case = IntegrityCase(
        attempt_id=attempt.id,
        exam_code=attempt.exam_code,
        evidence=evidence,
        reason=reason,
        opened_by=actor,
        opened_at=now,
    )
    db_session.add(case)
    db_session.flush()
    _record(db_session, case, "integrity.opened", actor, now)
    return case


def look(
    db_session: Session,
    case: IntegrityCase,
    *,
    purpose: str,
    person_id: int,
    actor: str,
    now: datetime,
) -> None:
    """Note who looks into a case file and what for, before it is shown.

    Raises:
        OwnAttemptError: If the case is about the person.
        InvalidInputError: If the purpose is too short or too long.
    """
    _check_words("purpose", purpose, REASON_CHARS)
    _check_other(db_session, case, person_id, actor)
    db_session.add(IntegrityView(case_id=case.id, viewer=actor, purpose=purpose, at=now))
    _record(db_session, case, "integrity.viewed", actor, now)


def make_statement(
    db_session: Session, case: IntegrityCase, *, statement: str, actor: str, now: datetime
) -> None:
    """Take the candidate's words into the file; once, and before it is decided.

    Raises:
        AlreadyStatedError, CaseDecidedError: Not any more.
        InvalidInputError: If it is too short or too long.
    """
    _check_open(case)
    _check_words("statement", statement, STATEMENT_CHARS)
    if case.stated_at is not None:
        raise AlreadyStatedError(f"{case!r}")
    case.statement, case.stated_at = statement, now
    _record(db_session, case, "integrity.stated", actor, now)


def propose_finding(
    db_session: Session,
    case: IntegrityCase,
    *,
    finding: str,
    reason: str,
    person_id: int,
    actor: str,
    now: datetime,
) -> None:
    """Say what one person finds; a new proposal takes the place of one that nobody confirmed.

    Raises:
        CaseDecidedError: If two people decided.
        OwnAttemptError: If the case is about the person.
        InvalidInputError: If the finding is unknown, or the reason too short or too long.
    """
    _check_open(case)
    _check_other(db_session, case, person_id, actor)
    if finding not in FINDINGS:
        raise InvalidInputError(f"finding {finding}", [{"field": "finding", "code": "unknown"}])
    _check_words("reason", reason, REASON_CHARS)
    case.finding, case.finding_reason = finding, reason
    case.proposed_by, case.proposed_at = actor, now
    _record(db_session, case, "integrity.proposed", actor, now, {"finding": finding})


def confirm_finding(
    db_session: Session, case: IntegrityCase, *, person_id: int, actor: str, now: datetime
) -> None:
    """Let a second person confirm the finding: then the case is decided.

    Raises:
        CaseDecidedError, NothingProposedError: There is nothing to confirm.
        SecondPersonRequiredError: If it is the person who proposed it.
        OwnAttemptError: If the case is about the person.
    """
    _check_open(case)
    _check_other(db_session, case, person_id, actor)
    if case.finding is None:
        raise NothingProposedError(f"{case!r}")
    if case.proposed_by == actor:
        raise SecondPersonRequiredError(f"{case!r} by {actor}")
    case.confirmed_by, case.confirmed_at = actor, now
    _record(db_session, case, "integrity.confirmed", actor, now, {"finding": case.finding})


def _check_open(case: IntegrityCase) -> None:
    if case.is_decided:
        raise CaseDecidedError(f"{case!r}")


def _check_other(db_session: Session, case: IntegrityCase, person_id: int, actor: str) -> None:
    if db_session.get_one(Attempt, case.attempt_id).person_id == person_id:
        raise OwnAttemptError(f"{case!r} by {actor}")


def _check_words(field: str, words: str, chars: tuple[int, int]) -> None:
    if not chars[0] <= len(words) <= chars[1]:
        raise InvalidInputError(
            f"{field}: {len(words)} characters", [{"field": field, "code": "length"}]
        )


def _record(
    db_session: Session,
    case: IntegrityCase,
    action: str,
    actor: str,
    now: datetime,
    details: dict[str, str] | None = None,
) -> None:
    db_session.flush()
    record_act(
        db_session,
        subject=f"integrity:{case.public_id}",
        action=action,
        actor=actor,
        now=now,
        details=details,
    )
    logger.info("%r %s", case, action)
