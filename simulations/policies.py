"""Operators that play by rule: house, random, novice, competent, and the searched reference.

All but the house are one parametric operator (`engines.v1.operators`), told apart by theta. To
write one more: choose values for the names in `THETA` with `policy_of`, and pass it to the batch.
The reference of a scenario is found by search on training seeds (`simulations.search`), stored
beside the scenario under its content hash, and marks 100 points. A policy that theta cannot express
is written in Python (`simulations.operating`).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from simulations.actions import decode
from simulations.engines.registry import engine_for
from simulations.engines.v1.operators import LEVER_OFF, THETA
from simulations.errors import PlanRefusedError, ReferenceMissingError
from simulations.loading import CONTENT_DIR
from simulations.planning import Plan
from simulations.scenarios import Scenario
from simulations.states import LoggedAction, RoomKeys, prepared_for

MOST_ROWS = 1500
"""More actions than any operator takes in the longest session."""

WHIM = 0x9E3779B97F4A7C15
"""Turns a macro key into the key of the random operator's whims."""

DEFAULTS: Mapping[str, float] = {
    "every_s": 30,
    "rotate_min": 10,
    "price_share": 1,
    "react_s": 36_000,
    "energy_high": 2,
    "judgement": 1,
    "traffic_until": 1,
    "freight_from": LEVER_OFF,
}
"""Theta's values that are not 0 unless said otherwise: an operator who touches nothing."""


@dataclass(frozen=True, slots=True)
class Policy:
    """A parametric operator, with what it plans before minute 0; no plan is the house's."""

    name: str
    theta: tuple[float, ...]
    plan: Plan | None = None


@dataclass(frozen=True, slots=True)
class Reference:
    """A scenario's reference policy, where it comes from, and the least span to divide by.

    `span_floor_log` keeps a seed on which the reference happens to gain little from turning small
    differences into many points. `is_stale` says that the scenario has changed since the search:
    good enough for a preview, not for a certificate.
    """

    policy: Policy
    span_floor_log: float
    is_stale: bool

    @property
    def plan(self) -> Plan | None:
        """Return the reference's plan."""
        return self.policy.plan


def policy_of(name: str, values: Mapping[str, float], plan: Plan | None = None) -> Policy:
    """Return a parametric operator; KeyError if a value's name is not in `THETA`."""
    if unknown := set(values) - set(THETA):
        raise KeyError(f"theta has no {sorted(unknown)}")
    chosen = {**DEFAULTS, **values}
    return Policy(name, tuple(float(chosen.get(key, 0.0)) for key in THETA), plan)


@lru_cache(maxsize=64)
def planned(scenario: Scenario, plan: Plan | None) -> Scenario:
    """Return the room as planned; an equal room if there is no plan.

    Raises:
        PlanRefusedError: With every rule that the plan breaks.
    """
    return scenario if plan is None else scenario.with_plan(plan)


def house() -> Policy:
    """Return the anchor alone: nobody at the cockpit."""
    return policy_of("house", {"idle": 1})


def random_presses() -> Policy:
    """Return an operator who presses any legal button about once a minute."""
    return policy_of("random", {"random": 1, "every_s": 30})


def novice(scenario: Scenario) -> Policy:
    """Return a beginner: keeps the rundown, gives and buys by the book, reacts late."""
    duration = scenario.duration_min
    return policy_of(
        "novice",
        {
            "every_s": 60,
            "rotate_min": 8,
            "bag_gap_min": duration / 3,
            "bag_fen": scenario.benefits.lucky_bag.half_fen * 0.7,
            "coupon_gap_min": duration / 2,
            "coupon_depth": 0.10,
            "coupon_min": 5,
            "bid_fen": scenario.market.bid_fen * 1.3,
            "rate_fen": scenario.house.traffic_rate_fen_per_min * 1.5,
            "react_s": 240,
            "judgement": 0,
            "cover_min": 3,
            "restock_share": 0.8,
        },
    )


def competent(scenario: Scenario) -> Policy:
    """Return a sound operator: chooses the product, answers in time, watches stock and ROI.

    Plans what costs little, and uses whatever else the room offers at usual strength.
    """
    duration = scenario.duration_min
    return policy_of(
        "competent",
        {
            "rotate_min": 6,
            "choose": 1,
            "margin_weight": 0.3,
            "pace_mode": 2,
            "energy_high": 0.9,
            "energy_low": 0.65,
            "busy": 0.8,
            "bag_gap_min": max(15.0, duration / 6),
            "bag_fen": scenario.benefits.lucky_bag.half_fen,
            "bid_fen": scenario.market.bid_fen,
            "rate_fen": scenario.house.traffic_rate_fen_per_min,
            "roi_floor": scenario.scoring.roi_limit_ratio * 0.8,
            "react_s": 75,
            "freight_from": duration * 0.05,
            "cover_min": 25,
            "restock_share": 0.8,
            **_offered_levers(scenario),
        },
        competent_plan(scenario),
    )


def _offered_levers(scenario: Scenario) -> dict[str, float]:
    """Return how a sound operator uses the levers that not every room has."""
    values: dict[str, float] = {}
    duration, market = scenario.duration_min, scenario.market
    if scenario.holds is not None:
        # One stated release in half an hour, a sixth of the stock, at a small discount.
        values |= {
            "hold_gap_min": 30,
            "hold_min": scenario.holds.most_min,
            "hold_price": max(0.95, scenario.price_floor_fraction),
            "hold_share": 0.15,
        }
    list_fen = [product.list_price_fen for product in scenario.products]
    usual_fen = sum(list_fen) / len(list_fen)
    for place, lever in enumerate(scenario.trust, start=1):
        gain = lever.conversion_ratio - 1.0 - lever.refund_fraction
        values[f"trust_{place}"] = 1.0 if gain * usual_fen > 2.0 * lever.cost_fen else 0.0
    if scenario.clips is not None:
        values["clip_gap_min"] = max(15.0, scenario.clips.lasts_min)
    if len(scenario.hosts) > 1:
        values |= {"host_try_min": 12, "host_energy": 0.4}
    elif scenario.stage is not None:
        values |= {"rest_min": min(5.0, scenario.stage.break_most_min), "host_energy": 0.3}
    if any(product.presale is not None for product in scenario.products):
        values["presale"] = 1
    if scenario.service is not None:
        values["staff_at"] = 0.6
    if market.boost is not None:
        values |= {
            "boost_gap_min": max(market.boost.pause_min, duration / 6),
            "boost_fen": min(2 * market.boost.least_fen, market.boost.most_fen),
        }
    if scenario.hidden_hit is not None:
        values["test_min"] = 3
    return values


@lru_cache(maxsize=64)
def competent_plan(scenario: Scenario) -> Plan | None:
    """Return a sound plan: as many teaser videos as the purse bears, the rest as the house."""
    planning = scenario.planning
    if planning is None or planning.preheat is None:
        return None
    for videos in range(planning.preheat.most, 0, -1):
        plan = Plan(preheat_videos=videos)
        try:
            scenario.with_plan(plan)
        except PlanRefusedError:
            continue
        return plan
    return None


def reference_path(scenario: Scenario, folder: Path = CONTENT_DIR) -> Path:
    """Return where a scenario's reference is stored."""
    return folder / f"{scenario.id}.reference.json"


def parse_reference(scenario: Scenario, data: Mapping[str, Any]) -> Reference:
    """Return the reference that stored data describes; it is stale if the hash differs."""
    plan = data.get("plan")
    return Reference(
        policy=policy_of(
            "reference",
            data["theta"],
            None if plan is None else Plan.model_validate_json(json.dumps(plan)),
        ),
        span_floor_log=float(data["span_floor_log"]),
        is_stale=data["scenario_hash"] != scenario.content_hash(),
    )


def reference(scenario: Scenario, folder: Path = CONTENT_DIR) -> Reference:
    """Return the stored reference of a scenario.

    Raises:
        ReferenceMissingError: If none is stored, or it is of another scenario.
    """
    path = reference_path(scenario, folder)
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ReferenceMissingError(f"{path}: {error}") from error
    return parse_reference(scenario, data)


@dataclass(frozen=True, slots=True)
class Played:
    """What a policy did: the session's totals in the order of `SUMMARY`, and its action rows."""

    summary: list[float]
    rows: Any
    count: int


def play(scenario: Scenario, policy: Policy, keys: RoomKeys) -> Played:
    """Let a policy run a whole room as it planned it; rows are in the form of the engine in use."""
    scenario = planned(scenario, policy.plan)
    engine = engine_for(scenario.engine)
    room, rows = engine.blank_room(), engine.blank_rows(MOST_ROWS)
    count = engine.play(
        room,
        prepared_for(scenario, engine),
        engine.blank_memory(),
        engine.vector(policy.theta),
        (keys.macro, keys.micro, keys.macro ^ WHIM),
        rows,
        scenario.duration_ticks,
    )
    return Played(engine.summary(room), rows, count)


def log_of(scenario: Scenario, policy: Policy, keys: RoomKeys) -> list[LoggedAction]:
    """Return what a policy does in a room, as a log like a candidate's."""
    played = play(scenario, policy, keys)
    return [
        LoggedAction(int(row[0]), decode([float(number) for number in row[1:]], scenario))
        for row in played.rows[: played.count]
    ]
