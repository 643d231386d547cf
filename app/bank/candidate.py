"""An item as a candidate sees it: no key, no rationale, no statistics."""

from __future__ import annotations

from typing import Any

from app.bank.pictures import picture_svg
from app.bank.presenting import TRUE_FALSE, gapped_stem, inline_text, rich_text
from question_bank.items import Item, ItemKind
from question_bank.responses import BLANK_CHARS


def shown_item(item: Item, choice_order: list[str]) -> dict[str, Any]:
    """Return an item as the candidate may see it: no key, no rationale, no statistics.

    Args:
        item: The version that is pinned, its figures filled in.
        choice_order: Choice ids in the candidate's order; empty for the author's order.
    """
    numeric = None
    if item.numeric is not None:
        numeric = {"unit": item.numeric.unit, "decimals": item.numeric.decimals}
    return {
        "item_ref": item.ref,
        "kind": item.kind.value,
        "stem": gapped_stem(item) if item.blanks else rich_text(item.stem),
        "choices": _choices(item, choice_order),
        "numeric": numeric,
        "prompts": [
            {"id": number, "text": inline_text(text)} for number, text in item.prompts.items()
        ],
        "blanks": _blanks(item),
        "picture": picture_svg(item) or None,
        "several": item.kind is ItemKind.MULTIPLE_CHOICE
        or (item.kind is ItemKind.HOT_SPOT and len(item.key_ids) > 1),
        "writing": _writing(item),
        "room": None if item.room is None else {"minutes": item.room.minutes},
        "points": 1,
    }


def _choices(item: Item, choice_order: list[str]) -> list[dict[str, str]]:
    if item.kind is ItemKind.TRUE_FALSE:
        return [{"id": one, "text": text} for one, text in TRUE_FALSE]
    return [
        {"id": one, "text": inline_text(item.choices[one])}
        for one in choice_order or list(item.choices)
    ]


def _blanks(item: Item) -> list[dict[str, Any]]:
    return [
        {
            "id": number,
            "width": blank.width,
            "most_chars": BLANK_CHARS,
            "is_number": blank.number is not None,
        }
        for number, blank in item.blanks.items()
    ]


def _writing(item: Item) -> dict[str, Any] | None:
    """Return what a short answer may be like, and what its marks are given for."""
    if item.rubric is None:
        return None
    return {
        "least_chars": item.rubric.least_chars,
        "most_chars": item.rubric.most_chars,
        "criteria": [{"text": one.text, "points": one.points} for one in item.rubric.criteria],
    }
