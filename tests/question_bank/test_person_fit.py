"""Person fit: the corrected l_z is standard normal for honest patterns and tells odd ones."""

from __future__ import annotations

import numpy as np
import pytest

from question_bank.psychometrics.abilities import ItemCurves
from question_bank.psychometrics.person_fit import ODD, person_fits

ITEMS = 60


@pytest.fixture(scope="module")
def curves():
    rng = np.random.default_rng(2)
    return ItemCurves(rng.lognormal(0, 0.3, ITEMS), np.linspace(-2, 2, ITEMS), np.zeros(ITEMS))


def answers(curves, theta, rng):
    return (rng.random((len(theta), len(curves.a))) < curves.chances(theta)).astype(float)


def test_honest_patterns_have_mean_0_and_standard_deviation_1(curves):
    rng = np.random.default_rng(3)
    credits = answers(curves, rng.normal(0, 1, 3000), rng)

    fit = person_fits(curves, credits, seed=1)

    assert np.mean(fit.values) == pytest.approx(0.0, abs=0.12)
    assert np.std(fit.values) == pytest.approx(1.0, abs=0.06)
    assert 0.005 < np.mean(fit.values < ODD) < 0.025


def test_hard_ones_right_and_easy_ones_wrong_is_odd(curves):
    rng = np.random.default_rng(4)
    credits = answers(curves, rng.normal(0, 1, 200), rng)
    credits[0, :15], credits[0, -15:] = 0.0, 1.0

    fit = person_fits(curves, credits, seed=1)

    assert fit.flagged == (0,)
    assert fit.values[0] < -6
    assert fit.p_values[0] == pytest.approx(1 / 20_001)


def test_a_perfect_sheet_and_a_short_one_are_no_sign(curves):
    credits = np.full((3, ITEMS), np.nan)
    credits[0] = 1.0
    credits[1, :19], credits[2, :20] = 0.0, 1.0

    fit = person_fits(curves, credits, seed=1)

    assert fit.values[0] > -1
    assert np.isnan(fit.values[1])
    assert not np.isnan(fit.values[2])
    assert fit.flagged == ()


def test_curves_with_guessing_are_refused(curves):
    guessing = ItemCurves(curves.a, curves.b, np.full(ITEMS, 0.2))

    with pytest.raises(ValueError, match="guessing"):
        person_fits(guessing, np.ones((3, ITEMS)), seed=1)
