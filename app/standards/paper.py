"""Pages of text and tables, drawn from top to bottom, in the faces of the certificate."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from pathlib import Path

from flask_babel import gettext
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from app.core.errors import StorageUnavailableError

WIDTH, HEIGHT = A4
MARGIN = 42.0
INNER = WIDTH - 2 * MARGIN
TOP, BOTTOM = HEIGHT - 46.0, 54.0
BRAND, INK, MUTED, LINE, WELL = (
    HexColor(one) for one in ("#b93a06", "#131b29", "#5b687b", "#cbd3de", "#f3f5f8")
)
REGULAR, BOLD = "minutes", "minutes-bold"
FACES = ((REGULAR, "NotoSansSC-Regular.ttf"), (BOLD, "NotoSerifSC-Bold.ttf"))
NO_GLYPH = "□"
"""Stands for a character that the faces lack."""

ROW = 11.6
"""Height of a table's row, in points: a form of 60 items stands on one page."""


class PaperFontsError(StorageUnavailableError):
    """Raised when the fonts are not where the set-up puts them."""

    code = "fonts_missing"


@cache
def register_faces(fonts_dir: Path) -> None:
    """Make the faces known to the canvas.

    Raises:
        PaperFontsError: If one is missing.
    """
    for name, file_name in FACES:
        try:
            pdfmetrics.registerFont(TTFont(name, str(fonts_dir / file_name)))
        except OSError as error:
            raise PaperFontsError(f"{file_name} in {fonts_dir}: run make setup") from error


def drawn_twice(draw: Callable[[Paper], None], *, title: str, foot: str, fonts_dir: Path) -> bytes:
    """Return a PDF file; the first drawing counts the pages that the second one names.

    Args:
        draw: Draws everything on the paper it is given.
        title: Of the document.
        foot: At the left of each page's foot.
        fonts_dir: Where the certificate's fonts are.

    Raises:
        PaperFontsError: If a font is missing.
    """
    register_faces(fonts_dir)
    count, data = 0, b""
    for is_counted in (False, True):
        out = io.BytesIO()
        canvas = Canvas(out, pagesize=A4, invariant=1, pageCompression=1)
        canvas.setTitle(title)
        paper = Paper(canvas, foot, count)
        paper.new_page()
        draw(paper)
        count = paper.page
        if is_counted:
            canvas.showPage()
            canvas.save()
            data = out.getvalue()
    return data


class Paper:
    """A4 pages; `y` is where the next block begins.

    Attributes:
        canvas: Where it is drawn.
        page: The present page, from 1 on.
        y: Points from the foot.
    """

    def __init__(self, canvas: Canvas, foot: str, page_count: int) -> None:
        self.canvas = canvas
        self.page = 0
        self.y = 0.0
        self._foot = foot
        self._page_count = page_count

    def new_page(self) -> None:
        if self.page:
            self.canvas.showPage()
        self.page += 1
        self.y = TOP
        foot = gettext(
            "第 %(page)s / %(count)s 页", page=self.page, count=self._page_count or self.page
        )
        self.text(MARGIN, 30, self._foot, 7, colour=MUTED)
        self.text(WIDTH - MARGIN, 30, foot, 7, colour=MUTED, right=True)

    def room(self, height: float) -> None:
        """Go on a new page unless so many points are left."""
        if self.y - height < BOTTOM:
            self.new_page()

    def text(
        self,
        x: float,
        y: float,
        words: str,
        size: float,
        *,
        colour: HexColor = INK,
        bold: bool = False,
        right: bool = False,
    ) -> None:
        font = BOLD if bold else REGULAR
        self.canvas.setFont(font, size)
        self.canvas.setFillColor(colour)
        draw = self.canvas.drawRightString if right else self.canvas.drawString
        draw(x, y, _printable(words, font))

    def title(self, words: str) -> None:
        self.room(60)
        self.y -= 10
        self.text(MARGIN, self.y, words, 11, bold=True)
        self.y -= 18

    def paragraph(self, words: str, size: float = 9.5, colour: HexColor = INK) -> None:
        for line in _wrapped(words, size, INNER):
            self.room(size * 1.7)
            self.text(MARGIN, self.y, line, size, colour=colour)
            self.y -= size * 1.65

    def facts(self, pairs: Sequence[tuple[str, str]]) -> None:
        for label, value in pairs:
            lines = _wrapped(value, 9.5, INNER - 110)
            self.room(15 * len(lines))
            self.text(MARGIN, self.y, label, 9, colour=MUTED)
            for line in lines:
                self.text(MARGIN + 110, self.y, line, 9.5)
                self.y -= 15

    def table(
        self, heads: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[float]
    ) -> None:
        """Draw a table; the first column stands left, the others right. Heads come on each page."""
        self.room(3 * ROW)
        self.table_row(heads, widths, is_head=True)
        for row in rows:
            if self.y - ROW < BOTTOM:
                self.new_page()
                self.table_row(heads, widths, is_head=True)
            self.table_row(row, widths)
        self.y -= 6

    def table_row(
        self, cells: Sequence[str], widths: Sequence[float], *, is_head: bool = False
    ) -> None:
        if is_head:
            self.canvas.setFillColor(WELL)
            self.canvas.rect(MARGIN, self.y - 4, INNER, ROW, stroke=0, fill=1)
        x = MARGIN
        for place, (cell, width) in enumerate(zip(cells, widths, strict=True)):
            colour = MUTED if is_head else INK
            if place == 0:
                self.text(x + 2, self.y, _fitted(cell, 8, width - 4), 8, colour=colour)
            else:
                self.text(x + width - 3, self.y, cell, 8, colour=colour, right=True)
            x += width
        self.canvas.setStrokeColor(LINE)
        self.canvas.setLineWidth(0.4)
        self.canvas.line(MARGIN, self.y - 4, WIDTH - MARGIN, self.y - 4)
        self.y -= ROW


def _printable(words: str, font: str) -> str:
    """Return words that the face can draw.

    The cut faces have no minus sign, but a dash of its width.
    """
    known = pdfmetrics.getFont(font).face.charToGlyph
    shown = words.replace("−", "–")
    return "".join(one if ord(one) in known else NO_GLYPH for one in shown)


def _wrapped(words: str, size: float, width: float) -> list[str]:
    """Return lines no wider than `width`; Chinese breaks anywhere, Latin words stay whole."""
    lines = []
    for part in words.splitlines() or [""]:
        line, used = "", 0.0
        for piece in _pieces(part):
            taken = _width(piece, size)
            if line and used + taken > width:
                lines.append(line)
                line = piece.lstrip()
                used = _width(line, size)
            else:
                line += piece
                used += taken
        lines.append(line)
    return lines


@lru_cache(maxsize=8192)
def _width(piece: str, size: float) -> float:
    """Return how wide a piece stands: the faces know no kerning, so that pieces add up."""
    return float(pdfmetrics.stringWidth(piece, REGULAR, size))


def _pieces(text: str) -> list[str]:
    out: list[str] = []
    for one in text:
        if out and one.isascii() and out[-1][-1].isascii() and not one.isspace():
            out[-1] += one
        else:
            out.append(one)
    return out


def _fitted(words: str, size: float, width: float) -> str:
    if pdfmetrics.stringWidth(words, REGULAR, size) <= width:
        return words
    while words and pdfmetrics.stringWidth(words + "…", REGULAR, size) > width:
        words = words[:-1]
    return words + "…"
