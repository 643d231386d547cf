"""Shipped decisions and their stored worths: read strictly, each error with its file."""

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from simulations.decisions import ChoiceWorth, DecisionMoment
from simulations.errors import ScenarioError
from simulations.loading import CONTENT_DIR

DECISIONS_DIR = CONTENT_DIR / "decisions"
WORTHS_PATH = DECISIONS_DIR / "worths.json"


def parse_moment(mapping: Mapping[str, Any], origin: str = "decision") -> DecisionMoment:
    """Read a moment from data.

    Raises:
        ScenarioError: With everything that is wrong with it.
    """
    try:
        return DecisionMoment.model_validate(dict(mapping))
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(map(str, one['loc'])) or 'decision'}: {one['msg']}"
            for one in error.errors()
        )
        raise ScenarioError([f"{origin}: {problems}"]) from error


@lru_cache(maxsize=1)
def shipped_decisions() -> dict[str, DecisionMoment]:
    """Return the shipped moments by id, in the order of their files.

    Raises:
        ScenarioError: If a file is not as it should be, or is named otherwise than its moment.
    """
    found = {}
    for path in sorted(DECISIONS_DIR.glob("*.yaml")):
        moment = parse_moment(yaml.safe_load(path.read_text(encoding="utf-8")), path.name)
        if moment.id != path.stem:
            raise ScenarioError([f"{path.name}: holds {moment.id}"])
        found[moment.id] = moment
    return found


def stored_worths(path: Path = WORTHS_PATH) -> dict[str, tuple[str, list[ChoiceWorth]]]:
    """Return the worths of the shipped moments, by id, with the hash that they belong to."""
    data = json.loads(path.read_text(encoding="utf-8"))
    return {
        name: (one["hash"], [ChoiceWorth(**worth) for worth in one["worths"]])
        for name, one in data.items()
    }


def write_worths(
    found: Mapping[str, tuple[str, list[ChoiceWorth]]], path: Path = WORTHS_PATH
) -> None:
    """Store worths beside the moments."""
    data = {
        name: {"hash": content_hash, "worths": [one.to_dict() for one in worths]}
        for name, (content_hash, worths) in sorted(found.items())
    }
    path.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
