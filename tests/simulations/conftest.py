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
