from statistics import fmean, stdev

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulations.tallies import Tally

VALUES = st.lists(st.floats(-200, 200), min_size=2, max_size=60)


class TestTally:
    @given(VALUES)
    def test_has_the_figures_of_its_values(self, values):
        tally = Tally.of(values)

        assert tally.count == len(values)
        assert tally.mean == pytest.approx(fmean(values), abs=1e-9)
        assert tally.sd == pytest.approx(stdev(values), abs=1e-6)
        assert (tally.least, tally.most) == (min(values), max(values))
        assert sum(tally.histogram()["counts"]) == len(values)

    @given(VALUES, VALUES)
    def test_merges_to_the_tally_of_both(self, first, second):
        merged = Tally.of(first)
        merged.merge(Tally.of(second))
        whole = Tally.of([*first, *second])

        assert merged.count == whole.count
        assert merged.mean == pytest.approx(whole.mean, abs=1e-9)
        assert merged.sd == pytest.approx(whole.sd, abs=1e-6)
        assert merged.bins == whole.bins

    @given(VALUES, st.sampled_from([0.05, 0.5, 0.95]))
    def test_quantiles_are_right_to_a_bin(self, values, share):
        below = sum(value <= Tally.of(values).quantile(share) + 1.0 for value in values)

        assert below >= share * len(values)

    def test_of_nothing_is_nothing(self):
        empty = Tally()
        empty.merge(Tally())

        assert empty.to_dict()["mean"] == empty.to_dict()["least"] == 0.0
        assert empty.histogram()["counts"] == []

    def test_refuses_other_bins(self):
        with pytest.raises(ValueError, match="bins"):
            Tally(1.0).merge(Tally.of([1], 2.0))
