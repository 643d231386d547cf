"""What the exam page is given: everything to answer with, nothing of the key."""

from __future__ import annotations

import json

import pytest

from app.exams.presenting import shown_item
from question_bank.instances import drawn_instance
from tests.factories.kinds import (
    console_item,
    fill_in_item,
    hot_spot_item,
    kinds_bank,
    matching_item,
    ordering_item,
    parametric_item,
    short_item,
)

SECRET = {
    "key",
    "matches",
    "accept",
    "rationale",
    "distractors",
    "mistakes",
    "model_answer",
    "levels",
    "tolerance",
    "value",
    "parametric",
    "expected_at_cut",
}


def names(shown: object) -> set[str]:
    if isinstance(shown, dict):
        return set(shown) | {name for one in shown.values() for name in names(one)}
    if isinstance(shown, list):
        return {name for one in shown for name in names(one)}
    return set()


class TestShownItem:
    def test_no_kind_gives_its_key_away(self):
        for item in kinds_bank():
            shown = shown_item(drawn_instance(item, bytes(16)), [])

            assert names(shown) & SECRET == set()
            assert item.rationale[:12] not in json.dumps(shown, ensure_ascii=False)

    def test_an_ordering_comes_in_the_candidates_order(self):
        shown = shown_item(ordering_item(), ["c", "a", "d", "b"])

        assert [choice["id"] for choice in shown["choices"]] == ["c", "a", "d", "b"]

    def test_a_matching_has_prompts_and_choices(self):
        shown = shown_item(matching_item(), ["d", "c", "b", "a"])

        assert [one["text"] for one in shown["prompts"]] == ["进房率", "点击率", "退货率"]
        assert [one["id"] for one in shown["choices"]] == ["d", "c", "b", "a"]

    def test_blanks_stand_in_the_stem_without_their_words(self):
        shown = shown_item(fill_in_item(), [])

        assert 'data-blank="1"' in shown["stem"]
        assert "[[" not in shown["stem"]
        assert [one["is_number"] for one in shown["blanks"]] == [False, True]
        assert "憋单" not in json.dumps(shown, ensure_ascii=False)

    @pytest.mark.parametrize(
        ("item", "several"), [(hot_spot_item(), False), (console_item(), True)]
    )
    def test_a_hot_spot_says_whether_several_are_asked(self, item, several):
        shown = shown_item(item, [])

        assert shown["several"] is several
        assert shown["picture"].startswith("<svg")

    def test_a_short_answer_says_what_it_is_marked_for(self):
        writing = shown_item(short_item(), [])["writing"]

        assert writing["most_chars"] == 200
        assert [one["points"] for one in writing["criteria"]] == [2, 2]

    def test_drawn_figures_are_filled_in(self):
        shown = shown_item(drawn_instance(parametric_item(), bytes(16)), [])

        assert "{" not in shown["stem"]
        assert len(shown["choices"]) == 4
