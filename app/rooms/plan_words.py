"""Chinese for the codes of the planning phase; the rules of a plan have theirs in `simulations`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask_babel import gettext, lazy_gettext

from app.core.i18n import is_english, percent, yuan
from simulations import labels as room_labels
from simulations.plan_advice import Advice
from simulations.scenarios import Scenario

_: Callable[..., str] = gettext

GRADE = {
    "S": lazy_gettext("S 级大场"),
    "A": lazy_gettext("A 级专场"),
    "B": lazy_gettext("B 级日播"),
}

TRUST = {
    "freight_cover": lazy_gettext("退货补运费"),
    "instant_refund": lazy_gettext("极速退款"),
    "freight_insurance": lazy_gettext("运费险"),
    "keep_goods": lazy_gettext("退款不退货"),
    "tenfold": lazy_gettext("假一赔十"),
}

AIM_ABOUT = {
    "new_customers": lazy_gettext("拉新：成交里新客占多少"),
    "followers": lazy_gettext("涨粉：这一场新增多少粉丝"),
    "repeat": lazy_gettext("复购：老客下了多少单"),
}

SOURCE = {
    "fans": lazy_gettext("粉丝"),
    "public": lazy_gettext("推荐"),
    "paid": lazy_gettext("投流"),
}

MESSAGES = {
    "plan_closed": lazy_gettext("规划已经定下，房间已经开始，不能再改"),
    "plan_time_over": lazy_gettext("规划时间已到，最后一次保存的规划已经生效"),
    "plan_draft_limit": lazy_gettext("保存的次数太多了，改好后直接开播"),
    "plan_first": lazy_gettext("先定下规划再开播"),
    "diagnosis_too_long": lazy_gettext("诊断最多 2000 字"),
}
"""Words of refusals, by code; a page and a JSON answer use the same."""


def rule_words(code: str) -> str:
    """Return the words for a rule that a plan breaks, in the reader's language."""
    if code in room_labels.MESSAGES:
        return room_labels.message(code, "en" if is_english() else "zh")
    return str(MESSAGES.get(code) or _("内容有误"))


def aim_figure(aim: str, value: float) -> str:
    """Write a value of a secondary goal by its measure."""
    return percent(value) if aim == "new_customers" else f"{value:,.0f}"


def aim_name(aim: str) -> str:
    """Return a secondary goal's name in the reader's language."""
    return room_labels.message(aim, "en" if is_english() else "zh")


def advice_words(scenario: Scenario, advice: Advice) -> str:
    """Return a remark on a plan in the reader's language."""
    return _ADVICE[advice.code](scenario, advice.values)


def _name(scenario: Scenario, code: str) -> str:
    return scenario.products[scenario.product_index(code)].name


_ADVICE: dict[str, Callable[[Scenario, Mapping[str, Any]], str]] = {
    "traffic_below_even": lambda scenario, one: _(
        "往场投流产出 %(roi)s，保本要 %(even)s。预算放在转化高的时段，别匀着花。",
        roi=f"{one['roi']:.2f}",
        even=f"{one['even']:.2f}",
    ),
    "cash_tight": lambda scenario, one: _(
        "这样安排后手上只剩 %(left)s 现金，补货和意外都要从这里出。", left=yuan(one["left_fen"])
    ),
    "few_videos": lambda scenario, one: _(
        "预热只有 %(videos)s 条。每多一条，前半小时进房多 %(gain)s。",
        videos=one["videos"],
        gain=percent(one["gain_fraction"], 0),
    ),
    "tired_start": lambda scenario, one: _(
        "这个等级开场时主播体力只有 %(energy)s，又没有人能换她。",
        energy=percent(one["energy_fraction"], 0),
    ),
    "no_opening_product": lambda scenario, one: _(
        "前三个款里没有引流款也没有福利款，开场的人没有东西留住。"
    ),
    "seller_dropped": lambda scenario, one: _(
        "%(name)s 占往场成交 %(share)s，这次没有上架。",
        name=_name(scenario, one["product"]),
        share=percent(one["share"], 0),
    ),
    "sold_out_early": lambda scenario, one: _(
        "%(name)s 往场讲到第 %(minute)s 分钟左右就卖光了。",
        name=_name(scenario, one["product"]),
        minute=one["minute"],
    ),
    "no_aim": lambda scenario, one: _("还没有声明本场的次要目标，声明并做到可以加分。"),
    "aim_ahead": lambda scenario, one: _(
        "%(aim)s：往场平均 %(level)s，目标 %(target)s。想好靠哪个款、哪个时段补上。",
        aim=aim_name(one["aim"]),
        level=aim_figure(one["aim"], one["level"]),
        target=aim_figure(one["aim"], one["target"]),
    ),
    "targets_below": lambda scenario, one: _(
        "每小时目标加起来比本场目标少 %(gap)s。", gap=yuan(one["gap_fen"])
    ),
}
