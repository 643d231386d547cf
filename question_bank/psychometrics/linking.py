"""Put a new calibration on the scale of an old one by the items that both have."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from question_bank.psychometrics.abilities import ItemCurves
from question_bank.psychometrics.irt import NODES, PRIOR, Calibration
from question_bank.psychometrics.matrices import MatrixError

LEAST_COMMON = 3
"""Items in common below which no link is made; Kolen & Brennan (2014) ask for a fifth of a form,
or 20 in a long one."""


@dataclass(frozen=True, slots=True)
class Link:
    """theta_old = slope * theta_new + shift.

    Attributes:
        slope, shift: The transformation.
        common: How many items it rests on.
        difference: Root mean square of the difference of the common items' curves afterwards,
            weighted by the standard normal density.
    """

    slope: float
    shift: float
    common: int
    difference: float

    def applied(self, new: ItemCurves) -> ItemCurves:
        """Return new items' parameters on the old scale."""
        return ItemCurves(new.a / self.slope, self.slope * new.b + self.shift, new.c)


def link(new: Calibration, old: Calibration) -> Link:
    """Return the Stocking-Lord link of a calibration to an earlier one.

    Begins with mean/sigma (Marco 1977) and then minimises the squared difference of the two
    expected scores of the common items (Stocking & Lord, Applied Psychological Measurement 7,
    1983) by Gauss-Newton steps.

    Raises:
        MatrixError: With fewer than `LEAST_COMMON` common items.
    """
    place = {ref: position for position, ref in enumerate(old.item_refs)}
    pairs = [(i, place[ref]) for i, ref in enumerate(new.item_refs) if ref in place]
    if len(pairs) < LEAST_COMMON:
        raise MatrixError(f"{len(pairs)} common items: a link needs {LEAST_COMMON} or more")
    one = _taken(new, [i for i, _ in pairs])
    other = _taken(old, [j for _, j in pairs])
    spread = float(one.b.std())
    slope = float(other.b.std()) / spread if spread > 0 else 1.0
    values = np.array([slope, float(other.b.mean()) - slope * float(one.b.mean())])
    target = other.chances(NODES).sum(axis=1)
    weights = np.sqrt(PRIOR)
    for _ in range(50):
        residual = _residual(one, values, target) * weights
        steps = 1e-6
        columns = [
            (_residual(one, values + steps * np.eye(2)[p], target) * weights - residual) / steps
            for p in range(2)
        ]
        move, *_ = np.linalg.lstsq(np.stack(columns, axis=1), -residual, rcond=None)
        values = values + np.clip(move, -0.5, 0.5)
        if np.abs(move).max() < 1e-10:
            break
    moved = Link(float(values[0]), float(values[1]), len(pairs), 0.0).applied(one)
    gap = moved.chances(NODES) - other.chances(NODES)
    difference = float(np.sqrt((PRIOR[:, None] * gap**2).sum() / len(pairs)))
    return Link(float(values[0]), float(values[1]), len(pairs), difference)


def _taken(calibration: Calibration, items: list[int]) -> ItemCurves:
    return ItemCurves(calibration.a[items], calibration.b[items], calibration.c[items])


def _residual(items: ItemCurves, values: np.ndarray, target: np.ndarray) -> np.ndarray:
    moved = Link(float(values[0]), float(values[1]), 0, 0.0).applied(items)
    return np.asarray(moved.chances(NODES).sum(axis=1) - target)
