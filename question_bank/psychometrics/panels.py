"""How a standard-setting panel stands: spreads, outliers, Ebel's grid as ratings, consequences.

Everything here is about fractions in [0, 1]; who rated is known by a seat (甲, 乙, …) only.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import floor
from statistics import fmean, median, stdev

import numpy as np

from question_bank.agreement import intraclass
from question_bank.psychometrics.standards import (
    DIFFICULTIES,
    IMPORTANCES,
    STEP,
    Ratings,
    StandardError,
)

OUTLYING = 0.2
"""A rating this far from the median of the others is told to its judge: four steps."""

LEAST_PANEL = 5
"""Judges of a panel whose cut may go into a programme; with fewer one judge decides too much."""

MOST_PANEL = 10
"""Judges that one coordinator can lead through a discussion."""

CELLS = tuple(product(DIFFICULTIES, IMPORTANCES))
"""Ebel's nine cells, by difficulty, then importance."""

ROUNDING = 1e-9
"""Slack of comparisons between sums of steps."""


def is_step(expected_fraction: float) -> bool:
    """Say whether a rating is in [0, 1] and a whole number of steps of 5 %."""
    steps = expected_fraction / STEP
    return -ROUNDING <= expected_fraction <= 1 + ROUNDING and abs(steps - round(steps)) < 1e-6


@dataclass(frozen=True, slots=True)
class ItemSpread:
    """What the judges said of one item.

    Attributes:
        ref: The item.
        values: Every rating, ascending.
        mean, middle: Mean and median.
        sd: Standard deviation with n − 1; 0 for a single rating.
        facility: Real share correct; None where too few answered.
    """

    ref: str
    values: tuple[float, ...]
    mean: float
    middle: float
    sd: float
    facility: float | None

    @property
    def width(self) -> float:
        """The highest rating less the lowest."""
        return self.values[-1] - self.values[0]


def item_spreads(
    ratings: Ratings, refs: Sequence[str], facilities: Mapping[str, float] | None = None
) -> list[ItemSpread]:
    """Return what a round's judges said of each item that somebody rated, widest spread first.

    Args:
        ratings: By judge, by item.
        refs: Items in the form's order; equal spreads keep it.
        facilities: Real shares correct, by item.
    """
    known = facilities or {}
    out = []
    for ref in refs:
        values = sorted(given[ref] for given in ratings.values() if ref in given)
        if not values:
            continue
        out.append(
            ItemSpread(
                ref=ref,
                values=tuple(values),
                mean=fmean(values),
                middle=median(values),
                sd=stdev(values) if len(values) > 1 else 0.0,
                facility=known.get(ref),
            )
        )
    return sorted(out, key=lambda one: -one.sd)


def is_outlying(ratings: Ratings, judge: str, ref: str) -> bool:
    """Say whether a judge's rating lies four steps or more from the median of the others.

    The judge's own rating does not count, or one among three would pull the median along.
    """
    others = [given[ref] for name, given in ratings.items() if name != judge and ref in given]
    own = ratings.get(judge, {}).get(ref)
    if own is None or len(others) < 2:
        return False
    return abs(own - median(others)) >= OUTLYING - ROUNDING


def panel_agreement(ratings: Ratings, refs: Sequence[str]) -> float | None:
    """Return the intraclass correlation of one judge's ratings, absolute agreement: ICC(2,1).

    Source:
        P. E. Shrout & J. L. Fleiss, Intraclass correlations, Psychological Bulletin 86(2), 1979.
    """
    if len(ratings) < 2 or len(refs) < 2:
        return None
    return intraclass(np.array([[given[ref] for given in ratings.values()] for ref in refs]))


def implied_ratings(
    cells: Mapping[str, Mapping[str, tuple[str, str]]],
    expected: Mapping[str, Mapping[tuple[str, str], float]],
    refs: Sequence[str],
) -> dict[str, dict[str, float]]:
    """Return what Ebel's grid says of each item: the judge's expectation of the cell it is in.

    With every item worth the same, the mean of a judge's implied ratings is Ebel's cut score
    (`standards.ebel`); the panel's figures then follow as in an Angoff round.

    Args:
        cells: By judge, by item: (difficulty, importance).
        expected: By judge, by cell: the share of just competent candidates who get it right.
        refs: The items that count.

    Raises:
        StandardError: If a judge placed an item nowhere, or expects nothing of a used cell; all
            are named.
    """
    faults = []
    out: dict[str, dict[str, float]] = {}
    for judge, placed in cells.items():
        if lacking := [ref for ref in refs if ref not in placed]:
            faults.append(f"{judge} has not placed {', '.join(lacking)}")
        given = expected.get(judge, {})
        used = {placed[ref] for ref in refs if ref in placed}
        if unknown := sorted("/".join(cell) for cell in used - set(given)):
            faults.append(f"{judge} expects nothing of {', '.join(unknown)}")
            continue
        out[judge] = {ref: given[placed[ref]] for ref in refs if ref in placed}
    if faults:
        raise StandardError("; ".join(faults))
    return out


def modal_share(
    cells: Mapping[str, Mapping[str, tuple[str, str]]], ref: str
) -> tuple[tuple[str, str] | None, float]:
    """Return the cell that most judges put an item in, and the share of them.

    Of cells with equally many the first of `CELLS` is named.
    """
    counts = Counter(placed[ref] for placed in cells.values() if ref in placed)
    if not counts:
        return None, 0.0
    best = max(CELLS, key=lambda cell: counts[cell])
    return best, counts[best] / counts.total()


USUAL_STEP = 0.01
"""Step that a stated cut is rounded to where the panel chose no other."""

CUT_STEPS = (0.05, 0.01, 0.005, 0.001)
"""Steps that a panel may choose before it judges; finer ones than its error say nothing."""


def rounded_cut(cut_score: float, step: float = USUAL_STEP) -> float:
    """Return a cut as a programme states it: to the nearest step, a half down.

    A half goes to the candidate: the panel's error is far larger than half a step.

    Args:
        cut_score: In [0, 1].
        step: Its step, in (0, 1].
    """
    return round(floor(cut_score / step + 0.5 - 1e-6) * step, 6)


def passing_fraction(scores: Sequence[tuple[float, int]], cut_score: float) -> float | None:
    """Return the share of a cohort at or above a cut; None without a cohort.

    Args:
        scores: (score fraction, how many had it).
        cut_score: Equality passes.
    """
    whole = sum(count for _, count in scores)
    if not whole:
        return None
    passing = sum(count for score, count in scores if score >= cut_score - ROUNDING)
    return passing / whole
