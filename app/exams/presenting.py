"""What the exam page is given: items without their keys, in the candidate's own order."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import nh3
from markdown_it import MarkdownIt

from question_bank.items import Exhibit, Item, ItemKind

MARKDOWN = MarkdownIt("js-default", {"html": False, "linkify": False}).disable(["image"])
INLINE_TAGS = {"strong", "em", "code", "br"}
TAGS = INLINE_TAGS | {"p", "ul", "ol", "li", "table", "thead", "tbody", "tr", "th", "td"}

TRUE_FALSE = (("true", "正确"), ("false", "错误"))
"""Items are Chinese whatever the interface's language; so are the two answers."""


@lru_cache(maxsize=4096)
def rich_text(text: str) -> str:
    """Render an author's Markdown as sanitised HTML."""
    return nh3.clean(MARKDOWN.render(text), tags=TAGS, attributes={})


@lru_cache(maxsize=4096)
def inline_text(text: str) -> str:
    """Render one line of an author's Markdown as sanitised HTML."""
    return nh3.clean(MARKDOWN.renderInline(text), tags=INLINE_TAGS, attributes={})


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


def shown_exhibit(title: str, exhibit: Exhibit) -> dict[str, Any]:
    """Return shared material for the page."""
    return {
        "title": title,
        "text": rich_text(exhibit.text) if exhibit.text else "",
        "table": exhibit.table.model_dump() if exhibit.table else None,
        "chart": exhibit.chart.model_dump() if exhibit.chart else None,
    }


def choice_text(item: Item, choice_id: str) -> str:
    """Return a choice's words, for the result page."""
    if item.kind is ItemKind.TRUE_FALSE:
        return dict(TRUE_FALSE)[choice_id]
    return item.choices[choice_id]


def key_text(item: Item) -> str:
    """Return the key in words, for the result page."""
    if item.numeric is not None:
        slack = item.numeric.tolerance
        number = f"{item.numeric.value:.{item.numeric.decimals}f}{item.numeric.unit}"
        return number if slack == 0 else f"{number}（±{slack:g}）"
    return "；".join(choice_text(item, one) for one in sorted(item.key_ids))
