"""The same page drawn by other libraries: text, places, fonts, art (as SVG) and QR code alike.

Each is used as its makers would: what can be kept between pages is kept (Typst's compiler, fpdf2's
parsed drawing and fonts, WeasyPrint's font configuration and image cache). None of them signs.
"""

from __future__ import annotations

import html
import json
import logging
import re
import subprocess
import warnings
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from itertools import groupby
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pikepdf
import segno

from app.certification.files import Printout
from certificates.pdf import render_certificate
from certificates.pdf.designs import DESIGNS, PAGE_HEIGHT, PAGE_WIDTH
from certificates.pdf.faces import Style, open_faces
from certificates.pdf.page import QR_SIDE, QR_X, QR_Y, Align, Line, lines
from certificates.pdf.symbols import MASK

Draw = Callable[[Printout], bytes]

FAMILY = {Style.REGULAR: 400, Style.SEMIBOLD: 600, Style.BOLD: 700}
"""Weights of the one family."""


@dataclass(frozen=True)
class Peer:
    """A library, made ready.

    Attributes:
        name: With its version.
        draw: Draws one page.
        units: Pages of a round: a slow one draws fewer.
    """

    name: str
    draw: Draw
    units: int


def peers(folder: Path, fonts_dir: Path, example: Printout) -> list[Peer]:
    """Return every peer that is installed, made ready for the level of an example.

    Args:
        folder: Where sources and the drawing may be written.
        fonts_dir: The certificate's faces.
        example: Its art is the peers' drawing.
    """
    logging.getLogger("weasyprint").setLevel(logging.CRITICAL)
    logging.getLogger("fontTools").setLevel(logging.CRITICAL)
    logging.getLogger("fpdf").setLevel(logging.CRITICAL)
    (folder / "art.svg").write_bytes(art_svg(folder, fonts_dir, example))
    page = PlacedPage(fonts_dir)
    found = []
    for make in (_typst, _weasyprint, _fpdf2):
        with suppress(ImportError):
            found.append(make(folder, fonts_dir, page))
    return found


class PlacedPage:
    """The lines of a certificate with the place of each one's left end."""

    def __init__(self, fonts_dir: Path) -> None:
        self._faces = open_faces(fonts_dir)
        self._widths: dict[tuple[Style, str], float] = {}

    def measure(self, style: Style, text: str, size: float) -> float:
        total = 0.0
        for each in text:
            if (style, each) not in self._widths:
                face = self._faces.for_character(style, each)
                self._widths[style, each] = face.width(each)
            total += self._widths[style, each]
        return total * size / 1000

    def of(self, printout: Printout) -> list[tuple[Line, float]]:
        """Return (line, x of its left end in points) in reading order."""
        credential = printout.credential
        host = urlsplit(printout.verify_url).netloc
        out = []
        for line in lines(credential, DESIGNS[credential.level], host, self.measure):
            width = self.measure(line.style, line.text, line.size)
            width += line.tracking * (len(line.text) - 1)
            out.append((line, line.x - (width / 2 if line.align is Align.CENTRE else 0)))
        return out


def art_svg(folder: Path, fonts_dir: Path, printout: Printout) -> bytes:
    """Return the still drawing of the page as SVG: our page without its text and its code."""
    credential = printout.credential
    data = render_certificate(
        credential,
        verify_url=printout.verify_url,
        fonts_dir=fonts_dir,
        now=credential.issued_at,
    )
    with pikepdf.open(BytesIO(data)) as document:
        page = document.pages[0]
        kept = [
            one
            for one in pikepdf.parse_content_stream(page)
            if str(one.operator) in {"q", "Q", "cm", "gs", "Do"}
        ]
        page.Contents = document.make_stream(pikepdf.unparse_content_stream(kept))
        for entry in ("/StructParents", "/Annots"):
            if entry in page:
                del page[entry]
        document.save(folder / "art.pdf")
    command = ["pdftocairo", "-svg", str(folder / "art.pdf"), str(folder / "drawn.svg")]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    text = (folder / "drawn.svg").read_text(encoding="utf-8")
    return SHARE_COLOUR.sub(_in_hexadecimal, text).encode()


SHARE_COLOUR = re.compile(r"rgb\(([0-9.]+)%,\s*([0-9.]+)%,\s*([0-9.]+)%\)")


def _in_hexadecimal(found: re.Match[str]) -> str:
    """Write a colour as every library reads it; not all know shares."""
    return "#" + "".join(f"{round(float(share) * 2.55):02x}" for share in found.groups())


def qr_path(printout: Printout) -> tuple[str, int]:
    """Return the code of a certificate's address as path data, and its side in modules."""
    url = printout.verify_url
    matrix = segno.make_qr(url, error="m", mask=MASK).matrix
    parts = []
    for y, row in enumerate(matrix):
        x = 0
        for is_dark, run in groupby(row):
            length = len(list(run))
            if is_dark:
                parts.append(f"M{x} {y}h{length}v1h-{length}z")
            x += length
    return "".join(parts), len(matrix)


TYPST_SOURCE = """
#let data = json(bytes(sys.inputs.page))
#set page(width: data.width * 1pt, height: data.height * 1pt, margin: 0pt)
#set text(font: "Noto Serif SC", top-edge: "baseline", bottom-edge: "baseline")
#place(top + left, image("art.svg", width: 100%))
#place(top + left, dx: data.qr.x * 1pt, dy: data.qr.y * 1pt,
  image(bytes(data.qr.svg), format: "svg", width: data.qr.side * 1pt))
#for row in data.rows {
  place(top + left, dx: row.x * 1pt, dy: row.y * 1pt, rotate(row.turn * 1rad, origin: left + bottom,
    text(size: row.size * 1pt, weight: row.weight, fill: rgb(row.colour),
      tracking: row.tracking * 1pt, row.text)))
}
"""


def _typst(folder: Path, fonts_dir: Path, page: PlacedPage) -> Peer:
    import typst

    source = folder / "page.typ"
    source.write_text(TYPST_SOURCE, encoding="utf-8")
    compiler = typst.Compiler(
        root=str(folder), font_paths=[str(fonts_dir)], ignore_system_fonts=True
    )

    def draw(printout: Printout) -> bytes:
        path, side = qr_path(printout)
        rows = [
            {
                "text": line.text,
                "x": x,
                "y": PAGE_HEIGHT - line.y,
                "size": line.size,
                "weight": FAMILY[line.style],
                "colour": f"#{line.colour:06x}",
                "tracking": line.tracking,
                "turn": 0,
            }
            for line, x in page.of(printout)
        ]
        svg = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}">'
            f'<path d="{path}"/></svg>'
        )
        data = {
            "width": PAGE_WIDTH,
            "height": PAGE_HEIGHT,
            "rows": rows,
            "qr": {"x": QR_X, "y": PAGE_HEIGHT - QR_Y - QR_SIDE, "side": QR_SIDE, "svg": svg},
        }
        made = compiler.compile(
            input=str(source), format="pdf", sys_inputs={"page": json.dumps(data)}
        )
        return bytes(made)

    return Peer(f"Typst {typst.__version__}", draw, units=10)


def _weasyprint(folder: Path, fonts_dir: Path, page: PlacedPage) -> Peer:
    import weasyprint
    from weasyprint.text.fonts import FontConfiguration

    fonts = FontConfiguration()
    rules = "".join(
        f"@font-face{{font-family:Page;font-weight:{FAMILY[style]};"
        f"src:url({(fonts_dir / f'{style}.ttf').as_uri()})}}"
        for style in Style
    )
    sheet = weasyprint.CSS(
        string=f"{rules}@page{{size:{PAGE_WIDTH}pt {PAGE_HEIGHT}pt;margin:0}}"
        "body{margin:0;font-family:Page}p,img,svg{position:absolute;margin:0}"
        "p{white-space:pre;line-height:0}",
        font_config=fonts,
    )
    cache: dict[Any, Any] = {}

    def draw(printout: Printout) -> bytes:
        path, side = qr_path(printout)
        rows = "".join(
            f'<p style="left:{x:.2f}pt;top:{PAGE_HEIGHT - line.y:.2f}pt;font-size:{line.size}pt;'
            f"font-weight:{FAMILY[line.style]};letter-spacing:{line.tracking}pt;"
            f'color:#{line.colour:06x}">{html.escape(line.text)}</p>'
            for line, x in page.of(printout)
        )
        text = (
            f'<img src="art.svg" style="left:0;top:0;width:{PAGE_WIDTH}pt">'
            f'<svg viewBox="0 0 {side} {side}" style="left:{QR_X}pt;'
            f'top:{PAGE_HEIGHT - QR_Y - QR_SIDE}pt;width:{QR_SIDE}pt"><path d="{path}"/></svg>'
            f"{rows}"
        )
        document = weasyprint.HTML(string=text, base_url=str(folder) + "/")
        made = document.write_pdf(stylesheets=[sheet], font_config=fonts, cache=cache)
        return bytes(made)

    return Peer(f"WeasyPrint {weasyprint.__version__}", draw, units=1)


def _fpdf2(folder: Path, fonts_dir: Path, page: PlacedPage) -> Peer:
    import fpdf
    from fpdf.svg import SVGObject

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        drawing = SVGObject.from_file(str(folder / "art.svg"))

    def draw(printout: Printout) -> bytes:
        pdf = fpdf.FPDF(unit="pt", format=(PAGE_WIDTH, PAGE_HEIGHT))
        pdf.set_auto_page_break(False)
        pdf.add_page()
        for style in Style:
            pdf.add_font(style.name, fname=str(fonts_dir / f"{style}.ttf"))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            drawing.draw_to_page(pdf)
        _fpdf2_qr(pdf, printout)
        for line, x in page.of(printout):
            pdf.set_font(line.style.name, size=line.size)
            pdf.set_text_color(line.colour >> 16, line.colour >> 8 & 255, line.colour & 255)
            pdf.set_char_spacing(line.tracking)
            pdf.text(x, PAGE_HEIGHT - line.y, line.text)
        return bytes(pdf.output())

    return Peer(f"fpdf2 {fpdf.__version__}", draw, units=1)


def _fpdf2_qr(pdf: Any, printout: Printout) -> None:
    url = printout.verify_url
    matrix = segno.make_qr(url, error="m", mask=MASK).matrix
    module = QR_SIDE / len(matrix)
    top = PAGE_HEIGHT - QR_Y - QR_SIDE
    pdf.set_fill_color(0, 0, 0)
    for y, row in enumerate(matrix):
        x = 0
        for is_dark, run in groupby(row):
            length = len(list(run))
            if is_dark:
                pdf.rect(QR_X + x * module, top + y * module, length * module, module, style="F")
            x += length


def printed_text(data: bytes) -> str:
    """Return what a reader finds in a file, without blanks: every peer must print the same."""
    out = subprocess.run(
        ["pdftotext", "-", "-"], input=data, check=True, capture_output=True, timeout=60
    )
    return "".join(out.stdout.decode().split())


def missing_words(data: bytes, printout: Printout) -> Sequence[str]:
    """Return what a page should print and does not: names and numbers, not places."""
    credential = printout.credential
    wanted = (credential.number, credential.holder_name, credential.title, credential.issuer)
    text = printed_text(data)
    return [one for one in wanted if "".join(one.split()) not in text]
