"""Chinese for this feature's codes."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

MESSAGES = {
    "regrade_settled": _("这项改判已经有了结论，不能再改"),
    "already_regraded": _("这个版本的题目已有一项改判，请先处理那一项"),
    "appeal_closed": _("已过申诉期限（成绩发布后 7 天）"),
    "already_appealed": _("这次考试已经提交过申诉"),
    "appeal_answered": _("这份申诉已经答复"),
    "involved": _("你参与过这场考试，或者教过申诉人，不能答复这份申诉，请交给别人"),
    "no_late_answers": _("这场考试没有待处理的迟到作答"),
    "admission_settled": _("这些迟到作答已经有人提出或决定"),
    "late_reason": _("请写明事由，4 到 300 字"),
    "release_too_early": _("发布时间不能早于现在"),
}

LATE_REASON = {
    "deadline_passed": _("考试时间已到"),
    "attempt_closed": _("已经交卷"),
    "section_passed": _("已离开那一部分"),
    "section_over": _("那一部分的时间已到"),
}

TREATMENT = {
    "rekey": _("按新版答案判分"),
    "credit_all": _("全部给分"),
    "drop": _("不计这一题"),
}

CATEGORY = {
    "item": _("题目或答案有误"),
    "technical": _("设备、网络或系统故障"),
    "disturbance": _("考场干扰或监考处理"),
    "other": _("其他"),
}

OUTCOME = {"upheld": _("申诉成立"), "dismissed": _("维持原结果")}
OUTCOME_TONE = {"upheld": "good", "dismissed": ""}

REGRADE_STATE = {
    "proposed": _("待第二人执行"),
    "applied": _("已执行"),
    "withdrawn": _("已撤回"),
    "reverted": _("已还原"),
}
REGRADE_TONE = {"proposed": "warn", "applied": "good", "withdrawn": "", "reverted": ""}

REGRADE_ERROR = {
    "item_ref": _("题库里没有这个版本，写法如 junior-traffic-017@1"),
    "new_ref": _("要是同一题的另一个已发布版本，且选项编号相同"),
    "treatment": _("请选择处理方式"),
}
