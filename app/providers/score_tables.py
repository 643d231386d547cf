"""The five-force score of many providers at once, equal to `five_force.score` in every digit.

Apart from `five_force`, because only batch work needs NumPy: a web process that shows one
scorecard does not load it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.providers.errors import ReadingError
from app.providers.exact import MAX_VALUE, VALUE_SCALE, to_e4, to_hundredths
from app.providers.five_force import FULL_COVERAGE_E4, FULL_SCORE_E2
from app.providers.schemes import CertifiedComponent, Module, Scheme

Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

MAX_OPERATORS = 1_000_000
"""Operators of one level at one provider; more is a mistake, and products stay in 64 bits."""

MAX_MERCHANTS = 1_000_000
"""Merchants that one provider serves; more is a mistake, and products stay in 64 bits."""


MAX_VALUE_E4 = MAX_VALUE * VALUE_SCALE
"""The largest value that `to_e4` gives."""


@dataclass(frozen=True, slots=True, eq=False)
class ScoreTable:
    """Scores of `n` providers (or provider-months) in the rows; points in hundredths.

    Attributes:
        module_scores_e2: `(n, modules)`, 0 to 10,000; 0 where the value is missing.
        contributions_e2: `(n, modules)`.
        force_scores_e2: `(n, forces)`.
        certified_e2: `(n,)`, after the cap.
        totals_e2: `(n,)`, the contributions' sum plus `certified_e2`.
        rating_indices: `(n,)`, position in `Scheme.ratings`.
        is_provisional: `(n,)`.
    """

    module_scores_e2: Integers
    contributions_e2: Integers
    force_scores_e2: Integers
    certified_e2: Integers
    totals_e2: Integers
    rating_indices: Integers
    is_provisional: Flags


def score_many(
    scheme: Scheme,
    values_e4: Integers,
    is_reported: Flags,
    operator_counts: Integers,
    *,
    is_carried: Flags | None = None,
) -> ScoreTable:
    """Score `n` rows at once.

    Args:
        scheme: One version for all rows.
        values_e4: `(n, columns)` in the order of `Scheme.columns`: values in ten-thousandths of
            the unit (`to_e4`); anything where `is_reported` is false.
        is_reported: `(n, columns)`, false where the value is missing.
        operator_counts: `(n, levels)` in the order of `Level`, >= 0.
        is_carried: `(n, columns)`, true where an earlier month's value stands in.

    Returns:
        The table; row by row equal to `five_force.score`.

    Raises:
        ReadingError: If a shape does not fit, a count is negative or a size is impossible.
    """
    modules = scheme.modules
    shape = (len(values_e4), len(scheme.columns))
    awards = scheme.certified.levels
    _check_shape("values", values_e4, shape)
    _check_shape("is_reported", is_reported, shape)
    _check_shape("operator counts", operator_counts, (shape[0], len(awards)))
    if is_carried is None:
        is_carried = np.zeros(shape, dtype=np.bool_)
    _check_shape("is_carried", is_carried, shape)
    if np.any(_beyond(operator_counts, 0, MAX_OPERATORS)):
        raise ReadingError(f"operator counts must be 0 to {MAX_OPERATORS}")
    if np.any(is_reported & _beyond(values_e4, -MAX_VALUE_E4, MAX_VALUE_E4)):
        raise ReadingError(f"values must be numbers of at most {MAX_VALUE}")

    # One module after the other, each in one stretch of memory: with a divisor that is one number
    # NumPy divides several figures at a time, and nothing is fetched from memory twice.
    values, reported = np.ascontiguousarray(values_e4.T), np.ascontiguousarray(is_reported.T)
    scores = np.empty((len(modules), shape[0]), dtype=np.int64)
    contributions, weighted = np.empty_like(scores), np.empty_like(scores)
    totals = np.zeros(shape[0], dtype=np.int64)
    for place, module in enumerate(modules):
        np.multiply(_scores_e2(module, values[place]), reported[place], out=scores[place])
        np.multiply(scores[place], to_hundredths(module.weight), out=weighted[place])
        # Half up of weighted / 10,000: the half of an even divisor is a whole number.
        np.add(weighted[place], FULL_SCORE_E2 // 2, out=contributions[place])
        np.floor_divide(contributions[place], FULL_SCORE_E2, out=contributions[place])
        totals += contributions[place]

    used = list(range(len(modules)))
    served = None
    if (coverage := scheme.certified.coverage) is not None:
        column = [one.id for one in scheme.columns].index(coverage.figure)
        used.append(column)
        served = _served(values[column], reported[column])
    certified = _certified_e2(scheme.certified, operator_counts, served)
    totals += certified
    is_provisional = np.any(is_carried[:, used], axis=1)
    is_provisional |= ~np.all(reported[used], axis=0)
    return ScoreTable(
        module_scores_e2=scores.T,
        contributions_e2=contributions.T,
        force_scores_e2=_force_scores_e2(scheme, weighted),
        certified_e2=certified,
        totals_e2=totals,
        rating_indices=_rating_indices(scheme, totals),
        is_provisional=is_provisional,
    )


def _beyond(figures: Integers, least: int, most: int) -> Flags | np.bool_:
    """Return where figures lie beyond two ends; where none does, that is all it says."""
    if figures.size == 0 or (figures.min() >= least and figures.max() <= most):
        return np.False_
    return (figures < least) | (figures > most)


def _check_shape(name: str, array: NDArray[np.generic], shape: tuple[int, int]) -> None:
    if array.shape != shape:
        raise ReadingError(f"{name} have shape {array.shape}, not {shape}")


def _scores_e2(module: Module, values_e4: Integers) -> Integers:
    floor_e4, full_e4 = to_e4(module.floor), to_e4(module.full)
    # Clipped before anything is subtracted: a missing value may be any bits at all.
    scores = np.maximum(values_e4, min(floor_e4, full_e4))
    np.minimum(scores, max(floor_e4, full_e4), out=scores)
    scores -= floor_e4
    span_e4 = module.span_e4
    scores *= 2 * FULL_SCORE_E2 * module.sign
    scores += span_e4
    scores //= 2 * span_e4
    return scores


def _served(values_e4: Integers, is_reported: Flags) -> Integers:
    """Return served merchants, 0 where the figure is missing: both count the least."""
    merchants_e4 = np.where(is_reported, values_e4, 0)
    merchants = merchants_e4 // VALUE_SCALE
    if np.any(merchants_e4 < 0) or np.any(merchants * VALUE_SCALE != merchants_e4):
        raise ReadingError("served merchants must be whole numbers >= 0")
    if np.any(merchants > MAX_MERCHANTS):
        raise ReadingError(f"served merchants must be at most {MAX_MERCHANTS}")
    return np.asarray(merchants, dtype=np.int64)


def _certified_e2(
    component: CertifiedComponent, operator_counts: Integers, served: Integers | None
) -> Integers:
    points_each = np.array(
        [to_hundredths(award.points) for award in component.levels], dtype=np.int64
    )
    sums = operator_counts @ points_each
    counted, percent, begin_e2 = np.zeros_like(sums), 100, 0
    for band in component.diminishing:
        above_e2 = to_hundredths(band.above)
        counted += np.maximum(np.minimum(sums, above_e2) - begin_e2, 0) * percent
        percent, begin_e2 = to_hundredths(band.fraction), above_e2
    counted += np.maximum(sums - begin_e2, 0) * percent
    points = (2 * counted + 100) // 200
    if component.coverage is not None and served is not None:
        least_e4 = to_hundredths(component.coverage.least_fraction) * 100
        weights = np.array([award.equivalents for award in component.levels], dtype=np.int64)
        # Nobody served: any divisor will do, the least fraction is what counts.
        needed = np.maximum(served, 1) * to_e4(component.coverage.full_per_ten)
        held = np.minimum(10 * FULL_COVERAGE_E4 * (operator_counts @ weights), needed)
        held[served == 0] = 0
        fraction = least_e4 + (2 * (FULL_COVERAGE_E4 - least_e4) * held + needed) // (2 * needed)
        points = (2 * points * fraction + FULL_COVERAGE_E4) // (2 * FULL_COVERAGE_E4)
    return np.asarray(np.minimum(points, to_hundredths(component.cap)), dtype=np.int64)


def _force_scores_e2(scheme: Scheme, weighted: Integers) -> Integers:
    columns = []
    first = 0
    for force in scheme.forces:
        behind = first + len(force.modules)
        weight = to_hundredths(force.weight)
        columns.append((2 * weighted[first:behind].sum(axis=0) + weight) // (2 * weight))
        first = behind
    return np.stack(columns).T


def _rating_indices(scheme: Scheme, totals_e2: Integers) -> Integers:
    rising = np.array(
        [to_hundredths(rating.at_least) for rating in reversed(scheme.ratings)], dtype=np.int64
    )
    earned = np.searchsorted(rising, totals_e2, side="right")
    return np.asarray(len(scheme.ratings) - earned, dtype=np.int64)
