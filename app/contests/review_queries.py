"""Reads of the written 复盘 of rounds."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.contests import queries
from app.contests.models import Contest, ContestReview, ContestRound


def review_until(db_session: Session, contest: Contest, round_: ContestRound) -> datetime | None:
    """Return until when a round's contestants may write their 复盘; None where none is asked for.

    None as well while the round has no end: before its rooms are there, and while it is halted.
    """
    review = queries.rules_of(db_session, contest).review
    if review is None or round_.stage not in review.stages or round_.ends_at is None:
        return None
    return round_.ends_at + timedelta(minutes=review.window_min)


def review_or_none(db_session: Session, place_id: int, run_no: int) -> ContestReview | None:
    """Return the 复盘 of a place's run."""
    return db_session.scalar(
        select(ContestReview).where(
            ContestReview.place_id == place_id, ContestReview.run_no == run_no
        )
    )


def awaits_reviews(
    db_session: Session, contest: Contest, round_: ContestRound, *, now: datetime
) -> bool:
    """Say whether a contestant who came to a round may still write about it."""
    until = review_until(db_session, contest, round_)
    if until is None or now > until:
        return False
    return any(
        room.writer_epoch > 0 and review_or_none(db_session, place.id, round_.run_no) is None
        for place, room in queries.run_rooms(db_session, round_)
    )
