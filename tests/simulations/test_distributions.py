import pytest

from simulations.distributions import best_cut, histogram, pass_rates, percentiles, separation


class TestPercentiles:
    def test_are_those_of_the_values(self):
        found = percentiles(range(101))

        assert found == {"mean": 50, "sd": 29.3, "p5": 5, "p50": 50, "p95": 95}


class TestHistogram:
    def test_has_bars_without_gaps(self):
        found = histogram([-1, 0, 3, 12], 5.0)

        assert found == {"start": -5.0, "width": 5.0, "counts": [1, 2, 0, 1]}


class TestSeparation:
    def test_of_equal_groups_is_nothing(self):
        assert separation([1, 2, 3], [1, 2, 3]) == {"cohen_d": 0.0, "auc_fraction": 0.5}

    def test_of_separate_groups_is_complete(self):
        assert separation([1, 2, 3], [11, 12, 13])["auc_fraction"] == 1.0

    def test_counts_spreads(self):
        # Means 2 apart, both variances 2/3: d = 2 / sqrt(2/3).
        assert separation([1, 2, 3], [3, 4, 5])["cohen_d"] == pytest.approx(2.449, abs=1e-3)

    def test_a_tie_is_half_a_win(self):
        # Of four pairs 2 > 1 and 3 > 1 and 3 > 2 are won, 2 = 2 is half won.
        assert separation([1, 2], [2, 3])["auc_fraction"] == 3.5 / 4

    def test_of_constants_is_not_a_number_of_any_use(self):
        assert separation([1, 1], [2, 2])["cohen_d"] == 0.0


class TestBestCut:
    def test_stands_in_the_middle_of_a_gap(self):
        found = best_cut([5, 10, 20], [50, 60, 70])

        assert (found["lowest_equal_cut"], found["highest_equal_cut"]) == (21, 50)
        assert found["cut"] == 36
        assert found["false_pass_fraction"] == found["false_fail_fraction"] == 0

    def test_weighs_both_errors(self):
        found = best_cut([10, 20, 40], [30, 50, 60])

        assert found["false_pass_fraction"] + found["false_fail_fraction"] == pytest.approx(
            1 / 3, abs=1e-3
        )


class TestPassRates:
    def test_equality_passes(self):
        found = pass_rates({"all": [25.0, 24.9]})

        assert found["pass_fraction"]["all"][found["cuts"].index(25)] == 0.5
