"""Whether a blueprint can be drawn from a bank, how often, and what stands against it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from question_bank.assembly import assemble_form
from question_bank.banks import ItemBank
from question_bank.blueprints import ExamBlueprint
from question_bank.errors import InfeasibleBlueprintError
from question_bank.expectations import expected_marks
from question_bank.exposure import Exposure
from question_bank.items import split_ref
from question_bank.programming import Shortfall
from question_bank.supply import CellHealth, blueprint_health, forms_left

SEED = bytes(16)
"""Forms of a check are never sat, so their seed is no secret."""


@dataclass(frozen=True)
class Feasibility:
    """What a bank makes of a blueprint.

    Attributes:
        cells: Every quota that asks for items, the whole form last.
        form_count: Forms until the tightest cell's exposure cap bites; None if all last.
        sittings: How many forms in a row one candidate can be given without seeing an item again,
            counted up to the one more than the blueprint avoids.
        shortfalls: What the first form that cannot be drawn lacks; empty if all can. Its rows'
            bounds and weights tell what is wanted and held.
        is_drawable: Whether a form can be drawn at all; False with empty shortfalls means that
            case groups and enemies exclude each other whatever the quotas.
        expected_marks: Of the first form, for a just competent candidate; None without a form.
        information: Of the first form at the cut; None unless all of its items are calibrated.
        case_count: Case groups in the first form.
        enemy_count: Pairs and groups among the items that exclude each other.
    """

    cells: tuple[CellHealth, ...]
    form_count: int | None
    sittings: int
    shortfalls: tuple[Shortfall, ...]
    is_drawable: bool
    expected_marks: float | None
    information: float | None
    case_count: int
    enemy_count: int

    @property
    def repeats(self) -> bool:
        """Whether a form can be drawn, but not as often in a row as the blueprint's rule asks."""
        return self.is_drawable and bool(self.shortfalls)


def feasibility_of(
    bank: ItemBank,
    blueprint: ExamBlueprint,
    *,
    exposure: Exposure | None = None,
    information: Mapping[str, float] | None = None,
) -> Feasibility:
    """Draw as many forms in a row as one candidate may need, exactly, and count the cells.

    Args:
        bank: Every item that may be drawn.
        blueprint: The blueprint.
        exposure: Of the forms drawn from it so far.
        information: Information at the cut of calibrated items, by id.
    """
    used = exposure or Exposure()
    torn = {item_id for case in bank.torn_cases for item_id in case.item_ids}
    items = {
        item.id: item
        for item in bank
        if item.pool is blueprint.pool and item.level == blueprint.level and item.id not in torn
    }
    cells = blueprint_health(blueprint, list(items.values()), used)
    forms: list[list[str]] = []
    missing: tuple[Shortfall, ...] = ()
    for _ in range(blueprint.avoid_sittings + 1):
        seen = {item_id for form in forms for item_id in form}
        try:
            drawn = assemble_form(
                bank, blueprint, seed=SEED, avoid=seen, exposure=exposure, information=information
            )
        except InfeasibleBlueprintError as error:
            missing = error.shortfalls
            break
        forms.append([split_ref(ref)[0] for ref in drawn.items])
    first = [items[item_id] for item_id in forms[0]] if forms else []
    known = information or {}
    is_known = bool(first) and all(one.id in known for one in first)
    pairs = {
        frozenset((one.id, enemy))
        for one in items.values()
        for enemy in one.enemies
        if enemy in items
    }
    return Feasibility(
        cells=tuple(cells),
        form_count=forms_left(cells),
        sittings=len(forms),
        shortfalls=missing,
        is_drawable=bool(forms),
        expected_marks=expected_marks(first) if first else None,
        information=sum(known[one.id] for one in first) if is_known else None,
        case_count=len({one.case_id for one in first if one.case_id}),
        enemy_count=len(pairs) + len(blueprint.enemies),
    )
