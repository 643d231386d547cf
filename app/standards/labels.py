"""Chinese for this feature's codes."""

from __future__ import annotations

from flask_babel import gettext
from flask_babel import lazy_gettext as _

SEATS = "甲乙丙丁戊己庚辛壬癸"
"""Names of judges in tables and minutes, drawn at random; the same in every language."""

METHOD = {"angoff": _("改良 Angoff 法"), "ebel": _("Ebel 法")}

STAGE = {
    "preparing": _("准备"),
    "rating": _("评定"),
    "discussing": _("讨论"),
    "bounds": _("Hofstee 核对"),
    "signing": _("签署纪要"),
    "signed": _("待批准"),
    "approved": _("已批准"),
    "declined": _("未批准"),
    "abandoned": _("已中止"),
}
STAGE_TONE = {
    "preparing": "",
    "rating": "info",
    "discussing": "info",
    "bounds": "info",
    "signing": "warn",
    "signed": "warn",
    "approved": "good",
    "declined": "bad",
    "abandoned": "",
}

DIFFICULTY = {"easy": _("容易"), "medium": _("中等"), "hard": _("困难")}
IMPORTANCE = {"essential": _("必备"), "important": _("重要"), "nice_to_know": _("了解即可")}

PART = {"coordinator": _("主持人"), "judge": _("专家")}
OUTCOME = {"approved": _("批准"), "declined": _("不批准")}

LEFT = {"interest": _("因利益关系回避")}
"""Reasons for leaving that are codes; others are the coordinator's words."""

MESSAGES = {
    "meeting_moved_on": _("会议已经进入下一步，这次修改没有保存；请刷新页面"),
    "panel_too_small": _("参加评定的专家不能少于 5 位"),
    "panel_too_large": _("一次会议最多 10 位专家"),
    "judge_invited": _("这位专家已经在专家组里"),
    "not_everybody_declared": _("还有专家没有申报利益关系"),
    "not_everybody_agreed": _("还有专家没有同意“刚好合格者”的定义"),
    "definition_missing": _("还没有写下“刚好合格者”的定义"),
    "ratings_missing": _("还有专家没有评完这一轮"),
    "bounds_missing": _("还有专家没有回答 Hofstee 的四个问题"),
    "rounds_left": _("至少要评两轮，才能定合格线"),
    "rounds_used_up": _("已经评了三轮，不能再加"),
    "no_item_left": _("至少要留下一道题"),
    "already_signed": _("你已经签过这一版纪要"),
    "minutes_changed": _("纪要已经改过，请重新阅读后再签"),
    "second_person_outside_panel": _("批准的人不能是这次会议的主持人或专家"),
    "no_form_to_judge": _("这个蓝图还没有组出试卷，暂时不能开会"),
    "stands_aside": _("你已经申报了利益关系，不参加这次评定"),
}

FIELD_ERROR = {
    "missing": _("请填写"),
    "no_step": _("请选 0% 到 100% 之间、以 5% 为一档的值"),
    "no_cell": _("请选难度和重要程度"),
    "not_in_order": _("下限不能高于上限"),
    "length": _("字数不在范围内"),
    "other_name": _("请输入你在本系统里的姓名，一字不差"),
    "of_another_kind": _("这种方法不这样评"),
}


def round_name(round_number: int) -> str:
    """Return what a round is called."""
    words = gettext("第 %(n)s 轮", n=round_number) if round_number else gettext("试评")
    return str(words)


def left_words(reason: str) -> str:
    """Return why somebody left, in words."""
    return str(LEFT.get(reason, reason))
