"""Answer similarity: pairs of persons whose answers agree more than chance and ability explain.

For each pair both directions are looked at: given what one chose, how many of these choices would
the other have made by their own ability? Each person's chance of an option is the share of that
option among persons of the same score group, shrunk toward everybody's share. The matches beyond
the expected ones, in standard deviations, are z (Wollack's omega with empirical option shares); of
the two directions the smaller counts. The same over the wrong answers of the pair alone is the
stronger evidence: right answers agree because they are right.

A pair is flagged when the smaller z passes the bound that keeps the chance of any false flag in
the whole exam at 5 % (Bonferroni over the pairs). It is a sign for people to look at, weak alone,
and never a verdict.

Source: Wollack (1997); Romero, Riascos and Jara (2015); thresholds of the reliability plan.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from question_bank.psychometrics.matrices import Flags, Floats, ResponseMatrix

LEAST_PERSONS = 100
"""Fewer persons do not tell what chance explains: nothing is computed."""

LEAST_COMMON = 25
"""Items that both answered; a pair with fewer is left out."""

LEAST_WRONG = 8
"""Answers of the source that are wrong; with fewer that index is left out."""

SCORE_GROUPS = 5

SHRINKAGE = 4.0
"""Persons' worth of the whole exam's shares that are mixed into each score group's."""

FAMILY_ALPHA = 0.05
"""Chance of one false flag or more in an exam where nobody copied."""


@dataclass(frozen=True, slots=True)
class SimilarPair:
    """Two persons whose answers agree too well.

    Attributes:
        first, second: Persons, by their position in the matrix; `first` < `second`.
        common: Items that both answered.
        same: Of these, how many they answered alike.
        expected: How many alike were to be expected, in the direction that explains more.
        same_wrong: Alike and wrong.
        z: Smaller of both directions, over all common items.
        z_wrong: The same over wrong answers of the source; NaN where there are too few.
    """

    first: int
    second: int
    common: int
    same: int
    expected: float
    same_wrong: int
    z: float
    z_wrong: float


@dataclass(frozen=True, slots=True)
class Similarity:
    """What was found in an exam.

    Attributes:
        pair_count: Pairs that were compared.
        bound: The z that flags.
        flagged: Pairs at or above it by either index, strongest first.
        clusters: Persons bound together by flagged pairs, three or more, largest first.
        largest_z: The largest z of all pairs, flagged or not; NaN without pairs.
    """

    pair_count: int
    bound: float
    flagged: tuple[SimilarPair, ...]
    clusters: tuple[tuple[int, ...], ...]
    largest_z: float


def similar_pairs(matrix: ResponseMatrix, *, alpha: float = FAMILY_ALPHA) -> Similarity | None:
    """Compare every pair of persons; None if there are too few persons to say anything.

    Args:
        matrix: Responses with their options; shape (n, k). Omitted answers compare with nothing.
        alpha: Chance of a false flag in the whole exam.
    """
    if len(matrix.person_ids) < LEAST_PERSONS:
        return None
    chosen = _one_hot(matrix)
    answered = matrix.options >= 0
    wrong = answered & (np.nan_to_num(matrix.credits, nan=1.0) < 1.0)
    chances = _option_chances(matrix, chosen)
    persons = len(chosen)
    flat_wrong = (chosen * wrong[:, :, None]).reshape(persons, -1)
    flat = chosen.reshape(persons, -1)
    chances = chances * answered[:, :, None]
    flat_chances = chances.reshape(persons, -1)
    both = answered.astype(np.float64) @ answered.T
    same = flat @ flat.T
    # Row: the one who may have copied; column: whose answers are given.
    expected = flat_chances @ flat.T
    z = _standard(same, expected, expected - flat_chances**2 @ flat.T)
    expected_wrong = flat_chances @ flat_wrong.T
    z_wrong = _standard(
        flat @ flat_wrong.T, expected_wrong, expected_wrong - flat_chances**2 @ flat_wrong.T
    )
    z_wrong[:, wrong.sum(axis=1) < LEAST_WRONG] = np.nan
    least, least_wrong = np.minimum(z, z.T), np.minimum(z_wrong, z_wrong.T)
    upper = np.triu(both >= LEAST_COMMON, 1)
    pair_count = int(upper.sum())
    if not pair_count:
        return Similarity(0, float("inf"), (), (), float("nan"))
    # Two indices are looked at for each pair.
    bound = NormalDist().inv_cdf(1 - alpha / (2 * pair_count))
    is_high: Flags = upper & (np.fmax(least, least_wrong) >= bound)
    alike_wrong = flat_wrong @ flat_wrong.T
    flagged = [
        SimilarPair(
            first=int(i),
            second=int(j),
            common=int(both[i, j]),
            same=int(same[i, j]),
            expected=float(max(expected[i, j], expected[j, i])),
            same_wrong=int(alike_wrong[i, j]),
            z=float(least[i, j]),
            z_wrong=float(least_wrong[i, j]),
        )
        for i, j in zip(*np.nonzero(is_high), strict=True)
    ]
    flagged.sort(key=lambda one: -np.nanmax([one.z, one.z_wrong]))
    clusters = _clusters(persons, [(one.first, one.second) for one in flagged])
    return Similarity(pair_count, bound, tuple(flagged), clusters, float(least[upper].max()))


def _one_hot(matrix: ResponseMatrix) -> Floats:
    """Return who chose which option; shape (n, k, options)."""
    persons, items = matrix.options.shape
    options = max((len(names) for names in matrix.option_names), default=0)
    out = np.zeros((persons, items, max(1, options)))
    rows, columns = np.nonzero(matrix.options >= 0)
    out[rows, columns, matrix.options[rows, columns]] = 1.0
    return out


def _option_chances(matrix: ResponseMatrix, chosen: Floats) -> Floats:
    """Return each person's chance of each option; shape (n, k, options).

    A person's own answer is left out of the shares: it would explain itself.
    """
    scores = np.nan_to_num(matrix.score_fractions)
    order = np.argsort(np.argsort(scores, kind="stable"), kind="stable")
    group = order * SCORE_GROUPS // len(order)
    total = chosen.sum(axis=0)
    overall = (total + 0.5) / (total + 0.5).sum(axis=1, keepdims=True)
    by_group = np.stack([chosen[group == one].sum(axis=0) for one in range(SCORE_GROUPS)])
    counts = by_group[group] - chosen
    prior: Floats = counts + SHRINKAGE * overall
    return np.asarray(prior / prior.sum(axis=2, keepdims=True), dtype=np.float64)


def _standard(found: Floats, expected: Floats, variance: Floats) -> Floats:
    out = np.zeros_like(found)
    np.divide(found - expected, np.sqrt(np.maximum(variance, 0.0)), out=out, where=variance > 1e-9)
    return out


def _clusters(persons: int, pairs: list[tuple[int, int]]) -> tuple[tuple[int, ...], ...]:
    """Join pairs that share a person; only groups of three or more are told."""
    parent = list(range(persons))

    def root(one: int) -> int:
        while parent[one] != one:
            parent[one] = parent[parent[one]]
            one = parent[one]
        return one

    for first, second in pairs:
        parent[root(first)] = root(second)
    groups: dict[int, list[int]] = {}
    for one in {person for pair in pairs for person in pair}:
        groups.setdefault(root(one), []).append(one)
    found = [tuple(sorted(group)) for group in groups.values() if len(group) >= 3]
    return tuple(sorted(found, key=lambda group: (-len(group), group)))
