"""How an item is shown: authors' Markdown as safe HTML, choices and keys in words."""

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


def shown_exhibit(title: str, exhibit: Exhibit) -> dict[str, Any]:
    """Return shared material for a page."""
    return {
        "title": title,
        "text": rich_text(exhibit.text) if exhibit.text else "",
        "table": exhibit.table.model_dump() if exhibit.table else None,
        "chart": exhibit.chart.model_dump() if exhibit.chart else None,
    }


def choice_text(item: Item, choice_id: str) -> str:
    """Return a choice's words."""
    if item.kind is ItemKind.TRUE_FALSE:
        return dict(TRUE_FALSE)[choice_id]
    return item.choices[choice_id]


def key_text(item: Item) -> str:
    """Return the key in words."""
    if item.numeric is not None:
        slack = item.numeric.tolerance
        number = f"{item.numeric.value:.{item.numeric.decimals}f}{item.numeric.unit}"
        return number if slack == 0 else f"{number}（±{slack:g}）"
    return "；".join(choice_text(item, one) for one in sorted(item.key_ids))


def keyed_choices(item: Item) -> list[dict[str, Any]]:
    """Return every choice in the author's order with its key mark and its named mistake."""
    ids = ["true", "false"] if item.kind is ItemKind.TRUE_FALSE else list(item.choices)
    return [
        {
            "id": one,
            "html": inline_text(choice_text(item, one)),
            "is_key": one in item.key_ids,
            "mistake": item.distractors.get(one, ""),
        }
        for one in ids
        if item.kind is not ItemKind.NUMERIC
    ]
