"""The grammar of formulas in content: read by an own parser, worked out exactly, never by `eval`.

    condition  = sum ("<=" | ">=" | "<" | ">" | "==" | "!=") sum
    sum        = product (("+" | "-") product)*
    product    = factor (("*" | "/") factor)*
    factor     = ("+" | "-") factor | number | name | call | "(" sum ")"
    call       = "min(" sum, sum… ")" | "max(" sum, sum… ")" | "percent(" sum ")"
               | "round(" sum [, digits] ")" | "round_up(…)" | "round_down(…)"

Numbers are fractions: `1/3*3 == 1` holds, and a result is the same on every machine. There is
no power, no loop and no way to a name that the author did not declare; length and depth are
bounded, so the worst text costs microseconds (threat T22 of the security rules).
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Literal

from question_bank.errors import BankError

MAX_CHARS = 200
MAX_DEPTH = 24
MAX_DIGITS = 15
"""Longest number, in digits; more is no figure of this trade."""

MAX_DECIMALS = 6
"""Most decimals that a rounding may ask for."""

Rounding = Literal["half_up", "up", "down"]
"""`half_up` rounds a half away from zero, `up` towards +∞, `down` towards −∞."""

TOKEN = re.compile(r"\s*(?:(\d+(?:\.\d+)?)|([a-z][a-z0-9_]*)|(<=|>=|==|!=|[-+*/(),<>]))")

_BINARY: dict[str, Callable[[Fraction, Fraction], Fraction]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
}

_COMPARE: dict[str, Callable[[Fraction, Fraction], bool]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
    "==": operator.eq,
    "!=": operator.ne,
}

_ARGUMENTS = {
    "min": (2, 8),
    "max": (2, 8),
    "percent": (1, 1),
    "round": (1, 2),
    "round_up": (1, 2),
    "round_down": (1, 2),
}
"""Least and most arguments of each function."""

FUNCTIONS = frozenset(_ARGUMENTS)
"""Names that no variable may have."""


class ExpressionError(BankError, ValueError):
    """Raised when a formula cannot be read, names something unknown, or divides by zero."""


@dataclass(frozen=True)
class Node:
    """One step of a formula.

    Attributes:
        kind: `number`, `name`, an operator's sign, `negative`, or a function's name.
        value: Of a number.
        name: Of a name.
        parts: What the step works on.
    """

    kind: str
    value: Fraction = Fraction(0)
    name: str = ""
    parts: tuple[Node, ...] = ()


@dataclass(frozen=True)
class Expression:
    """A formula that was read.

    Attributes:
        text: As the author wrote it.
        names: What it needs.
        root: Its last step.
    """

    text: str
    names: frozenset[str]
    root: Node

    def value(self, values: Mapping[str, Fraction]) -> Fraction:
        """Work the formula out.

        Args:
            values: At least a value for each of `names`.

        Raises:
            ExpressionError: On a division by zero, or a name without a value.
        """
        try:
            return _value(self.root, values)
        except ZeroDivisionError:
            raise ExpressionError(f"{self.text!r}: division by zero") from None
        except KeyError as error:
            raise ExpressionError(f"{self.text!r}: no value for {error.args[0]!r}") from None


@dataclass(frozen=True)
class Condition:
    """Two formulas and the sign between them."""

    text: str
    sign: str
    left: Expression
    right: Expression

    @property
    def names(self) -> frozenset[str]:
        return self.left.names | self.right.names

    def holds(self, values: Mapping[str, Fraction]) -> bool:
        return _COMPARE[self.sign](self.left.value(values), self.right.value(values))


def _value(node: Node, values: Mapping[str, Fraction]) -> Fraction:
    if node.kind == "number":
        return node.value
    if node.kind == "name":
        return values[node.name]
    parts = [_value(part, values) for part in node.parts]
    if node.kind in _BINARY:
        return _BINARY[node.kind](parts[0], parts[1])
    if node.kind == "negative":
        return -parts[0]
    if node.kind == "min":
        return min(parts)
    if node.kind == "max":
        return max(parts)
    if node.kind == "percent":
        return parts[0] / 100
    decimals = parts[1] if len(parts) > 1 else Fraction(0)
    if decimals.denominator != 1 or not 0 <= decimals <= MAX_DECIMALS:
        raise ExpressionError(f"rounding to {decimals} digits: 0 to {MAX_DECIMALS} expected")
    modes: dict[str, Rounding] = {"round": "half_up", "round_up": "up", "round_down": "down"}
    return rounded(parts[0], int(decimals), modes[node.kind])


def rounded(value: Fraction, decimals: int, mode: Rounding = "half_up") -> Fraction:
    """Round to a number of decimals, exactly.

    Args:
        value: What to round.
        decimals: Digits behind the point, >= 0.
        mode: See `Rounding`.
    """
    scaled = value * 10**decimals
    if mode == "up":
        whole = -((-scaled.numerator) // scaled.denominator)
    elif mode == "down":
        whole = scaled.numerator // scaled.denominator
    else:
        size = abs(scaled) + Fraction(1, 2)
        whole = size.numerator // size.denominator * (1 if scaled >= 0 else -1)
    return Fraction(whole, 10**decimals)


def as_fraction(number: Decimal | int | str) -> Fraction:
    """Return a decimal number exactly.

    Raises:
        ExpressionError: If a text is no plain decimal number.
    """
    if isinstance(number, str) and not re.fullmatch(r"-?\d{1,15}(\.\d{1,8})?", number):
        raise ExpressionError(f"{number!r} is no decimal number")
    return Fraction(number)


class _Reader:
    """Reads one text from left to right."""

    def __init__(self, text: str) -> None:
        if len(text) > MAX_CHARS:
            raise ExpressionError(f"{text[:40]!r}…: longer than {MAX_CHARS} characters")
        self.text = text
        self.tokens = self._tokens(text)
        self.at = 0
        self.names: set[str] = set()

    def _tokens(self, text: str) -> list[str]:
        tokens: list[str] = []
        end = len(text.rstrip())
        place = 0
        while place < end:
            matched = TOKEN.match(text, place)
            if matched is None:
                raise ExpressionError(f"{text!r}: not understood from {text[place : place + 12]!r}")
            token = matched[1] or matched[2] or matched[3]
            if len(token) > MAX_DIGITS and token[0].isdigit():
                raise ExpressionError(f"{text!r}: more than {MAX_DIGITS} digits")
            tokens.append(token)
            place = matched.end()
        return tokens

    def peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self, wanted: str = "") -> str:
        token = self.peek()
        if not token or (wanted and token != wanted):
            found = f"{token!r}" if token else "the end"
            raise ExpressionError(f"{self.text!r}: {wanted or 'a value'} expected, not {found}")
        self.at += 1
        return token

    def sum(self, depth: int = 0) -> Node:
        if depth > MAX_DEPTH:
            raise ExpressionError(f"{self.text!r}: nested deeper than {MAX_DEPTH}")
        node = self.product(depth)
        while self.peek() in {"+", "-"}:
            sign = self.take()
            node = Node(sign, parts=(node, self.product(depth)))
        return node

    def product(self, depth: int) -> Node:
        node = self.factor(depth)
        while self.peek() in {"*", "/"}:
            sign = self.take()
            node = Node(sign, parts=(node, self.factor(depth)))
        return node

    def factor(self, depth: int) -> Node:
        if depth > MAX_DEPTH:
            raise ExpressionError(f"{self.text!r}: nested deeper than {MAX_DEPTH}")
        word = self.take()
        if word == "-":
            return Node("negative", parts=(self.factor(depth + 1),))
        if word == "+":
            return self.factor(depth + 1)
        if word == "(":
            node = self.sum(depth + 1)
            self.take(")")
            return node
        if word[0].isdigit():
            return Node("number", value=Fraction(word))
        if word in _ARGUMENTS:
            return self.call(word, depth)
        if word[0].isalpha():
            self.names.add(word)
            return Node("name", name=word)
        raise ExpressionError(f"{self.text!r}: a value expected, not {word!r}")

    def call(self, name: str, depth: int) -> Node:
        self.take("(")
        parts = [self.sum(depth + 1)]
        while self.peek() == ",":
            self.take()
            parts.append(self.sum(depth + 1))
        self.take(")")
        least, most = _ARGUMENTS[name]
        if not least <= len(parts) <= most:
            raise ExpressionError(f"{self.text!r}: {name} takes {least} to {most} values")
        return Node(name, parts=tuple(parts))

    def end(self) -> None:
        if self.peek():
            raise ExpressionError(f"{self.text!r}: not understood from {self.peek()!r}")


@lru_cache(maxsize=4096)
def parse(text: str) -> Expression:
    """Read a formula.

    Raises:
        ExpressionError: Saying where it is not understood.
    """
    reader = _Reader(text)
    root = reader.sum()
    reader.end()
    return Expression(text, frozenset(reader.names), root)


@lru_cache(maxsize=4096)
def parse_condition(text: str) -> Condition:
    """Read a condition such as `price > 2 * cost`.

    Raises:
        ExpressionError: If it is no comparison of two formulas.
    """
    reader = _Reader(text)
    left = reader.sum()
    left_names = frozenset(reader.names)
    sign = reader.take()
    if sign not in _COMPARE:
        raise ExpressionError(f"{text!r}: one of {' '.join(_COMPARE)} expected, not {sign!r}")
    reader.names = set()
    right = reader.sum()
    reader.end()
    return Condition(
        text,
        sign,
        Expression(text, left_names, left),
        Expression(text, frozenset(reader.names), right),
    )
