"""Calculations of chapters: exact, the reader's figures, the engine's own arithmetic."""

from __future__ import annotations

from fractions import Fraction

import pytest
from pydantic import ValidationError

from app.handbook.examples import Example, decimal_text, value_of, work_out
from app.handbook.loading import shipped_handbook
from simulations.economics import contribution_fen
from simulations.loading import shipped_scenarios

MARGIN = {
    "section": "1.1",
    "title": "每单留下多少",
    "inputs": [
        {
            "name": "price",
            "label": "售价",
            "unit": "元",
            "value": "100",
            "least": "1",
            "most": "999",
        },
        {"name": "cost", "label": "成本", "unit": "元", "value": "40", "least": "0", "most": "999"},
    ],
    "steps": [
        {"name": "left", "label": "留下", "unit": "元", "formula": "price-cost", "decimals": 1},
        {"name": "roi", "label": "保本", "unit": "", "formula": "price/left", "decimals": 2},
    ],
    "reading": "留下的钱小于零时没有保本线。",
}


def example(**changes: object) -> Example:
    return Example.model_validate({**MARGIN, **changes})


class TestWorkOut:
    def test_the_chapters_own_figures_stand_where_nothing_was_typed(self):
        worked = work_out(example(), {"cost": "60"})

        assert [one.text for one in worked.entries] == ["100", "60"]
        assert [one.text for one in worked.lines] == ["40.0", "2.50"]

    @pytest.mark.parametrize(
        ("typed", "problem"),
        [
            ("abc", "not_a_number"),
            ("", "not_a_number"),
            ("1e9", "not_a_number"),
            ("5000", "out_of_range"),
        ],
        ids=["words", "empty", "exponent", "too-large"],
    )
    def test_what_cannot_be_used_is_told_and_the_chapters_figure_used(self, typed, problem):
        worked = work_out(example(), {"price": typed})

        assert worked.entries[0].problem == problem
        assert worked.entries[0].text == typed
        assert worked.lines[0].value == 60

    def test_a_division_by_zero_leaves_its_line_empty_and_those_that_need_it(self):
        worked = work_out(example(), {"cost": "100"})

        assert [one.text for one in worked.lines] == ["0.0", "—"]

    @pytest.mark.parametrize(
        ("steps", "words"),
        [
            ([{**MARGIN["steps"][0], "formula": "price-coast"}], "coast"),
            ([MARGIN["steps"][1], MARGIN["steps"][0]], "left"),
            ([{**MARGIN["steps"][0], "formula": "price-"}], "left"),
            ([{**MARGIN["steps"][0], "formula": "price/(cost-40)"}], "zero"),
        ],
        ids=["unknown", "order", "syntax", "zero"],
    )
    def test_a_broken_formula_is_refused_when_it_is_read(self, steps, words):
        with pytest.raises(ValidationError, match=words):
            example(steps=steps)


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [("1234567.5", 0, "1,234,568"), ("-0.005", 2, "−0.01"), ("2.71", 1, "2.7"), ("-0.2", 0, "0")],
)
def test_numbers_are_written_as_people_do(value, decimals, text):
    assert decimal_text(Fraction(value), decimals) == text


def test_the_break_even_of_the_chapter_is_the_engines_own():
    """Chapter 4 and the room's ROI line must never tell two different truths."""
    chapter = shipped_handbook().chapters[3].front.example
    scenario = shipped_scenarios()["f1"]

    for product in scenario.products:
        typed = {
            "price": f"{product.list_price_fen / 100:.2f}",
            "cost": f"{product.cost_fen / 100:.2f}",
            "refund": f"{product.refund_fraction * 100:.2f}",
            "freight": f"{scenario.reverse_freight_fen / 100:.2f}",
        }
        left = value_of(chapter, "left", typed)

        assert float(left) * 100 == pytest.approx(
            contribution_fen(product, scenario.reverse_freight_fen), abs=0.01
        )


def test_the_three_parts_of_a_fall_add_up():
    fall = shipped_handbook().chapters[15].front.example

    parts = [
        value_of(fall, name, {"new_now": "5111"}) for name in ("by_new", "by_old", "by_basket")
    ]

    total = value_of(fall, "before", {}) - value_of(fall, "now", {"new_now": "5111"})
    assert sum(parts) == total
