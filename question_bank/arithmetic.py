"""Recompute the arithmetic that authors write beside an item."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from question_bank.expressions import parse

NEAR_FRACTION = 0.005
"""`~=` accepts half a percent: what rounding to the stated decimals can move."""

EXACT_FRACTION = 1e-9
"""`==` accepts only what printing a decimal can lose."""


def evaluate(text: str, values: Mapping[str, Fraction] | None = None) -> float:
    """Work out a formula of `question_bank.expressions`.

    Args:
        text: The formula.
        values: Of the names in it; a plain item has none.

    Raises:
        ExpressionError: If it cannot be read or worked out.
    """
    return float(parse(text).value(values or {}))


def holds(check: str, values: Mapping[str, Fraction] | None = None) -> bool:
    """Say whether `left == right` or `left ~= right` is true.

    Raises:
        ValueError: If the check has neither sign, or is no arithmetic.
    """
    for sign, slack in (("~=", NEAR_FRACTION), ("==", EXACT_FRACTION)):
        if sign in check:
            left, right = (evaluate(part, values) for part in check.split(sign, 1))
            floor = 1.0 if slack == EXACT_FRACTION else 0.0
            return abs(left - right) <= slack * max(floor, abs(right))
    raise ValueError(f"{check!r}: use == or ~=")
