"""Words around a board's figures."""

from __future__ import annotations

import pytest

from app.contests.board.presenting import money_parts

WAN = {"fen": 1_000_000, "word": "万"}


@pytest.mark.parametrize(
    ("fen", "written"),
    [
        (489_312, "¥4,893"),
        (898_250, "¥8,982"),
        (-50_000, "−¥500"),
        (0, "¥0"),
        (1_000_000, "1.00 万"),
        (9_876_543, "9.88 万"),
        (85_140_000, "85.1 万"),
        (-1_230_000, "−1.23 万"),
    ],
)
def test_money_is_as_fine_as_what_tells_neighbours_apart(fen, written):
    assert "".join(money_parts(fen, WAN)) == written
