"""The written 复盘 of a round: each contestant's own words, marked blind with the room."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.contests import queries, review_queries
from app.contests.models import Contest, ContestEntry, ContestReview, ContestRound, RoundPlace
from app.contests.planning import note
from app.core.errors import ConflictError, InvalidInputError, NotFoundError


class ReviewClosedError(ConflictError):
    """Raised when a review comes before the round's end, or too late."""

    code = "contest_review_closed"


class ReviewWrittenError(ConflictError):
    """Raised when another review of the same run was handed in before."""

    code = "contest_review_written"


def write_review(
    db_session: Session,
    contest: Contest,
    round_: ContestRound,
    place: RoundPlace,
    entry: ContestEntry,
    body: str,
    *,
    actor: str,
    now: datetime,
) -> ContestReview:
    """Take a contestant's review of a round; the same words again return what was taken.

    Args:
        db_session: The session of the caller's transaction.
        contest: The contest.
        round_: A round of a stage that asks for it.
        place: The contestant's own.
        entry: The contestant's own.
        body: As long as the rules say; it names neither the contestant nor the provider.
        actor: Who wrote it.
        now: The moment (aware).

    Raises:
        NotFoundError: If no review is asked for.
        ReviewClosedError: Before the round's end, after the window, or for who never came.
        ReviewWrittenError: If another one was taken before.
        InvalidInputError: If it is too short or too long, or tells the jurors whose it is.
    """
    rules = queries.rules_of(db_session, contest).review
    if rules is None or round_.stage not in rules.stages:
        raise NotFoundError(f"review of {round_!r}")
    words = body.strip()
    held = review_queries.review_or_none(db_session, place.id, round_.run_no)
    if held is not None:
        if held.body == words:
            return held
        raise ReviewWrittenError(f"{round_!r}, {entry!r}")
    until = review_queries.review_until(db_session, contest, round_)
    came = any(
        other.id == place.id and room.writer_epoch > 0
        for other, room in queries.run_rooms(db_session, round_)
    )
    is_over = round_.ends_at is not None and round_.ends_at <= now
    if until is None or not is_over or now > until or not came or entry.withdrawn_at is not None:
        raise ReviewClosedError(f"{round_!r}, {entry!r}")
    if not rules.least_chars <= len(words) <= rules.most_chars:
        raise InvalidInputError("review", [{"field": "body", "code": "length"}])
    names = [name for name in (entry.public_name, entry.provider_name) if name and len(name) > 1]
    if any(name in words for name in names):
        raise InvalidInputError("review", [{"field": "body", "code": "names_itself"}])
    review = ContestReview(place_id=place.id, run_no=round_.run_no, body=words, at=now)
    try:
        with db_session.begin_nested():
            db_session.add(review)
    except IntegrityError as error:
        raise ReviewWrittenError(f"{round_!r}, {entry!r}") from error
    details = {"round": round_.public_id, "entry": entry.public_id, "chars": len(words)}
    note(db_session, contest, "review_written", actor, now, details)
    return review
