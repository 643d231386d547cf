"""How often items have been shown, and how much two forms have in common."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from question_bank.items import split_ref

RATE_WINDOW = 40
"""A rate is counted over at least this many forms: of the first form every item is in "all"."""


@dataclass(frozen=True)
class Exposure:
    """How often each item stands in the forms drawn so far.

    Attributes:
        form_count: Forms drawn from one blueprint.
        uses: Forms by item id.
    """

    form_count: int = 0
    uses: Mapping[str, int] = field(default_factory=dict)

    def is_spent(self, item_id: str, cap: float) -> bool:
        """Say whether one more form with this item would put it above the cap.

        Args:
            item_id: The item, any version.
            cap: Most forms an item may stand in, as a share of all forms, in (0, 1].
        """
        return self.uses.get(item_id, 0) + 1 > cap * max(self.form_count + 1, RATE_WINDOW)

    def rate(self, item_id: str) -> float:
        """Return the share of the forms that hold the item, in [0, 1]."""
        return self.uses.get(item_id, 0) / self.form_count if self.form_count else 0.0


def exposure_of(forms: Iterable[Sequence[str]]) -> Exposure:
    """Count the items of forms.

    Args:
        forms: Item refs of each form, pinned values or not.
    """
    uses: Counter[str] = Counter()
    count = 0
    for refs in forms:
        count += 1
        uses.update({split_ref(ref)[0] for ref in refs})
    return Exposure(count, dict(uses))


def overlap_fraction(one: Sequence[str], other: Sequence[str]) -> float:
    """Return the share of items that two forms have in common, of the shorter one."""
    first, second = ({split_ref(ref)[0] for ref in refs} for refs in (one, other))
    shorter = min(len(first), len(second))
    return len(first & second) / shorter if shorter else 0.0
