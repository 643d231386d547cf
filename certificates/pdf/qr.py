"""The QR code as path operators."""

import re

from certificates.guilloche import numbers
from certificates.pdf.symbols import symbol

QUIET_MODULES = 4
"""Blank modules that the standard demands on each side."""

_RUNS = re.compile("1+")


def qr_operators(text: str, x: float, y: float, side: float) -> str:
    """Return a filled QR code, error correction M or better; (x, y) is its lower left corner.

    Runs of dark modules are drawn as rectangles in whole numbers on a scaled grid, so that a
    printer sees no seam between neighbours of a row.
    """
    modules, drawn = symbol(text)
    bits = f"{drawn:0{modules * modules}b}"
    module = side / modules
    rectangles = []
    for row in range(modules):
        start = row * modules
        rectangles += [
            f"{run.start() - start} {row} {run.end() - run.start()} 1 re"
            for run in _RUNS.finditer(bits, start, start + modules)
        ]
    grid = f"{module:.5f} 0 0 {-module:.5f} {numbers(x, y + side)} cm"
    return "\n".join((f"q {grid}", *rectangles, "f Q"))
