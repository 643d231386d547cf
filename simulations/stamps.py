"""What a stored study says it is of, so that a stale one can be told (`simulations.studies`)."""

import hashlib
import json
from typing import Any

from simulations.engines.registry import VERSIONS
from simulations.policies import Reference
from simulations.scenarios import Scenario


def stamp_of(scenario: Scenario) -> dict[str, Any]:
    """Return the scenario by reference and content, and the engine by version and golden hash."""
    return {
        "scenario_ref": scenario.ref,
        "scenario_hash": scenario.content_hash(),
        "engine_version": scenario.engine,
        "engine_golden": VERSIONS[scenario.engine].golden_hash,
    }


def reference_hash(reference: Reference) -> str:
    """Return a hash of what a reference does: theta, plan and the least span."""
    plan = reference.plan
    told = [
        list(reference.policy.theta),
        None if plan is None else plan.model_dump(mode="json"),
        reference.span_floor_log,
    ]
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()
