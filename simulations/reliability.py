"""How much of a score is the person, and how many sessions it takes to tell two persons apart."""

from collections.abc import Sequence
from concurrent.futures import Executor
from math import ceil, log
from statistics import NormalDist, fmean, stdev
from typing import Any

from simulations.batch import run_policies, twin_outcome
from simulations.engines.v1.operators import THETA
from simulations.policies import Policy, policy_of
from simulations.scenarios import Scenario
from simulations.states import RoomKeys

GAP = 0.05
"""The difference in net GMV that should be seen."""

POWER = 0.95
SIGNIFICANCE = 0.05
SHARES = 32
"""Mixtures of two operators that are tried."""

PROBE_KEYS = 12


def reliability(table: Sequence[Sequence[float]]) -> dict[str, float]:
    """Return variance components of a table person x keys, one observation a cell.

    `own_keys` is the reliability of one session when everybody meets different keys, which is how
    exams are held; the rest of its variance is luck.
    """
    persons, worlds = len(table), len(table[0])
    grand = fmean(fmean(row) for row in table)
    by_person = [fmean(row) for row in table]
    by_world = [fmean(row[k] for row in table) for k in range(worlds)]
    between = worlds * sum((mean - grand) ** 2 for mean in by_person) / (persons - 1)
    across = persons * sum((mean - grand) ** 2 for mean in by_world) / (worlds - 1)
    rest = sum(
        (table[i][k] - by_person[i] - by_world[k] + grand) ** 2
        for i in range(persons)
        for k in range(worlds)
    ) / ((persons - 1) * (worlds - 1))
    person = max(0.0, (between - rest) / worlds)
    world = max(0.0, (across - rest) / persons)
    total = person + world + rest
    own = person / total if total > 0.0 else 0.0
    three = person / (person + (world + rest) / 3.0) if total > 0.0 else 0.0
    return {
        "same_keys": round(person / (person + rest), 4) if person + rest > 0.0 else 0.0,
        "own_keys": round(own, 4),
        "own_keys_3_sessions": round(three, 4),
        "luck_share": round(1.0 - own, 4),
        "sd_person": round(person**0.5, 3),
        "sd_keys": round(world**0.5, 3),
        "sd_residual": round(rest**0.5, 3),
        "sem_points": round((world + rest) ** 0.5, 3),
    }


def seeds_to_tell(differences: Sequence[float], gap: float = GAP) -> int:
    """Return how many common keys show a true gap in net GMV at 5 % with 95 % power."""
    z = NormalDist().inv_cdf(1.0 - SIGNIFICANCE / 2.0) + NormalDist().inv_cdf(POWER)
    return max(1, ceil(z**2 * _variance(differences) / log(1.0 + gap) ** 2 - 1e-9))


def seeds_to_rank(differences: Sequence[float], gap: float = GAP) -> int:
    """Return how many common keys put a true gap in the right order in 95 % of cases."""
    z = NormalDist().inv_cdf(POWER)
    return max(1, ceil(z**2 * _variance(differences) / log(1.0 + gap) ** 2 - 1e-9))


def _variance(values: Sequence[float]) -> float:
    return stdev(values) ** 2


def nearly_equal(
    scenario: Scenario, strong: Policy, weak: Policy, keys: Sequence[RoomKeys], gap: float = GAP
) -> Policy:
    """Return the mixture of two operators whose net GMV lies nearest to `gap` below the strong one.

    On the twin. Mixtures are tried one by one, because an operator does not get worse evenly.
    """
    best = [twin_outcome(scenario, strong, pair).net_fen for pair in keys]
    nearest, chosen = float("inf"), weak
    for number in range(1, SHARES + 1):
        mixed = _mixture(scenario, strong, weak, number / SHARES)
        nets = [twin_outcome(scenario, mixed, pair).net_fen for pair in keys]
        lost = fmean(log(max(a, 1.0) / max(b, 1.0)) for a, b in zip(best, nets, strict=True))
        if abs(lost - log(1.0 + gap)) < nearest:
            nearest, chosen = abs(lost - log(1.0 + gap)), mixed
    return chosen


def _mixture(scenario: Scenario, strong: Policy, weak: Policy, share: float) -> Policy:
    values = {
        name: (1.0 - share) * a + share * b
        for name, a, b in zip(THETA, strong.theta, weak.theta, strict=True)
    }
    # Switches do not mix: they stay the strong one's. Nor does "never", a very late minute.
    for name in ("choose", "pace_mode", "judgement", "idle", "random"):
        values[name] = strong.theta[THETA.index(name)]
    values["freight_from"] = min(values["freight_from"], scenario.duration_min * (1.0 + share))
    return policy_of("nearly-equal", values)


def ranking_study(
    scenario: Scenario,
    strong: Policy,
    weak: Policy,
    keys: Sequence[RoomKeys],
    executor: Executor | None = None,
) -> dict[str, Any]:
    """Measure how two operators that truly differ by about 5 % are told apart.

    `paired` compares them on common keys, `unpaired` on keys of their own, as lived and on the
    twin; `right_order_fraction` is counted over all keys, the numbers of seeds follow from the
    spread by the normal law.
    """
    other = nearly_equal(scenario, strong, weak, keys[:PROBE_KEYS])
    first, second = run_policies(scenario, [strong, other], keys, executor)
    study: dict[str, Any] = {}
    for path in ("lived", "twin"):
        a = [log(max(getattr(run, path).net_fen, 1.0)) for run in first]
        b = [log(max(getattr(run, path).net_fen, 1.0)) for run in second]
        paired = [x - y for x, y in zip(a, b, strict=True)]
        # Everybody against everybody's next neighbour but one: keys of their own.
        shift = len(b) // 2
        unpaired = [x - b[(i + shift) % len(b)] for i, x in enumerate(a)]
        study[path] = {
            "gap_log": round(fmean(paired), 4),
            "sd_paired": round(stdev(paired), 4),
            "sd_unpaired": round(stdev(unpaired), 4),
            "right_order_paired_fraction": round(fmean(x > 0.0 for x in paired), 4),
            "right_order_unpaired_fraction": round(fmean(x > 0.0 for x in unpaired), 4),
            "seeds_to_rank_paired": seeds_to_rank(paired),
            "seeds_to_rank_unpaired": seeds_to_rank(unpaired),
            "seeds_to_tell_paired": seeds_to_tell(paired),
            "seeds_to_tell_unpaired": seeds_to_tell(unpaired),
        }
    return study
