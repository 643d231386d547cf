"""Figures that look wrong though every cell is right: a pure rule that warns and never refuses.

A figure is odd if it lies far from what the provider reported before, or if a whole month repeats
the one before it to the last digit. Somebody has to say that it was looked at before it counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import median

MONTHS = 6
"""Months before the figure that it is compared with."""

LEAST_MONTHS = 3
"""With fewer there is nothing to be far from."""

FAR = 6.0
"""Robust standard deviations."""

LEAST_SPREAD = 0.02
"""Of the module's span from floor to full: a provider that never moves may move a little."""

MAD_TO_SIGMA = 1.4826
"""The median absolute deviation of a normal spread, times this, is its standard deviation."""


class Oddity(StrEnum):
    """Why a figure looks wrong; the words are in `labels.py`."""

    FAR = "far"
    REPEATED = "repeated"


@dataclass(frozen=True, slots=True)
class OddFigure:
    """A figure to be looked at.

    Attributes:
        line: Of the file.
        provider_code: Whose.
        module_id: Which; empty if it is the whole month.
        kind: Why.
        value_e4, usual_e4: The figure, and the median of the months before, in ten-thousandths.
    """

    line: int
    provider_code: str
    module_id: str
    kind: Oddity
    value_e4: int = 0
    usual_e4: int = 0


def odd_figures(
    line: int,
    provider_code: str,
    values: Mapping[str, int],
    earlier: Mapping[str, Sequence[int]],
    spans: Mapping[str, int],
) -> list[OddFigure]:
    """Return what looks wrong in one provider's month.

    Args:
        line: Where the month stands in the file.
        provider_code: Whose it is.
        values: Its figures by module, in ten-thousandths of the unit.
        earlier: The provider's figures of the months before, the newest last.
        spans: Each module's distance from floor to full, in ten-thousandths, > 0.
    """
    found = []
    for module_id, value in values.items():
        before = list(earlier.get(module_id, ()))[-MONTHS:]
        if len(before) < LEAST_MONTHS or module_id not in spans:
            continue
        usual = median(before)
        spread = MAD_TO_SIGMA * median(abs(one - usual) for one in before)
        if abs(value - usual) > FAR * max(spread, LEAST_SPREAD * spans[module_id]):
            found.append(OddFigure(line, provider_code, module_id, Oddity.FAR, value, round(usual)))
    last = {module_id: own[-1] for module_id, own in earlier.items() if own}
    if len(values) >= LEAST_MONTHS and all(last.get(one) == value for one, value in values.items()):
        found.append(OddFigure(line, provider_code, "", Oddity.REPEATED))
    return found
