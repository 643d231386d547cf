"""Numbers as people write them in a table: 31.4%, 6万, 1,234, ¥1,020.50, 14 家."""

from __future__ import annotations

import re
from decimal import Decimal

from app.providers.schemes import Unit

MAX_CHARS = 24
"""Longer than any number that is meant, and short enough for `Decimal` to compute exactly."""

RATE_UNITS = frozenset({Unit.PERCENT, Unit.PERMILLE})

_PLAIN: dict[int, int | None] = {
    **{wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)},
    ord("\N{IDEOGRAPHIC SPACE}"): ord(" "),
    ord("\N{FULLWIDTH YEN SIGN}"): ord("¥"),
    ord("\N{MINUS SIGN}"): ord("-"),
    **dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff")),
}
"""Full-width forms made plain; what chat programs leave in copied text taken out.

Not Unicode's NFKC: that turns 5² into 52.
"""

_NUMBER = re.compile(
    r"(?P<sign>[+-]?)¥?"
    r"(?P<whole>[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?P<decimals>\.[0-9]+)?"
    r"\s*(?P<power>[万亿]?)(?P<suffix>[%‰元家个次]?)"
)
_POWERS = {"": 1, "万": 10_000, "亿": 100_000_000}
_SUFFIXES = {
    Unit.PERCENT: "%‰",
    Unit.PERMILLE: "%‰",
    Unit.RATIO: "",
    Unit.YUAN: "元",
    Unit.COUNT: "家个次",
}


class QuantityError(ValueError):
    """A text is no number of the unit.

    Attributes:
        code: `not_a_number`, `unit_needed` (a rate without its sign) or `wrong_unit`.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def plain_text(text: str) -> str:
    """Return a cell's text with full-width forms made plain and nothing invisible around it."""
    return text.translate(_PLAIN).strip()


def parse_quantity(text: str, unit: Unit) -> Decimal:
    """Return the value that a text gives, in `unit`, exactly.

    A rate must carry its sign, % or ‰, and is converted to the unit: in a bare 0.3 nobody can
    tell three tenths of a percent from thirty percent, and a score would rest on the guess.

    Args:
        text: One cell, as `plain_text` leaves it.
        unit: The unit of the value returned.

    Raises:
        QuantityError: If it is no such number.
    """
    match = _NUMBER.fullmatch(text) if len(text) <= MAX_CHARS else None
    if match is None:
        raise QuantityError("not_a_number")
    suffix, power = match["suffix"], match["power"]
    if unit in RATE_UNITS and not suffix:
        raise QuantityError("unit_needed")
    is_foreign = bool(suffix) and suffix not in _SUFFIXES[unit]
    is_money = "¥" in text
    if is_foreign or (is_money and unit is not Unit.YUAN) or (power and unit in RATE_UNITS):
        raise QuantityError("wrong_unit")
    digits = match["whole"].replace(",", "") + (match["decimals"] or "")
    value = Decimal(match["sign"] + digits) * _POWERS[power]
    if unit is Unit.PERCENT and suffix == "‰":
        return value / 10
    if unit is Unit.PERMILLE and suffix == "%":
        return value * 10
    return value
