"""Reads of what contestants say of results: protests, and the peers' votes."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.contests.models import ContestEntry, ContestProtest, ContestRound, PeerVote, RoundPlace
from app.core.errors import NotFoundError


def protests_of(
    db_session: Session, contest_id: int
) -> list[tuple[ContestProtest, RoundPlace, ContestEntry, ContestRound]]:
    """Return a contest's protests, oldest first."""
    rows = db_session.execute(
        select(ContestProtest, RoundPlace, ContestEntry, ContestRound)
        .join(RoundPlace, RoundPlace.id == ContestProtest.place_id)
        .join(ContestEntry, ContestEntry.id == RoundPlace.entry_id)
        .join(ContestRound, ContestRound.id == RoundPlace.round_id)
        .where(ContestRound.contest_id == contest_id)
        .order_by(ContestProtest.id)
    )
    return [tuple(row) for row in rows]  # type: ignore[misc]


def protest_of(
    db_session: Session, public_id: str, *, lock: bool = False
) -> tuple[ContestProtest, RoundPlace, ContestEntry, ContestRound]:
    """Return a protest.

    Raises:
        NotFoundError: If there is none.
    """
    query = select(ContestProtest).where(ContestProtest.public_id == public_id)
    found = db_session.scalar(query.with_for_update() if lock else query)
    if found is None:
        raise NotFoundError(f"protest {public_id}")
    place = db_session.get_one(RoundPlace, found.place_id)
    return (
        found,
        place,
        db_session.get_one(ContestEntry, place.entry_id),
        db_session.get_one(ContestRound, place.round_id),
    )


def vote_counts(db_session: Session, contest_id: int) -> dict[int, int]:
    """Return the peers' votes by entry."""
    rows = db_session.execute(
        select(PeerVote.entry_id, func.count())
        .where(PeerVote.contest_id == contest_id)
        .group_by(PeerVote.entry_id)
    )
    return {row[0]: row[1] for row in rows}


def vote_or_none(db_session: Session, contest_id: int, person_id: int) -> PeerVote | None:
    """Return somebody's vote."""
    return db_session.scalar(
        select(PeerVote).where(PeerVote.contest_id == contest_id, PeerVote.person_id == person_id)
    )
