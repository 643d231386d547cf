"""Who may stand where, what is missing, and the shortest way by exams."""

from __future__ import annotations

from decimal import Decimal
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.providers.five_force import Reading, score
from app.providers.matrix import TIERS
from app.providers.models import ProviderField, ProviderTier
from app.providers.tiers import Kind, assess, fewest_exams, next_above, reached
from app.providers.what_if import what_if
from certificates.levels import Level
from tests.factories.schemes import LITTLE_SCHEME, RICH_SCHEME

GOOD = {
    "share": Reading(Decimal(30)),
    "roi": Reading(Decimal("2.5")),
    "gpm": Reading(Decimal(1000)),
    "disputes": Reading(Decimal("1.25")),
    "leaps": Reading(Decimal(5)),
    "merchants": Reading(Decimal(10)),
    "gmv": Reading(Decimal(6_000_000)),
}
"""Modules 74.37 points; supply 77.38."""

CELLS = {cell.id: cell for cell in RICH_SCHEME.matrix}


def card(operators=None, **changes):
    return score(RICH_SCHEME, GOOD | changes, operators or {})


def missing(cell_id, scorecard, **facts):
    found = next(
        one for one in assess(RICH_SCHEME, scorecard, "mcn", **facts) if one.cell.id == cell_id
    )
    return [(one.kind, one.subject) for one in found.missing]


class TestAssess:
    def test_says_everything_that_is_missing_at_once(self):
        poor = card(gmv=Reading(Decimal(4_999_999)), disputes=Reading(Decimal(4)))

        assert missing("core", poor) == [
            (Kind.TOTAL, ""),
            (Kind.OPERATORS, "intermediate"),
            (Kind.OPERATORS, "senior"),
            (Kind.FORCE, "supply"),
            (Kind.FIGURE, "gmv"),
        ]

    def test_a_missing_figure_reaches_nothing(self):
        readings = {key: reading for key, reading in GOOD.items() if key != "gmv"}
        scorecard = score(RICH_SCHEME, readings, {Level.SENIOR: 4})

        assert missing("core", scorecard) == [(Kind.FIGURE, "gmv")]

    def test_a_higher_level_stands_for_a_lower_one(self):
        assert missing("core", card({Level.SENIOR: 3})) == []
        assert missing("core", card({Level.INTERMEDIATE: 2, Level.SENIOR: 1})) == []
        assert (Kind.OPERATORS, "senior") in missing("core", card({Level.INTERMEDIATE: 9}))

    def test_nobody_enters_uninvited_what_is_by_invitation(self):
        strong = card({Level.SENIOR: 5})

        assert missing("strategic", strong) == [(Kind.INVITATION, "")]
        assert missing("strategic", strong, is_invited=True) == []

    def test_a_red_line_closes_every_cell(self):
        cells = assess(RICH_SCHEME, card({Level.SENIOR: 5}), "mcn", findings=["forged"])

        assert reached(cells) is None
        assert all(
            (Kind.RED_LINE, "forged") in [(m.kind, m.subject) for m in c.missing] for c in cells
        )

    def test_takes_the_highest_cell_that_is_met(self):
        cells = assess(RICH_SCHEME, card({Level.SENIOR: 3}), "mcn")

        assert [one.cell.id for one in cells] == ["strategic", "core", "quality"]
        assert reached(cells).cell.id == "core"
        assert next_above(cells, "core").cell.id == "strategic"
        assert next_above(cells, None).cell.id == "quality"
        assert next_above(cells, "strategic") is None

    def test_a_field_without_cells_reaches_nothing(self):
        assert assess(RICH_SCHEME, card(), "brand") == ()
        assert reached(()) is None


class TestFewestExams:
    def test_counts_every_step_of_the_ladder_by_hand(self):
        # 3 of 中级 or higher, 1 of them 高级: 3 × 初级 + 3 × 中级 + 1 × 高级 = 7 exams.
        plan = fewest_exams(RICH_SCHEME, card(), CELLS["core"])

        assert plan.promotions == {Level.JUNIOR: 3, Level.INTERMEDIATE: 3, Level.SENIOR: 1}
        assert plan.exam_count == 7
        # 2 × 0.12 + 0.39 = 0.63; 8 equivalents for 10 merchants are more than 6: all of it.
        assert plan.total == Decimal("75.00")

    def test_begins_with_whoever_is_certified_already(self):
        plan = fewest_exams(RICH_SCHEME, card({Level.INTERMEDIATE: 3}), CELLS["core"])

        assert plan.promotions == {Level.SENIOR: 1}

    def test_asks_for_more_when_the_total_is_short(self):
        # 0.04 lower than above: 7 exams give 74.96.
        short = card(gpm=Reading(Decimal(994)))

        plan = fewest_exams(RICH_SCHEME, short, CELLS["core"])

        assert plan.exam_count == 8
        assert plan.total >= 75

    def test_is_empty_when_nothing_is_missing(self):
        assert fewest_exams(RICH_SCHEME, card({Level.SENIOR: 3}), CELLS["core"]).exam_count == 0

    def test_knows_when_no_exam_helps(self):
        weak = card(share=Reading(Decimal(5)))

        assert fewest_exams(RICH_SCHEME, weak, CELLS["core"]) is None

    @given(st.tuples(*[st.integers(0, 3)] * 3))
    def test_no_shorter_way_exists(self, held):
        scorecard = card(dict(zip(Level, held, strict=True)))
        cell = CELLS["core"]

        plan = fewest_exams(RICH_SCHEME, scorecard, cell)

        for a, b, c in product(range(plan.exam_count), repeat=3):
            if a + b + c >= plan.exam_count or b > held[0] + a or c > held[1] + b:
                continue
            counts = dict(zip(Level, (held[0] + a - b, held[1] + b - c, held[2] + c), strict=True))
            then = what_if(RICH_SCHEME, scorecard, operators=counts)
            open_ = {m.kind for m in assess(RICH_SCHEME, then, "mcn")[1].missing}
            assert open_ & {Kind.TOTAL, Kind.OPERATORS}


def test_the_codes_are_those_of_the_tables():
    assert tuple(ProviderTier) == TIERS
    assert {field.value for field in ProviderField} == {"mcn", "belt", "merchant", "brand"}


@pytest.mark.parametrize("operators", [{}, {Level.SENIOR: 9}])
def test_a_scheme_without_a_matrix_admits_nobody(operators):
    scorecard = score(LITTLE_SCHEME, {}, operators)

    assert assess(LITTLE_SCHEME, scorecard, "mcn") == ()
