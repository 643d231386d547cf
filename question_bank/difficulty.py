"""Where an item stands on the ability scale before anybody has answered it.

One scale serves all three levels: a just competent 初级 operator stands at -0.5, 中级 at 0.5 and
高级 at 1.5, in standard deviations of the people who practise. The levels' places are an
assumption; what a just competent person of a level gets right is the bank's own, rated by the
committee where it was (`question_bank.expectations`). Both together give an item its difficulty.
An item that was calibrated from answers has curves of its own, which always go before these.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from question_bank.expectations import CHANCE_FRACTION, expected_credit
from question_bank.items import Item, ItemKind
from question_bank.psychometrics.abilities import ItemCurves

LEVEL_THETA: Mapping[str, float] = {"junior": -0.5, "intermediate": 0.5, "senior": 1.5}
"""Ability of a just competent operator of each level; an assumption to begin with."""

PRIOR_A = 1.0
"""Discrimination of an item that was not calibrated; the logistic scale without the factor 1.7."""

KNOWS_RANGE = (0.05, 0.95)
"""Shares of just competent people who know an answer, beyond which nothing is believed."""

Origin = Literal["calibrated", "content"]


@dataclass(frozen=True, slots=True)
class Curve:
    """Chance of a right answer: c + (1 - c) / (1 + exp(-a (theta - b))).

    Attributes:
        a, b, c: Discrimination, difficulty on the scale above, chance of guessing right.
        origin: Estimated from answers, or worked out from the item's level, kind and demand.
    """

    a: float
    b: float
    c: float
    origin: Origin = "content"


def guess_fraction(item: Item) -> float:
    """Return what guessing is worth on an item, in [0, 1)."""
    if item.kind is ItemKind.HOT_SPOT and len(item.key_ids) == 1:
        return 1 / len(item.choices)
    return CHANCE_FRACTION.get(item.kind, 0.0)


def content_curve(item: Item) -> Curve:
    """Return the curve that an item's level, kind and demand say."""
    c = guess_fraction(item)
    least, most = KNOWS_RANGE
    knows = min(most, max(least, (expected_credit(item) - c) / (1 - c)))
    return Curve(PRIOR_A, LEVEL_THETA[item.level] - math.log(knows / (1 - knows)) / PRIOR_A, c)


def curve_of(item: Item, calibrated: Mapping[str, Curve]) -> Curve:
    """Return an item's curve: the calibrated one, else the content's.

    Args:
        item: Any item; drawn figures do not matter.
        calibrated: Curves estimated from answers, by item id.
    """
    return calibrated.get(item.id) or content_curve(item)


def calibrated_curve(level: str, a: float, b: float, c: float) -> Curve:
    """Return the curve of an item that was calibrated on a level's own candidates.

    Such a scale has its zero at the mean of those candidates. They are taken to stand, on the
    average, where a just competent operator of their level stands.
    """
    return Curve(a, b + LEVEL_THETA[level], c, "calibrated")


def stacked(curves: Iterable[Curve]) -> ItemCurves:
    """Return curves as arrays of length k."""
    rows = np.array([(one.a, one.b, one.c) for one in curves], dtype=np.float64).reshape(-1, 3)
    return ItemCurves(rows[:, 0], rows[:, 1], rows[:, 2])
