"""Chapters as safe HTML, and as plain text to search in."""

from __future__ import annotations

from functools import lru_cache

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token

from app.handbook.chapters import section_of_link

_MARKDOWN = MarkdownIt("js-default", {"html": False, "linkify": False}).disable(["image"])
_TAGS = {
    *("strong", "em", "code", "br", "p", "ul", "ol", "li", "blockquote", "a"),
    *("table", "thead", "tbody", "tr", "th", "td"),
}
_ATTRIBUTES = {"a": {"href"}, "table": {"aria-label"}, "th": {"scope"}}
_WORDS = {"text", "code_inline"}


@lru_cache(maxsize=256)
def section_html(text: str, title: str = "") -> str:
    """Render a section's Markdown; a link to a section becomes one relative to a chapter's page.

    Args:
        text: The Markdown.
        title: Of the section: what its tables are called for who hears them.
    """
    tokens = _MARKDOWN.parse(text)
    for token in _flat(tokens):
        if token.type == "th_open":
            token.attrSet("scope", "col")
        if token.type == "table_open" and title:
            token.attrSet("aria-label", title)
        number = section_of_link(str(token.attrGet("href"))) if token.type == "link_open" else None
        if number is not None:
            chapter, _, _ = number.partition(".")
            token.attrSet("href", f"{chapter}#s{number.replace('.', '-')}")
    html = _MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {})
    return nh3.clean(html, tags=_TAGS, attributes=_ATTRIBUTES, link_rel=None)


@lru_cache(maxsize=256)
def plain_text(text: str) -> str:
    """Return the words of a section's Markdown, without its marks."""
    blocks = (
        "".join(child.content for child in token.children or () if child.type in _WORDS)
        for token in _MARKDOWN.parse(text)
        if token.type == "inline"
    )
    return " ".join(blocks)


def _flat(tokens: list[Token]) -> list[Token]:
    return [one for token in tokens for one in (token, *(token.children or ()))]
