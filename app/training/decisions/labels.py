"""Chinese for the codes of decisions."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from simulations.skills import SkillId

SKILL = {
    SkillId.SELECTION: _("选品"),
    SkillId.TRAFFIC: _("流量"),
    SkillId.BENEFITS: _("福利"),
    SkillId.STOCK: _("库存"),
    SkillId.INCIDENTS: _("突发"),
    SkillId.COMPLIANCE: _("合规"),
    SkillId.PACING: _("节奏"),
    SkillId.FORECAST: _("预测"),
}

OPERATOR = {
    "house": _("主播自己播"),
    "novice": _("新手操盘"),
    "competent": _("老手操盘"),
}

MESSAGES = {
    "decision_not_started": _("请先点“开始”，再作答"),
    "decision_time_over": _("九十秒已到，这一次不计入统计；答案已经可以看"),
    "decision_answered": _("这一题已经答过，第一次的答案算数"),
    "decision_not_weighed": _("还在计算每个选项值多少元，稍等一会儿再发布"),
    "decision_own": _("自己写的决策要由另一位委员发布"),
    "decision_published": _("这道决策已经发布，不能再改"),
    "decision_code_taken": _("已经有同名的决策，请换一个编号"),
    "decision_too_late": _("离下播太近，看不出差别：请选下播前十分钟以前的时刻"),
    "decision_refused": _("房间在这一刻不接受其中一个操作，请换一个操作或时刻"),
    "decision_drafted": _("这道决策已经做成题目草稿"),
}

CHOICES_UNUSABLE = _(
    "选项要 %(least)s 到 %(most)s 个，各有说法（2 到 60 字）和理由（6 到 160 字），做法互不相同"
)
AFTER_UNUSABLE = _("第二步要写隔几分钟：1 到 30 的整数")
MOMENT_UNUSABLE = _("场景、观众或时刻不对，请重新选一次")
