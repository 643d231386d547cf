"""Agreement of markers against published tables and against other formulas."""

from __future__ import annotations

import numpy as np
import pytest

from question_bank.agreement import (
    LEAST_RESPONSES,
    _intraclasses,
    agreement,
    bootstrap,
    intraclass,
    kappa_of_table,
    weighted_kappa,
)

SHROUT_FLEISS = np.array(
    [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]], float
)
"""Shrout & Fleiss 1979, table 2: six targets, four judges."""

COHEN = [[0.44, 0.07, 0.09], [0.05, 0.20, 0.05], [0.01, 0.03, 0.06]]
COHEN_WEIGHTS = [[0, 1, 3], [1, 0, 6], [3, 6, 0]]
"""Cohen 1968, table 1: two clinicians, three diagnoses, weights of disagreement."""


def some_pairs(count: int = 200, spread: float = 0.8) -> list[tuple[int, int]]:
    """Pairs of marks of 0 to 6 points about a common true value."""
    random = np.random.default_rng(7)
    true = random.normal(3, 1.6, count)
    marks = np.clip(np.rint(true[:, None] + random.normal(0, spread, (count, 2))), 0, 6)
    return [(int(one), int(other)) for one, other in marks]


class TestIntraclass:
    def test_gives_the_published_figures(self):
        assert intraclass(SHROUT_FLEISS) == pytest.approx(0.29, abs=0.005)
        assert intraclass(SHROUT_FLEISS, same_markers=False) == pytest.approx(0.17, abs=0.005)

    def test_full_agreement_is_one_and_a_constant_shift_is_not(self):
        ratings = np.array([[n, n] for n in range(7)], float)

        assert intraclass(ratings) == pytest.approx(1)
        assert intraclass(ratings + np.array([0, 2])) < 0.8

    def test_says_nothing_where_nobody_differs(self):
        assert intraclass(np.full((30, 2), 4.0)) is None


class TestKappa:
    def test_gives_the_published_figures(self):
        plain = [[0, 1, 1], [1, 0, 1], [1, 1, 0]]

        assert kappa_of_table(COHEN, plain) == pytest.approx(0.492, abs=0.0005)
        assert kappa_of_table(COHEN, COHEN_WEIGHTS) == pytest.approx(0.348, abs=0.0005)

    def test_by_moments_it_is_the_same_as_by_the_table(self):
        pairs = some_pairs()
        table = np.zeros((7, 7))
        for one, other in pairs:
            table[one, other] += 1
        squares = (np.arange(7)[:, None] - np.arange(7)[None, :]) ** 2

        by_table = kappa_of_table(table.tolist(), squares.tolist())

        assert weighted_kappa(np.array(pairs, float)) == pytest.approx(by_table, abs=1e-12)

    def test_says_nothing_where_neither_varies(self):
        assert weighted_kappa(np.full((30, 2), 4.0)) is None

    def test_opposite_marks_are_worse_than_chance(self):
        assert weighted_kappa(np.array([[0, 6], [6, 0]] * 15, float)) == pytest.approx(-1)


class TestAgreement:
    def test_tells_shares_severity_and_intervals(self):
        pairs = some_pairs()
        found = agreement(pairs, tolerance=1)

        assert found.count == 200
        assert found.exact_fraction == sum(one == other for one, other in pairs) / 200
        assert found.within_fraction == sum(abs(one - other) <= 1 for one, other in pairs) / 200
        assert found.severity == pytest.approx(np.mean([one - other for one, other in pairs]))
        assert found.kappa.low < found.kappa.value < found.kappa.high
        assert found.icc.low < found.icc.value < found.icc.high
        # The theory of this simulation: true variance over all variance.
        assert found.icc.value == pytest.approx(1.6**2 / (1.6**2 + 0.8**2), abs=0.08)

    def test_with_few_responses_it_says_only_the_shares(self):
        found = agreement(some_pairs(LEAST_RESPONSES - 1), tolerance=1)

        assert (found.kappa, found.icc) == (None, None)
        assert not found.is_low

    def test_low_is_what_the_interval_cannot_explain(self):
        assert agreement(some_pairs(spread=3.0), tolerance=1).is_low
        assert not agreement(some_pairs(spread=0.3), tolerance=1).is_low

    def test_the_same_marks_give_the_same_interval(self):
        assert agreement(some_pairs(), tolerance=1) == agreement(some_pairs(), tolerance=1)

    def test_the_interval_holds_the_truth_as_often_as_it_says(self):
        """Over 60 samples of 80 responses the 95 % interval misses the truth rarely."""
        random = np.random.default_rng(11)
        truth = 1.6**2 / (1.6**2 + 0.8**2)
        held = 0
        for _ in range(60):
            true = random.normal(3, 1.6, 80)
            ratings = true[:, None] + random.normal(0, 0.8, (80, 2))
            found = bootstrap(ratings, lambda samples: _intraclasses(samples, same_markers=True))
            held += found.low <= truth <= found.high
        assert held >= 50
