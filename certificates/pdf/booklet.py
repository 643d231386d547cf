"""A document of numbered sections in A4: the public scheme of a programme.

Plain pages, drawn the same way every time: no clock, no random names, no compression that depends
on the machine.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFError, TTFont
from reportlab.pdfgen.canvas import Canvas

from certificates.errors import FontsMissingError

FONTS = {"booklet": "NotoSansSC-Regular.ttf", "booklet-bold": "NotoSerifSC-Bold.ttf"}

WIDTH, HEIGHT = A4
MARGIN = 56.0
INNER = WIDTH - 2 * MARGIN
LEAST_Y = 64.0
"""Below this a line belongs to the next page."""

BODY_SIZE, LEADING = 10.0, 16.5
MOST_KEPT = 12
"""So many rows of a table are not torn apart by the end of a page."""

HEAD_SIZE, TITLE_SIZE, SMALL_SIZE = 13.0, 20.0, 8.5
BRAND, INK, MUTED, LINE = (HexColor(one) for one in ("#c2410c", "#111827", "#5b6472", "#d8dde5"))

NO_LINE_START = "，。；：、！？）》”’％%"
"""Marks that do not begin a line of Chinese text."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table: as many cells in each row as in its head."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A numbered section: lines of text, then a table if there is one."""

    number: int
    title: str
    lines: tuple[str, ...]
    table: Table | None = None


@dataclass(frozen=True, slots=True)
class Booklet:
    """What is drawn."""

    title: str
    subtitle: str
    footer: str
    sections: tuple[Section, ...]


def draw_booklet(booklet: Booklet, fonts_dir: Path) -> bytes:
    """Return the document as a PDF file.

    Args:
        booklet: What is drawn.
        fonts_dir: Where the certificate's fonts are.

    Raises:
        FontsMissingError: If a font is missing.
    """
    for name, file_name in FONTS.items():
        if name in pdfmetrics.getRegisteredFontNames():
            continue
        try:
            pdfmetrics.registerFont(TTFont(name, str(fonts_dir / file_name)))
        except (OSError, TTFError) as error:
            raise FontsMissingError(fonts_dir / file_name) from error
    data = io.BytesIO()
    canvas = Canvas(data, pagesize=A4, invariant=1, lang="zh-CN")
    canvas.setTitle(booklet.title)
    canvas.setAuthor(booklet.footer)
    writer = _Writer(canvas, booklet.footer)
    writer.text(booklet.title, size=TITLE_SIZE, bold=True, leading=30)
    writer.text(booklet.subtitle, size=BODY_SIZE, colour=MUTED, leading=26)
    for section in booklet.sections:
        _draw_section(writer, section)
    writer.end()
    return data.getvalue()


def _draw_section(writer: "_Writer", section: Section) -> None:
    writer.keep(HEAD_SIZE + 3 * LEADING)
    writer.space(10)
    writer.text(f"{section.number}  {section.title}", size=HEAD_SIZE, bold=True, leading=22)
    for line in section.lines:
        writer.text(line)
        writer.space(2)
    if section.table is not None:
        writer.space(4)
        writer.table(section.table)


class _Writer:
    """Writes downwards, page after page."""

    def __init__(self, canvas: Canvas, footer: str) -> None:
        self._canvas = canvas
        self._footer = footer
        self._page = 1
        self._y = HEIGHT - MARGIN

    def space(self, points: float) -> None:
        self._y -= points

    def keep(self, points: float) -> None:
        """Begin a page if less than so many points are left."""
        if self._y - points < LEAST_Y:
            self._turn()

    def text(
        self,
        words: str,
        *,
        size: float = BODY_SIZE,
        bold: bool = False,
        colour: HexColor = INK,
        leading: float = LEADING,
    ) -> None:
        font = "booklet-bold" if bold else "booklet"
        for line in wrapped(words, font, size, INNER):
            self.keep(leading)
            self._y -= leading
            self._put(MARGIN, self._y, line, font, size, colour)

    def table(self, table: Table) -> None:
        widths = _column_widths(table)
        self.keep(min(len(table.rows) + 1, MOST_KEPT) * (LEADING + 4))
        self._row(table.head, widths, bold=True)
        for row in table.rows:
            self._row(row, widths, bold=False)

    def _row(self, cells: Sequence[str], widths: Sequence[float], *, bold: bool) -> None:
        font = "booklet-bold" if bold else "booklet"
        columns = [
            wrapped(cell, font, BODY_SIZE - 0.5, width - 12)
            for cell, width in zip(cells, widths, strict=True)
        ]
        height = max(len(lines) for lines in columns) * LEADING + 4
        self.keep(height)
        x = MARGIN
        for lines, width in zip(columns, widths, strict=True):
            for number, line in enumerate(lines, 1):
                y = self._y - number * LEADING + 2
                self._put(x + 6, y, line, font, BODY_SIZE - 0.5, INK)
            x += width
        self._y -= height
        self._canvas.setStrokeColor(LINE)
        self._canvas.line(MARGIN, self._y, MARGIN + sum(widths), self._y)

    def end(self) -> None:
        self._foot()
        self._canvas.showPage()
        self._canvas.save()

    def _turn(self) -> None:
        self._foot()
        self._canvas.showPage()
        self._page += 1
        self._y = HEIGHT - MARGIN

    def _foot(self) -> None:
        self._put(MARGIN, 36, self._footer, "booklet", SMALL_SIZE, MUTED)
        number = str(self._page)
        x = WIDTH - MARGIN - pdfmetrics.stringWidth(number, "booklet", SMALL_SIZE)
        self._put(x, 36, number, "booklet", SMALL_SIZE, MUTED)

    def _put(
        self, x: float, y: float, words: str, font: str, size: float, colour: HexColor
    ) -> None:
        self._canvas.setFont(font, size)
        self._canvas.setFillColor(colour)
        # The cut fonts have a dash of the same width in place of the minus sign.
        self._canvas.drawString(x, y, words.replace("−", "–"))


def _column_widths(table: Table) -> list[float]:
    """Return widths in points: as wide as the widest cell, at most what is left for it."""
    natural = [
        max(pdfmetrics.stringWidth(cell, "booklet-bold", BODY_SIZE) for cell in column) + 16
        for column in zip(table.head, *table.rows, strict=True)
    ]
    excess = sum(natural) - INNER
    if excess > 0:
        widest = natural.index(max(natural))
        natural[widest] = max(natural[widest] - excess, 120.0)
    return natural


def wrapped(words: str, font: str, size: float, width: float) -> list[str]:
    """Return a text in lines that fit a width; Chinese breaks anywhere, words of letters do not.

    Args:
        words: One paragraph.
        font: A registered font.
        size: In points.
        width: In points.
    """
    lines, line = [], ""
    for piece in _pieces(words):
        if line and pdfmetrics.stringWidth(line + piece, font, size) > width:
            if piece in NO_LINE_START:  # hangs out by one mark
                line += piece
                continue
            lines.append(line.rstrip())
            line = piece.lstrip()
        else:
            line += piece
    return [*lines, line.rstrip()] if line else lines or [""]


def _pieces(words: str) -> list[str]:
    """Split a text where a line may break."""
    out: list[str] = []
    for character in words:
        joins = character.isascii() and not character.isspace()
        if out and joins and out[-1][-1].isascii() and not out[-1][-1].isspace():
            out[-1] += character
        else:
            out.append(character)
    return out
