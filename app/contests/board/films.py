"""Replays of a finished contest's rooms, for anybody: by the consent that each entry gave."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.contests.board import rounds
from app.contests.models import Contest, ContestEntry, ContestRound, RoundPlace, RoundRoom
from app.core.errors import NotFoundError
from app.rooms import debriefing, films
from app.rooms.models import RoomSession

Json = dict[str, Any]


@dataclass(frozen=True)
class PublicRoom:
    """A room that anybody may see again."""

    contest: Contest
    round_: ContestRound
    entry: ContestEntry
    room: RoomSession
    debrief: Json
    film: Json


def public_room(
    db_session: Session, round_public_id: str, lane: int, *, include_demo: bool
) -> PublicRoom:
    """Return a contestant's room of a round.

    Raises:
        NotFoundError: If there is none, or the contest's results are not final.
    """
    found = _found(db_session, round_public_id, lane, include_demo=include_demo)
    debrief = debriefing.debrief_of(db_session, found[3])
    if debrief is None:
        raise NotFoundError(f"lane {lane} of round {round_public_id}: no result")
    return PublicRoom(*found, debrief, films.film_of(db_session, found[3], debrief))


def public_frames(
    db_session: Session, round_public_id: str, lane: int, number: int, *, include_demo: bool
) -> tuple[str, str]:
    """Return ten minutes of a room as JSON text, and their tag.

    Raises:
        NotFoundError: As `public_room`; or if the session has no such ten minutes.
    """
    _, _, _, room = _found(db_session, round_public_id, lane, include_demo=include_demo)
    return films.frames_of(db_session, room, number), f"{room.head_hash[-16:]}-{number}"


def lanes_with_films(db_session: Session, round_: ContestRound) -> dict[int, int]:
    """Return the lane of each entry that has a scored room in the round's counted run."""
    rows = db_session.execute(
        select(RoundPlace.entry_id, RoundPlace.lane)
        .join(RoundRoom, RoundRoom.place_id == RoundPlace.id)
        .join(RoomSession, RoomSession.id == RoundRoom.room_session_id)
        .where(
            RoundPlace.round_id == round_.id,
            RoundRoom.run_no == round_.run_no,
            RoomSession.scored_at.is_not(None),
            RoomSession.is_held.is_(False),
        )
    )
    return {row.entry_id: row.lane for row in rows}


def _found(
    db_session: Session, round_public_id: str, lane: int, *, include_demo: bool
) -> tuple[Contest, ContestRound, ContestEntry, RoomSession]:
    round_, contest = rounds.public_round(db_session, round_public_id, include_demo=include_demo)
    row = db_session.execute(
        select(ContestEntry, RoomSession)
        .join(RoundPlace, RoundPlace.entry_id == ContestEntry.id)
        .join(RoundRoom, RoundRoom.place_id == RoundPlace.id)
        .join(RoomSession, RoomSession.id == RoundRoom.room_session_id)
        .where(
            RoundPlace.round_id == round_.id,
            RoundPlace.lane == lane,
            RoundRoom.run_no == round_.run_no,
            RoomSession.scored_at.is_not(None),
            RoomSession.is_held.is_(False),
            ContestEntry.withdrawn_at.is_(None),
        )
    ).one_or_none()
    if contest.state != "final" or row is None:
        raise NotFoundError(f"lane {lane} of round {round_public_id}")
    return contest, round_, row[0], row[1]
