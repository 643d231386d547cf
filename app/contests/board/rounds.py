"""Reads of running rounds: who races, in which rooms, by which clock, and what was unveiled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.contests.board.bodies import Racer
from app.contests.board.models import BoardSnapshot, BoardStep
from app.contests.models import (
    Contest,
    ContestEntry,
    ContestRound,
    RoundPlace,
    RoundRoom,
)
from app.core.errors import NotFoundError
from app.rooms.models import RoomSession

PUBLIC_STATES = ("published", "running", "judging", "protest", "final")
"""States of contests that anybody may know of."""

SHOWN_KINDS = ("heat", "final")
"""Rounds that have a board; a rehearsal counts for nothing and is nobody's to watch."""


@dataclass(frozen=True)
class Lane:
    """One contestant of a run of a round.

    Attributes:
        racer: As the board names one; the seat is the lane.
        entry_id: Whose it is.
        room: The room of this run; None if none was opened.
    """

    racer: Racer
    entry_id: int
    room: RoomSession | None


def rounds_to_publish(db_session: Session, *, now: datetime) -> Sequence[ContestRound]:
    """Return rounds whose board may change: readied, and not settled."""
    settled = (
        select(BoardSnapshot.id)
        .where(BoardSnapshot.round_id == ContestRound.id, BoardSnapshot.is_settled.is_(True))
        .exists()
    )
    return db_session.scalars(
        select(ContestRound)
        .join(Contest, Contest.id == ContestRound.contest_id)
        .where(
            Contest.state.in_(PUBLIC_STATES),
            ContestRound.kind.in_(SHOWN_KINDS),
            ContestRound.readied_at <= now,
            ~settled,
        )
        .order_by(ContestRound.id)
    ).all()


def lanes_of(db_session: Session, round_: ContestRound) -> tuple[Lane, ...]:
    """Return everybody of the round's present run, by lane; who withdrew is not shown."""
    rows = db_session.execute(
        select(RoundPlace, ContestEntry, RoomSession)
        .join(ContestEntry, ContestEntry.id == RoundPlace.entry_id)
        .outerjoin(
            RoundRoom, (RoundRoom.place_id == RoundPlace.id) & (RoundRoom.run_no == round_.run_no)
        )
        .outerjoin(RoomSession, RoomSession.id == RoundRoom.room_session_id)
        .where(RoundPlace.round_id == round_.id, ContestEntry.withdrawn_at.is_(None))
        .order_by(RoundPlace.lane)
    )
    return tuple(
        Lane(Racer(place.lane, entry.public_name, entry.provider_name or ""), entry.id, room)
        for place, entry, room in rows
    )


def unveiled_count(db_session: Session, round_: ContestRound) -> int:
    """Return how many of the round's present run were unveiled."""
    newest = select(func.max(BoardStep.ordinal)).where(
        BoardStep.round_id == round_.id, BoardStep.run_no == round_.run_no
    )
    return db_session.scalar(newest) or 0


def public_round(
    db_session: Session, public_id: str, *, include_demo: bool, lock: bool = False
) -> tuple[ContestRound, Contest]:
    """Return a round that anybody may know of, and its contest.

    Raises:
        NotFoundError: If there is none, or it is a rehearsal, or the contest is no public one.
    """
    query = (
        select(ContestRound, Contest)
        .join(Contest, Contest.id == ContestRound.contest_id)
        .where(
            ContestRound.public_id == public_id,
            ContestRound.kind.in_(SHOWN_KINDS),
            Contest.state.in_(PUBLIC_STATES),
        )
    )
    row = db_session.execute(query.with_for_update() if lock else query).one_or_none()
    if row is None or (row[1].is_demo and not include_demo):
        raise NotFoundError(f"round {public_id}")
    return row[0], row[1]
