"""How far markers agree: weighted kappa, intraclass correlation, severity, with intervals. Pure.

All of them look at pairs of marks that were given independently. A third marker sees only what two
disagreed about, so third marks never enter here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

Ratings = NDArray[np.float64]
"""Points, shape (response, marker)."""

LEAST_RESPONSES = 20
"""Below this many responses nothing is said about agreement: chance is larger than any finding."""

KAPPA_WANTED = 0.70
"""Quadratic weighted kappa that marks for certification should reach.

Source:
    D. M. Williamson, X. Xi & F. J. Breyer, A framework for evaluation and use of automated
    scoring, Educational Measurement: Issues and Practice 31(1), 2012.
"""

DRAWS = 500
"""Bootstrap samples; the ends of the interval then vary by about a tenth of its width."""

DRAWN_AT_ONCE = 50
"""Samples worked out together; bounds the memory."""

TINY = 1e-12
"""Below this a spread is none: marks are whole points."""

SEED = 20120113
"""Of the bootstrap: the same marks give the same interval, whoever works it out."""


@dataclass(frozen=True)
class Estimate:
    """A figure with its uncertainty.

    Attributes:
        value: The figure.
        low, high: Percentile bootstrap interval of 95 %, over responses.
    """

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Agreement:
    """How two markers, or the markers of one item, agree.

    Attributes:
        count: Responses that were marked twice, independently.
        exact_fraction: Share with equal points.
        within_fraction: Share within the tolerance.
        kappa: Quadratic weighted kappa; None where it is not defined or there are too few.
        icc: Intraclass correlation of one mark; likewise.
        severity: Mean of the first marker's points less the second's; positive is milder.
    """

    count: int
    exact_fraction: float
    within_fraction: float
    kappa: Estimate | None
    icc: Estimate | None
    severity: float

    @property
    def is_low(self) -> bool:
        """Whether kappa is below what is wanted, by more than its interval can explain."""
        return self.kappa is not None and self.kappa.high < KAPPA_WANTED


def kappa_of_table(
    table: Sequence[Sequence[float]], disagreement: Sequence[Sequence[float]]
) -> float:
    """Return Cohen's weighted kappa of a table of counts or shares.

    Args:
        table: Shape (category of the first, category of the second).
        disagreement: Weight of each cell, the same shape; 0 on the diagonal.

    Source:
        J. Cohen, Weighted kappa: nominal scale agreement with provision for scaled disagreement
        or partial credit, Psychological Bulletin 70(4), 1968.
    """
    counts = np.asarray(table, dtype=np.float64)
    weights = np.asarray(disagreement, dtype=np.float64)
    shares = counts / counts.sum()
    expected = np.outer(shares.sum(axis=1), shares.sum(axis=0))
    return float(1 - (weights * shares).sum() / (weights * expected).sum())


def weighted_kappa(ratings: Ratings) -> float | None:
    """Return quadratic weighted kappa of two markers.

    With quadratic weights Cohen's formula needs moments only: the mean squared difference over
    what it would be if the marks had been shuffled.

    Args:
        ratings: Shape (response, 2).

    Returns:
        At most 1; 0 is what chance gives. None if neither marker ever varies: then chance
        agreement is perfect and kappa says nothing.
    """
    return _figure(_kappas(ratings[np.newaxis])[0])


def intraclass(ratings: Ratings, *, same_markers: bool = True) -> float | None:
    """Return the intraclass correlation of a single mark, for absolute agreement.

    Args:
        ratings: Shape (response, marker), at least 2 by 2.
        same_markers: Whether every response was marked by the same people: ICC(2,1). If not,
            the columns mean nothing and ICC(1,1) is the one that is defined.

    Returns:
        At most 1; None if no mark differs from any other.

    Source:
        P. E. Shrout & J. L. Fleiss, Intraclass correlations: uses in assessing rater
        reliability, Psychological Bulletin 86(2), 1979.
    """
    return _figure(_intraclasses(ratings[np.newaxis], same_markers=same_markers)[0])


def _figure(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _kappas(samples: Ratings) -> Ratings:
    """Return kappa of each sample; shape (sample, response, 2) → (sample,)."""
    first, second = samples[..., 0], samples[..., 1]
    observed = ((first - second) ** 2).mean(axis=1)
    shift = (first.mean(axis=1) - second.mean(axis=1)) ** 2
    expected = first.var(axis=1) + second.var(axis=1) + shift
    return 1 - _ratio(observed, expected)


def _intraclasses(samples: Ratings, *, same_markers: bool) -> Ratings:
    """Return the correlation of each sample; shape (sample, response, marker) → (sample,)."""
    n, k = samples.shape[1], samples.shape[2]
    grand = samples.mean(axis=(1, 2))
    targets = k * ((samples.mean(axis=2) - grand[:, np.newaxis]) ** 2).sum(axis=1)
    total = ((samples - grand[:, np.newaxis, np.newaxis]) ** 2).sum(axis=(1, 2))
    between = targets / (n - 1)
    if not same_markers:
        within = (total - targets) / (n * (k - 1))
        return _ratio(between - within, between + (k - 1) * within)
    judges = n * ((samples.mean(axis=1) - grand[:, np.newaxis]) ** 2).sum(axis=1)
    error = (total - targets - judges) / ((n - 1) * (k - 1))
    spread = between + (k - 1) * error + k * (judges / (k - 1) - error) / n
    return _ratio(between - error, spread)


def _ratio(upper: Ratings, lower: Ratings) -> Ratings:
    """Divide; where there is nothing to divide by, the answer is no number."""
    out = np.full_like(upper, np.nan)
    return np.divide(upper, lower, out=out, where=np.abs(lower) > TINY)


def bootstrap(ratings: Ratings, statistic: Callable[[Ratings], Ratings]) -> Estimate | None:
    """Return a statistic with its percentile interval over responses drawn with replacement.

    Args:
        ratings: Shape (response, marker).
        statistic: Of samples, shape (sample, response, marker) → (sample,); samples in which it
            is not defined are left out.
    """
    value = _figure(statistic(ratings[np.newaxis])[0])
    if value is None:
        return None
    random = np.random.default_rng(SEED)
    found = np.concatenate(
        [
            statistic(ratings[random.integers(0, len(ratings), size=(DRAWN_AT_ONCE, len(ratings)))])
            for _ in range(DRAWS // DRAWN_AT_ONCE)
        ]
    )
    low, high = np.nanquantile(found, [0.025, 0.975])
    return Estimate(value, float(low), float(high))


def agreement(
    pairs: Sequence[tuple[int, int]], *, tolerance: int, same_markers: bool = True
) -> Agreement:
    """Return how well pairs of marks agree.

    Args:
        pairs: Points of the first and of the second marker, at least one pair.
        tolerance: Points within which two marks count as agreeing.
        same_markers: Whether the first is always the same person, and the second too.
    """
    ratings = np.asarray(pairs, dtype=np.float64)
    gaps = np.abs(ratings[:, 0] - ratings[:, 1])
    enough = len(pairs) >= LEAST_RESPONSES
    return Agreement(
        count=len(pairs),
        exact_fraction=float((gaps == 0).mean()),
        within_fraction=float((gaps <= tolerance).mean()),
        kappa=bootstrap(ratings, _kappas) if enough else None,
        icc=bootstrap(ratings, partial(_intraclasses, same_markers=same_markers))
        if enough
        else None,
        severity=float((ratings[:, 0] - ratings[:, 1]).mean()),
    )
