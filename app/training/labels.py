"""Chinese for this feature's codes."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from question_bank.mastery import Source
from question_bank.practising import Mode

MODE = {
    Mode.TODAY: _("今日复习"),
    Mode.MISTAKES: _("错题本"),
    Mode.WEAK: _("练弱项"),
    Mode.MIXED: _("混合练习"),
    Mode.SKILL: _("按技能练"),
}

SOURCE = {
    Source.PLACEMENT: _("定位测评"),
    Source.EXAM: _("考试"),
    Source.ROOM: _("操盘"),
    Source.PRACTICE: _("练习（第一次）"),
    Source.REPEAT: _("练习（再次）"),
}

REASON = {
    "concept": _("概念不清"),
    "reading": _("没看清题"),
    "figures": _("算错"),
    "memory": _("记错了"),
    "guess": _("猜的"),
}

RECALL = {1: _("忘了"), 2: _("费劲"), 3: _("记得"), 4: _("很熟")}

CONFIDENCE = {1: _("猜的"), 2: _("不太确定"), 3: _("有把握")}

ENDING = {
    "precise": _("已经足够准"),
    "longest": _("到了最多题数"),
    "exhausted": _("题目用完"),
    "stopped": _("中途结束"),
}

LEVEL = {"junior": _("初级"), "intermediate": _("中级"), "senior": _("高级")}

OUTCOME = {"right": _("答对了"), "partial": _("部分正确"), "wrong": _("答错了")}

MESSAGES = {
    "practice_blank": _("先作答，再看解析"),
    "placement_over": _("这次测评已经结束，或这一题已经答过；刷新后继续"),
    "placement_no_items": _("练习题还不够做一次定位测评，请先用混合练习"),
    "mock_unavailable": _("练习题还不够组成这一级的模拟考试"),
}
