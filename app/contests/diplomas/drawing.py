"""The sheet of a diploma: one page, A4 across, signed like a certificate (PAdES)."""

from __future__ import annotations

import io
from functools import cache
from pathlib import Path
from typing import cast

import segno
from flask_babel import force_locale, gettext
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4, landscape
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.pdfdoc import PDFObjectReference
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from app.contests.diplomas.models import Diploma
from app.contests.models import Contest
from app.core.errors import StorageUnavailableError
from app.core.i18n import local_date
from certificates.pdf.objects import ObjectTable
from certificates.pdf.sealing import Signer, add_field, signed

WIDTH, HEIGHT = landscape(A4)
GOLD, INK, MUTED, BRAND = (HexColor(one) for one in ("#a97a1f", "#131b29", "#5b687b", "#b93a06"))
REGULAR, BOLD = "diploma", "diploma-bold"
FACES = ((REGULAR, "NotoSansSC-Regular.ttf"), (BOLD, "NotoSerifSC-Bold.ttf"))

SHEET_LOCALE = "zh_CN"
QR_POINTS = 64.0
LEAST_SIZE = 20.0
NAME_WIDTH = WIDTH - 200.0


class DiplomaFontsError(StorageUnavailableError):
    """Raised when the fonts are not where the set-up puts them."""

    code = "fonts_missing"


class _SheetObjects:
    """Adds raw objects to a ReportLab page's file, as `certificates.pdf.sealing` wants it."""

    def __init__(self, canvas: Canvas) -> None:
        self._document = canvas._doc
        self._count = 0

    def add(self, body: bytes) -> bytes:
        """Add an object and return the reference to it, such as `12 0 R`."""
        self._count += 1
        reference = self._document.Reference(body, f"signed{self._count}")
        text: bytes = reference.format(self._document)
        return text


def draw_diploma(
    diploma: Diploma, contest: Contest, *, url: str, fonts_dir: Path, signer: Signer
) -> bytes:
    """Return a diploma as a signed PDF file of one page, in Chinese whoever asks.

    Args:
        diploma: What it says.
        contest: Of which contest.
        url: Where it can be checked; printed, and in the QR code.
        fonts_dir: Where the certificate's fonts are.
        signer: Signs the file; the signature covers every other byte and allows no change.

    Raises:
        DiplomaFontsError: If a font is missing.
    """
    _register(fonts_dir)
    with force_locale(SHEET_LOCALE):
        return _drawn(diploma, contest, url, signer)


def _drawn(diploma: Diploma, contest: Contest, url: str, signer: Signer) -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(WIDTH, HEIGHT), invariant=1, pageCompression=1)
    canvas.setTitle(f"{contest.title} · {diploma.number}")
    _frame(canvas)
    _line(canvas, 492, contest.title, 26, BOLD, INK)
    _line(canvas, 432, gettext("奖状"), 40, BOLD, GOLD)
    _line(canvas, 352, diploma.name, 44, BOLD, INK)
    if diploma.provider_name:
        _line(canvas, 322, diploma.provider_name, 14, REGULAR, MUTED)
    _line(canvas, 272, _rank_words(diploma.rank), 30, BOLD, BRAND)
    points = gettext("总分 %(points)s", points=f"{diploma.total_points:.1f}")
    _line(canvas, 244, points, 13, REGULAR, MUTED)
    words = gettext("同一个直播间、同一组随机数，名次按大赛规则评定。")
    _line(canvas, 206, words, 12, REGULAR, MUTED)
    if contest.is_demo:
        _line(canvas, 182, gettext("演示数据，不代表真实名次"), 12, BOLD, BRAND)
    _foot(canvas, diploma, url)
    _add_signature(canvas, diploma, signer)
    canvas.save()
    return signed(out.getvalue(), signer)


def _add_signature(canvas: Canvas, diploma: Diploma, signer: Signer) -> None:
    """End the page, and give it the signature field with room for the signature."""
    document = canvas._doc
    name = document.thisPageName()
    canvas.showPage()
    field = add_field(
        cast(ObjectTable, _SheetObjects(canvas)),  # of a table only `add` is asked for
        signer,
        page=PDFObjectReference(name).format(document),
        box=(WIDTH - 64 - QR_POINTS, 56, WIDTH - 64, 56 + QR_POINTS),
        name=str(gettext("操盘手认证专家委员会")),
        now=diploma.issued_at,
    )
    document.idToObject[name].Annots = b"[ " + field.widget + b" ]"
    catalog = document.Catalog
    catalog.__NoDefault__ = [*catalog.__NoDefault__, "Perms"]
    for entry, body in field.entries.items():
        setattr(catalog, entry, body)


def _rank_words(rank: int) -> str:
    named = {1: gettext("冠军"), 2: gettext("亚军"), 3: gettext("季军")}
    return str(named.get(rank) or gettext("第 %(rank)s 名", rank=rank))


def _frame(canvas: Canvas) -> None:
    canvas.setStrokeColor(GOLD)
    for inset, width in ((24.0, 2.4), (32.0, 0.8)):
        canvas.setLineWidth(width)
        canvas.rect(inset, inset, WIDTH - 2 * inset, HEIGHT - 2 * inset)


def _line(canvas: Canvas, y: float, words: str, size: float, font: str, colour: HexColor) -> None:
    """Write words in the middle, smaller if they are wider than the page lets them be."""
    while size > LEAST_SIZE and pdfmetrics.stringWidth(words, font, size) > NAME_WIDTH:
        size -= 1
    canvas.setFont(font, size)
    canvas.setFillColor(colour)
    canvas.drawCentredString(WIDTH / 2, y, words)


def _foot(canvas: Canvas, diploma: Diploma, url: str) -> None:
    canvas.setFont(REGULAR, 11)
    canvas.setFillColor(INK)
    canvas.drawString(64, 92, gettext("编号 %(number)s", number=diploma.number))
    canvas.drawString(64, 74, gettext("签发 %(day)s", day=local_date(diploma.issued_at)))
    canvas.setFillColor(MUTED)
    canvas.setFont(REGULAR, 9)
    canvas.drawString(64, 56, url)
    _qr(canvas, url, WIDTH - 64 - QR_POINTS, 56)


def _qr(canvas: Canvas, url: str, left: float, bottom: float) -> None:
    matrix = segno.make(url, error="m", micro=False).matrix
    module = QR_POINTS / len(matrix)
    canvas.setFillColor(INK)
    for row, line in enumerate(matrix):
        for column, is_dark in enumerate(line):
            if is_dark:
                y = bottom + QR_POINTS - (row + 1) * module
                canvas.rect(left + column * module, y, module, module, stroke=0, fill=1)


@cache
def _register(fonts_dir: Path) -> None:
    for name, file_name in FACES:
        try:
            pdfmetrics.registerFont(TTFont(name, str(fonts_dir / file_name)))
        except OSError as error:
            raise DiplomaFontsError(f"{file_name} in {fonts_dir}: run make setup") from error
