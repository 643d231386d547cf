"""The still parts of the page: paper, ground, frame, medallion, seal.

Every ornament that repeats is drawn once as a tile (one period of a band, one sector of a rosette)
and placed many times, which makes the art about fifteen times smaller.
"""

from dataclasses import dataclass
from math import cos, pi, sin

from certificates.guilloche import (
    circle,
    curve,
    leaf,
    numbers,
    polygon,
    rosette_sector,
    rounded_rectangle,
    scalloped_disc,
    star,
    turned,
    woven_band,
)
from certificates.pdf.designs import (
    PAGE_HEIGHT,
    PAGE_WIDTH,
    PAPER,
    VERMILION,
    Design,
    Rose,
    colour,
)

CENTRE_X = PAGE_WIDTH / 2
BAND_AXIS = 33.7
"""Distance of the middle of the frame's band from the edge of the page."""
BAND_PERIOD = 25.0
MARGIN = 92.0
"""Distance of the text from the edge."""

MEDAL_Y = 124.0
MEDAL_RADIUS = 45.0
SEAL_SIDE = 50.0
"""The seal is where a reader of signed PDF files clicks: the signature field covers it."""
SEAL_X = PAGE_WIDTH - MARGIN - SEAL_SIDE
SEAL_Y = 84.0
ROSE_Y = PAGE_HEIGHT / 2 + 14

TABLE_TOP, TABLE_BOTTOM = 231.0, 180.0
TABLE_EDGES = (0.0, 0.30, 0.515, 0.73, 1.0)
"""Edges of the table's columns as shares of its width."""


@dataclass(frozen=True, slots=True)
class Tile:
    """A small drawing around the origin.

    Attributes:
        operators: What is drawn.
        reach: Half the side of the square that holds it.
    """

    operators: str
    reach: float


@dataclass(frozen=True, slots=True)
class Art:
    """The drawing of one level.

    Attributes:
        ground: Paper, waves, rosettes and frame.
        fittings: What stands on it: rules, medallion, seal.
        tiles: The tiles that both place by name.
    """

    ground: str
    fittings: str
    tiles: dict[str, Tile]


def page_art(design: Design, *, is_demo: bool) -> Art:
    """Return the art of a level; a demonstration has a ribbon and an empty seal."""
    paper = f"{colour(PAPER)} 0 0 {numbers(PAGE_WIDTH, PAGE_HEIGHT)} re f"
    ground = (paper, "1 J 1 j", _ground(design), _frame(design))
    fittings = (
        "1 J 1 j",
        _rules(design),
        _ribbons(design),
        _laurel(design),
        _medallion(design),
        _seal(is_demo=is_demo),
        _demo_ribbon() if is_demo else "",
    )
    return Art("\n".join(ground), "\n".join(fittings), _tiles(design))


def table_column(index: int) -> tuple[float, float]:
    """Return the left and right edge of a column of the table of facts."""
    width = PAGE_WIDTH - 2 * MARGIN
    return MARGIN + width * TABLE_EDGES[index], MARGIN + width * TABLE_EDGES[index + 1]


def _stroke(value: int, width: float, path: str) -> str:
    return f"{colour(value, 'RG')} {width:.2f} w\n{path}"


def _sector(rose: Rose) -> str:
    return rosette_sector(rose.radius, rose.amplitude, rose.petals, rose.strands, twist=rose.twist)


def _tiles(design: Design) -> dict[str, Tile]:
    outer, inner = design.band_strands
    petals = design.corner_petals
    tiles = {
        "Wave": Tile(
            _stroke(design.paler, 0.22, woven_band(190.2, 19, 3, beat=0.35, segments=6)), 200
        ),
        "Band": Tile(
            _stroke(design.accent, 0.35, woven_band(BAND_PERIOD, 10.5, outer))
            + "\n"
            + _stroke(design.ink, 0.30, woven_band(BAND_PERIOD, 5.6, inner)),
            30,
        ),
        "CornerOuter": Tile(_stroke(design.accent, 0.32, _sector(Rose(14.2, 6.6, petals, 5))), 25),
        "CornerInner": Tile(_stroke(design.ink, 0.32, _sector(Rose(6.4, 2.6, 8, 3))), 25),
        "Medal": Tile(
            _stroke(design.accent, 0.34, _sector(Rose(35.6, 5.2, 30, 6)))
            + "\n"
            + _stroke(design.ink, 0.30, _sector(Rose(35.6, 2.4, 30, 3))),
            50,
        ),
    }
    for index, rose in enumerate(design.roses):
        reach = rose.radius + rose.amplitude + 5
        tiles[f"Rose{index}"] = Tile(_stroke(design.pale, 0.28, _sector(rose)), reach)
    return {name: Tile(f"1 J 1 j {tile.operators}", tile.reach) for name, tile in tiles.items()}


def _ground(design: Design) -> str:
    inset = 52
    waves = [
        f"q 1 0 0 1 {numbers(40 + column * 190.2, 60 + row * 26.4)} cm /Wave Do Q"
        for row in range(19)
        for column in range(4)
    ]
    box = numbers(inset, inset, PAGE_WIDTH - 2 * inset, PAGE_HEIGHT - 2 * inset)
    roses = [
        turned(f"Rose{index}", rose.petals, CENTRE_X, ROSE_Y)
        for index, rose in enumerate(design.roses)
    ]
    return "\n".join((f"q {box} re W n", *waves, *roses, "Q"))


def _frame(design: Design) -> str:
    parts = [
        f"q {colour(PAPER)} {numbers(*_box(16))} re {numbers(*_box(51))} re f* Q",
        _line_box(17, 1.5, design.ink),
        _line_box(20.2, 0.4, design.accent),
        _line_box(47.2, 0.4, design.accent),
        _line_box(50.2, 0.9, design.ink),
    ]
    across, along = PAGE_WIDTH - 92, PAGE_HEIGHT - 92
    sides = (
        ("1 0 0 1", 46.0, BAND_AXIS, across),
        ("1 0 0 1", 46.0, PAGE_HEIGHT - BAND_AXIS, across),
        ("0 1 -1 0", BAND_AXIS, 46.0, along),
        ("0 1 -1 0", PAGE_WIDTH - BAND_AXIS, 46.0, along),
    )
    for turn, x, y, length in sides:
        count = round(length / BAND_PERIOD)
        step = length / count
        parts.append(f"q {turn} {numbers(x, y)} cm")
        parts += [
            f"q {step / BAND_PERIOD:.5f} 0 0 1 {index * step:.3f} 0 cm /Band Do Q"
            for index in range(count)
        ]
        parts.append("Q")
    for x in (BAND_AXIS, PAGE_WIDTH - BAND_AXIS):
        for y in (BAND_AXIS, PAGE_HEIGHT - BAND_AXIS):
            parts.append(_corner(design, x, y))
    return "\n".join(parts)


def _box(margin: float) -> tuple[float, float, float, float]:
    return margin, margin, PAGE_WIDTH - 2 * margin, PAGE_HEIGHT - 2 * margin


def _line_box(margin: float, width: float, value: int) -> str:
    return f"q 0 J 0 j {width} w {colour(value, 'RG')} {numbers(*_box(margin))} re S Q"


def _corner(design: Design, x: float, y: float) -> str:
    return "\n".join(
        (
            f"q {colour(PAPER)} {circle(x, y, 25, 'f')}",
            f"0.9 w {colour(design.ink, 'RG')} {circle(x, y, 24.2)}",
            f"0.35 w {colour(design.accent, 'RG')} {circle(x, y, 22.2)}",
            turned("CornerOuter", design.corner_petals, x, y),
            turned("CornerInner", 8, x, y),
            f"{colour(design.accent)} {circle(x, y, 1.5, 'f')} Q",
        )
    )


def _spark(x: float, y: float, radius: float) -> str:
    return star(x, y, radius, points=4, inner=0.42)


def _rules(design: Design) -> str:
    accent = design.accent
    parts = [f"q {colour(accent, 'RG')} {colour(accent)} 0.6 w"]
    for side in (-1, 1):
        inner, outer = CENTRE_X + side * 104, CENTRE_X + side * 190
        parts.append(f"{numbers(outer, 505.4)} m {numbers(inner, 505.4)} l S")
        parts.append(_spark(inner - side * 8, 505.4, 3.0))
        parts.append(_spark(outer + side * 4, 505.4, 1.8))
    left, right = CENTRE_X - 150, CENTRE_X + 150
    parts.append(f"0.7 w {numbers(left, 341)} m {numbers(right, 341)} l S")
    parts.append(f"0.25 w {numbers(left, 338.8)} m {numbers(right, 338.8)} l S")
    parts.append(f"{colour(PAPER)} {numbers(CENTRE_X - 9, 335, 18, 10)} re f")
    parts.append(f"{colour(accent)} {_spark(CENTRE_X, 339.9, 4.2)}")
    for y in (TABLE_TOP, TABLE_BOTTOM):
        parts.append(f"0.5 w {numbers(MARGIN, y)} m {numbers(PAGE_WIDTH - MARGIN, y)} l S")
    for index in range(1, len(TABLE_EDGES) - 1):
        x, _ = table_column(index)
        low, high = TABLE_BOTTOM + 6.5, TABLE_TOP - 6.5
        parts.append(f"0.3 w {numbers(x, low)} m {numbers(x, high)} l S")
    return "\n".join((*parts, "Q"))


def _ribbons(design: Design) -> str:
    parts = [f"q {colour(design.ink)}"]
    for side in (-1, 1):
        corners = ((26, -20), (36, -59), (22, -52.5), (12, -60), (3, -34))
        parts.append(polygon((CENTRE_X + side * x, MEDAL_Y + y) for x, y in corners))
    parts.append(f"{colour(design.accent, 'RG')} 0.5 w")
    for side in (-1, 1):
        inner, outer = ((8.5, -38), (14.6, -56.2)), ((27.4, -30), (33.6, -54.8))
        for start, end in (inner, outer):
            ends = [numbers(CENTRE_X + side * x, MEDAL_Y + y) for x, y in (start, end)]
            parts.append(f"{ends[0]} m {ends[1]} l S")
    return "\n".join((*parts, "Q"))


def _laurel(design: Design) -> str:
    """Two branches that climb from beside the ribbons; their leaves lean out and in."""
    if not design.leaf_pairs:
        return ""
    radius, start, step = MEDAL_RADIUS + 8.5, -0.60, 0.185
    end = start + step * design.leaf_pairs

    def branch(side: int) -> list[str]:
        def at(turn: float) -> tuple[float, float]:
            return CENTRE_X + side * radius * cos(turn), MEDAL_Y + radius * sin(turn)

        stem = curve(
            lambda t: at(t)[0], lambda t: at(t)[1], start - 0.14, end, design.leaf_pairs + 1
        )
        drawn = [f"{stem}\nS"]
        for index in range(design.leaf_pairs + 1):
            turn = start + step * index
            is_tip = index == design.leaf_pairs
            for lean, length in ((0.0, 9.0),) if is_tip else ((0.55, 9.2), (-0.45, 7.6)):
                heading = turn + pi / 2 - lean
                drawn.append(leaf(*at(turn), length, heading if side > 0 else pi - heading))
        return drawn

    colours = f"{colour(design.accent)} {colour(design.accent, 'RG')}"
    return "\n".join((f"q {colours} 0.7 w 1 J", *branch(-1), *branch(1), "Q"))


def _medallion(design: Design) -> str:
    x, y, radius = CENTRE_X, MEDAL_Y, MEDAL_RADIUS
    count = design.level.number
    stars = "\n".join(
        star(x + (index - (count - 1) / 2) * 10.5, y + 16.6, 3.9) for index in range(count)
    )
    return "\n".join(
        (
            f"q {colour(design.accent)} {scalloped_disc(x, y, radius, 1.7, 40)}",
            f"{colour(PAPER)} {circle(x, y, radius - 3.4, 'f')}",
            turned("Medal", 30, x, y),
            f"{colour(PAPER)} {circle(x, y, 29.4, 'f')}",
            f"0.9 w {colour(design.accent, 'RG')} {circle(x, y, 29.4)}",
            f"0.3 w {circle(x, y, 27.4)}",
            f"{colour(design.accent)} {stars} Q",
        )
    )


def _seal(*, is_demo: bool) -> str:
    side, x, y = SEAL_SIDE, SEAL_X, SEAL_Y
    if is_demo:
        outline = rounded_rectangle(x + 0.5, y + 0.5, side - 1, side - 1, 3.5)
        return f"q 0.9 w [3 2] 0 d {colour(VERMILION, 'RG')} {outline} Q"
    field = rounded_rectangle(x, y, side, side, 4, "f")
    line = rounded_rectangle(x + 2.6, y + 2.6, side - 5.2, side - 5.2, 2.6)
    return f"q {colour(VERMILION)} {field} 0.8 w {colour(PAPER, 'RG')} {line} Q"


def _demo_ribbon() -> str:
    """A band across the upper right corner, inside the frame."""
    right, top = PAGE_WIDTH - 50.2, PAGE_HEIGHT - 50.2
    outer, inner = 116.0, 84.0
    band = polygon(
        (
            (right - outer, top),
            (right - inner, top),
            (right, top - inner),
            (right, top - outer),
        )
    )
    lines = [
        f"{numbers(right - reach, top)} m {numbers(right, top - reach)} l S"
        for reach in (outer - 3.2, inner + 3.2)
    ]
    return "\n".join((f"q {colour(VERMILION)} {band}", f"0.4 w {colour(PAPER, 'RG')}", *lines, "Q"))
