"""Item response theory: items' parameters by marginal maximum likelihood.

The chance of a right answer is c + (1 - c) / (1 + exp(-a (theta - b))) with theta standard normal
in the group (Birnbaum 1968, without the factor 1.7). Estimation begins with the EM algorithm of
Bock & Aitkin (Psychometrika 46, 1981) on a fixed grid of abilities and ends with scoring steps on
the cross products of the persons' gradients (Berndt, Hall, Hall & Hausman 1974), which are also
the empirical information that the standard errors come from.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from question_bank.psychometrics.matrices import Floats, MatrixError, ResponseMatrix

Model = Literal["1pl", "2pl", "3pl"]

NODES: Floats = np.linspace(-5.0, 5.0, 41)
"""Abilities at which the integral over persons is taken."""

PRIOR: Floats = np.exp(-(NODES**2) / 2) / np.exp(-(NODES**2) / 2).sum()
"""Weight of each node: the standard normal density, normed."""

LEAST_PERSONS = 200
"""Persons below which no calibration is given: the customary least for one parameter (Lord 1980;
de Ayala 2009); two want 500, three 1,000."""

A_RANGE = (0.05, 8.0)
MOST_INTERCEPT = 12.0

C_PRIOR = (5.0, 17.0)
"""Beta prior of the guessing parameter (mode 0.20): without one it is hardly identified."""

LOG_A_SD = 0.5
"""Normal prior of ln(a) around 0, used with three parameters only, for the same reason."""

EM_ROUNDS = 12
MOST_ROUNDS = 200
TOLERANCE = 1e-5
"""Largest step of a parameter at which the rounds end."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """Estimated parameters of k items.

    Attributes:
        model: Which parameters were free.
        item_refs: Length k.
        a, b, c: Discrimination, difficulty (on the theta scale), guessing; length k.
        a_se, b_se, c_se: Their standard errors; NaN where a parameter was fixed.
        log_likelihood: Of the data, marginal, without the priors.
        count: Persons.
        rounds: Rounds used.
        converged: Whether the last step fell below the tolerance.
    """

    model: Model
    item_refs: tuple[str, ...]
    a: Floats
    b: Floats
    c: Floats
    a_se: Floats
    b_se: Floats
    c_se: Floats
    log_likelihood: float
    count: int
    rounds: int
    converged: bool


def chances(a: Floats, b: Floats, c: Floats, theta: Floats) -> Floats:
    """Return the chance of a right answer; shape (len(theta), k)."""
    slope = a * (theta[:, None] - b)
    return np.asarray(c + (1 - c) / (1 + np.exp(-slope)), dtype=np.float64)


def calibrate(
    matrix: ResponseMatrix,
    model: Model = "2pl",
    progress: Callable[[int, float], None] | None = None,
) -> Calibration:
    """Estimate items from right-or-wrong responses; partial credit counts from one half on.

    Args:
        matrix: The responses; forms may differ between persons.
        model: Which parameters are free; `1pl` has one discrimination for all items.
        progress: Told (round, largest step).

    Raises:
        MatrixError: With fewer than `LEAST_PERSONS` persons, or with items that all or none
            solved (they have no finite difficulty); all such items are named.
    """
    data = _Data.of(matrix)
    free = _free(model, len(matrix.item_refs))
    values = _start(data)
    if model == "1pl":
        values[:, 0] = 1.0
    posterior, level = _posterior(values, data, free)
    level += _prior_log(values, model)
    step, rounds = float("inf"), 0
    while step > TOLERANCE and rounds < MOST_ROUNDS:
        if rounds < EM_ROUNDS:
            gradient, information = _complete(values, posterior, data, free)
        else:
            gradient, information = _observed(values, posterior, data, free)
        _add_prior(values, model, free, gradient, information)
        ridge = 1e-9 * np.eye(len(gradient))
        move: Floats = np.asarray(np.linalg.solve(information + ridge, gradient), np.float64)
        values, posterior, level, step = _moved(values, move, free, data, model, level)
        rounds += 1
        if progress is not None:
            progress(rounds, step)
    _, information = _observed(values, posterior, data, free)
    _add_prior(values, model, free, np.zeros(len(information)), information)
    covariance = np.asarray(np.linalg.pinv(information), dtype=np.float64)
    errors = _standard_errors(values, free, covariance)
    a, c = values[:, 0], _guessing(values)
    return Calibration(
        model,
        matrix.item_refs,
        a,
        -values[:, 1] / a,
        c if model == "3pl" else np.zeros(len(a)),
        *errors,
        level - _prior_log(values, model),
        len(matrix.person_ids),
        rounds,
        step <= TOLERANCE,
    )


@dataclass(frozen=True, slots=True)
class _Data:
    """Right (1 or 0) and shown (1 or 0), shape (n, k)."""

    right: Floats
    shown: Floats

    @classmethod
    def of(cls, matrix: ResponseMatrix) -> _Data:
        n = len(matrix.person_ids)
        if n < LEAST_PERSONS:
            raise MatrixError(f"{n} persons: a calibration needs {LEAST_PERSONS} or more")
        shown = matrix.shown
        right = np.where(shown, np.nan_to_num(matrix.credits) >= 0.5, False)
        solved, seen = right.sum(axis=0), shown.sum(axis=0)
        flat = [
            ref
            for ref, count, most in zip(matrix.item_refs, solved, seen, strict=True)
            if count in (0, most)
        ]
        if flat:
            raise MatrixError(f"solved by all or by none, leave out: {', '.join(flat)}")
        return cls(right.astype(np.float64), shown.astype(np.float64))


Places = NDArray[np.int64]
"""Position of each item's slope, intercept and guessing among the free parameters, -1 if fixed;
shape (k, 3)."""


def _free(model: Model, items: int) -> Places:
    places = np.full((items, 3), -1, dtype=np.int64)
    if model == "1pl":
        places[:, 0] = 0
        places[:, 1] = 1 + np.arange(items)
        return places
    width = 2 if model == "2pl" else 3
    for column in range(width):
        places[:, column] = width * np.arange(items) + column
    return places


def _start(data: _Data) -> Floats:
    """Return (slope 1, intercept from the facility, guessing at its prior's mode); shape (k, 3)."""
    facility = (data.right.sum(axis=0) + 0.5) / (data.shown.sum(axis=0) + 1)
    # 1.2 ~ sqrt(1 + 1 / 1.7^2): the facility averages the curve over persons.
    intercept = 1.2 * np.log(facility / (1 - facility))
    guess = (C_PRIOR[0] - 1) / (sum(C_PRIOR) - 2)
    logit = np.full(len(facility), np.log(guess / (1 - guess)))
    return np.stack([np.ones(len(facility)), intercept, logit], axis=1)


def _guessing(values: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-values[:, 2])), dtype=np.float64)


def _curves(values: Floats, free: Places) -> tuple[Floats, Floats]:
    """Return chances, shape (nodes, k), and their slopes by each parameter, (3, nodes, k)."""
    guess = _guessing(values) if free[0, 2] >= 0 else np.zeros(len(values))
    logistic = 1 / (1 + np.exp(-(NODES[:, None] * values[:, 0] + values[:, 1])))
    chance = np.clip(guess + (1 - guess) * logistic, 1e-10, 1 - 1e-10)
    bend = (1 - guess) * logistic * (1 - logistic)
    slopes = np.stack([bend * NODES[:, None], bend, (1 - logistic) * guess * (1 - guess)])
    return chance, slopes


def _posterior(values: Floats, data: _Data, free: Places) -> tuple[Floats, float]:
    """Return each person's weight of each node, shape (n, nodes), and the log likelihood."""
    chance, _ = _curves(values, free)
    wrong = np.log1p(-chance)
    logs = data.right @ (np.log(chance) - wrong).T + data.shown @ wrong.T + np.log(PRIOR)
    top = logs.max(axis=1, keepdims=True)
    weights = np.exp(logs - top)
    sums = weights.sum(axis=1, keepdims=True)
    return weights / sums, float((np.log(sums) + top).sum())


def _complete(
    values: Floats, posterior: Floats, data: _Data, free: Places
) -> tuple[Floats, Floats]:
    """Return gradient and information of the expected complete data (one EM scoring step)."""
    chance, slopes = _curves(values, free)
    seen = posterior.T @ data.shown
    right = posterior.T @ data.right
    scale = 1 / (chance * (1 - chance))
    residual = (right - seen * chance) * scale
    gradient = _gathered(np.einsum("qk,pqk->kp", residual, slopes), free)
    blocks = np.einsum("qk,pqk,rqk->kpr", seen * scale, slopes, slopes, optimize=True)
    size = len(gradient)
    information = np.zeros((size, size))
    for p in range(3):
        for r in range(3):
            used = (free[:, p] >= 0) & (free[:, r] >= 0)
            np.add.at(information, (free[used, p], free[used, r]), blocks[used, p, r])
    return gradient, information


def _observed(
    values: Floats, posterior: Floats, data: _Data, free: Places
) -> tuple[Floats, Floats]:
    """Return the marginal gradient and the cross products of the persons' gradients."""
    chance, slopes = _curves(values, free)
    scale = 1 / (chance * (1 - chance))
    size = int(free.max()) + 1
    scores = np.zeros((len(posterior), size))
    for p in range(3):
        used = free[:, p] >= 0
        if not used.any():
            continue
        pull = slopes[p] * scale
        each = data.right * (posterior @ pull) - data.shown * (posterior @ (pull * chance))
        if len(set(free[used, p])) == 1 and used.sum() > 1:
            scores[:, free[0, p]] += each.sum(axis=1)
        else:
            scores[:, free[used, p]] += each[:, used]
    return scores.sum(axis=0), scores.T @ scores


def _gathered(by_item: Floats, free: Places) -> Floats:
    out = np.zeros(int(free.max()) + 1)
    used = free >= 0
    np.add.at(out, free[used], by_item[used])
    return out


def _prior_log(values: Floats, model: Model) -> float:
    if model != "3pl":
        return 0.0
    guess = _guessing(values)
    beta = (C_PRIOR[0] - 1) * np.log(guess) + (C_PRIOR[1] - 1) * np.log1p(-guess)
    slope = -((np.log(values[:, 0]) / LOG_A_SD) ** 2) / 2
    return float((beta + slope).sum())


def _add_prior(
    values: Floats, model: Model, free: Places, gradient: Floats, information: Floats
) -> None:
    if model != "3pl":
        return
    one, other = C_PRIOR[0] - 1, C_PRIOR[1] - 1
    guess, slope = _guessing(values), values[:, 0]
    gradient[free[:, 2]] += one * (1 - guess) - other * guess
    information[free[:, 2], free[:, 2]] += (one + other) * guess * (1 - guess)
    gradient[free[:, 0]] -= np.log(slope) / (LOG_A_SD**2 * slope)
    information[free[:, 0], free[:, 0]] += 1 / (LOG_A_SD * slope) ** 2


def _moved(
    values: Floats, move: Floats, free: Places, data: _Data, model: Model, level: float
) -> tuple[Floats, Floats, float, float]:
    """Take the longest of the halved steps that does not lower the likelihood."""
    used = free >= 0
    for halving in range(12):
        step = np.zeros_like(values)
        step[used] = move[free[used]] / 2**halving
        tried = values + step
        tried[:, 0] = np.clip(tried[:, 0], *A_RANGE)
        tried[:, 1] = np.clip(tried[:, 1], -MOST_INTERCEPT, MOST_INTERCEPT)
        tried[:, 2] = np.clip(tried[:, 2], -8.0, 4.0)
        posterior, height = _posterior(tried, data, free)
        height += _prior_log(tried, model)
        if height >= level - 1e-9 * abs(level):
            return tried, posterior, height, float(np.abs(tried - values).max())
    posterior, _ = _posterior(values, data, free)
    return values, posterior, level, 0.0


def _standard_errors(
    values: Floats, free: Places, covariance: Floats
) -> tuple[Floats, Floats, Floats]:
    """Return errors of a, b and c; b = -d / a by the delta method."""
    a, d = values[:, 0], values[:, 1]
    slope, intercept, guess = free.T
    a_var = covariance[slope, slope]
    d_var = covariance[intercept, intercept]
    both = covariance[slope, intercept]
    b_var = d_var / a**2 - 2 * d * both / a**3 + d**2 * a_var / a**4
    c_se = np.full(len(a), np.nan)
    if guess[0] >= 0:
        c = _guessing(values)
        c_se = np.sqrt(covariance[guess, guess]) * c * (1 - c)
    return np.sqrt(a_var), np.sqrt(np.maximum(b_var, 0)), c_se
