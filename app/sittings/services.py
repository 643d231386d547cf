"""Plan and cancel sittings."""

from __future__ import annotations

import logging
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.bank import queries as bank
from app.core.audit.services import record_act
from app.core.errors import InvalidInputError, NotFoundError
from app.sittings import entitlement, queries
from app.sittings.models import Sitting
from app.sittings.seats import SittingClosedError
from question_bank.items import Pool

logger = logging.getLogger(__name__)

CODE_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
CODE_CHARS = 6


@dataclass(frozen=True)
class SittingPlan:
    """What is planned.

    Attributes:
        programme_id: Whose theory exam is sat.
        title, place: As the candidates read them.
        seat_count: Places, 1 to 2000.
        opens_at, closes_at: First and last moment at which an exam may begin (aware).
        ends_at: End of the sitting for a candidate with the standard time.
        is_practice: Whether it counts for nothing.
        shows_items: Whether results show the items with their keys.
        has_access_code: Whether a start needs the code that is announced in the room.
        blueprint_ref: Of a practice sitting: the form it is sat on, if not the programme's.
        safe_browser: Keys of Safe Exam Browser (`exams.safe_browser`); None for any browser.
        allows_tickets: Whether the exam ticket signs in on the hall's devices.
    """

    programme_id: str
    title: str
    place: str
    seat_count: int
    opens_at: datetime
    closes_at: datetime
    ends_at: datetime
    is_practice: bool = False
    shows_items: bool = False
    has_access_code: bool = True
    blueprint_ref: str | None = None
    safe_browser: dict[str, list[str]] | None = None
    allows_tickets: bool = False


def plan_sitting(db_session: Session, plan: SittingPlan, *, actor: str, now: datetime) -> Sitting:
    """Plan a sitting.

    Raises:
        InvalidInputError: If the moments are not in order, lie in the past, or the seats are
            no sensible number.
        NotFoundError: If there is no such programme or blueprint.
    """
    errors: list[dict[str, object]] = []
    if plan.closes_at <= now:
        errors.append({"field": "closes_at", "code": "in_the_past"})
    if plan.closes_at < plan.opens_at:
        errors.append({"field": "closes_at", "code": "before_opening"})
    if plan.ends_at <= plan.closes_at:
        errors.append({"field": "ends_at", "code": "before_last_entry"})
    if plan.blueprint_ref is not None and not plan.is_practice:
        errors.append({"field": "blueprint", "code": "practice_only"})
    if not 1 <= plan.seat_count <= 2000:
        errors.append({"field": "seat_count", "code": "range"})
    if errors:
        raise InvalidInputError("sitting", errors)
    if plan.programme_id not in {one.id for one in entitlement.programme_choices(db_session)}:
        raise NotFoundError(f"programme {plan.programme_id}")
    if plan.blueprint_ref is not None:
        blueprint = bank.blueprint_of(db_session, plan.blueprint_ref)
        if blueprint.pool is not Pool.PRACTICE:  # no item of a counted exam is practised on
            errors.append({"field": "blueprint", "code": "practice_only"})
            raise InvalidInputError(f"blueprint {blueprint.ref}", errors)
    sitting = Sitting(
        programme_id=plan.programme_id,
        title=plan.title,
        place=plan.place,
        seat_count=plan.seat_count,
        opens_at=plan.opens_at,
        closes_at=plan.closes_at,
        ends_at=plan.ends_at,
        is_practice=plan.is_practice,
        shows_items=plan.shows_items or plan.is_practice,
        access_code=_new_code() if plan.has_access_code else None,
        blueprint_ref=plan.blueprint_ref,
        safe_browser=plan.safe_browser,
        allows_tickets=plan.allows_tickets,
        planned_by=actor,
        planned_at=now,
    )
    db_session.add(sitting)
    db_session.flush()
    details = {
        "programme": plan.programme_id,
        "seats": plan.seat_count,
        "opens_at": plan.opens_at.isoformat(),
        "ends_at": plan.ends_at.isoformat(),
        "practice": plan.is_practice,
        "safe_browser": plan.safe_browser is not None,
    }
    _audit(db_session, sitting, "sitting.planned", actor, now, details)
    return sitting


def cancel_sitting(
    db_session: Session, sitting: Sitting, *, reason: str, actor: str, now: datetime
) -> None:
    """Cancel a locked sitting that nobody has begun; its seats are given back with it.

    Raises:
        SittingClosedError: If it was cancelled or ended before, or somebody has begun.
    """
    seats = [seat for seat, _ in queries.seats_of_sitting(db_session, sitting.id, lock=True)]
    if not sitting.is_live or any(seat.attempt_id is not None for seat in seats):
        raise SittingClosedError(f"{sitting!r}")
    sitting.cancelled_at = now
    for seat in seats:
        seat.cancelled_at = now
    db_session.flush()
    details = {"reason": reason, "seats": len(seats)}
    _audit(db_session, sitting, "sitting.cancelled", actor, now, details)


def _new_code() -> str:
    return "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_CHARS))


def _audit(
    db_session: Session,
    sitting: Sitting,
    action: str,
    actor: str,
    now: datetime,
    details: dict[str, Any],
) -> None:
    record_act(
        db_session,
        subject=f"sitting:{sitting.public_id}",
        action=action,
        actor=actor,
        now=now,
        details=details,
    )
    logger.info("%r %s", sitting, action)
