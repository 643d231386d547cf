"""Worked examples that a reader changes: figures in, each step worked out exactly.

A step is a formula in the grammar of the question bank and is worked out by the bank's own code:
what the chapter says, an item asks and the page computes is one calculation.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from question_bank.expressions import ExpressionError, as_fraction, parse, rounded

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,19}$")]
Label = Annotated[str, StringConstraints(min_length=1, max_length=24)]
Number = Annotated[str, StringConstraints(pattern=r"^-?\d{1,12}(\.\d{1,4})?$")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Given(_Strict):
    """A figure that the reader may change; `value` is the chapter's own, all as written."""

    name: Name
    label: Label
    unit: str = Field(max_length=8)
    value: Number
    least: Number
    most: Number

    @model_validator(mode="after")
    def value_is_in_range(self) -> Self:
        if not as_fraction(self.least) <= as_fraction(self.value) <= as_fraction(self.most):
            raise ValueError(f"{self.name}: {self.value} is not in {self.least} to {self.most}")
        return self


class Step(_Strict):
    """One line of the calculation; its formula may use the figures and every step before it."""

    name: Name
    label: Label
    unit: str = Field(max_length=8)
    formula: str = Field(min_length=1, max_length=200)
    decimals: int = Field(ge=0, le=4)


class Example(_Strict):
    """A calculation of a chapter.

    Attributes:
        section: Under which section it stands.
        title: What it answers.
        inputs: What the reader may change.
        steps: What is worked out, in this order.
        reading: How to read the result, or what to change first.
    """

    section: str
    title: Label
    inputs: tuple[Given, ...] = Field(strict=False, min_length=1, max_length=8)
    steps: tuple[Step, ...] = Field(strict=False, min_length=1, max_length=8)
    reading: str = Field(min_length=8, max_length=160)

    @model_validator(mode="after")
    def steps_can_be_worked_out(self) -> Self:
        known = [one.name for one in self.inputs]
        for step in self.steps:
            try:
                missing = parse(step.formula).names - set(known)
            except ExpressionError as error:
                raise ValueError(f"{step.name}: {error}") from error
            if missing:
                raise ValueError(f"{step.name}: {sorted(missing)} stand nowhere before it")
            known.append(step.name)
        if len(known) != len(set(known)):
            raise ValueError(f"{self.title}: a name stands twice in {known}")
        if problem := next((one for one in work_out(self, {}).lines if one.value is None), None):
            raise ValueError(f"{problem.step.name}: divides by zero with the chapter's figures")
        return self


@dataclass(frozen=True)
class Entry:
    """A figure as the page shows it.

    Attributes:
        given: What is asked.
        text: What was typed, or the chapter's own value.
        problem: Empty, `not_a_number` or `out_of_range`.
    """

    given: Given
    text: str
    problem: str = ""


@dataclass(frozen=True)
class Line:
    """A worked-out step; `value` is None where it would divide by zero."""

    step: Step
    value: Fraction | None

    @property
    def text(self) -> str:
        """Return the value with the step's decimals and groups of three digits."""
        if self.value is None:
            return "—"
        return decimal_text(self.value, self.step.decimals)


@dataclass(frozen=True)
class Worked:
    """An example with a reader's figures; `lines` are those of the last usable figures."""

    entries: tuple[Entry, ...]
    lines: tuple[Line, ...]

    @property
    def has_problems(self) -> bool:
        return any(one.problem for one in self.entries)


def work_out(example: Example, typed: Mapping[str, str]) -> Worked:
    """Work an example out with a reader's figures.

    Args:
        example: The calculation.
        typed: What the reader typed, by name; what is left out keeps the chapter's value. Text
            that is no number or out of range is told and the chapter's value used in its place.
    """
    entries = tuple(_entry(one, typed.get(one.name)) for one in example.inputs)
    values = {
        one.given.name: as_fraction(one.given.value if one.problem else one.text) for one in entries
    }
    return Worked(entries, tuple(_lines(example, values)))


def value_of(example: Example, step: str, changes: Mapping[str, str]) -> Fraction | None:
    """Return one step's value with some of the chapter's figures changed; None on zero division.

    Raises:
        KeyError: If the example has no such step.
    """
    lines = work_out(example, changes).lines
    return {one.step.name: one.value for one in lines}[step]


def decimal_text(value: Fraction, decimals: int) -> str:
    """Return a number as people write it: rounded half up, with commas and a minus sign."""
    shown = rounded(value, decimals)
    whole = abs(shown.numerator) * 10**decimals // shown.denominator
    digits = f"{whole // 10**decimals:,}"
    tail = f".{whole % 10**decimals:0{decimals}d}" if decimals else ""
    return f"{'−' if shown < 0 else ''}{digits}{tail}"


def _entry(given: Given, typed: str | None) -> Entry:
    if typed is None:
        return Entry(given, given.value)
    text = typed.strip().replace(",", "").replace("，", "")[:24]
    try:
        value = as_fraction(text)
    except ExpressionError:
        return Entry(given, typed[:24], "not_a_number")
    if not as_fraction(given.least) <= value <= as_fraction(given.most):
        return Entry(given, text, "out_of_range")
    return Entry(given, text)


def _lines(example: Example, values: dict[str, Fraction]) -> Iterator[Line]:
    known = dict(values)
    for step in example.steps:
        formula = parse(step.formula)
        value = None
        if formula.names <= set(known):
            try:
                value = formula.value(known)
            except ExpressionError:
                value = None
        if value is not None:
            known[step.name] = value
        yield Line(step, value)
