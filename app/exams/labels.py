"""Chinese for this feature's codes."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

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
}

CLOSING = {"submitted": _("已交卷"), "overdue": _("时间到，系统已交卷")}

MESSAGES = {
    "no_form": _("试卷正在准备，请一分钟后再试"),
}
