"""Operators that play by rule: house, random, novice, competent, and the searched reference.

All but the house are one parametric operator (`engines.v1.operators`), told apart by theta. To
write one more: choose values for the names in `THETA` with `policy_of`, and pass it to the batch.
The reference of a scenario is found by search on training seeds (`simulations.search`), stored
beside the scenario under its content hash, and marks 100 points.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simulations.actions import decode
from simulations.engines.registry import engine_for
from simulations.engines.v1.operators import LEVER_OFF, THETA
from simulations.errors import ReferenceMissingError
from simulations.loading import CONTENT_DIR
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
    """A parametric operator."""

    name: str
    theta: tuple[float, ...]


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


def policy_of(name: str, values: Mapping[str, float]) -> Policy:
    """Return a parametric operator; KeyError if a value's name is not in `THETA`."""
    if unknown := set(values) - set(THETA):
        raise KeyError(f"theta has no {sorted(unknown)}")
    chosen = {**DEFAULTS, **values}
    return Policy(name, tuple(float(chosen.get(key, 0.0)) for key in THETA))


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
    """Return a sound operator: chooses the product, answers in time, watches stock and ROI."""
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
        },
    )


def reference_path(scenario: Scenario, folder: Path = CONTENT_DIR) -> Path:
    """Return where a scenario's reference is stored."""
    return folder / f"{scenario.id}.reference.json"


def parse_reference(scenario: Scenario, data: Mapping[str, Any]) -> Reference:
    """Return the reference that stored data describes; it is stale if the hash differs."""
    return Reference(
        policy=policy_of("reference", data["theta"]),
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
    """Let a policy run a whole room; its rows are in the form of the engine in use."""
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
