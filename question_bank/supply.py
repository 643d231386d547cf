"""How many forms a bank still gives before its exposure caps bite, cell by cell. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np

from question_bank.blueprints import ExamBlueprint, Quota
from question_bank.exposure import RATE_WINDOW, Exposure
from question_bank.items import Item

PLANNING_CAP = 0.25
"""The cap that is reckoned with where a blueprint states none: one form in four.

Source:
    The usual bound of exposure control, 0.2 to 0.3: M. L. Stocking & C. Lewis, Controlling item
    exposure conditional on ability, Journal of Educational and Behavioral Statistics 23(1), 1998.
"""

HORIZON = 2000
"""Forms that are looked ahead: what lasts longer counts as lasting."""


@dataclass(frozen=True, slots=True)
class CellHealth:
    """One cell of a blueprint.

    Attributes:
        quota: What it asks for; its least count is what a form takes.
        live_count: Items that fit and may be drawn.
        spent_count: Of these, items that stand at their cap now.
        form_count: Forms that can still be drawn, as far as this cell decides; None if it lasts
            beyond the horizon.
        lasting_count: Live items that last beyond the horizon, had none been used yet.
    """

    quota: Quota
    live_count: int
    spent_count: int
    form_count: int | None
    lasting_count: int

    @property
    def lacking_count(self) -> int:
        """Items to write until the cell lasts: the answer to a cell that is nearly spent."""
        return max(0, self.lasting_count - self.live_count)

    @property
    def is_short(self) -> bool:
        """Whether not even one form can be drawn."""
        return self.form_count == 0


def forms_until_spent(
    items: Iterable[Item], wanted: int, *, cap: float, exposure: Exposure
) -> int | None:
    """Return how many more forms a cell can serve, each with `wanted` of its items.

    Of `n` more forms each item may be in at most `n`, and in no more than its cap leaves: it is
    allowed in `cap × max(forms, 40)` forms (see `Exposure.is_spent`). If all items together
    cannot give `wanted × n`, the n-th form lacks one. The bound is exact for one cell by itself
    (drawing the least used item first reaches it); cells that share items, enemies and case
    groups can only make it less.

    Args:
        items: What fits the cell and is live.
        wanted: Items of the cell in one form.
        cap: Most forms an item may be in, as a share of all forms, in (0, 1].
        exposure: Uses so far.

    Returns:
        The count; None if it is beyond `HORIZON`.
    """
    held = list(items)
    if wanted <= 0:
        return None
    if len(held) < wanted:
        return 0
    more = np.arange(1, HORIZON + 1)
    uses = np.array([exposure.uses.get(item.id, 0) for item in held])
    # The n-th form is weighed with itself counted, as in `Exposure.is_spent`.
    forms = np.maximum(exposure.form_count + more, RATE_WINDOW)
    allowed = np.floor(cap * forms + 1e-9).astype(np.int64)
    left = np.minimum(more[:, np.newaxis], allowed[:, np.newaxis] - uses)
    short = np.maximum(left, 0).sum(axis=1) < wanted * more
    return int(short.argmax()) if short.any() else None


def items_to_last(wanted: int, cap: float) -> int:
    """Return how many items serve every form up to the horizon, each with `wanted` of them.

    `k` items give `n` forms if each may be in `wanted × n / k` of them; as no item is in a part
    of a form, that is a little more than `wanted / cap`.
    """
    forms = np.arange(1, HORIZON + 1)
    allowed = np.floor(cap * np.maximum(forms, RATE_WINDOW) + 1e-9)
    return ceil(float((wanted * forms / np.clip(allowed, 1, forms)).max()) - 1e-9)


def blueprint_health(
    blueprint: ExamBlueprint, items: Sequence[Item], exposure: Exposure
) -> list[CellHealth]:
    """Return every cell of a blueprint that asks for items, the whole form last.

    Args:
        blueprint: The blueprint.
        items: Live items that may be drawn.
        exposure: Of the forms drawn from this blueprint.
    """
    pool = [item for item in items if item.pool is blueprint.pool and item.level == blueprint.level]
    cells = [quota for quota in blueprint.quotas if quota.least]
    cap = blueprint.max_exposure or PLANNING_CAP
    out = []
    for quota in [*cells, Quota(least=blueprint.item_count)]:
        fitting = [item for item in pool if quota.fits(item)]
        spent = sum(exposure.is_spent(one.id, cap) for one in fitting)
        count = forms_until_spent(fitting, quota.least, cap=cap, exposure=exposure)
        lasting = items_to_last(quota.least, cap)
        out.append(CellHealth(quota, len(fitting), spent, count, lasting))
    return out


def forms_left(cells: Iterable[CellHealth]) -> int | None:
    """Return how many forms the tightest cell allows; None if all of them last."""
    counts = [cell.form_count for cell in cells if cell.form_count is not None]
    return min(counts) if counts else None
