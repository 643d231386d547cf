import re
from math import pi

import pytest

from certificates.guilloche import (
    circle,
    curve,
    leaf,
    number,
    polygon,
    rosette_sector,
    rounded_rectangle,
    scalloped_disc,
    star,
    turned,
    woven_band,
)

POINT = re.compile(r"(-?[\d.]+) (-?[\d.]+) (?:m|c|l)$", re.MULTILINE)


def points(path):
    """Return the end points of a path's segments."""
    return [(float(x), float(y)) for x, y in POINT.findall(path)]


class TestNumber:
    @pytest.mark.parametrize(
        ("value", "text"),
        [(0, "0"), (-0.001, "0"), (1.5, "1.5"), (2, "2"), (-3.456, "-3.46"), (100, "100")],
    )
    def test_is_short(self, value, text):
        assert number(value) == text


class TestCurve:
    def test_runs_from_start_to_end(self):
        path = curve(lambda t: t, lambda t: t * t, 0, 4, 8)

        assert points(path)[0] == (0, 0)
        assert points(path)[-1] == (4, 16)
        assert path.count(" c") == 8


class TestTiles:
    def test_a_band_joins_the_next_without_a_seam(self):
        strands = woven_band(25, 10, 6).split("S")[:-1]

        ends = [(points(strand)[0], points(strand)[-1]) for strand in strands]

        assert len(strands) == 6
        for (x0, y0), (x1, y1) in ends:
            assert x1 - x0 == 25
            assert y1 == pytest.approx(y0, abs=0.011)

    def test_a_sector_joins_the_next_without_a_seam(self):
        strands = rosette_sector(100, 20, 12, 4).split("S")[:-1]

        for strand in strands:
            (x0, y0), (x1, y1) = points(strand)[0], points(strand)[-1]
            assert x0**2 + y0**2 == pytest.approx(x1**2 + y1**2, rel=1e-3)

    def test_a_tile_is_placed_around_a_point(self):
        placed = turned("Rose", 4, 10, 20)

        assert placed.count("10 20 cm /Rose Do") == 4


class TestShapes:
    @pytest.mark.parametrize(
        "path",
        [
            circle(0, 0, 5),
            star(0, 0, 5),
            polygon([(0, 0), (1, 0), (0, 1)]),
            scalloped_disc(0, 0, 40, 2, 12),
            leaf(0, 0, 10, pi / 3),
            rounded_rectangle(0, 0, 10, 10, 2),
        ],
    )
    def test_are_closed_and_painted(self, path):
        assert re.search(r"\bh (f|S)$", path)
        assert path.count(" m") == 1
