"""Response-time anomalies: answers that came right faster than person and item explain.

The logarithm of a time is taken as the item's intensity minus the person's speed plus noise (van
der Linden's lognormal model), fitted by medians, so that a few odd times move neither. A person is
flagged whose right answers were very fast far more often than chance makes them; an item, when
from some candidate on it is answered faster than before, as a leaked item is. Signs for people to
look at, never a verdict.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from question_bank.psychometrics.matrices import Flags, Floats, ResponseMatrix

LEAST_PERSONS = 30
"""Fewer persons do not tell how long an item takes: nothing is computed."""

FAST_Z = -2.33
"""An answer this far below its expectation is very fast: one in a hundred by chance."""

LEAST_FAST = 10
"""Very fast right answers of one person before they are told."""

TIMES_EXPECTED = 3.0
"""And their share must be this many times the expected one."""

IMPOSSIBLE_S = 1.0
"""An answer sooner than this after its item was served was not read."""

WINDOW = 50
"""Candidates in a row whose times of an item are compared with all earlier ones'."""

FASTER_SD = 0.5
"""An item is told when its mean residual falls by more than this, standard deviations."""

ROUNDS = 12


@dataclass(frozen=True, slots=True)
class FastPerson:
    """A person with too many very fast right answers.

    Attributes:
        person: Position in the matrix.
        fast: Very fast right answers.
        right: Right answers with a time.
        positions: The items, by their position in the matrix.
    """

    person: int
    fast: int
    right: int
    positions: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class FasterItem:
    """An item that is answered faster from some candidate on.

    Attributes:
        item: Position in the matrix.
        since: The candidate in order of starts where the fastest window begins.
        drop_sd: How much faster the window is than the time before it.
    """

    item: int
    since: int
    drop_sd: float


@dataclass(frozen=True, slots=True)
class Timing:
    """What was found in an exam.

    Attributes:
        residuals: Standardised residuals of the log times; shape (n, k), NaN without a time.
        persons: Flagged persons, most first.
        items: Flagged items, largest drop first.
        impossible: Answers sooner than `IMPOSSIBLE_S`; shape (n, k).
    """

    residuals: Floats
    persons: tuple[FastPerson, ...]
    items: tuple[FasterItem, ...]
    impossible: Flags


def unusual_times(matrix: ResponseMatrix) -> Timing | None:
    """Look for unusual times; None if there are too few persons.

    Args:
        matrix: Scored responses with seconds, persons in the order in which they started.
    """
    if len(matrix.person_ids) < LEAST_PERSONS:
        return None
    seconds = matrix.seconds
    logs = np.log(np.where(seconds > 0, seconds, np.nan))
    residuals = _standard_residuals(logs)
    is_right = np.nan_to_num(matrix.credits) >= 1.0
    is_fast = np.nan_to_num(residuals, nan=0.0) < FAST_Z
    return Timing(
        residuals=residuals,
        persons=_fast_persons(is_right & ~np.isnan(residuals), is_fast),
        items=_faster_items(residuals),
        impossible=np.nan_to_num(seconds, nan=np.inf) < IMPOSSIBLE_S,
    )


def _standard_residuals(logs: Floats) -> Floats:
    """Take item and person medians out in turn; divide by each item's own robust spread."""
    left = logs.copy()
    for _ in range(ROUNDS):
        left -= _medians(left, axis=0)
        left -= _medians(left, axis=1)
    # 1.4826 makes the median absolute deviation the standard deviation of a normal law.
    spread = 1.4826 * _medians(np.abs(left), axis=0)
    out = np.full_like(left, np.nan)
    np.divide(left, spread, out=out, where=spread > 1e-6)
    return out


def _medians(values: Floats, axis: int) -> Floats:
    """Return medians that can be subtracted; where nothing was measured, 0."""
    empty = np.isnan(values).all(axis=axis, keepdims=True)
    filled = np.where(empty, 0.0, values)
    return np.asarray(np.nanmedian(filled, axis=axis, keepdims=True), dtype=np.float64)


def _fast_persons(is_right: Flags, is_fast: Flags) -> tuple[FastPerson, ...]:
    expected = NormalDist().cdf(FAST_Z)
    fast_right = is_right & is_fast
    fast, right = fast_right.sum(axis=1), is_right.sum(axis=1)
    found = [
        FastPerson(
            int(one),
            int(fast[one]),
            int(right[one]),
            tuple(np.flatnonzero(fast_right[one]).tolist()),
        )
        for one in np.flatnonzero(
            (fast >= LEAST_FAST) & (fast > TIMES_EXPECTED * expected * np.maximum(right, 1))
        )
    ]
    return tuple(sorted(found, key=lambda one: -one.fast))


def _faster_items(residuals: Floats) -> tuple[FasterItem, ...]:
    found = []
    for item in range(residuals.shape[1]):
        column = residuals[:, item]
        rows = np.flatnonzero(~np.isnan(column))
        if len(rows) < 2 * WINDOW:
            continue
        # Robust residuals have heavy tails: one odd candidate shall not make a window.
        sums = np.concatenate([[0.0], np.cumsum(np.clip(column[rows], -3.0, 3.0))])
        begins = np.arange(WINDOW, len(rows) - WINDOW + 1)
        means = (sums[begins + WINDOW] - sums[begins]) / WINDOW
        drops = sums[begins] / begins - means
        best = int(np.argmax(drops))
        # Beside the size itself, more than chance makes of so many windows and items.
        noise = np.sqrt(1 / WINDOW + 1 / begins[best])
        bound = NormalDist().inv_cdf(1 - 0.01 / (len(begins) * residuals.shape[1]))
        if drops[best] > max(FASTER_SD, bound * noise):
            found.append(FasterItem(item, int(rows[begins[best]]), float(drops[best])))
    return tuple(sorted(found, key=lambda one: -one.drop_sd))
