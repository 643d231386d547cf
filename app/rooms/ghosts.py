"""The ghost: a trainee's own best earlier run of the same room, as a curve beside the live one.

Practice only. The customers of that run were others, and the page says so; what is shared is the
room, so that the shape of a good session can be seen while another one runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.rooms import queries
from app.rooms.models import RoomSession


@dataclass(frozen=True)
class Ghost:
    """The best earlier run.

    Attributes:
        public_id: Of its room.
        score: Its points.
        at: When it began.
        gmv_fen: Its lived GMV, cumulative by minute, from minute 0.
        net_fen: Its net GMV on the twin, likewise.
    """

    public_id: str
    score: float
    at: datetime
    gmv_fen: Sequence[int]
    net_fen: Sequence[int]


def ghost_of(db_session: Session, room: RoomSession) -> Ghost | None:
    """Return the best run that the person had finished before this room, if there is one.

    Compared are whole practice runs of the same scenario version, and in a 营期 of the same day of
    it: another day brings another number of visitors. A room that counts has no ghost.
    """
    if room.is_exam:
        return None
    earlier = db_session.scalars(
        select(RoomSession)
        .where(
            RoomSession.person_id == room.person_id,
            RoomSession.scenario_ref == room.scenario_ref,
            RoomSession.mode == "practice",
            RoomSession.origin_id.is_(None),
            RoomSession.is_held.is_(False),
            RoomSession.score.is_not(None),
            RoomSession.closed_at <= room.created_at,
            RoomSession.id != room.id,
        )
        .order_by(RoomSession.score.desc(), RoomSession.id)
    )
    best = next((one for one in earlier if _day_of(one) == _day_of(room)), None)
    score = None if best is None else queries.score_or_none(db_session, best.id)
    if best is None or score is None:
        return None
    curves = score.curves
    return Ghost(
        best.public_id,
        score.score,
        best.starts_at,
        curves["lived"]["gmv_fen"],
        curves["twin"]["candidate"],
    )


def _day_of(room: RoomSession) -> tuple[str, int] | None:
    return None if room.linked is None else (room.linked["period"], room.linked["number"])


def shown_ghost(db_session: Session, room: RoomSession) -> dict[str, Any] | None:
    """Return the best earlier run as the cockpit draws it, or nothing."""
    found = ghost_of(db_session, room)
    return None if found is None else {"score": found.score, "gmv_fen": list(found.gmv_fen)}
