"""The QR code as path operators."""

from itertools import groupby

import segno

from certificates.guilloche import numbers

MASK = 3
"""Trying all eight masks in pure Python is most of the cost; any mask is a valid symbol."""

QUIET_MODULES = 4
"""Blank modules that the standard demands on each side."""


def qr_operators(text: str, x: float, y: float, side: float) -> str:
    """Return a filled QR code, error correction M or better; (x, y) is its lower left corner.

    Runs of dark modules are drawn as rectangles in whole numbers on a scaled grid, so that a
    printer sees no seam between neighbours of a row.
    """
    matrix = segno.make_qr(text, error="m", mask=MASK).matrix
    module = side / len(matrix)
    rectangles = []
    for row, modules in enumerate(matrix):
        column = 0
        for is_dark, run in groupby(modules):
            length = len(list(run))
            if is_dark:
                rectangles.append(f"{column} {row} {length} 1 re")
            column += length
    grid = f"{module:.5f} 0 0 {-module:.5f} {numbers(x, y + side)} cm"
    return "\n".join((f"q {grid}", *rectangles, "f Q"))
