"""Read scenario files, strictly: every fault of a file at once, with file, id and field."""

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from simulations.errors import ScenarioError
from simulations.scenarios import Scenario

CONTENT_DIR = Path(__file__).parent / "content"

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The safe loader on libyaml, eight times as fast, where PyYAML was built with it."""


def parse_scenario(mapping: Mapping[str, Any], origin: str = "scenario") -> Scenario:
    """Check a mapping and return the scenario that it describes.

    Args:
        mapping: JSON-able data, as a YAML or JSON file or an editor gives it.
        origin: Where it is from, for messages.

    Raises:
        ScenarioError: With every fault; each names origin, id and field, and what is allowed.
    """
    name = f"{origin}: {mapping.get('id', '(no id)')}"
    put_in = [field for field in ("plan", "opening", "cards") if mapping.get(field) is not None]
    if put_in:
        raise ScenarioError([f"{name}: {field}: belongs to a room, not a file" for field in put_in])
    try:
        # By way of JSON, strictness means types, not "a list is no tuple".
        text = json.dumps(mapping, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise ScenarioError([f"{name}: not plain data: {error}"]) from error
    try:
        return Scenario.model_validate_json(text)
    except ValidationError as error:
        raise ScenarioError(
            [
                f"{name}: {'.'.join(map(str, fault['loc'])) or '(whole)'}: {fault['msg']}"
                for fault in error.errors(include_url=False, include_input=False)
            ]
        ) from error


def load_scenario(path: Path | str) -> Scenario:
    """Read one scenario file.

    Raises:
        ScenarioError: If the file cannot be read, is not YAML, or describes no valid scenario.
    """
    return parse_scenario(read_mapping(Path(path)), str(path))


def read_mapping(path: Path) -> dict[str, Any]:
    """Read a file of YAML that holds a mapping.

    Raises:
        ScenarioError: If the file cannot be read, is not YAML, or holds something else.
    """
    try:
        data = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506 - safe
    except (OSError, UnicodeDecodeError, RecursionError, yaml.YAMLError) as error:
        raise ScenarioError([f"{path}: {error}"]) from error
    if not isinstance(data, dict):
        raise ScenarioError([f"{path}: not a mapping"])
    return data


@lru_cache(maxsize=1)
def _shipped() -> tuple[Scenario, ...]:
    return tuple(load_scenario(path) for path in sorted(CONTENT_DIR.glob("*.yaml")))


def shipped_scenarios() -> dict[str, Scenario]:
    """Return the newest version of each scenario in `content/`, by id.

    Raises:
        ScenarioError: If a file is unusable, or two have the same id and version.
    """
    newest: dict[str, Scenario] = {}
    refs = set()
    for scenario in _shipped():
        if scenario.ref in refs:
            raise ScenarioError([f"{CONTENT_DIR}: {scenario.ref} exists twice"])
        refs.add(scenario.ref)
        if scenario.id not in newest or scenario.version > newest[scenario.id].version:
            newest[scenario.id] = scenario
    return dict(sorted(newest.items()))
