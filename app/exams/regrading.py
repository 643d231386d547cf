"""改判: another way of scoring one item, seen before it is done, done by a second person.

A regrade never touches a form, a response or an old score. While it is in force every scoring
follows it; applying and reverting add one scoring to each attempt that had the item.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import String, cast, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.bank import queries as bank_queries
from app.core.audit.services import record_act
from app.core.errors import (
    ConflictError,
    InvalidInputError,
    NotFoundError,
    SecondPersonRequiredError,
)
from app.exams import queries
from app.exams.models import Attempt, Regrade, RegradeChange
from app.exams.services import exam_score, score_attempt
from app.exams.treating import TREATMENTS, version_of
from question_bank.items import Item

logger = logging.getLogger(__name__)


class RegradeSettledError(ConflictError):
    """Raised when a regrade is applied, withdrawn or reverted that no longer can be."""

    code = "regrade_settled"


class AlreadyRegradedError(ConflictError):
    """Raised when an item version has a regrade already, proposed or in force."""

    code = "already_regraded"


@dataclass(frozen=True)
class Move:
    """What a regrade does to one attempt.

    Attributes:
        attempt: The attempt.
        old_fraction, new_fraction: Its score before and after.
        old_passed, new_passed: Whether it passes before and after.
    """

    attempt: Attempt
    old_fraction: float
    new_fraction: float
    old_passed: bool
    new_passed: bool

    @property
    def is_flip(self) -> bool:
        return self.old_passed != self.new_passed

    @property
    def has_moved(self) -> bool:
        return self.is_flip or abs(self.new_fraction - self.old_fraction) > 1e-12


def propose_regrade(
    db_session: Session,
    item_ref: str,
    *,
    treatment: str,
    new_ref: str | None,
    reason: str,
    actor: str,
    now: datetime,
) -> Regrade:
    """Propose to score one item version in another way; nothing moves until it is applied.

    Args:
        db_session: The session of the caller's transaction.
        item_ref: The version that candidates had, `id@version`.
        treatment: `rekey`, `credit_all` or `drop`.
        new_ref: For `rekey` the version whose key counts: same item, kind and choices.
        reason: Why, for the record.
        actor: Who proposes.
        now: The moment (aware).

    Raises:
        InvalidInputError: If a version is unknown, or its choices are not the same.
        AlreadyRegradedError: If the version has a regrade already.
    """
    if treatment not in TREATMENTS:
        raise InvalidInputError(treatment, [{"field": "treatment", "code": "unknown"}])
    old = _version(db_session, item_ref, "item_ref")
    if treatment == "rekey":
        _check_rekey(db_session, old, new_ref)
    else:
        new_ref = None
    regrade = Regrade(
        item_ref=item_ref,
        treatment=treatment,
        new_ref=new_ref,
        reason=reason,
        proposed_by=actor,
        proposed_at=now,
    )
    try:
        with db_session.begin_nested():
            db_session.add(regrade)
    except IntegrityError as error:
        raise AlreadyRegradedError(item_ref) from error
    _audit(db_session, regrade, "proposed", actor, now, {})
    return regrade


def preview_regrade(db_session: Session, regrade: Regrade) -> list[Move]:
    """Return what a regrade would do, or did, to every attempt that had the item.

    For a proposal the scores after it are worked out; for one in force, those before it. The
    same arithmetic scores a real attempt, so that a preview cannot say anything else.
    """
    if not regrade.is_proposed:
        return _moves_made(db_session, regrade)
    moves = []
    for attempt in affected_attempts(db_session, regrade.item_ref):
        old = queries.score_of(db_session, attempt.id)
        new = exam_score(db_session, attempt, also=regrade)
        moves.append(Move(attempt, old.fraction, new.fraction, old.passed, new.passed))
    return moves


def affected_attempts(db_session: Session, item_ref: str, *, lock: bool = False) -> list[Attempt]:
    """Return the attempts that are over and had an item version in their form, by key."""
    query = (
        select(Attempt)
        .where(Attempt.closed_at.is_not(None), cast(Attempt.form, String).contains(item_ref))
        .order_by(Attempt.id)
    )
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    # The text of the form only narrows it down: `a@1` is found in `a@12` too.
    return [
        attempt
        for attempt in db_session.scalars(query)
        if any(version_of(ref) == item_ref for ref in attempt.item_refs)
    ]


def apply_regrade(
    db_session: Session, regrade: Regrade, *, actor: str, now: datetime
) -> list[Move]:
    """Put a regrade in force and score every attempt that had the item anew.

    One transaction: nobody ever sees half of the candidates moved. A repeat by the same
    person changes nothing and returns what was done.

    Args:
        db_session: The session of the caller's transaction.
        regrade: A locked regrade.
        actor: Who applies it; not who proposed it.
        now: The moment (aware).

    Raises:
        SecondPersonRequiredError: If the proposer would apply it.
        RegradeSettledError: If it was withdrawn or reverted.
    """
    if actor == regrade.proposed_by:
        raise SecondPersonRequiredError(f"{regrade!r}: {actor}")
    if regrade.is_applied:
        return _moves_made(db_session, regrade)
    if not regrade.is_proposed:
        raise RegradeSettledError(f"{regrade!r}")
    regrade.applied_by, regrade.applied_at = actor, now
    db_session.flush()
    return _rescore(db_session, regrade, "applied", actor, now)


def revert_regrade(
    db_session: Session, regrade: Regrade, *, actor: str, now: datetime
) -> list[Move]:
    """Take a regrade out of force; every attempt gets a scoring as if it had never been.

    Raises:
        SecondPersonRequiredError: If who applied it would revert it.
        RegradeSettledError: If it is not in force.
    """
    if not regrade.is_applied:
        raise RegradeSettledError(f"{regrade!r}")
    if actor == regrade.applied_by:
        raise SecondPersonRequiredError(f"{regrade!r}: {actor}")
    regrade.reverted_by, regrade.reverted_at = actor, now
    db_session.flush()
    return _rescore(db_session, regrade, "reverted", actor, now)


def withdraw_regrade(db_session: Session, regrade: Regrade, *, actor: str, now: datetime) -> None:
    """Give up a proposal.

    Raises:
        RegradeSettledError: If it was applied or withdrawn before.
    """
    if not regrade.is_proposed:
        raise RegradeSettledError(f"{regrade!r}")
    regrade.withdrawn_at = now
    db_session.flush()
    _audit(db_session, regrade, "withdrawn", actor, now, {})


def _rescore(
    db_session: Session, regrade: Regrade, act: str, actor: str, now: datetime
) -> list[Move]:
    moves = []
    for attempt in affected_attempts(db_session, regrade.item_ref, lock=True):
        old = queries.score_of(db_session, attempt.id)
        new = score_attempt(
            db_session, attempt, reason=f"regrade:{regrade.public_id}:{act}", now=now
        )
        move = Move(attempt, old.fraction, new.fraction, old.passed, new.passed)
        moves.append(move)
        db_session.add(
            RegradeChange(
                regrade_id=regrade.id,
                attempt_id=attempt.id,
                act=act,
                old_fraction=move.old_fraction,
                new_fraction=move.new_fraction,
                old_passed=move.old_passed,
                new_passed=move.new_passed,
                at=now,
            )
        )
    db_session.flush()
    details = {
        "attempts": len(moves),
        "moved": sum(move.has_moved for move in moves),
        "flips": sum(move.is_flip for move in moves),
    }
    _audit(db_session, regrade, act, actor, now, details)
    return moves


def _moves_made(db_session: Session, regrade: Regrade) -> list[Move]:
    rows = db_session.execute(
        select(RegradeChange, Attempt)
        .join(Attempt, Attempt.id == RegradeChange.attempt_id)
        .where(RegradeChange.regrade_id == regrade.id, RegradeChange.act == "applied")
        .order_by(RegradeChange.id)
    )
    return [
        Move(attempt, one.old_fraction, one.new_fraction, one.old_passed, one.new_passed)
        for one, attempt in rows
    ]


def _version(db_session: Session, ref: str, field: str) -> Item:
    try:
        (item,) = bank_queries.items_of(db_session, [ref])
    except (NotFoundError, ValueError) as error:
        raise InvalidInputError(ref, [{"field": field, "code": "unknown"}]) from error
    return item


def _check_rekey(db_session: Session, old: Item, new_ref: str | None) -> None:
    """Refuse a version that the given answers could not be scored by."""
    new = _version(db_session, new_ref or "", "new_ref")
    same = (new.id, new.kind, new.choice_ids) == (old.id, old.kind, old.choice_ids)
    if not same or new.ref == old.ref:
        raise InvalidInputError(new.ref, [{"field": "new_ref", "code": "other_choices"}])


def _audit(
    db_session: Session,
    regrade: Regrade,
    act: str,
    actor: str,
    now: datetime,
    details: Mapping[str, object],
) -> None:
    about = {"item": regrade.item_ref, "treatment": regrade.treatment, "new": regrade.new_ref}
    record_act(
        db_session,
        subject=f"regrade:{regrade.public_id}",
        action=f"regrade.{act}",
        actor=actor,
        now=now,
        details={**about, **details},
    )
    logger.info("%r %s by %s", regrade, act, actor)
