"""A likeness of the certificate for the verification page: the same layout, as inline SVG.

It is for comparing name, level and number with the paper in hand. It leaves out what a stranger
may not see, so it is drawn here and not made from the file.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from math import cos, pi, sin
from urllib.parse import urlsplit

from app.certification.verification import PublicRecord
from certificates.levels import Level
from certificates.pdf.designs import DESIGNS
from certificates.pdf.symbols import symbol

BAND_PERIOD = 25.0
BAND_AMPLITUDE = 10.5
ROSE_STEPS = 8
"""Points of a petal's line; the eye sees a curve from six on."""


@dataclass(frozen=True)
class Ornament:
    """The lines of one level, as SVG path data and colours.

    Attributes:
        ink, accent, pale: Colours, `#rrggbb`.
        band_outer, band_inner: One period of the frame's band around y = 0.
        rose: One petal of the ground's rosette around (0, 0).
        rose_turns: Degrees by which the petal is turned to make the rosette.
        corner: The corner's rosette around (0, 0).
    """

    ink: str
    accent: str
    pale: str
    band_outer: str
    band_inner: str
    rose: str
    rose_turns: tuple[float, ...]
    corner: str


@dataclass(frozen=True)
class Likeness:
    """What the SVG shows.

    Attributes:
        ornament: Lines and colours of the level.
        qr: Path data of the QR code on a grid of `qr_modules` units.
        qr_modules: Side of the QR code in modules.
        host: Where it is verified.
        issued_on, valid_until: Days as the certificate prints them.
        record: The public facts.
    """

    ornament: Ornament
    qr: str
    qr_modules: int
    host: str
    issued_on: str
    valid_until: str
    record: PublicRecord


def likeness_of(record: PublicRecord) -> Likeness:
    """Return the likeness of a credential."""
    path, modules = qr_path(record.verify_url)
    return Likeness(
        ornament=ornament_of(record.level),
        qr=path,
        qr_modules=modules,
        host=urlsplit(record.verify_url).netloc,
        issued_on=chinese_day(record.issued_on),
        valid_until=chinese_day(record.valid_until),
        record=record,
    )


@lru_cache(maxsize=3)
def ornament_of(level: Level) -> Ornament:
    """Return the lines of a level."""
    design = DESIGNS[level]
    outer, inner = design.band_strands
    rose = design.roses[min(1, len(design.roses) - 1)]
    petals = design.corner_petals
    return Ornament(
        ink=_hex(design.ink),
        accent=_hex(design.accent),
        pale=_hex(design.pale),
        band_outer=_band(BAND_AMPLITUDE, outer),
        band_inner=_band(BAND_AMPLITUDE / 2, inner),
        rose=_petals(rose.radius, rose.amplitude, rose.petals, rose.strands, 1),
        rose_turns=tuple(360 * index / rose.petals for index in range(rose.petals)),
        corner=_petals(14.2, 6.6, petals, 3, petals),
    )


def qr_path(text: str) -> tuple[str, int]:
    """Return a QR code as path data, runs of dark modules as rectangles, and its side."""
    modules, drawn = symbol(text)
    bits = f"{drawn:0{modules * modules}b}"
    return "".join([head + PIECES[bits[a:b]] for head, a, b in _cuts(modules)]), modules


PIECE = 11
"""Modules of a row that are drawn at once; a process keeps every picture of so few."""


@lru_cache(maxsize=40)
def _cuts(modules: int) -> tuple[tuple[str, int, int], ...]:
    """Return, for each piece of a code's rows, how its path begins and which bits it is."""
    return tuple(
        (f"M0 {y}" if x == 0 else "", y * modules + x, y * modules + min(x + PIECE, modules))
        for y in range(modules)
        for x in range(0, modules, PIECE)
    )


class _Pieces(dict[str, str]):
    """The runs of dark modules (`1`) of a piece of a row, and the way to the next piece."""

    def __missing__(self, piece: str) -> str:
        parts, at = [], 0
        for run in re.finditer("1+", piece):
            parts.append(f"m{run.start() - at} 0h{len(run[0])}v1h-{len(run[0])}z")
            at = run.start()
        path = self[piece] = "".join((*parts, f"m{len(piece) - at} 0"))
        return path


PIECES = _Pieces()
"""At most 4,094 of them: every piece of up to `PIECE` modules."""


def _band(amplitude: float, strands: int) -> str:
    """Return one period of a woven band: strands of sine waves, each of four cubic curves."""
    quarter = BAND_PERIOD / 4
    handle = quarter * 0.3642  # a cubic with these handles is the best quarter of a sine
    bend = 0.571  # height of the handle at the axis, as a share of the amplitude
    parts = []
    for index in range(strands):
        shift = BAND_PERIOD * index / strands
        for start in (shift - BAND_PERIOD, shift):
            parts.append(f"M{start:.2f} 0")
            for turn in range(4):
                x = start + turn * quarter
                side = -amplitude if turn < 2 else amplitude
                rises = turn % 2 == 0
                first = bend * side if rises else side
                second = side if rises else bend * side
                end = side if rises else 0.0
                parts.append(
                    f"C{x + handle:.2f} {first:.2f} {x + quarter - handle:.2f} {second:.2f}"
                    f" {x + quarter:.2f} {end:.2f}"
                )
    return "".join(parts)


def _petals(radius: float, amplitude: float, petals: int, strands: int, drawn: int) -> str:
    """Return `drawn` of the petals of woven roses r = radius + amplitude sin(petals t + phase)."""
    parts = []
    for strand in range(strands):
        phase = 2 * pi * strand / strands
        points = []
        for step in range(drawn * ROSE_STEPS + 1):
            t = 2 * pi * step / ROSE_STEPS / petals
            reach = radius + amplitude * sin(petals * t + phase)
            points.append(f"{reach * cos(t):.1f} {reach * sin(t):.1f}")
        parts.append("M" + "L".join(points))
    return "".join(parts)


def chinese_day(day: date) -> str:
    """Write a day as the certificate prints it."""
    return f"{day.year} 年 {day.month} 月 {day.day} 日"


def _hex(value: int) -> str:
    return f"#{value:06x}"
