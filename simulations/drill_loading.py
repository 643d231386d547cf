"""Read drill files: what all drills share stands once, in a frame under each of them.

`content/drills/frame.yaml` has two parts: `scenario`, the fields that drills do not care about, and
`defaults` for each product, incident and choice. A drill's file says the rest and may overrule any
of it; mappings are merged field by field, lists and everything else are replaced. What comes out is
a scenario like any other and is checked as strictly.
"""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from simulations.drills import DRILL_PREFIX
from simulations.errors import ScenarioError
from simulations.loading import CONTENT_DIR, parse_scenario, read_mapping
from simulations.scenarios import Scenario

DRILLS_DIR = CONTENT_DIR / "drills"
FRAME = "frame.yaml"


def load_drill(path: Path | str, frame: Path | str | None = None) -> Scenario:
    """Read one drill file over the frame beside it.

    Args:
        path: The drill's file.
        frame: The frame's file; the one in the same folder if left out.

    Raises:
        ScenarioError: If a file cannot be read, is not YAML, or they describe no valid drill.
    """
    path = Path(path)
    shared = read_mapping(Path(frame) if frame is not None else path.parent / FRAME)
    scenario = parse_scenario(_over_frame(shared, read_mapping(path), str(path)), str(path))
    problems = []
    if scenario.drill is None:
        problems.append(f"{path}: {scenario.id}: drill: missing")
    if not scenario.id.startswith(DRILL_PREFIX):
        problems.append(f"{path}: {scenario.id}: id: must begin with {DRILL_PREFIX!r}")
    if problems:
        raise ScenarioError(problems)
    return scenario


@lru_cache(maxsize=1)
def _shipped() -> tuple[Scenario, ...]:
    paths = sorted(path for path in DRILLS_DIR.glob("*.yaml") if path.name != FRAME)
    return tuple(load_drill(path) for path in paths)


def shipped_drills() -> dict[str, Scenario]:
    """Return the shipped drills by id, in the order of the list.

    Raises:
        ScenarioError: If a file is unusable, or two drills share an id or a place in the list.
    """
    drills = sorted(_shipped(), key=lambda one: one.drill.order if one.drill else 0)
    for what in ("id", "order"):
        seen: set[Any] = set()
        for one in drills:
            assert one.drill is not None  # `load_drill` refuses others
            value = one.id if what == "id" else one.drill.order
            if value in seen:
                raise ScenarioError([f"{DRILLS_DIR}: {one.id}: {what} {value} exists twice"])
            seen.add(value)
    return {one.id: one for one in drills}


def _over_frame(frame: Mapping[str, Any], own: Mapping[str, Any], origin: str) -> dict[str, Any]:
    """Return the whole scenario that a file describes over the frame."""
    whole = _merged(frame["scenario"], own)
    defaults = frame["defaults"]
    for name in ("products", "incidents"):
        entries = whole.get(name, [])
        if not isinstance(entries, list) or not all(isinstance(one, dict) for one in entries):
            raise ScenarioError([f"{origin}: {name}: a list of mappings expected"])
        whole[name] = [_merged(defaults[name], one) for one in entries]
    for incident in whole["incidents"]:
        choices = incident.get("choices", [])
        if isinstance(choices, list) and all(isinstance(one, dict) for one in choices):
            incident["choices"] = [_merged(defaults["choices"], one) for one in choices]
    return whole


def _merged(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Return `under` with `over` laid on it, mapping by mapping."""
    out = dict(under)
    for key, value in over.items():
        below = out.get(key)
        both = isinstance(below, Mapping) and isinstance(value, Mapping)
        out[key] = _merged(below, value) if both else value  # type: ignore[arg-type]
    return out
