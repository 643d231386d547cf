"""What is typed becomes an item's fields and back; rows move with what names them."""

from __future__ import annotations

import pytest

from app.bank.workshop.bodies import compiled
from app.bank.workshop.diffing import Piece, body_diff, word_diff
from app.bank.workshop.opening import sheet_of_body
from app.bank.workshop.sheets import Sheet, rearranged, sheet_of_form
from question_bank.items import Item
from question_bank.loading import load_bank


def test_opening_and_compiling_changes_no_shipped_item():
    changed = []
    for item in load_bank():
        body = item.model_dump(mode="json", exclude={"id", "version"})
        back = compiled(sheet_of_body(body))
        if Item.model_validate({**back, "id": item.id, "version": item.version}) != item:
            changed.append(item.ref)

    assert changed == []


MATCHING = Sheet(
    {"kind": "matching"},
    {
        "prompts": [{"text": "进房", "match": "b"}, {"text": "停留", "match": "a"}],
        "choices": [{"text": "看讲解"}, {"text": "看封面"}, {"text": "看价格"}],
        "mistakes": [{"prompt": "1", "choice": "c", "name": "混了"}],
    },
)


def test_moving_a_choice_takes_every_reference_along():
    sheet = rearranged(MATCHING, "up:choices:1")

    assert [row["text"] for row in sheet.rows["choices"]] == ["看封面", "看讲解", "看价格"]
    assert [row["match"] for row in sheet.rows["prompts"]] == ["a", "b"]
    assert sheet.rows["mistakes"][0]["choice"] == "c"


def test_dropping_a_row_empties_what_named_it_and_closes_the_gap():
    sheet = rearranged(MATCHING, "drop:choices:1")

    assert [row["match"] for row in sheet.rows["prompts"]] == ["", "a"]
    assert sheet.rows["mistakes"][0]["choice"] == "b"
    assert rearranged(MATCHING, "drop:prompts:0").rows["mistakes"][0]["prompt"] == ""


@pytest.mark.parametrize(
    "act",
    ["up:choices:0", "down:choices:2", "drop:choices:9", "up:nothing:1", "", "drop:choices:x"],
)
def test_an_act_without_sense_changes_nothing(act):
    assert rearranged(MATCHING, act).to_json() == MATCHING.to_json()


def test_an_empty_row_between_shifts_no_match():
    rows = {**MATCHING.rows, "choices": [{"text": "看讲解"}, {}, {"text": "看价格"}]}
    body = compiled(Sheet(MATCHING.fields, {**rows, "prompts": [{"text": "停留", "match": "c"}]}))

    assert body["choices"] == {"a": "看讲解", "b": "看价格"}
    assert body["matches"] == {"1": "b"}


def test_a_form_is_read_by_its_names_and_nothing_else():
    sheet = sheet_of_form(
        [
            ("stem", "题干\r\n第二行\0"),
            ("choices-0", "1"),
            ("choices-2-text", "乙"),
            ("choices-2-is_key", "1"),
            ("choices-99-text", "太多"),
            ("choices-1-evil", "x"),
            ("csrf_token", "…"),
        ]
    )

    assert sheet.fields == {"stem": "题干\n第二行"}
    assert sheet.rows == {"choices": [{}, {"text": "乙", "is_key": "1"}]}


def test_a_number_that_is_none_stays_what_was_typed():
    body = compiled(Sheet({"kind": "numeric", "value": "两成"}, {}))

    assert body["numeric"]["value"] == "两成"


def test_the_difference_names_words_and_parts():
    assert word_diff("点击率 13% 降到 8%", "点击率 13% 升到 8%") == (
        Piece("same", "点击率 13% "),
        Piece("dropped", "降"),
        Piece("added", "升"),
        Piece("same", "到 8%"),
    )
    old = {"id": "x", "version": 1, "choices": {"a": "甲", "b": "乙"}, "key": ["a"]}
    new = {"id": "x", "version": 2, "choices": {"a": "甲", "b": "丁"}, "key": ["b"]}
    assert [one.part for one in body_diff(old, new)] == ["choices.b", "key"]
