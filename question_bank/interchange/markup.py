"""XML that is safe to read and plain to write; Markdown to simple HTML and back."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring
from markdown_it import MarkdownIt

from question_bank.interchange.entries import text_of_html

MARKDOWN = MarkdownIt("js-default", {"html": False, "linkify": False}).disable(["image"])

MOST_DEPTH = 60
"""Deeper XML is no question."""


class MarkupError(ValueError):
    """Raised when a text is no XML that may be read; says why."""


def parse_xml(data: bytes) -> ET.Element:
    """Read XML without document types, entities and references to elsewhere.

    Raises:
        MarkupError: If it is not well formed, has a DTD, or is nested too deep.
    """
    try:
        root = fromstring(data, forbid_dtd=True)
    except ET.ParseError as error:
        raise MarkupError(f"line {error.position[0]}: not well-formed XML") from error
    except DefusedXmlException as error:
        raise MarkupError("a document type or entity is not allowed") from error
    except (LookupError, ValueError) as error:  # an encoding that nobody knows
        raise MarkupError(str(error)) from error
    if _depth(root) > MOST_DEPTH:
        raise MarkupError(f"nested deeper than {MOST_DEPTH}")
    assert isinstance(root, ET.Element)
    return root


def _depth(root: ET.Element) -> int:
    level, depth = [root], 0
    while level and depth <= MOST_DEPTH:
        level = [child for one in level for child in one]
        depth += 1
    return depth


def to_bytes(root: ET.Element) -> bytes:
    """Return an element as an indented document with its declaration."""
    ET.indent(root)
    text = ET.tostring(root, "unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'.encode()


def add(parent: ET.Element, name: str, text: str = "", **attributes: str) -> ET.Element:
    """Append a child with text and attributes."""
    child = ET.SubElement(parent, name, attributes)
    if text:
        child.text = text
    return child


def add_html(parent: ET.Element, markdown: str) -> None:
    """Append an author's Markdown as HTML elements."""
    for child in ET.fromstring(f"<div>{MARKDOWN.render(markdown)}</div>"):  # noqa: S314 - our own
        parent.append(child)


def add_inline_html(parent: ET.Element, markdown: str) -> None:
    """Put one line of an author's Markdown into an element, after its text."""
    line = ET.fromstring(f"<div>{MARKDOWN.renderInline(markdown)}</div>")  # noqa: S314 - our own
    parent.text = (parent.text or "") + (line.text or "")
    parent.extend(list(line))


def inner_html(element: ET.Element) -> str:
    """Return an element's content as HTML, without prefixes of namespaces."""
    text = ET.tostring(element, encoding="unicode")
    text = re.sub(r"<(/?)(?:\w+:)", r"<\1", text)
    inner = re.sub(r"^<[^>]*>|</[^>]*>\s*$", "", text.strip())
    return re.sub(r">\s*\n\s*<", "><", inner)


def markdown_of(element: ET.Element) -> tuple[str, list[str]]:
    """Return an element's content as Markdown, and the tags that were left behind."""
    return text_of_html(inner_html(element))
