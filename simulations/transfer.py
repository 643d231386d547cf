"""Does one fixed routine pass everywhere? Then the rooms ask for no judgement.

A routine says how to play without knowing the room: each of its numbers is a share, 0 to 1, of
the range that a sane operator would use in the room at hand (`simulations.search.search_space`).
It is tuned on all rooms but one and then plays that one. A set of rooms demands different plans
if such a routine falls below the cut in at least half of the 中级 and 高级 rooms.

The routine plans nothing before minute 0: a plan names one room's products, grades and stock, and
what is chosen for one room is no routine.
"""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import asdict, dataclass
from statistics import fmean
from typing import Any

from simulations.batch import judged_run, run_policies, seeds, twin_outcome
from simulations.engines.registry import warm_up
from simulations.engines.v1.arithmetic import normal
from simulations.engines.v1.operators import THETA
from simulations.executors import in_order
from simulations.outcomes import Outcome
from simulations.policies import Policy, Reference, competent, house, policy_of
from simulations.publishing import CUTS
from simulations.scenarios import Scenario
from simulations.scoring import score_of
from simulations.search import FIXED, TRAINING_BASE, Effort, drawn_at, search_space
from simulations.stamps import reference_hash, stamp_of
from simulations.states import RoomKeys, keys_of_seed

SCHEMA = "caopan-transfer/1"

TRANSFER_BASE = TRAINING_BASE + 500
"""Base of the seeds on which routines are tuned."""

JUDGING_BASE = 11_500
"""Base of the seeds on which they are judged."""

TRANSFER_EFFORT = Effort(rounds=10, population=30, elite=6, seeds_per_round=4)
LEAST_FAILING_FRACTION = 0.5
LEVELS_THAT_COUNT = ("intermediate", "senior")

Room = tuple[Scenario, Reference]
Yard = tuple[Outcome, Outcome]
"""What the house and the reference make of a room: 0 and 100 points."""

Routine = Mapping[str, float]
"""Share of its range in the room at hand, by name of theta."""

UNKNOWN_SHARE = 0.5
"""Where a lever stands that no room of the tuning has."""


@dataclass(frozen=True, slots=True)
class Transfer:
    """How a routine that was tuned elsewhere does in a room."""

    scenario: Scenario
    yardstick: Reference
    cut: float
    mean_score: float
    passed_fraction: float

    @property
    def falls_below(self) -> bool:
        """Tell whether the routine's mean stays below the room's cut."""
        return self.mean_score < self.cut


def routine_policy(scenario: Scenario, routine: Routine) -> Policy:
    """Return the operator that a routine amounts to in a room."""
    space = search_space(scenario)
    values = {
        name: low + routine.get(name, UNKNOWN_SHARE) * (high - low)
        for name, (low, high) in space.items()
    }
    return policy_of("routine", {**FIXED, **values})


def competent_routine(scenario: Scenario) -> dict[str, float]:
    """Return the competent operator of a room as shares of its ranges: where tuning begins."""
    values = dict(zip(THETA, competent(scenario).theta, strict=True))
    return {
        name: min(1.0, max(0.0, (values[name] - low) / (high - low))) if high > low else 0.0
        for name, (low, high) in search_space(scenario).items()
    }


def yards_of(rooms: Sequence[Room], keys: Sequence[RoomKeys]) -> list[list[Yard]]:
    """Return what house and reference make of each room's twin, key by key."""
    return [
        [
            (
                twin_outcome(scenario, house(), pair),
                twin_outcome(scenario, yardstick.policy, pair),
            )
            for pair in keys
        ]
        for scenario, yardstick in rooms
    ]


def routine_worth(
    rooms: Sequence[Room],
    routine: Routine,
    keys: Sequence[RoomKeys],
    yards: Sequence[Sequence[Yard]],
) -> float:
    """Return a routine's mean score over rooms and keys, on the twin."""
    points = []
    for (scenario, yardstick), row in zip(rooms, yards, strict=True):
        policy = routine_policy(scenario, routine)
        for pair, (base, best) in zip(keys, row, strict=True):
            outcome = twin_outcome(scenario, policy, pair)
            points.append(
                score_of(outcome, base, best, scenario.scoring, yardstick.span_floor_log).points
            )
    return fmean(points)


def tuned_routine(
    rooms: Sequence[Room],
    effort: Effort = TRANSFER_EFFORT,
    seed: int = 1,
    executor: Executor | None = None,
) -> dict[str, float]:
    """Return the routine that cross-entropy search finds best over some rooms; deterministic."""
    warm_up()
    starts = [competent_routine(scenario) for scenario, _ in rooms]
    names = [name for name in THETA if any(name in start for start in starts)]
    middle = [fmean(start[name] for start in starts if name in start) for name in names]
    spread = [0.25] * len(names)
    key = keys_of_seed(TRANSFER_BASE + seed).macro
    for number in range(effort.rounds):
        keys = seeds(effort.seeds_per_round, TRANSFER_BASE + number)
        drawn = []
        for member in range(effort.population):
            row = number * effort.population + member
            noise = [
                0.0 if member == 0 else normal(drawn_at(key, row, j)) for j in range(len(names))
            ]
            drawn.append(
                [
                    min(1.0, max(0.0, m + s * z))
                    for m, s, z in zip(middle, spread, noise, strict=True)
                ]
            )
        yards = yards_of(rooms, keys)
        tasks = ((rooms, dict(zip(names, values, strict=True)), keys, yards) for values in drawn)
        worths = list(in_order(executor, routine_worth, tasks))
        order = sorted(range(len(drawn)), key=lambda i: -worths[i])[: effort.elite]
        for j in range(len(names)):
            column = [drawn[i][j] for i in order]
            mean = fmean(column)
            deviation = fmean([(x - mean) ** 2 for x in column]) ** 0.5
            middle[j] = 0.3 * middle[j] + 0.7 * mean
            spread[j] = 0.3 * spread[j] + 0.7 * (deviation + 0.004)
    return {name: round(value, 4) for name, value in zip(names, middle, strict=True)}


def transfer_study(
    rooms: Sequence[Room],
    count: int = 40,
    effort: Effort = TRANSFER_EFFORT,
    executor: Executor | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, Any]:
    """Tune a routine on all rooms but one, for each room, and judge it there.

    Args:
        rooms: At least two scenarios with their references.
        count: Keys on which each room judges.
        effort: How much to search for each room left out.
        executor: Where to run.
        progress: Told (rooms done, rooms in all).

    Returns:
        JSON-able data: each room's verdict, the share of 中级 and 高级 rooms where the routine
        falls below the cut, and whether that is enough.
    """
    if len(rooms) < 2:
        raise ValueError("transfer needs two rooms or more")
    keys = seeds(count, JUDGING_BASE)
    rows = []
    for index, (scenario, yardstick) in enumerate(rooms):
        others = [room for position, room in enumerate(rooms) if position != index]
        policy = routine_policy(scenario, tuned_routine(others, effort, executor=executor))
        (runs,) = run_policies(scenario, [policy], keys, executor)
        points = [
            judged_run(
                scenario,
                run,
                twin_outcome(scenario, house(), pair),
                twin_outcome(scenario, yardstick.policy, pair),
                yardstick,
            ).points
            for run, pair in zip(runs, keys, strict=True)
        ]
        cut = CUTS[scenario.level]
        rows.append(
            Transfer(
                scenario,
                yardstick,
                cut,
                round(fmean(points), 2),
                round(fmean(one >= cut for one in points), 4),
            )
        )
        if progress is not None:
            progress(index + 1, len(rooms))
    counted = [row for row in rows if row.scenario.level in LEVELS_THAT_COUNT]
    failing = fmean(row.falls_below for row in counted) if counted else 0.0
    return {
        "schema": SCHEMA,
        "effort": asdict(effort),
        "keys": count,
        "rooms": [
            {
                "scenario_id": row.scenario.id,
                "level": row.scenario.level,
                **stamp_of(row.scenario),
                "reference_hash": reference_hash(row.yardstick),
                "cut": row.cut,
                "score": row.mean_score,
                "passed_fraction": row.passed_fraction,
                "falls_below": row.falls_below,
            }
            for row in rows
        ],
        "failing_fraction": round(failing, 4),
        "least_failing_fraction": LEAST_FAILING_FRACTION,
        "passed": bool(counted) and failing >= LEAST_FAILING_FRACTION,
    }
