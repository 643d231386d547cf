"""A tiny bank with one item of every kind, and an attempt on it."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy.orm import Session

from app.bank.services import publish_bank
from app.exams.drawing import store_form
from app.exams.models import Attempt
from app.exams.services import start_attempt
from app.exams.terms import ExamTerms
from question_bank.assembly import ExamForm, assemble_form
from question_bank.banks import ItemBank
from question_bank.blueprints import ExamBlueprint
from question_bank.items import Item
from tests.factories.bank import RATIONALE, multiple_item, numeric_item, single_item, truth_item


def part_item(item_id: str, kind: str, **changes: Any) -> Item:
    """An item of a kind that the other factories do not make."""
    return Item.model_validate(
        {
            "id": item_id,
            "version": 1,
            "kind": kind,
            "topic": "live_ops",
            "level": "junior",
            "cognitive": "apply",
            "pool": "exam",
            "skeleton": f"判断骨架 {item_id}",
            "situation": True,
            "computes": False,
            "law": False,
            "stem": f"第 {item_id} 题：照题目要求作答。",
            "rationale": RATIONALE,
            "source": "命题假设",
            **changes,
        }
    )


def ordering_item(item_id: str = "ordering-0", **changes: Any) -> Item:
    """The right order is d, b, a, c."""
    values = {
        "choices": {"a": "第三步", "b": "第二步", "c": "第四步", "d": "第一步"},
        "key": ["d", "b", "a", "c"],
        "mistakes": {"bd": "把第二步排在第一步之前"},
    }
    return part_item(item_id, "ordering", **{**values, **changes})


def matching_item(item_id: str = "matching-0", **changes: Any) -> Item:
    values = {
        "prompts": {"1": "进房率", "2": "点击率", "3": "退货率"},
        "choices": {"a": "订单数", "b": "展示数", "c": "曝光数", "d": "粉丝数"},
        "matches": {"1": "b", "2": "c", "3": "a"},
        "mistakes": {"1c": "把商品曝光当成直播间展示"},
    }
    return part_item(item_id, "matching", **{**values, **changes})


def fill_in_item(item_id: str = "fill-in-0", **changes: Any) -> Item:
    values = {
        "stem": "先攒人后上链接叫 [[1]]，600 件卖 20 天，每天 [[2]] 件。",
        "blanks": {
            "1": {"accept": ["憋单", "HOLD 单"], "width": 5},
            "2": {"number": {"value": 30, "tolerance": 0, "unit": "件", "decimals": 0}},
        },
        "mistakes": {"1=返场": "把再讲一遍当成攒人", "2=20": "把天数当成件数"},
    }
    return part_item(item_id, "fill_in", **{**values, **changes})


def hot_spot_item(item_id: str = "hot-spot-0", **changes: Any) -> Item:
    """The key is the third region of the chart."""
    chart = {
        "kind": "line",
        "title": "每 10 分钟点击率",
        "unit": "%",
        "x": ["0", "10", "20", "30"],
        "series": [{"name": "点击率", "values": [12, 11, 6, 5]}],
    }
    values = {
        "picture": {"chart": chart, "spans": {"a": [0, 0], "b": [1, 1], "c": [2, 2], "d": [3, 3]}},
        "choices": {"a": "第一段", "b": "第二段", "c": "第三段", "d": "第四段"},
        "key": ["c"],
        "distractors": {"a": "还在常态", "b": "还在常态", "d": "已经是后果"},
    }
    return part_item(item_id, "hot_spot", **{**values, **changes})


def console_item(item_id: str = "hot-spot-console", **changes: Any) -> Item:
    """The keys are the second and the fourth tile."""
    tiles = [
        {"title": "在线", "value": "300 人", "region": "a"},
        {"title": "库存", "value": "0 件", "note": "预警 60", "region": "b"},
        {"title": "公告 <b>", "value": "无", "wide": True},
        {"title": "链接", "value": "已失效", "region": "c"},
    ]
    values = {
        "picture": {"title": "中控台", "tiles": tiles},
        "choices": {"a": "在线", "b": "库存", "c": "链接"},
        "key": ["b", "c"],
        "distractors": {"a": "在线正常"},
    }
    return part_item(item_id, "hot_spot", **{**values, **changes})


def short_item(item_id: str = "short-0", **changes: Any) -> Item:
    levels = [{"points": 2, "text": "说清楚了"}, {"points": 0, "text": "没有说"}]
    values = {
        "rubric": {
            "criteria": [
                {"id": "cause", "text": "判断原因", "levels": levels},
                {"id": "action", "text": "下一步动作", "levels": levels},
            ],
            "model_answer": "讲得太久，先换讲有货的承接款，再看五分钟点击率回没回来。",
            "least_chars": 10,
            "most_chars": 200,
        }
    }
    return part_item(item_id, "short_answer", **{**values, **changes})


def room_item(item_id: str = "room-0", **changes: Any) -> Item:
    """The tests' little room; half of the reference's points earn everything."""
    task = {"scenario_ref": "little@1", "speed": 4, "minutes": 8, "full_score": 50}
    return part_item(item_id, "room", **{"room": task, **changes})


def parametric_item(
    item_id: str = "parametric-0", kind: str = "single_choice", **changes: Any
) -> Item:
    """What 100 … 1000 pieces at 10 … 90 yuan come to; the mistakes forget a tenth, double, add."""
    mistakes = [
        {"result": "count*price*0.9", "name": "多减一成"},
        {"result": "count*price*2", "name": "算了两遍"},
        {"result": "count+price", "name": "相加"},
    ]
    values = {
        "computes": True,
        "stem": "卖了 {count} 件，每件 {price} 元，成交额是多少？",
        "rationale": "成交额等于件数乘单价：{count} × {price} = {key} 元；相加得到 {mistake_3}，"
        "没有意义。下次先看清两个数各是什么，再决定相乘还是相加，写在同一行里。",
        "checks": ["total/price == count"],
        "parametric": {
            "variables": {
                "count": {"least": 100, "most": 1000, "step": 10},
                "price": {"least": 10, "most": 90, "step": 5},
            },
            "derived": {"total": "count*price"},
            "key": "total",
            "mistakes": mistakes,
            "unit": "元",
            "decimals": 0,
            "sensible": [1000, 90000],
        },
    }
    return part_item(item_id, kind, **{**values, **changes})


@cache
def kinds_bank() -> ItemBank:
    """One item of every kind, two hot spots, and a parametrised choice and number."""
    return ItemBank(
        [
            single_item("single-0"),
            multiple_item("multiple-0"),
            truth_item("truth-0"),
            numeric_item("numeric-0", 2.5),
            ordering_item(),
            matching_item(),
            fill_in_item(),
            hot_spot_item(),
            console_item(),
            short_item(),
            parametric_item(),
            parametric_item("parametric-1", "numeric"),
        ]
    )


KINDS_BLUEPRINT = ExamBlueprint.model_validate(
    {
        "id": "kinds",
        "version": 1,
        "title": "各种题型",
        "level": "junior",
        "pool": "exam",
        "item_count": 12,
        "quotas": [],
    }
)

KINDS_TERMS = ExamTerms(
    exam_code="kinds@1:theory",
    programme_ref="kinds@1",
    title="各种题型",
    blueprint_ref="kinds@1",
    limit_s=2400,
    cut_fraction=0.6,
    is_demo=True,
)


def publish_kinds_bank(db_session: Session, *, now: datetime, forms: int = 3) -> None:
    """Publish the bank and prepare forms of it, each with figures of its own."""
    publish_bank(
        db_session, kinds_bank(), [KINDS_BLUEPRINT], is_public=False, actor="cli:test", now=now
    )
    for n in range(forms):
        store_form(db_session, _kinds_form(n), now=now)


@cache
def _kinds_form(n: int) -> ExamForm:
    return assemble_form(kinds_bank(), KINDS_BLUEPRINT, seed=bytes([n + 1]) * 16)


def start_kinds_attempt(db_session: Session, person_id: int, *, now: datetime) -> Attempt:
    """Start an attempt on a fresh bank of every kind."""
    publish_kinds_bank(db_session, now=now)
    return start_attempt(db_session, person_id, KINDS_TERMS, now=now)
