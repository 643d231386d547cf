"""Chinese for this feature's codes."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

WHY = {
    "changed": _("有新版本"),
    "coming": _("将有新版本"),
    "undated": _("没写施行日期"),
    "unknown": _("不在清单里"),
}
WHY_TONE = {"changed": "bad", "coming": "warn", "undated": "", "unknown": ""}
