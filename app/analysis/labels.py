"""Chinese for this feature's codes."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

FLAG = {
    "too_few": _("人数不够"),
    "too_easy": _("太容易"),
    "too_hard": _("和猜差不多"),
    "negative_discrimination": _("越强的人越错"),
    "weak_discrimination": _("分不开强弱"),
    "often_omitted": _("空着的多"),
    "unused_distractor": _("有选项没人选"),
    "distractor_of_the_able": _("强的人爱选错项"),
    "easier_than_before": _("近来变容易"),
}

ADVICE = {
    "too_few": _("不到 30 人作答，先不要据此改题。"),
    "too_easy": _("答对的超过 95%：换一个更细的情境，或者移到练习题里。"),
    "too_hard": _("答对的不比瞎猜多：先查答案有没有标错，再看题干缺不缺条件。"),
    "negative_discrimination": _(
        "答对的人其余题反而差：多半是答案标错或有歧义，请立刻复核，必要时提出改判。"
    ),
    "weak_discrimination": _(
        "会不会这道题和总分关系很小：看看是不是考了细枝末节，或者两个选项都说得通。"
    ),
    "often_omitted": _("超过一成的人空着：题干太长、计算太多，或者放在最后来不及。"),
    "unused_distractor": _("有错误选项几乎没人选：换成学员真会犯的错。"),
    "distractor_of_the_able": _("总分高的人更爱选某个错项：那个选项可能也对，请复核。"),
    "easier_than_before": _("后一半考生比前一半明显容易答对：可能已经流传，考虑停用并查曝光。"),
}

TONE = {
    "too_few": "",
    "too_easy": "warn",
    "too_hard": "bad",
    "negative_discrimination": "bad",
    "weak_discrimination": "warn",
    "often_omitted": "warn",
    "unused_distractor": "info",
    "distractor_of_the_able": "bad",
    "easier_than_before": "bad",
}

MODEL = {
    "1pl": _("单参数（1PL）：只有难度"),
    "2pl": _("双参数（2PL）：难度和区分度"),
    "3pl": _("三参数（3PL）：再加猜测"),
}

METHOD = {
    "eap": _("EAP：后验均值"),
    "map": _("MAP：后验众数"),
    "ml": _("ML：极大似然"),
}

THEORY_FLAG = {
    "poor_fit": _("模型不合"),
    "flat": _("分不开强弱"),
    "moved": _("难度变了"),
    "unsure": _("误差大"),
}
THEORY_TONE = {"poor_fit": "bad", "flat": "warn", "moved": "warn", "unsure": ""}

GROUPING = {
    "again": _("不是第一次考的人"),
    "independent": _("开考时不在服务商任职的人"),
    "extra_time": _("延长了考试时间的人"),
}

LETTER = {"A": _("A 可以忽略"), "B": _("B 中等"), "C": _("C 大")}
LETTER_TONE = {"A": "", "B": "warn", "C": "bad"}
