"""Find a scenario's reference: cross-entropy search over theta, on training seeds only.

Each round draws a population around the present mean, plays it on fresh training seeds (the same
for all, on the twin), and moves mean and spread towards the elite. All chance is the engine's own
draws, so a search gives the same reference on every machine. Training seeds have a base of their
own and are never used for calibration or rooms.
"""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from statistics import fmean
from typing import Any, Protocol

from simulations.batch import seeds, twin_outcome
from simulations.engines.registry import warm_up
from simulations.engines.v1.arithmetic import SLOTS, draw, log_, normal
from simulations.engines.v1.operators import THETA
from simulations.executors import in_order
from simulations.merchants import Scoring
from simulations.outcomes import LEAST_NET_FEN, Outcome
from simulations.policies import Policy, competent, house, policy_of
from simulations.scenarios import Scenario
from simulations.scoring import score_of
from simulations.stamps import stamp_of
from simulations.states import RoomKeys, keys_of_seed

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

MEMBERS_OF_TASK = 4

Bounds = Mapping[str, tuple[float, float]]


class Objective(Protocol):
    """What a search maximises."""

    def __call__(self, outcome: Outcome, house_outcome: Outcome, aim: str | None = None) -> float:
        """Return the worth of an outcome beside the house's; `aim` is what the plan declared."""


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
        **_lever_space(scenario),
    }


def _lever_space(scenario: Scenario) -> Bounds:
    """Return bounds of the levers that not every room offers, where this one does."""
    duration = float(scenario.duration_min)
    space: dict[str, tuple[float, float]] = {}
    if scenario.holds is not None:
        space |= {
            "hold_gap_min": (scenario.holds.pause_min + 5, duration),
            "hold_min": (1, scenario.holds.most_min),
            "hold_price": (max(0.8, scenario.price_floor_fraction), 1.0),
            "hold_share": (0.02, 0.4),
        }
    space |= {f"trust_{place}": (-1, 1) for place, _ in enumerate(scenario.trust, start=1)}
    if scenario.clips is not None:
        space["clip_gap_min"] = (5, duration / 2)
    if len(scenario.hosts) > 1:
        space |= {"host_try_min": (3, 60), "host_energy": (0.1, 0.95)}
    elif scenario.stage is not None:
        space |= {"rest_min": (-3, scenario.stage.break_most_min), "host_energy": (0.1, 0.8)}
    if any(product.presale is not None for product in scenario.products):
        space["presale"] = (-1, 1)
    if scenario.service is not None:
        space["staff_at"] = (-0.5, 2)
    market = scenario.market
    if market.boost is not None:
        space |= {
            "boost_gap_min": (market.boost.pause_min, duration),
            "boost_fen": (market.boost.least_fen, market.boost.most_fen),
        }
    if market.goals is not None:
        space["goal"] = (1, 4.99)
    if market.top_up_most_fen > 0:
        space["top_up"] = (-0.3, 0.6)
    if scenario.hidden_hit is not None:
        space["test_min"] = (-1, 6)
    return space


def drawn_at(key: int, row: int, place: int) -> float:
    """Return a draw by row and place, of which there may be more than a tick has slots."""
    return draw(key, row + (place // SLOTS << 20), place % SLOTS)


@dataclass(frozen=True, slots=True)
class GatedGrowth:
    """The objective of the reference: its own score, with a nominal span.

    A search that is to find what a gate is for leaves it out: `ignored` holds gates' codes, and
    `strikes` for the strikes.
    """

    rules: Scoring
    ignored: frozenset[str] = frozenset()

    def __call__(self, outcome: Outcome, house_outcome: Outcome, aim: str | None = None) -> float:
        """Return points on the nominal span."""
        growth = log_(
            max(outcome.net_fen, LEAST_NET_FEN) / max(house_outcome.net_fen, LEAST_NET_FEN)
        )
        # Scored against itself on a nominal span, so that gates and strikes bite as they will.
        score = score_of(
            outcome, house_outcome, house_outcome, self.rules, NOMINAL_SPAN_LOG, aim=aim
        )
        points = 100.0 * growth / NOMINAL_SPAN_LOG
        if score.aim is not None:
            points = points + score.aim.points
        if points > 0.0:
            for gate in score.gates:
                if gate.code not in self.ignored:
                    points = points * gate.factor
        if "strikes" not in self.ignored:
            points = points - score.strike_points * score.strikes_charged
            if outcome.is_closed:
                points = min(points, 0.0)
        return points


def gated_growth(rules: Scoring) -> Objective:
    """Return the objective of the reference."""
    return GatedGrowth(rules)


def _aim_of(policy: Policy) -> str | None:
    return None if policy.plan is None else policy.plan.aim


def worth_of(
    scenario: Scenario,
    objective: Objective,
    policies: Sequence[Policy],
    keys: Sequence[RoomKeys],
    houses: Sequence[Outcome],
) -> list[float]:
    """Return the objective's mean for each of some operators; the unit of distributed work."""
    return [
        fmean(
            objective(twin_outcome(scenario, policy, pair), base, _aim_of(policy))
            for pair, base in zip(keys, houses, strict=True)
        )
        for policy in policies
    ]


def search(
    scenario: Scenario,
    objective: Objective,
    space: Bounds | None = None,
    effort: Effort | None = None,
    start: Policy | None = None,
    progress: Callable[[int, int, float], None] | None = None,
    seed: int = 1,
    executor: Executor | None = None,
) -> Policy:
    """Return the policy that cross-entropy search ends with; the same with any executor.

    Args:
        scenario: The scenario.
        objective: What to maximise, given the policy's outcome and the house's on the same keys.
        space: Names of theta and their bounds; `search_space` if left out.
        effort: Rounds, population, elite, seeds a round.
        start: A policy that the search begins near; the competent one if left out.
        progress: Told (round, rounds, elite's mean) after each round.
        seed: Which draws and training seeds to use.
        executor: Where to run; here, one after the other, if left out.
    """
    warm_up()
    space = space or search_space(scenario)
    effort = effort or Effort()
    begin = start or competent(scenario)
    first = dict(zip(THETA, begin.theta, strict=True))
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
        houses = [twin_outcome(scenario, house(), pair) for pair in keys]
        # Member 0 is the mean itself.
        drawn = [
            [
                min(
                    max(
                        middle[j]
                        + (0.0 if member == 0 else spread[j])
                        * normal(drawn_at(key, number * effort.population + member, j)),
                        low[j],
                    ),
                    high[j],
                )
                for j in range(len(names))
            ]
            for member in range(effort.population)
        ]
        members = [
            policy_of("", {**FIXED, **dict(zip(names, values, strict=True))}, begin.plan)
            for values in drawn
        ]
        tasks = (
            (scenario, objective, members[at : at + MEMBERS_OF_TASK], keys, houses)
            for at in range(0, len(members), MEMBERS_OF_TASK)
        )
        worths = [worth for part in in_order(executor, worth_of, tasks) for worth in part]
        ranked = list(zip(worths, drawn, strict=True))
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
    return policy_of("reference", {**FIXED, **found}, begin.plan)


def reference_data(scenario: Scenario, policy: Policy, effort: Effort, seed: int) -> dict[str, Any]:
    """Return what is stored as the scenario's reference, with its provenance."""
    keys = seeds(100, TRAINING_BASE + 99)
    growths = []
    for pair in keys:
        base = twin_outcome(scenario, house(), pair)
        best = twin_outcome(scenario, policy, pair)
        growths.append(log_(best.net_fen / base.net_fen))
    mean = fmean(growths)
    return {
        **stamp_of(scenario),
        "theta": {
            name: value for name, value in zip(THETA, policy.theta, strict=True) if value != 0.0
        },
        "plan": None if policy.plan is None else policy.plan.model_dump(mode="json"),
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
