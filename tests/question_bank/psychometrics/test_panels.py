"""A panel's spreads, outliers and Ebel's grid, against figures worked out by hand."""

from __future__ import annotations

import pytest

from question_bank.psychometrics.panels import (
    implied_ratings,
    is_outlying,
    is_step,
    item_spreads,
    modal_share,
    panel_agreement,
    passing_fraction,
    rounded_cut,
)
from question_bank.psychometrics.standards import StandardError, angoff, ebel

RATINGS = {
    "甲": {"a@1": 0.60, "b@1": 0.80},
    "乙": {"a@1": 0.70, "b@1": 0.30},
    "丙": {"a@1": 0.65, "b@1": 0.55},
}


@pytest.mark.parametrize(
    ("share", "is_one"),
    [(0.0, True), (0.35, True), (1.0, True), (0.62, False), (1.05, False), (-0.05, False)],
)
def test_ratings_are_steps_of_five_percent(share, is_one):
    assert is_step(share) is is_one


def test_the_widest_spread_comes_first():
    first, second = item_spreads(RATINGS, ["a@1", "b@1"], {"a@1": 0.5})

    assert (first.ref, first.values, first.width) == ("b@1", (0.30, 0.55, 0.80), 0.5)
    assert first.sd == pytest.approx(0.25)
    assert (second.mean, second.facility) == (pytest.approx(0.65), 0.5)


class TestIsOutlying:
    def test_four_steps_from_the_median_of_the_others(self):
        # The others of 乙 say 0.8 and 0.55: their median is 0.675, 0.375 away.
        assert is_outlying(RATINGS, "乙", "b@1")
        # The others of 甲 say 0.7 and 0.65: 0.675, 0.075 away.
        assert not is_outlying(RATINGS, "甲", "a@1")

    def test_exactly_four_steps_are_told(self):
        ratings = {"甲": {"a@1": 0.85}, "乙": {"a@1": 0.65}, "丙": {"a@1": 0.65}}
        assert is_outlying(ratings, "甲", "a@1")

    def test_among_two_nobody_is_far_from_the_others(self):
        ratings = {"甲": {"a@1": 0.1}, "乙": {"a@1": 0.9}}
        assert not is_outlying(ratings, "甲", "a@1")


def test_agreement_of_equal_judges_is_whole_and_needs_two_items():
    same = {seat: {"a@1": 0.5, "b@1": 0.8} for seat in "甲乙丙"}

    assert panel_agreement(same, ["a@1", "b@1"]) == pytest.approx(1.0)
    assert panel_agreement(same, ["a@1"]) is None


class TestEbelsGrid:
    EASY, HARD = ("easy", "essential"), ("hard", "important")

    def test_implied_ratings_give_ebels_cut(self):
        cells = {"甲": {"a@1": self.EASY, "b@1": self.HARD}}
        expected = {"甲": {self.EASY: 0.9, self.HARD: 0.4}}

        implied = implied_ratings(cells, expected, ["a@1", "b@1"])

        assert implied == {"甲": {"a@1": 0.9, "b@1": 0.4}}
        assert ebel(cells["甲"], expected["甲"], {"a@1": 1, "b@1": 1}) == pytest.approx(0.65)
        panel = dict.fromkeys("甲乙丙", implied["甲"])
        assert angoff(panel, ["a@1", "b@1"]).cut_score == pytest.approx(0.65)

    def test_everything_missing_is_named(self):
        with pytest.raises(StandardError) as told:
            implied_ratings({"甲": {"a@1": self.EASY}}, {"甲": {}}, ["a@1", "b@1"])
        assert "甲 has not placed b@1" in str(told.value)
        assert "甲 expects nothing of easy/essential" in str(told.value)

    def test_the_most_frequent_cell(self):
        cells = {"甲": {"a@1": self.EASY}, "乙": {"a@1": self.EASY}, "丙": {"a@1": self.HARD}}

        assert modal_share(cells, "a@1") == (self.EASY, pytest.approx(2 / 3))
        assert modal_share({}, "a@1") == (None, 0.0)


@pytest.mark.parametrize(
    ("cut", "stated"), [(0.634, 0.63), (0.635, 0.63), (0.636, 0.64), (0.6, 0.6), (0.0, 0.0)]
)
def test_a_cut_is_stated_to_one_percent_a_half_down(cut, stated):
    assert rounded_cut(cut) == stated


@pytest.mark.parametrize(
    ("step", "stated"), [(0.05, 0.65), (0.01, 0.64), (0.005, 0.635), (0.001, 0.637)]
)
def test_a_panel_may_choose_the_step(step, stated):
    assert rounded_cut(0.6372, step) == stated


def test_equality_passes_and_no_cohort_says_nothing():
    cohort = [(0.5, 20), (0.6, 30), (0.7, 50)]

    assert passing_fraction(cohort, 0.6) == pytest.approx(0.8)
    assert passing_fraction(cohort, 0.61) == pytest.approx(0.5)
    assert passing_fraction([], 0.6) is None
