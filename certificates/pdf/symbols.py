"""QR codes of many texts of one length, without making each from nothing.

At a fixed size, mask and level of correction each module of a symbol is a sum of the text's bits
modulo 2, and so are Reed and Solomon's corrections. So a code is the code of a blank text of the
same length, which the library draws once a process, with what each byte changes: which codewords a
bit stands in, what it adds to the corrections (ISO/IEC 18004, 7.5) and where these codewords lie
(7.7.3). A test compares with the library's own symbols.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import segno
from segno import consts

MASK = 3
"""Trying all eight masks in pure Python is most of the cost; any mask is a valid symbol."""

BLANK = ord("a")
"""A letter that only the mode of whole bytes can write, as the addresses' own letters are."""

LONG_COUNT_FROM = 10
"""The first version whose count of bytes has sixteen bits instead of eight."""

FIELD = 0x11D
"""x^8 + x^4 + x^3 + x^2 + 1: the field of the corrections."""


def symbol(text: str) -> tuple[int, int]:
    """Return a text's code: its side in modules, and these row by row as the bits of a number.

    Correction is M or, if the size has room for it, better; the first module is the top bit.

    Args:
        text: An address: with small letters, so that it is written byte by byte.
    """
    data = text.encode()
    sheet = _sheet(len(data))
    drawn = sheet.blank
    for place, byte in enumerate(data):
        if byte != BLANK:
            drawn ^= sheet.change(place, byte)
    return sheet.side, drawn


class _Sheet:
    """The code of a blank text, and what bytes change in it.

    Attributes:
        side: Modules in a row.
        blank: The modules as the bits of a number.
    """

    def __init__(self, length: int) -> None:
        code: Any = segno.make_qr(bytes([BLANK]) * length, error="m", mask=MASK, mode="byte")
        rows: Sequence[Sequence[int]] = code.matrix
        self.side = len(rows)
        self.blank = int("".join(str(module & 1) for row in rows for module in row), 2)
        version = int(code.version)
        level = {"L": 1, "M": 0, "Q": 3, "H": 2}[str(code.error)]
        kinds: Any = consts.ECC
        self._blocks = [
            (kind.num_data, kind.num_total - kind.num_data)
            for kind in kinds[version][level]
            for _ in range(kind.num_blocks)
        ]
        self._first_bit = 4 + (8 if version < LONG_COUNT_FROM else 16)
        self._order = _order(version, self.side)
        self._bits: dict[int, int] = {}
        self._changes: dict[tuple[int, int], int] = {}

    def change(self, place: int, byte: int) -> int:
        """Return the modules that turn if the blank at a place is another byte."""
        known = self._changes.get((place, byte))
        if known is None:
            known = 0
            for bit in range(8):
                if (byte ^ BLANK) << bit & 0x80:
                    known ^= self._bit(self._first_bit + 8 * place + bit)
            self._changes[place, byte] = known
        return known

    def _bit(self, number: int) -> int:
        """Return the modules that turn with a bit of the message."""
        known = self._bits.get(number)
        if known is None:
            known = self._bits[number] = self._turned(number // 8, 0x80 >> number % 8)
        return known

    def _turned(self, word: int, value: int) -> int:
        """Return the modules that turn if a value is added to a data codeword."""
        block = 0
        while word >= self._blocks[block][0]:
            word -= self._blocks[block][0]
            block += 1
        size, correction_count = self._blocks[block]
        # Data codewords are read column by column through the blocks, then the corrections.
        before = sum(min(word, each) for each, _ in self._blocks)
        place = before + sum(word < each for each, _ in self._blocks[:block])
        turned = self._drawn(place, value)
        start = sum(each for each, _ in self._blocks)
        remainder = _remainder(value, size - 1 - word, correction_count)
        for index, correction in enumerate(remainder):
            turned ^= self._drawn(start + index * len(self._blocks) + block, correction)
        return turned

    def _drawn(self, place: int, value: int) -> int:
        return sum(1 << self._order[8 * place + bit] for bit in range(8) if value << bit & 0x80)


@lru_cache(maxsize=64)
def _sheet(length: int) -> _Sheet:
    return _Sheet(length)


def _remainder(value: int, shift: int, count: int) -> list[int]:
    """Return the corrections of a block that has one codeword, `shift` before its last."""
    generator = _generator(count)
    out = [0] * count
    for step in range(shift + 1):
        lead = out[0] ^ (value if step == 0 else 0)
        out = [*out[1:], 0]
        if lead:
            out = [each ^ _times(lead, factor) for each, factor in zip(out, generator, strict=True)]
    return out


@lru_cache(maxsize=32)
def _generator(count: int) -> tuple[int, ...]:
    """Return the factors of the product of (x + 2^i), without the first, which is 1."""
    factors = [1]
    root = 1
    for _ in range(count):
        moved = [*factors, 0]
        for index, factor in enumerate(factors):
            moved[index + 1] ^= _times(factor, root)
        factors, root = moved, _times(root, 2)
    return tuple(factors[1:])


def _powers() -> tuple[list[int], list[int]]:
    """Return the powers of 2 in the field, twice around, and the power that each value is."""
    powers, logarithms = [1], [0] * 256
    for exponent in range(255):
        logarithms[powers[-1]] = exponent
        doubled = powers[-1] << 1
        powers.append(doubled ^ FIELD if doubled & 0x100 else doubled)
    return powers[:255] * 2, logarithms


_POWERS, _LOGARITHMS = _powers()


def _times(a: int, b: int) -> int:
    return _POWERS[_LOGARITHMS[a] + _LOGARITHMS[b]] if a and b else 0


def _order(version: int, side: int) -> tuple[int, ...]:
    """Return the bit that each module of the codewords is, in the order in which they lie."""
    last = side * side - 1
    taken = _function_modules(version, side)
    out = []
    column, goes_up = side - 1, True
    while column > 0:
        if column == 6:  # the timing pattern's own
            column -= 1
        for step in range(side):
            row = side - 1 - step if goes_up else step
            for x in (column, column - 1):
                if (row, x) not in taken:
                    out.append(last - row * side - x)
        column -= 2
        goes_up = not goes_up
    return tuple(out)


def _function_modules(version: int, side: int) -> set[tuple[int, int]]:
    """Return row and column of the modules that hold no codeword."""
    near, far = range(9), range(side - 8, side)
    taken = {(y, x) for y in near for x in near}
    taken |= {(y, x) for y in near for x in far} | {(y, x) for y in far for x in near}
    taken |= {(6, n) for n in range(side)} | {(n, 6) for n in range(side)}
    centres = consts.ALIGNMENT_POS[version - 2] if version > 1 else ()
    corners = {(6, 6), (6, side - 7), (side - 7, 6)}
    for y in centres:
        for x in centres:
            if (y, x) not in corners:
                taken |= {(y + j, x + i) for j in range(-2, 3) for i in range(-2, 3)}
    if version >= 7:  # the version is written twice
        edge = range(side - 11, side - 8)
        taken |= {(y, x) for y in range(6) for x in edge} | {(y, x) for y in edge for x in range(6)}
    return taken
