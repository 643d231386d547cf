"""Searches that try to cheat: what scores if a gate is away, and does anything beat the reference?

Each search knows the reference and begins there, in a space far wider than any sane operator's
(prices to the floor, bag after bag, bids to the roof), and keeps the best it has met. With all
gates on it hunts for a hole; with one left out, it shows what that gate is for.
"""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor

from simulations.batch import seeds, twin_outcome
from simulations.engines.registry import warm_up
from simulations.evolution import evolve
from simulations.executors import in_order
from simulations.outcomes import Outcome
from simulations.policies import Policy, Reference, house
from simulations.scenarios import Scenario
from simulations.search import (
    FIXED,
    MEMBERS_OF_TASK,
    TRAINING_BASE,
    Bounds,
    Effort,
    GatedGrowth,
    Objective,
    search_space,
    worth_of,
)
from simulations.states import RoomKeys, keys_of_seed

STRIKES = "strikes"
GATES = ("gate_margin", "gate_roi", "gate_refund")

AIMS: Mapping[str, frozenset[str]] = {
    "all-gates-on": frozenset(),
    "margin-off": frozenset({"gate_margin"}),
    "roi-off": frozenset({"gate_roi"}),
    "refund-off": frozenset({"gate_refund"}),
    "strikes-off": frozenset({STRIKES}),
    "all-gates-off": frozenset({*GATES, STRIKES}),
}
"""The searches, and what each leaves out of its aim."""

HUNT_EFFORT = Effort(rounds=24, population=40, elite=6, seeds_per_round=6)
HUNT_BASE = TRAINING_BASE + 700
HUNT_FIXED: Mapping[str, float] = {"every_s": 30, "choose": 1, "pace_mode": 2}


def wide_space(scenario: Scenario) -> Bounds:
    """Return bounds far beyond what a sane operator tries, within what the room accepts."""
    bag, packet = scenario.benefits.lucky_bag, scenario.benefits.red_packet
    coupon, market = scenario.benefits.coupon, scenario.market
    duration = float(scenario.duration_min)
    return {
        **search_space(scenario),
        "rotate_min": (0.5, duration),
        "energy_high": (0, 1),
        "energy_low": (0, 0.8),
        "bag_gap_min": (0.5, duration),
        "bag_fen": (bag.least_fen, bag.most_fen),
        "packet_gap_min": (0.5, duration),
        "packet_fen": (packet.least_fen, packet.most_fen),
        "coupon_gap_min": (0.5, duration),
        "coupon_depth": (coupon.depth_least_fraction, coupon.depth_most_fraction),
        "coupon_min": (1, coupon.most_min),
        "bid_fen": (0, market.bid_most_fen),
        "rate_fen": (0, market.rate_most_fen_per_min),
        "roi_floor": (0, 10),
        "price_share": (scenario.price_floor_fraction, 1.0),
        "cover_min": (0, duration * 2.0),
        "restock_share": (0, 5),
        # No faster than the reference: quick hands are no hole in the rules.
        "react_s": (FIXED["react_s"], 900),
        "judgement": (0, 1),
    }


def adversaries(
    scenario: Scenario,
    yardstick: Reference,
    effort: Effort = HUNT_EFFORT,
    executor: Executor | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, Policy]:
    """Return what each search ends with, by the name of its aim; `progress` counts rounds."""
    warm_up()
    found = {}
    for number, (name, ignored) in enumerate(AIMS.items()):
        keys = seeds(effort.seeds_per_round, HUNT_BASE + number)
        houses = [twin_outcome(scenario, house(), pair) for pair in keys]
        objective = GatedGrowth(scenario.scoring, ignored)

        def worths(
            members: Sequence[Policy],
            objective: Objective = objective,
            keys: Sequence[RoomKeys] = keys,
            houses: Sequence[Outcome] = houses,
        ) -> list[float]:
            tasks = (
                (scenario, objective, members[at : at + MEMBERS_OF_TASK], keys, houses)
                for at in range(0, len(members), MEMBERS_OF_TASK)
            )
            return [worth for part in in_order(executor, worth_of, tasks) for worth in part]

        def tell(done: int, of: int, before: int = number * effort.rounds) -> None:
            if progress is not None:
                progress(before + done, len(AIMS) * of)

        found[name] = evolve(
            Policy(name, yardstick.policy.theta, yardstick.plan),
            wide_space(scenario),
            HUNT_FIXED,
            effort,
            keys_of_seed(HUNT_BASE + number).macro,
            worths,
            tell,
        )
    return found
