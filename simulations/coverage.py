"""What rooms train and test: the library's families, and skills by level."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import yaml

from simulations.asking import forecast_prompts
from simulations.errors import ScenarioError
from simulations.loading import CONTENT_DIR
from simulations.scenarios import Scenario
from simulations.skills import SKILLS, SkillId

LEVELS = ("junior", "intermediate", "senior")
FAMILIES_FILE = CONTENT_DIR / "library" / "families.yaml"


@dataclass(frozen=True, slots=True)
class Family:
    """Rooms of one stage of growth."""

    id: str
    title: str
    about: str
    scenarios: tuple[str, ...]


@lru_cache(maxsize=1)
def families() -> tuple[Family, ...]:
    """Return the shipped families, in the order of growth.

    Raises:
        ScenarioError: If the file is unusable, or a scenario stands in two families.
    """
    try:
        rows = yaml.safe_load(FAMILIES_FILE.read_text(encoding="utf-8"))
        found = tuple(
            Family(row["id"], row["title"], row["about"], tuple(row["scenarios"])) for row in rows
        )
    except (OSError, yaml.YAMLError, KeyError, TypeError) as error:
        raise ScenarioError([f"{FAMILIES_FILE}: {error}"]) from error
    named = [one for family in found for one in family.scenarios]
    if len(set(named)) < len(named):
        raise ScenarioError([f"{FAMILIES_FILE}: a scenario stands in two families"])
    return found


def skills_of(scenario: Scenario) -> frozenset[SkillId]:
    """Return the skills that a room asks for: those whose decisions it offers and rewards.

    Every room asks what to present, when to buy visitors and what to give; the others need
    something in the room that the decision is about.
    """
    asked = {SkillId.SELECTION, SkillId.BENEFITS}
    if scenario.market.budget_fen > 0:
        asked.add(SkillId.TRAFFIC)
    if scenario.cash is not None or any(
        one.restock is not None or one.presale is not None for one in scenario.products
    ):
        asked.add(SkillId.STOCK)
    if scenario.holds is not None or scenario.stage is not None or scenario.other_hosts:
        asked.add(SkillId.PACING)
    if scenario.incidents or scenario.service is not None:
        asked.add(SkillId.INCIDENTS)
    if scenario.compliance.warnings_per_min > 0:
        asked.add(SkillId.COMPLIANCE)
    if forecast_prompts(scenario):
        asked.add(SkillId.FORECAST)
    return frozenset(asked)


def coverage(
    scenarios: Iterable[Scenario],
) -> Mapping[SkillId, Mapping[str, Sequence[Scenario]]]:
    """Return for each skill and level the rooms that ask for it.

    A drill counts for its own skill alone, whatever else is in its room.
    """
    table: dict[SkillId, dict[str, list[Scenario]]] = {
        skill: {level: [] for level in LEVELS} for skill in SKILLS
    }
    for scenario in scenarios:
        if scenario.drill is None:
            asked = skills_of(scenario)
        elif scenario.drill.skill is None:
            continue  # the tutorial trains no single skill
        else:
            asked = frozenset({scenario.drill.skill})
        for skill in asked:
            table[skill][scenario.level].append(scenario)
    return table
