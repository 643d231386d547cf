"""Judge a finished room: slow, so it is done before a write lock is taken, and kept.

What is stored is everything the result page shows, so that a result reads the same after the
engine, the scenario or the words of the page have moved on.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate
from typing import Any

from sqlalchemy.orm import Session

from app.core.db import db
from app.core.errors import NotFoundError
from app.rooms import queries
from app.rooms.models import RoomSession
from simulations.policies import Reference, log_of, planned
from simulations.rooms import LoggedAction, RoomKeys, minute_series
from simulations.scenarios import Scenario
from simulations.scoring import room_result

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Judged:
    """What a room's events amount to; pure in (scenario, keys, log).

    Attributes:
        room_session_id: The room.
        acted_count: Actions that were judged; others since then make this void.
        result: `simulations.scoring.RoomResult` as data.
        curves: By minute, see `curves_of`.
    """

    room_session_id: int
    acted_count: int
    result: dict[str, Any]
    curves: dict[str, Any]


def judge(db_session: Session, room: RoomSession) -> Judged:
    """Work out score and curves from a room's events.

    Args:
        db_session: A session to read with; no write lock is held meanwhile.
        room: A room that takes no more actions.

    Raises:
        NotFoundError: If the scenario has no reference.
    """
    scenario = queries.room_scenario(db_session, room)
    reference = queries.room_reference(db_session, room)
    log, keys, room_id = queries.log_of(db_session, room), room.keys, room.id
    db_session.rollback()  # nothing is read while this computes; a long reader keeps the log long
    return Judged(
        room_session_id=room_id,
        acted_count=len(log),
        result=room_result(scenario, keys, log, reference).to_dict(),
        curves=curves_of(scenario, keys, log, reference),
    )


def curves_of(
    scenario: Scenario, keys: RoomKeys, log: Sequence[LoggedAction], reference: Reference
) -> dict[str, Any]:
    """Return the session minute by minute, JSON-able, money in fen and cumulative from minute 0.

    `twin` has net GMV of `candidate`, `house` and `reference`, each under its own plan and without
    viewer luck; `lived` has the candidate's `gmv_fen`, `net_gmv_fen` and `online` as the room
    showed them; `actions` and `incidents` are those of `simulations.series`, `reference_pins` the
    ticks at which the reference changed the product.
    """
    ticks = scenario.duration_ticks
    lived = minute_series(scenario, keys, log, ticks)
    twin = keys.twin
    bare = scenario.with_plan(None)
    runs: dict[str, tuple[Scenario, Sequence[LoggedAction]]] = {
        "candidate": (scenario, log),
        "house": (bare, ()),
        "reference": (planned(bare, reference.plan), log_of(bare, reference.policy, twin)),
    }
    return {
        "minutes": lived["minutes"],
        "twin": {
            who: _running_total(minute_series(room, twin, one, ticks)["net_gmv_fen"])
            for who, (room, one) in runs.items()
        },
        "lived": {
            "gmv_fen": _running_total(lived["gmv_fen"]),
            "net_gmv_fen": _running_total(lived["net_gmv_fen"]),
            "online": [0, *lived["online"]],
        },
        "actions": lived["actions"],
        "incidents": lived["incidents"],
        "reference_pins": [one.tick for one in runs["reference"][1] if one.action.verb == "pin"],
    }


def judge_finished(*, now: datetime, limit: int) -> list[Judged]:
    """Judge the rooms whose time is over, by a session of its own that only reads."""
    judged = []
    with reading_session() as db_session:
        for room_id in [
            room.id for room in queries.rooms_to_finish(db_session, now=now, limit=limit)
        ]:
            room = db_session.get_one(RoomSession, room_id)
            try:
                judged.append(judge(db_session, room))
            except NotFoundError:
                logger.exception("%r cannot be judged", room)
    return judged


@contextmanager
def reading_session() -> Iterator[Session]:
    """Give a session beside the request's own, on the engine that only reads."""
    with Session(db.engines.get("read", db.engine)) as db_session:
        yield db_session


def _running_total(per_minute: Sequence[float]) -> list[int]:
    return [round(total) for total in accumulate(per_minute, initial=0)]
