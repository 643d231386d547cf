"""Cut scores, against panels worked out by hand."""

from __future__ import annotations

import pytest

from question_bank.psychometrics.standards import StandardError, angoff, ebel, hofstee

PANEL = {
    "lin": {"a@1": 0.60, "b@1": 0.80, "c@1": 0.40},
    "zhao": {"a@1": 0.70, "b@1": 0.90, "c@1": 0.50},
    "qian": {"a@1": 0.50, "b@1": 0.70, "c@1": 0.60},
}
ITEMS = ["a@1", "b@1", "c@1"]


class TestAngoff:
    def test_the_cut_is_the_mean_of_the_judges_means(self):
        # lin 0.6, zhao 0.7, qian 0.6: mean 19/30, sd 0.057735, / sqrt 3 = 1/30.
        found = angoff(PANEL, ITEMS)

        assert found.cut_score == pytest.approx(19 / 30)
        assert found.standard_error == pytest.approx(1 / 30)
        assert found.judges["zhao"].severity == pytest.approx(0.7 - 19 / 30)
        assert found.item_means["c@1"] == pytest.approx(0.5)
        assert found.item_sds["a@1"] == pytest.approx(0.1)

    def test_an_excluded_item_recomputes_the_cut(self):
        found = angoff(PANEL, ITEMS, excluded=frozenset({"c@1"}))

        assert found.cut_score == pytest.approx((0.7 + 0.8 + 0.6) / 3)

    def test_agreement_is_with_the_other_judges(self):
        found = angoff(PANEL, ITEMS)
        # lin (.6 .8 .4) against the means of zhao and qian (.6 .8 .55).
        assert found.judges["lin"].agreement == pytest.approx(0.05 / (0.08 * 0.035) ** 0.5)

    def test_realism_is_with_real_facilities(self):
        facilities = {"a@1": 0.65, "b@1": 0.85, "c@1": 0.45}
        found = angoff(PANEL, ITEMS, facilities=facilities)

        assert found.judges["lin"].realism == pytest.approx(1.0)
        assert found.judges["qian"].realism < 0.6

    def test_judges_who_order_the_items_alike_are_reliable(self):
        shifted = {
            judge: {ref: value - cut for ref, value in PANEL["lin"].items()}
            for judge, cut in (("one", 0.0), ("two", 0.05), ("three", 0.1))
        }
        assert angoff(shifted, ITEMS).reliability == pytest.approx(1.0)

    def test_everything_that_is_missing_is_named_at_once(self):
        panel = {"lin": {"a@1": 0.5}, "zhao": {**PANEL["zhao"], "b@1": 1.4}}
        with pytest.raises(StandardError) as told:
            angoff(panel, ITEMS)
        assert "2 judges" in str(told.value)
        assert "lin has not rated b@1, c@1" in str(told.value)
        assert "zhao rated outside 0 to 1: b@1" in str(told.value)


CELLS = {
    "a@1": ("easy", "essential"),
    "b@1": ("hard", "essential"),
    "c@1": ("easy", "important"),
}
EXPECTED = {
    ("easy", "essential"): 0.9,
    ("hard", "essential"): 0.5,
    ("easy", "important"): 0.8,
}


class TestEbel:
    def test_the_cut_is_the_points_expected_over_all(self):
        # (2 x 0.9 + 1 x 0.5 + 1 x 0.8) / 4 = 0.775
        points = {"a@1": 2, "b@1": 1, "c@1": 1}
        assert ebel(CELLS, EXPECTED, points) == pytest.approx(0.775)

    def test_an_excluded_item_recomputes_the_cut(self):
        points = {"a@1": 2, "b@1": 1, "c@1": 1}
        found = ebel(CELLS, EXPECTED, points, excluded=frozenset({"b@1"}))
        assert found == pytest.approx((1.8 + 0.8) / 3)

    def test_lacks_are_named(self):
        with pytest.raises(StandardError, match="d@1: no difficulty"):
            ebel(CELLS, EXPECTED, {"d@1": 1})


BOUNDS = dict.fromkeys(("lin", "zhao", "qian"), (0.5, 0.7, 0.1, 0.5))


class TestHofstee:
    def test_the_cut_is_where_the_diagonal_meets_the_failures(self):
        # Scores spread evenly over 0..1: failures at a cut are the cut itself. The diagonal runs
        # from (0.5, 0.5) to (0.7, 0.1): they meet at 0.5.
        scores = [number / 1000 for number in range(1000)]
        found = hofstee(BOUNDS, scores)
        assert found.cut_score == pytest.approx(0.5, abs=0.002)

    def test_a_good_cohort_meets_it_further_down(self):
        # Scores evenly over 0.4..1: failures (cut - 0.4) / 0.6 meet 0.5 - 2 (cut - 0.5) at 13/22.
        scores = [0.4 + 0.6 * number / 1000 for number in range(1000)]
        found = hofstee(BOUNDS, scores)
        assert found.cut_score == pytest.approx(13 / 22, abs=0.002)
        assert found.fail_fraction == pytest.approx((13 / 22 - 0.4) / 0.6, abs=0.005)

    def test_a_cohort_far_from_the_box_has_no_compromise(self):
        assert hofstee(BOUNDS, [0.99] * 100).cut_score is None

    def test_bounds_the_wrong_way_round_are_named(self):
        with pytest.raises(StandardError, match="lin: least above most"):
            hofstee({**BOUNDS, "lin": (0.8, 0.7, 0.1, 0.5)}, [0.5])
