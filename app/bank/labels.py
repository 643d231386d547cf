"""Chinese for the codes of items and blueprints."""

from __future__ import annotations

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_babel import lazy_pgettext as _p

from question_bank.blueprints import Quota

TOPIC = {
    "traffic": _("流量运营"),
    "live_ops": _("直播运营"),
    "anchor": _("主播孵化"),
    "supply": _("供应链与货盘"),
    "service": _("服务履约"),
    "compliance": _("合规"),
    "data_review": _("数据与复盘"),
}

KIND = {
    "single_choice": _("单选"),
    "multiple_choice": _("多选"),
    "true_false": _("判断"),
    "numeric": _("数值"),
    "ordering": _("排序"),
    "matching": _("配对"),
    "fill_in": _("填空"),
    "hot_spot": _("点图"),
    "short_answer": _("简答"),
    "room": _("实操题"),
}

POOL = {"exam": _p("pool", "考试"), "practice": _("练习"), "pilot": _("试测")}

LEVEL = {"junior": _("初级"), "intermediate": _("中级"), "senior": _("高级")}

COGNITIVE = {
    "remember": _("记忆"),
    "understand": _("理解"),
    "apply": _("应用"),
    "analyse": _("分析"),
    "evaluate": _("评价"),
}

MESSAGES = {"version_changed": _("已经发布的版本不能再改，请发布新的版本")}

STATE = {"live": _("在用"), "retired": _("已停用")}


def quota_name(quota: Quota) -> str:
    """Return what a quota asks for, in words; one without selectors fits every item."""
    parts: list[object] = []
    if quota.topic is not None:
        parts.append(TOPIC[quota.topic.value])
    if quota.kind is not None:
        parts.append(KIND[quota.kind.value])
    if quota.cognitive is not None:
        parts.append(COGNITIVE[quota.cognitive.value])
    for value, yes, no in (
        (quota.in_case, _("案例题"), _("非案例")),
        (quota.law, _("法规"), _("非法规")),
        (quota.computes, _("计算"), _("不计算")),
        (quota.parametric, _("参数题"), _("非参数题")),
    ):
        if value is not None:
            parts.append(yes if value else no)
    return " · ".join(str(part) for part in parts) or gettext("全部")
