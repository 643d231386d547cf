"""Response theory of a blueprint: parameters by one of three models, their fit, persons, the link.

The parameters belong to the group that sat the blueprint: its abilities have mean 0 and deviation
1. Where a level's calibration is in use, the link puts them on its scale, so that new items can be
compared with old ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import log

import numpy as np

from question_bank.calibrations import ItemParameters
from question_bank.items import split_ref
from question_bank.psychometrics.abilities import (
    ItemCurves,
    Method,
    abilities,
    ability_at,
    form_information,
)
from question_bank.psychometrics.fit import ItemFit, item_fits, root_deviations
from question_bank.psychometrics.irt import LEAST_PERSONS, Calibration, Model, calibrate
from question_bank.psychometrics.linking import LEAST_COMMON, Link, link
from question_bank.psychometrics.matrices import Floats, ResponseMatrix

MODELS: tuple[Model, ...] = ("1pl", "2pl", "3pl")
METHODS: tuple[Method, ...] = ("eap", "map", "ml")

CUSTOMARY: Mapping[Model, int] = {"1pl": 200, "2pl": 500, "3pl": 1000}
"""Persons that are customary for each model; see `irt.LEAST_PERSONS`."""

LEAST_ITEMS = 3
"""Items below which there is nothing to calibrate."""

POOR_FIT = 0.12
"""Root mean square deviation above which the model does not hold for an item.

Source:
    OECD, PISA 2015 Technical Report, chapter 9 (scaling): 0.12 for all countries together.
"""

MOVED = 0.5
"""Change of difficulty on the common scale that is told: half a standard deviation of ability."""


@dataclass(frozen=True)
class Linked:
    """The items on the scale that is in use.

    Attributes:
        link: The transformation, and how well the common items agree after it.
        curves: Parameters of all calibrated items on that scale.
        moves: By item id, for the common items: new difficulty less the one in use.
    """

    link: Link
    curves: ItemCurves
    moves: Mapping[str, float]


@dataclass(frozen=True)
class Theory:
    """A blueprint's attempts under one model.

    Attributes:
        calibration: Parameters with standard errors.
        deviations: How far each item's observed curve lies from the model's, in share right.
        fits: S-X2 of each item; empty where forms differ between persons.
        left_out: Items that all or none solved; they have no difficulty.
        abilities: Of each person, by `method`; with their standard errors.
        errors: The standard errors.
        method: How persons were estimated.
        reliability: Var(ability) / (var(ability) + mean squared error); None without spread.
        cut_theta: Ability whose expected score is the cut; None if no ability expects it.
        cut_error: Standard error of the ability there.
        linked: On the scale in use; None where nothing is in use, or too little is common.
    """

    calibration: Calibration
    deviations: Floats
    fits: tuple[ItemFit, ...]
    left_out: tuple[str, ...]
    abilities: Floats
    errors: Floats
    method: Method
    reliability: float | None
    cut_theta: float | None
    cut_error: float | None
    linked: Linked | None

    @property
    def curves(self) -> ItemCurves:
        found = self.calibration
        return ItemCurves(found.a, found.b, found.c)

    @property
    def parameter_count(self) -> int:
        """How many parameters were free."""
        items = len(self.calibration.item_refs)
        return items + 1 if self.calibration.model == "1pl" else items * _width(self)

    @property
    def aic(self) -> float:
        """Akaike's criterion, 2 k - 2 ln L (IEEE Trans. Automatic Control 19, 1974)."""
        return 2 * self.parameter_count - 2 * self.calibration.log_likelihood

    @property
    def bic(self) -> float:
        """Schwarz' criterion, k ln n - 2 ln L (Annals of Statistics 6, 1978)."""
        weight = log(self.calibration.count)
        return weight * self.parameter_count - 2 * self.calibration.log_likelihood


def _width(theory: Theory) -> int:
    return 3 if theory.calibration.model == "3pl" else 2


def theory_of(
    matrix: ResponseMatrix,
    cut_fraction: float,
    *,
    model: Model,
    method: Method,
    held: Mapping[str, ItemParameters],
) -> Theory | None:
    """Calibrate a blueprint's items and place its candidates.

    Args:
        matrix: The responses.
        cut_fraction: The cut, in [0, 1].
        model: Which parameters are free.
        method: How persons are estimated.
        held: The level's calibration in use, by item id; empty for none.

    Returns:
        `None` with fewer than `LEAST_PERSONS` persons or `LEAST_ITEMS` items that tell.
    """
    if len(matrix.person_ids) < LEAST_PERSONS:
        return None
    right = np.where(matrix.shown, np.nan_to_num(matrix.credits) >= 0.5, False)
    solved, seen = right.sum(axis=0), matrix.shown.sum(axis=0)
    telling = (solved > 0) & (solved < seen)
    if telling.sum() < LEAST_ITEMS:
        return None
    part = matrix.of_items(np.flatnonzero(telling))
    found = calibrate(part, model)
    curves = ItemCurves(found.a, found.b, found.c)
    theta, errors = abilities(curves, part.credits, method)
    cut_theta = _cut(curves, cut_fraction)
    return Theory(
        calibration=found,
        deviations=root_deviations(part, curves),
        fits=tuple(item_fits(part, curves, int(model[0]))) if part.is_complete else (),
        left_out=tuple(
            ref for ref, tells in zip(matrix.item_refs, telling, strict=True) if not tells
        ),
        abilities=theta,
        errors=errors,
        method=method,
        reliability=_reliability(theta, errors),
        cut_theta=cut_theta,
        cut_error=None if cut_theta is None else _error_at(curves, cut_theta),
        linked=_linked(found, held),
    )


def _cut(curves: ItemCurves, cut_fraction: float) -> float | None:
    try:
        return ability_at(curves, cut_fraction)
    except ValueError:
        return None


def _error_at(curves: ItemCurves, theta: float) -> float:
    """Return the standard error of an ability: 1 / sqrt of the items' information there.

    All calibrated items count; where forms differ, a single form has fewer and tells less.
    """
    return float(1 / np.sqrt(form_information(curves, np.array([theta]))[0]))


def _reliability(theta: Floats, errors: Floats) -> float | None:
    spread, error = float(theta.var()), float((errors**2).mean())
    return spread / (spread + error) if spread > 0 else None


def _linked(found: Calibration, held: Mapping[str, ItemParameters]) -> Linked | None:
    ids = [split_ref(ref)[0] for ref in found.item_refs]
    common = [item_id for item_id in dict.fromkeys(ids) if item_id in held]
    if len(common) < LEAST_COMMON:
        return None
    made = link(replace(found, item_refs=tuple(ids)), _held_calibration(common, held))
    moved = made.applied(ItemCurves(found.a, found.b, found.c))
    places = {item_id: place for place, item_id in enumerate(ids)}
    moves = {one: float(moved.b[places[one]]) - held[one].b for one in common}
    return Linked(made, moved, moves)


def _held_calibration(ids: list[str], held: Mapping[str, ItemParameters]) -> Calibration:
    """Return parameters in use as a calibration: their errors and their sample are not known."""
    rows = [held[item_id] for item_id in ids]
    unknown = np.full(len(ids), np.nan)
    return Calibration(
        model="3pl" if any(one.c for one in rows) else "2pl",
        item_refs=tuple(ids),
        a=np.array([one.a for one in rows]),
        b=np.array([one.b for one in rows]),
        c=np.array([one.c for one in rows]),
        a_se=unknown,
        b_se=unknown,
        c_se=unknown,
        log_likelihood=float("nan"),
        count=0,
        rounds=0,
        converged=True,
    )
