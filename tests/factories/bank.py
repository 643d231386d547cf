"""A tiny bank of the tests' own; seed content is free to improve without touching a test."""

from __future__ import annotations

from functools import cache
from typing import Any

from question_bank.assembly import ExamForm, assemble_form
from question_bank.banks import ItemBank
from question_bank.blueprints import ExamBlueprint
from question_bank.exhibits import Exhibit
from question_bank.items import CaseGroup, Item

RATIONALE = (
    "因为甲是对的：乙把注意力问题当成价格问题，丙忘记退货，丁把总量当成比率；下次先看来源和点击，再看价格。"
    * 2
)


def _common(item_id: str, **changes: Any) -> dict[str, Any]:
    return {
        "id": item_id,
        "version": 1,
        "topic": "traffic",
        "level": "junior",
        "cognitive": "apply",
        "pool": "exam",
        "skeleton": f"判断骨架 {item_id}",
        "situation": True,
        "computes": False,
        "law": False,
        "stem": f"第 {item_id} 题：下一步先做什么？",
        "rationale": RATIONALE,
        "source": "命题假设",
        **changes,
    }


def single_item(item_id: str, key: str = "a", **changes: Any) -> Item:
    choices = {"a": "甲", "b": "乙", "c": "丙", "d": "丁"}
    wrong = {one: f"错因{one}" for one in choices if one != key}
    return Item.model_validate(
        _common(
            item_id,
            kind="single_choice",
            choices=choices,
            key=[key],
            distractors=wrong,
            **changes,
        )
    )


def multiple_item(item_id: str, keys: list[str] | None = None, **changes: Any) -> Item:
    keys = keys or ["a", "b"]
    choices = {"a": "甲", "b": "乙", "c": "丙", "d": "丁"}
    return Item.model_validate(
        _common(
            item_id,
            kind="multiple_choice",
            choices=choices,
            key=keys,
            distractors={one: f"错因{one}" for one in choices if one not in keys},
            **{"stem": f"{item_id} 题里正确的有？（选出所有正确项）", **changes},
        )
    )


def truth_item(item_id: str, key: bool = True, **changes: Any) -> Item:
    return Item.model_validate(
        _common(
            item_id,
            kind="true_false",
            key=key,
            distractors={"false" if key else "true": "错因"},
            **changes,
        )
    )


def numeric_item(item_id: str, value: float, tolerance: float = 0.0, **changes: Any) -> Item:
    return Item.model_validate(
        _common(
            item_id,
            kind="numeric",
            numeric={"value": value, "tolerance": tolerance, "unit": "", "decimals": 2},
            mistakes={"1.71": "忘记退货"},
            **changes,
        )
    )


def case_items(case_id: str, count: int = 3, **changes: Any) -> tuple[CaseGroup, list[Item]]:
    items = [single_item(f"{case_id}-{n}", case_id=case_id, **changes) for n in range(count)]
    case = CaseGroup(
        id=case_id,
        version=1,
        pool=items[0].pool,
        title="材料",
        exhibit=Exhibit(text="一段材料"),
        item_ids=tuple(item.id for item in items),
    )
    return case, items


@cache
def little_bank() -> ItemBank:
    """Twelve items of every kind and one case; the right answer of each choice item is `a`."""
    case, members = case_items("case-one")
    items = [
        *(single_item(f"single-{n}") for n in range(5)),
        *(multiple_item(f"multiple-{n}", ["a", "b"]) for n in range(2)),
        *(truth_item(f"truth-{n}") for n in range(2)),
        *(numeric_item(f"numeric-{n}", 2.5) for n in range(2)),
        *members,
    ]
    return ItemBank(items, [case])


LITTLE_BLUEPRINT = ExamBlueprint.model_validate(
    {
        "id": "little",
        "version": 1,
        "title": "小卷",
        "level": "junior",
        "pool": "exam",
        "item_count": 6,
        "quotas": [
            {"kind": "single_choice", "in_case": False, "least": 1, "most": 1},
            {"kind": "multiple_choice", "least": 1, "most": 1},
            {"kind": "numeric", "least": 1, "most": 1},
            {"in_case": True, "least": 3, "most": 3},
        ],
    }
)


@cache
def little_form(n: int) -> ExamForm:
    """Form number `n`; a thousand tests ask for the same few, and each draw is a solver's run."""
    return assemble_form(little_bank(), LITTLE_BLUEPRINT, seed=bytes([n]) * 16)
