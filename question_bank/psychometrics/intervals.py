"""How sure a statistic is: bootstrap intervals over persons."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from question_bank.psychometrics.matrices import Floats, ResponseMatrix

DRAWS = 400


def bootstrap_interval(
    matrix: ResponseMatrix,
    statistic: Callable[[ResponseMatrix], Floats],
    *,
    seed: int = 1,
    draws: int = DRAWS,
    coverage: float = 0.95,
) -> tuple[Floats, Floats]:
    """Return lower and upper ends of the percentile interval (Efron 1979).

    Args:
        matrix: The responses; persons are drawn with replacement.
        statistic: Gives an array of any length; NaN where it cannot be worked out.
        seed: Makes the draws repeatable.
        draws: How many.
        coverage: Share of the draws within the interval.

    Returns:
        Two arrays of the statistic's length; NaN where most draws gave none.
    """
    generator = np.random.default_rng(seed)
    count = len(matrix.person_ids)
    values = np.stack(
        [statistic(matrix.resampled(generator.integers(0, count, count))) for _ in range(draws)]
    )
    return _ends(values, coverage)


def discrimination_intervals(
    matrix: ResponseMatrix,
    *,
    least: int,
    seed: int = 1,
    draws: int = DRAWS,
    coverage: float = 0.95,
) -> tuple[Floats, Floats]:
    """Return the percentile interval of every item's corrected discrimination.

    The same figures as `bootstrap_interval` of `item_statistics`, a hundred times as quick: a draw
    is no more than how often it has each person, so the sums behind the correlations of all items
    are products of matrices.

    Args:
        matrix: The responses; persons are drawn with replacement.
        least: Persons with the item below which a draw gives no figure.
        seed: Makes the draws repeatable.
        draws: How many.
        coverage: Share of the draws within the interval.

    Returns:
        As `bootstrap_interval`.
    """
    generator = np.random.default_rng(seed)
    count = len(matrix.person_ids)
    times = np.stack(
        [np.bincount(generator.integers(0, count, count), minlength=count) for _ in range(draws)]
    ).astype(np.float64)
    shown = matrix.shown
    counts = shown.sum(axis=1, keepdims=True)
    alone = shown & (counts > 1)
    x = np.where(alone, matrix.credits, 0.0)
    y = np.where(alone, (matrix.totals[:, None] - x) / np.maximum(1, counts - 1), 0.0)
    # Around their means: a sum of squares less a square of sums loses digits otherwise.
    seen = np.maximum(1, alone.sum(axis=0))
    x = np.where(alone, x - x.sum(axis=0) / seen, 0.0)
    y = np.where(alone, y - y.sum(axis=0) / seen, 0.0)
    n = np.maximum(times @ alone, 1.0)
    sum_x, sum_y = times @ x, times @ y
    xx = times @ x**2 - sum_x**2 / n
    yy = times @ y**2 - sum_y**2 / n
    scale = np.sqrt(np.maximum(xx, 0.0) * np.maximum(yy, 0.0))
    is_known = (times @ shown >= least) & (scale > 1e-12 * n)
    values = np.full(scale.shape, np.nan)
    np.divide(times @ (x * y) - sum_x * sum_y / n, scale, out=values, where=is_known)
    return _ends(np.clip(values, -1.0, 1.0), coverage)


def _ends(values: Floats, coverage: float) -> tuple[Floats, Floats]:
    """Return the ends of the interval; NaN where most draws gave no figure."""
    lacking = np.isnan(values).mean(axis=0) > 0.5
    values[:, lacking] = 0.0
    tail = (1 - coverage) / 2
    low, high = np.nanquantile(values, [tail, 1 - tail], axis=0)
    low[lacking] = high[lacking] = np.nan
    return low, high
