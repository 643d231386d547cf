"""Item fit: whether the model holds for an item, by S-X2 of Orlando and Thissen."""

from __future__ import annotations

from dataclasses import dataclass
from math import erfc, exp, pi, sqrt

import numpy as np

from question_bank.psychometrics.abilities import ItemCurves
from question_bank.psychometrics.irt import NODES, PRIOR
from question_bank.psychometrics.matrices import Floats, MatrixError, ResponseMatrix

LEAST_EXPECTED = 1.0
"""Score groups are joined until both cells expect this many persons (Orlando & Thissen 2000)."""


@dataclass(frozen=True, slots=True)
class ItemFit:
    """S-X2 of one item.

    Attributes:
        item_ref: `id@version`.
        chi_square: The statistic.
        freedom: Degrees of freedom: groups less estimated parameters.
        p_value: Chance of a worse fit if the model holds.
    """

    item_ref: str
    chi_square: float
    freedom: int
    p_value: float


def item_fits(matrix: ResponseMatrix, curves: ItemCurves, parameters: int) -> list[ItemFit]:
    """Compare observed and expected shares right among persons of equal total score.

    Orlando & Thissen (Applied Psychological Measurement 24, 2000): expected shares come from the
    joint distribution of the other items' scores by the recursion of Lord & Wingersky (1984).

    Args:
        matrix: Complete right-or-wrong responses.
        curves: Parameters of the same items.
        parameters: Free parameters of an item: 1, 2 or 3.

    Raises:
        MatrixError: If forms differ between persons: total scores would not compare.
    """
    if not matrix.is_complete:
        raise MatrixError("S-X2 compares total scores: everybody must have had the same items")
    right = matrix.credits >= 0.5
    totals = right.sum(axis=1)
    chance = curves.chances(NODES)
    whole = _score_chances(chance)
    items = len(matrix.item_refs)
    at_score = np.bincount(totals, minlength=items + 1).astype(np.float64)
    out = []
    for item, ref in enumerate(matrix.item_refs):
        others = _score_chances(np.delete(chance, item, axis=1))
        with_item = (others * (chance[:, item] * PRIOR)[:, None]).sum(axis=0)
        every = (whole * PRIOR[:, None]).sum(axis=0)
        scores = np.arange(1, items)
        share = with_item[scores - 1] / every[scores]
        observed = np.bincount(totals[right[:, item]], minlength=items + 1)[scores]
        out.append(_fit(ref, at_score[scores], observed.astype(np.float64), share, parameters))
    return out


def _score_chances(chance: Floats) -> Floats:
    """Return the chance of each number right at each node; shape (nodes, items + 1)."""
    out = np.zeros((len(chance), chance.shape[1] + 1))
    out[:, 0] = 1.0
    for item in range(chance.shape[1]):
        p = chance[:, item : item + 1]
        out[:, 1 : item + 2] = out[:, 1 : item + 2] * (1 - p) + out[:, : item + 1] * p
        out[:, :1] *= 1 - p
    return out


def _fit(ref: str, count: Floats, observed: Floats, share: Floats, parameters: int) -> ItemFit:
    groups: list[tuple[float, float, float]] = []  # persons, right, expected right
    n = o = e = 0.0
    for persons, right, chance in zip(count, observed, share, strict=True):
        n, o, e = n + persons, o + right, e + persons * chance
        if min(e, n - e) >= LEAST_EXPECTED:
            groups.append((n, o, e))
            n = o = e = 0.0
    if n and groups:
        last = groups.pop()
        groups.append((last[0] + n, last[1] + o, last[2] + e))
    chi = sum((o - e) ** 2 * n / (e * (n - e)) for n, o, e in groups)
    freedom = len(groups) - parameters
    return ItemFit(ref, chi, freedom, chi_square_tail(chi, freedom) if freedom > 0 else 1.0)


def root_deviations(matrix: ResponseMatrix, curves: ItemCurves) -> Floats:
    """Return how far each item's observed curve lies from the model's (RMSD).

    sqrt(sum f(theta) (P_observed(theta) - P_model(theta))^2), where the observed share right at
    each ability and the weight f are counted with every person spread over the abilities by their
    posterior. Forms may differ between persons, where S-X2 cannot be had.

    Args:
        matrix: The responses; partial credit counts as right from one half on.
        curves: Parameters of the same items.

    Returns:
        By item, in share right, >= 0; 0.12 and more is what PISA calls a misfit.

    Source:
        OECD, PISA 2015 Technical Report, chapter 9; Köhler, Robitzsch & Hartig, Journal of
        Educational and Behavioral Statistics 45(3), 2020, eq. 2.
    """
    shown = matrix.shown.astype(np.float64)
    right = np.where(matrix.shown, np.nan_to_num(matrix.credits) >= 0.5, False).astype(np.float64)
    chance = np.clip(curves.chances(NODES), 1e-12, 1 - 1e-12)
    logs = right @ np.log(chance).T + (shown - right) @ np.log1p(-chance).T + np.log(PRIOR)
    weights = np.exp(logs - logs.max(axis=1, keepdims=True))
    weights /= weights.sum(axis=1, keepdims=True)
    seen, solved = weights.T @ shown, weights.T @ right  # (nodes, items)
    gap = solved / np.maximum(seen, 1e-300) - chance
    share = seen / seen.sum(axis=0)
    return np.asarray(np.sqrt((share * gap**2).sum(axis=0)), dtype=np.float64)


def chi_square_tail(value: float, freedom: int) -> float:
    """Return the chance that a chi-square variable exceeds a value (regularised upper gamma).

    By the series for even and odd degrees of freedom (Abramowitz & Stegun 26.4.4 and 26.4.5).
    """
    half = value / 2
    if freedom % 2 == 0:
        term = total = 1.0
        for k in range(1, freedom // 2):
            term *= half / k
            total += term
        return min(1.0, exp(-half) * total)
    root = sqrt(value)
    total, term = 0.0, root
    for k in range(1, freedom, 2):
        total += term
        term *= value / (k + 2)
    return min(1.0, erfc(root / sqrt(2)) + sqrt(2 / pi) * exp(-half) * total)
