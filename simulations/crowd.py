"""Policies for calibration: people of every skill, and strategies that must not pay."""

from collections.abc import Mapping

from simulations.engines.v1.arithmetic import SLOTS, draw, normal
from simulations.engines.v1.operators import THETA
from simulations.policies import Policy, novice, policy_of
from simulations.scenarios import Scenario
from simulations.states import keys_of_seed

CROWD_SEED = 11_000
HALF = 0.5


def population(scenario: Scenario, best: Policy, count: int) -> list[Policy]:
    """Return operators of evenly rising skill between novice and reference, each with own noise."""
    first = dict(zip(THETA, novice(scenario).theta, strict=True))
    last = dict(zip(THETA, best.theta, strict=True))
    far = scenario.duration_min * 1.5
    first["freight_from"] = min(first["freight_from"], far)
    last["freight_from"] = min(last["freight_from"], far)
    first["react_s"] = 240.0
    key = keys_of_seed(CROWD_SEED).macro
    people = []
    for i in range(count):
        skill = i / (count - 1)
        values = {}
        for j, name in enumerate(THETA):
            mixed = (1.0 - skill) * first[name] + skill * last[name]
            noise = normal(draw(key, i + count * (j // SLOTS), j % SLOTS))
            values[name] = mixed * (1.0 + 0.15 * noise)
        values["choose"] = 0.0 if skill < 0.35 else 1.0
        values["pace_mode"] = 0.0 if skill < 0.2 else 2.0
        values["judgement"] = 0.0 if skill < 0.3 else 1.0
        values["price_share"] = min(1.0, values["price_share"])
        values["random"] = values["idle"] = 0.0
        values["goal"] = last["goal"] if skill >= HALF else first["goal"]
        # Whether to plan is a switch too: who is nearer to the reference plans as it does.
        plan = best.plan if skill >= HALF else None
        people.append(policy_of(f"skill-{skill:.2f}", values, plan))
    return people


def exploits(scenario: Scenario) -> dict[str, Policy]:
    """Return degenerate strategies that must not reach the cut."""
    bag, packet = scenario.benefits.lucky_bag, scenario.benefits.red_packet
    market, floor = scenario.market, scenario.price_floor_fraction
    coupon = scenario.benefits.coupon
    never = scenario.duration_min * 2.0
    strategies: Mapping[str, Mapping[str, float]] = {
        "dump-prices": {"price_share": floor},
        "cut-prices-30": {"price_share": max(0.7, floor)},
        "coupon-all-day": {
            "coupon_gap_min": 0.5,
            "coupon_depth": coupon.depth_most_fraction,
            "coupon_min": coupon.most_min,
        },
        "bag-after-bag": {"bag_gap_min": 0.5, "bag_fen": bag.most_fen},
        "small-bag-after-bag": {"bag_gap_min": 0.5, "bag_fen": bag.half_fen},
        "packet-after-packet": {"packet_gap_min": 0.5, "packet_fen": packet.most_fen},
        "unlimited-traffic": {
            "bid_fen": market.bid_most_fen,
            "rate_fen": market.rate_most_fen_per_min,
        },
        "push-all-day": {"pace_mode": 1},
        "push-and-answer": {"pace_mode": 1, "react_s": 30},
        "best-seller-for-ever": {"rotate_min": never, "choose": 1},
        "repin-every-30-s": {"rotate_min": 0.5, "choose": 1},
        "freight-cover-only": {"freight_from": 0.01},
        "restock-to-the-roof": {"cover_min": 500, "restock_share": 500},
    }
    return {name: policy_of(name, {**_still(name), **v}) for name, v in strategies.items()}


def _still(name: str) -> Mapping[str, float]:
    """Return what keeps an exploit from touching the product, which is the house's then."""
    return {} if name in {"best-seller-for-ever", "repin-every-30-s"} else {"rotate_min": -1}
