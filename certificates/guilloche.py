"""Guilloche ornaments as PDF path operators: the woven lines of a bond, drawn as exact curves.

Every function returns operators (`m`, `l`, `c`, `h` and a painting operator) as text. There is no
image and no transparency, so a printer of any resolution draws the lines as fine as it can.
Lengths are points, angles radians.
"""

from collections.abc import Callable, Iterable
from itertools import pairwise
from math import cos, pi, sin

KAPPA = 0.5522847498
"""Length of the handles of a cubic curve that draws a quarter of a circle of radius 1."""

Axis = Callable[[float], float]


def number(value: float) -> str:
    """Return a coordinate with two decimals (1/200 mm) and without useless zeros."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def numbers(*values: float) -> str:
    """Return coordinates separated by spaces."""
    return " ".join(map(number, values))


def curve(x_of: Axis, y_of: Axis, start: float, end: float, segments: int) -> str:
    """Return an open path along (x(t), y(t)), without a painting operator.

    Each segment is a cubic curve with the exact tangents at both ends, taken by central
    differences.
    """
    step = (end - start) / segments
    nudge = step * 1e-3

    def tangent(of: Axis, t: float) -> float:
        return (of(t + nudge) - of(t - nudge)) / (2 * nudge) * step / 3

    points = []
    for index in range(segments + 1):
        t = start + index * step
        points.append((x_of(t), y_of(t), tangent(x_of, t), tangent(y_of, t)))
    path = [f"{numbers(*points[0][:2])} m"]
    for (x0, y0, dx0, dy0), (x1, y1, dx1, dy1) in pairwise(points):
        path.append(f"{numbers(x0 + dx0, y0 + dy0, x1 - dx1, y1 - dy1, x1, y1)} c")
    return "\n".join(path)


def woven_band(
    period: float, amplitude: float, strands: int, *, beat: float = 0.0, segments: int = 4
) -> str:
    """Return one period of a horizontal band of sine strands, stroked, from x = 0, around y = 0.

    Args:
        period: Length of the tile; tiles laid end to end join without a seam.
        amplitude: Half the height of the band.
        strands: How many strands, evenly shifted.
        beat: Share of the amplitude that swells and shrinks along the period, in [0, 1].
        segments: Curves in a strand.
    """
    turn = 2 * pi / period

    def strand(phase: float) -> str:
        def height(x: float) -> float:
            return amplitude * sin(turn * x + phase) * (1 - beat + beat * cos(turn * x))

        return curve(lambda x: x, height, 0, period, segments) + "\nS"

    return "\n".join(strand(2 * pi * index / strands) for index in range(strands))


def rosette_sector(
    radius: float, amplitude: float, petals: int, strands: int, *, twist: float = 0.0
) -> str:
    """Return one petal's sector of a rose r = radius + amplitude * sin(petals * t), stroked.

    Args:
        radius: Mean radius.
        amplitude: How far the petals reach in and out.
        petals: How many sectors make the whole; see `turned`.
        strands: How many roses are woven together, evenly shifted.
        twist: Shift of all of them.
    """

    def strand(phase: float) -> str:
        def reach(t: float) -> float:
            return radius + amplitude * sin(petals * t + phase)

        path = curve(
            lambda t: reach(t) * cos(t), lambda t: reach(t) * sin(t), 0, 2 * pi / petals, 4
        )
        return path + "\nS"

    return "\n".join(strand(2 * pi * index / strands + twist) for index in range(strands))


def turned(tile: str, times: int, x: float, y: float) -> str:
    """Return operators that place the tile named `tile` `times` around (x, y)."""
    placed = []
    for index in range(times):
        angle = 2 * pi * index / times
        c, s = cos(angle), sin(angle)
        placed.append(f"q {c:.5f} {s:.5f} {-s:.5f} {c:.5f} {numbers(x, y)} cm /{tile} Do Q")
    return "\n".join(placed)


def circle(x: float, y: float, radius: float, paint: str = "S") -> str:
    """Return a circle."""
    k = KAPPA * radius
    arcs = (
        (x + radius, y + k, x + k, y + radius, x, y + radius),
        (x - k, y + radius, x - radius, y + k, x - radius, y),
        (x - radius, y - k, x - k, y - radius, x, y - radius),
        (x + k, y - radius, x + radius, y - k, x + radius, y),
    )
    path = "\n".join(f"{numbers(*arc)} c" for arc in arcs)
    return f"{numbers(x + radius, y)} m\n{path}\nh {paint}"


def star(
    x: float, y: float, radius: float, *, points: int = 5, inner: float = 0.382, paint: str = "f"
) -> str:
    """Return a star with one point upwards; `inner` is the inner radius as a share of `radius`."""
    corners = []
    for index in range(2 * points):
        angle = pi / 2 + index * pi / points
        reach = radius * (inner if index % 2 else 1)
        corners.append((x + reach * cos(angle), y + reach * sin(angle)))
    return polygon(corners, paint)


def polygon(corners: Iterable[tuple[float, float]], paint: str = "f") -> str:
    """Return a closed polygon."""
    first, *rest = corners
    lines = "\n".join(f"{numbers(*corner)} l" for corner in rest)
    return f"{numbers(*first)} m\n{lines}\nh {paint}"


def scalloped_disc(x: float, y: float, radius: float, depth: float, scallops: int) -> str:
    """Return a filled disc with a waved edge, as of a seal of wax or paper."""

    def reach(t: float) -> float:
        return radius + depth * cos(scallops * t)

    edge = curve(
        lambda t: x + reach(t) * cos(t), lambda t: y + reach(t) * sin(t), 0, 2 * pi, scallops * 4
    )
    return f"{edge}\nh f"


def leaf(x: float, y: float, length: float, angle: float, *, breadth: float = 0.3) -> str:
    """Return a filled leaf that grows from (x, y) towards `angle`."""
    c, s = cos(angle), sin(angle)

    def at(along: float, across: float) -> tuple[float, float]:
        u, v = along * length, across * length
        return x + u * c - v * s, y + u * s + v * c

    tip = at(1, 0)
    left = (*at(0.25, breadth), *at(0.7, breadth * 0.8), *tip)
    right = (*at(0.7, -breadth * 0.8), *at(0.25, -breadth), x, y)
    return f"{numbers(x, y)} m\n{numbers(*left)} c\n{numbers(*right)} c\nh f"


def rounded_rectangle(
    x: float, y: float, width: float, height: float, radius: float, paint: str = "S"
) -> str:
    """Return a rectangle with round corners; (x, y) is its lower left corner."""
    k = radius * (1 - KAPPA)
    right, top = x + width, y + height
    return "\n".join(
        (
            f"{numbers(x + radius, y)} m {numbers(right - radius, y)} l",
            f"{numbers(right - k, y, right, y + k, right, y + radius)} c",
            f"{numbers(right, top - radius)} l",
            f"{numbers(right, top - k, right - k, top, right - radius, top)} c",
            f"{numbers(x + radius, top)} l",
            f"{numbers(x + k, top, x, top - k, x, top - radius)} c",
            f"{numbers(x, y + radius)} l",
            f"{numbers(x, y + k, x + k, y, x + radius, y)} c h {paint}",
        )
    )
