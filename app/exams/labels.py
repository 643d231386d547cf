"""Chinese for this feature's codes."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

CLOSING = {
    "submitted": _("已交卷"),
    "overdue": _("时间到，系统已交卷"),
    "ended": _("监考结束考试，系统已交卷"),
}

OWN_BREAK = _("考生休息")

MESSAGES = {
    "no_form": _("试卷正在准备，请一分钟后再试"),
    "attempt_paused": _("考试已暂停，作答留在本机，恢复后自动保存"),
    "result_pending": _("上一次考试的成绩还没有发布，发布后才能再考"),
    "marks_awaited": _("还有主观题没有评完，评完才能发布"),
    "not_paused": _("考试没有在暂停"),
    "already_paused": _("考试已经暂停了"),
    "time_over": _("考试时间已到"),
    "seb_required": _("这场考试只能用考点指定的安全考试浏览器打开，请从考场的快捷方式进入"),
    "section_passed": _("这一部分已经离开，不能再改"),
    "section_over": _("这一部分的时间已到，作答已留存但不计分；请进入下一部分"),
    "section_locked": _("这一部分还没有开始"),
    "no_section": _("后面没有别的部分了"),
    "no_break_left": _("没有可用的休息时间"),
    "not_on_break": _("这次暂停由监考发起，请等监考恢复"),
    "attempt_open": _("考试还没有结束"),
    "unsent_file": _("这个文件不是本场考试的未上传作答"),
}

BAND = {
    "above": _("高于合格线"),
    "near": _("接近合格线，误差内分不清"),
    "below": _("低于合格线"),
    "few": _("题量少，只作参考"),
}
BAND_TONE = {"above": "good", "near": "warn", "below": "bad", "few": ""}
