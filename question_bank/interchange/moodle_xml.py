"""Moodle XML: one `question` element each.

After Moodle's documentation (docs.moodle.org, "Moodle XML format") and its importer's element
names; several blanks are a Cloze question (`multianswer`), an order is `ordering` of the plug-in
of that name, which Moodle ships since 4.4.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from xml.etree import ElementTree as ET

from question_bank.interchange.cloze import cloze_text, take_cloze
from question_bank.interchange.entries import (
    Entry,
    Fields,
    Reading,
    number_text,
    text_of_html,
)
from question_bank.interchange.markup import MarkupError, add, parse_xml, to_bytes
from question_bank.interchange.tags import complete_blanks, ref_fields, tags_of, take_tags
from question_bank.items import Item, ItemKind

TYPES = {
    ItemKind.SINGLE_CHOICE: "multichoice",
    ItemKind.MULTIPLE_CHOICE: "multichoice",
    ItemKind.TRUE_FALSE: "truefalse",
    ItemKind.NUMERIC: "numerical",
    ItemKind.MATCHING: "matching",
    ItemKind.ORDERING: "ordering",
    ItemKind.FILL_IN: "multianswer",
    ItemKind.SHORT_ANSWER: "essay",
}
LETTERS = "abcdefgh"
SILENT_TYPES = frozenset({"category", "description"})


def can_write(item: Item) -> bool:
    """Say whether the format has room for an item's question at all."""
    return item.kind in TYPES and item.parametric is None


def write(items: Iterable[Item]) -> bytes:
    """Return items that `can_write` accepts as a Moodle XML file."""
    quiz = ET.Element("quiz")
    for item in items:
        _write_question(add(quiz, "question", type=TYPES[item.kind]), item)
    return to_bytes(quiz)


def _add_text(parent: ET.Element, name: str, text: str, markup: str = "") -> ET.Element:
    holder = add(parent, name, **({"format": markup} if markup else {}))
    add(holder, "text", text)
    return holder


def _write_question(question: ET.Element, item: Item) -> None:
    _add_text(question, "name", item.ref)
    stem = cloze_text(item) if item.kind is ItemKind.FILL_IN else item.stem
    _add_text(question, "questiontext", stem, "markdown")
    _add_text(question, "generalfeedback", item.rationale, "markdown")
    add(question, "defaultgrade", "1")
    add(question, "idnumber", item.ref)
    _WRITERS.get(item.kind, _no_answers)(question, item)
    tags = add(question, "tags")
    order = [choice for _, choice in _match_rows(item)] if item.prompts else []
    extra = [f"choice_order:{''.join(dict.fromkeys(order))}"] if order else []
    if item.kind is ItemKind.ORDERING:
        extra = [f"choice_order:{''.join(item.right_order)}"]
    for tag in [*tags_of(item), *extra]:
        _add_text(tags, "tag", tag)


def _no_answers(question: ET.Element, item: Item) -> None:
    """A Cloze question has its answers in its text."""


def _answer(question: ET.Element, fraction: str, text: str, feedback: str, markup: str) -> None:
    answer = add(question, "answer", fraction=fraction, format=markup)
    add(answer, "text", text)
    if feedback:
        _add_text(answer, "feedback", feedback, "markdown")


def _write_choices(question: ET.Element, item: Item) -> None:
    single = item.kind is ItemKind.SINGLE_CHOICE
    add(question, "single", "true" if single else "false")
    add(question, "shuffleanswers", "true")
    add(question, "answernumbering", "ABCD")
    share = "100" if single else f"{100 / len(item.key_ids):.5f}"
    for choice, text in item.choices.items():
        fraction = share if choice in item.key_ids else "0" if single else "-100"
        _answer(question, fraction, text, item.distractors.get(choice, ""), "markdown")


def _write_truth(question: ET.Element, item: Item) -> None:
    for word in ("true", "false"):
        fraction = "100" if word in item.key_ids else "0"
        _answer(question, fraction, word, item.distractors.get(word, ""), "moodle_auto_format")


def _write_number(question: ET.Element, item: Item) -> None:
    assert item.numeric is not None
    answer = add(question, "answer", fraction="100")
    add(answer, "text", number_text(item.numeric.value))
    add(answer, "tolerance", number_text(item.numeric.tolerance))
    for result, mistake in item.mistakes.items():
        wrong = add(question, "answer", fraction="0")
        add(wrong, "text", result)
        add(wrong, "tolerance", "0")
        _add_text(wrong, "feedback", mistake, "markdown")


def _match_rows(item: Item) -> list[tuple[str, str]]:
    rows = [(text, item.matches[part]) for part, text in item.prompts.items()]
    used = set(item.matches.values())
    return rows + [("", choice) for choice in item.choices if choice not in used]


def _write_matches(question: ET.Element, item: Item) -> None:
    add(question, "shuffleanswers", "true")
    for prompt, choice in _match_rows(item):
        sub = add(question, "subquestion", format="markdown")
        add(sub, "text", prompt)
        _add_text(sub, "answer", item.choices[choice])


def _write_order(question: ET.Element, item: Item) -> None:
    for name, text in (
        ("layouttype", "VERTICAL"),
        ("selecttype", "ALL"),
        ("selectcount", "0"),
        ("gradingtype", "RELATIVE_TO_CORRECT"),
        ("showgrading", "SHOW"),
        ("numberingstyle", "none"),
    ):
        add(question, name, text)
    for place, choice in enumerate(item.right_order, 1):
        _answer(question, f"{place}.0000000", item.choices[choice], "", "markdown")


def _write_essay(question: ET.Element, item: Item) -> None:
    assert item.rubric is not None
    add(question, "responseformat", "plain")
    add(question, "responserequired", "1")
    lines = [
        f"{one.id}｜{one.text}｜{level.points}｜{level.text}"
        for one in item.rubric.criteria
        for level in one.levels
    ]
    _add_text(
        question, "graderinfo", "\n".join([item.rubric.model_answer, "", *lines]), "plain_text"
    )
    add(question, "minwordlimit", str(item.rubric.least_chars))
    add(question, "maxwordlimit", str(item.rubric.most_chars))


_WRITERS: dict[ItemKind, Callable[[ET.Element, Item], None]] = {
    ItemKind.SINGLE_CHOICE: _write_choices,
    ItemKind.MULTIPLE_CHOICE: _write_choices,
    ItemKind.TRUE_FALSE: _write_truth,
    ItemKind.NUMERIC: _write_number,
    ItemKind.MATCHING: _write_matches,
    ItemKind.ORDERING: _write_order,
    ItemKind.SHORT_ANSWER: _write_essay,
}


def read(data: bytes) -> Reading:
    """Read a Moodle XML file; places are the numbers of the questions, from 1."""
    reading = Reading()
    try:
        root = parse_xml(data)
    except MarkupError as error:
        reading.refuse("file", str(error))
        return reading
    if root.tag != "quiz":
        reading.refuse("file", f"<{root.tag}>, <quiz> expected")
        return reading
    for number, question in enumerate(root.findall("question"), 1):
        place = f"question {number}"
        kind = question.get("type", "")
        if kind in SILENT_TYPES:
            reading.drop(place, f"{kind}: no item")
            continue
        fields = _common_fields(question, reading, place)
        reader = _READERS.get(kind)
        if reader is None:
            reading.refuse(place, f"type {kind!r} has no counterpart here")
            continue
        problem = reader(question, fields, reading, place)
        fields.pop("choice_order", None)
        if problem:
            reading.refuse(place, problem)
        else:
            complete_blanks(fields)
            reading.entries.append(Entry(place, fields))
    return reading


def _common_fields(question: ET.Element, reading: Reading, place: str) -> Fields:
    fields: Fields = {}
    if number := (question.findtext("idnumber") or "").strip():
        fields.update(ref_fields(number))
    tags = [(tag.findtext("text") or "").strip() for tag in question.findall("tags/tag")]
    for tag in take_tags((one for one in tags if not one.startswith("choice_order:")), fields):
        reading.drop(place, f"tag {tag}")
    fields["choice_order"] = "".join(
        one.removeprefix("choice_order:") for one in tags if one.startswith("choice_order:")
    )
    fields["stem"] = _text(question.find("questiontext"), reading, place)
    if rationale := _text(question.find("generalfeedback"), reading, place):
        fields["rationale"] = rationale
    if question.findall(".//file"):
        reading.drop(place, "files inside the question")
    if question.findall("hint"):
        reading.drop(place, "hints")
    return fields


def _text(holder: ET.Element | None, reading: Reading, place: str) -> str:
    if holder is None:
        return ""
    text = holder.findtext("text") or ""
    if holder.get("format", "html") in {"html", "moodle_auto_format"} and re.search(
        r"<\w|&\w", text
    ):
        text, dropped = text_of_html(text)
        for tag in dropped:
            reading.drop(place, f"<{tag}>")
    return text.strip()


Answer = tuple[float, str, str]
"""Fraction of the grade in percent, text, feedback."""


def _answers(question: ET.Element, reading: Reading, place: str) -> list[Answer]:
    return [
        (
            float(answer.get("fraction") or 0),
            _text(answer, reading, place),
            _text(answer.find("feedback"), reading, place),
        )
        for answer in question.findall("answer")
    ]


def _read_choices(question: ET.Element, fields: Fields, reading: Reading, place: str) -> str:
    answers = _answers(question, reading, place)
    if len(answers) > len(LETTERS):
        return f"{len(answers)} choices, {len(LETTERS)} at most"
    fields["key"] = []
    for letter, (fraction, text, feedback) in zip(LETTERS, answers, strict=False):
        fields.setdefault("choices", {})[letter] = text
        if fraction > 0:
            fields["key"].append(letter)
        elif feedback:
            fields.setdefault("distractors", {})[letter] = feedback
    single = (question.findtext("single") or "true").strip() in {"true", "1"}
    fields.setdefault("kind", "single_choice" if single else "multiple_choice")
    return "" if fields["key"] else "no choice is right"


def _read_truth(question: ET.Element, fields: Fields, reading: Reading, place: str) -> str:
    fields["kind"] = "true_false"
    for fraction, text, feedback in _answers(question, reading, place):
        if fraction > 0:
            fields["key"] = text.lower() == "true"
        elif feedback:
            fields["distractors"] = {text.lower(): feedback}
    return "" if "key" in fields else "neither answer is right"


def _read_number(question: ET.Element, fields: Fields, reading: Reading, place: str) -> str:
    fields["kind"] = "numeric"
    numeric = fields.setdefault("numeric", {})
    for answer in question.findall("answer"):
        text = (answer.findtext("text") or "").strip()
        if float(answer.get("fraction") or 0) <= 0:
            mistake = _text(answer.find("feedback"), reading, place)
            fields.setdefault("mistakes", {})[text] = mistake
            continue
        try:
            numeric.setdefault("value", float(text))
            numeric.setdefault("tolerance", float(answer.findtext("tolerance") or 0))
        except ValueError:
            return f"{text!r} is no number"
    if "value" not in numeric:
        return "no number earns anything"
    numeric.setdefault("decimals", min(4, len(number_text(numeric["value"]).partition(".")[2])))
    if question.findall("units/unit"):
        numeric.setdefault("unit", (question.findtext("units/unit/unit_name") or "").strip())
    return ""


def _read_matches(question: ET.Element, fields: Fields, reading: Reading, place: str) -> str:
    rows = [
        (_text(sub, reading, place), (sub.findtext("answer/text") or "").strip())
        for sub in question.findall("subquestion")
    ]
    texts = list(dict.fromkeys(choice for _, choice in rows))
    order = fields["choice_order"]
    letters = order if len(order) == len(texts) else LETTERS
    ids = dict(zip(texts, letters, strict=False))
    if len(ids) < len(texts):
        return f"{len(texts)} choices, {len(LETTERS)} at most"
    prompts = [row for row in rows if row[0]]
    fields["kind"] = "matching"
    fields["choices"] = dict(sorted((letter, text) for text, letter in ids.items()))
    fields["prompts"] = {str(n): prompt for n, (prompt, _) in enumerate(prompts, 1)}
    fields["matches"] = {str(n): ids[choice] for n, (_, choice) in enumerate(prompts, 1)}
    return ""


def _read_order(question: ET.Element, fields: Fields, reading: Reading, place: str) -> str:
    answers = _answers(question, reading, place)
    order = fields["choice_order"]
    if len(order) != len(answers):
        # Any other order than the right one will do for the ids: here the reverse.
        order = LETTERS[: len(answers)][::-1]
    if len(order) != len(answers):
        return f"{len(answers)} steps, {len(LETTERS)} at most"
    fields["kind"] = "ordering"
    fields["choices"] = dict(
        sorted((letter, text) for letter, (_, text, _) in zip(order, answers, strict=True))
    )
    fields["key"] = list(order)
    return ""


def _read_words(question: ET.Element, fields: Fields, reading: Reading, place: str) -> str:
    fields["kind"] = "fill_in"
    fields["stem"] += "[[1]]"
    accept = []
    for fraction, text, feedback in _answers(question, reading, place):
        if fraction <= 0:
            fields.setdefault("mistakes", {})[f"1={text}"] = feedback
        else:
            accept.append(text)
            if fraction < 100:
                reading.drop(place, f"part of the credit for {text}")
    fields["blanks"] = {"1": {"accept": accept}}
    return "" if accept else "no answer is right"


def _read_cloze(question: ET.Element, fields: Fields, reading: Reading, place: str) -> str:
    return take_cloze(fields)


def _read_essay(question: ET.Element, fields: Fields, reading: Reading, place: str) -> str:
    fields["kind"] = "short_answer"
    told = (question.findtext("graderinfo/text") or "").strip()
    model, _, lines = told.partition("\n\n")
    criteria: dict[str, Fields] = {}
    for line in lines.splitlines():
        parts = line.split("｜")
        if len(parts) != 4 or not parts[2].isdecimal():
            reading.drop(place, "information for markers that is no rubric")
            return ""
        one = criteria.setdefault(parts[0], {"id": parts[0], "text": parts[1], "levels": []})
        one["levels"].append({"points": int(parts[2]), "text": parts[3]})
    if criteria:
        fields["rubric"] = {"criteria": list(criteria.values()), "model_answer": model}
        for name, limit in (("least_chars", "minwordlimit"), ("most_chars", "maxwordlimit")):
            if text := (question.findtext(limit) or "").strip():
                fields["rubric"][name] = int(text) if text.isdecimal() else text
    elif told:
        reading.drop(place, "information for markers that is no rubric")
    return ""


_READERS: dict[str, Callable[[ET.Element, Fields, Reading, str], str]] = {
    "multichoice": _read_choices,
    "truefalse": _read_truth,
    "numerical": _read_number,
    "matching": _read_matches,
    "ordering": _read_order,
    "shortanswer": _read_words,
    "multianswer": _read_cloze,
    "essay": _read_essay,
}
