"""能力 x 规模: in which quadrant a provider stands among all.

The lines are the medians of the month, so that the quadrants say something about the others and
not about a line that somebody drew. Source: the capability quadrant of seed article 000.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from app.providers.exact import from_e4, from_hundredths
from app.providers.month_inputs import MonthInputs


@dataclass(frozen=True, slots=True)
class Quadrant:
    """Where a provider stands to the medians; equality is the upper half.

    Attributes:
        counts: Providers by (able, large): the four quadrants.
    """

    ability: Decimal
    ability_median: Decimal
    scale: Decimal
    scale_median: Decimal
    counts: dict[tuple[bool, bool], int]

    @property
    def is_able(self) -> bool:
        return self.ability >= self.ability_median

    @property
    def is_large(self) -> bool:
        return self.scale >= self.scale_median


def quadrant_of(inputs: MonthInputs, provider_id: int) -> Quadrant | None:
    """Return a provider's quadrant; None if the scheme or the provider knows no scale."""
    if inputs.scheme.scale is None or provider_id not in inputs.provider_ids:
        return None
    column = [one.id for one in inputs.scheme.columns].index(inputs.scheme.scale)
    known = inputs.is_reported[:, column]
    row = inputs.provider_ids.index(provider_id)
    if not known[row]:
        return None
    totals, scales = inputs.table().totals_e2, inputs.values_e4[:, column]
    ability_e2 = _median(np.sort(totals[known]).tolist())
    scale_e4 = _median(np.sort(scales[known]).tolist())
    counts = {
        (able, large): int(
            np.sum(known & ((totals >= ability_e2) == able) & ((scales >= scale_e4) == large))
        )
        for able in (True, False)
        for large in (True, False)
    }
    return Quadrant(
        ability=from_hundredths(int(totals[row])),
        ability_median=from_hundredths(ability_e2),
        scale=from_e4(int(scales[row])),
        scale_median=from_e4(scale_e4),
        counts=counts,
    )


def _median(rising: list[int]) -> int:
    """Return the middle figure, of two the half up."""
    middle = rising[(len(rising) - 1) // 2] + rising[len(rising) // 2]
    return (middle + 1) // 2
