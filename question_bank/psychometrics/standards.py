"""Standard setting: where the committee's judgements put the cut score.

Scores are fractions of the form, in [0, 1]. Items that were excluded after the meeting are left
out everywhere, so a cut can be worked out anew without a new meeting (Rogo's rule).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import fmean, stdev

from question_bank.errors import BankError

STEP = 0.05
"""Ratings are given in steps of 5 % (Angoff panels' custom; Rogo offers the same)."""

LEAST_JUDGES = 3
"""Fewer judges make no panel; Cizek & Bunch (2007) recommend ten and more."""


class StandardError(BankError):
    """Raised when judgements do not make a standard; the message names what is missing."""


Ratings = Mapping[str, Mapping[str, float]]
"""By judge, by item: the share of just competent candidates who would get the item right."""


@dataclass(frozen=True, slots=True)
class JudgeFigures:
    """How one judge rated.

    Attributes:
        cut_score: Mean of the judge's ratings.
        severity: The same less the panel's mean; positive is stricter.
        agreement: Correlation of the ratings with the mean of the other judges.
        realism: Correlation of the ratings with real facilities, where they are known.
    """

    cut_score: float
    severity: float
    agreement: float | None
    realism: float | None


@dataclass(frozen=True, slots=True)
class AngoffResult:
    """One round of a modified Angoff meeting.

    Attributes:
        cut_score: Mean over judges of each judge's mean rating.
        standard_error: sd of the judges' cuts / sqrt(judges).
        judges: Figures by judge.
        item_means: Mean rating by item.
        item_sds: Spread of the ratings by item: where to discuss.
        reliability: Cronbach's alpha over judges: how far another panel of this size would order
            the items alike; `None` where all items were rated alike.
    """

    cut_score: float
    standard_error: float
    judges: dict[str, JudgeFigures]
    item_means: dict[str, float]
    item_sds: dict[str, float]
    reliability: float | None


def angoff(
    ratings: Ratings,
    item_refs: Sequence[str],
    *,
    excluded: frozenset[str] = frozenset(),
    facilities: Mapping[str, float] | None = None,
) -> AngoffResult:
    """Return the cut score of one round (Angoff 1971; modified as in Cizek & Bunch 2007, ch. 6).

    Args:
        ratings: Of every judge for every item.
        item_refs: The form's items.
        excluded: Items that count no more.
        facilities: Real shares correct, by item, for each judge's realism.

    Raises:
        StandardError: With fewer than three judges, no item left, a rating outside [0, 1], or
            missing ratings; all of them are named.
    """
    items = [ref for ref in item_refs if ref not in excluded]
    _check_panel(ratings, items)
    rows = {judge: [given[ref] for ref in items] for judge, given in ratings.items()}
    cuts = {judge: fmean(row) for judge, row in rows.items()}
    panel = fmean(cuts.values())
    known = facilities or {}
    figures = {
        judge: JudgeFigures(
            cut_score=cuts[judge],
            severity=cuts[judge] - panel,
            agreement=_correlation(
                row,
                [
                    fmean(other[i] for name, other in rows.items() if name != judge)
                    for i in range(len(items))
                ],
            ),
            realism=_correlation(
                [value for ref, value in zip(items, row, strict=True) if ref in known],
                [known[ref] for ref in items if ref in known],
            ),
        )
        for judge, row in rows.items()
    }
    columns = {ref: [row[i] for row in rows.values()] for i, ref in enumerate(items)}
    return AngoffResult(
        cut_score=panel,
        standard_error=stdev(cuts.values()) / sqrt(len(cuts)),
        judges=figures,
        item_means={ref: fmean(column) for ref, column in columns.items()},
        item_sds={ref: stdev(column) for ref, column in columns.items()},
        reliability=_alpha(list(rows.values())),
    )


def _check_panel(ratings: Ratings, items: Sequence[str]) -> None:
    faults = []
    if len(ratings) < LEAST_JUDGES:
        faults.append(f"{len(ratings)} judges, {LEAST_JUDGES} at least")
    if not items:
        faults.append("no item is left")
    for judge, given in ratings.items():
        if lacking := [ref for ref in items if ref not in given]:
            faults.append(f"{judge} has not rated {', '.join(lacking)}")
        if wrong := [ref for ref in items if not 0 <= given.get(ref, 0.0) <= 1]:
            faults.append(f"{judge} rated outside 0 to 1: {', '.join(wrong)}")
    if faults:
        raise StandardError("; ".join(faults))


def _correlation(x: Sequence[float], y: Sequence[float]) -> float | None:
    if len(x) < 3:
        return None
    mx, my = fmean(x), fmean(y)
    products = sum((a - mx) * (b - my) for a, b in zip(x, y, strict=True))
    scale = sqrt(sum((a - mx) ** 2 for a in x) * sum((b - my) ** 2 for b in y))
    return products / scale if scale > 1e-12 else None


def _alpha(rows: Sequence[Sequence[float]]) -> float | None:
    """Return Cronbach's alpha with judges in the place of items."""
    sums = [sum(column) for column in zip(*rows, strict=True)]
    if len(sums) < 2:
        return None
    whole: float = stdev(sums) ** 2
    if whole <= 1e-12:
        return None
    parts: float = sum(stdev(row) ** 2 for row in rows)
    return len(rows) / (len(rows) - 1) * (1 - parts / whole)


DIFFICULTIES = ("easy", "medium", "hard")
IMPORTANCES = ("essential", "important", "nice_to_know")


def ebel(
    cells: Mapping[str, tuple[str, str]],
    expected: Mapping[tuple[str, str], float],
    points: Mapping[str, float],
    *,
    excluded: frozenset[str] = frozenset(),
) -> float:
    """Return Ebel's cut score (Ebel 1972).

    The sum over the cells of difficulty by importance of points x expected share of a just
    competent candidate, over all points.

    Args:
        cells: By item: (difficulty, importance).
        expected: By cell: expected share, in [0, 1].
        points: By item: what it is worth.
        excluded: Items that count no more.

    Raises:
        StandardError: If an item has no cell or a used cell no expectation; all are named.
    """
    items = [ref for ref in points if ref not in excluded]
    faults = [f"{ref}: no difficulty and importance" for ref in items if ref not in cells]
    used = {cells[ref] for ref in items if ref in cells}
    faults += [f"{one} / {other}: no expected share" for one, other in sorted(used - set(expected))]
    faults += [
        f"{one} / {other}: {expected[one, other]} is not in 0 to 1"
        for one, other in sorted(used & set(expected))
        if not 0 <= expected[one, other] <= 1
    ]
    if not items:
        faults.append("no item is left")
    if faults:
        raise StandardError("; ".join(faults))
    whole = sum(points[ref] for ref in items)
    return sum(points[ref] * expected[cells[ref]] for ref in items) / whole


@dataclass(frozen=True, slots=True)
class HofsteeResult:
    """Hofstee's compromise.

    Attributes:
        cut_score: Where the diagonal of the panel's box meets the curve of failures; `None` if it
            passes the curve by.
        fail_fraction: Share of the cohort below it.
        least_cut, most_cut, least_fail, most_fail: The panel's means: the box.
    """

    cut_score: float | None
    fail_fraction: float | None
    least_cut: float
    most_cut: float
    least_fail: float
    most_fail: float


def hofstee(
    bounds: Mapping[str, tuple[float, float, float, float]], scores: Sequence[float]
) -> HofsteeResult:
    """Return Hofstee's compromise between a standard and a tolerable share of failures (1983).

    Args:
        bounds: By judge: (least cut, most cut, least failures, most failures), each in [0, 1].
        scores: Score fractions of a cohort.

    Raises:
        StandardError: With fewer than three judges, no scores, or bounds that are the wrong way
            round; all judges concerned are named.
    """
    faults = [
        f"{judge}: least above most, or outside 0 to 1"
        for judge, (low, high, few, many) in bounds.items()
        if not 0 <= low <= high <= 1 or not 0 <= few <= many <= 1
    ]
    if len(bounds) < LEAST_JUDGES:
        faults.append(f"{len(bounds)} judges, {LEAST_JUDGES} at least")
    if not scores:
        faults.append("no scores of a cohort")
    if faults:
        raise StandardError("; ".join(faults))
    low, high, few, many = (fmean(one[i] for one in bounds.values()) for i in range(4))
    steps = 1000
    previous = None
    for step in range(steps + 1):
        cut = low + (high - low) * step / steps
        failing = sum(score < cut for score in scores) / len(scores)
        gap = failing - (many - (many - few) * step / steps)  # the diagonal falls as cuts rise
        if gap >= 0:
            # Before the first step the curve is above the box already: the diagonal misses it.
            met = previous is not None or gap == 0
            return HofsteeResult(
                cut if met else None, failing if met else None, low, high, few, many
            )
        previous = gap
    return HofsteeResult(None, None, low, high, few, many)
