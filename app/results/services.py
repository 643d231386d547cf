"""Release results, let regrades touch credentials visibly, take and answer appeals."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.certification.models import CredentialRecord
from app.core.audit.services import record_act
from app.core.errors import ConflictError, ForbiddenError, InvalidInputError
from app.exams import regrading
from app.exams.models import Attempt, Regrade
from app.exams.regrading import Move
from app.exams.services import MarksAwaitedError, release_result
from app.exams.treating import version_of
from app.results import queries
from app.results.models import Appeal
from app.sittings import queries as sittings
from app.sittings.models import Sitting

logger = logging.getLogger(__name__)

RELEASED_AT_ONCE = 40
"""Results released in one slot of the job: each may decide and issue a credential."""

APPEAL_WINDOW = timedelta(days=7)
"""A result may be appealed against for this long after its publication."""

ANSWER_WITHIN = timedelta(days=15)
"""An appeal is answered within this."""

BODY_CHARS = (10, 2000)
ANSWER_CHARS = (10, 2000)


class NotOverError(ConflictError):
    """Raised when results would be released while somebody still sits the exam."""

    code = "not_over"


class ReleaseFixedError(ConflictError):
    """Raised when a release would be changed or withdrawn after its moment."""

    code = "release_fixed"


class AppealClosedError(ConflictError):
    """Raised when a result is not published, or was too long ago."""

    code = "appeal_closed"


class AlreadyAppealedError(ConflictError):
    """Raised when a result was appealed against before."""

    code = "already_appealed"


class AppealAnsweredError(ConflictError):
    """Raised when an appeal would be answered twice."""

    code = "appeal_answered"


class InvolvedError(ForbiddenError):
    """Raised when somebody would answer an appeal against their own doing."""

    code = "involved"


@dataclass(frozen=True)
class TouchedCredential:
    """A credential that rests on a score which a regrade moves below the cut."""

    record: CredentialRecord
    move: Move


def plan_release(
    db_session: Session, sitting: Sitting, *, publish_at: datetime, actor: str, now: datetime
) -> None:
    """Say when a sitting's results are published; until that moment it can be changed.

    Args:
        db_session: The session of the caller's transaction.
        sitting: A locked sitting.
        publish_at: The moment of publication, not before `now` (aware).
        actor: Who releases.
        now: The moment (aware).

    Raises:
        NotOverError: If somebody still sits the exam, or entry is still open.
        MarksAwaitedError: If answers have still to be marked.
        ReleaseFixedError: If the moment of an earlier plan has passed.
        InvalidInputError: If the moment has passed.
    """
    _check_changeable(sitting, now)
    if publish_at < now:
        raise InvalidInputError("publish_at", [{"field": "publish_at", "code": "in_the_past"}])
    is_entering = sitting.is_live and now <= sitting.closes_at
    if is_entering or queries.open_count(db_session, sitting.id):
        raise NotOverError(f"{sitting!r}")
    if queries.marks_awaited_count(db_session, sitting.id):
        raise MarksAwaitedError(f"{sitting!r}")
    sitting.publish_at = publish_at
    sitting.release_by = actor
    db_session.flush()
    _audit_release(
        db_session, sitting, "planned", actor, now, {"publish_at": publish_at.isoformat()}
    )


def withdraw_release(db_session: Session, sitting: Sitting, *, actor: str, now: datetime) -> None:
    """Take a planned publication back; nobody has seen anything of it.

    Raises:
        ReleaseFixedError: If its moment has passed.
    """
    _check_changeable(sitting, now)
    if sitting.publish_at is None:
        return
    sitting.publish_at = None
    sitting.release_by = None
    db_session.flush()
    _audit_release(db_session, sitting, "withdrawn", actor, now, {})


def publish_results(db_session: Session, *, now: datetime) -> int:
    """Publish what is due: the next results of each sitting whose moment has come.

    A job calls it again and again; a sitting counts as published when none is held back.

    Returns:
        How many results were released in this slot.
    """
    left = RELEASED_AT_ONCE
    released = 0
    for sitting in sittings.sittings_to_publish(db_session, now=now):
        actor = sitting.release_by or "system:results"
        held = queries.held_attempts(db_session, sitting.id, limit=left)
        for attempt in held:
            release_result(db_session, attempt, actor=actor, now=now)
        released += len(held)
        left -= len(held)
        if left <= 0:
            break  # perhaps more: the next slot goes on here
        sitting.published_at = now
        db_session.flush()
        _audit_release(db_session, sitting, "published", actor, now, {})
    return released


def touched_credentials(db_session: Session, moves: list[Move]) -> list[TouchedCredential]:
    """Return the credentials that rest on attempts which fall below the cut.

    None is revoked by a regrade: that is an act of its own, by two persons, with its reason.
    """
    falling = {move.attempt.public_id: move for move in moves if move.is_flip and move.old_passed}
    found = queries.credentials_resting_on(db_session, list(falling))
    return [TouchedCredential(record, falling[one]) for one, record in found.items()]


def apply_regrade(
    db_session: Session, regrade: Regrade, *, actor: str, now: datetime
) -> list[Move]:
    """Apply a regrade, and write into each touched credential's record that its basis moved.

    Raises:
        SecondPersonRequiredError: If the proposer would apply it.
        RegradeSettledError: If it was withdrawn or reverted.
    """
    was_applied = regrade.is_applied
    moves = regrading.apply_regrade(db_session, regrade, actor=actor, now=now)
    if not was_applied:
        for touched in touched_credentials(db_session, moves):
            record_act(
                db_session,
                subject=f"credential:{touched.record.number}",
                action="credential.basis_moved",
                actor=actor,
                now=now,
                details={
                    "regrade": regrade.public_id,
                    "old": touched.move.old_fraction,
                    "new": touched.move.new_fraction,
                },
            )
    return moves


def published_at(db_session: Session, attempt: Attempt) -> datetime | None:
    """Return when an attempt's result was published; None if it is not."""
    if attempt.closed_at is None or attempt.is_held:
        return None
    held = sittings.seat_of_attempt_or_none(db_session, attempt.id)
    if held is None or held[1].is_practice:
        return attempt.closed_at
    return held[1].published_at or held[1].publish_at


def appeal_until(db_session: Session, attempt: Attempt) -> datetime | None:
    """Return the last moment of an appeal against an attempt's result; None if unpublished."""
    at = published_at(db_session, attempt)
    return None if at is None else at + APPEAL_WINDOW


def file_appeal(
    db_session: Session,
    attempt: Attempt,
    *,
    category: str,
    position: int | None,
    body: str,
    actor: str,
    now: datetime,
) -> Appeal:
    """Take an appeal against a published result.

    Args:
        db_session: The session of the caller's transaction.
        attempt: The appellant's own attempt, locked.
        category: A code of `labels.CATEGORY`.
        position: The item objected to (1-based), if it is about one.
        body: The grounds, 10 to 2000 characters.
        actor: The appellant.
        now: The moment (aware).

    Raises:
        AppealClosedError: If the result is not published, or was more than seven days ago.
        AlreadyAppealedError: If there was an appeal before.
        InvalidInputError: If the grounds or the position make no sense.
    """
    until = appeal_until(db_session, attempt)
    if until is None or now > until:
        raise AppealClosedError(f"{attempt!r}: until {until}")
    if queries.appeal_of_attempt_or_none(db_session, attempt.id) is not None:
        raise AlreadyAppealedError(f"{attempt!r}")
    errors: list[dict[str, object]] = []
    if not BODY_CHARS[0] <= len(body) <= BODY_CHARS[1]:
        errors.append({"field": "body", "code": "length"})
    if position is not None and not 1 <= position <= len(attempt.form):
        errors.append({"field": "position", "code": "range"})
    if errors:
        raise InvalidInputError("appeal", errors)
    found = Appeal(
        attempt_id=attempt.id,
        person_id=attempt.person_id,
        category=category,
        position=position,
        body=body,
        filed_at=now,
        answer_due_at=now + ANSWER_WITHIN,
    )
    try:
        with db_session.begin_nested():
            db_session.add(found)
    except IntegrityError as error:
        raise AlreadyAppealedError(f"{attempt!r}") from error
    _audit_appeal(db_session, found, "filed", actor, now, {"attempt": attempt.public_id})
    return found


def answer_appeal(
    db_session: Session,
    found: Appeal,
    attempt: Attempt,
    *,
    outcome: str,
    answer: str,
    treatment: str,
    new_ref: str | None,
    actor: str,
    now: datetime,
) -> Appeal:
    """Answer an appeal, once, by somebody who had no hand in the result.

    Args:
        db_session: The session of the caller's transaction.
        found: The appeal, locked.
        attempt: What it is about.
        outcome: `upheld` or `dismissed`.
        answer: What the appellant reads, 10 to 2000 characters.
        treatment: With `upheld` and an item: the regrade to propose; empty for none.
        new_ref: The version of a `rekey`.
        actor: Who answers.
        now: The moment (aware).

    Raises:
        AppealAnsweredError: If it was answered before.
        InvolvedError: If who answers planned, invigilated, released or regraded it, sat it, or
            taught the appellant.
        InvalidInputError: If the answer or the regrade makes no sense.
        AlreadyRegradedError: If the item has a regrade already.
    """
    if found.answered_at is not None:
        raise AppealAnsweredError(f"{found!r}")
    if actor in queries.people_involved(db_session, attempt):
        raise InvolvedError(f"{found!r}: {actor}")
    if not ANSWER_CHARS[0] <= len(answer) <= ANSWER_CHARS[1]:
        raise InvalidInputError("answer", [{"field": "answer", "code": "length"}])
    if treatment:
        if outcome != "upheld" or found.position is None:
            raise InvalidInputError("treatment", [{"field": "treatment", "code": "no_item"}])
        regrade = regrading.propose_regrade(
            db_session,
            version_of(attempt.item_refs[found.position - 1]),
            treatment=treatment,
            new_ref=new_ref,
            reason=f"appeal:{found.public_id}",
            actor=actor,
            now=now,
        )
        found.regrade_id = regrade.id
    found.outcome = outcome
    found.answer = answer
    found.answered_by = actor
    found.answered_at = now
    db_session.flush()
    _audit_appeal(db_session, found, "answered", actor, now, {"outcome": outcome})
    return found


def _check_changeable(sitting: Sitting, now: datetime) -> None:
    is_due = sitting.publish_at is not None and sitting.publish_at <= now
    if sitting.published_at is not None or is_due:
        raise ReleaseFixedError(f"{sitting!r}")


def _audit_release(
    db_session: Session,
    sitting: Sitting,
    act: str,
    actor: str,
    now: datetime,
    details: dict[str, object],
) -> None:
    record_act(
        db_session,
        subject=f"sitting:{sitting.public_id}",
        action=f"release.{act}",
        actor=actor,
        now=now,
        details=details,
    )
    logger.info("%r release %s by %s", sitting, act, actor)


def _audit_appeal(
    db_session: Session,
    found: Appeal,
    act: str,
    actor: str,
    now: datetime,
    details: dict[str, object],
) -> None:
    record_act(
        db_session,
        subject=f"appeal:{found.public_id}",
        action=f"appeal.{act}",
        actor=actor,
        now=now,
        details=details,
    )
    logger.info("%r %s", found, act)
