"""The debrief sheet 复盘单: one page with what it came to and what cost most, to print or to send.

Drawn from the same data as the result page, in A5, which a telephone shows whole.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pypdfium2
import segno
from flask_babel import gettext, pgettext
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A5
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFError, TTFont
from reportlab.pdfgen.canvas import Canvas

from app.core.errors import StorageUnavailableError
from app.core.i18n import percent, yuan
from app.rooms.models import RoomSession

Json = Mapping[str, Any]

WIDTH, HEIGHT = A5
MARGIN = 30.0
INNER = WIDTH - 2 * MARGIN
BRAND, INK, MUTED, LINE = (HexColor(one) for one in ("#c2410c", "#111827", "#5b6472", "#d8dde5"))
GOOD, BAD, PAPER = HexColor("#047857"), HexColor("#b91c1c"), HexColor("#fff7f1")
ROLE_COLOURS = {
    "candidate": HexColor("#f05a1e"),
    "reference": HexColor("#0e7490"),
    "baseline": HexColor("#8a93a1"),
}

TOLD = 3
"""So many decisions are told; more would be read by nobody."""

SYMBOL = 50.0
"""Points of the QR symbol's side: 130 pixels of the picture, which a camera reads off a screen."""

PICTURE_SCALE = 2.6
"""Pixels of the picture for a point: 1,091 × 1,547, sharp on a telephone."""


class FontsUnavailableError(StorageUnavailableError):
    """Raised when the fonts are not where the set-up puts them."""

    code = "fonts_missing"


@dataclass(frozen=True)
class Decision:
    """A decision that is told.

    Attributes:
        anchor: Its row on the result page, where it can be practised from.
        clock: When, in session time.
        words: What was done.
        worth_fen: How much net GMV it brought; what it cost is below 0.
        is_clear: Whether that is more than the customers' luck makes of itself.
        url: Where it can be practised from; empty if it is not linked.
    """

    anchor: str
    clock: str
    words: str
    worth_fen: int
    is_clear: bool = True
    url: str = ""


def costly_decisions(actions: Sequence[Json], missed: Sequence[Json] = ()) -> list[Decision]:
    """Return the decisions that cost most, dearest first.

    Something that was not done costs what it would have brought.

    Args:
        actions: What was done, as of `debriefing.all_actions`.
        missed: What was not, as of `findings.shown_effects`.
    """
    undone = [
        Decision(
            f"m{one['mark']}",
            one["clock"],
            gettext("没做：%(what)s", what=one["words"]),
            -one["worth_fen"],
            is_clear=bool(one["tone"]),
        )
        for one in missed
        if one["worth_fen"] > 0
    ]
    told = [*_first(actions, -1), *undone]
    return sorted(told, key=lambda one: one.worth_fen)[:TOLD]


def best_decisions(actions: Sequence[Json]) -> list[Decision]:
    """Return the decisions that brought most, best first."""
    return _first(actions, 1)


def _first(actions: Sequence[Json], sign: int) -> list[Decision]:
    """Return the decisions of one sign; handing a lever back is none, as on the result page."""
    told = [
        one for one in actions if sign * (one["worth_fen"] or 0) > 0 and not one["is_handing_back"]
    ]
    told.sort(key=lambda one: (-sign * one["worth_fen"], one["index"]))
    return [
        Decision(
            f"a{one['index']}",
            one["clock"],
            one["words"],
            one["worth_fen"],
            is_clear=one["is_clear"],
        )
        for one in told[:TOLD]
    ]


def draw_sheet(
    room: RoomSession,
    debrief: Json,
    costly: Sequence[Decision],
    *,
    operator: str,
    day: str,
    page_url: str,
    fonts_dir: Path,
) -> bytes:
    """Return the sheet as a PDF file of one page.

    Args:
        room: A scored room.
        debrief: As of `debriefing.debrief_of`.
        costly: The decisions to tell, with the addresses of their practice.
        operator: Whose session it was.
        day: When, in words.
        page_url: The address of the debrief, which the symbol at the foot holds: a picture has no
            links.
        fonts_dir: Where the certificate's fonts are.

    Raises:
        FontsUnavailableError: If a font is missing.
    """
    _register(fonts_dir)
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A5, invariant=1, pageCompression=1)
    canvas.setTitle(f"{gettext('复盘单')} · {room.title}")
    _Sheet(canvas).draw(room, debrief, costly, operator, day, page_url)
    canvas.showPage()
    canvas.save()
    return out.getvalue()


def picture_of(pdf: bytes) -> bytes:
    """Return the first page of a PDF file as a PNG picture."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        image = document[0].render(scale=PICTURE_SCALE).to_pil()
    finally:
        document.close()
    out = io.BytesIO()
    image.save(out, "PNG", optimize=True)
    return out.getvalue()


@cache
def _register(fonts_dir: Path) -> None:
    for name, file_name in (
        ("sheet", "NotoSansSC-Regular.ttf"),
        ("sheet-bold", "NotoSerifSC-Bold.ttf"),
    ):
        try:
            pdfmetrics.registerFont(TTFont(name, str(fonts_dir / file_name)))
        except (OSError, TTFError) as error:
            raise FontsUnavailableError(f"{file_name} in {fonts_dir}: run make setup") from error


class _Sheet:
    """Draws from top to bottom; `y` is where the next block begins."""

    def __init__(self, canvas: Canvas) -> None:
        self.canvas = canvas
        self.y = HEIGHT - 34.0

    def draw(
        self,
        room: RoomSession,
        debrief: Json,
        costly: Sequence[Decision],
        operator: str,
        day: str,
        page_url: str,
    ) -> None:
        result = debrief["result"]
        self.head(room, operator, day)
        self.figures(debrief["score"].score, result)
        self.curves(debrief["timeline"])
        self.decisions(gettext("代价最大的决定"), costly, gettext("没有一步明显亏钱。"), 29)
        best = best_decisions(debrief["actions"])
        self.decisions(gettext("最值钱的决定"), best, gettext("没有一步明显挣钱。"), 17)
        self.gates(result)
        self.foot(room, debrief, page_url)

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
        width: float = INNER,
    ) -> None:
        font = "sheet-bold" if bold else "sheet"
        # The cut fonts have a dash of the same width in place of the minus sign.
        shown = _fitted(words.replace("−", "–"), font, size, width)
        self.canvas.setFont(font, size)
        self.canvas.setFillColor(colour)
        (self.canvas.drawRightString if right else self.canvas.drawString)(x, y, shown)

    def rule(self, y: float) -> None:
        self.canvas.setStrokeColor(LINE)
        self.canvas.setLineWidth(0.6)
        self.canvas.line(MARGIN, y, WIDTH - MARGIN, y)

    def title(self, words: str) -> None:
        self.text(MARGIN, self.y, words, 10.5, bold=True)
        self.y -= 16

    def head(self, room: RoomSession, operator: str, day: str) -> None:
        self.canvas.setFillColor(BRAND)
        self.canvas.rect(0, HEIGHT - 6, WIDTH, 6, stroke=0, fill=1)
        self.text(MARGIN, self.y, gettext("复盘单"), 9, colour=BRAND)
        self.text(WIDTH - MARGIN, self.y, f"{operator} · {day}", 9, colour=MUTED, right=True)
        self.y -= 22
        self.text(MARGIN, self.y, room.title, 15, bold=True)
        self.y -= 18

    def figures(self, score: float, result: Json) -> None:
        twin, top = result["twin"], self.y
        self.canvas.setFillColor(PAPER)
        self.canvas.roundRect(MARGIN, top - 62, INNER, 62, 6, stroke=0, fill=1)
        uplift = result["uplift_ratio"]
        columns = (
            (gettext("实操得分"), f"{score:.1f}".replace("-", "−"), BRAND),
            (gettext("你的净成交"), yuan(twin["candidate"]["net_fen"]), INK),
            (gettext("主播自播"), yuan(twin["house"]["net_fen"]), INK),
            (
                pgettext("sheet", "比主播自播"),
                ("+" if uplift > 0 else "") + percent(uplift),
                GOOD if uplift > 0 else BAD,
            ),
        )
        for place, (label, figure, colour) in enumerate(columns):
            x = MARGIN + 12 + place * (INNER - 12) / 4
            self.text(x, top - 22, label, 8, colour=MUTED, width=INNER / 4 - 8)
            self.text(x, top - 45, figure, 16, colour=colour, bold=True, width=INNER / 4 - 8)
        self.y = top - 82

    def curves(self, timeline: Json) -> None:
        self.title(gettext("净成交 · 累计，%(unit)s", unit=timeline["unit"]))
        top, bottom, left, right = self.y + 4, self.y - 96, MARGIN, WIDTH - MARGIN - 78
        most = max(max(one["values"]) for one in timeline["series"]) or 1
        least = min(0.0, *(min(one["values"]) for one in timeline["series"]))
        last = len(timeline["times_s"]) - 1
        self.canvas.setStrokeColor(LINE)
        self.canvas.line(left, bottom, right, bottom)
        ends = []
        for one in timeline["series"]:
            colour = ROLE_COLOURS[one["role"]]
            self.canvas.setStrokeColor(colour)
            self.canvas.setLineWidth(1.8 if one["role"] == "candidate" else 1.1)
            self.canvas.setDash([] if one["role"] == "candidate" else [3, 2])
            path = self.canvas.beginPath()
            for place, value in enumerate(one["values"]):
                x = left + (right - left) * place / max(1, last)
                y = bottom + (top - bottom) * (value - least) / (most - least)
                (path.moveTo if place == 0 else path.lineTo)(x, y)
            self.canvas.drawPath(path, stroke=1, fill=0)
            figure = f"{one['values'][-1]:,.{timeline['unit_digits']}f}"
            ends.append((y, f"{one['name']} {figure}", colour))
        self.canvas.setDash([])
        previous = HEIGHT
        for y, words, colour in sorted(ends, key=lambda end: -end[0]):
            previous = min(y - 3, previous - 11)
            self.text(right + 6, previous, words, 8, colour=colour, width=76)
        self.y = bottom - 22

    def decisions(self, title: str, told: Sequence[Decision], none: str, step: float) -> None:
        self.title(title)
        if not told:
            self.text(MARGIN, self.y, none, 9.5, colour=MUTED)
            self.y -= 20
            return
        for place, one in enumerate(told, 1):
            self.text(MARGIN, self.y, f"{place}", 10, colour=BRAND, bold=True)
            self.text(MARGIN + 16, self.y, one.clock, 9, colour=MUTED)
            self.text(MARGIN + 60, self.y, one.words, 9.5, width=INNER - 150)
            worth = (("+" if one.worth_fen > 0 else "") + yuan(one.worth_fen)).replace("−", "–")
            colour = MUTED if not one.is_clear else GOOD if one.worth_fen > 0 else BAD
            self.text(WIDTH - MARGIN, self.y, worth, 10, colour=colour, bold=True, right=True)
            if not one.is_clear:
                x = WIDTH - MARGIN - 4 - pdfmetrics.stringWidth(worth, "sheet-bold", 10)
                self.text(x, self.y, gettext("分不清"), 7.5, colour=MUTED, right=True)
            if one.url:
                words = gettext("从这一刻再练")
                self.text(MARGIN + 60, self.y - 12, words, 8, colour=BRAND)
                width = pdfmetrics.stringWidth(words, "sheet", 8)
                box = (MARGIN + 60, self.y - 15, MARGIN + 60 + width, self.y - 4)
                self.canvas.linkURL(one.url, box)
            self.y -= step
        self.y -= 6

    def gates(self, result: Json) -> None:
        own = result["twin"]["candidate"]
        roi = own["roi_ratio"]
        facts = (
            (gettext("毛利占净成交"), percent(own["margin_fraction"])),
            (pgettext("sheet", "投流产出"), "—" if roi is None else f"{roi:.2f}"),
            (gettext("退货"), percent(own["refund_fraction"])),
            (gettext("违规扣分"), gettext("%(n)s 次", n=result["strikes_charged"])),
        )
        self.rule(self.y + 6)
        for place, (label, figure) in enumerate(facts):
            x = MARGIN + place * INNER / 4
            self.text(x, self.y - 10, label, 8, colour=MUTED, width=INNER / 4 - 6)
            self.text(x, self.y - 24, figure, 11, bold=True, width=INNER / 4 - 6)

    def foot(self, room: RoomSession, debrief: Json, page_url: str) -> None:
        left = MARGIN + SYMBOL + 10
        width = INNER - SYMBOL - 10
        self.symbol(page_url, MARGIN, 14)
        self.text(
            left, 50, gettext("扫码打开这份复盘，从任何一刻再练"), 8.5, bold=True, width=width
        )
        words = gettext("同一批顾客重播，去掉运气；由场景、引擎、钥匙和操作可以重算")
        self.text(left, 35, words, 7.5, colour=MUTED, width=width)
        chain = debrief["score"].head_hash.removeprefix("sha256:")[:24]
        host = page_url.partition("/rooms/")[0]
        line = f"{host} · {room.public_id} · {chain}"
        self.text(left, 22, line, 7.5, colour=MUTED, width=width)

    def symbol(self, words: str, x: float, y: float) -> None:
        """Draw a QR symbol whose lower left corner is at (`x`, `y`)."""
        rows = segno.make_qr(words, error="m").matrix
        size = SYMBOL / len(rows)
        self.canvas.setFillColor(INK)
        for down, row in enumerate(rows, 1):
            for right, is_dark in enumerate(row):
                if is_dark:
                    # A hair wider than a module: no white seams between two dark ones.
                    at = (x + right * size, y + SYMBOL - down * size)
                    self.canvas.rect(*at, size + 0.05, size + 0.05, stroke=0, fill=1)


def _fitted(words: str, font: str, size: float, width: float) -> str:
    """Return the words, cut with an ellipsis if they are wider than `width` points."""
    if pdfmetrics.stringWidth(words, font, size) <= width:
        return words
    while words and pdfmetrics.stringWidth(words + "…", font, size) > width:
        words = words[:-1]
    return words + "…"
