"""Chinese for the codes of admission."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

STATE = {
    "open": _("等待决定"),
    "admitted": _("已准入"),
    "declined": _("未准入"),
    "withdrawn": _("已撤回"),
}

STATE_TONE = {"open": "warn", "admitted": "good", "declined": "bad", "withdrawn": ""}

VERDICT = {"admit": _("同意准入"), "decline": _("不同意")}

MESSAGES = {
    "application_open": _("你已有一份申请在等待决定，或已在管理一家服务商"),
    "application_early": _("未准入后 30 天才能再次申请"),
    "application_closed": _("这份申请已经有了结论"),
    "application_voted": _("你已经决定过，需要另一位成员决定"),
    "admission_not_earned": _("还有门槛没有达到，不能准入"),
}
