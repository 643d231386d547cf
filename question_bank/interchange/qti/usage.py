"""What an item's use has shown, as QTI usage data: one statistic for each figure of each item."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from math import isfinite
from xml.etree import ElementTree as ET

from question_bank.interchange.entries import number_text
from question_bank.interchange.markup import MarkupError, add, parse_xml, to_bytes
from question_bank.items import split_ref

NAMESPACE = "http://www.imsglobal.org/xsd/imsqti_usagedata_v3p0"

DIGITS = 6
"""Decimals of a figure: more than any of them is known to."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of an item.

    Attributes:
        value: The figure.
        standard_error: Of the figure, where it is known.
    """

    value: float
    standard_error: float | None = None


@dataclass(frozen=True, slots=True)
class ItemUsage:
    """What is known of an item version.

    Attributes:
        ref: `id@version`; in packages the item is called `id.version`.
        count: Persons behind the figures.
        figures: By name, such as `facility`; what is not known is left out.
    """

    ref: str
    count: int
    figures: Mapping[str, Figure] = field(default_factory=dict)


def usage_data(items: Iterable[ItemUsage], *, context: str, glossary: str, day: date) -> bytes:
    """Return the figures of items as a usage data file, the same bytes for the same figures.

    Args:
        items: In the order of the file.
        context: Address of what the figures were gathered from.
        glossary: Address where the figures' names are explained.
        day: On which they were worked out.

    Source:
        1EdTech QTI, Metadata and Usage Data: `usageData`, `ordinaryStatistic` with `targetObject`
        and `value`.
    """
    root = ET.Element("usageData", {"xmlns": NAMESPACE, "glossary": glossary})
    for item in items:
        item_id, version = split_ref(item.ref)
        for name, figure in item.figures.items():
            known = {"name": name, "context": context, "caseCount": str(item.count)}
            if figure.standard_error is not None:
                known["stdError"] = _number(figure.standard_error)
            known["lastUpdated"] = day.isoformat()
            statistic = ET.SubElement(root, "ordinaryStatistic", known)
            add(statistic, "targetObject", identifier=f"{item_id}.{version}")
            add(statistic, "value", _number(figure.value))
    return to_bytes(root)


MOST_STATISTICS = 100_000
"""Statistics of one file."""

IDENTIFIER = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*\.[1-9][0-9]{0,5}")
"""What an item version is called in a package: `id.version`."""


class UsageError(ValueError):
    """Raised when a file is no usage data that can be read; says what and where."""


def read_usage(data: bytes) -> list[ItemUsage]:
    """Read a usage data file; statistics of what is no item version of a package are passed over.

    Where a figure stands twice the later one counts, and the fewest persons behind an item's
    figures count for all of them.

    Args:
        data: The file: `usageData` of any version of the standard.

    Raises:
        UsageError: If it is no such file, or a statistic has no figure.
    """
    try:
        root = parse_xml(data)
    except MarkupError as error:
        raise UsageError(str(error)) from error
    if _local(root.tag) != "usageData":
        raise UsageError(f"<{_local(root.tag)}> instead of <usageData>")
    found = [one for one in root if _local(one.tag) == "ordinaryStatistic"]
    if len(found) > MOST_STATISTICS:
        raise UsageError(f"{len(found)} statistics, more than {MOST_STATISTICS}")
    figures: dict[str, dict[str, Figure]] = {}
    counts: dict[str, int] = {}
    for place, statistic in enumerate(found, 1):
        parts = {_local(one.tag): one for one in statistic}
        target = parts.get("targetObject")
        identifier = "" if target is None else target.get("identifier", "")
        name = statistic.get("name", "")
        if not name or not IDENTIFIER.fullmatch(identifier):
            continue
        ref = identifier.replace(".", "@")
        value = _figure(parts["value"].text if "value" in parts else None, place)
        error_text = statistic.get("stdError")
        spread = None if error_text is None else _figure(error_text, place)
        figures.setdefault(ref, {})[name] = Figure(value, spread)
        count = int(_figure(statistic.get("caseCount", "0"), place))
        counts[ref] = min(counts.get(ref, count), count)
    return [ItemUsage(ref, counts[ref], known) for ref, known in figures.items()]


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _figure(text: str | None, place: int) -> float:
    try:
        value = float(text or "")
    except ValueError as error:
        raise UsageError(f"statistic {place}: {text!r} is no figure") from error
    if not isfinite(value):
        raise UsageError(f"statistic {place}: {text!r} is no figure")
    return value


def _number(value: float) -> str:
    return number_text(round(value, DIGITS))
