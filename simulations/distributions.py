"""How scores spread, how far groups stand apart, and what a cut does to them."""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from statistics import fmean, pvariance, quantiles, stdev
from typing import Any

from simulations.tallies import Tally

LEAST_CUT, MOST_CUT = -20, 120
"""Cuts that are tried, points."""

HISTOGRAM_WIDTH = 5.0
"""Points a bar."""


def percentiles(values: Sequence[float]) -> dict[str, float]:
    """Return mean, sd and the 5th, 50th and 95th percentile, to two decimals."""
    cuts = quantiles(values, n=20, method="inclusive")
    return {
        "mean": round(fmean(values), 2),
        "sd": round(stdev(values), 2),
        "p5": round(cuts[0], 2),
        "p50": round(cuts[9], 2),
        "p95": round(cuts[18], 2),
    }


def histogram(values: Sequence[float], width: float = HISTOGRAM_WIDTH) -> dict[str, Any]:
    """Return start, width and counts of gapless bars, for a chart."""
    return Tally.of(values, width).histogram()


def separation(low: Sequence[float], high: Sequence[float]) -> dict[str, float]:
    """Return Cohen's d and the chance that one of `high` beats one of `low` (AUC)."""
    spread = ((pvariance(low) + pvariance(high)) / 2.0) ** 0.5
    ranked = sorted(low)
    wins = sum(bisect_left(ranked, a) + bisect_right(ranked, a) for a in high) / 2.0
    return {
        "cohen_d": round((fmean(high) - fmean(low)) / spread, 3) if spread > 0.0 else 0.0,
        "auc_fraction": round(wins / (len(low) * len(high)), 4),
    }


def best_cut(low: Sequence[float], high: Sequence[float]) -> dict[str, float]:
    """Return the whole-point cut where two groups separate best.

    The sum of false passes (of the weaker) and false fails (of the stronger) is least; of equal
    cuts the middle one is taken.
    """
    errors = {}
    weak, strong = sorted(low), sorted(high)
    for cut in range(LEAST_CUT, MOST_CUT + 1):
        false_pass = (len(weak) - bisect_left(weak, cut)) / len(weak)
        false_fail = bisect_left(strong, cut) / len(strong)
        errors[cut] = (false_pass + false_fail, false_pass, false_fail)
    least = min(error for error, _, _ in errors.values())
    equal = [cut for cut, (error, _, _) in errors.items() if error <= least + 1e-12]
    cut = equal[len(equal) // 2]
    return {
        "cut": float(cut),
        "false_pass_fraction": round(errors[cut][1], 4),
        "false_fail_fraction": round(errors[cut][2], 4),
        "lowest_equal_cut": float(equal[0]),
        "highest_equal_cut": float(equal[-1]),
    }


def pass_rates(points: Mapping[str, Sequence[float]], step: int = 5) -> dict[str, Any]:
    """Return each group's share that passes at each cut, equality passing: the cut line's chart."""
    cuts = list(range(LEAST_CUT, MOST_CUT + 1, step))
    ranked = {name: sorted(values) for name, values in points.items()}
    return {
        "cuts": cuts,
        "pass_fraction": {
            name: [round(1.0 - bisect_left(values, cut) / len(values), 4) for cut in cuts]
            for name, values in ranked.items()
        },
    }
