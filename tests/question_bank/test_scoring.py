"""What a response is worth."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from question_bank.errors import InvalidResponseError, UnknownChoiceError
from question_bank.scoring import check_value, parse_number, score_form, score_response
from tests.factories.bank import multiple_item, numeric_item, single_item, truth_item


class TestScoreResponse:
    def test_the_key_earns_full_credit_and_anything_else_none(self):
        item = single_item("one", key="b")

        assert score_response(item, {"selected": ["b"]}) == 1.0
        assert score_response(item, {"selected": ["a"]}) == 0.0
        assert score_response(item, None) == 0.0
        assert score_response(item, {"selected": []}) == 0.0

    def test_part_of_the_keys_earns_its_share(self):
        item = multiple_item("many", keys=["a", "c", "d"])

        assert score_response(item, {"selected": ["a", "c"]}) == pytest.approx(2 / 3)

    def test_ticking_every_box_earns_nothing(self):
        item = multiple_item("many", keys=["a", "c"])

        assert score_response(item, {"selected": ["a", "b", "c", "d"]}) == 0.0

    def test_a_statement_is_judged(self):
        assert score_response(truth_item("t", key=False), {"selected": ["false"]}) == 1.0

    @pytest.mark.parametrize("text", ["2.54", "２．５４", " 2.54 ", "2.55", "2.53"])
    def test_a_number_within_the_tolerance_counts(self, text):
        assert score_response(numeric_item("n", 2.54, tolerance=0.01), {"number": text}) == 1.0

    @pytest.mark.parametrize("text", ["2.56", "2.52", "", "abc", "nan", "1e400", "∞", "9e999999万"])
    def test_anything_else_does_not(self, text):
        assert score_response(numeric_item("n", 2.54, tolerance=0.01), {"number": text}) == 0.0

    def test_an_unknown_choice_is_refused(self):
        with pytest.raises(UnknownChoiceError):
            score_response(single_item("one"), {"selected": ["z"]})

    @given(st.sets(st.sampled_from("abcd")))
    def test_credit_is_a_fraction_and_full_only_for_the_key(self, selected):
        item = multiple_item("many", keys=["a", "c"])

        credit = score_response(item, {"selected": sorted(selected)})

        assert 0.0 <= credit <= 1.0
        assert (credit == 1.0) == (selected == {"a", "c"})


class TestParseNumber:
    @pytest.mark.parametrize(
        ("text", "number"),
        [
            ("6万", 60000),
            ("60,000", 60000),
            ("¥39.90", Decimal("39.90")),
            ("−3", -3),
            ("8.6%", Decimal("8.6")),
        ],
    )
    def test_reads_what_people_type(self, text, number):
        assert parse_number(text) == number

    @given(st.text(max_size=40))
    def test_never_raises(self, text):
        assert parse_number(text) is None or parse_number(text).is_finite()


class TestCheckValue:
    @pytest.mark.parametrize(
        "value",
        [
            None,
            [],
            {"selected": "a"},
            {"selected": ["a"], "score": 1},
            {"number": "1"},
            {"selected": [1]},
        ],
    )
    def test_refuses_the_wrong_shape(self, value):
        with pytest.raises(InvalidResponseError):
            check_value(single_item("one"), value)

    def test_refuses_two_choices_where_one_is_asked(self):
        with pytest.raises(InvalidResponseError):
            check_value(single_item("one"), {"selected": ["a", "b"]})

    def test_orders_and_deduplicates(self):
        item = multiple_item("many", keys=["a", "c"])

        assert check_value(item, {"selected": ["c", "a", "c"]}) == {"selected": ["a", "c"]}


class TestScoreForm:
    def test_a_score_equal_to_the_cut_passes(self):
        items = [single_item(f"i{n}", key="a") for n in range(5)]
        values = {n: {"selected": ["a"]} for n in (1, 2, 3)}

        score = score_form(items, values, cut_score=0.6)

        assert score.fraction == pytest.approx(0.6)
        assert score.passed

    def test_sums_by_topic(self):
        items = [single_item("x", topic="traffic"), single_item("y", topic="supply")]

        score = score_form(items, {1: {"selected": ["a"]}}, cut_score=0.6)

        assert [(t.topic, t.credit, t.item_count) for t in score.topics] == [
            ("traffic", 1.0, 1),
            ("supply", 0.0, 1),
        ]
        assert not score.passed
