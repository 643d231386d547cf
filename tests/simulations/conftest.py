"""Fixtures of the rooms' tests: a tiny scenario of their own, keys, logs in short hand."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from simulations.actions import parse_action
from simulations.engines.engine import CompiledEngine, Engine, PlainEngine
from simulations.engines.registry import warm_up
from simulations.loading import parse_scenario
from simulations.policies import Reference, policy_of
from simulations.rooms import LoggedAction, RoomKeys, keys_of_seed
from simulations.scenarios import Scenario

TINY = yaml.safe_load((Path(__file__).parent / "tiny.yaml").read_text(encoding="utf-8"))


@pytest.fixture
def mapping() -> dict[str, Any]:
    """Return the tiny scenario as data that a test may spoil."""
    return yaml.safe_load((Path(__file__).parent / "tiny.yaml").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def tiny() -> Scenario:
    return parse_scenario(TINY)


@pytest.fixture(scope="session")
def keys() -> RoomKeys:
    return keys_of_seed(5)


@pytest.fixture(scope="session")
def log() -> Callable[..., list[LoggedAction]]:
    """Return a maker of logs: `log((3, "pin", {"product": "jeans"}), ...)`."""

    def make(*entries: tuple[int, str, dict[str, Any]]) -> list[LoggedAction]:
        return [
            LoggedAction(tick, parse_action({"verb": verb, **fields}))
            for tick, verb, fields in entries
        ]

    return make


@pytest.fixture(scope="session")
def yardstick() -> Reference:
    """Return a reference for the tiny room: good enough to have something to measure by."""
    policy = policy_of(
        "reference",
        {
            "choose": 1,
            "rotate_min": 3,
            "react_s": 45,
            "bid_fen": 60,
            "rate_fen": 1000,
            "cover_min": 8,
            "restock_share": 1,
            "freight_from": 8,
        },
    )
    return Reference(policy=policy, span_floor_log=0.1, is_stale=False)


@pytest.fixture(scope="session")
def plain() -> Engine:
    return PlainEngine()


@pytest.fixture(scope="session")
def compiled() -> Engine:
    """Return the compiled engine; half a minute the first time on a machine."""
    pytest.importorskip("numba")
    engine = warm_up()
    return engine if engine.is_compiled else CompiledEngine()


def full_mapping(**changes: Any) -> dict[str, Any]:
    """Return the tiny room with every mechanism, as data; `changes` replace whole blocks."""
    data = yaml.safe_load((Path(__file__).parent / "tiny.yaml").read_text(encoding="utf-8"))
    data |= yaml.safe_load((Path(__file__).parent / "mechanisms.yaml").read_text(encoding="utf-8"))
    data["host"] |= {"talent": {"profit": 0.9}, "voice_per_min": 0.004}
    data["audience"]["new_share"] = {"fans": 0.1, "public": 0.9, "paid": 0.95}
    data["market"] |= {
        "top_up_most_fen": 50_000,
        "boost": {
            "visitor_fen": 45,
            "least_fen": 1000,
            "most_fen": 10_000,
            "lasts_min": 3,
            "intent_ratio": 0.5,
            "follow_ratio": 1.5,
            "pause_min": 2,
        },
        "goals": {
            name: dict(
                zip(
                    ("cost_ratio", "volume_ratio", "intent_ratio", "follow_ratio"),
                    numbers,
                    strict=True,
                )
            )
            for name, numbers in {
                "visits": (1, 1, 1, 1),
                "followers": (1.1, 0.8, 0.8, 2.5),
                "orders": (1.6, 0.6, 1.7, 1),
                "roi": (1.9, 0.4, 2.1, 1),
            }.items()
        }
        | {
            "learning_min": 3,
            "learning_volume_ratio": 0.6,
            "learning_cost_ratio": 1.2,
            "bid_step_fraction": 0.1,
        },
    }
    data["products"][2]["presale"] = {
        "units": 20,
        "real_days": 5,
        "conversion_ratio": 0.8,
        "refund_fraction": 0.08,
        "late_refund_fraction": 0.15,
        "vague_risk": 0.6,
    }
    data["incidents"][0]["effects"]["tickets_per_min"] = 2
    data["incidents"][1]["choices"][0]["switches_host"] = "laozhou"
    data["scoring"]["aims"] = [
        {"id": "followers", "target": 40, "points": 6},
        {"id": "new_customers", "target": 0.9, "points": 6},
        {"id": "repeat", "target": 60, "points": 6},
    ]
    return data | changes


@pytest.fixture(scope="session")
def full() -> Scenario:
    """Return the tiny room with every mechanism."""
    return parse_scenario(full_mapping())


@pytest.fixture(scope="session")
def calm() -> Scenario:
    """Return the same without a crew, so that what is done happens at once."""
    return parse_scenario(full_mapping(id="calm", crew=None))


@pytest.fixture
def period_mapping() -> dict[str, Any]:
    """Return a period of three sessions of the tiny room, as data that a test may spoil."""

    def day(number: int, **changes: Any) -> dict[str, Any]:
        usual = {
            "title": f"第{number + 1}场",
            "kind": "daily",
            "day": number,
            "fans_ratio": 1.0,
            "public_ratio": 1.0,
            "traffic_ratio": 1.0,
            "benefit_ratio": 1.0,
            "stock_ratio": 1.0,
            "note": "照常",
        }
        return {**usual, **changes}

    return {
        "lang": "zh-Hans",
        "id": "days",
        "version": 1,
        "scenario": "tiny",
        "title": "三天",
        "story": "三场连着播。",
        "source": "测试假设",
        "rules": {
            "start_cash_fen": 500_000,
            "settle_days": 2,
            "return_days": 2,
            "supply_per_day_fraction": 0.5,
            "follow_keep_fraction": 0.9,
            "refund_normal_fraction": 0.3,
            "trust_per_refund": 1.0,
            "trust_per_strike": 0.05,
            "trust_per_lost_share": 0.2,
            "trust_per_discount": 1.0,
            "trust_days": 10,
            "tired_per_order": 0.5,
            "tired_days": 2,
            "mood_rest": 0.55,
            "mood_days": 1,
            "strain_days": 0.5,
        },
        "sessions": [
            day(0),
            day(1, kind="big", fans_ratio=2.0, traffic_ratio=2.0, stock_ratio=1.5),
            day(3),
        ],
    }
