"""Weigh a scored room: what each action was worth, what was missed, skills, forecasts.

Hundreds of replays for a long session: too slow for a request, so the scheduler does it once for
each score, outside any write lock, and the debrief shows the verdict meanwhile.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy.orm import Session

from app.core.errors import NotFoundError
from app.rooms import queries
from app.rooms.forecasts import GivenForecast, forecasts_of
from app.rooms.models import RoomScore, RoomSession
from app.rooms.scoring import reading_session
from simulations.asking import forecast_prompts
from simulations.cards import known_at
from simulations.counterfactuals import one_change_counterfactuals
from simulations.engines.registry import engine_is_compiled
from simulations.forecasting import judge_forecast
from simulations.missed import missed_actions
from simulations.policies import Reference, log_of
from simulations.rooms import LoggedAction, RoomKeys
from simulations.scenarios import Scenario
from simulations.skill_scores import skill_scores
from simulations.whatif import Removal
from simulations.whatif import effects_of as effects_of_changes

logger = logging.getLogger(__name__)

Json = dict[str, Any]

MOST_EFFECTS = 200
"""Actions whose worth is replayed; more than anybody takes in a session."""

MOST_WEIGHED = 20
WEIGH_BUDGET_S = 3.0
"""In a slot of the scheduler; verdicts come first, and the next slot takes the rest."""

WITH_INTERVAL = 8
"""So many of the greatest effects are shown, and get an interval."""

NOISE_SEEDS = 64
"""Micro keys over which viewer luck is measured (ruling on counterfactual intervals)."""

FUTURES = 300
PLAIN_FUTURES = 20
"""Futures of a judged forecast; the plain engine has no time for as many."""


@dataclass(frozen=True)
class Weighed:
    """What replays say of a scored room; pure in (scenario, plan, keys, log, forecasts).

    Attributes:
        score_id: The score that it belongs to.
        effects: Of each action, greatest first: `simulations.counterfactuals` as data.
        findings: `missed` and `skills` as data of the modules of these names; `forecasts`, each
            `{prompt, points, forecast_fen, best_fen, …}` or `{prompt}` alone where none was given;
            `reference_answers`, the tick at which the reference answered each incident.
    """

    score_id: int
    effects: list[Json]
    findings: Json


def weigh(db_session: Session, score: RoomScore) -> Weighed:
    """Weigh a scored room.

    Args:
        db_session: A session to read with; it is given back before the replays begin.
        score: The room's newest score.

    Raises:
        NotFoundError: If the scenario has no reference.
    """
    room = db_session.get_one(RoomSession, score.room_session_id)
    scenario = queries.room_scenario(db_session, room)
    reference = queries.room_reference(db_session, room)
    log, keys, score_id = queries.log_of(db_session, room), room.keys, score.id
    given = forecasts_of(db_session, room)
    db_session.rollback()  # nothing is read while this computes; a long reader keeps the log long
    forecasts = judged_forecasts(scenario, keys, log, given)
    return Weighed(
        score_id=score_id,
        effects=effects_of(scenario, keys, log),
        findings={
            "missed": [
                one.to_dict()
                for one in missed_actions(
                    scenario,
                    keys,
                    log,
                    reference,
                    with_grid=engine_is_compiled(),
                    noise_seeds=_noise_seeds(),
                )
            ],
            "skills": [
                one.to_dict()
                for one in skill_scores(
                    scenario,
                    keys,
                    log,
                    reference,
                    [one.get("points", 0.0) for one in forecasts],
                )
            ],
            "forecasts": forecasts,
            "reference_answers": reference_answers(scenario, keys, reference),
        },
    )


def effects_of(scenario: Scenario, keys: RoomKeys, log: Sequence[LoggedAction]) -> list[Json]:
    """Return what each action was worth, greatest first, as data.

    The point is the twin's. The greatest get the spread that viewer luck would give the same
    difference on lived paths (`lived_noise_fen`, a standard deviation), where the compiled engine
    makes its hundreds of replays cheap.
    """
    found = one_change_counterfactuals(scenario, keys, log, most=MOST_EFFECTS)
    noises: list[int | None] = [None] * len(found)
    if _noise_seeds() and found:
        told = [Removal(one.index) for one in found[:WITH_INTERVAL]]
        noisy = effects_of_changes(scenario, keys, log, told, noise_seeds=NOISE_SEEDS)
        noises[: len(told)] = [one.lived_noise_fen for one in noisy]
    return [
        {**asdict(one), "lived_noise_fen": noise} for one, noise in zip(found, noises, strict=True)
    ]


def judged_forecasts(
    scenario: Scenario,
    keys: RoomKeys,
    log: Sequence[LoggedAction],
    given: Sequence[GivenForecast],
) -> list[Json]:
    """Return every forecast that the room asked for, judged where it was given.

    Args:
        scenario: The scenario, as planned.
        keys: The room's keys.
        log: The whole log.
        given: Those of the room's log.
    """
    futures = FUTURES if engine_is_compiled() else PLAIN_FUTURES
    by_prompt = {one.prompt: one for one in given}
    judged = []
    for number, prompt in enumerate(forecast_prompts(scenario)):
        one = by_prompt.get(number)
        if one is None:
            judged.append({"prompt": number, "tick": prompt.tick})
            continue
        then = known_at(scenario, one.tick)
        result = judge_forecast(then, keys, log, one.tick, one.forecast, futures)
        judged.append({"prompt": number, **result.to_dict()})
    return judged


def reference_answers(scenario: Scenario, keys: RoomKeys, reference: Reference) -> dict[str, int]:
    """Return the tick at which the reference answered each incident, on the same customers."""
    bare = scenario.with_plan(None)
    answers: dict[str, int] = {}
    for entry in log_of(bare, reference.policy, keys.twin):
        action = entry.action
        if action.verb == "respond":
            answers.setdefault(action.incident, entry.tick)
    return answers


def weigh_waiting(*, budget_s: float = WEIGH_BUDGET_S) -> list[Weighed]:
    """Weigh the scored rooms that wait for it, oldest first, by a session that only reads.

    Args:
        budget_s: No further room is begun after so many seconds.
    """
    found = []
    begun = time.monotonic()
    with reading_session() as db_session:
        waiting = queries.scores_without_debrief(db_session, limit=MOST_WEIGHED)
        for score_id in [score.id for score in waiting]:
            score = db_session.get_one(RoomScore, score_id)
            try:
                found.append(weigh(db_session, score))
            except NotFoundError:
                logger.exception("score %d cannot be weighed", score_id)
            if time.monotonic() - begun > budget_s:
                break
    return found


def _noise_seeds() -> int:
    return NOISE_SEEDS if engine_is_compiled() else 0
