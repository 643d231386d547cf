"""Chinese for this feature's codes."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

CLOSING = {"submitted": _("已交卷"), "overdue": _("时间到，系统已交卷")}

MESSAGES = {
    "no_form": _("试卷正在准备，请一分钟后再试"),
}
