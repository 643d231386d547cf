import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulations.engines.v1 import arithmetic as a

draws = st.floats(min_value=2.0**-33, max_value=1.0 - 2.0**-33)
means = st.floats(min_value=0.0, max_value=200.0)


class TestDraw:
    def test_is_splitmix64_by_index(self):
        # The first outputs of SplitMix64 seeded with 0, from its authors' reference code.
        expected = (0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F)

        found = [a.draw(0, 0, slot) for slot in range(3)]

        assert found == [((word >> 32) + 0.5) * 2.0**-32 for word in expected]

    def test_ticks_follow_one_another_without_overlap(self):
        values = {a.draw(99, tick, slot) for tick in range(50) for slot in range(a.SLOTS)}

        assert len(values) == 50 * a.SLOTS

    @given(st.integers(0, 2**64 - 1), st.integers(0, 2**31), st.integers(0, a.SLOTS - 1))
    def test_is_strictly_inside_the_unit_interval(self, key, tick, slot):
        assert 0.0 < a.draw(key, tick, slot) < 1.0

    def test_is_uniform_enough(self):
        values = [a.draw(7, tick, 0) for tick in range(4000)]

        assert sum(values) / len(values) == pytest.approx(0.5, abs=0.02)


class TestElementary:
    @given(st.floats(-39, 39))
    def test_exp(self, x):
        assert a.exp_(x) == pytest.approx(math.exp(x), rel=1e-11)

    @given(st.floats(1e-12, 1e12))
    def test_log(self, x):
        assert a.log_(x) == pytest.approx(math.log(x), abs=1e-7, rel=1e-7)

    def test_log_of_one_is_exactly_zero(self):
        assert a.log_(1.0) == 0.0

    @given(draws)
    def test_normal_is_the_quantile(self, u):
        assert 0.5 * math.erfc(-a.normal(u) / math.sqrt(2.0)) == pytest.approx(u, rel=1e-5)

    def test_against_normal_saturates(self):
        assert a.against_normal(1.0) == 0.0
        assert -1.0 <= a.against_normal(0.0) < a.against_normal(9.0) < 1.0


class TestPoisson:
    @given(means, means, draws)
    def test_never_falls_when_the_mean_rises(self, one, other, u):
        low, high = sorted((one, other))

        assert a.poisson(low, u) <= a.poisson(high, u)

    @given(st.floats(4.0, 7.0), st.floats(0.0, 0.2), draws)
    def test_is_monotone_across_the_seam(self, mean, more, u):
        assert a.poisson(mean, u) <= a.poisson(mean + more, u)

    @given(means, draws, draws)
    def test_never_falls_when_the_draw_rises(self, mean, one, other):
        low, high = sorted((one, other))

        assert a.poisson(mean, low) <= a.poisson(mean, high)

    @given(means, draws)
    def test_is_a_count(self, mean, u):
        count = a.poisson(mean, u)

        assert count >= 0.0
        assert count == math.floor(count)

    @given(means)
    def test_gives_the_mean_itself_without_luck(self, mean):
        assert a.poisson(mean, -1.0) == mean

    @pytest.mark.parametrize("mean", [0.02, 0.5, 3.0, 5.9, 6.0, 25.0, 140.0])
    def test_has_the_right_mean(self, mean):
        values = [a.poisson(mean, (i + 0.5) / 20_000) for i in range(20_000)]

        assert sum(values) / len(values) == pytest.approx(mean, rel=3e-3, abs=1e-3)
