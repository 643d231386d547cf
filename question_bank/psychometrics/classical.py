"""Classical item analysis: how hard, how telling, how much of the total.

Symbols as in Moodle's statistics documentation and Lord & Novick (1968): x a person's credit for
the item, y the same person's mean credit for the rest of the form. Where forms differ between
persons, the rest is that of the person's own form; for one form for all, every figure is the
textbook's.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from question_bank.psychometrics.matrices import OMITTED, Flags, Floats, ResponseMatrix

LEAST_PERSONS = 30
"""Fewer responses than this give no figures that anybody should act on; 100 and more are
customary for a decision about an item (Ebel & Frisbie 1991 work with whole cohorts)."""


@dataclass(frozen=True, slots=True)
class ItemStatistics:
    """One item's classical figures; `None` where it cannot be worked out.

    Attributes:
        item_ref: `id@version`.
        count: Persons whose form had the item.
        facility: Mean credit, in [0, 1]; for a right-or-wrong item the share correct.
        sd: Standard deviation of the credit, with n - 1.
        discrimination: Correlation of the credit with the rest of the form (corrected).
        point_biserial: Correlation with the mean of the whole form, the item included.
        efficiency: Covariance with the rest over the greatest that the two sets of values allow.
        effective_weight: Share of the form's variance that the item carries, in [0, 1]; `None`
            if its covariance with the whole is negative.
        omitted_fraction: Share of persons who left it blank.
        median_s: Median of the seconds spent on it.
    """

    item_ref: str
    count: int
    facility: float | None
    sd: float | None
    discrimination: float | None
    point_biserial: float | None
    efficiency: float | None
    effective_weight: float | None
    omitted_fraction: float
    median_s: float | None


def item_statistics(matrix: ResponseMatrix) -> list[ItemStatistics]:
    """Return each item's figures, in the matrix' order.

    Formulas: facility = mean(x); discrimination = cov(x, y) / (s_x s_y) with y the rest;
    efficiency = cov(x, y) / cov(sorted x, sorted y); effective weight = sqrt(cov(x, total)) over
    the sum of the same over all items whose covariance is not negative (Moodle, "Quiz statistics
    calculations"; the corrected item-total correlation is Henrysson's, Psychometrika 28, 1963).
    """
    shown = matrix.shown.T.copy()  # an item's values side by side: ten times as quick to read
    credits, times = matrix.credits.T.copy(), matrix.seconds.T.copy()
    chosen = matrix.options.T.copy()
    counts = shown.sum(axis=0)
    totals = matrix.totals
    weights = np.array([_weight(*one, totals) for one in zip(credits, shown, strict=True)])
    whole = np.nansum(weights)
    out = []
    for item, ref in enumerate(matrix.item_refs):
        rows = np.flatnonzero(shown[item])
        x = credits[item, rows]
        alone = counts[rows] > 1
        rest = (totals[rows][alone] - x[alone]) / (counts[rows][alone] - 1)
        seconds = times[item, rows]
        seconds = seconds[~np.isnan(seconds)]
        weight = weights[item]
        out.append(
            ItemStatistics(
                item_ref=ref,
                count=len(rows),
                facility=float(x.mean()) if len(rows) else None,
                sd=float(x.std(ddof=1)) if len(rows) > 1 else None,
                discrimination=correlation(x[alone], rest),
                point_biserial=correlation(x, totals[rows] / np.maximum(1, counts[rows])),
                efficiency=_efficiency(x[alone], rest),
                effective_weight=None if np.isnan(weight) else float(weight / whole),
                omitted_fraction=float((chosen[item, rows] == OMITTED).mean())
                if matrix.option_names[item] and len(rows)
                else 0.0,
                median_s=float(np.median(seconds)) if len(seconds) else None,
            )
        )
    return out


def correlation(x: Floats, y: Floats) -> float | None:
    """Return Pearson's correlation; `None` for fewer than two pairs or where one is constant."""
    if len(x) < 2:
        return None
    dx, dy = x - x.mean(), y - y.mean()
    # A constant column leaves rounding noise behind: it is no spread.
    scale = np.sqrt((dx @ dx) * (dy @ dy))
    if scale <= 1e-12 * len(x):
        return None
    return float(np.clip(dx @ dy / scale, -1.0, 1.0))


def _efficiency(x: Floats, y: Floats) -> float | None:
    if correlation(x, y) is None:
        return None
    dx, dy = x - x.mean(), y - y.mean()
    return float((dx @ dy) / (np.sort(dx) @ np.sort(dy)))


def _weight(credits: Floats, shown: Flags, totals: Floats) -> float:
    """Return the root of the covariance of an item with the whole form; NaN if negative."""
    if shown.sum() < 2:
        return float("nan")
    x = credits[shown]
    covariance = float((x - x.mean()) @ totals[shown]) / (len(x) - 1)
    return covariance**0.5 if covariance >= 0 else float("nan")


@dataclass(frozen=True, slots=True)
class OptionCurve:
    """How often an option was chosen, by how well persons did elsewhere.

    Attributes:
        option: As in the matrix; empty for "left blank".
        share: Of all who had the item.
        shares: Of each score group, lowest first.
        discrimination: Correlation of choosing it with the rest of the form.
    """

    option: str
    share: float
    shares: tuple[float, ...]
    discrimination: float | None


def option_curves(matrix: ResponseMatrix, item: int, groups: int = 5) -> list[OptionCurve]:
    """Return a curve for each option that was chosen, then one for blanks if there are any.

    Args:
        matrix: The responses.
        item: Position of the item.
        groups: How many score groups of equal size; ties in score stay in the order of persons.
    """
    shown = matrix.shown
    rows = np.flatnonzero(shown[:, item])
    if not len(rows):
        return []
    counts = shown.sum(axis=1)[rows]
    x = matrix.credits[rows, item]
    rest = (matrix.totals[rows] - x) / np.maximum(1, counts - 1)
    order = np.argsort(rest, kind="stable")
    parts = np.array_split(order, min(groups, len(rows)))
    codes = matrix.options[rows, item]
    out = []
    known = [*enumerate(matrix.option_names[item]), (OMITTED, "")]
    for code, name in known:
        chosen = (codes == code).astype(np.float64)
        if code == OMITTED and not chosen.any():
            continue
        out.append(
            OptionCurve(
                name,
                float(chosen.mean()),
                tuple(float(chosen[part].mean()) for part in parts),
                correlation(chosen, rest),
            )
        )
    return out


def facility_drift(before: ResponseMatrix, after: ResponseMatrix) -> dict[str, float]:
    """Return how much easier each common item became, in logits, relative to the common items.

    The mean shift of all common items is taken out first: a stronger cohort is no drift. A rise of
    more than 0.3 logit for one item is what `reliability` practice calls drift or a leak.
    """
    common = [ref for ref in before.item_refs if ref in set(after.item_refs)]
    shifts = {}
    for ref in common:
        logits = [
            _logit(matrix.credits[:, matrix.item_refs.index(ref)]) for matrix in (before, after)
        ]
        shifts[ref] = logits[1] - logits[0]
    middle = float(np.median(list(shifts.values()))) if shifts else 0.0
    return {ref: shift - middle for ref, shift in shifts.items()}


def _logit(column: Floats) -> float:
    x = column[~np.isnan(column)]
    # Half a person added on both sides keeps an item that everybody solved finite (Haldane 1956).
    right = float(x.sum()) + 0.5
    return float(np.log(right / (len(x) - float(x.sum()) + 0.5)))
