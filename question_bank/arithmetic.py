"""Recompute the arithmetic that authors write beside an item."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable

NEAR_FRACTION = 0.005
"""`~=` accepts half a percent: what rounding to the stated decimals can move."""

MAX_CHARS = 200

_OPERATORS: dict[type[ast.AST], Callable[..., float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.USub: operator.neg,
}


def evaluate(text: str) -> float:
    """Work out numbers, `+ - * /` and brackets; nothing else.

    Raises:
        ValueError: If there is anything else in it, or a division by zero.
    """
    if len(text) > MAX_CHARS:
        raise ValueError("expression too long")
    try:
        return _value(ast.parse(text.strip(), mode="eval").body)
    except (SyntaxError, ZeroDivisionError, RecursionError) as error:
        raise ValueError(f"{text!r}: {error}") from error


def _value(node: ast.expr) -> float:
    if isinstance(node, ast.Constant) and type(node.value) in {int, float}:
        return float(node.value)  # type: ignore[arg-type]
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
        return _OPERATORS[type(node.op)](_value(node.left), _value(node.right))
    if isinstance(node, ast.UnaryOp) and type(node.op) in _OPERATORS:
        return _OPERATORS[type(node.op)](_value(node.operand))
    raise ValueError(f"{ast.dump(node)} is not plain arithmetic")


def holds(check: str) -> bool:
    """Say whether `left == right` or `left ~= right` is true.

    Raises:
        ValueError: If the check has neither sign, or is no arithmetic.
    """
    for sign, slack in (("~=", NEAR_FRACTION), ("==", 1e-9)):
        if sign in check:
            left, right = (evaluate(part) for part in check.split(sign, 1))
            return abs(left - right) <= slack * max(1.0 if slack < 1e-6 else 0.0, abs(right))
    raise ValueError(f"{check!r}: use == or ~=")
