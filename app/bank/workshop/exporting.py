"""Items in a file: one person asks with a reason, another one lets them, then it is taken once."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.bank import queries as bank
from app.bank.workshop.models import ExportRequest
from app.core.audit.services import record_act
from app.core.errors import (
    ConflictError,
    InvalidInputError,
    NotFoundError,
    SecondPersonRequiredError,
)
from question_bank.interchange.exchange import FORMATS, Export, export_items

logger = logging.getLogger(__name__)

MOST_ITEMS = 500
"""Items of one export: a bank does not leave in one file."""

GOOD_FOR = timedelta(hours=24)
"""How long an approval lets the file be taken."""

REASON_CHARS = (4, 400)


class ExportDecidedError(ConflictError):
    """Raised when somebody decided before."""

    code = "export_decided"


class ExportNotApprovedError(ConflictError):
    """Raised when a file would be taken that nobody approved, or too late, or twice."""

    code = "export_not_approved"


def request_export(
    db_session: Session,
    refs: Sequence[str],
    *,
    format_name: str,
    reason: str,
    person_id: int,
    actor: str,
    now: datetime,
) -> ExportRequest:
    """Ask for items in a file; nothing leaves yet.

    Args:
        db_session: The session of the caller's transaction.
        refs: Versions, 1 to 500.
        format_name: One of `interchange.exchange.FORMATS`.
        reason: What for; 4 to 400 characters.
        person_id: Who asks.
        actor: The same person, for the audit log.
        now: The moment (aware).

    Raises:
        NotFoundError: If a ref names no version.
        InvalidInputError: If format, number or reason is out of range.
    """
    wanted = list(dict.fromkeys(refs))
    if format_name not in FORMATS:
        raise InvalidInputError(f"format {format_name!r}", [{"field": "format", "code": "unknown"}])
    if not 1 <= len(wanted) <= MOST_ITEMS:
        raise InvalidInputError(f"{len(wanted)} items", [{"field": "refs", "code": "count"}])
    if not REASON_CHARS[0] <= len(reason) <= REASON_CHARS[1]:
        raise InvalidInputError("reason", [{"field": "reason", "code": "length"}])
    for ref in wanted:
        bank.item_version(db_session, ref)
    request = ExportRequest(
        format=format_name,
        item_refs=wanted,
        reason=reason,
        requester_id=person_id,
        requested_at=now,
    )
    db_session.add(request)
    db_session.flush()
    _audit(db_session, request, "requested", actor, now, reason=reason, count=len(wanted))
    return request


def export_of(db_session: Session, public_id: str, *, lock: bool = False) -> ExportRequest:
    """Return a request.

    Raises:
        NotFoundError: If there is none of that id.
    """
    query = select(ExportRequest).where(ExportRequest.public_id == public_id)
    found = db_session.scalar(query.with_for_update() if lock else query)
    if found is None:
        raise NotFoundError(f"export {public_id}")
    return found


def newest_exports(db_session: Session, *, limit: int) -> Sequence[ExportRequest]:
    """Return requests, newest first."""
    query = select(ExportRequest).order_by(ExportRequest.id.desc()).limit(limit)
    return db_session.scalars(query).all()


def decide_export(
    db_session: Session,
    request: ExportRequest,
    *,
    approves: bool,
    person_id: int,
    actor: str,
    now: datetime,
) -> None:
    """Let the items leave, or not.

    Raises:
        ExportDecidedError: If somebody was first.
        SecondPersonRequiredError: If it is the one who asked.
    """
    if request.decided_at is not None:
        raise ExportDecidedError(f"export {request.public_id}")
    if person_id == request.requester_id:
        raise SecondPersonRequiredError(f"export {request.public_id}")
    request.decider_id, request.decided_at = person_id, now
    request.outcome = "approved" if approves else "declined"
    db_session.flush()
    _audit(db_session, request, request.outcome, actor, now)


def may_take(request: ExportRequest, person_id: int, now: datetime) -> bool:
    """Say whether somebody may take the file now."""
    return (
        request.outcome == "approved"
        and request.requester_id == person_id
        and request.downloaded_at is None
        and request.decided_at is not None
        and now <= request.decided_at + GOOD_FOR
    )


def take_export(
    db_session: Session, request: ExportRequest, *, person_id: int, actor: str, now: datetime
) -> None:
    """Note that the file leaves: once, and on record for every item in it.

    Raises:
        ExportNotApprovedError: If nobody approved it, the approval is too old, or it was taken.
    """
    if not may_take(request, person_id, now):
        raise ExportNotApprovedError(f"export {request.public_id}")
    request.downloaded_at = now
    for ref in request.item_refs:
        record_act(
            db_session,
            subject=f"item:{ref}",
            action="item.exported",
            actor=actor,
            now=now,
            details={"export": request.public_id},
        )
    _audit(db_session, request, "taken", actor, now)


def export_file(db_session: Session, request: ExportRequest) -> Export:
    """Return the file of a request; takes a second for hundreds of items."""
    return export_items(bank.items_of(db_session, request.item_refs), request.format)


def _audit(
    db_session: Session,
    request: ExportRequest,
    act: str,
    actor: str,
    now: datetime,
    **details: object,
) -> None:
    record_act(
        db_session,
        subject=f"export:{request.public_id}",
        action=f"export.{act}",
        actor=actor,
        now=now,
        details={"format": request.format, "items": request.item_refs, **details},
    )
    logger.info("export %s %s", request.public_id, act)
