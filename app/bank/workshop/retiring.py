"""Several versions out of use at once: one person asks with a reason, another one lets it happen.

One version alone is retired by one person (`publishing.retire_version`); many at once can leave an
exam without items, so what would run short is told before the second person decides.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.bank import queries as bank
from app.bank.workshop import publishing
from app.bank.workshop.models import RetirementRequest
from app.core.audit.services import record_act
from app.core.errors import (
    ConflictError,
    InvalidInputError,
    NotFoundError,
    SecondPersonRequiredError,
)
from question_bank.banks import ItemBank
from question_bank.blueprints import ExamBlueprint, Quota
from question_bank.items import CaseGroup, split_ref

logger = logging.getLogger(__name__)

MOST_RETIRED = 100
"""Versions of one request."""


class RetirementDecidedError(ConflictError):
    """Raised when somebody decided before."""

    code = "retirement_decided"


def request_retirement(
    db_session: Session,
    refs: Sequence[str],
    *,
    reason: str,
    person_id: int,
    actor: str,
    now: datetime,
) -> RetirementRequest:
    """Ask for versions to be taken out of use; nothing happens to them yet.

    Args:
        db_session: The session of the caller's transaction.
        refs: Versions in use, 1 to 100; what is retired already is passed over.
        reason: Why; 4 to 400 characters.
        person_id: Who asks.
        actor: The same person, for the audit log.
        now: The moment (aware).

    Raises:
        NotFoundError: If a ref names no version.
        InvalidInputError: If nothing is in use among them, or there are too many, or no reason.
    """
    rows = [bank.item_version(db_session, ref) for ref in dict.fromkeys(refs)]
    live = [f"{row.item_id}@{row.version}" for row in rows if row.retired_at is None]
    if not 1 <= len(live) <= MOST_RETIRED:
        raise InvalidInputError(f"{len(live)} items", [{"field": "refs", "code": "count"}])
    publishing.check_reason(reason)
    request = RetirementRequest(
        item_refs=live, reason=reason, requester_id=person_id, requested_at=now
    )
    db_session.add(request)
    db_session.flush()
    _audit(db_session, request, "requested", actor, now, reason=reason)
    return request


def retirement_of(db_session: Session, public_id: str, *, lock: bool = False) -> RetirementRequest:
    """Return a request.

    Raises:
        NotFoundError: If there is none of that id.
    """
    query = select(RetirementRequest).where(RetirementRequest.public_id == public_id)
    found = db_session.scalar(query.with_for_update() if lock else query)
    if found is None:
        raise NotFoundError(f"retirement {public_id}")
    return found


def newest_retirements(db_session: Session, *, limit: int) -> Sequence[RetirementRequest]:
    """Return requests, newest first."""
    query = select(RetirementRequest).order_by(RetirementRequest.id.desc()).limit(limit)
    return db_session.scalars(query).all()


def decide_retirement(
    db_session: Session,
    request: RetirementRequest,
    *,
    approves: bool,
    person_id: int,
    actor: str,
    now: datetime,
) -> int:
    """Take the versions out of use, or leave them; returns how many were in use until now.

    Forms that hold them keep them.

    Args:
        db_session: The session of the caller's transaction.
        request: The request, locked.
        approves: Whether it happens.
        person_id: A second person.
        actor: The same person, for the audit log.
        now: The moment (aware).

    Raises:
        RetirementDecidedError: If somebody was first.
        SecondPersonRequiredError: If it is the one who asked.
    """
    if request.decided_at is not None:
        raise RetirementDecidedError(f"retirement {request.public_id}")
    if person_id == request.requester_id:
        raise SecondPersonRequiredError(f"retirement {request.public_id}")
    request.decider_id, request.decided_at = person_id, now
    request.outcome = "approved" if approves else "declined"
    count = 0
    if approves:
        for ref in request.item_refs:
            row = bank.item_version(db_session, ref)
            count += row.retired_at is None
            publishing.retire_version(
                db_session, row, person_id=person_id, reason=request.reason, actor=actor, now=now
            )
    db_session.flush()
    _audit(db_session, request, request.outcome, actor, now)
    return count


@dataclass(frozen=True)
class TornGroup:
    """A case group that would lose items: what is left of it is not drawn any more.

    Attributes:
        case: The group.
        leaving: Its items that would leave.
        staying: Its items that would stay in use, and undrawn until a new version of the group.
    """

    case: CaseGroup
    leaving: tuple[str, ...]
    staying: tuple[str, ...]


def torn_groups(bank_now: ItemBank, refs: Iterable[str]) -> list[TornGroup]:
    """Return the case groups that some versions are taken from, whole ones too.

    Args:
        bank_now: Every item that may be drawn.
        refs: The versions that would leave.
    """
    leaving = {split_ref(ref) for ref in refs}
    gone = {item.id for item in bank_now if (item.id, item.version) in leaving}
    return [
        TornGroup(
            case,
            tuple(one for one in case.item_ids if one in gone),
            tuple(one for one in case.item_ids if one not in gone),
        )
        for case in bank_now.cases
        if gone & set(case.item_ids)
    ]


@dataclass(frozen=True)
class Shortage:
    """A quota of a blueprint that the rest of the bank could not meet any more.

    Attributes:
        blueprint: Its blueprint.
        quota: The quota; None for the form as a whole.
        have: Items that would be left for it.
        needed: Items that a form takes.
    """

    blueprint: ExamBlueprint
    quota: Quota | None
    have: int
    needed: int


def shortages(
    bank_now: ItemBank, blueprints: Iterable[ExamBlueprint], refs: Iterable[str]
) -> list[Shortage]:
    """Return what would run short without some versions, and does not now.

    What stays of a torn case group counts as gone: it is not drawn. A quota that is met alone does
    not prove a form: the integer programme of the draw decides.

    Args:
        bank_now: Every item that may be drawn.
        blueprints: All that forms are drawn by.
        refs: The versions that would leave.
    """
    asked = list(refs)
    leaving = {split_ref(ref) for ref in asked}
    undrawn = {one for case in bank_now.torn_cases for one in case.item_ids}
    torn = {one for group in torn_groups(bank_now, asked) for one in group.staying}
    out = []
    for blueprint in blueprints:
        pool = [
            item
            for item in bank_now
            if item.pool is blueprint.pool
            and item.level == blueprint.level
            and item.id not in undrawn
        ]
        left = [
            item for item in pool if (item.id, item.version) not in leaving and item.id not in torn
        ]
        whole = Quota(least=blueprint.item_count)
        for quota in (*blueprint.quotas, whole):
            before, after = (sum(quota.fits(one) for one in held) for held in (pool, left))
            if after < quota.least <= before:
                named = None if quota is whole else quota
                out.append(Shortage(blueprint, named, after, quota.least))
    return out


def _audit(
    db_session: Session,
    request: RetirementRequest,
    act: str,
    actor: str,
    now: datetime,
    **details: object,
) -> None:
    record_act(
        db_session,
        subject=f"retirement:{request.public_id}",
        action=f"retirement.{act}",
        actor=actor,
        now=now,
        details={"items": request.item_refs, **details},
    )
    logger.info("retirement %s %s", request.public_id, act)
