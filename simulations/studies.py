"""Are the stored studies those of the shipped rooms? A check that reads files and computes nothing.

References, calibrations and the transfer study take minutes and are therefore stored beside the
scenarios. Each names what it is of: the scenario's content hash, the engine's version and golden
hash, and how much was searched. What does not match is stale: its numbers may be right, but nobody
has measured them.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from simulations.adversaries import HUNT_EFFORT
from simulations.loading import CONTENT_DIR
from simulations.policies import Reference, parse_reference
from simulations.polishing import POLISH_EFFORT
from simulations.scenarios import Scenario
from simulations.search import Effort
from simulations.stamps import reference_hash, stamp_of
from simulations.transfer import LEVELS_THAT_COUNT, TRANSFER_EFFORT

LEAST_KEYS = 300
"""Keys of a calibration that a scenario may be released on."""

TRANSFER_FILE = "transfer.json"
MISSING = "missing or unreadable"
DEMONSTRATION = "-demo"
"""Ending of rooms that only show how a room works: no routine has to fail there."""


def study_path(scenario: Scenario, study: str, folder: Path = CONTENT_DIR) -> Path:
    """Return where a scenario's `reference` or `calibration` is stored."""
    return folder / f"{scenario.id}.{study}.json"


def reference_faults(scenario: Scenario, data: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is stale about a stored reference."""
    yield from _not_of(scenario, data)
    provenance = data.get("provenance", {})
    yield from _less_than(provenance, Effort(), "search")
    if "polish" in provenance:
        yield from _less_than(provenance["polish"], POLISH_EFFORT, "polish")


def calibration_faults(
    scenario: Scenario, data: Mapping[str, Any], reference: Reference
) -> Iterator[str]:
    """Yield what is stale about a stored calibration, or not good enough to release the room."""
    yield from _not_of(scenario, data)
    if data.get("reference_hash") != reference_hash(reference):
        yield "measured with another reference"
    if data["keys"] < LEAST_KEYS:
        yield f"{data['keys']} keys, should be {LEAST_KEYS}"
    if data["hunt"]["effort"] is None:
        yield "no hunt"
    else:
        yield from _less_than(data["hunt"]["effort"], HUNT_EFFORT, "hunt")
    if not data["sensitivity"]:
        yield "no sensitivities"
    yield from data["problems"]


def transfer_faults(
    scenarios: Mapping[str, Scenario],
    data: Mapping[str, Any],
    references: Mapping[str, Reference],
) -> Iterator[str]:
    """Yield what is stale about the stored transfer study, or that a routine passes too often."""
    rooms = {row["scenario_id"]: row for row in data["rooms"]}
    for name, scenario in scenarios.items():
        if name not in rooms:
            yield f"{name} is not in it"
            continue
        yield from (f"{name}: {fault}" for fault in _not_of(scenario, rooms[name]))
        reference = references.get(name)
        if reference is None or rooms[name].get("reference_hash") != reference_hash(reference):
            yield f"{name}: measured with another reference"
    yield from _less_than(data["effort"], TRANSFER_EFFORT, "tuning")
    counted = [row for row in data["rooms"] if row["level"] in LEVELS_THAT_COUNT]
    if sum(row["falls_below"] for row in counted) < data["least_failing_fraction"] * len(counted):
        yield "one routine passes in more than half of the rooms above junior level"


def stored_faults(
    scenarios: Mapping[str, Scenario], folder: Path = CONTENT_DIR
) -> dict[str, list[str]]:
    """Return what is stale or missing among the stored studies, by file name; empty if nothing is.

    Args:
        scenarios: The shipped scenarios, by id.
        folder: Where the studies are.
    """
    faults: dict[str, list[str]] = {}
    references: dict[str, Reference] = {}
    for name, scenario in scenarios.items():
        path = study_path(scenario, "reference", folder)
        data = _read(path)
        faults[path.name] = [MISSING] if data is None else list(reference_faults(scenario, data))
        if data is None:
            continue
        references[name] = parse_reference(scenario, data)
        path = study_path(scenario, "calibration", folder)
        data = _read(path)
        faults[path.name] = (
            [MISSING]
            if data is None
            else list(calibration_faults(scenario, data, references[name]))
        )
    compared = {name: one for name, one in scenarios.items() if not name.endswith(DEMONSTRATION)}
    data = _read(folder / TRANSFER_FILE)
    faults[TRANSFER_FILE] = (
        [MISSING] if data is None else list(transfer_faults(compared, data, references))
    )
    return {name: found for name, found in faults.items() if found}


def _read(path: Path) -> Any:
    """Return a stored study, or None: then it has to be made."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _not_of(scenario: Scenario, data: Mapping[str, Any]) -> Iterator[str]:
    for key, value in stamp_of(scenario).items():
        if data.get(key) != value:
            yield f"{key} is {data.get(key)}, should be {value}"


def _less_than(made: Mapping[str, Any], least: Effort, name: str) -> Iterator[str]:
    for key, value in asdict(least).items():
        if made.get(key, 0) < value:
            yield f"{name}: {key} {made.get(key)}, should be {value}"
