"""Which of a scenario's numbers decide its scores? Each is varied alone, the rest stays.

Numbers that stand in the same field of several products, incidents or channels are varied
together. The reference stays what it was: the question is whether a guess that is wrong by a fifth
would change who passes.
"""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from simulations.batch import Progress, twin_outcome
from simulations.engines.registry import warm_up
from simulations.errors import PlanRefusedError, ScenarioError
from simulations.executors import in_order
from simulations.loading import parse_scenario
from simulations.policies import Policy, Reference, competent, house, novice
from simulations.scenarios import Scenario
from simulations.scoring import score_of
from simulations.states import RoomKeys

FACTORS = (0.8, 1.25)
"""A fifth less, a quarter more: equal steps of the logarithm but for the sign."""

STILL = frozenset(
    {
        "version", "duration_min", "target_gmv_fen", "speed", "phases", "normals", "comments",
        "scoring", "actions_per_tick", "closing_strikes",
    }
)  # fmt: skip
"""Fields that describe, pace or judge the room: not guesses about the world."""

INDEX = "*"

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Effect:
    """What one varied number does: points of novice and competent, net GMV of the house."""

    parameter: str
    factor: float
    novice_points: float
    competent_points: float
    house_net_ratio: float


def parameters(data: Any, path: Path = ()) -> Iterator[Path]:
    """Yield the paths of all numbers that may be varied; list positions are `*`, once each."""
    seen = set()
    for found in _numbers(data, path):
        if found not in seen:
            seen.add(found)
            yield found


def _numbers(data: Any, path: Path) -> Iterator[Path]:
    if isinstance(data, Mapping):
        for key, value in data.items():
            if key not in STILL:
                yield from _numbers(value, (*path, str(key)))
    elif isinstance(data, list):
        for value in data:
            yield from _numbers(value, (*path, INDEX))
    elif isinstance(data, int | float) and not isinstance(data, bool) and data != 0:
        yield path


def varied(data: Any, path: Path, factor: float) -> Any:
    """Return a copy of JSON-able data with the numbers at a path multiplied; whole ones rounded."""
    if not path:
        if isinstance(data, bool) or not isinstance(data, int | float):
            return data
        return round(data * factor) if isinstance(data, int) else data * factor
    head, rest = path[0], path[1:]
    if isinstance(data, list) and head == INDEX:
        return [varied(value, rest, factor) for value in data]
    if isinstance(data, Mapping) and head in data:
        return {**data, head: varied(data[head], rest, factor)}
    return data


def _mapping_of(scenario: Scenario) -> dict[str, Any]:
    """Return the scenario as its file has it; plan and opening belong to a room."""
    return scenario.model_dump(mode="json", exclude={"plan", "opening", "cards"})


def effect_of(
    scenario: Scenario,
    path: Path,
    factor: float,
    keys: Sequence[RoomKeys],
    yardstick: Reference,
) -> tuple[float, float, float] | None:
    """Return mean points of novice and competent and the house's mean net GMV, in fen.

    None where the scenario is no longer valid with the number varied, or no longer allows the
    operators' plans. The unit of distributed work.
    """
    warm_up()
    changed = scenario
    if path:
        try:
            changed = parse_scenario(varied(_mapping_of(scenario), path, factor))
        except ScenarioError:
            return None
    # The operators are the unvaried room's: they do not know that the guess was wrong.
    operators = (novice(scenario), competent(scenario))
    try:
        return _measured(changed, operators, keys, yardstick)
    except PlanRefusedError:
        return None


def _measured(
    changed: Scenario,
    operators: tuple[Policy, Policy],
    keys: Sequence[RoomKeys],
    yardstick: Reference,
) -> tuple[float, float, float]:
    points: tuple[list[float], list[float]] = ([], [])
    nets = []
    for pair in keys:
        base = twin_outcome(changed, house(), pair)
        best = twin_outcome(changed, yardstick.policy, pair)
        nets.append(base.net_fen)
        for policy, column in zip(operators, points, strict=True):
            score = score_of(
                twin_outcome(changed, policy, pair),
                base,
                best,
                changed.scoring,
                yardstick.span_floor_log,
                aim=None if policy.plan is None else policy.plan.aim,
            )
            column.append(score.points)
    return fmean(points[0]), fmean(points[1]), fmean(nets)


def sensitivities(
    scenario: Scenario,
    keys: Sequence[RoomKeys],
    yardstick: Reference,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> list[Effect]:
    """Return the effect of each number varied down and up, the greatest on the scores first."""
    paths = list(parameters(_mapping_of(scenario)))
    cases: list[tuple[Path, float]] = [((), 1.0)]
    cases += [(path, factor) for path in paths for factor in FACTORS]
    tasks = ((scenario, path, factor, keys, yardstick) for path, factor in cases)
    found = []
    before: tuple[float, float, float] | None = None
    for number, ((path, factor), result) in enumerate(
        zip(cases, in_order(executor, effect_of, tasks), strict=True)
    ):
        if progress is not None:
            progress(number + 1, len(cases))
        if before is None:
            before = result
            assert before is not None
            continue
        if result is None:
            continue
        found.append(
            Effect(
                ".".join(path),
                factor,
                round(result[0] - before[0], 2),
                round(result[1] - before[1], 2),
                round(result[2] / before[2], 4),
            )
        )
    return sorted(found, key=lambda one: -abs(one.novice_points) - abs(one.competent_points))
