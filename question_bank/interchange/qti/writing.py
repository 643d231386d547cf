"""Items as a QTI package."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator
from xml.etree import ElementTree as ET

from question_bank.interchange.entries import number_text
from question_bank.interchange.markup import add, add_html, add_inline_html, to_bytes
from question_bank.interchange.qti.names import (
    DATE_OF_FILES,
    HTML,
    LOM,
    MAP,
    MATCH,
    VERSIONS,
    Version,
)
from question_bank.interchange.tags import tags_of
from question_bank.items import GAP_MARK, Item, ItemKind

WRITTEN = frozenset(set(ItemKind) - {ItemKind.HOT_SPOT, ItemKind.ROOM})


def can_write(item: Item) -> bool:
    """Say whether the format has room for an item's question at all."""
    return item.kind in WRITTEN and item.parametric is None


def write(items: Iterable[Item], version: str = "3.0") -> bytes:
    """Return items that `can_write` accepts as a package (zip)."""
    names = VERSIONS[version]
    files: dict[str, bytes] = {}
    manifest = ET.Element("manifest", {"xmlns": names.packages, "identifier": "items"})
    about = add(manifest, "metadata")
    add(about, "schema", "QTI Package" if names.is_kebab else f"QTIv{version} Package")
    add(about, "schemaversion", "3.0.0" if names.is_kebab else "1.0.0")
    add(manifest, "organizations")
    resources = add(manifest, "resources")
    for item in items:
        path = f"items/{item.id}.{item.version}.xml"
        files[path] = to_bytes(_renamed(_written(item), names))
        resource = add(
            resources,
            "resource",
            identifier=f"{item.id}.{item.version}",
            type=names.resource_type,
            href=path,
        )
        general = add(add(add(resource, "metadata"), "lom", xmlns=LOM), "general")
        add(add(general, "identifier"), "entry", item.ref)
        for tag in tags_of(item):
            add(add(general, "keyword"), "string", tag)
        add(resource, "file", href=path)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data in {"imsmanifest.xml": to_bytes(manifest), **files}.items():
            archive.writestr(zipfile.ZipInfo(path, DATE_OF_FILES), data)
    return buffer.getvalue()


def _kebab(name: str) -> str:
    return re.sub(r"(?<!^)([A-Z])", r"-\1", name).lower()


def _renamed(root: ET.Element, names: Version) -> ET.Element:
    if names.is_kebab:
        for element in root.iter():
            if element.tag in HTML:
                continue
            element.tag = f"qti-{_kebab(element.tag)}"
            element.attrib = {_kebab(key): value for key, value in element.attrib.items()}
            if "template" in element.attrib:
                template = element.attrib["template"].rsplit("/", 1)[1]
                element.attrib["template"] = (
                    f"https://purl.imsglobal.org/spec/qti/v3p0/rptemplates/{template}.xml"
                )
    root.set("xmlns", names.items)
    return root


def _written(item: Item) -> ET.Element:
    """Return an item in the words of version 2."""
    root = ET.Element(
        "assessmentItem",
        {
            "identifier": f"{item.id}.{item.version}",
            "title": item.ref,
            "adaptive": "false",
            "timeDependent": "false",
        },
    )
    body = ET.Element("itemBody")
    _add_exhibit(body, item)
    _WRITERS[item.kind](root, body, item)
    score = {"identifier": "SCORE", "cardinality": "single", "baseType": "float"}
    add(root, "outcomeDeclaration", **score)
    shown = {"identifier": "FEEDBACK", "cardinality": "multiple", "baseType": "identifier"}
    add(root, "outcomeDeclaration", **shown)
    root.append(body)
    _add_processing(root, item)
    closing = add(
        root,
        "modalFeedback",
        outcomeIdentifier="FEEDBACK",
        identifier="RATIONALE",
        showHide="show",
    )
    add_html(closing, item.rationale)
    return root


def _add_exhibit(body: ET.Element, item: Item) -> None:
    if item.exhibit is None:
        return
    shown = add(body, "div", **{"class": "exhibit"})
    if item.exhibit.text:
        add_html(add(shown, "div", **{"class": "story"}), item.exhibit.text)
    if item.exhibit.table:
        table = add(shown, "table")
        add(table, "caption", item.exhibit.table.caption)
        head = add(add(table, "thead"), "tr")
        for column in item.exhibit.table.columns:
            add(head, "th", column)
        rows = add(table, "tbody")
        for row in item.exhibit.table.rows:
            _add_cells(add(rows, "tr"), row)
    if chart := item.exhibit.chart:
        table = add(shown, "table", label=chart.unit, **{"class": f"chart-{chart.kind}"})
        add(table, "caption", chart.title)
        head = add(add(table, "thead"), "tr")
        for name in ("", *(series.name for series in chart.series)):
            add(head, "th", name)
        rows = add(table, "tbody")
        for place, label in enumerate(chart.x):
            values = ["" if (v := one.values[place]) is None else v for one in chart.series]
            _add_cells(add(rows, "tr"), [label, *values])


def _add_cells(line: ET.Element, cells: Iterable[str | int | float]) -> None:
    for cell in cells:
        kind = {} if isinstance(cell, str) else {"class": "number"}
        add(line, "td", cell if isinstance(cell, str) else repr(cell), **kind)


def _declaration(
    root: ET.Element, cardinality: str, base: str, correct: Iterable[str], name: str = "RESPONSE"
) -> ET.Element:
    attributes = {"identifier": name, "cardinality": cardinality, "baseType": base}
    declaration = add(root, "responseDeclaration", **attributes)
    values = list(correct)
    if values:
        holder = add(declaration, "correctResponse")
        for value in values:
            add(holder, "value", value)
    return declaration


def _mapping(declaration: ET.Element, shares: Iterable[tuple[str, float]], **more: str) -> None:
    mapping = add(declaration, "mapping", lowerBound="0", upperBound="1", defaultValue="0")
    for key, share in shares:
        add(mapping, "mapEntry", mapKey=key, mappedValue=f"{share:.6g}", **more)


def _prompt(interaction: ET.Element, item: Item) -> None:
    add_html(add(interaction, "prompt"), item.stem)


def _write_choices(root: ET.Element, body: ET.Element, item: Item) -> None:
    several = item.kind is ItemKind.MULTIPLE_CHOICE
    keys = [one for one in _choices(item) if one in item.key_ids]
    declaration = _declaration(root, "multiple" if several else "single", "identifier", keys)
    if several:
        _mapping(
            declaration,
            ((one, 1 / len(keys) if one in keys else -1.0) for one in _choices(item)),
        )
    interaction = add(
        body,
        "choiceInteraction",
        responseIdentifier="RESPONSE",
        shuffle="false" if item.kind is ItemKind.TRUE_FALSE else "true",
        maxChoices="0" if several else "1",
    )
    _prompt(interaction, item)
    for one, text in _choices(item).items():
        choice = add(interaction, "simpleChoice", identifier=one)
        add_inline_html(choice, text)
        if mistake := item.distractors.get(one):
            add(
                choice,
                "feedbackInline",
                mistake,
                outcomeIdentifier="FEEDBACK",
                identifier=one,
                showHide="show",
            )


def _choices(item: Item) -> dict[str, str]:
    if item.kind is ItemKind.TRUE_FALSE:
        return {"true": "正确", "false": "错误"}
    return item.choices


def _write_order(root: ET.Element, body: ET.Element, item: Item) -> None:
    _declaration(root, "ordered", "identifier", item.right_order)
    interaction = add(body, "orderInteraction", responseIdentifier="RESPONSE", shuffle="false")
    _prompt(interaction, item)
    for one, text in item.choices.items():
        add_inline_html(add(interaction, "simpleChoice", identifier=one), text)


def _write_matches(root: ET.Element, body: ET.Element, item: Item) -> None:
    pairs = [f"P{part} {choice}" for part, choice in item.matches.items()]
    declaration = _declaration(root, "multiple", "directedPair", pairs)
    _mapping(declaration, ((pair, 1 / len(pairs)) for pair in pairs))
    interaction = add(
        body,
        "matchInteraction",
        responseIdentifier="RESPONSE",
        shuffle="true",
        maxAssociations=str(len(pairs)),
    )
    _prompt(interaction, item)
    prompts = {f"P{part}": text for part, text in item.prompts.items()}
    for entries, most in ((prompts, "1"), (item.choices, "0")):
        side = add(interaction, "simpleMatchSet")
        for one, text in entries.items():
            add_inline_html(
                add(side, "simpleAssociableChoice", identifier=one, matchMax=most), text
            )


def _write_number(root: ET.Element, body: ET.Element, item: Item) -> None:
    assert item.numeric is not None
    _declaration(root, "single", "float", [number_text(item.numeric.value)])
    add_html(body, item.stem)
    line = add(body, "p")
    add(line, "textEntryInteraction", responseIdentifier="RESPONSE", expectedLength="12")
    for result, mistake in item.mistakes.items():
        add(
            add(
                body,
                "feedbackBlock",
                outcomeIdentifier="FEEDBACK",
                identifier=f"N{result}",
                showHide="show",
            ),
            "p",
            mistake,
        )


def _write_blanks(root: ET.Element, body: ET.Element, item: Item) -> None:
    for part, blank in item.blanks.items():
        if blank.number is not None:
            value = number_text(blank.number.value)
            _declaration(root, "single", "float", [value], f"RESPONSE_{part}")
            continue
        declaration = _declaration(root, "single", "string", blank.accept[:1], f"RESPONSE_{part}")
        _mapping(declaration, ((one, 1.0) for one in blank.accept), caseSensitive="false")
    add_html(body, item.stem)
    for element in list(body.iter()):
        _open_gaps(element, item)
    for text, mistake in item.mistakes.items():
        block = add(
            body,
            "feedbackBlock",
            outcomeIdentifier="FEEDBACK",
            identifier=f"B{text}",
            showHide="show",
        )
        add(block, "p", mistake)


def _open_gaps(element: ET.Element, item: Item) -> None:
    """Put an entry in the place of each `[[1]]` of an element's text."""
    if not element.text or not GAP_MARK.search(element.text):
        return
    pieces = GAP_MARK.split(element.text)
    element.text = pieces[0]
    for position, (part, after) in enumerate(zip(pieces[1::2], pieces[2::2], strict=True)):
        entry = ET.Element(
            "textEntryInteraction",
            {
                "responseIdentifier": f"RESPONSE_{part}",
                "expectedLength": str(item.blanks[part].width),
            },
        )
        entry.tail = after
        element.insert(position, entry)


def _write_essay(root: ET.Element, body: ET.Element, item: Item) -> None:
    assert item.rubric is not None
    _declaration(root, "single", "string", ())
    block = add(body, "rubricBlock", use="scoring", view="scorer")
    add(add(block, "div", **{"class": "model-answer"}), "p", item.rubric.model_answer)
    for criterion in item.rubric.criteria:
        one = add(block, "div", **{"class": "criterion", "label": criterion.id})
        add(one, "p", criterion.text)
        levels = add(one, "ul")
        for level in criterion.levels:
            add(levels, "li", level.text, label=str(level.points))
    interaction = add(
        body,
        "extendedTextInteraction",
        responseIdentifier="RESPONSE",
        expectedLength=str(item.rubric.most_chars),
        minStrings="1" if item.rubric.least_chars else "0",
    )
    interaction.set("class", f"least-{item.rubric.least_chars}")
    _prompt(interaction, item)


_WRITERS: dict[ItemKind, Callable[[ET.Element, ET.Element, Item], None]] = {
    ItemKind.SINGLE_CHOICE: _write_choices,
    ItemKind.MULTIPLE_CHOICE: _write_choices,
    ItemKind.TRUE_FALSE: _write_choices,
    ItemKind.ORDERING: _write_order,
    ItemKind.MATCHING: _write_matches,
    ItemKind.NUMERIC: _write_number,
    ItemKind.FILL_IN: _write_blanks,
    ItemKind.SHORT_ANSWER: _write_essay,
}


def _add_processing(root: ET.Element, item: Item) -> None:
    if item.kind is ItemKind.SHORT_ANSWER:
        return  # marked by people
    if item.kind in {ItemKind.MULTIPLE_CHOICE, ItemKind.MATCHING}:
        add(root, "responseProcessing", template=MAP)
    elif item.kind in {ItemKind.NUMERIC, ItemKind.FILL_IN}:
        processing = add(root, "responseProcessing")
        for name, share, slack in _entries(item):
            _add_condition(processing, name, share, slack)
    else:
        add(root, "responseProcessing", template=MATCH)


def _entries(item: Item) -> Iterator[tuple[str, float, float | None]]:
    """Yield (response, share of the credit, tolerance; None for words)."""
    if item.numeric is not None:
        yield "RESPONSE", 1.0, item.numeric.tolerance
    for part, blank in item.blanks.items():
        slack = None if blank.number is None else blank.number.tolerance
        yield f"RESPONSE_{part}", 1 / len(item.blanks), slack


def _add_condition(processing: ET.Element, name: str, share: float, slack: float | None) -> None:
    """Add `share` to SCORE if the response named is right."""
    branch = add(add(processing, "responseCondition"), "responseIf")
    if slack is None:
        test = add(branch, "gt")
        add(test, "mapResponse", identifier=name)
        add(test, "baseValue", "0", baseType="float")
    else:
        tolerance = number_text(slack)
        test = add(branch, "equal", toleranceMode="absolute", tolerance=f"{tolerance} {tolerance}")
        add(test, "variable", identifier=name)
        add(test, "correct", identifier=name)
    total = add(add(branch, "setOutcomeValue", identifier="SCORE"), "sum")
    add(total, "variable", identifier="SCORE")
    add(total, "baseValue", f"{share:.6g}", baseType="float")
