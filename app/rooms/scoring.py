"""Judge a finished room: slow, so it is done before a write lock is taken, and kept.

What is stored is everything the result page shows, so that a result reads the same after the
engine, the scenario or the words of the page have moved on.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import accumulate
from statistics import stdev
from typing import Any

from sqlalchemy.orm import Session

from app.core.db import db
from app.core.errors import NotFoundError
from app.rooms import queries
from app.rooms.models import RoomSession
from app.studio.queries import reference_of, scenario_of
from simulations.counterfactuals import one_change_counterfactuals
from simulations.engines.registry import engine_is_compiled
from simulations.outcomes import outcome_of
from simulations.policies import Reference, log_of
from simulations.rooms import LoggedAction, RoomKeys, keys_of_seed, minute_series
from simulations.scenarios import Scenario
from simulations.scoring import room_result

logger = logging.getLogger(__name__)

MOST_EFFECTS = 200
"""Actions whose worth is replayed; more than anybody takes in a session."""

MOST_WEIGHED = 20
WEIGH_BUDGET_S = 3.0
"""In a slot of the scheduler; verdicts come first, and the next slot takes the rest."""

WITH_INTERVAL = 8
"""So many of the greatest effects are shown, and get an interval."""

NOISE_KEYS = 64
"""Micro keys over which viewer luck is measured (ruling on counterfactual intervals)."""


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
    scenario = scenario_of(db_session, room.scenario_ref)
    reference = reference_of(db_session, scenario)
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

    `twin` has net GMV of `candidate`, `house` and `reference` without viewer luck; `lived` has
    the candidate's `gmv_fen`, `net_gmv_fen` and `online` as the room showed them; `actions` and
    `incidents` are those of `simulations.series`, `reference_pins` the ticks at which the reference
    changed the product.
    """
    ticks = scenario.duration_ticks
    lived = minute_series(scenario, keys, log, ticks)
    twin = keys.twin
    logs = {"candidate": log, "house": (), "reference": log_of(scenario, reference.policy, twin)}
    return {
        "minutes": lived["minutes"],
        "twin": {
            who: _running_total(minute_series(scenario, twin, one, ticks)["net_gmv_fen"])
            for who, one in logs.items()
        },
        "lived": {
            "gmv_fen": _running_total(lived["gmv_fen"]),
            "net_gmv_fen": _running_total(lived["net_gmv_fen"]),
            "online": [0, *lived["online"]],
        },
        "actions": lived["actions"],
        "incidents": lived["incidents"],
        "reference_pins": [entry.tick for entry in logs["reference"] if entry.action.verb == "pin"],
    }


def effects_of(
    scenario: Scenario, keys: RoomKeys, log: Sequence[LoggedAction]
) -> list[dict[str, Any]]:
    """Return what each action was worth, greatest first, as data.

    The point is the twin's. The greatest get the spread that viewer luck would give the same
    difference on lived paths (`lived_noise_fen`, a standard deviation), where the compiled engine
    makes its hundreds of replays cheap.
    """
    found = one_change_counterfactuals(scenario, keys, log, most=MOST_EFFECTS)
    noises: list[int | None] = [None] * len(found)
    if engine_is_compiled() and found:
        told = [one.index for one in found[:WITH_INTERVAL]]
        noises[: len(told)] = _noises(scenario, keys, log, told)
    return [
        {**asdict(one), "lived_noise_fen": noise} for one, noise in zip(found, noises, strict=True)
    ]


def _noises(
    scenario: Scenario, keys: RoomKeys, log: Sequence[LoggedAction], indices: Sequence[int]
) -> list[int]:
    """Return the standard deviation of each action's effect over lived paths, in fen."""
    paths = [RoomKeys(keys.macro, keys_of_seed(seed).micro) for seed in range(NOISE_KEYS)]
    lived = [outcome_of(scenario, path, log).net_fen for path in paths]
    noises = []
    for index in indices:
        without = [*log[:index], *log[index + 1 :]]
        effects = [
            net - outcome_of(scenario, path, without).net_fen
            for net, path in zip(lived, paths, strict=True)
        ]
        noises.append(round(stdev(effects)))
    return noises


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


def weigh_waiting(*, budget_s: float = WEIGH_BUDGET_S) -> list[tuple[int, list[dict[str, Any]]]]:
    """Work out the actions' worth of scored rooms that wait for it, oldest first.

    Args:
        budget_s: No further room is begun after so many seconds.

    Returns:
        Ids of scores, each with its effects.
    """
    found = []
    begun = time.monotonic()
    with reading_session() as db_session:
        waiting = queries.scores_without_debrief(db_session, limit=MOST_WEIGHED)
        for score_id, room_id in [(score.id, score.room_session_id) for score in waiting]:
            room = db_session.get_one(RoomSession, room_id)
            scenario = scenario_of(db_session, room.scenario_ref)
            log, keys = queries.log_of(db_session, room), room.keys
            db_session.rollback()
            found.append((score_id, effects_of(scenario, keys, log)))
            if time.monotonic() - begun > budget_s:
                break
    return found


@contextmanager
def reading_session() -> Iterator[Session]:
    """Give a session beside the request's own, on the engine that only reads."""
    with Session(db.engines.get("read", db.engine)) as db_session:
        yield db_session


def _running_total(per_minute: Sequence[float]) -> list[int]:
    return [round(total) for total in accumulate(per_minute, initial=0)]
