"""Where persons stand on the scale of calibrated items, and how exactly a form tells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from question_bank.psychometrics.irt import NODES, PRIOR, chances
from question_bank.psychometrics.matrices import Floats

Method = Literal["eap", "map", "ml"]

THETA_RANGE = (-6.0, 6.0)
"""Where a maximum is looked for; all right or all wrong has none for `ml` and ends at the edge."""

NEWTON_ROUNDS = 60


@dataclass(frozen=True, slots=True)
class ItemCurves:
    """Parameters of k items on one scale; arrays of length k."""

    a: Floats
    b: Floats
    c: Floats

    def chances(self, theta: Floats) -> Floats:
        """Return the chance of a right answer; shape (len(theta), k)."""
        return chances(self.a, self.b, self.c, theta)

    def information(self, theta: Floats) -> Floats:
        """Return each item's Fisher information; shape (len(theta), k).

        a^2 (P - c)^2 Q / ((1 - c)^2 P) (Lord 1980, eq. 4-43, without the factor 1.7).
        """
        chance = self.chances(theta)
        lift = (chance - self.c) / (1 - self.c)
        return np.asarray(self.a**2 * lift**2 * (1 - chance) / chance, dtype=np.float64)


def form_information(curves: ItemCurves, theta: Floats) -> Floats:
    """Return the form's information; its standard error there is 1 / sqrt of it."""
    return np.asarray(curves.information(theta).sum(axis=1), dtype=np.float64)


def expected_score_fraction(curves: ItemCurves, theta: Floats) -> Floats:
    """Return the form's expected score at each ability (the test characteristic curve)."""
    return np.asarray(curves.chances(theta).mean(axis=1), dtype=np.float64)


def ability_at(curves: ItemCurves, score_fraction: float) -> float:
    """Return the ability whose expected score is the given one (bisection).

    Raises:
        ValueError: If no ability expects it.
    """
    low, high = THETA_RANGE
    ends = expected_score_fraction(curves, np.array([low, high]))
    if not ends[0] <= score_fraction <= ends[1]:
        raise ValueError(f"{score_fraction} is not between {ends[0]:.3f} and {ends[1]:.3f}")
    while high - low > 1e-9:
        middle = (low + high) / 2
        if expected_score_fraction(curves, np.array([middle]))[0] < score_fraction:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def abilities(curves: ItemCurves, credits: Floats, method: Method = "eap") -> tuple[Floats, Floats]:
    """Return each person's ability and its standard error.

    EAP is the mean of the posterior on the grid (Bock & Mislevy 1982), MAP its mode, ML the mode
    of the likelihood; the prior is standard normal. Errors: posterior standard deviation, or
    1 / sqrt(information), with 1 added for the prior of MAP.

    Args:
        curves: Parameters of k items.
        credits: Shape (n, k); a half and more counts as right, NaN as not shown.
        method: Which estimate.

    Returns:
        Two arrays of length n.
    """
    shown = ~np.isnan(credits)
    right = np.where(shown, np.nan_to_num(credits) >= 0.5, False).astype(np.float64)
    if method == "eap":
        chance = np.clip(curves.chances(NODES), 1e-12, 1 - 1e-12)
        logs = right @ np.log(chance).T + (shown - right) @ np.log1p(-chance).T + np.log(PRIOR)
        weights = np.exp(logs - logs.max(axis=1, keepdims=True))
        weights /= weights.sum(axis=1, keepdims=True)
        mean = weights @ NODES
        return mean, np.sqrt(weights @ NODES**2 - mean**2)
    return _modes(curves, right, shown.astype(np.float64), 1.0 if method == "map" else 0.0)


def _modes(curves: ItemCurves, right: Floats, shown: Floats, prior: float) -> tuple[Floats, Floats]:
    theta = np.zeros(len(right))
    for _ in range(NEWTON_ROUNDS):
        chance = np.clip(curves.chances(theta), 1e-12, 1 - 1e-12)
        lift = curves.a * (chance - curves.c) / (1 - curves.c) / chance
        gradient = ((right - shown * chance) * lift).sum(axis=1) - prior * theta
        information = (shown * curves.information(theta)).sum(axis=1) + prior
        # At the far ends a form tells almost nothing: a full step would leap beyond the scale.
        step = np.clip(gradient / np.maximum(information, 1e-6), -1.0, 1.0)
        theta = np.clip(theta + step, *THETA_RANGE)
        if np.abs(step).max(initial=0.0) < 1e-8:
            break
    information = (shown * curves.information(theta)).sum(axis=1) + prior
    return theta, 1 / np.sqrt(np.maximum(information, 1e-12))
