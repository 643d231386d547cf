"""The score by hand, and what must hold for every provider."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.providers.errors import ReadingError
from app.providers.five_force import Reading, Reported, score
from app.providers.schemes import Direction, from_e4
from certificates.levels import Level
from tests.factories.schemes import LITTLE_SCHEME, RICH_SCHEME

GOOD = {
    "share": Reading(Decimal("31.4")),
    "roi": Reading(Decimal("2.5")),
    "gpm": Reading(Decimal(1000)),
    "disputes": Reading(Decimal("1.25")),
    "leaps": Reading(Decimal(5)),
}

values = st.integers(-(10**9), 10**9).map(from_e4) | st.integers(-(10**5), 4 * 10**5).map(from_e4)
indicators = st.fixed_dictionaries(
    {}, optional={m.id: st.builds(Reading, values, st.booleans()) for m in LITTLE_SCHEME.modules}
)
operators = st.dictionaries(st.sampled_from(Level), st.integers(0, 60))


class TestScore:
    def test_explains_every_module_by_hand(self):
        scorecard = score(LITTLE_SCHEME, GOOD, {})

        # 31.4 is above the full 30. (2.5 − 1) / 3.01 = 49.8339 %. (1000 − 400) / 1600 = 37.5 %.
        # (5 − 1.25) / 4.5 = 83.3333 %. 5 / 7 = 71.4286 %. Then score × weight / 100.
        assert [
            (line.module_id, str(line.score), str(line.contribution)) for line in scorecard.modules
        ] == [
            ("share", "100.00", "33.34"),
            ("roi", "49.83", "11.07"),
            ("gpm", "37.50", "4.17"),
            ("disputes", "83.33", "13.88"),
            ("leaps", "71.43", "11.91"),
        ]
        assert str(scorecard.modules_points) == "74.37"

    def test_gives_a_force_the_weighted_mean_of_its_modules(self):
        demand, supply = score(LITTLE_SCHEME, GOOD, {}).forces

        # (100 × 33.34 + 49.83 × 22.22 + 37.5 × 11.11) / 66.67 = 72.8637
        assert (demand.score, demand.contribution) == (Decimal("72.86"), Decimal("48.58"))
        # (83.33 × 16.66 + 71.43 × 16.67) / 33.33 = 77.3782
        assert (supply.score, supply.contribution) == (Decimal("77.38"), Decimal("25.79"))

    def test_adds_certified_operators_level_by_level(self):
        counts = {Level.JUNIOR: 26, Level.INTERMEDIATE: 11, Level.SENIOR: 2}

        certified = score(LITTLE_SCHEME, GOOD, counts).certified

        assert [(line.operator_count, str(line.points)) for line in certified.levels] == [
            (26, "1.30"),
            (11, "1.32"),
            (2, "0.78"),
        ]
        assert str(certified.points) == "3.40"

    def test_stops_adding_at_the_cap(self):
        scorecard = score(LITTLE_SCHEME, GOOD, {Level.SENIOR: 20})

        assert scorecard.certified.uncapped_points == Decimal("7.80")
        assert scorecard.certified.points == Decimal("5.00")
        assert scorecard.total == Decimal("79.37")

    def test_earns_a_rating_by_equality(self):
        # 33.34 + 22.22 + 2.78 (a quarter of 11.11) + 16.66 + 0 = 75.00; then 4.99 and 5.00.
        readings = {
            "share": Reading(Decimal(30)),
            "roi": Reading(Decimal("4.01")),
            "gpm": Reading(Decimal(800)),
            "disputes": Reading(Decimal("0.5")),
            "leaps": Reading(Decimal(0)),
        }

        below = score(LITTLE_SCHEME, readings, {Level.JUNIOR: 92, Level.SENIOR: 1})
        equal = score(LITTLE_SCHEME, readings, {Level.JUNIOR: 100})

        assert (below.total, below.rating, below.next_rating) == (Decimal("79.99"), "B", "A")
        assert below.points_to_next == Decimal("0.01")
        assert (equal.total, equal.rating, equal.next_rating) == (Decimal("80.00"), "A", "S")

    def test_has_no_next_rating_at_the_top(self):
        readings = {module.id: Reading(module.full) for module in LITTLE_SCHEME.modules}

        scorecard = score(LITTLE_SCHEME, readings, {})

        assert (scorecard.total, scorecard.rating) == (Decimal("100.00"), "S")
        assert (scorecard.next_rating, scorecard.points_to_next) == (None, None)

    def test_marks_a_missing_module_and_the_total_as_provisional(self):
        readings = {key: reading for key, reading in GOOD.items() if key != "gpm"}

        scorecard = score(LITTLE_SCHEME, readings, {})

        line = scorecard.module("gpm")
        assert (line.reported, line.value, line.contribution) == (Reported.MISSING, None, 0)
        assert scorecard.is_provisional
        assert scorecard.total == score(LITTLE_SCHEME, GOOD, {}).total - Decimal("4.17")

    def test_scores_a_carried_value_in_full_but_provisionally(self):
        readings = GOOD | {"gpm": replace(GOOD["gpm"], is_carried=True)}

        scorecard = score(LITTLE_SCHEME, readings, {})

        assert scorecard.module("gpm").reported is Reported.CARRIED
        assert scorecard.is_provisional
        assert scorecard.total == score(LITTLE_SCHEME, GOOD, {}).total

    def test_is_settled_when_every_value_is_there(self):
        assert not score(LITTLE_SCHEME, GOOD, {}).is_provisional

    def test_a_provider_without_anything_gets_the_lowest_rating(self):
        scorecard = score(LITTLE_SCHEME, {}, {})

        assert (scorecard.total, scorecard.rating) == (Decimal("0.00"), "D")

    @pytest.mark.parametrize("value", ["NaN", "Infinity", "1e11", "0.00001", "1e-999999"])
    def test_refuses_what_is_no_exact_number(self, value):
        with pytest.raises(ReadingError):
            score(LITTLE_SCHEME, {"share": Reading(Decimal(value))}, {})

    def test_refuses_a_module_that_the_scheme_has_not(self):
        with pytest.raises(ReadingError, match=r"little@1 has no module \['fame'\]"):
            score(LITTLE_SCHEME, {"fame": Reading(Decimal(1))}, {})

    @pytest.mark.parametrize("count", [-1, 1.5, True, "2"])
    def test_refuses_what_is_no_count(self, count):
        with pytest.raises(ReadingError, match="operators of level junior"):
            score(LITTLE_SCHEME, {}, {Level.JUNIOR: count})

    def test_refuses_a_level_that_does_not_exist(self):
        with pytest.raises(ReadingError, match="master"):
            score(LITTLE_SCHEME, {}, {"master": 1})


class TestCertifiedComponent:
    """Sum by levels, diminishing returns, coverage of merchants, cap: each step by hand."""

    def component(self, operators, merchants=None):
        figures = {} if merchants is None else {"merchants": Reading(Decimal(merchants))}
        return score(RICH_SCHEME, figures, operators).certified

    def test_counts_less_and_less(self):
        # 26 × 0.05 + 11 × 0.12 + 2 × 0.39 = 3.40; 1.00 + 0.60 × 1.00 + 0.30 × 1.40 = 2.02.
        counts = {Level.JUNIOR: 26, Level.INTERMEDIATE: 11, Level.SENIOR: 2}

        certified = self.component(counts, 10)

        assert certified.uncapped_points == Decimal("3.40")
        assert certified.diminished_points == Decimal("2.02")

    def test_depends_on_the_merchants_that_are_served(self):
        # 2 × 2 + 1 × 4 = 8 equivalents; 40 merchants: 2 for ten of the 6 that count in full.
        # 0.40 + 0.60 × 2 ÷ 6 = 0.6000; (0.24 + 0.39) × 0.6 = 0.378 → 0.38.
        counts = {Level.INTERMEDIATE: 2, Level.SENIOR: 1}

        certified = self.component(counts, 40)

        assert (certified.coverage.equivalents, certified.coverage.merchants) == (8, 40)
        assert str(certified.coverage.fraction) == "0.6000"
        assert str(certified.points) == "0.38"
        assert str(self.component(counts, 13).points) == "0.63"

    @pytest.mark.parametrize("merchants", [None, 0])
    def test_a_missing_number_of_merchants_never_pays(self, merchants):
        certified = self.component({Level.SENIOR: 1}, merchants)

        assert str(certified.points) == "0.16"  # 0.39 × 0.40 = 0.156

    def test_a_missing_number_of_merchants_is_provisional(self):
        readings = {module.id: Reading(module.full) for module in RICH_SCHEME.modules}

        assert score(RICH_SCHEME, readings, {}).is_provisional
        whole = readings | {"merchants": Reading(Decimal(3))}
        assert not score(RICH_SCHEME, whole, {}).is_provisional

    @pytest.mark.parametrize("merchants", ["-1", "1.5"])
    def test_refuses_what_is_no_number_of_merchants(self, merchants):
        with pytest.raises(ReadingError, match="served merchants"):
            self.component({}, merchants)

    @given(operators, st.sampled_from(Level), st.integers(1, 200), st.none() | st.integers(0, 300))
    def test_never_falls_when_somebody_is_certified(self, counts, level, more, merchants):
        before = self.component(counts, merchants)
        after = self.component(counts | {level: counts.get(level, 0) + more}, merchants)

        assert before.points <= after.points <= after.cap

    @given(operators, st.integers(1, 300), st.integers(0, 300))
    def test_never_rises_when_the_same_people_serve_more(self, counts, merchants, more):
        few, many = self.component(counts, merchants), self.component(counts, merchants + more)

        assert few.points >= many.points >= self.component(counts, None).points


class TestScorecard:
    def test_knows_no_module_of_another_scheme(self):
        with pytest.raises(ReadingError):
            score(LITTLE_SCHEME, GOOD, {}).module("fame")


class TestEveryScore:
    @given(indicators, operators)
    def test_is_the_exact_sum_of_what_is_shown(self, readings, counts):
        scorecard = score(LITTLE_SCHEME, readings, counts)

        shown = [Decimal(f"{line.contribution:.2f}") for line in scorecard.modules]
        certified = Decimal(f"{scorecard.certified.points:.2f}")
        assert str(scorecard.total) == f"{sum(shown) + certified:.2f}"
        assert sum(force.contribution for force in scorecard.forces) == scorecard.modules_points
        assert (
            sum(line.points for line in scorecard.certified.levels)
            == scorecard.certified.uncapped_points
        )

    @given(indicators, operators)
    def test_is_bounded(self, readings, counts):
        scorecard = score(LITTLE_SCHEME, readings, counts)

        assert 0 <= scorecard.modules_points <= 100
        assert 0 <= scorecard.certified.points <= 5
        assert all(0 <= line.score <= 100 for line in scorecard.modules)
        assert all(0 <= line.contribution <= line.weight for line in scorecard.modules)

    @given(indicators, operators, st.sampled_from(LITTLE_SCHEME.modules), values, values)
    def test_never_falls_when_an_indicator_gets_better(self, readings, counts, module, one, other):
        worse, better = sorted((one, other), reverse=module.direction is Direction.DOWN)

        low = score(LITTLE_SCHEME, readings | {module.id: Reading(worse)}, counts)
        high = score(LITTLE_SCHEME, readings | {module.id: Reading(better)}, counts)

        assert low.total <= high.total

    @given(indicators, operators, st.sampled_from(Level), st.integers(1, 20))
    def test_never_falls_when_operators_are_certified(self, readings, counts, level, more):
        grown = counts | {level: counts.get(level, 0) + more}

        before = score(LITTLE_SCHEME, readings, counts)
        after = score(LITTLE_SCHEME, readings, grown)

        assert before.total <= after.total

    @given(indicators, operators)
    def test_names_the_rating_and_what_is_missing_to_the_next(self, readings, counts):
        scorecard = score(LITTLE_SCHEME, readings, counts)

        line_of = {rating.code: rating.at_least for rating in LITTLE_SCHEME.ratings}
        assert scorecard.total >= line_of[scorecard.rating]
        if scorecard.next_rating:
            assert scorecard.points_to_next > 0
            assert scorecard.total + scorecard.points_to_next == line_of[scorecard.next_rating]
