"""Ask for a recheck, and do those that wait: minutes of computing, so never in a web request."""

from __future__ import annotations

import logging
from datetime import datetime

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.contests import queries
from app.contests.models import Contest
from app.contests.planning import ContestStageError, note
from app.contests.rechecking.checking import recheck
from app.contests.rechecking.findings import Report, parse_report
from app.contests.rechecking.models import ContestRecheck
from app.core.db import transaction
from app.core.errors import ConflictError
from app.rooms.scoring import reading_session

logger = logging.getLogger(__name__)

ACTOR = "system:contests"


class RecheckWaitsError(ConflictError):
    """Raised when a recheck of the contest is asked for while another one waits."""

    code = "contest_recheck_waits"


def ask_for_recheck(
    db_session: Session, contest: Contest, *, actor: str, now: datetime
) -> ContestRecheck:
    """Ask for a locked contest to be computed again by the scheduler.

    Raises:
        ContestStageError: If no round was scored yet.
        RecheckWaitsError: If one waits already.
    """
    scored = [one for one in queries.rounds_of(db_session, contest.id) if one.scored_at is not None]
    if not scored:
        raise ContestStageError(f"{contest!r}: nothing is scored")
    newest = newest_or_none(db_session, contest.id)
    if newest is not None and newest.done_at is None:
        raise RecheckWaitsError(f"{contest!r}")
    asked = ContestRecheck(contest_id=contest.id, asked_by=actor, asked_at=now)
    db_session.add(asked)
    db_session.flush()
    note(db_session, contest, "recheck_asked", actor, now, {"recheck": asked.public_id})
    return asked


def newest_or_none(db_session: Session, contest_id: int) -> ContestRecheck | None:
    """Return a contest's newest recheck."""
    return db_session.scalar(
        select(ContestRecheck)
        .where(ContestRecheck.contest_id == contest_id)
        .order_by(ContestRecheck.id.desc())
        .limit(1)
    )


def report_of(asked: ContestRecheck | None) -> Report | None:
    """Return what a recheck found; None before it is done."""
    if asked is None or asked.report is None:
        return None
    return parse_report(asked.report)


def run_waiting(db_session: Session, *, now: datetime) -> int:
    """Do the rechecks that wait, oldest first; opens its own transactions.

    Returns:
        How many were done.
    """
    waiting = [
        (one.public_id, one.contest_id)
        for one in db_session.scalars(
            select(ContestRecheck)
            .where(ContestRecheck.done_at.is_(None))
            .order_by(ContestRecheck.id)
        )
    ]
    db_session.rollback()
    for public_id, contest_id in waiting:
        with reading_session() as reading:
            keys = current_app.extensions["field_keys"]
            report = recheck(reading, reading.get_one(Contest, contest_id), keys=keys)
        with transaction() as writing:
            contest = writing.get_one(Contest, contest_id, with_for_update=True)
            asked = writing.scalars(
                select(ContestRecheck).where(ContestRecheck.public_id == public_id)
            ).one()
            asked.done_at, asked.report = now, report.to_dict()
            details = {"recheck": public_id, "findings": len(report.findings)}
            note(writing, contest, "rechecked", ACTOR, now, details)
        if report.findings:
            logger.error("contest %s: %d findings of a recheck", contest_id, len(report.findings))
    return len(waiting)
