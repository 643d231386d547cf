"""Chinese for what is said about files: places, faults, and what is left behind."""

from __future__ import annotations

import re

from flask_babel import lazy_gettext as _

PLACE = (
    (r"file", _("整个文件")),
    (r"(?:row|line) (\d+)", _("第 %(a)s 行")),
    (r"(.+) row (\d+)", _("工作表 %(a)s 第 %(b)s 行")),
    (r"question (\d+)", _("第 %(a)s 题")),
)

MESSAGE = (
    (r"larger than (\d+) bytes", _("文件太大，最多 %(a)s 字节")),
    (r"(\d+) items, (\d+) at most", _("有 %(a)s 道题，一次最多 %(b)s 道")),
    (r"(\d+) rows at most", _("最多 %(a)s 行")),
    (r"(\d+) files, (\d+) at most", _("包里有 %(a)s 个文件，最多 %(b)s 个")),
    (r"a cell of more than (\d+) characters", _("有一格超过 %(a)s 字")),
    (r"a formula: put the value there", _("这一格是公式，请改成数值或文字")),
    (r"headings 题干 and 答案", _("第一行要有“题干”和“答案”两个表头")),
    (r"(.+): two columns of the same meaning", _("“%(a)s”有两列同样的含义")),
    (r"题型 (.*): one of (.*)", _("题型“%(a)s”不认识，要写 %(b)s")),
    (r"neither UTF-8 nor GB18030|not UTF-8.*", _("文字编码不对，请存成 UTF-8 或 GB18030")),
    (r"no usable (?:workbook|zip archive).*", _("文件打不开，或不是这种格式")),
    (r"no items", _("文件里没有题")),
    (r"(\S+) stands at (.+) already", _("%(a)s 在文件里出现了两次")),
    (r"an item is a mapping|a mapping with lang.*", _("这里应当是一道题的字段")),
    (r"lang: zh-Hans expected", _("lang 要写 zh-Hans")),
    (r"(.+): not a part of an item file", _("不认识的字段 %(a)s")),
    (r"aliases are not allowed", _("不能用 YAML 的别名")),
    (r"case groups: .*", _("案例组不能在这里导入")),
    (r"a choice A\., B\. … or ANSWER: was expected", _("这里应当是选项，或 ANSWER: 一行")),
    (r"an ANSWER: line without a question", _("ANSWER: 前面没有题目")),
    (r"the question has no ANSWER: line", _("这道题没有 ANSWER: 一行")),
    (r"ANSWER: (\S+) is none of the choices", _("答案 %(a)s 不在选项里")),
    (r"choice (\S+) twice", _("选项 %(a)s 出现两次")),
    (r"no answer is right", _("没有标出正确答案")),
    (r"(?:type )?'?([^']+?)'?(?: has)?:? no counterpart here", _("没有对应的题型：%(a)s")),
    (r"part of the credit for (.*)", _("部分得分带不过来：%(a)s")),
    (r"files inside the question", _("题里的附件带不过来")),
    (r"hints?", _("提示带不过来")),
    (r"(?:column|tag|keyword|title) (.*)", _("带不过来：%(a)s")),
    (r"a document type or entity is not allowed", _("XML 里不能有文档类型或实体")),
    (r"line (\d+): not well-formed XML", _("XML 第 %(a)s 行不合语法")),
    (r"nested (?:deeper than|too deeply).*", _("嵌套太深")),
    (r"<(.*)>, <quiz> expected|<(.*)> is no item", _("文件不是题目：<%(a)s>")),
    (r"unpacks to more than .*|(.*): unpacks to too much", _("压缩包解开后太大")),
    (r"(.*): encrypted", _("压缩包加了密：%(a)s")),
    (r"no XML: left out", _("不是 XML，没有读")),
    (r"cannot be read: (.*)", _("读不懂这道题：%(a)s")),
    (r"id '(.*)': small letters.*", _("题号 %(a)s 只能用小写字母、数字和短横线")),
    (r"fields that the editor cannot hold", _("有编辑页装不下的内容")),
    (r"(\S+): somebody works on a draft of it", _("%(a)s 已有一份稿件在处理")),
)
"""By the English of `question_bank.interchange`, matched as a whole."""


def place_words(place: str) -> str:
    """Return where something stands; names of files inside a package stay as they are."""
    return _worded(PLACE, place)


def message_words(message: str) -> str:
    """Return what is wrong, or left behind; an unknown message keeps its own words."""
    return _worded(MESSAGE, message)


def _worded(table: tuple[tuple[str, object], ...], text: str) -> str:
    for pattern, words in table:
        if found := re.fullmatch(pattern, text, re.S):
            out = str(words)
            held = [one for one in found.groups() if one is not None]
            for name, value in zip("abc", [*held, "", "", ""], strict=False):
                out = out.replace(f"%({name})s", value)
            return out
    return text
