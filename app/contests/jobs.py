"""What the scheduler does for contests; each step opens its own transactions."""

from __future__ import annotations

import logging
from datetime import datetime

from flask import current_app
from sqlalchemy.orm import Session

from app.contests import queries, running, settling
from app.contests.models import Contest
from app.contests.telling.services import call_rounds, rounds_to_call
from app.core.db import transaction
from app.core.errors import ConflictError

logger = logging.getLogger(__name__)

ACTOR = "system:contests"


def run_contests(db_session: Session, now: datetime) -> int:
    """Call to rounds that are near, make the rooms of those whose time has come, judge others.

    A round that cannot be readied (its seal does not hold, nobody is left) is an operator's
    business: it is logged, and the others go on.

    Returns:
        How many notices were queued, and rounds readied or judged.
    """
    is_near = bool(rounds_to_call(db_session, now=now))
    due = [round_.public_id for round_ in running.due_rounds(db_session, now=now)]
    over = [round_.public_id for round_ in settling.rounds_to_judge(db_session, now=now)]
    db_session.rollback()
    done = 0
    if is_near:
        with transaction() as writing:
            done += call_rounds(writing, now=now)
    for public_id in due:
        try:
            with transaction() as writing:
                round_ = queries.round_of(writing, public_id)
                contest = writing.get_one(Contest, round_.contest_id, with_for_update=True)
                round_ = queries.round_of(writing, public_id, lock=True)
                if round_.readied_at is None:
                    running.ready_round(
                        writing,
                        contest,
                        round_,
                        keys=current_app.extensions["field_keys"],
                        settings=current_app.config["SETTINGS"],
                        actor=ACTOR,
                        now=now,
                    )
                    done += 1
        except ConflictError:
            logger.exception("round %s cannot be readied", public_id)
    return done + sum(settling.judge_round(public_id, now=now) for public_id in over)
