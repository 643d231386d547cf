"""Chinese words of the scenario studio: fields, sections, stages, faults, refusals."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from app.studio.drafts.field_words import FIELD, OF_PATH
from app.studio.drafts.shapes import scenario_shape, shape_at
from app.studio.drafts.standing import Stage

MESSAGES = {
    "scenario_stage": _("场景现在不在这一步，请刷新后再看"),
    "own_scenario": _("写过这个场景的人不能评审或发布它，请换一位成员"),
    "scenario_reviewed": _("你在这一轮已经同意过了"),
    "scenario_changed": _("另一位作者刚保存过这个场景，你的修改没有写入。请刷新，在新的版本上再改"),
    "scenario_open": _("这个场景已经有一份草稿在写"),
    "nothing_to_undo": _("没有可以撤销的修改"),
    "scenario_value": _("有数值不能这样写，这次没有保存"),
    "scenario_yaml": _("文本没有通过检查，这次没有保存"),
    "scenario_faulty": _("场景里有互相矛盾的地方，改好后才能提交"),
    "scenario_checks": _("发布前检查还没有做完，或有一项没有通过"),
    "engine_cold": _("计算引擎还在准备，备好后自动试算；后台精算不受影响"),
    "run_lost": _("这次精算已经取消"),
}

STAGE: Mapping[str, object] = {
    Stage.DRAFT: _("草稿"),
    Stage.REVIEW: _("评审中"),
    Stage.ACCEPTED: _("待发布"),
    Stage.PUBLISHED: _("已发布"),
    Stage.DISCARDED: _("已放弃"),
}

STAGE_TONE = {"draft": "warn", "review": "info", "accepted": "good", "published": "good"}

FACT: Mapping[str, object] = {
    "created": _("开始编写"),
    "joined": _("参与编写"),
    "submitted": _("提交评审"),
    "accepted": _("评审同意"),
    "sent_back": _("退回修改"),
    "withdrawn": _("作者撤回"),
    "published": _("发布"),
    "discarded": _("放弃"),
}

POLICY: Mapping[str, object] = {
    "house": _("主播自播"),
    "random": _("乱点"),
    "novice": _("新手"),
    "competent": _("熟手"),
    "reference": _("参考"),
}

SECTIONS: Sequence[tuple[str, object, tuple[str, ...]]] = (
    (
        "basics",
        _("基本"),
        (
            "title", "level", "exposure", "story", "problem", "source", "duration_min",
            "target_gmv_fen", "speed", "phases",
        ),
    ),
    ("tray", _("货盘"), ("products", "hidden_hit", "price_floor_fraction", "reverse_freight_fen",
                         "writeoff_fraction")),
    ("traffic", _("流量"), ("audience", "platform", "market", "clips")),
    ("host", _("主播"), ("host", "other_hosts", "stage", "house", "crew", "holds")),
    ("benefits", _("权益"), ("benefits", "trust", "service", "cash")),
    ("incidents", _("突发"), ("incidents", "compliance")),
    ("planning", _("开播前"), ("planning",)),
    ("scoring", _("计分"), ("scoring", "actions_per_tick", "normals")),
    ("texts", _("评论"), ("comments",)),
)  # fmt: skip
"""Tabs of the editor: code, words, fields at the top of the body."""


def field_words(path: str) -> str:
    """Return the words of a place, whatever its positions in lists."""
    plain = re.sub(r"\.\d+", "", path)
    return str(OF_PATH.get(plain) or FIELD.get(plain.rpartition(".")[2]) or plain)


def place_words(path: str) -> str:
    """Return the words of a path from the top down: `货盘 2 › 标价`."""
    steps: list[str] = []
    walked = ""
    for step in path.split("."):
        walked = f"{walked}.{step}".strip(".")
        if step.isdecimal() and steps:
            steps[-1] += f" {int(step) + 1}"
        elif step in FIELD or re.sub(r"\.\d+", "", walked) in OF_PATH:
            steps.append(field_words(walked))
        elif step:
            steps.append(step)
    return " › ".join(steps) or str(_("整个场景"))


_FAULTS: Sequence[tuple[str, object]] = (
    (r"ids must differ", _("代号有重复")),
    (r"the id .* is taken by warnings", _("这个代号留给平台提醒用")),
    (r"none clears a warning", _("没有一种处置能解除提醒")),
    (r"is not below list_price_fen", _("成本没有低于标价")),
    (r"is above most|is above tray_most", _("最小值大于最大值")),
    (r"needs sign_min", _("要求：征兆提前 ≤ 最早开始 ≤ 最晚开始")),
    (r"may last beyond", _("可能持续到散场以后：把最晚开始提前，或缩短持续时间")),
    (r"must rise and end with the session", _("各阶段要依次往后，最后一段正好到散场")),
    (r"minutes must rise", _("曲线的分钟要依次增大")),
    (r"at level .*; at most", _("考试倍速超过这一级别的上限")),
    (r"s on the wall at speed", _("按考试倍速算，留给人的时间不到 45 秒")),
    (r"no product", _("货盘里没有这个代号")),
    (r"no host", _("没有这个代号的主播")),
    (r"needs stage", _("有其他主播时，要先打开换主播与休息")),
    (r"needs other_hosts", _("设了轮换，却没有其他主播")),
    (r"names no grade", _("有可选级别，自播计划却没有选")),
    (r"Field required", _("必须填写")),
    (r"Extra inputs are not permitted", _("没有这个字段")),
    (r"greater than|less than", _("超出允许的范围")),
    (r"at least|at most", _("长度或条数不在允许的范围")),
    (r"should be a valid|Input should be", _("这里不能写这样的值")),
    (r"should match pattern", _("只能用小写字母、数字和连字符")),
    (r"low .* is above high", _("下限大于上限")),
)


def fault_words(message: str) -> str:
    """Return what a message of the model says, in the reader's language."""
    for pattern, words in _FAULTS:
        if re.search(pattern, message):
            return str(words)
    return str(_("这里和场景的其他部分对不上"))


def refusal_words(errors: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return a line for each refused value: the place, what is wrong, what is allowed."""
    lines = []
    for one in errors:
        place = place_words(str(one.get("field", "")))
        code = one.get("code")
        if code == "range":
            words = gettext("要求 %(range)s", range=range_words(one))
        elif code == "count":
            words = gettext("条数要求 %(range)s", range=range_words(one))
        elif code == "length":
            words = gettext("字数要求 %(range)s", range=range_words(one))
        elif code == "fault":
            words = _value_words(str(one.get("field", "")), str(one.get("problem", "")))
        elif code == "syntax":
            place, words = "YAML", gettext("写法有误：缩进、冒号或引号")
        elif code == "no_mapping":
            place, words = "YAML", gettext("要写成“字段: 值”的形式")
        else:
            words = str(_CODE.get(str(code), _("这里不能写这样的值")))
        row = gettext("第 %(row)s 行", row=one["row"]) + " · " if one.get("row") else ""
        lines.append(f"{row}{place}：{words}")
    return lines


def _value_words(path: str, message: str) -> str:
    """Return what is wrong with a value of a text, and what may stand at its place."""
    if "Extra inputs are not permitted" in message:
        likest = _likest_name(path)
        hint = str(gettext("；是不是 %(name)s", name=likest)) if likest else ""
        return fault_words(message) + hint
    try:
        shape = shape_at(path)
    except KeyError:
        return fault_words(message)
    if shape.kind in ("whole", "number"):
        if re.search(r"greater than|less than", message):
            return str(gettext("要求 %(range)s", range=range_words(vars(shape))))
        if "should be a valid" in message:
            return str(_CODE["whole" if shape.kind == "whole" else "number"])
    if shape.kind == "pick" and "should be" in message:
        return str(gettext("只能写 %(options)s", options=", ".join(map(str, shape.options))))
    if shape.kind == "flag" and "should be" in message:
        return str(gettext("只能写 %(options)s", options="true, false"))
    if re.search(r"at least|at most", message):
        bounds = range_words(vars(shape))
        if shape.kind == "text":
            return str(gettext("字数要求 %(range)s", range=bounds))
        return str(gettext("条数要求 %(range)s", range=bounds))
    return fault_words(message)


def _likest_name(path: str) -> str:
    """Return the field that a name which is none was probably meant to be; nothing if unclear."""
    parent, _dot, name = path.rpartition(".")
    try:
        parts = (shape_at(parent) if parent else scenario_shape()).parts
    except KeyError:
        return ""
    return next(iter(get_close_matches(name, [one.name for one in parts], 1, 0.75)), "")


_CODE: Mapping[str, object] = {
    "required": _("必须填写"),
    "twice": _("同一个字段写了两次，请删掉一处"),
    "number": _("要写数字"),
    "whole": _("要写整数"),
    "pattern": _("只能用小写字母、数字和连字符"),
    "no_such_place": _("没有这个位置，或这里不能增删"),
    "not_written": _("由系统填写"),
    "too_long": _("文本过长"),
    "too_many": _("一次改得太多"),
    "drill": _("专项练习不能作底稿"),
}


def range_words(bounds: Mapping[str, Any]) -> str:
    """Return an allowed range: `1 ～ 240`, `> 0`, `≥ 1`."""
    least, most, above = bounds.get("least"), bounds.get("most"), bounds.get("above")
    low = f"> {above:,.10g}" if above is not None else ""
    if least is not None:
        low = f"≥ {least:,.10g}"
    if most is None:
        return low
    if least is not None:
        return f"{least:,.10g} ～ {most:,.10g}"
    return f"{low}，≤ {most:,.10g}".strip("，")


UNITS: Sequence[tuple[str, object]] = (
    ("_fen_per_min", _("元/分")),
    ("_fen", _("元")),
    ("_per_min", _("/分")),
    ("_min", _("分钟")),
    ("_s", _("秒")),
)


def unit_of(name: str) -> str:
    """Return the unit that a field's ending names."""
    if name in ("fans_per_min", "public_per_min", "visitors_per_min"):
        return str(_("人/分"))
    for ending, words in UNITS:
        if name.endswith(ending):
            return str(words)
    return ""
