"""A calibration in half a second, for an author who has just moved a number.

Novice, competent and reference play beside the house on a tick six times as long; their logs are
judged on the twin, as a candidate's is. Mean scores agree with the full calibration's within 1.5
points (a test holds it); nothing is released on a preview.
"""

from collections.abc import Sequence
from concurrent.futures import Executor
from contextlib import nullcontext
from copy import deepcopy
from functools import lru_cache
from typing import Any

from simulations.batch import seeds
from simulations.calibration import CALIBRATION_BASE
from simulations.distributions import histogram, pass_rates, percentiles, separation
from simulations.engines.engine import Engine
from simulations.engines.registry import engine_for, warm_up
from simulations.engines.v1.layout import Setting, fields_of
from simulations.engines.v1.setting import COUNTS
from simulations.executors import in_order, opened
from simulations.outcomes import Outcome
from simulations.policies import (
    MOST_ROWS,
    WHIM,
    Policy,
    Reference,
    competent,
    house,
    novice,
    planned,
)
from simulations.publishing import CUTS
from simulations.scenarios import Scenario
from simulations.scoring import score_of
from simulations.states import RoomKeys, setting_for

COARSENESS = 6
"""Ticks of the room in one tick of the preview: 30 s, as often as operators look."""

PREVIEW_KEYS = 300
CHUNK_KEYS = 25


def coarse_setting(setting: Setting, coarseness: int = COARSENESS) -> Setting:
    """Return a setting with ticks `coarseness` times as long; durations round half up, least 1."""
    coarse = deepcopy(setting)
    coarse.dt = setting.dt * coarseness
    for name, kind, length in fields_of(Setting):
        if kind != "i8" or (name in COUNTS and name != "ticks_per_minute"):
            continue
        value = getattr(setting, name)
        scaled = [_fewer(one, coarseness) for one in value] if length else _fewer(value, coarseness)
        setattr(coarse, name, scaled)
    return coarse


def _fewer(ticks: int, coarseness: int) -> int:
    return max(1, (2 * ticks + coarseness) // (2 * coarseness)) if ticks > 0 else ticks


@lru_cache(maxsize=16)
def _prepared(scenario: Scenario, engine: Engine) -> Any:
    return engine.prepare(coarse_setting(setting_for(scenario)))


def coarse_points(
    scenario: Scenario, policies: Sequence[Policy], keys: Sequence[RoomKeys], yardstick: Reference
) -> list[list[float]]:
    """Return each policy's points on each key, on the coarse tick; the unit of distributed work."""
    engine = engine_for(scenario.engine)
    rows = engine.blank_rows(MOST_ROWS)

    def played(theta: Any, setting: Any, pair: RoomKeys) -> tuple[Outcome, int]:
        room, whims = engine.blank_room(), pair.macro ^ WHIM
        keys_of_play = (pair.macro, pair.micro, whims)
        count = engine.play(
            room, setting, engine.blank_memory(), theta, keys_of_play, rows, scenario.duration_ticks
        )
        return Outcome.of(engine.summary(room)), count

    def form_of(policy: Policy) -> tuple[Any, Any]:
        return engine.vector(policy.theta), _prepared(planned(scenario, policy.plan), engine)

    idle, best_form = form_of(house()), form_of(yardstick.policy)
    forms = [form_of(policy) for policy in policies]
    points: list[list[float]] = [[] for _ in policies]
    for pair in keys:
        base, best = played(*idle, pair.twin)[0], played(*best_form, pair.twin)[0]
        for policy, form, column in zip(policies, forms, points, strict=True):
            lived, count = played(*form, pair)
            setting = form[1]
            twin = engine.begin(setting, pair.macro)
            engine.advance(twin, setting, (pair.macro, 0), rows, count, scenario.duration_ticks)
            score = score_of(
                Outcome.of(engine.summary(twin)),
                base,
                best,
                scenario.scoring,
                yardstick.span_floor_log,
                lived.strikes,
                None if policy.plan is None else policy.plan.aim,
            )
            column.append(score.points)
    return points


def preview(
    scenario: Scenario,
    yardstick: Reference,
    count: int = PREVIEW_KEYS,
    executor: Executor | None = None,
) -> dict[str, Any]:
    """Return score distributions, separation and pass rates, coarsely, as JSON-able data.

    Args:
        scenario: The scenario as it is being edited.
        yardstick: A reference; a stale one will do.
        count: Keys.
        executor: Where to run; a worker for each processor if left out.
    """
    warm_up()
    ladder = {
        "novice": novice(scenario),
        "competent": competent(scenario),
        "reference": yardstick.policy,
    }
    keys = seeds(count, CALIBRATION_BASE)
    tasks = (
        (scenario, list(ladder.values()), keys[at : at + CHUNK_KEYS], yardstick)
        for at in range(0, count, CHUNK_KEYS)
    )
    points: dict[str, list[float]] = {name: [] for name in ladder}
    with opened() if executor is None else nullcontext(executor) as pool:
        for part in in_order(pool, coarse_points, tasks):
            for column, values in zip(points.values(), part, strict=True):
                column.extend(values)
    return {
        "scenario_ref": scenario.ref,
        "scenario_hash": scenario.content_hash(),
        "reference_is_stale": yardstick.is_stale,
        "keys": count,
        "policies": {
            name: {"score": percentiles(values), "histogram": histogram(values)}
            for name, values in points.items()
        },
        "separation": {
            "novice-competent": separation(points["novice"], points["competent"]),
            "competent-reference": separation(points["competent"], points["reference"]),
        },
        "cut": CUTS[scenario.level],
        "pass_rates": pass_rates(points),
    }
