"""Chinese for the codes of a 营期."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

KIND = {"daily": _("日播"), "big": _("大场")}

STATE = {
    "done": _("已播"),
    "judging": _("正在评分"),
    "on_air": _("进行中"),
    "next": _("下一场"),
    "later": _("还没到"),
}

MESSAGES = {
    "period_session_runs": _("上一场还没有收播：先播完，下一场接着它的粉丝、库存和口碑"),
    "period_over": _("这个营期已经播完或已结束；可以重新开一期"),
}
