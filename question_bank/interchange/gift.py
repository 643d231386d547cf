r"""Moodle's GIFT: questions as text, answers in braces.

After Moodle's documentation of the format (docs.moodle.org, "GIFT format"): `//` comments with
`[id:…]` and `[tag:…]`, `::title::`, `[markdown]`, answers `=` and `~` with `%weight%` and `#`
feedback, `####` general feedback, `\` before `~ = # { } :`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from question_bank.interchange.entries import Entry, Fields, Reading, number_text, text_of_html
from question_bank.interchange.tags import complete_blanks, ref_fields, tags_of, take_tags
from question_bank.items import GAP_MARK, Item, ItemKind

KINDS = frozenset(
    {
        ItemKind.SINGLE_CHOICE,
        ItemKind.MULTIPLE_CHOICE,
        ItemKind.TRUE_FALSE,
        ItemKind.NUMERIC,
        ItemKind.MATCHING,
        ItemKind.FILL_IN,
        ItemKind.SHORT_ANSWER,
    }
)
SPECIAL = re.compile(r"([\\~=#{}:])")
LETTERS = "abcdefgh"


def can_write(item: Item) -> bool:
    """Say whether the format has room for an item's question at all."""
    if item.kind is ItemKind.FILL_IN:
        return len(item.blanks) == 1 and item.blanks["1"].number is None
    return item.kind in KINDS and item.parametric is None


def write(items: Iterable[Item]) -> bytes:
    """Return items that `can_write` accepts as a GIFT file."""
    return "\n\n".join(map(_written, items)).encode() + b"\n"


def _escaped(text: str) -> str:
    return SPECIAL.sub(r"\\\1", text).replace("\n", r"\n")


def _tag(text: str) -> str:
    return text.replace("\\", "\\\\").replace("]", r"\]").replace("\n", " ")


def _written(item: Item) -> str:
    head = f"// [id:{item.ref}]" + "".join(f" [tag:{_tag(one)}]" for one in tags_of(item))
    if item.kind is ItemKind.MATCHING:
        head += f" [tag:choice_order:{''.join(_choice_order(item))}]"
    title = f"::{_escaped(item.ref)}::[markdown]"
    closing = f"####{_escaped(item.rationale)}"
    if item.kind is ItemKind.FILL_IN:
        before, after = (_escaped(one) for one in GAP_MARK.split(item.stem)[::2])
        return f"{head}\n{title}{before} {{{_blank(item)}{closing}}} {after}"
    return f"{head}\n{title}{_escaped(item.stem)}{{{_answers(item)}{closing}}}"


def _feedback(text: str) -> str:
    return f"#{_escaped(text)}" if text else ""


def _answers(item: Item) -> str:
    if item.kind is ItemKind.TRUE_FALSE:
        key = "TRUE" if item.key else "FALSE"
        wrong = item.distractors.get("false" if item.key else "true", "")
        return key + _feedback(wrong)
    if item.kind is ItemKind.NUMERIC:
        return _number_answers(item)
    if item.kind is ItemKind.MATCHING:
        return "".join(f"\n={_pair(item, one)}" for one in _match_rows(item)) + "\n"
    if item.kind is ItemKind.SHORT_ANSWER:
        return ""
    lines = []
    for choice, text in item.choices.items():
        if item.kind is ItemKind.SINGLE_CHOICE:
            mark = "=" if choice in item.key_ids else "~"
        else:
            weight = f"{100 / len(item.key_ids):.5f}" if choice in item.key_ids else "-100"
            mark = f"~%{weight}%"
        lines.append(f"\n{mark}{_escaped(text)}{_feedback(item.distractors.get(choice, ''))}")
    return "".join(lines) + "\n"


def _number_answers(item: Item) -> str:
    assert item.numeric is not None
    key = item.numeric
    out = f"#={number_text(key.value)}:{number_text(key.tolerance)}"
    for result, mistake in item.mistakes.items():
        out += f" =%0%{result}:0{_feedback(mistake)}"
    return out


def _match_rows(item: Item) -> list[tuple[str, str]]:
    """Return (prompt, choice id), then the choices that match nothing."""
    rows = [(text, item.matches[part]) for part, text in item.prompts.items()]
    used = set(item.matches.values())
    return rows + [("", choice) for choice in item.choices if choice not in used]


def _choice_order(item: Item) -> list[str]:
    return list(dict.fromkeys(choice for _, choice in _match_rows(item)))


def _pair(item: Item, row: tuple[str, str]) -> str:
    return f"{_escaped(row[0])} -> {_escaped(item.choices[row[1]])}"


def _blank(item: Item) -> str:
    answers = [f"={_escaped(one)}" for one in item.blanks["1"].accept]
    answers += [
        f"=%0%{_escaped(text[2:])}{_feedback(mistake)}" for text, mistake in item.mistakes.items()
    ]
    return " ".join(answers)


QUESTION = re.compile(r"^(?:::(?P<title>(?:\\.|(?!::).)*)::)?\s*(?:\[(?P<format>\w+)\])?", re.S)
TAG = re.compile(r"\[(id|tag):((?:\\.|[^\]\\])*)\]")


def read(data: bytes) -> Reading:
    """Read a GIFT file; lines count from 1."""
    reading = Reading()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        reading.refuse("line 1", f"not UTF-8: {error.reason}")
        return reading
    for line, comments, block in _blocks(text):
        place = f"line {line}"
        fields: Fields = {}
        tags = []
        for kind, raw in TAG.findall(comments):
            value = re.sub(r"\\(.)", r"\1", raw)
            if kind == "id":
                fields.update(ref_fields(value))
            else:
                tags.append(value)
        order = [tag.removeprefix("choice_order:") for tag in tags if "choice_order:" in tag]
        unknown = take_tags((tag for tag in tags if "choice_order:" not in tag), fields)
        for tag in unknown:
            reading.drop(place, f"tag {tag}")
        problem = _question(block, fields, order[0] if order else "", reading, place)
        if problem:
            reading.refuse(place, problem)
        else:
            complete_blanks(fields)
            reading.entries.append(Entry(place, fields))
    return reading


def _blocks(text: str) -> Iterator[tuple[int, str, str]]:
    """Yield (line of the question, its comments, its text)."""
    comments, block, start = "", "", 0
    for number, raw in enumerate([*text.splitlines(), ""], 1):
        line = raw.strip()
        if line.startswith("//"):
            comments += line
        elif line.startswith("$CATEGORY:"):
            comments = ""
        elif line:
            start = start or number
            block += line + "\n"
        elif block:
            yield start, comments, block.strip()
            comments, block, start = "", "", 0


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", lambda found: {"n": "\n"}.get(found[1], found[1]), text).strip()


def _split(text: str, mark: str, most: int = 0) -> list[str]:
    """Split at a mark that is not escaped, at most `most` times (0: everywhere)."""
    parts, start = [], 0
    for found in re.finditer(rf"\\.|{re.escape(mark)}", text, re.S):
        if found[0] == mark:
            parts.append(text[start : found.start()])
            start = found.end()
            if len(parts) == most:
                break
    return [*parts, text[start:]]


def _text(text: str, markup: str, reading: Reading, place: str) -> str:
    plain = _unescaped(text)
    if markup in {"html", "moodle"} and "<" in plain:
        plain, dropped = text_of_html(plain)
        for tag in dropped:
            reading.drop(place, f"<{tag}>")
    return plain


def _question(block: str, fields: Fields, order: str, reading: Reading, place: str) -> str:
    """Fill the fields of one question; return what is wrong, or nothing."""
    head = QUESTION.match(block)
    assert head is not None  # every part of it is optional
    markup = head["format"] or "moodle"
    if head["title"] and "id" not in fields:
        reading.drop(place, f"title {_unescaped(head['title'])}")
    rest = block[head.end() :]
    first, *others = _split(rest, "{", 1)
    if not others:
        return "no answers in braces: a description is no item"
    body, *tail = _split(others[0], "}", 1)
    if not tail:
        return "the brace is not closed"
    before = _text(first, markup, reading, place)
    after = _text(tail[0], markup, reading, place)
    body, *general = _split(body, "####")
    if general:
        fields["rationale"] = _text(general[0], markup, reading, place)
    fields["stem"] = f"{before}____{after}" if after else before
    body = body.strip()
    if not body:
        fields["kind"] = "short_answer"
        return ""
    if re.fullmatch(r"(T|TRUE|F|FALSE)(#.*)?", body, re.S):
        _take_truth(body, fields)
        return ""
    if body.startswith("#"):
        return _take_number(body[1:], fields)
    answers = _answers_of(body)
    if not answers:
        return "no answer begins with = or ~"
    if all(mark == "=" for mark, *_ in answers):
        if all(len(_split(text, "->")) == 2 for _, _, text, _ in answers):
            _take_matches(answers, order, fields)
            return ""
        _take_words(answers, before, after, fields, reading, place)
        return ""
    return _take_choices(answers, fields)


def _answers_of(body: str) -> list[tuple[str, float | None, str, str]]:
    """Return (mark, weight, text, feedback) of each answer, still escaped."""
    out = []
    for found in re.finditer(r"([=~])((?:\\.|[^\\=~])*)", body, re.S):
        weight, text = None, found[2]
        if given := re.match(r"\s*%(-?[\d.]+)%", text):
            weight, text = float(given[1]), text[given.end() :]
        text, *feedback = _split(text, "#", 1)
        out.append((found[1], weight, text.strip(), "".join(feedback).strip()))
    return out


def _take_truth(body: str, fields: Fields) -> None:
    word, *feedback = _split(body, "#")
    fields["kind"] = "true_false"
    fields["key"] = word.strip() in {"T", "TRUE"}
    if feedback and feedback[0].strip():
        fields["distractors"] = {"false" if fields["key"] else "true": _unescaped(feedback[0])}


def _take_number(body: str, fields: Fields) -> str:
    answers = _answers_of(body) or _answers_of(f"={body}")
    fields["kind"] = "numeric"
    numeric = fields.setdefault("numeric", {})
    for _, weight, text, feedback in answers:
        if weight == 0:
            result = text.partition(":")[0].strip()
            fields.setdefault("mistakes", {})[result] = _unescaped(feedback)
            continue
        try:
            if ".." in text:
                low, high = map(float, text.split(".."))
                value, tolerance = (low + high) / 2, (high - low) / 2
            else:
                value, tolerance = (float(one or 0) for one in [*text.split(":"), "0"][:2])
        except ValueError:
            return f"{text!r} is no number"
        numeric.setdefault("value", value)
        numeric.setdefault("tolerance", tolerance)
    if "value" not in numeric:
        return "no number earns anything"
    numeric.setdefault("decimals", _decimals(numeric["value"]))
    return ""


def _decimals(value: float) -> int:
    return min(4, len(number_text(value).partition(".")[2]))


def _take_matches(
    answers: list[tuple[str, float | None, str, str]], order: str, fields: Fields
) -> None:
    texts: dict[str, str] = {}
    rows = []
    for _, _, text, _ in answers:
        prompt, choice = map(_unescaped, _split(text, "->"))
        texts.setdefault(choice, "")
        rows.append((prompt, choice))
    letters = order if len(order) == len(texts) else LETTERS
    ids = dict(zip(texts, letters, strict=False))
    fields["kind"] = "matching"
    fields["choices"] = dict(sorted((letter, text) for text, letter in ids.items()))
    prompts = [row for row in rows if row[0]]
    fields["prompts"] = {str(n): prompt for n, (prompt, _) in enumerate(prompts, 1)}
    fields["matches"] = {str(n): ids[choice] for n, (_, choice) in enumerate(prompts, 1)}


def _take_words(
    answers: list[tuple[str, float | None, str, str]],
    before: str,
    after: str,
    fields: Fields,
    reading: Reading,
    place: str,
) -> None:
    fields["kind"] = "fill_in"
    fields["stem"] = f"{before}[[1]]{after}"
    accept = []
    for _, weight, text, feedback in answers:
        if weight == 0:
            fields.setdefault("mistakes", {})[f"1={_unescaped(text)}"] = _unescaped(feedback)
            continue
        if weight not in {None, 100.0}:
            reading.drop(place, f"part of the credit for {_unescaped(text)}")
        accept.append(_unescaped(text))
    fields["blanks"] = {"1": {"accept": accept}}


def _take_choices(answers: list[tuple[str, float | None, str, str]], fields: Fields) -> str:
    if len(answers) > len(LETTERS):
        return f"{len(answers)} choices, {len(LETTERS)} at most"
    keys = []
    for letter, (mark, weight, text, feedback) in zip(LETTERS, answers, strict=False):
        fields.setdefault("choices", {})[letter] = _unescaped(text)
        if mark == "=" or (weight or 0) > 0:
            keys.append(letter)
        elif feedback:
            fields.setdefault("distractors", {})[letter] = _unescaped(feedback)
    if not keys:
        return "no choice is right"
    fields.setdefault("kind", "single_choice" if len(keys) == 1 else "multiple_choice")
    fields["key"] = keys
    return ""
