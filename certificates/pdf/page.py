"""What stands where on the page, in reading order."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from enum import Enum

from certificates.credentials import Credential
from certificates.labels import LEVEL_LABELS, achievement
from certificates.pdf.art import (
    CENTRE_X,
    MARGIN,
    MEDAL_Y,
    SEAL_SIDE,
    SEAL_X,
    SEAL_Y,
    TABLE_BOTTOM,
    TABLE_TOP,
    table_column,
)
from certificates.pdf.designs import (
    DEMO_TINT,
    MUTED,
    PAGE_HEIGHT,
    PAGE_WIDTH,
    PAPER,
    TEXT,
    VERMILION,
    Design,
)
from certificates.pdf.faces import Style
from certificates.pdf.wording import (
    DEMO_NOTE,
    DEMO_NOTE_EN,
    DEMO_STATEMENT,
    DEMO_STATEMENT_EN,
    DISCLAIMER,
    DISCLAIMER_EN,
    ROMAN,
    STATEMENT,
    STATEMENT_EN,
    chinese_date,
    english_date,
    points,
)

NAME_SIZE, NAME_WIDTH = 38.0, 520.0
SHORT_NAME_LENGTH = 4
"""Characters; names up to this long are set wide."""

QR_SIDE, QR_X, QR_Y = 74.0, 102.0, 85.0
QR_FRAME = 9.0
MICROPRINT_SIZE = 1.9
"""Points: two thirds of a millimetre, a line to the eye and text under a loupe."""

DEMO_DIRECTION = (0.8829, 0.4695)
"""Cosine and sine of 28 degrees, about the diagonal of the inner page."""

MeasureWidth = Callable[[Style, str, float], float]
"""Width of a text in points, by style, text and size, without tracking."""


class Align(Enum):
    """Which point of a line `x` is."""

    LEFT = 0.0
    CENTRE = 0.5


@dataclass(frozen=True, slots=True)
class Line:
    """One line of text.

    Attributes:
        text: The text.
        x: Position, see `align`.
        y: The base line.
        style: Weight.
        size: Size of the em.
        colour: Colour as 0xRRGGBB.
        tracking: Space added after every character.
        align: Which point `x` is.
        tag: Structure type; None is an artifact, which is not read aloud.
        is_behind: Whether the art's fittings are drawn over it.
        varies: Whether it differs from holder to holder.
        turn: Cosine and sine of the direction of the base line.
    """

    text: str
    x: float
    y: float
    style: Style
    size: float
    colour: int
    tracking: float = 0.0
    align: Align = Align.CENTRE
    tag: str | None = "P"
    is_behind: bool = False
    varies: bool = False
    turn: tuple[float, float] = (1.0, 0.0)


def lines(
    credential: Credential, design: Design, host: str, measure: MeasureWidth
) -> Iterator[Line]:
    """Yield the lines of version 1 of the page in reading order.

    Args:
        credential: What is printed.
        design: The look of its level.
        host: Where it is verified; printed beside the QR code.
        measure: Measures text, so that long names are set smaller.
    """
    if credential.is_demo:
        yield from _demo_marks()
    yield from _heading(credential, design, measure)
    yield from _holder(credential, measure)
    yield from _statement(design, is_demo=credential.is_demo)
    yield from _facts(credential)
    yield _microprint(credential, design, measure)
    yield from _verification(design, host, measure)
    yield from _medal(design)
    yield from _issuer(credential, design, measure)
    yield from _foot(credential)


def _demo_marks() -> Iterator[Line]:
    # Filled, not outlined: the strokes of a CJK glyph overlap, and an outline would show the seams.
    cosine, sine = DEMO_DIRECTION
    for text, size, tracking, drop in (("演示证书", 118, 14, 41), ("DEMONSTRATION", 46, 9, 112)):
        yield Line(
            text,
            CENTRE_X + drop * sine,
            PAGE_HEIGHT / 2 + 10 - drop * cosine,
            Style.BOLD,
            size,
            DEMO_TINT,
            tracking,
            turn=DEMO_DIRECTION,
            is_behind=True,
        )
    yield Line(
        "演示 DEMO",
        PAGE_WIDTH - 50.2 - 53.2,
        PAGE_HEIGHT - 50.2 - 53.2,
        Style.BOLD,
        13,
        PAPER,
        1.4,
        turn=(0.70711, -0.70711),
    )


def _heading(credential: Credential, design: Design, measure: MeasureWidth) -> Iterator[Line]:
    level = LEVEL_LABELS[credential.level].en.upper()
    title_en = f"{credential.title_en.upper()} · {level}"
    issuer_en = credential.issuer_en.upper()
    rows = (
        (credential.issuer, 0, 517, Style.SEMIBOLD, 13.5, design.ink, 3.4, "P", 560),
        (issuer_en, 0, 503.4, Style.REGULAR, 5.4, design.accent, 0.75, "P", 186),
        # Moved by half of the blank half of the closing bracket.
        (credential.title, 6, 456, Style.BOLD, 33, design.ink, 3.2, "H1", 600),
        (title_en, 0, 434.5, Style.REGULAR, 9.6, design.accent, 2.6, "P", 600),
    )
    for text, shift, y, style, size, value, tracking, tag, room in rows:
        line = Line(text, CENTRE_X + shift, y, style, size, value, tracking, tag=tag)
        yield _fitted(line, room, measure)


def _holder(credential: Credential, measure: MeasureWidth) -> Iterator[Line]:
    yield Line("兹证明", CENTRE_X - 57, 410, Style.REGULAR, 10.5, MUTED, 2.2)
    yield Line("This is to certify that", CENTRE_X + 27, 410, Style.REGULAR, 10, MUTED, 0.3)
    name, latin = credential.holder_name, credential.holder_name_latin
    base = 361.5 if latin is None else 366.5
    tracking = 10.0 if len(name) <= SHORT_NAME_LENGTH else 2.0
    line = Line(name, CENTRE_X, base, Style.SEMIBOLD, NAME_SIZE, TEXT, tracking, varies=True)
    line = _fitted(line, NAME_WIDTH, measure)
    # A name set smaller stands a little higher, in the middle of its place.
    yield replace(line, y=base + (NAME_SIZE - line.size) / 4)
    if latin is not None:
        line = Line(latin.upper(), CENTRE_X, 348.5, Style.REGULAR, 8.6, MUTED, 2.4, varies=True)
        yield _fitted(line, NAME_WIDTH, measure)


def _fitted(line: Line, room: float, measure: MeasureWidth) -> Line:
    """Return the line, set smaller if it is wider than `room` points."""
    natural = measure(line.style, line.text, line.size) + line.tracking * (len(line.text) - 1)
    if natural <= room:
        return line
    scale = room / natural
    return replace(line, size=round(line.size * scale, 2), tracking=round(line.tracking * scale, 2))


def _statement(design: Design, *, is_demo: bool) -> Iterator[Line]:
    sentence, sentence_en = (
        (DEMO_STATEMENT, DEMO_STATEMENT_EN) if is_demo else (STATEMENT, STATEMENT_EN)
    )
    suffix = "DEMONSTRATION" if is_demo else f"LEVEL {ROMAN[design.level.number]}"
    certified = achievement(design.level)
    yield Line(sentence, CENTRE_X, 314, Style.REGULAR, 12.2, TEXT, 0.9)
    yield Line(certified.zh, CENTRE_X + 4, 283, Style.BOLD, 21, design.ink, 2.6, tag="H2")
    yield Line(sentence_en, CENTRE_X, 263.5, Style.REGULAR, 8.6, MUTED, 0.2)
    yield Line(
        f"{certified.en.upper()} · {suffix}", CENTRE_X, 248.5, Style.SEMIBOLD, 9.2, design.ink, 1.5
    )


def _facts(credential: Credential) -> Iterator[Line]:
    theory, room = points(credential.theory_points), points(credential.room_points)
    theory_cut, room_cut = points(credential.theory_cut_points), points(credential.room_cut_points)
    cells = (
        ("证书编号  CERTIFICATE NO.", credential.number, f"登记指纹 {credential.fingerprint}"),
        (
            "颁发日期  DATE OF ISSUE",
            chinese_date(credential.valid_from),
            english_date(credential.valid_from),
        ),
        (
            "有效期至  VALID UNTIL",
            chinese_date(credential.valid_until),
            english_date(credential.valid_until),
        ),
        (
            "成绩  RESULTS",
            f"理论 {theory} 分 · 实操 {room} 分",
            f"合格线 {theory_cut} · {room_cut}  PASS MARKS",
        ),
    )
    for index, (label, value, note) in enumerate(cells):
        left, right = table_column(index)
        middle = (left + right) / 2
        yield Line(label, middle, TABLE_TOP - 15.5, Style.REGULAR, 6.8, MUTED, 0.7)
        yield Line(
            value,
            middle,
            TABLE_TOP - 31,
            Style.SEMIBOLD,
            11.2,
            TEXT,
            0.5 if index == 0 else 0.2,
            varies=True,
        )
        yield Line(note, middle, TABLE_BOTTOM + 8.6, Style.REGULAR, 6.2, MUTED, 0.4, varies=True)


def _microprint(credential: Credential, design: Design, measure: MeasureWidth) -> Line:
    once = f"{credential.number} {credential.holder_name} {credential.fingerprint} "
    room = PAGE_WIDTH - 2 * MARGIN
    times = int(room / measure(Style.SEMIBOLD, once, MICROPRINT_SIZE))
    return Line(
        (once * times).rstrip(),
        MARGIN,
        TABLE_BOTTOM - 3.6,
        Style.SEMIBOLD,
        MICROPRINT_SIZE,
        design.accent,
        align=Align.LEFT,
        tag=None,
        varies=True,
    )


def _verification(design: Design, host: str, measure: MeasureWidth) -> Iterator[Line]:
    x = QR_X + QR_SIDE + 19
    rows = (
        (152.4, "扫码验证真伪", Style.SEMIBOLD, 9.8, design.ink, 0.8),
        (141.6, "Scan to verify", Style.REGULAR, 7.0, MUTED, 0.2),
        (123.8, "请核对网址  Check the address", Style.REGULAR, 6.4, MUTED, 0.2),
        (112.8, host, Style.SEMIBOLD, 8.4, design.ink, 0.2),
        (95.4, "真伪、状态与登记指纹以该网页为准", Style.REGULAR, 6.4, MUTED, 0.2),
        (86.4, "Status and fingerprint: see that page", Style.REGULAR, 6.0, MUTED, 0.2),
    )
    for y, text, style, size, value, tracking in rows:
        line = Line(text, x, y, style, size, value, tracking, align=Align.LEFT)
        yield _fitted(line, 158, measure)


def _medal(design: Design) -> Iterator[Line]:
    label = LEVEL_LABELS[design.level]
    yield Line(label.zh, CENTRE_X, MEDAL_Y - 7.4, Style.BOLD, 19, design.ink, 2)
    yield Line(
        label.en.upper(),
        CENTRE_X,
        MEDAL_Y - 18,
        Style.REGULAR,
        4.9 if len(label.en) < 10 else 4.0,
        design.ink,
        0.9 if len(label.en) < 10 else 0.5,
    )


def _issuer(credential: Credential, design: Design, measure: MeasureWidth) -> Iterator[Line]:
    middle, room = SEAL_X - 89, 164.0
    yield Line("颁发机构  ISSUED BY", middle, 132, Style.REGULAR, 6.8, MUTED, 0.7)
    for line in (
        Line(credential.issuer, middle, 111, Style.SEMIBOLD, 12.6, design.ink, 1.2),
        Line(credential.issuer_en, middle, 97.4, Style.REGULAR, 6.4, MUTED, 0.3),
    ):
        yield _fitted(line, room, measure)
    characters = "演示样张" if credential.is_demo else "操盘认证"
    value = VERMILION if credential.is_demo else PAPER
    for row in (0, 1):
        yield Line(
            characters[2 * row : 2 * row + 2],
            SEAL_X + SEAL_SIDE / 2,
            SEAL_Y + 28.2 - 20 * row,
            Style.BOLD,
            18.6,
            value,
            1.2,
        )


def _foot(credential: Credential) -> Iterator[Line]:
    note = DEMO_NOTE if credential.is_demo else DISCLAIMER
    note_en = DEMO_NOTE_EN if credential.is_demo else DISCLAIMER_EN
    yield Line(
        f"{note} {note_en}",
        CENTRE_X,
        57,
        Style.REGULAR,
        5.8,
        VERMILION if credential.is_demo else MUTED,
        0.3,
    )
