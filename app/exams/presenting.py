"""What the exam page is given: items without their keys, in the candidate's own order."""

from __future__ import annotations

from typing import Any

from app.bank.presenting import TRUE_FALSE, inline_text, rich_text
from question_bank.items import Item, ItemKind


def shown_item(item: Item, choice_order: list[str]) -> dict[str, Any]:
    """Return an item as the candidate may see it: no key, no rationale, no statistics."""
    if item.kind is ItemKind.TRUE_FALSE:
        choices = [{"id": one, "text": text} for one, text in TRUE_FALSE]
    else:
        choices = [
            {"id": one, "text": inline_text(item.choices[one])}
            for one in choice_order or list(item.choices)
        ]
    numeric = None
    if item.numeric is not None:
        numeric = {"unit": item.numeric.unit, "decimals": item.numeric.decimals}
    return {
        "item_ref": item.ref,
        "kind": item.kind.value,
        "stem": rich_text(item.stem),
        "choices": choices,
        "numeric": numeric,
        "points": 1,
    }
