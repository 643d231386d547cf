"""Classical figures, against published tables and independent formulas."""

from __future__ import annotations

from math import asin, pi

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from question_bank.psychometrics.classical import (
    correlation,
    facility_drift,
    item_statistics,
    option_curves,
)
from question_bank.psychometrics.consistency import decision_consistency, form_statistics, sem_at
from question_bank.psychometrics.differential import item_differences, mantel_haenszel
from question_bank.psychometrics.flags import item_flags
from question_bank.psychometrics.intervals import (
    bootstrap_interval,
    discrimination_intervals,
)
from question_bank.psychometrics.matrices import MatrixError, ResponseMatrix, ScoredResponse
from tests.question_bank.psychometrics.lsat import lsat

BERKELEY = np.array(
    [
        [[512, 313], [89, 19]],
        [[353, 207], [17, 8]],
        [[120, 205], [202, 391]],
        [[138, 279], [131, 244]],
        [[53, 138], [94, 299]],
        [[22, 351], [24, 317]],
    ],
    dtype=float,
)
"""Admissions of men and women by department (Bickel, Hammel & O'Connell, Science 187, 1975)."""


def answers(credits: list[list[float]]) -> ResponseMatrix:
    return ResponseMatrix.of_credits(np.array(credits, dtype=float))


class TestLsat:
    """Figures printed by R's ltm 1.2, `descript(LSAT)` (Rizopoulos, J. Stat. Software 17, 2006)."""

    def test_facility(self):
        assert [one.facility for one in item_statistics(lsat())] == pytest.approx(
            [0.924, 0.709, 0.553, 0.763, 0.870]
        )

    def test_correlation_with_the_total(self):
        printed = [0.3620, 0.5668, 0.6184, 0.5344, 0.4354]
        found = [round(one.point_biserial, 4) for one in item_statistics(lsat())]
        assert found == printed

    def test_correlation_with_the_rest(self):
        printed = [0.1128, 0.1532, 0.1728, 0.1444, 0.1216]
        found = [round(one.discrimination, 4) for one in item_statistics(lsat())]
        assert found == printed

    def test_alpha_and_alpha_without_each_item(self):
        form = form_statistics(lsat())

        assert round(form.alpha, 4) == 0.2950
        assert [round(one, 4) for one in form.alpha_without.values()] == [
            *(0.2754, 0.2376, 0.2168, 0.2459, 0.2663)
        ]


class TestItemStatistics:
    def test_efficiency_is_the_share_of_the_greatest_covariance(self):
        matrix = answers([[1, 1, 0], [0, 1, 1], [1, 1, 1], [0, 0, 0], [1, 0, 0]])
        x = matrix.credits[:, 0]
        rest = matrix.credits[:, 1:].mean(axis=1)

        found = item_statistics(matrix)[0].efficiency

        assert found == pytest.approx(
            np.cov(x, rest)[0, 1] / np.cov(np.sort(x), np.sort(rest))[0, 1]
        )

    def test_effective_weights_add_up_to_one(self):
        weights = [one.effective_weight for one in item_statistics(lsat())]

        assert sum(weights) == pytest.approx(1)

    def test_an_item_that_all_solved_discriminates_nothing(self):
        item = item_statistics(answers([[1, 1, 0], [1, 0, 1], [1, 1, 1]]))[0]

        assert (item.facility, item.discrimination, item.efficiency) == (1.0, None, None)

    def test_the_rest_is_that_of_the_persons_own_form(self):
        # Two forms with one item in common; in each, those who solve it do better elsewhere.
        nan = float("nan")
        rows = [[1, 1, 1, nan], [0, 0, 0, nan], [1, nan, 1, 1], [0, nan, 1, 0]] * 5

        (common, *_) = item_statistics(answers(rows))

        assert common.count == 20
        assert common.discrimination == pytest.approx(
            np.corrcoef([1, 0, 1, 0], [1, 0, 1, 0.5])[0, 1]
        )

    def test_omissions_and_times(self):
        matrix = ResponseMatrix.from_responses(
            [
                ScoredResponse("a", "one@1", 1.0, "b", 10.0),
                ScoredResponse("b", "one@1", 0.0, "", 30.0),
                ScoredResponse("c", "one@1", 0.0, "c", None),
            ]
        )

        (item,) = item_statistics(matrix)

        assert (item.omitted_fraction, item.median_s) == (pytest.approx(1 / 3), 20.0)

    @given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=3, max_size=30))
    def test_correlation_is_pearsons(self, pairs):
        x, y = np.array(pairs).T
        found = correlation(x, y)
        if found is not None and x.std() > 1e-3 and y.std() > 1e-3:
            assert found == pytest.approx(np.corrcoef(x, y)[0, 1], abs=1e-6)


class TestMatrix:
    def test_a_credit_outside_its_range_is_named(self):
        with pytest.raises(MatrixError, match=r"p, i@1: credit 1\.5"):
            ResponseMatrix.from_responses([ScoredResponse("p", "i@1", 1.5)])

    def test_an_item_answered_twice_is_named(self):
        twice = [ScoredResponse("p", "i@1", 1.0), ScoredResponse("p", "i@1", 0.0)]
        with pytest.raises(MatrixError, match="p, i@1: answered twice"):
            ResponseMatrix.from_responses(twice)

    def test_no_responses_make_an_empty_matrix(self):
        assert item_statistics(ResponseMatrix.from_responses([])) == []


class TestOptionCurves:
    def test_shares_by_score_group(self):
        able, weak = ["k1", "k2"], ["w1", "w2"]
        rows = [
            ScoredResponse(person, "rest@1", float(person in able), "x") for person in able + weak
        ]
        rows += [ScoredResponse(person, "item@1", 1.0, "a") for person in able]
        rows += [ScoredResponse("w1", "item@1", 0.0, "b"), ScoredResponse("w2", "item@1", 0.0)]
        matrix = ResponseMatrix.from_responses(rows)

        right, wrong, blank = option_curves(matrix, matrix.item_refs.index("item@1"), groups=2)

        assert (right.option, right.shares, right.discrimination) == ("a", (0.0, 1.0), 1.0)
        assert (wrong.option, wrong.shares) == ("b", (0.5, 0.0))
        assert (blank.option, blank.share) == ("", 0.25)


class TestFormStatistics:
    def test_shape_is_that_of_the_k_statistics(self):
        matrix = lsat()
        form = form_statistics(matrix)
        scores = matrix.score_fractions

        assert form.skewness == pytest.approx(
            stats.kstat(scores, 3) / stats.kstat(scores, 2) ** 1.5
        )
        assert form.kurtosis == pytest.approx(stats.kstat(scores, 4) / stats.kstat(scores, 2) ** 2)

    def test_sem(self):
        form = form_statistics(lsat())
        assert form.sem == pytest.approx(form.sd * (1 - form.alpha) ** 0.5)

    def test_error_at_a_score_is_lords_where_alpha_is_kr21(self):
        # With alpha = KR21 Keats' factor is 1. KR21 of mean 30, sd 5, k = 50.
        kr21 = 50 / 49 * (1 - 30 * 20 / (50 * 25))

        found = sem_at(0.6, 50, kr21, 0.6, 0.1)

        assert found * 50 == pytest.approx((30 * 20 / 49) ** 0.5)

    @pytest.mark.parametrize("alpha", [0.1, 0.5, 0.7, 0.9])
    def test_agreement_at_the_mean_has_a_closed_form(self, alpha):
        found = decision_consistency(0.6, 0.6, 0.1, alpha)

        assert found.agreement == pytest.approx(0.5 + asin(alpha) / pi)
        assert found.kappa == pytest.approx(2 * asin(alpha) / pi)

    @pytest.mark.parametrize(("z", "alpha"), [(1.0, 0.5), (1.0, 0.9), (-0.5, 0.7), (2.2, 0.85)])
    def test_agreement_is_that_of_a_bivariate_normal(self, z, alpha):
        both = stats.multivariate_normal([0, 0], [[1, alpha], [alpha, 1]]).cdf([z, z])
        found = decision_consistency(0.6 + 0.1 * z, 0.6, 0.1, alpha)

        assert found.agreement == pytest.approx(1 - 2 * stats.norm.cdf(z) + 2 * both, abs=1e-5)
        assert 0 < found.kappa < found.agreement < found.accuracy < 1


class TestDifferences:
    def test_berkeley_admissions(self):
        """R's `mantelhaen.test(UCBAdmissions)` prints 0.9046968, 1.4269, p = 0.2323."""
        found = mantel_haenszel(BERKELEY)

        assert round(found.odds_ratio, 7) == 0.9046968
        assert round(found.chi_square, 4) == 1.4269
        assert round(found.p_value, 4) == 0.2323
        assert found.letter == "A"

    def test_a_planted_difference_is_found_and_honest_items_are_not(self):
        rng = np.random.default_rng(5)
        ability, focal = rng.normal(size=1200), np.arange(1200) % 2 == 1
        harder = np.zeros((1200, 20))
        harder[focal, 3] = 1.2
        chance = 1 / (1 + np.exp(-(ability[:, None] - rng.normal(size=20) - harder)))
        credits = (rng.random((1200, 20)) < chance).astype(float)

        found = item_differences(ResponseMatrix.of_credits(credits), focal)

        letters = {ref: one.letter for ref, one in found.items()}
        assert letters.pop("i3") == "C"
        assert sum(letter == "C" for letter in letters.values()) == 0
        assert found["i3"].delta < 0

    def test_small_groups_get_no_verdict(self):
        assert set(item_differences(lsat(), np.arange(1000) < 20).values()) == {None}


class TestIntervals:
    def test_they_cover_the_truth_about_as_often_as_they_say(self):
        rng = np.random.default_rng(2)
        covered = 0
        for seed in range(40):
            matrix = ResponseMatrix.of_credits((rng.random((120, 3)) < 0.7).astype(float))
            low, high = bootstrap_interval(
                matrix, lambda one: one.credits.mean(axis=0), seed=seed, draws=200
            )
            covered += int(((low <= 0.7) & (high >= 0.7)).sum())
        assert 0.88 <= covered / 120 <= 0.99

    def test_equal_seeds_give_equal_intervals(self):
        def means(one: ResponseMatrix):
            return one.credits.mean(axis=0)

        one, other = (bootstrap_interval(lsat(), means, draws=50) for _ in range(2))
        assert np.array_equal(one, other)

    def test_those_of_the_discrimination_are_the_same_by_sums_as_by_drawn_persons(self):
        rng = np.random.default_rng(6)
        credits = (rng.random((90, 7)) < rng.random((90, 1))).astype(float)
        credits[rng.random(credits.shape) < 0.3] = np.nan  # forms differ
        credits[:, 5] = np.where(np.isnan(credits[:, 5]), np.nan, 1.0)  # solved by all
        credits[25:, 6] = np.nan  # seen by too few
        credits[:3] = np.nan
        credits[:3, 0] = 1.0  # forms of one item have no rest

        def slowly(one: ResponseMatrix):
            known = (
                item.discrimination if item.count >= 30 else None for item in item_statistics(one)
            )
            return np.array([np.nan if value is None else value for value in known])

        matrix = ResponseMatrix.of_credits(credits)
        found = discrimination_intervals(matrix, least=30, draws=60)

        wanted = bootstrap_interval(matrix, slowly, draws=60)
        assert np.allclose(found, wanted, equal_nan=True, atol=1e-9)
        assert np.isnan(found[0]).tolist() == [False] * 5 + [True, True]


class TestDrift:
    def test_a_leaked_item_stands_out_and_a_stronger_cohort_does_not(self):
        rng = np.random.default_rng(3)
        hard = rng.normal(size=12)

        def cohort(mean: float, leaked: float) -> ResponseMatrix:
            ability = rng.normal(mean, 1, 2000)
            shift = np.zeros(12)
            shift[4] = leaked
            chance = 1 / (1 + np.exp(-(ability[:, None] - hard + shift)))
            return ResponseMatrix.of_credits((rng.random(chance.shape) < chance).astype(float))

        shifts = facility_drift(cohort(0, 0), cohort(0.6, 1.0))

        assert shifts.pop("i4") > 0.6
        assert max(map(abs, shifts.values())) < 0.3


class TestFlags:
    def test_a_few_persons_only_say_so(self):
        (item,) = item_statistics(answers([[1], [0], [1]]))
        assert list(item_flags(item)) == ["too_few"]

    def test_a_wrong_key_shows(self):
        rng = np.random.default_rng(1)
        ability = rng.normal(size=400)
        rows = []
        for person, able in enumerate(ability):
            for item in range(10):
                right = rng.random() < 1 / (1 + np.exp(-1.5 * able))
                if item == 0:  # the key says b, but a is what the able choose
                    rows.append(
                        ScoredResponse(str(person), "i0", float(not right), "a" if right else "b")
                    )
                else:
                    rows.append(ScoredResponse(str(person), f"i{item}", float(right), "k"))
        matrix = ResponseMatrix.from_responses(rows)

        flags = item_flags(
            item_statistics(matrix)[0],
            option_curves(matrix, 0),
            keys=frozenset("b"),
            choices=frozenset("abcd"),
        )

        assert set(flags) == {
            "negative_discrimination",
            "unused_distractor",
            "distractor_of_the_able",
        }
