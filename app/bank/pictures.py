"""Pictures of hot-spot items, drawn as SVG: charts and consoles with regions that can be chosen.

One drawing serves the exam page, the review and the item's page. It is 400 units wide, so that its
smallest words stay readable on a phone, and carries classes only: colours come from the sheets.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from html import escape

from question_bank.exhibits import ExhibitChart, Picture, Tile
from question_bank.items import Item

WIDTH = 400
CHART_HEIGHT = 256
LEFT, RIGHT, TOP, BOTTOM = 42.0, 392.0, 34.0, 208.0
TILE_WIDTH, TILE_HEIGHT, TILE_GAP, TILES_TOP = 192, 66, 8, 32
GRID_LINES = 4

HEADROOM = 1.15
"""Room above the highest point, for its figure and the letters of the regions."""

ROUND_TIMES = (1, 1.2, 1.6, 2, 2.4, 3.2, 4, 6, 8, 10)
"""Multiples of a power of ten that four grid lines divide into plain figures."""

LETTERS = "ABCDEFGH"


def picture_svg(item: Item, marks: Mapping[str, str] | None = None) -> str:
    """Draw an item's picture.

    Args:
        item: A hot-spot item.
        marks: Classes of regions by id, such as `key` or `chosen`; the exam page has none.

    Returns:
        SVG markup; each region is a group `.region` with `data-region` and its letter.
    """
    picture = item.picture
    if picture is None:
        return ""
    letters = dict(zip(item.choices, LETTERS, strict=False))
    if picture.chart is not None:
        return _chart(picture, picture.chart, letters, marks or {})
    return _console(picture, letters, marks or {})


def _region(region: str, letters: Mapping[str, str], marks: Mapping[str, str], body: str) -> str:
    css = f"region {marks.get(region, '')}".strip()
    return f'<g class="{css}" data-region="{region}" data-letter="{letters[region]}">{body}</g>'


def _badge(x: float, y: float, letter: str) -> str:
    return (
        f'<rect class="badge-ground" x="{x:.1f}" y="{y:.1f}" width="18" height="18" rx="5"/>'
        f'<text class="badge-letter" x="{x + 9:.1f}" y="{y + 13:.1f}">{letter}</text>'
    )


def _svg(height: float, title: str, body: str) -> str:
    return (
        f'<svg class="picture" viewBox="0 0 {WIDTH} {height:g}" role="group" '
        f'aria-label="{escape(title)}">{body}</svg>'
    )


def _chart(
    picture: Picture, chart: ExhibitChart, letters: Mapping[str, str], marks: Mapping[str, str]
) -> str:
    band = (RIGHT - LEFT) / len(chart.x)
    highest = max(value for one in chart.series for value in one.values if value is not None)
    top = _ceiling(highest * HEADROOM)

    def x_of(place: float) -> float:
        return LEFT + band * (place + 0.5)

    def y_of(value: float) -> float:
        return BOTTOM - (BOTTOM - TOP) * value / top

    parts = [f'<text class="unit" x="4" y="14">{escape(_unit(chart))}</text>']
    for step in range(GRID_LINES + 1):
        level = top * step / GRID_LINES
        y = y_of(level)
        parts.append(
            f'<line class="grid" x1="{LEFT}" x2="{RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
            f'<text class="tick end" x="{LEFT - 5}" y="{y + 4:.1f}">{level:g}</text>'
        )
    for place, label in enumerate(chart.x):
        parts.append(
            f'<text class="tick mid" x="{x_of(place):.1f}" y="{BOTTOM + 16}">{escape(label)}</text>'
        )
    for region, (first, last) in sorted(picture.spans.items(), key=lambda entry: entry[1]):
        x, width = LEFT + band * first, band * (last - first + 1)
        body = (
            f'<rect class="area" x="{x + 1:.1f}" y="{TOP - 12}" width="{width - 2:.1f}" '
            f'height="{BOTTOM - TOP + 12}" rx="4"/>'
            + _badge(x + width / 2 - 9, TOP - 10, letters[region])
        )
        parts.append(_region(region, letters, marks, body))
    for number, series in enumerate(chart.series, 1):
        if chart.kind == "bar":
            wide = band * 0.6 / len(chart.series)
            for place, value in enumerate(series.values):
                if value is not None:
                    x = x_of(place) - band * 0.3 + wide * (number - 1)
                    parts.append(
                        f'<rect class="bar s{number}" x="{x:.1f}" y="{y_of(value):.1f}" '
                        f'width="{wide:.1f}" height="{BOTTOM - y_of(value):.1f}"/>'
                    )
        else:
            points = " ".join(
                f"{x_of(place):.1f},{y_of(value):.1f}"
                for place, value in enumerate(series.values)
                if value is not None
            )
            parts.append(f'<polyline class="curve s{number}" points="{points}"/>')
    parts += _figures(chart, x_of, y_of)
    parts.append(_legend(chart))
    return _svg(CHART_HEIGHT, chart.title, "".join(parts))


def _figures(
    chart: ExhibitChart, x_of: Callable[[float], float], y_of: Callable[[float], float]
) -> list[str]:
    """Write each value beside its point, the highest above it and the others below.

    Nobody has to guess a figure from its height.
    """
    out = []
    for place in range(len(chart.x)):
        held = [
            (value, number)
            for number, series in enumerate(chart.series, 1)
            if (value := series.values[place]) is not None
        ]
        for rank, (value, number) in enumerate(sorted(held, reverse=True)):
            shift = -7 if rank == 0 else 15
            out.append(
                f'<text class="figure mid s{number}" x="{x_of(place):.1f}" '
                f'y="{y_of(value) + shift:.1f}">{value:g}</text>'
            )
    return out


def _legend(chart: ExhibitChart) -> str:
    x = LEFT
    parts = []
    for number, series in enumerate(chart.series, 1):
        parts.append(
            f'<line class="curve s{number}" x1="{x:.0f}" x2="{x + 18:.0f}" y1="244" y2="244"/>'
            f'<text class="tick" x="{x + 24:.0f}" y="248">{escape(series.name)}</text>'
        )
        x += 34 + 13 * len(series.name)
    return "".join(parts)


def _unit(chart: ExhibitChart) -> str:
    return f"{chart.title}（{chart.unit}）" if chart.unit else chart.title


def _ceiling(value: float) -> float:
    """Return a round number not below a value, for the top of the axis."""
    step = 1.0
    while step * 10 <= value:
        step *= 10
    return next(step * times for times in ROUND_TIMES if step * times >= value)


def _console(picture: Picture, letters: Mapping[str, str], marks: Mapping[str, str]) -> str:
    parts = [f'<text class="heading" x="2" y="18">{escape(picture.title)}</text>']
    column, y = 0, TILES_TOP
    for tile in picture.tiles:
        if tile.wide and column:
            column, y = 0, y + TILE_HEIGHT + TILE_GAP
        x = column * (TILE_WIDTH + TILE_GAP)
        width = WIDTH if tile.wide else TILE_WIDTH
        body = _tile(tile, x, y, width, letters)
        parts.append(body if tile.region is None else _region(tile.region, letters, marks, body))
        column = 0 if tile.wide else 1 - column
        if column == 0:
            y += TILE_HEIGHT + TILE_GAP
    height = y + (TILE_HEIGHT + TILE_GAP if column else 0)
    return _svg(height, picture.title, "".join(parts))


def _tile(tile: Tile, x: int, y: int, width: int, letters: Mapping[str, str]) -> str:
    badge = "" if tile.region is None else _badge(x + width - 26, y + 8, letters[tile.region])
    return (
        f'<rect class="area tile" x="{x + 1}" y="{y}" width="{width - 2}" '
        f'height="{TILE_HEIGHT}" rx="8"/>'
        f'<text class="tile-title" x="{x + 12}" y="{y + 20}">{escape(tile.title)}</text>'
        f'<text class="tile-value" x="{x + 12}" y="{y + 41}">{escape(tile.value)}</text>'
        f'<text class="tile-note" x="{x + 12}" y="{y + 58}">{escape(tile.note)}</text>{badge}'
    )
