"""The lint finds each flaw that it is for, and nothing in sound items."""

from __future__ import annotations

import pytest

from question_bank.arithmetic import evaluate, holds
from question_bank.banks import ItemBank
from question_bank.lint import lint_bank, lint_item
from tests.factories.bank import LITTLE_BLUEPRINT, multiple_item, numeric_item, single_item


def rules(findings) -> set[str]:
    return {finding.rule for finding in findings}


class TestLintItem:
    def test_a_sound_item_is_clean(self):
        assert rules(lint_item(single_item("one"))) == set()

    @pytest.mark.parametrize(
        ("changes", "rule"),
        [
            ({"stem": "开播后以下说法正确的是哪一个？"}, "banned-phrase"),
            ({"rationale": "因为这样做是对的，那样做不对。" * 3}, "rationale-length"),
            ({"law": True}, "law-source"),
            ({"checks": ["100 * 0.5 == 60"]}, "arithmetic"),
            ({"checks": ["__import__('os')"]}, "arithmetic"),
            ({"distractors": {"b": "错因"}}, "distractors"),
            ({"distractors": {"a": "键", "b": "错", "c": "错", "d": "错"}}, "distractors"),
            ({"choices": {"a": "20 元", "b": "10 元", "c": "30 元", "d": "40 元"}}, "number-order"),
            ({"choices": {"a": "甲", "b": "乙", "c": "乙", "d": "丁"}}, "same-choice"),
            (
                {
                    "choices": {
                        "a": "先看来源再看点击最后才调价格并且记录",
                        "b": "降价",
                        "c": "投流",
                        "d": "下播",
                    }
                },
                "length-cue",
            ),
            (
                {"choices": {"a": "换讲承接款", "b": "必须降价", "c": "必须投流", "d": "必须下播"}},
                "absolute-cue",
            ),
        ],
    )
    def test_finds(self, changes, rule):
        item = single_item("one").model_copy(update=changes)

        assert rule in rules(lint_item(item))

    def test_multiple_choice_says_how_many(self):
        assert "multiple-wording" in rules(
            lint_item(multiple_item("m", stem="哪些做法是正确的呢？"))
        )

    def test_a_number_names_its_mistakes(self):
        item = numeric_item("n", 2.5).model_copy(update={"mistakes": {}})

        assert "mistakes" in rules(lint_item(item))


class TestLintBank:
    def test_finds_shared_skeletons_and_near_duplicates(self):
        stem = "开播第 {} 分钟，点击率下降而转化率不变，库存还有 {} 件，先做哪一步？"
        items = [
            single_item("one", stem=stem.format(25, 62), skeleton="换讲承接款"),
            single_item("two", stem=stem.format(40, 88), skeleton="换讲承接款"),
        ]

        assert {"skeleton", "near-duplicate"} <= rules(lint_bank(ItemBank(items)))

    def test_finds_unbalanced_keys(self):
        items = [single_item(f"i{n}", key="b") for n in range(48)]

        assert "key-position" in rules(lint_bank(ItemBank(items)))

    def test_finds_unknown_enemies_and_unfillable_blueprints(self):
        found = lint_bank(ItemBank([single_item("one", enemies=["ghost"])]), [LITTLE_BLUEPRINT])

        assert {"enemies", "unfillable"} <= rules(found)


class TestArithmetic:
    def test_works_out_plain_arithmetic(self):
        assert evaluate("159*0.7 - 66*0.7 - 8*0.3") == pytest.approx(62.7)
        assert holds("159/62.7 ~= 2.536")
        assert not holds("159/62.7 == 2.5")

    @pytest.mark.parametrize("text", ["2**9", "a", "f(1)", "1 if 1 else 2", "1/0", "(" * 150])
    def test_refuses_anything_else(self, text):
        with pytest.raises(ValueError):
            evaluate(text)
