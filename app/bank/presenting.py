"""How an item is shown: authors' Markdown as safe HTML, choices and keys in words."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from html import escape
from typing import Any

import nh3
from markdown_it import MarkdownIt

from app.bank.formulas import TAGS as FORMULA_TAGS
from app.bank.formulas import with_formulas
from question_bank.exhibits import Exhibit
from question_bank.instances import drawn_instance
from question_bank.items import GAP_MARK, Item, ItemKind

MARKDOWN = with_formulas(
    MarkdownIt("js-default", {"html": False, "linkify": False}).disable(["image"])
)
INLINE_TAGS = {"strong", "em", "code", "br"} | FORMULA_TAGS
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


def gapped_stem(item: Item) -> str:
    """Render the stem of a fill-in item; each blank is an empty `span.gap` with its number."""
    return GAP_MARK.sub(r'<span class="gap" data-blank="\1"></span>', rich_text(item.stem))


def stem_with(item: Item, shown: Mapping[str, str]) -> str:
    """Render the stem of a fill-in item with words in its blanks.

    Args:
        item: The item.
        shown: Plain text by blank; a blank without one shows its number.
    """
    return GAP_MARK.sub(
        lambda found: f"<u>{escape(shown.get(found[1], f'（{found[1]}）'))}</u>",
        rich_text(item.stem),
    )


def key_text(item: Item) -> str:
    """Return the key in words."""
    if item.numeric is not None:
        slack = item.numeric.tolerance
        number = f"{item.numeric.value:.{item.numeric.decimals}f}{item.numeric.unit}"
        return number if slack == 0 else f"{number}（±{slack:g}）"
    return "；".join(choice_text(item, one) for one in sorted(item.key_ids))


def keyed_choices(item: Item) -> list[dict[str, Any]]:
    """Return every choice in the author's order with its key mark and its named mistake."""
    if not item.kind.is_selection:
        return []
    ids = ["true", "false"] if item.kind is ItemKind.TRUE_FALSE else list(item.choices)
    return [
        {
            "id": one,
            "html": inline_text(choice_text(item, one)),
            "is_key": one in item.key_ids,
            "mistake": item.distractors.get(one, ""),
        }
        for one in ids
    ]


EXAMPLE_SEED = b"the example on an item's page"


def example_of(item: Item) -> Item:
    """Return the item with an example of its figures, always the same; most have none to draw."""
    return drawn_instance(item, EXAMPLE_SEED)


def keyed_parts(item: Item) -> list[dict[str, str]]:
    """Return the rows of a key with several parts: places, prompts or blanks."""
    if item.kind is ItemKind.ORDERING:
        return [
            {"part": str(place), "key": item.choices[one]}
            for place, one in enumerate(item.right_order, 1)
        ]
    if item.kind is ItemKind.MATCHING:
        return [
            {"part": prompt, "key": item.choices[item.matches[number]]}
            for number, prompt in item.prompts.items()
        ]
    return [
        {"part": number, "key": " / ".join(blank.accept) or blank.shown_key}
        for number, blank in item.blanks.items()
    ]


def named_mistake(item: Item, key: str) -> str:
    """Return which wrong part a named mistake is about, in words."""
    if item.kind is ItemKind.ORDERING:
        return f"{item.choices[key[0]]} → {item.choices[key[1]]}"
    if item.kind is ItemKind.MATCHING:
        return f"{item.prompts[key[0]]} — {item.choices[key[1]]}"
    if item.kind is ItemKind.FILL_IN:
        return f"（{key[0]}）{key[2:]}"
    return key
