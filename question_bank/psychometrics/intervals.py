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
    lacking = np.isnan(values).mean(axis=0) > 0.5
    values[:, lacking] = 0.0
    tail = (1 - coverage) / 2
    low, high = np.nanquantile(values, [tail, 1 - tail], axis=0)
    low[lacking] = high[lacking] = np.nan
    return low, high
