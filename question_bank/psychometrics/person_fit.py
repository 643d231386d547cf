"""Person fit: whether a person's pattern of rights and wrongs is one that the items allow.

l_z compares the likelihood of a pattern with what is to be expected at the person's ability
(Drasgow, Levine & Williams 1985). The ability is estimated from the same answers, which makes l_z
too narrow; Snijders (Psychometrika 66, 2001) corrects its mean and variance for that, and Magis,
Raiche & Beland (Journal of Educational and Behavioral Statistics 37, 2012) spell the correction out
for a posterior mode. Far below zero stand patterns that are odd: hard items right and easy ones
wrong. Copying, knowing some items beforehand, guessing, a slip into the wrong row and illness all
look alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from question_bank.psychometrics.abilities import THETA_RANGE, ItemCurves, abilities
from question_bank.psychometrics.matrices import Floats

LEAST_ITEMS = 20
"""Shorter forms do not tell an odd pattern from an even one."""

ODD = -2.33
"""About one honest person in a hundred stands below this."""

FAMILY_ALPHA = 0.05
"""Chance of one false flag or more in an exam where everybody's pattern is even."""

DRAWS = 20_000
"""Patterns drawn to find how likely one far out is: the normal law is too short there."""

GRID = 1201
"""Abilities between which a drawn pattern's one is interpolated: a hundredth apart."""

DRAW_BELOW = -3.0
"""Only below this is a flag possible at all, hence worth the draws."""


@dataclass(frozen=True, slots=True)
class PersonFit:
    """How the patterns of n persons fit.

    Attributes:
        values: l_z with Snijders' correction; NaN for too few items.
        p_values: Chance of a pattern as odd or odder, simulated where it matters; NaN likewise.
        level: The chance that flags.
    """

    values: Floats
    p_values: Floats
    level: float

    @property
    def flagged(self) -> tuple[int, ...]:
        """Positions of those at or below the level, the oddest first."""
        places = np.flatnonzero(np.nan_to_num(self.p_values, nan=1.0) <= self.level)
        return tuple(sorted(places.tolist(), key=lambda one: self.values[one]))


def person_fits(
    curves: ItemCurves, credits: Floats, *, seed: int, alpha: float = FAMILY_ALPHA
) -> PersonFit:
    """Return how everybody's pattern fits.

    Args:
        curves: Parameters of k items, of one or two parameters.
        credits: Shape (n, k); a half and more counts as right, NaN as not shown.
        seed: Of the patterns that are drawn.
        alpha: Chance of a false flag among all of them.

    Raises:
        ValueError: If the curves have guessing parameters.
    """
    if np.any(curves.c):
        raise ValueError("person fit is for curves without guessing")
    shown = (~np.isnan(credits)).astype(np.float64)
    right = shown * (np.nan_to_num(credits) >= 0.5)
    theta, _ = abilities(curves, credits, "map")
    values = _corrected(curves, right, shown, theta)
    values[shown.sum(axis=1) < LEAST_ITEMS] = np.nan
    p_values = np.full(len(values), np.nan)
    normal = NormalDist()
    rng = np.random.default_rng(seed)
    for place in np.flatnonzero(~np.isnan(values)).tolist():
        p_values[place] = normal.cdf(values[place])
        if values[place] < DRAW_BELOW:
            p_values[place] = _simulated(
                curves, shown[place], float(theta[place]), float(values[place]), rng
            )
    tested = int((~np.isnan(values)).sum())
    return PersonFit(values, p_values, alpha / max(1, tested))


def _corrected(curves: ItemCurves, right: Floats, shown: Floats, theta: Floats) -> Floats:
    """Return l_z* at posterior modes; shape (n,)."""
    chance = np.clip(curves.chances(theta), 1e-9, 1 - 1e-9)
    spread = chance * (1 - chance) * shown
    slope = curves.a * (chance - curves.c) / (1 - curves.c) * (1 - chance) * shown
    weight = np.log(chance / (1 - chance)) * shown
    pull = slope / (chance * (1 - chance))  # of an answer on the ability's estimate
    # What the estimation takes out: the part of the weights that goes along with the pulls.
    share = (slope * weight).sum(axis=1) / np.maximum((slope * pull).sum(axis=1), 1e-12)
    left = weight - share[:, None] * pull
    found = ((right - chance * shown) * weight).sum(axis=1)
    # At the mode of a standard normal prior the pulls sum to the ability itself.
    centred = found - share * theta
    return np.asarray(
        centred / np.sqrt(np.maximum((left**2 * spread).sum(axis=1), 1e-12)), dtype=np.float64
    )


def _simulated(
    curves: ItemCurves, shown: Floats, theta: float, value: float, rng: np.random.Generator
) -> float:
    """Return the share of patterns drawn at an ability that come out as odd or odder.

    The observed one is counted among them, so that the chance is never told as none.
    """
    items = np.flatnonzero(shown)
    own = ItemCurves(curves.a[items], curves.b[items], curves.c[items])
    chance = own.chances(np.array([theta]))[0]
    drawn = (rng.random((DRAWS, len(items))) < chance).astype(np.float64)
    # Without guessing the mode depends on the weighted sum of rights alone, and rises with it.
    grid = np.linspace(*THETA_RANGE, GRID)
    estimates = np.interp(drawn @ own.a, own.chances(grid) @ own.a + grid, grid)
    values = _corrected(own, drawn, np.ones_like(drawn), estimates)
    return float((np.sum(values <= value) + 1) / (DRAWS + 1))
