"""Calibrated items as the draw of forms needs them: how much each tells at the cut."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from question_bank.psychometrics.abilities import (
    THETA_RANGE,
    ItemCurves,
    ability_at,
    expected_score_fraction,
)


@dataclass(frozen=True, slots=True)
class ItemParameters:
    """An item on a scale of ability: P = c + (1 - c) / (1 + exp(-a (theta - b))).

    Attributes:
        a: Discrimination, > 0.
        b: Difficulty, on the scale of theta.
        c: Guessing, in [0, 1).
    """

    a: float
    b: float
    c: float = 0.0


def information_at_cut(
    parameters: Mapping[str, ItemParameters], expected_fraction: float
) -> dict[str, float]:
    """Return each item's Fisher information at the ability of a just competent candidate.

    That ability is where the items together expect the score of the cut; if none does, the end of
    the scale that comes closest.

    Args:
        parameters: By item id, all on one scale.
        expected_fraction: Share of the marks that a just competent candidate gets, in (0, 1).

    Returns:
        Information by item id; empty for no items.
    """
    if not parameters:
        return {}
    values = list(parameters.values())
    curves = ItemCurves(
        np.array([one.a for one in values]),
        np.array([one.b for one in values]),
        np.array([one.c for one in values]),
    )
    ends = expected_score_fraction(curves, np.array(THETA_RANGE))
    theta = ability_at(curves, float(np.clip(expected_fraction, ends[0], ends[1])))
    found = curves.information(np.array([theta]))[0]
    return {item_id: float(one) for item_id, one in zip(parameters, found, strict=True)}
