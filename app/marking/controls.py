"""Control answers: proposed by one person, confirmed by another, mixed unseen into the work."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.core.audit.services import record_act
from app.core.errors import ConflictError, InvalidInputError, SecondPersonRequiredError
from app.marking import queries
from app.marking.models import ControlAnswer
from question_bank.marking import check_points

logger = logging.getLogger(__name__)

BODY_CHARS = (10, 2000)
REASON_CHARS = (4, 400)


class ControlSettledError(ConflictError):
    """Raised when a control answer is confirmed or retired twice."""

    code = "control_settled"


def propose_control(
    db_session: Session,
    rubric_ref: str,
    *,
    body: str,
    points: Mapping[str, Any],
    reason: str,
    actor: str,
    now: datetime,
) -> ControlAnswer:
    """Propose an answer whose points are agreed; nobody is dealt it until it is confirmed.

    Args:
        db_session: The session of the caller's transaction.
        rubric_ref: The item version that it answers.
        body: The answer, 10 to 2000 characters.
        points: Points of every criterion.
        reason: Why these points, 4 to 400 characters.
        actor: Who proposes.
        now: The moment (aware).

    Raises:
        NotFoundError: If the item has no rubric.
        InvalidInputError: If text, points or reason make no sense.
    """
    _item, rubric = queries.rubric_of(db_session, rubric_ref)
    held, wrong = check_points(rubric, points)
    lacking = [one.id for one in rubric.criteria if one.id not in held and one.id not in wrong]
    errors: list[dict[str, object]] = [{"field": one, "code": "no_level"} for one in wrong]
    errors += [{"field": one, "code": "missing"} for one in lacking]
    if not BODY_CHARS[0] <= len(body) <= BODY_CHARS[1]:
        errors.append({"field": "body", "code": "length"})
    if not REASON_CHARS[0] <= len(reason) <= REASON_CHARS[1]:
        errors.append({"field": "reason", "code": "length"})
    if errors:
        raise InvalidInputError(rubric_ref, errors)
    proposed = ControlAnswer(
        rubric_ref=rubric_ref,
        body=body,
        points=held,
        reason=reason,
        proposed_by=actor,
        proposed_at=now,
    )
    db_session.add(proposed)
    db_session.flush()
    _audit(db_session, proposed, "proposed", actor, now)
    return proposed


def confirm_control(
    db_session: Session, control: ControlAnswer, *, actor: str, now: datetime
) -> None:
    """Let a control answer be dealt, by somebody who came to the same points.

    Args:
        db_session: The session of the caller's transaction.
        control: A locked control answer.
        actor: Who confirms; not who proposed it.
        now: The moment (aware).

    Raises:
        SecondPersonRequiredError: If the proposer would confirm it.
        ControlSettledError: If it was confirmed or retired before.
    """
    if control.confirmed_at is not None or control.retired_at is not None:
        raise ControlSettledError(f"{control!r}")
    if actor == control.proposed_by:
        raise SecondPersonRequiredError(f"{control!r}: {actor}")
    control.confirmed_by, control.confirmed_at = actor, now
    db_session.flush()
    _audit(db_session, control, "confirmed", actor, now)


def retire_control(
    db_session: Session, control: ControlAnswer, *, actor: str, now: datetime
) -> None:
    """Deal a control answer to nobody any more; marks that were given keep counting.

    Raises:
        ControlSettledError: If it was retired before.
    """
    if control.retired_at is not None:
        raise ControlSettledError(f"{control!r}")
    control.retired_at = now
    db_session.flush()
    _audit(db_session, control, "retired", actor, now)


def _audit(
    db_session: Session, control: ControlAnswer, act: str, actor: str, now: datetime
) -> None:
    record_act(
        db_session,
        subject=f"control-answer:{control.public_id}",
        action=f"control.{act}",
        actor=actor,
        now=now,
        details={"item": control.rubric_ref},
    )
    logger.info("%r %s", control, act)
