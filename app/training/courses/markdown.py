"""A lecturer's own Markdown as safe HTML: no images, no raw HTML, links to https only."""

from __future__ import annotations

from functools import lru_cache

import nh3
from markdown_it import MarkdownIt

_MARKDOWN = MarkdownIt("js-default", {"html": False, "linkify": False}).disable(["image"])
_TAGS = {
    *("strong", "em", "code", "br", "p", "ul", "ol", "li", "blockquote", "a", "h3", "h4"),
    *("table", "thead", "tbody", "tr", "th", "td"),
}


@lru_cache(maxsize=256)
def text_html(text: str) -> str:
    """Render a lecturer's text."""
    return nh3.clean(
        _MARKDOWN.render(text), tags=_TAGS, attributes={"a": {"href"}}, url_schemes={"https"}
    )
