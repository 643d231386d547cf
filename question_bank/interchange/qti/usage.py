"""What an item's use has shown, as QTI usage data: one statistic for each figure of each item."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from xml.etree import ElementTree as ET

from question_bank.interchange.entries import number_text
from question_bank.interchange.markup import add, to_bytes
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


def _number(value: float) -> str:
    return number_text(round(value, DIGITS))
