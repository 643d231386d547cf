"""Chinese for this feature's codes."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

MESSAGES = {
    "sitting_full": _("这一场已经约满，请换一场"),
    "sitting_closed": _("这一场已取消或已结束"),
    "already_booked": _("你已经约了一场还没考的，请先改期或取消"),
    "seat_booked": _("你已预约场次，请从「考试场次」里的候考室进入考试"),
    "too_late_to_change": _("离开考不到 24 小时，不能再改期或取消"),
    "not_yet_open": _("还没到开考时间"),
    "entry_closed": _("已过最晚入场时间，不能再开始考试"),
    "not_checked_in": _("请先请监考核验身份"),
    "check_in_closed": _("现在不是签到时间"),
    "wrong_access_code": _("考场口令不对，请看考场公布的六位口令"),
    "nobody_reached": _("选中的考生里没有人适用这个操作"),
    "own_seat": _("不能监考自己的考试"),
    "own_trainee": _("其中有你教过的学员：讲师不考自己的学员，请交给别的监考员"),
    "not_over": _("还有人在考试，结束后才能安排发布成绩"),
    "release_fixed": _("成绩已经发布，不能再撤回"),
    "accommodation_ended": _("这项便利安排已经结束"),
    "ticket_refused": _("准考证号和身份证号末 6 位对不上，或者这一场现在不能用准考证登录"),
    "booking_closed": _("这一场已经不能预约"),
}

STATE = {
    "booked": _("未签到"),
    "checked_in": _("已签到"),
    "running": _("作答中"),
    "silent": _("失联"),
    "paused": _("考试暂停"),
    "closed": _("已交卷"),
    "absent": _("缺考"),
}
ON_BREAK = _("休息中")
"""What a paused seat is called whose candidate is on a break."""

STATE_TONE = {
    "booked": "",
    "checked_in": "info",
    "running": "good",
    "silent": "bad",
    "paused": "warn",
    "closed": "",
    "absent": "bad",
}

PHASE = {
    "planned": _("未到签到"),
    "check_in": _("签到中"),
    "open": _("考试中"),
    "running": _("入场截止，考试中"),
    "over": _("已结束"),
    "cancelled": _("已取消"),
}
PHASE_TONE = {
    "planned": "",
    "check_in": "info",
    "open": "good",
    "running": "good",
    "over": "",
    "cancelled": "bad",
}

DOCUMENT = {
    "id_card": _("居民身份证"),
    "passport": _("护照"),
    "permit": _("港澳台居民证件"),
}

ACT = {
    "extend": _("加时"),
    "pause": _("暂停"),
    "break": _("开始休息"),
    "resume": _("恢复"),
    "announce": _("公告"),
    "end": _("结束考试"),
    "upload": _("补传作答"),
}

PLAN_ERROR = {
    "in_the_past": _("这个时间已经过去"),
    "before_opening": _("不能早于开考时间"),
    "before_last_entry": _("要晚于最晚入场"),
    "range": _("1 到 2000"),
    "practice_only": _("只有演练场次可以另选试卷"),
    "key": _("每行一个 64 位的十六进制密钥，最多 20 个"),
}

ACT_ERROR = {
    "seat": _("先勾选考生，或选「全场」"),
    "text": _("请写明事由或公告内容，2 到 300 字"),
    "minutes": _("加时填 1 到 240 分钟"),
}
