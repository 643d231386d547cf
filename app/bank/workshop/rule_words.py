"""Chinese for what the schema and the lint find; rule names are of `question_bank`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import lazy_gettext as _

from question_bank.items import Item

FIELD = {
    "stem": _("题干"),
    "rationale": _("解析"),
    "source": _("出处"),
    "skeleton": _("考点骨架"),
    "topic": _("主题"),
    "level": _("级别"),
    "cognitive": _("层次"),
    "pool": _("题池"),
    "kind": _("题型"),
    "choices": _("选项"),
    "distractors": _("错因"),
    "mistakes": _("常见错误"),
    "prompts": _("左边一项"),
    "blanks": _("空"),
    "numeric": _("数值"),
    "value": _("正确值"),
    "tolerance": _("允许误差"),
    "decimals": _("小数位"),
    "unit": _("单位"),
    "rubric": _("评分要点"),
    "criteria": _("要点"),
    "levels": _("分档"),
    "model_answer": _("参考答案"),
    "least_chars": _("最少字数"),
    "most_chars": _("最多字数"),
    "room": _("实操题"),
    "scenario_ref": _("场景"),
    "speed": _("倍速"),
    "minutes": _("分钟"),
    "full_score": _("满分线"),
    "picture": _("图"),
    "tiles": _("面板"),
    "spans": _("区域"),
    "chart": _("图表"),
    "table": _("表格"),
    "rows": _("行"),
    "exhibit": _("材料"),
    "enemies": _("互斥题"),
    "parametric": _("参数"),
    "variables": _("变量"),
    "derived": _("推算量"),
    "constraints": _("条件"),
    "sensible": _("合理范围"),
    "expected_at_cut": _("合格者得分率"),
    "handbook": _("手册章节"),
    "case_id": _("案例组"),
}

FAULT = {
    "missing": _("还没有填"),
    "string_too_short": _("太短，至少 %(min_length)s 字"),
    "string_too_long": _("太长，最多 %(max_length)s 字"),
    "too_short": _("至少 %(min_length)s 项"),
    "too_long": _("最多 %(max_length)s 项"),
    "enum": _("请从列表里选"),
    "literal_error": _("请从列表里选"),
    "greater_than_equal": _("不能小于 %(ge)s"),
    "greater_than": _("要大于 %(gt)s"),
    "less_than_equal": _("不能大于 %(le)s"),
    "string_pattern_mismatch": _("写法不对，只能用规定的字母、数字和短横线"),
    "int_parsing": _("要填整数"),
    "int_from_float": _("要填整数"),
    "float_parsing": _("要填数字"),
    "decimal_parsing": _("要填数字"),
}
"""By type of pydantic's errors."""

SHAPE = (
    (r"choices: (\d+), wanted (\d+) to (\d+)", _("现在有 %(a)s 项，要 %(b)s 到 %(c)s 项")),
    (r"key: a single choice", _("单选题要选定一个正确答案，而且只有一个")),
    (r"key: a multiple choice", _("多选题要 2 到 4 个正确答案")),
    (r"key: true or false", _("请选定这句话是对是错")),
    (r"numeric: value", _("请填正确的数值")),
    (r"key: every id once", _("每一项都要有名次，从 1 起连续、不重复")),
    (r"key: the ids must not", _("各项现在就按正确顺序排着，请打乱")),
    (r"mistakes: .*not two ids", _("常见错误要选定两项：被错放在前的，和被错放在后的")),
    (r"mistakes: .*is the right order", _("这个先后本来就是对的，不是错误")),
    (r"mistakes: .*a prompt and a choice", _("常见错误要选定左边一项和右边一项")),
    (r"mistakes: .*is right", _("这一对本来就是对的，不是错误")),
    (r"mistakes: .*begin with a blank", _("常见错误要说明是哪一个空")),
    (r"prompts: 3 to 6", _("左边要 3 到 6 项，每项都要选定答案")),
    (r"matches: no choice", _("配对的答案不在右边各项里")),
    (r"blanks: one to four", _("要 1 到 4 个空")),
    (r"stem: each blank", _("题干里要按顺序写出每个空：[[1]]、[[2]]……，每个一次")),
    (r"a blank accepts words", _("每个空要么填可接受的词，要么填数值")),
    (r"accept: 1 to 24", _("每个可接受的词 1 到 24 字")),
    (r"picture: its regions", _("图上的区域和选项要一一对应")),
    (r"key: one to three regions", _("点图题要 1 到 3 个正确区域")),
    (r"a picture has a chart|a console has a title", _("面板图要有标题和面板；图表要有数据和区域")),
    (r"spans:", _("区域要在横轴范围内，不重叠")),
    (r"rubric: criteria", _("请填评分要点和参考答案")),
    (r"levels: different points", _("各档分数要不同、从高到低，最后一档 0 分")),
    (r"criteria: an id twice", _("两个要点的代号相同")),
    (r"least_chars below", _("最少字数要小于最多字数")),
    (r"room: scenario_ref", _("请填场景、倍速、分钟和满分线")),
    (r"parametric: a single choice", _("单选参数题要 3 个错误结果")),
    (r"least, most and step", _("变量要填从、到、步长，或者列出几个值")),
    (r"most lies a whole number", _("从和到之间要是步长的整数倍")),
    (r"one_of: two or more", _("列出的值至少两个，互不相同")),
    (r"(\d+) values: at most", _("变量的取值太多（%(a)s 个），请加大步长")),
    (r"formulas name (.*), which", _("算式里有没定义的名称：%(a)s")),
    (r"(.*): names with a meaning", _("名称已有别的含义：%(a)s")),
    (r"(.*): drawn and derived", _("变量和推算量重名：%(a)s")),
    (r"derived: (.*) need one another", _("推算量互相依赖：%(a)s")),
    (r"sensible: least", _("合理范围的下限要不大于上限")),
    (r"row (\d+) has (\d+) cells for (\d+)", _("表格第 %(a)s 行有 %(b)s 格，表头有 %(c)s 格")),
    (r"series .*: (\d+) values", _("图表的各列长短不一")),
    (r"an exhibit needs", _("材料里还没有内容")),
)  # fmt: skip
"""By the message of the schema's own rules; figures of the message are named a, b, c."""

RULE = {
    "banned-phrase": ("stem", r"(.+?):", _("不要用“%(a)s”：一题只问一件事，选项要同类")),
    "rationale-length": ("rationale", r"(\d+)", _("解析 %(a)s 字，要 50 到 260 字")),
    "long-stem": ("stem", r"(\d+)", _("题干 %(a)s 字，半分钟读不完")),
    "law-source": ("source", "", _("标了法规，出处要写出法规名称")),
    "multiple-wording": ("stem", "", _("多选题的题干以“（选出所有正确项）”结尾")),
    "spacing": ("stem", "", _("汉字和字母、数字之间空半格")),
    "unchecked-arithmetic": ("checks", "", _("要计算的题请在复算里再写一遍算式")),
    "arithmetic": ("checks", r"(.*)", _("复算不成立：%(a)s")),
    "mistakes": ("answer", "", _("至少写一个常见的错误结果")),
    "distractors": ("answer", "", _("每个错误选项都要写错因，正确选项不写")),
    "elimination": ("answer", "", _("右边要比左边多一项，否则最后一项靠排除")),
    "blank": ("answer", r"(.*)", _("填空有问题：%(a)s")),
    "rubric": ("answer", "", _("参考答案的字数要在范围内，总分 4 到 20")),
    "same-choice": ("answer", "", _("有两个选项文字相同")),
    "absolute-cue": ("answer", r"(\S+) ", _("“%(a)s”只出现在错误选项里，等于提示")),
    "length-cue": ("answer", "", _("正确选项明显最长，等于提示")),
    "number-order": ("answer", "", _("选项都是数，请按大小排列")),
    "draws": ("answer", r"(\S+) of (\d+)", _("试抽 %(b)s 次只有 %(a)s 能用，请放宽条件或范围")),
    "instances": ("answer", r"(\d+)", _("只有 %(a)s 组不同的数，请放宽范围")),
    "keys": ("answer", "", _("答案的不同取值太少，请放宽范围")),
    "figures": ("stem", r"(.*)", _("题干里的数字有问题：%(a)s")),
}
"""Part, figures of the message, and words of each rule of the lint that looks at one item."""


def _fill(words: object, found: re.Match[str] | None) -> str:
    groups = found.groups() if found else ()
    values = dict(zip("abc", groups, strict=False))
    text = str(words)
    for name in "abc":
        text = text.replace(f"%({name})s", str(values.get(name, "")))
    return text


def of_fault(kind: str, message: str, error: Mapping[str, Any]) -> str:
    """Return an error of the schema in words."""
    if kind == "value_error":
        for pattern, words in SHAPE:
            if found := re.search(pattern, message):
                return _fill(words, found)
        return str(_("内容不合规则：%(text)s", text=message))
    if kind in FAULT:
        return str(FAULT[kind]) % dict(error.get("ctx", {}))
    return str(_("填法不对"))


def of_finding(rule: str, message: str) -> str:
    """Return a finding of the lint in words; an unknown rule keeps its own."""
    if rule not in RULE:
        return message
    _part, pattern, words = RULE[rule]
    return _fill(words, re.match(pattern, message) if pattern else None)


def part_of(rule: str, message: str, item: Item) -> tuple[str, str]:
    """Return where a finding belongs on the page, and which of several it names."""
    part = RULE.get(rule, ("properties", "", ""))[0]
    if rule == "banned-phrase" and message.partition(":")[0] not in item.stem:
        part = "answer"
    named = re.search(r"for ([a-h](?:, [a-h])*)$", message) if rule == "distractors" else None
    letters = named[1].upper().replace(", ", "、") if named else ""
    return part, str(_("选项 %(letters)s", letters=letters)) if letters else ""


def place_of(loc: Sequence[str]) -> str:
    """Return the path of an error in words: 选项 B, 变量 price 步长."""
    out = []
    for part in loc:
        if part in FIELD:
            out.append(str(FIELD[part]))
        elif len(part) == 1 and part.isalpha():
            out.append(part.upper())
        elif part.isdecimal() or (re.fullmatch(r"[a-z][a-z0-9_]*", part) and len(loc) > 1):
            out.append(part)
    return " ".join(out)


def no_pilot_pool() -> str:
    """Say that nobody writes for the pilot pool."""
    return str(_("题池只能选考试或练习；试测由评审通过后自动进入"))
