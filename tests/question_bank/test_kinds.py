"""Every kind of item: its shape, what it takes as a response, what a response is worth."""

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from question_bank.errors import InvalidResponseError, UnknownChoiceError
from question_bank.items import Item
from question_bank.lint import lint_item
from question_bank.scoring import check_value, is_blank, score_form, score_response
from question_bank.wording import chinese_number, same_words
from tests.factories.kinds import (
    console_item,
    fill_in_item,
    hot_spot_item,
    kinds_bank,
    matching_item,
    ordering_item,
    short_item,
)


def remade(item: Item, **changes: object) -> Item:
    return Item.model_validate(item.model_dump(mode="json") | changes)


class TestOrdering:
    @pytest.mark.parametrize(
        ("order", "credit"),
        [
            ("dbac", 1.0),
            ("bdac", 4 / 6),
            ("cabd", 0.0),
            ("dcba", 2 / 6),
            ("dabc", 4 / 6),
        ],
    )
    def test_pairs_in_the_right_order_less_the_others(self, order, credit):
        assert score_response(ordering_item(), {"order": list(order)}) == pytest.approx(credit)

    def test_a_random_order_is_worth_little_and_only_the_right_one_everything(self):
        item = ordering_item()
        credits = [score_response(item, {"order": list(order)}) for order in permutations("abcd")]

        assert sum(credits) / len(credits) < 0.25
        assert credits.count(1.0) == 1

    @pytest.mark.parametrize("order", [["a", "b"], ["a", "a", "b", "c"], "abcd", [1, 2, 3, 4]])
    def test_takes_every_id_once_or_none(self, order):
        with pytest.raises(InvalidResponseError):
            check_value(ordering_item(), {"order": order})
        assert check_value(ordering_item(), {"order": []}) == {"order": []}

    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"key": ["a", "b", "c", "d"]}, "already"),
            ({"key": ["d", "b", "a"]}, "every id once"),
            ({"mistakes": {"db": "x"}}, "is the right order"),
            ({"mistakes": {"xz": "x"}}, "not two ids"),
            ({"prompts": {"1": "x"}}, "only of a matching item"),
        ],
    )
    def test_its_shape_is_checked(self, changes, message):
        with pytest.raises(ValueError, match=message):
            remade(ordering_item(), **changes)


class TestMatching:
    def test_each_right_pair_earns_its_share(self):
        item = matching_item()

        assert score_response(item, {"pairs": {"1": "b", "2": "c", "3": "a"}}) == 1.0
        assert score_response(item, {"pairs": {"1": "b", "2": "a"}}) == pytest.approx(1 / 3)
        assert score_response(item, {"pairs": {}}) == 0.0

    def test_empty_pairs_are_left_out(self):
        assert check_value(matching_item(), {"pairs": {"2": "c", "1": ""}}) == {"pairs": {"2": "c"}}

    @pytest.mark.parametrize("pairs", [{"4": "a"}, {"1": 2}, ["b"], {"1": ["a"]}])
    def test_refuses_what_is_not_asked(self, pairs):
        with pytest.raises(InvalidResponseError):
            check_value(matching_item(), {"pairs": pairs})

    def test_refuses_an_unknown_choice(self):
        with pytest.raises(UnknownChoiceError):
            check_value(matching_item(), {"pairs": {"1": "z"}})

    def test_the_last_prompt_must_not_be_given_away(self):
        item = remade(
            matching_item(),
            choices={"a": "订单数", "b": "展示数", "c": "曝光数"},
            mistakes={"1c": "x"},
        )

        assert "elimination" in {finding.rule for finding in lint_item(item)}


class TestFillIn:
    @pytest.mark.parametrize(
        ("word", "number", "credit"),
        [
            ("憋单", "30", 1.0),
            ("「憋单」", "３０", 1.0),
            (" 憋 单 ", "三十件", 1.0),
            ("hold单", "30件", 1.0),
            ("ＨＯＬＤ　单", "30.0", 1.0),
            ("憋单", "20", 0.5),
            ("返场", "30", 0.5),
            ("憋", "300", 0.0),
        ],
    )
    def test_each_blank_is_compared_as_people_mean_it(self, word, number, credit):
        response = {"blanks": {"1": word, "2": number}}

        assert score_response(fill_in_item(), response) == credit

    def test_spaces_alone_are_no_answer(self):
        held = check_value(fill_in_item(), {"blanks": {"1": "  ", "2": ""}})

        assert held == {"blanks": {}}
        assert is_blank(held)

    @pytest.mark.parametrize("blanks", [{"3": "x"}, {"1": "x" * 41}, {"1": "a\0"}, "x", {"1": 3}])
    def test_refuses_what_is_not_asked(self, blanks):
        with pytest.raises(InvalidResponseError):
            check_value(fill_in_item(), {"blanks": blanks})

    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"stem": "先攒人后上链接叫 [[1]]，没有第二空。"}, "each blank once"),
            ({"stem": "[[2]] 在前，[[1]] 在后，这样不行。"}, "in order"),
            ({"mistakes": {"3=x": "y"}}, "does not begin with a blank"),
            ({"blanks": {"1": {"accept": []}, "2": {"accept": ["x"]}}}, "accepts words"),
        ],
    )
    def test_its_shape_is_checked(self, changes, message):
        with pytest.raises(ValueError, match=message):
            remade(fill_in_item(), **changes)

    def test_the_lint_finds_an_answer_in_the_stem_and_an_accepted_mistake(self):
        given_away = fill_in_item(stem="憋单就是先攒人，叫 [[1]]，每天 [[2]] 件。")
        accepted = fill_in_item(mistakes={"1=憋 单": "空格"})

        for item in (given_away, accepted):
            assert "blank" in {finding.rule for finding in lint_item(item)}


class TestHotSpot:
    def test_one_region_is_right_or_not(self):
        assert score_response(hot_spot_item(), {"selected": ["c"]}) == 1.0
        assert score_response(hot_spot_item(), {"selected": ["d"]}) == 0.0

    def test_one_of_several_regions_is_half_and_a_wrong_one_loses_all(self):
        assert score_response(console_item(), {"selected": ["b"]}) == 0.5
        assert score_response(console_item(), {"selected": ["b", "c"]}) == 1.0
        assert score_response(console_item(), {"selected": ["a", "b", "c"]}) == 0.0

    def test_several_regions_only_where_several_are_asked(self):
        with pytest.raises(InvalidResponseError):
            check_value(hot_spot_item(), {"selected": ["b", "c"]})
        assert check_value(console_item(), {"selected": ["c", "b"]}) == {"selected": ["b", "c"]}

    @pytest.mark.parametrize(
        ("spans", "message"),
        [
            ({"a": [0, 1], "b": [1, 1], "c": [2, 2], "d": [3, 3]}, "no overlap"),
            ({"a": [0, 0], "b": [1, 1], "c": [2, 2], "d": [3, 4]}, "inside x"),
            ({"a": [0, 0], "b": [1, 1], "c": [2, 2]}, "regions are the item's choices"),
        ],
    )
    def test_its_regions_are_checked(self, spans, message):
        item = hot_spot_item()
        picture = item.picture.model_dump(mode="json") | {"spans": spans}

        with pytest.raises(ValueError, match=message):
            remade(item, picture=picture)


class TestShortAnswer:
    def test_waits_for_people_and_counts_nothing_before(self):
        score = score_form([short_item()], {1: {"text": "先换讲"}}, cut_score=0.5)

        assert (score.credits, score.pending, score.is_final) == ((0.0,), (1,), False)

    def test_a_blank_one_waits_for_nobody(self):
        score = score_form([short_item()], {1: {"text": "  "}}, cut_score=0.5)

        assert (score.pending, score.is_final) == ((), True)

    def test_marks_become_credit_by_the_rubric(self):
        item = short_item()
        credit = item.rubric.credit({"cause": 2, "action": 0})
        score = score_form([item], {1: {"text": "先换讲"}}, cut_score=0.5, marked={1: credit})

        assert (score.credits, score.pending) == ((0.5,), ())
        assert score.passed

    @pytest.mark.parametrize(
        "marks", [{"cause": 2}, {"cause": 1, "action": 0}, {"cause": 2, "action": 2, "more": 0}]
    )
    def test_marks_must_be_levels_of_every_criterion(self, marks):
        with pytest.raises(ValueError):
            short_item().rubric.credit(marks)

    def test_takes_text_up_to_its_length(self):
        assert check_value(short_item(), {"text": "好" * 200}) == {"text": "好" * 200}
        with pytest.raises(InvalidResponseError):
            check_value(short_item(), {"text": "好" * 201})


class TestEveryKind:
    @given(
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=5),
            lambda inner: (
                st.lists(inner, max_size=4)
                | st.dictionaries(st.sampled_from(["selected", "order", "pairs", "1", "x"]), inner)
            ),
            max_leaves=8,
        )
    )
    def test_whatever_a_page_sends_is_taken_or_refused(self, value):
        for item in kinds_bank():
            shown = item if item.parametric is None else kinds_bank().item("single-0@1")
            try:
                held = check_value(shown, value)
            except (InvalidResponseError, UnknownChoiceError):
                continue
            assert 0.0 <= score_response(shown, held) <= 1.0
            assert check_value(shown, held) == held


class TestWording:
    @pytest.mark.parametrize(
        ("text", "number"),
        [
            ("十", 10),
            ("三十", 30),
            ("一百零五", 105),
            ("一万二千", 12000),
            ("二〇二六", 2026),
            ("两千万", 20_000_000),
            ("万", None),
            ("三件", None),
            ("", None),
        ],
    )
    def test_reads_chinese_numerals(self, text, number):
        assert chinese_number(text) == number

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ("7 天", "七天"),
            ("ＧＭＶ", "gmv"),
            ("“返场”", "返场"),
            ("2.5 倍", "２.５倍"),
            ("第三步。", "第3步"),
        ],
    )
    def test_the_same_words_written_differently(self, one, other):
        assert same_words(one, other)

    @pytest.mark.parametrize(("one", "other"), [("2.5", "25"), ("憋单", "放单"), ("", "a")])
    def test_other_words(self, one, other):
        assert not same_words(one, other)
