"""Chinese words of the contest's public pages."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

STATE = {
    "published": (_("报名与准备"), "info"),
    "running": (_("比赛中"), "brand"),
    "judging": (_("评审中"), "warn"),
    "protest": (_("申诉期"), "warn"),
    "final": (_("结果已定"), "good"),
    "cancelled": (_("已取消"), ""),
}
"""Where a contest stands, and the tone of its chip."""

KIND = {"heat": _("小组赛"), "final": _("决赛")}

TIE = {
    "certified": _("机评分高者在前"),
    "strikes": _("合规扣记少者在前"),
    "forecast": _("预测分高者在前"),
    "jury": _("评委分高者在前"),
}
