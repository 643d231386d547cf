"""What every format is read into: fields of items with the place they stood at."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

Fields = dict[str, Any]
"""Fields of one item in the shape of our item files; not yet checked."""


@dataclass(frozen=True, slots=True, order=True)
class Remark:
    """Something about one place of a file.

    Attributes:
        place: `line 12`, `row 3` or a file inside a package.
        message: What is wrong, or what was left behind.
    """

    place: str
    message: str

    def __str__(self) -> str:
        return f"{self.place}: {self.message}"


@dataclass(frozen=True, slots=True)
class Entry:
    """One item as the file has it."""

    place: str
    fields: Fields


@dataclass(slots=True)
class Reading:
    """What a file holds.

    Attributes:
        entries: Its items.
        faults: What cannot be read; with any fault nothing of the file is taken.
        dropped: What the file says and our items have no room for.
    """

    entries: list[Entry] = field(default_factory=list)
    faults: list[Remark] = field(default_factory=list)
    dropped: list[Remark] = field(default_factory=list)

    def refuse(self, place: str, message: str) -> None:
        """Note a fault."""
        self.faults.append(Remark(place, message))

    def drop(self, place: str, message: str) -> None:
        """Note what is left behind."""
        self.dropped.append(Remark(place, message))


class _PlainText(HTMLParser):
    """Turns simple HTML into Markdown and remembers what it could not."""

    MARKS = {"b": "**", "strong": "**", "i": "*", "em": "*", "code": "`"}  # noqa: RUF012
    BREAKS = frozenset({"p", "div", "br", "tr", "ul", "ol", "table"})
    SILENT = frozenset({"span", "tbody", "thead", "html", "body", "font"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.dropped: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in self.MARKS:
            self.parts.append(self.MARKS[tag])
        elif tag == "li":
            self.parts.append("\n- ")
        elif tag in self.BREAKS:
            self.parts.append("\n")
        elif tag not in self.SILENT:
            self.dropped.add(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self.MARKS:
            self.parts.append(self.MARKS[tag])
        elif tag in {"p", "div"}:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        self.parts.append(data)


def text_of_html(html: str) -> tuple[str, list[str]]:
    """Return simple HTML as Markdown, and the names of the tags that were left behind."""
    parser = _PlainText()
    parser.feed(html)
    parser.close()
    lines = (line.rstrip() for line in "".join(parser.parts).split("\n"))
    text = "\n".join(line for line in lines if line.strip())
    return text.strip(), sorted(parser.dropped)


def number_text(value: float) -> str:
    """Return a number as people write it: no exponent, no needless zeros."""
    text = f"{value:.10f}".rstrip("0").rstrip(".")
    return text if text not in {"", "-0"} else "0"
