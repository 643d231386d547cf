"""Chinese for the codes of objections."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

STATE = {
    "open": _("等待答复"),
    "accepted": _("已采纳"),
    "declined": _("未采纳"),
    "withdrawn": _("已撤回"),
}

STATE_TONE = {"open": "warn", "accepted": "good", "declined": "", "withdrawn": ""}

MESSAGES = {
    "objection_not_settled": _("这个月还没有结算，结算后才能提出异议"),
    "objection_late": _("结算后 15 天内可以提出异议，这个月已经过了期限"),
    "objection_open": _("这一项已有一份异议在等待答复"),
    "objection_closed": _("这份异议已经有了结论"),
    "objection_same_value": _("这个值和现在记录的一样，没有可更正的"),
    "objection_estimated": _("这一项由真实场次估计：请更正场次结果，估计会随之更新"),
}
