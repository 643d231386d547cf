"""The English of the interface is complete, and no Chinese escapes it."""

from __future__ import annotations

import ast
import gettext
import io
import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_keywords, parse_mapping_cfg
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from app.core.config import ROOT

PO = ROOT / "app/translations/en/LC_MESSAGES/messages.po"
MORE_KEYWORDS = ["lazy_gettext", "_", "_p:1c,2"]
"""What the Makefile's target `translations` adds to Babel's own keywords."""

CHINESE = re.compile(r"[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]")
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w+\}|</?\w+[^>]*>")
BARE_PERCENT = re.compile(r"(?<!%)(?:%%)*%(?!%|\(\w+\)[sd])")

QUOTES_CHINESE = {
    "月份写成 2026年10月 或 2026-10",
    "xlsx，或 UTF-8、GBK 编码的 CSV；两列：证书编号、姓名；最大 5 MB、5,000 行",
    "出处（法规写名称；假设写“命题假设”）",
    "多选题的题干以“（选出所有正确项）”结尾",
    "第 %(row)s 行应是表头，要有“证书编号”和“姓名”两列",
    "第一行是表头，类型写：场次、学时、大赛；日期写成 2026-01-31。",
    "第一行要有“题干”和“答案”两个表头",
    "表头应为：账号,类型,数量,日期,事项,依据",
}
"""Messages whose English shows what a person may type in Chinese."""

CHINESE_DOCUMENTS = {
    "app/certification/templates/certification/_likeness.html",  # the face of the certificate
}
LANGUAGE_NAMES = {"中文"}
"""A language is offered under its own name."""

CHINESE_IN_SCRIPTS = {"app/static/js/dom.js", "app/static/js/exam/highlighter.js"}
"""Units and ends of sentences that a script must recognise in what the server wrote."""

Key = tuple[str | None, str]


@pytest.fixture(scope="module")
def extracted() -> set[Key]:
    with (ROOT / "babel.cfg").open() as file:
        methods, options = parse_mapping_cfg(file)
    keywords = DEFAULT_KEYWORDS | parse_keywords(MORE_KEYWORDS)
    found = extract_from_dir(ROOT / "app", methods, options, keywords=keywords)
    return {
        (context, message if isinstance(message, str) else message[0])
        for _path, _line, message, _comments, context in found
        if message
    }


@pytest.fixture(scope="module")
def catalogue() -> Catalog:
    with PO.open("rb") as file:
        return read_po(file, locale="en")


def messages_of(catalogue: Catalog) -> list[Message]:
    return [message for message in catalogue if message.id]


def texts_of(message: Message) -> list[tuple[str, str]]:
    """Return (source, English) of each form of a message."""
    if isinstance(message.id, str):
        return [(message.id, message.string)]
    return [(source, english) for source in message.id[:1] for english in message.string]


def test_extraction_and_catalogue_have_the_same_messages(extracted: set[Key], catalogue: Catalog):
    written = {
        (message.context, message.id if isinstance(message.id, str) else message.id[0])
        for message in messages_of(catalogue)
    }

    assert (extracted - written, written - extracted) == (set(), set()), "run `make translations`"


def test_every_message_is_translated(catalogue: Catalog):
    lacking = [
        source
        for message in messages_of(catalogue)
        for source, english in texts_of(message)
        if not english or message.fuzzy
    ]

    assert lacking == []


def test_translations_keep_placeholders_and_tags(catalogue: Catalog):
    different = [
        (source, english)
        for message in messages_of(catalogue)
        for source, english in texts_of(message)
        if sorted(PLACEHOLDER.findall(source)) != sorted(PLACEHOLDER.findall(english))
    ]

    assert different == []


def test_percent_signs_survive_formatting(catalogue: Catalog):
    """Jinja's `_` and `trans` format every message, also one without placeholders."""
    bare = [
        english
        for message in messages_of(catalogue)
        for _source, english in texts_of(message)
        if BARE_PERCENT.search(english)
    ]

    assert bare == []


def test_translations_are_english(catalogue: Catalog):
    chinese = [
        english
        for message in messages_of(catalogue)
        for source, english in texts_of(message)
        if source not in QUOTES_CHINESE and CHINESE.search(english)
    ]

    assert chinese == []


def test_catalogue_compiles(catalogue: Catalog):
    compiled = io.BytesIO()

    write_mo(compiled, catalogue)

    compiled.seek(0)
    assert gettext.GNUTranslations(compiled).gettext("操盘手认证") == "Operator Certification"


def test_templates_mark_every_word():
    found = []
    for template in sorted((ROOT / "app").rglob("*.html")):
        name = str(template.relative_to(ROOT))
        if name in CHINESE_DOCUMENTS:
            continue
        for number, line in enumerate(unmarked(template).splitlines(), 1):
            for words in LANGUAGE_NAMES:
                line = line.replace(words, "")
            if CHINESE.search(line):
                found.append(f"{name}:{number}: {line.strip()}")

    assert found == []


def test_scripts_get_their_words_from_the_page():
    found = []
    for script in sorted((ROOT / "app/static/js").rglob("*.js")):
        name = str(script.relative_to(ROOT))
        code = re.sub(r"/\*.*?\*/|(?<!:)//[^\n]*", "", script.read_text(), flags=re.S)
        if name not in CHINESE_IN_SCRIPTS and CHINESE.search(code):
            found.append(name)

    assert found == []


def unmarked(template: Path) -> str:
    """Return a template without its comments and without what is marked for translation."""
    text = template.read_text()
    for marked in (
        r"\{#.*?#\}",
        r"\{%-?\s*trans\b.*?\bendtrans\s*-?%\}",
        r"""\b_\((["']).*?\1""",
        r"""\bngettext\((["']).*?\1,\s*(["']).*?\2""",
        r"""\bpgettext\((["']).*?\1,\s*(["']).*?\2""",
    ):
        text = re.sub(marked, lambda found: "\n" * found[0].count("\n"), text, flags=re.S)
    return text


def test_messages_are_marked_by_names_that_the_extraction_knows():
    """A message marked by another name stays Chinese for whoever reads English."""
    known = {*DEFAULT_KEYWORDS, *(one.partition(":")[0] for one in MORE_KEYWORDS)}
    unknown = [
        f"{path.relative_to(ROOT)}: {one.asname}"
        for path in sorted((ROOT / "app").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and node.module == "flask_babel"
        for one in node.names
        if "gettext" in one.name and one.asname and one.asname not in known
    ]
    assert unknown == []
