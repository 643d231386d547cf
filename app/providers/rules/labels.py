"""Chinese for the codes of the rules' office."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

STATE = {"proposed": _("等待第二人"), "published": _("已发布"), "declined": _("未采纳")}

STATE_TONE = {"proposed": "warn", "published": "good", "declined": ""}

MESSAGES = {
    "bad_scheme": _("评分规则有误，没有提交"),
    "scheme_version_taken": _("这个版本已经发布，或者同一规则还有一个版本在等待决定"),
    "scheme_too_early": _("新版本最早从下个月生效：已经开始评分的月份不能再改规则"),
    "rule_decided": _("这一项已经由别人决定过"),
    "tier_not_earned": _("这家服务商没有达到该层的全部要求，或者已经在这一层"),
}
