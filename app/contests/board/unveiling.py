"""After the end the frozen board is unveiled 揭晓, from the last to the first, by the organiser."""

from __future__ import annotations

import logging
from datetime import datetime

from sqlalchemy.orm import Session

from app.contests import queries as contests
from app.contests.board import publishing, rounds
from app.contests.board.models import BoardStep
from app.contests.models import Contest, ContestRound
from app.core.audit.services import record_act
from app.core.errors import ConflictError

logger = logging.getLogger(__name__)


class NothingToUnveilError(ConflictError):
    """Raised when a round is not over, has no freeze, or everybody was unveiled."""

    code = "board_nothing_to_unveil"


def may_unveil(
    db_session: Session, round_: ContestRound, contest: Contest, *, now: datetime
) -> int:
    """Return how many of a round are still to be unveiled; 0 if nothing can be."""
    field = publishing.field_of(db_session, round_)
    if field is None or not field.clock.is_over(now) or contest.state == "final":
        return 0
    rules = contests.rules_of(db_session, contest)
    if rules.board.freeze_tick(field.house.duration_ticks) is None:
        return 0
    return max(0, len(field.lanes) - rounds.unveiled_count(db_session, round_))


def unveil(
    db_session: Session,
    round_: ContestRound,
    contest: Contest,
    *,
    everybody: bool,
    actor: str,
    now: datetime,
) -> int:
    """Unveil the next contestant from the last, or all who are left; return how many are left.

    Args:
        db_session: The session of the caller's transaction.
        round_: The locked round.
        contest: Its contest.
        everybody: Whether all who are left are unveiled at once.
        actor: Who does it, for the audit.
        now: The moment (aware).

    Raises:
        NothingToUnveilError: If the round is not over, has no freeze, or nobody is left.
    """
    left = may_unveil(db_session, round_, contest, now=now)
    if left == 0:
        raise NothingToUnveilError(f"{round_!r}")
    ordinal = rounds.unveiled_count(db_session, round_) + (left if everybody else 1)
    db_session.add(
        BoardStep(round_id=round_.id, run_no=round_.run_no, ordinal=ordinal, actor=actor, at=now)
    )
    record_act(
        db_session,
        subject=f"contest:{contest.public_id}",
        action="board.unveiled",
        actor=actor,
        now=now,
        details={"round": round_.public_id, "run": round_.run_no, "count": ordinal},
    )
    db_session.flush()
    logger.info("%r: %d unveiled", round_, ordinal)
    return 0 if everybody else left - 1
