"""Codes made of a blank one and its changes are the codes that the library draws."""

from random import Random

import pytest
import segno

from certificates.pdf.symbols import MASK, symbol


@pytest.mark.parametrize("length", [20, 38, 45, 62, 70, 110, 140, 200, 260])
def test_is_the_library_s_symbol(length):
    """One block and several, of one size and of two; with the version written, and a long count."""
    chance = Random(length)
    for _ in range(2):
        text = "https://" + "".join(chance.choices("ACDEHKQY3479abz-/.#:_", k=length - 8))

        side, drawn = symbol(text)

        rows = segno.make_qr(text, error="m", mask=MASK).matrix
        assert side == len(rows)
        assert drawn == int("".join(str(module) for row in rows for module in row), 2)
