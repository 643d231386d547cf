"""Item response theory, against published estimates and simulated truth."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from question_bank.psychometrics.abilities import (
    ItemCurves,
    abilities,
    ability_at,
    expected_score_fraction,
    form_information,
)
from question_bank.psychometrics.fit import chi_square_tail, item_fits, root_deviations
from question_bank.psychometrics.irt import NODES, PRIOR, Calibration, calibrate, chances
from question_bank.psychometrics.linking import link
from question_bank.psychometrics.matrices import MatrixError, ResponseMatrix
from tests.question_bank.psychometrics.lsat import lsat


def drawn_curves(rng: np.random.Generator, items: int, guess: float = 0.0) -> ItemCurves:
    return ItemCurves(
        np.exp(rng.normal(0.1, 0.3, items)), rng.normal(0, 1, items), np.full(items, guess)
    )


def drawn_responses(
    rng: np.random.Generator, curves: ItemCurves, persons: int
) -> tuple[ResponseMatrix, np.ndarray]:
    ability = rng.normal(size=persons)
    right = rng.random((persons, len(curves.a))) < curves.chances(ability)
    return ResponseMatrix.of_credits(right.astype(float)), ability


def curves_of(calibration: Calibration) -> ItemCurves:
    return ItemCurves(calibration.a, calibration.b, calibration.c)


class TestLsat:
    def test_one_parameter_as_printed(self):
        """R's ltm 1.2: `rasch(LSAT)` (Rizopoulos, J. Stat. Software 17, 2006, section 3.1)."""
        found = calibrate(lsat(), "1pl")

        assert found.a.round(4).tolist() == [0.7551] * 5
        assert found.b.round(4).tolist() == [-3.6153, -1.3224, -0.3176, -1.7301, -2.7802]
        assert round(found.log_likelihood, 3) == -2466.938
        assert found.converged

    def test_two_parameters_as_printed(self):
        """Bock & Lieberman's data in two parameters: a as in Baker & Kim (2004), likelihood as
        `ltm(LSAT ~ z1)` prints it."""
        found = calibrate(lsat(), "2pl")

        assert found.a.round(2).tolist() == [0.83, 0.72, 0.89, 0.69, 0.66]
        assert round(found.log_likelihood, 3) == -2466.653

    def test_more_parameters_never_fit_worse(self):
        assert calibrate(lsat(), "2pl").log_likelihood >= calibrate(lsat(), "1pl").log_likelihood


class TestCalibrate:
    def test_the_truth_lies_within_its_standard_errors(self):
        rng = np.random.default_rng(7)
        truth = drawn_curves(rng, 30)
        matrix, _ = drawn_responses(rng, truth, 3000)

        found = calibrate(matrix, "2pl")

        for estimate, error, true in (
            (found.a, found.a_se, truth.a),
            (found.b, found.b_se, truth.b),
        ):
            z = (estimate - true) / error
            assert 0.6 < z.std() < 1.4
            assert (np.abs(z) < 3.5).all()

    def test_different_forms_are_calibrated_together(self):
        rng = np.random.default_rng(8)
        truth = drawn_curves(rng, 24)
        matrix, _ = drawn_responses(rng, truth, 2000)
        credits = matrix.credits.copy()
        credits[:1000, :8] = np.nan
        credits[1000:, 16:] = np.nan

        found = calibrate(ResponseMatrix.of_credits(credits), "2pl")

        assert np.corrcoef(found.b, truth.b)[0, 1] > 0.98

    def test_guessing_is_found(self):
        rng = np.random.default_rng(9)
        truth = drawn_curves(rng, 20, guess=0.25)
        matrix, _ = drawn_responses(rng, truth, 4000)

        found = calibrate(matrix, "3pl")

        assert found.c.mean() == pytest.approx(0.25, abs=0.05)
        assert np.corrcoef(found.b, truth.b)[0, 1] > 0.97
        assert np.isfinite(found.c_se).all()

    def test_too_few_persons_are_refused(self):
        with pytest.raises(MatrixError, match="199 persons"):
            calibrate(ResponseMatrix.of_credits(lsat().credits[:199]))

    def test_items_without_a_difficulty_are_all_named(self):
        credits = lsat().credits.copy()
        credits[:, 1], credits[:, 3] = 1.0, 0.0
        with pytest.raises(MatrixError, match="i1, i3"):
            calibrate(ResponseMatrix.of_credits(credits))


class TestAbilities:
    def test_map_and_ml_are_where_the_gradient_vanishes(self):
        rng = np.random.default_rng(4)
        curves = drawn_curves(rng, 30)
        matrix, _ = drawn_responses(rng, curves, 50)
        for method, prior in (("map", 1.0), ("ml", 0.0)):
            theta, _ = abilities(curves, matrix.credits, method)

            def height(at: np.ndarray, prior: float = prior) -> np.ndarray:
                chance = curves.chances(at)
                logs = np.where(matrix.credits > 0, np.log(chance), np.log(1 - chance))
                return logs.sum(axis=1) - prior * at**2 / 2

            assert (height(theta) >= height(theta + 1e-3)).all()
            assert (height(theta) >= height(theta - 1e-3)).all()

    @pytest.mark.parametrize("method", ["eap", "map", "ml"])
    def test_errors_tell_how_far_estimates_lie_from_the_truth(self, method):
        rng = np.random.default_rng(6)
        curves = drawn_curves(rng, 60)
        matrix, ability = drawn_responses(rng, curves, 2000)

        theta, error = abilities(curves, matrix.credits, method)

        assert ((theta - ability) / error).std() == pytest.approx(1, abs=0.12)
        assert np.corrcoef(theta, ability)[0, 1] > 0.9

    def test_all_right_has_no_maximum_and_ends_at_the_edge(self):
        curves = drawn_curves(np.random.default_rng(1), 5)
        theta, _ = abilities(curves, np.ones((1, 5)), "ml")
        assert theta[0] == 6.0

    def test_information_is_the_slope_squared_over_the_spread(self):
        curves = drawn_curves(np.random.default_rng(2), 4, guess=0.2)
        at, step = np.array([-0.4, 0.3]), 1e-5
        chance = curves.chances(at)
        slope = (curves.chances(at + step) - curves.chances(at - step)) / (2 * step)

        assert form_information(curves, at) == pytest.approx(
            (slope**2 / (chance * (1 - chance))).sum(axis=1), rel=1e-6
        )

    def test_the_ability_of_a_score_expects_that_score(self):
        curves = drawn_curves(np.random.default_rng(3), 20)
        found = ability_at(curves, 0.6)
        assert expected_score_fraction(curves, np.array([found]))[0] == pytest.approx(0.6)

    def test_a_score_below_guessing_has_no_ability(self):
        curves = drawn_curves(np.random.default_rng(3), 20, guess=0.25)
        with pytest.raises(ValueError, match="not between"):
            ability_at(curves, 0.1)


class TestFit:
    def test_the_true_model_fits_and_a_wrong_curve_does_not(self):
        rng = np.random.default_rng(11)
        curves = drawn_curves(rng, 20)
        ability = rng.normal(size=3000)
        chance = curves.chances(ability)
        chance[:, 5] = 0.25 + 0.5 * (np.abs(ability) < 0.7)  # the middle knows, both ends do not
        matrix = ResponseMatrix.of_credits((rng.random(chance.shape) < chance).astype(float))

        fits = item_fits(matrix, curves_of(calibrate(matrix)), 2)

        worst = min(fits, key=lambda one: one.p_value)
        others = [one.p_value for one in fits if one is not worst]
        assert worst.item_ref == "i5"
        assert worst.p_value < 1e-6
        assert sum(p < 0.05 for p in others) <= 4

    def test_different_forms_cannot_be_compared_by_total(self):
        credits = lsat().credits.copy()
        credits[0, 0] = np.nan
        curves = ItemCurves(np.ones(5), np.zeros(5), np.zeros(5))
        with pytest.raises(MatrixError, match="same items"):
            item_fits(ResponseMatrix.of_credits(credits), curves, 2)

    @pytest.mark.parametrize("freedom", [1, 2, 3, 7, 12])
    @pytest.mark.parametrize("value", [0.3, 4.0, 25.0])
    def test_tail_of_chi_square(self, value, freedom):
        assert chi_square_tail(value, freedom) == pytest.approx(stats.chi2.sf(value, freedom))


class TestLink:
    def test_a_change_of_scale_is_undone_exactly(self):
        rng = np.random.default_rng(5)
        old = _calibration(drawn_curves(rng, 12))
        new = _calibration(ItemCurves(old.a * 1.3, (old.b - 0.4) / 1.3, old.c))

        found = link(new, old)

        assert (found.slope, found.shift) == (pytest.approx(1.3), pytest.approx(0.4))
        assert found.difference < 1e-6
        moved = found.applied(curves_of(new))
        assert moved.b == pytest.approx(old.b)

    def test_a_stronger_cohort_is_put_on_the_old_scale(self):
        rng = np.random.default_rng(6)
        curves = drawn_curves(rng, 25)
        first, _ = drawn_responses(rng, curves, 3000)
        ability = 0.5 + 0.8 * rng.normal(size=3000)
        second = ResponseMatrix.of_credits(
            (rng.random((3000, 25)) < curves.chances(ability)).astype(float)
        )

        found = link(calibrate(second), calibrate(first))

        assert found.slope == pytest.approx(0.8, abs=0.06)
        assert found.shift == pytest.approx(0.5, abs=0.06)

    def test_two_common_items_make_no_link(self):
        one = _calibration(drawn_curves(np.random.default_rng(1), 2))
        with pytest.raises(MatrixError, match="2 common items"):
            link(one, one)


def _calibration(curves: ItemCurves) -> Calibration:
    items = len(curves.a)
    unknown = np.full(items, np.nan)
    refs = tuple(f"i{number}" for number in range(items))
    return Calibration(
        "2pl", refs, curves.a, curves.b, curves.c, unknown, unknown, unknown, 0.0, 0, 0, True
    )


def test_chances_are_birnbaums():
    found = chances(np.array([1.0]), np.array([0.0]), np.array([0.2]), np.array([0.0]))
    assert found[0, 0] == pytest.approx(0.6)


class TestRootDeviations:
    def test_a_model_that_holds_deviates_by_noise_and_another_item_stands_out(self):
        rng = np.random.default_rng(12)
        curves = drawn_curves(rng, 20)
        matrix, ability = drawn_responses(rng, curves, 4000)
        credits = matrix.credits.copy()
        # Solved in the middle only: no monotone curve fits it.
        credits[:, 3] = (np.abs(ability) < 0.8).astype(float)
        credits[:1500, 10:] = np.nan  # forms differ: S-X2 has nothing to say

        found = root_deviations(ResponseMatrix.of_credits(credits), curves)

        others = np.delete(found, 3)
        assert found[3] > 0.2
        assert others.max() < 0.06

    def test_two_persons_and_one_item_by_hand(self):
        """Both posteriors follow from one right and one wrong answer to a symmetric item."""
        curves = ItemCurves(np.array([1.0]), np.array([0.0]), np.array([0.0]))
        matrix = ResponseMatrix.of_credits(np.array([[1.0], [0.0]]))

        chance = 1 / (1 + np.exp(-NODES))
        right, wrong = PRIOR * chance, PRIOR * (1 - chance)
        right, wrong = right / right.sum(), wrong / wrong.sum()
        seen = right + wrong
        expected = np.sqrt((seen / 2 * (right / seen - chance) ** 2).sum())

        assert root_deviations(matrix, curves)[0] == pytest.approx(expected)
        assert expected < 1e-12  # half right, as the model says at every ability
