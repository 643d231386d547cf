"""Chinese for this feature's codes."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

MESSAGES = {
    "sheet_ended": _("这一份已经提交、退回或被收回，不能再改"),
    "sheet_expired": _("这一份放得太久，已经收回重新分发；请领取下一份"),
    "marker_stopped": _("你的评阅已暂停，请联系评阅组长"),
    "nothing_to_mark": _("现在没有你可以评的作答"),
    "marker_not_stopped": _("这位评阅员没有被暂停"),
    "marker_already_stopped": _("这位评阅员已经暂停了"),
    "own_standing": _("不能恢复自己的评阅，请另一位组长处理"),
    "control_settled": _("这份对照卷已经处理过了"),
    "review_closed": _("现在不能提交复盘：要在这一场结束后 48 小时内"),
    "review_written": _("这一场的复盘已经提交过，不能再改"),
}

SKIP = {
    "conflict": _("认出了考生，或与考生有利益关系"),
    "unreadable": _("看不懂或不是作答"),
    "concern": _("内容涉及求助、违规或泄题，请组长看"),
    "unsure": _("评分标准没有覆盖到"),
}

ENDING = {
    None: _("评阅中"),
    "marked": _("已评"),
    "skipped": _("已退回"),
    "expired": _("超时收回"),
    "withdrawn": _("组长收回"),
    "voided": _("作废重评"),
}
ENDING_TONE = {
    None: "info",
    "marked": "good",
    "skipped": "warn",
    "expired": "warn",
    "voided": "bad",
}

STATE = {
    "waiting": _("待评"),
    "third": _("待三评"),
    "arbiter": _("待仲裁"),
    "settled": _("已评定"),
}
STATE_TONE = {"waiting": "", "third": "warn", "arbiter": "bad", "settled": "good"}

RULE = {
    "mean": _("两评在误差内，取平均"),
    "nearest": _("三评与较近的一评平均"),
    "third": _("三评居中，以三评为准"),
    "arbiter": _("仲裁为准"),
}

MARKER_STANDING = {"sound": _("正常"), "warned": _("已提醒"), "stopped": _("已暂停")}
MARKER_TONE = {"sound": "good", "warned": "warn", "stopped": "bad"}

CONTROL_STATE = {"proposed": _("待第二人确认"), "live": _("使用中"), "retired": _("已停用")}
CONTROL_TONE = {"proposed": "warn", "live": "good", "retired": ""}

PART = {"diagnosis": _("账号诊断"), "review": _("复盘")}

FIELD_ERROR = {
    "missing": _("还没有给分"),
    "no_level": _("分值要选评分标准里的一档"),
    "too_long": _("评语不超过 600 字"),
    "length": _("字数不在范围内"),
}
