"""Drawn figures: by identity, inside their ranges, pinned in the ref, proved by the lint."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from question_bank.errors import ParameterError
from question_bank.instances import drawn_instance, instance_of
from question_bank.items import Item
from question_bank.lint import lint_item
from question_bank.loading import load_bank
from question_bank.parameters import Parametric, pinned_text, pinned_values
from question_bank.scoring import check_value, score_response
from tests.factories.kinds import parametric_item

SEED = b"sixteen bytes or more"


def rules(item: Item) -> set[str]:
    return {finding.rule for finding in lint_item(item)}


def changed(item: Item, **changes: Any) -> dict[str, Any]:
    """The content of an item with other parameters."""
    content = item.model_dump(mode="json")
    content["parametric"] = {**content["parametric"], **changes}
    return content


class TestDraw:
    def test_the_same_seed_draws_the_same_figures_for_ever(self):
        drawn = parametric_item().parametric.draw(SEED, "parametric-0")

        assert pinned_text(drawn) == GOLDEN

    def test_another_item_draws_others_from_the_same_seed(self):
        parametric = parametric_item().parametric

        assert parametric.draw(SEED, "one") != parametric.draw(SEED, "two")

    @given(st.binary(min_size=16, max_size=16))
    def test_every_draw_keeps_the_ranges_and_the_distances(self, seed):
        item = drawn_instance(parametric_item(), seed)
        count, price = (pinned_values(item.pinned)[name] for name in ("count", "price"))

        assert 100 <= count <= 1000
        assert count % 10 == 0
        assert 10 <= price <= 90
        numbers = sorted(float(text.removesuffix(" 元")) for text in item.choices.values())
        assert [float(text.removesuffix(" 元")) for text in item.choices.values()] == numbers
        key = float(count * price)
        assert all(number == key or abs(number - key) >= 0.05 * key for number in numbers)

    def test_impossible_constraints_are_an_error(self):
        content = changed(parametric_item(), constraints=["count > 5000"])

        with pytest.raises(ParameterError, match="parametric-0"):
            drawn_instance(Item.model_validate(content), SEED)


GOLDEN = "count=840,price=45"


class TestInstance:
    def test_fills_the_figures_in_everywhere(self):
        item = instance_of(parametric_item(), "count=200,price=30")

        assert item.stem == "卖了 200 件，每件 30 元，成交额是多少？"
        assert item.choices == {"a": "230 元", "b": "5400 元", "c": "6000 元", "d": "12000 元"}
        assert item.key_ids == {"c"}
        assert item.distractors == {"a": "相加", "b": "多减一成", "d": "算了两遍"}
        assert "200 × 30 = 6000 元" in item.rationale
        assert item.ref == "parametric-0@1#count=200,price=30"

    def test_a_number_asks_for_the_key_and_knows_the_wrong_results(self):
        item = instance_of(parametric_item("parametric-1", "numeric"), "count=200,price=30")

        assert item.numeric.value == 6000
        assert item.mistakes["5400"] == "多减一成"
        assert score_response(item, check_value(item, {"number": "6000"})) == 1.0
        assert score_response(item, check_value(item, {"number": "5400"})) == 0.0

    @pytest.mark.parametrize(
        "pinned",
        [
            "count=200",
            "count=200,price=30,more=1",
            "count=205,price=30",
            "count=200,price=95",
            "count=200,price=1e1",
            "count=200,count=200",
            "count",
            "",
        ],
    )
    def test_refuses_values_that_it_never_draws(self, pinned):
        with pytest.raises(ParameterError):
            instance_of(parametric_item(), pinned)

    @pytest.mark.parametrize(
        ("form", "shown"),
        [("{total:percent}", "600000%"), ("{total:wan}", "0.6 万"), ("{total:1}", "6000.0")],
    )
    def test_figures_are_written_as_the_author_asks(self, form, shown):
        item = parametric_item(stem=f"卖了 {{count}} 件，写成 {form} 是什么意思呢？")

        assert shown in instance_of(item, "count=200,price=30").stem

    def test_the_pinned_values_come_back(self):
        values = {"b": Decimal("0.05"), "a": Decimal("1200")}

        assert pinned_text(values) == "a=1200,b=0.05"
        assert pinned_values("a=1200,b=0.05") == values


class TestSchema:
    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"key": "count * prices"}, "prices"),
            ({"key": "count ** 2"}, "count"),
            ({"derived": {"total": "other", "other": "total"}}, "need one another"),
            ({"derived": {"count": "price"}}, "drawn and derived"),
            ({"derived": {"min": "price", "total": "count*price"}}, "meaning of their own"),
            ({"variables": {"count": {"least": 1, "most": 2}}}, "least, most and step"),
            (
                {"variables": {"count": {"least": 1, "most": 2, "step": 0.3}}},
                "whole number of steps",
            ),
            ({"mistakes": [{"result": "count", "name": "件数"}]}, "three mistakes"),
        ],
    )
    def test_says_what_is_wrong(self, changes, message):
        with pytest.raises(ValueError, match=message):
            Item.model_validate(changed(parametric_item(), **changes))

    def test_a_key_beside_the_formulas_is_refused(self):
        content = parametric_item().model_dump(mode="json") | {"key": ["a"]}

        with pytest.raises(ValueError, match="follow from the formulas"):
            Item.model_validate(content)


class TestLint:
    def test_a_sound_item_is_clean(self):
        assert rules(parametric_item()) == set()

    @pytest.mark.parametrize(
        ("changes", "rule"),
        [
            ({"sensible": [80000, 90000]}, "draws"),
            ({"constraints": ["count == 100"]}, "instances"),
            ({"key": "total*0 + 5000"}, "keys"),
        ],
    )
    def test_finds_what_draws_show(self, changes, rule):
        item = Item.model_validate(changed(parametric_item(), **changes))

        assert rule in rules(item)

    def test_finds_a_check_that_fails_for_some_draw_only(self):
        item = parametric_item().model_copy(update={"checks": ["max(total, 50000) == total"]})

        assert "arithmetic" in rules(item)

    def test_finds_a_figure_that_nothing_defines(self):
        assert "figures" in rules(parametric_item(stem="卖了 {count} 件，每件 {cost} 元，是多少？"))

    def test_asks_for_a_second_way(self):
        assert "unchecked-arithmetic" in rules(parametric_item(checks=[]))


class TestShippedItems:
    def test_any_seed_gives_a_unique_key_and_clean_texts(self):
        parametric = [item for item in load_bank() if item.parametric is not None]

        for item in parametric:
            for n in range(20):
                shown = drawn_instance(item, n.to_bytes(16, "big"))
                assert "{" not in shown.stem + shown.rationale
                if shown.choices:
                    assert len(set(shown.choices.values())) == 4
                    assert len(shown.key_ids) == 1
        assert len(parametric) >= 24
        assert isinstance(parametric[0].parametric, Parametric)
