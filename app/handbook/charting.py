"""Where the strokes of a figure go: numbers in, coordinates out, for the page and for paper.

Drawn without a script, so that it prints and reads without one. Bars lie, so that Chinese labels
have room on a phone; lines stand.
"""

from __future__ import annotations

from dataclasses import dataclass

from app.handbook.figures import Drawn

WIDTH = 380
LABEL, VALUE = 118, 66
"""Columns of the labels and of the values of bars, in units of the drawing."""

BAR, GAP = 20, 14
PLOT_HEIGHT, LEFT, RIGHT, TOP, FOOT = 200, 44, 20, 14, 30


@dataclass(frozen=True)
class Bar:
    label: str
    x: float
    y: float
    width: float
    text: str
    is_below: bool


@dataclass(frozen=True)
class Bars:
    """Lying bars; `zero` is the x of the value 0."""

    height: float
    zero: float
    bars: tuple[Bar, ...]


@dataclass(frozen=True)
class Curve:
    name: str
    points: tuple[tuple[float, float], ...]
    last: str

    @property
    def path(self) -> str:
        """Return the points as the `points` of an SVG polyline."""
        return " ".join(f"{x:.1f},{y:.1f}" for x, y in self.points)


@dataclass(frozen=True)
class Lines:
    """Curves over labels; `ticks` are (y, text), `labels` (x, text, whether it is shown)."""

    height: float
    ticks: tuple[tuple[float, str], ...]
    labels: tuple[tuple[float, str, bool], ...]
    curves: tuple[Curve, ...]


def bars_of(drawn: Drawn) -> Bars:
    """Lay out the first series of a figure as bars."""
    values = drawn.series[0][1]
    least, most = min(0.0, *values), max(0.0, *values)
    span = (most - least) or 1.0
    room = WIDTH - LABEL - VALUE

    def at(value: float) -> float:
        return LABEL + (value - least) / span * room

    zero = at(0.0)
    bars = tuple(
        Bar(
            label,
            min(zero, at(value)),
            GAP / 2 + place * (BAR + GAP),
            max(1.0, abs(at(value) - zero)),
            number_text(value),
            value < 0,
        )
        for place, (label, value) in enumerate(zip(drawn.labels, values, strict=True))
    )
    return Bars(len(bars) * (BAR + GAP), zero, bars)


def lines_of(drawn: Drawn) -> Lines:
    """Lay out a figure as curves; the axis begins at 0 unless values lie far above it."""
    values = [value for _, series in drawn.series for value in series]
    least, most = min(values), max(values)
    if least > 0 and least < 0.6 * most:
        least = 0.0
    span = (most - least) or 1.0
    count = len(drawn.labels)
    room, depth = WIDTH - LEFT - RIGHT, PLOT_HEIGHT - TOP - FOOT

    def x(place: int) -> float:
        return LEFT + place / (count - 1) * room

    def y(value: float) -> float:
        return TOP + (most - value) / span * depth

    every = 1 if count <= 6 else 2 if count <= 8 else 3
    marks = [least + span * part / 3 for part in range(4)]
    if least < 0 < most:
        marks = sorted({least, 0.0, most})
    return Lines(
        PLOT_HEIGHT,
        tuple((y(mark), number_text(mark)) for mark in marks),
        tuple((x(at), label, at % every == 0) for at, label in enumerate(drawn.labels)),
        tuple(
            Curve(
                name,
                tuple((x(at), y(value)) for at, value in enumerate(series)),
                number_text(series[-1]),
            )
            for name, series in drawn.series
        ),
    )


def number_text(value: float) -> str:
    """Return a figure's number as a reader meets it: 万 from ten thousand on, no idle zeros."""
    size = abs(value)
    if size >= 10_000:
        text = f"{size / 10_000:.1f}".removesuffix(".0") + "万"
    elif size >= 100 or size == int(size):
        text = f"{size:,.0f}"
    else:
        text = f"{size:.2f}".rstrip("0").rstrip(".")
    return f"−{text}" if value < 0 else text
