"""Find a scenario's reference: cross-entropy search over theta, on training seeds only.

Each round draws a population around the present mean, plays it on fresh training seeds (the same
for all, on the twin), and moves mean and spread towards the elite. All chance is the engine's own
draws, so a search gives the same reference on every machine. Training seeds have a base of their
own and are never used for calibration or rooms.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from simulations.batch import seeds, twin_outcome
from simulations.engines.registry import warm_up
from simulations.engines.v1.arithmetic import draw, log_, normal
from simulations.engines.v1.operators import THETA
from simulations.merchants import Scoring
from simulations.outcomes import LEAST_NET_FEN, Outcome
from simulations.policies import Policy, competent, house, policy_of
from simulations.scenarios import Scenario
from simulations.scoring import score_of
from simulations.states import keys_of_seed

TRAINING_BASE = 7_000
"""Base of the training seeds."""

NOMINAL_SPAN_LOG = 0.5
"""Log growth that stands for 100 points while the reference is not known yet."""

FIXED: Mapping[str, float] = {
    "every_s": 30,
    "choose": 1,
    "pace_mode": 2,
    "react_s": 45,
    "judgement": 1,
}
"""What every good operator does; not searched."""

Bounds = Mapping[str, tuple[float, float]]
Objective = Callable[[Outcome, Outcome], float]


@dataclass(frozen=True, slots=True)
class Effort:
    """How much to search; the default takes a few minutes of one core."""

    rounds: int = 30
    population: int = 60
    elite: int = 10
    seeds_per_round: int = 20


def search_space(scenario: Scenario) -> Bounds:
    """Return what is searched, and between which values, for a scenario."""
    duration = float(scenario.duration_min)
    bag, packet = scenario.benefits.lucky_bag, scenario.benefits.red_packet
    coupon = scenario.benefits.coupon
    rate = scenario.market.budget_fen / duration
    return {
        "rotate_min": (2, 12),
        "energy_high": (0.2, 1.0),
        "energy_low": (0.1, 0.8),
        "busy": (0, 1.5),
        "bag_gap_min": (6, duration * 0.8),
        "bag_fen": (bag.least_fen, bag.most_fen * 0.6),
        "packet_gap_min": (8, duration),
        "packet_fen": (packet.least_fen, packet.most_fen * 0.6),
        "coupon_gap_min": (10, duration),
        "coupon_depth": (coupon.depth_least_fraction, coupon.depth_most_fraction),
        "coupon_min": (2, coupon.most_min),
        "bid_fen": (scenario.market.bid_fen * 0.4, scenario.market.bid_fen * 2.5),
        "rate_fen": (0, rate * 3),
        "traffic_from": (0, 0.5),
        "traffic_until": (0.5, 1),
        "roi_floor": (0, scenario.scoring.roi_limit_ratio * 1.5),
        "price_share": (max(0.7, scenario.price_floor_fraction), 1.0),
        "cover_min": (8, duration * 0.5),
        "restock_share": (0.1, 1.3),
        "freight_from": (0, duration * 1.2),
        "margin_weight": (0, 1),
        "cheap_weight": (0, 4),
        "low": (0, 0.9),
    }


def gated_growth(rules: Scoring) -> Objective:
    """Return the objective of the reference: its own score, with a nominal span."""

    def objective(outcome: Outcome, house_outcome: Outcome) -> float:
        growth = log_(
            max(outcome.net_fen, LEAST_NET_FEN) / max(house_outcome.net_fen, LEAST_NET_FEN)
        )
        # Scored against itself on a nominal span, so that gates and strikes bite as they will.
        score = score_of(outcome, house_outcome, house_outcome, rules, NOMINAL_SPAN_LOG)
        shrunk = 100.0 * growth / NOMINAL_SPAN_LOG
        shrunk = shrunk * score.gate_factor if shrunk > 0.0 else shrunk
        return shrunk - score.strike_points * score.strikes_charged

    return objective


def search(
    scenario: Scenario,
    objective: Objective,
    space: Bounds | None = None,
    effort: Effort | None = None,
    start: Policy | None = None,
    progress: Callable[[int, int, float], None] | None = None,
    seed: int = 1,
) -> Policy:
    """Return the policy that cross-entropy search ends with.

    Args:
        scenario: The scenario.
        objective: What to maximise, given the policy's outcome and the house's on the same keys.
        space: Names of theta and their bounds; `search_space` if left out.
        effort: Rounds, population, elite, seeds a round.
        start: A policy whose values the search begins around; the competent one if left out.
        progress: Told (round, rounds, elite's mean) after each round.
        seed: Which draws and training seeds to use.
    """
    warm_up()
    space = space or search_space(scenario)
    effort = effort or Effort()
    first = dict(zip(THETA, (start or competent(scenario)).theta, strict=True))
    names = list(space)
    low = [space[name][0] for name in names]
    high = [space[name][1] for name in names]
    middle = [
        0.5 * (0.5 * (a + b) + min(max(first[name], a), b))
        for name, a, b in zip(names, low, high, strict=True)
    ]
    spread = [(b - a) / 3.0 for a, b in zip(low, high, strict=True)]
    key = keys_of_seed(seed).macro
    for number in range(effort.rounds):
        keys = seeds(effort.seeds_per_round, TRAINING_BASE + 100 * seed + number)
        houses = [twin_outcome(scenario, house().theta, pair) for pair in keys]
        ranked = []
        for member in range(effort.population):
            # Member 0 is the mean itself.
            values = [
                min(
                    max(
                        middle[j]
                        + (0.0 if member == 0 else spread[j])
                        * normal(draw(key, number * effort.population + member, j)),
                        low[j],
                    ),
                    high[j],
                )
                for j in range(len(names))
            ]
            policy = policy_of("", {**FIXED, **dict(zip(names, values, strict=True))})
            worth = fmean(
                objective(twin_outcome(scenario, policy.theta, pair), base)
                for pair, base in zip(keys, houses, strict=True)
            )
            ranked.append((worth, values))
        ranked.sort(key=lambda one: -one[0])
        best = [values for _, values in ranked[: effort.elite]]
        for j in range(len(names)):
            column = [values[j] for values in best]
            mean = fmean(column)
            deviation = fmean([(x - mean) ** 2 for x in column]) ** 0.5
            middle[j] = 0.3 * middle[j] + 0.7 * mean
            spread[j] = 0.3 * spread[j] + 0.7 * (deviation + 0.004 * (high[j] - low[j]))
        if progress is not None:
            progress(
                number + 1, effort.rounds, fmean([worth for worth, _ in ranked[: effort.elite]])
            )
    found = {name: round(value, 4) for name, value in zip(names, middle, strict=True)}
    return policy_of("reference", {**FIXED, **found})


def reference_data(scenario: Scenario, policy: Policy, effort: Effort, seed: int) -> dict[str, Any]:
    """Return what is stored as the scenario's reference, with its provenance."""
    keys = seeds(100, TRAINING_BASE + 99)
    growths = []
    for pair in keys:
        base = twin_outcome(scenario, house().theta, pair)
        best = twin_outcome(scenario, policy.theta, pair)
        growths.append(log_(best.net_fen / base.net_fen))
    mean = fmean(growths)
    return {
        "scenario_ref": scenario.ref,
        "scenario_hash": scenario.content_hash(),
        "engine_version": scenario.engine,
        "theta": {
            name: value for name, value in zip(THETA, policy.theta, strict=True) if value != 0.0
        },
        "mean_span_log": round(mean, 6),
        "least_span_log": round(min(growths), 6),
        "span_floor_log": round(0.5 * mean, 6),
        "provenance": {
            "method": "cross-entropy on the fluid twin",
            "rounds": effort.rounds,
            "population": effort.population,
            "elite": effort.elite,
            "seeds_per_round": effort.seeds_per_round,
            "training_base": TRAINING_BASE,
            "seed": seed,
        },
    }
