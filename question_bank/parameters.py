"""Parametrised items: variables, formulas and named mistakes, and the draw of their values.

The values that a candidate sees are pinned in the ref of the item, `id@version#cost=66,price=159`,
so that an attempt needs nothing but its form to be shown and scored again. A draw is derived from
the form's secret seed by identity (seed, item, variable, try): it depends on no other item.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Self

from pydantic import Field, model_validator

from question_bank.errors import ParameterError
from question_bank.expressions import (
    FUNCTIONS,
    ExpressionError,
    Rounding,
    as_fraction,
    parse,
    parse_condition,
    rounded,
)
from question_bank.schema import Strict

VariableName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,23}$")]

TRIES = 400
"""Draws before the constraints are called impossible; the lint wants one in twenty to pass."""

MOST_STEPS = 10_000
"""Most values of one variable."""

Values = Mapping[str, Fraction]


class Variable(Strict):
    """A figure that is drawn.

    Attributes:
        least, most, step: Every `step` from `least` to `most`, both included.
        one_of: Or one of these.
    """

    least: Decimal | None = None
    most: Decimal | None = None
    step: Decimal | None = Field(default=None, gt=0)
    one_of: list[Decimal] = Field(default_factory=list, max_length=40)

    @model_validator(mode="after")
    def range_or_list(self) -> Self:
        bounds = (self.least, self.most, self.step)
        if self.one_of:
            if any(bound is not None for bound in bounds) or len(set(self.one_of)) < 2:
                raise ValueError("one_of: two or more different values, without a range")
            return self
        if self.least is None or self.most is None or self.step is None:
            raise ValueError("least, most and step, or one_of")
        if self.most <= self.least or (self.most - self.least) % self.step:
            raise ValueError("most lies a whole number of steps above least")
        if self.count > MOST_STEPS:
            raise ValueError(f"{self.count} values: at most {MOST_STEPS}")
        return self

    @property
    def count(self) -> int:
        """How many values it can take."""
        if self.one_of:
            return len(self.one_of)
        least, most, step = self._range
        return int((most - least) / step) + 1

    def value(self, place: int) -> Decimal:
        """Return the value at a place in [0, count)."""
        if self.one_of:
            return self.one_of[place]
        least, _, step = self._range
        return least + place * step

    def holds(self, value: Decimal) -> bool:
        """Say whether it can take a value."""
        if self.one_of:
            return value in self.one_of
        least, most, step = self._range
        return least <= value <= most and (value - least) % step == 0

    @property
    def _range(self) -> tuple[Decimal, Decimal, Decimal]:
        assert self.least is not None, "checked by the schema"
        assert self.most is not None, "checked by the schema"
        assert self.step is not None, "checked by the schema"
        return self.least, self.most, self.step


class MistakeFormula(Strict):
    """A wrong result that people reach, by formula, and what it shows."""

    result: str = Field(min_length=1)
    name: str = Field(min_length=2, max_length=60)


class Parametric(Strict):
    """What is drawn for an item and how key and wrong results follow from it.

    Attributes:
        variables: Drawn figures.
        derived: Formulas of further figures, by name; they may use one another.
        constraints: Conditions that every draw meets.
        key: Formula of the key.
        mistakes: Formulas of wrong results; the distractors of a choice item.
        unit: Behind the key and the options.
        decimals: Of the key and the options.
        rounding: How both are rounded.
        tolerance: Absolute, for numeric items.
        sensible: Least and most key that makes sense in the trade, inclusive.
        apart_fraction: Least distance of every wrong result from the key, relative to it, and
            of two wrong results from each other a third of that.
    """

    variables: dict[VariableName, Variable] = Field(min_length=1, max_length=8)
    derived: dict[VariableName, str] = Field(default_factory=dict, max_length=10)
    constraints: list[str] = Field(default_factory=list, max_length=10)
    key: str
    mistakes: list[MistakeFormula] = Field(min_length=1, max_length=5)
    unit: str = Field(default="", max_length=6)
    decimals: int = Field(ge=0, le=4)
    rounding: Rounding = "half_up"
    tolerance: Decimal = Field(default=Decimal(0), ge=0)
    sensible: tuple[Decimal, Decimal]
    apart_fraction: Decimal = Field(default=Decimal("0.05"), ge=Decimal("0.01"), le=1)

    @model_validator(mode="after")
    def formulas_can_be_read(self) -> Self:
        known = set(self.variables) | set(self.derived)
        if twice := set(self.variables) & set(self.derived):
            raise ValueError(f"{sorted(twice)}: drawn and derived")
        if taken := known & (FUNCTIONS | {"key"}):
            raise ValueError(f"{sorted(taken)}: names with a meaning of their own")
        try:
            needed = [parse(text).names for text in (*self.derived.values(), *self._results)]
            needed += [parse_condition(text).names for text in self.constraints]
        except ExpressionError as error:
            raise ValueError(str(error)) from error
        if unknown := set().union(*needed) - known:
            raise ValueError(f"formulas name {sorted(unknown)}, which nothing defines")
        self._order()
        if self.sensible[0] > self.sensible[1]:
            raise ValueError("sensible: least before most")
        return self

    @property
    def _results(self) -> tuple[str, ...]:
        return (self.key, *(mistake.result for mistake in self.mistakes))

    def _order(self) -> list[str]:
        """Return the derived names so that each follows what it needs."""
        out: list[str] = []
        waiting = dict(self.derived)
        while waiting:
            ready = [name for name, text in waiting.items() if not parse(text).names & set(waiting)]
            if not ready:
                raise ValueError(f"derived: {sorted(waiting)} need one another")
            out += ready
            for name in ready:
                del waiting[name]
        return out

    def worked_out(self, drawn: Mapping[str, Decimal]) -> WorkedOut:
        """Work out everything that follows from drawn values.

        Raises:
            ExpressionError: On a division by zero.
        """
        values: dict[str, Fraction] = {name: Fraction(drawn[name]) for name in self.variables}
        for name in self._order():
            values[name] = parse(self.derived[name]).value(values)
        key, *wrong = (
            rounded(parse(text).value(values), self.decimals, self.rounding)
            for text in self._results
        )
        return WorkedOut(values, key, tuple(wrong))

    def fault(self, worked: WorkedOut) -> str:
        """Return why a draw cannot be used; empty if it can."""
        for text in self.constraints:
            if not parse_condition(text).holds(worked.values):
                return f"{text} does not hold"
        least, most = self.sensible
        if not Fraction(least) <= worked.key <= Fraction(most):
            return f"the key {float(worked.key):g} is not sensible"
        gap = max(abs(worked.key) * Fraction(self.apart_fraction), Fraction(self.tolerance) * 2)
        if any(abs(one - worked.key) < gap or one == worked.key for one in worked.wrong):
            return "a wrong result lies too near to the key"
        if any(
            abs(one - other) < gap / 3 or one == other
            for place, one in enumerate(worked.wrong)
            for other in worked.wrong[:place]
        ):
            return "two wrong results lie too near to each other"
        if worked.key > 0 and any(one <= 0 for one in worked.wrong):
            return "a wrong result is not above zero"
        return ""

    def draws(self, seed: bytes, item_id: str) -> Iterator[dict[str, Decimal]]:
        """Yield values by identity, one try after the other, usable or not."""
        for attempt in range(TRIES):
            yield {
                name: variable.value(_place(seed, item_id, name, attempt, variable.count))
                for name, variable in sorted(self.variables.items())
            }

    def draw(self, seed: bytes, item_id: str) -> dict[str, Decimal]:
        """Return the first usable values for this seed.

        Args:
            seed: >= 16 secret bytes of the form.
            item_id: Whose values; other items draw others from the same seed.

        Raises:
            ParameterError: If no try meets the constraints.
        """
        for drawn in self.draws(seed, item_id):
            try:
                if not self.fault(self.worked_out(drawn)):
                    return drawn
            except ExpressionError:
                continue
        raise ParameterError(f"{item_id}: no values in {TRIES} tries meet the constraints")


@dataclass(frozen=True)
class WorkedOut:
    """What follows from drawn values.

    Attributes:
        values: Every variable and derived figure, exact.
        key: Rounded as the item says.
        wrong: Results of the mistakes, in their order, rounded alike.
    """

    values: dict[str, Fraction]
    key: Fraction
    wrong: tuple[Fraction, ...]


def _place(seed: bytes, item_id: str, name: str, attempt: int, count: int) -> int:
    identity = f"{item_id}/{name}/{attempt}".encode()
    block = hashlib.sha256(seed + b"/parameters/" + identity).digest()
    return int.from_bytes(block[:8], "big") % count


def pinned_text(values: Mapping[str, Decimal]) -> str:
    """Write values as they stand in a ref: `cost=66,price=159`."""
    return ",".join(f"{name}={_plain(value)}" for name, value in sorted(values.items()))


def pinned_values(text: str) -> dict[str, Decimal]:
    """Read the values of a ref.

    Raises:
        ParameterError: If the text is not of that form.
    """
    values: dict[str, Decimal] = {}
    for part in text.split(","):
        name, sign, number = part.partition("=")
        if not sign or not name or name in values:
            raise ParameterError(f"{text!r}: name=number, separated by commas")
        try:
            as_fraction(number)
        except ExpressionError as error:
            raise ParameterError(f"{text!r}: {error}") from error
        values[name] = Decimal(number)
    return values


def _plain(value: Decimal) -> str:
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
