"""A QTI package as items."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from xml.etree import ElementTree as ET

from question_bank.interchange.archives import ArchiveError, members
from question_bank.interchange.entries import Entry, Fields, Reading, number_text
from question_bank.interchange.markup import MarkupError, markdown_of, parse_xml
from question_bank.interchange.qti.names import HTML
from question_bank.interchange.tags import complete_blanks, ref_fields, take_tags


def read(data: bytes) -> Reading:
    """Read a package, or a single item file; places are names of files in it."""
    reading = Reading()
    try:
        files = members(data) if data[:2] == b"PK" else {"item.xml": data}
        keywords = _keywords(files)
    except (ArchiveError, MarkupError) as error:
        reading.refuse("file", str(error))
        return reading
    for path, content in files.items():
        if path.endswith("imsmanifest.xml"):
            continue
        if not path.endswith(".xml"):
            reading.drop(path, "no XML: left out")
            continue
        try:
            root = parse_xml(content)
        except MarkupError as error:
            reading.refuse(path, str(error))
            continue
        _normalise(root)
        if root.tag != "assessmentItem":
            reading.drop(path, f"<{root.tag}> is no item")
            continue
        _read_item(root, keywords.get(path, []), reading, path)
    return reading


def _keywords(files: dict[str, bytes]) -> dict[str, list[str]]:
    """Return the LOM entry and keywords of each resource, by the path of its file."""
    out: dict[str, list[str]] = {}
    for path, content in files.items():
        if not path.endswith("imsmanifest.xml"):
            continue
        root = parse_xml(content)
        for element in root.iter():
            element.tag = element.tag.rsplit("}", 1)[-1]
        folder = path.removesuffix("imsmanifest.xml")
        for resource in root.iter("resource"):
            general = resource.find("metadata/lom/general")
            if general is None:
                continue
            words = [f"ref:{one.text}" for one in general.findall("identifier/entry")]
            words += [one.text or "" for one in general.findall("keyword/string")]
            out[folder + resource.get("href", "")] = words
    return out


def _camel(name: str) -> str:
    return re.sub(r"-([a-z])", lambda found: found[1].upper(), name)


def _normalise(root: ET.Element) -> None:
    """Turn any version's names into version 2's, without namespaces."""
    for element in root.iter():
        name = element.tag.rsplit("}", 1)[-1]
        element.tag = _camel(name.removeprefix("qti-")) if name.startswith("qti-") else name
        if element.tag not in HTML:
            element.attrib = {
                key if ":" in key or "}" in key else _camel(key): value
                for key, value in element.attrib.items()
            }


def _read_item(root: ET.Element, words: list[str], reading: Reading, place: str) -> None:
    fields: Fields = {}
    refs = [one.removeprefix("ref:") for one in words if one.startswith("ref:")]
    tags = [one for one in words if not one.startswith("ref:")]
    if refs and re.fullmatch(r"[a-z0-9-]+@\d+", refs[0]):
        fields.update(ref_fields(refs[0]))
    for tag in take_tags(tags, fields):
        reading.drop(place, f"keyword {tag}")
    body = root.find("itemBody")
    if body is None:
        reading.refuse(place, "no itemBody")
        return
    interactions = [one for one in body.iter() if one.tag.endswith("Interaction")]
    names = {one.tag for one in interactions}
    reader = _READERS.get(next(iter(names))) if len(names) == 1 else None
    if reader is None or (len(interactions) > 1 and names != {"textEntryInteraction"}):
        found = ", ".join(one.tag for one in interactions) or "no interaction"
        reading.refuse(place, f"{found}: no counterpart here")
        return
    text = partial(_text, reading=reading, place=place)
    closing = root.find("modalFeedback[@identifier='RATIONALE']")
    closing = root.find("modalFeedback") if closing is None else closing
    if closing is not None:
        fields["rationale"] = text(closing)
    _take_exhibit(body, fields, text)
    problem = reader(root, body, interactions, fields, text)
    if problem:
        reading.refuse(place, problem)
    else:
        complete_blanks(fields)
        reading.entries.append(Entry(place, fields))


Textual = Callable[[ET.Element], str]


def _text(element: ET.Element, *, reading: Reading, place: str) -> str:
    text, dropped = markdown_of(element)
    for tag in dropped:
        reading.drop(place, f"<{tag}>")
    return text


def _take_exhibit(body: ET.Element, fields: Fields, text: Textual) -> None:
    shown = body.find("div[@class='exhibit']")
    if shown is None:
        return
    exhibit: Fields = {}
    story = shown.find("div[@class='story']")
    if story is not None:
        exhibit["text"] = text(story)
    for table in shown.findall("table"):
        look = table.get("class", "")
        if look.startswith("chart-"):
            exhibit["chart"] = _chart(table, look.removeprefix("chart-"))
        else:
            caption, columns, rows = _table(table)
            exhibit["table"] = {"caption": caption, "columns": columns, "rows": rows}
    if exhibit:
        fields["exhibit"] = exhibit
    body.remove(shown)


Cell = str | int | float


def _table(table: ET.Element) -> tuple[str, list[str], list[list[Cell]]]:
    """Return caption, headings and rows."""
    return (
        (table.findtext("caption") or "").strip(),
        [(one.text or "").strip() for one in table.findall("thead/tr/th")],
        [[_cell(one) for one in row.findall("td")] for row in table.findall("tbody/tr")],
    )


def _chart(table: ET.Element, kind: str) -> Fields:
    title, names, rows = _table(table)
    columns = list(zip(*rows, strict=True)) if rows else []
    return {
        "kind": kind,
        "title": title,
        "unit": table.get("label", ""),
        "x": [str(one) for one in columns[0]] if columns else [],
        "series": [
            {"name": name, "values": [None if one == "" else one for one in column]}
            for name, column in zip(names[1:], columns[1:], strict=False)
        ],
    }


def _cell(element: ET.Element) -> Cell:
    text = (element.text or "").strip()
    if element.get("class") != "number":
        return text
    return int(text) if re.fullmatch(r"-?\d+", text) else float(text)


def _correct(root: ET.Element, name: str = "RESPONSE") -> list[str]:
    path = f"responseDeclaration[@identifier='{name}']/correctResponse/value"
    return [(one.text or "").strip() for one in root.findall(path)]


def _stem(interaction: ET.Element, body: ET.Element, text: Textual) -> str:
    """Return the prompt, behind whatever stands before the interaction."""
    prompt = interaction.find("prompt")
    before = ET.Element("div")
    for child in body:
        if child is interaction or interaction in list(child.iter()):
            break
        if child.tag not in {"rubricBlock", "feedbackBlock"}:
            before.append(child)
    parts = [text(before), text(prompt) if prompt is not None else ""]
    return "\n".join(one for one in parts if one)


Interactions = list[ET.Element]


def _read_choices(
    root: ET.Element, body: ET.Element, interactions: Interactions, fields: Fields, text: Textual
) -> str:
    (interaction,) = interactions
    name = interaction.get("responseIdentifier", "RESPONSE")
    fields["stem"] = _stem(interaction, body, text)
    keys = _correct(root, name)
    if not keys:
        entries = root.findall(f"responseDeclaration[@identifier='{name}']/mapping/mapEntry")
        keys = [one.get("mapKey", "") for one in entries if float(one.get("mappedValue") or 0) > 0]
    choices = interaction.findall("simpleChoice")
    given = [one.get("identifier", "") for one in choices]
    if unknown := [one for one in keys if one not in given]:
        return f"the key {unknown[0]!r} is none of the choices"
    if not keys:
        return "no choice is right"
    if set(given) == {"true", "false"}:
        fields.update(kind="true_false", key=keys == ["true"])
        ids = {one: one for one in given}
    elif len(given) > 8:
        return f"{len(given)} choices, 8 at most"
    else:
        ids = dict(zip(given, "abcdefgh", strict=False))
        several = interaction.get("maxChoices", "1") != "1" or len(keys) > 1
        fields.setdefault("kind", "multiple_choice" if several else "single_choice")
        fields["key"] = sorted(ids[one] for one in keys)
        fields["choices"] = {}
    for choice in choices:
        mark = ids[choice.get("identifier", "")]
        for feedback in choice.findall("feedbackInline"):
            fields.setdefault("distractors", {})[mark] = text(feedback)
            choice.remove(feedback)
        if "choices" in fields:
            fields["choices"][mark] = text(choice)
    return ""


def _read_order(
    root: ET.Element, body: ET.Element, interactions: Interactions, fields: Fields, text: Textual
) -> str:
    (interaction,) = interactions
    fields["stem"] = _stem(interaction, body, text)
    choices = interaction.findall("simpleChoice")
    ids = {
        one.get("identifier", ""): letter for one, letter in zip(choices, "abcdefgh", strict=False)
    }
    order = _correct(root, interaction.get("responseIdentifier", "RESPONSE"))
    if sorted(order) != sorted(ids) or len(ids) < len(choices):
        return "the right order does not name every choice once"
    fields["kind"] = "ordering"
    fields["choices"] = {ids[one.get("identifier", "")]: text(one) for one in choices}
    fields["key"] = [ids[one] for one in order]
    return ""


def _read_matches(
    root: ET.Element, body: ET.Element, interactions: Interactions, fields: Fields, text: Textual
) -> str:
    (interaction,) = interactions
    fields["stem"] = _stem(interaction, body, text)
    sides = [
        {one.get("identifier", ""): text(one) for one in side.findall("simpleAssociableChoice")}
        for side in interaction.findall("simpleMatchSet")
    ]
    if len(sides) != 2 or len(sides[1]) > 8 or len(sides[0]) > 8:
        return "two sets of at most 8 were expected"
    prompts = {one: str(number) for number, one in enumerate(sides[0], 1)}
    ids = dict(zip(sides[1], "abcdefgh", strict=False))
    pairs = [one.split() for one in _correct(root, interaction.get("responseIdentifier", ""))]
    try:
        fields["matches"] = dict(sorted((prompts[one], ids[other]) for one, other in pairs))
    except (KeyError, ValueError):
        return "a right pair names something that is in neither set"
    fields["kind"] = "matching"
    fields["prompts"] = {number: sides[0][one] for one, number in prompts.items()}
    fields["choices"] = {letter: sides[1][one] for one, letter in ids.items()}
    return ""


def _read_entries(
    root: ET.Element, body: ET.Element, interactions: Interactions, fields: Fields, text: Textual
) -> str:
    mistakes = {}
    for block in body.findall("feedbackBlock"):
        mistakes[block.get("identifier", "")[1:]] = text(block)
        body.remove(block)
    if mistakes:
        fields["mistakes"] = mistakes
    names = [one.get("responseIdentifier", "") for one in interactions]
    types = {
        one.get("identifier", ""): one.get("baseType", "string")
        for one in root.findall("responseDeclaration")
    }
    is_number = len(names) == 1 and types.get(names[0]) in {"float", "integer"}
    if is_number and fields.get("kind") != "fill_in":
        for parent in body.iter():
            for entry in [one for one in parent if one in interactions]:
                parent.remove(entry)
        return _read_number(root, body, names[0], fields, text)
    fields["kind"] = "fill_in"
    blanks: Fields = {}
    for number, (interaction, name) in enumerate(zip(interactions, names, strict=True), 1):
        blank = _blank(root, name, types.get(name, "string"))
        if isinstance(blank, str):
            return blank
        if width := interaction.get("expectedLength", ""):
            blank["width"] = min(16, max(2, int(width))) if width.isdecimal() else width
        blanks[str(number)] = blank
        interaction.tag, interaction.attrib = "span", {}
        interaction.text = f"[[{number}]]"
    fields["blanks"] = blanks
    fields["stem"] = text(body)
    return ""


def _blank(root: ET.Element, name: str, base: str) -> Fields | str:
    """Return a blank, or what is wrong."""
    correct = _correct(root, name)
    if base in {"float", "integer"}:
        number = _number_key(root, name, correct)
        return number if isinstance(number, str) else {"number": number}
    entries = root.findall(f"responseDeclaration[@identifier='{name}']/mapping/mapEntry")
    accept = [one.get("mapKey", "") for one in entries if float(one.get("mappedValue") or 0) > 0]
    accept = list(dict.fromkeys([*correct, *accept]))
    return {"accept": accept} if accept else f"{name}: no answer is right"


def _number_key(root: ET.Element, name: str, correct: list[str]) -> Fields | str:
    if not correct:
        return f"{name}: no number is right"
    slack = 0.0
    for equal in root.iter("equal"):
        if any(one.get("identifier") == name for one in equal.iter("variable")):
            slack = float((equal.get("tolerance") or "0").split()[0])
    try:
        value = float(correct[0])
    except ValueError:
        return f"{correct[0]!r} is no number"
    decimals = min(4, len(number_text(value).partition(".")[2]))
    return {"value": value, "tolerance": slack, "decimals": decimals}


def _read_number(
    root: ET.Element, body: ET.Element, name: str, fields: Fields, text: Textual
) -> str:
    key = _number_key(root, name, _correct(root, name))
    if isinstance(key, str):
        return key
    fields["kind"] = "numeric"
    fields["numeric"] = {**key, **fields.get("numeric", {})}
    fields["stem"] = text(body)
    return ""


def _read_essay(
    root: ET.Element, body: ET.Element, interactions: Interactions, fields: Fields, text: Textual
) -> str:
    (interaction,) = interactions
    fields["kind"] = "short_answer"
    fields["stem"] = _stem(interaction, body, text)
    block = body.find("rubricBlock")
    if block is None:
        return ""
    rubric: Fields = {"criteria": []}
    model = block.find("div[@class='model-answer']")
    rubric["model_answer"] = text(model) if model is not None else ""
    for one in block.findall("div[@class='criterion']"):
        levels = [
            {"points": int(level.get("label") or 0), "text": text(level)}
            for level in one.findall("ul/li")
        ]
        rubric["criteria"].append(
            {
                "id": one.get("label", ""),
                "text": (one.findtext("p") or "").strip(),
                "levels": levels,
            }
        )
    if (most := interaction.get("expectedLength", "")).isdecimal():
        rubric["most_chars"] = int(most)
    if found := re.fullmatch(r"least-(\d+)", interaction.get("class", "")):
        rubric["least_chars"] = int(found[1])
    fields["rubric"] = rubric
    return ""


_READERS: dict[str, Callable[[ET.Element, ET.Element, Interactions, Fields, Textual], str]] = {
    "choiceInteraction": _read_choices,
    "orderInteraction": _read_order,
    "matchInteraction": _read_matches,
    "textEntryInteraction": _read_entries,
    "extendedTextInteraction": _read_essay,
}
