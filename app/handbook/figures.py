"""Figures of chapters: stated numbers, a chapter's own formula, or a session of the engine.

What stands in the file for an engine's figure is what the engine gave; a check plays the session
again and compares (`app.handbook.sessions`). A formula's figure is worked out when it is shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from app.handbook.examples import Example, Number, value_of

Measure = Literal["product_share", "one_pitch", "cumulative_share", "online"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Series(_Strict):
    name: str = Field(min_length=1, max_length=16)
    values: tuple[float, ...] = Field(strict=False, min_length=2, max_length=24)


class ByFormula(_Strict):
    """One of the example's figures takes these values; the step is what is drawn."""

    vary: str
    values: tuple[Number, ...] = Field(strict=False, min_length=2, max_length=12)
    step: str


class ByEngine(_Strict):
    """A session of a shipped practice scenario."""

    scenario: str
    policy: Literal["house", "novice", "competent"]
    seed: int = Field(ge=0, le=10_000)
    measure: Measure


class Figure(_Strict):
    """A drawing; `text` says its message, for whoever does not see it."""

    section: str
    kind: Literal["bars", "lines"]
    title: str = Field(min_length=4, max_length=40)
    text: Annotated[str, StringConstraints(min_length=10, max_length=160)]
    unit: str = Field(max_length=6)
    labels: tuple[str, ...] = Field(strict=False, max_length=24)
    series: tuple[Series, ...] = Field((), strict=False, max_length=3)
    origin: Literal["stated", "formula", "engine"]
    formula: ByFormula | None = None
    engine: ByEngine | None = None

    @model_validator(mode="after")
    def data_fits_origin(self) -> Self:
        if (self.formula is not None) != (self.origin == "formula"):
            raise ValueError("formula stands where, and only where, origin is formula")
        if (self.engine is not None) != (self.origin == "engine"):
            raise ValueError("engine stands where, and only where, origin is engine")
        count = len(self.formula.values) if self.formula else len(self.labels)
        if len(self.labels) != count or count < 2:
            raise ValueError(f"{len(self.labels)} labels for {count} values")
        if self.origin == "formula":
            if self.series:
                raise ValueError("a formula's figure has no series of its own")
            return self
        if not self.series or any(len(one.values) != count for one in self.series):
            raise ValueError("every series has one value for each label")
        return self


@dataclass(frozen=True)
class Drawn:
    """A figure's numbers, ready to draw: each series has one value for each label."""

    labels: tuple[str, ...]
    series: tuple[tuple[str, tuple[float, ...]], ...]


def drawn(figure: Figure, example: Example | None) -> Drawn:
    """Return what a figure shows.

    Args:
        figure: The figure.
        example: Of its chapter; a formula's figure needs it.

    Raises:
        ValueError: If its formula names a figure or step that the example has not, or divides by
            zero.
    """
    if figure.formula is None:
        return Drawn(figure.labels, tuple((one.name, one.values) for one in figure.series))
    rule = figure.formula
    if example is None or rule.vary not in {one.name for one in example.inputs}:
        raise ValueError(f"figure: the example has no figure {rule.vary!r}")
    label = {one.name: one.label for one in example.steps}.get(rule.step)
    if label is None:
        raise ValueError(f"figure: the example has no step {rule.step!r}")
    values = []
    for value in rule.values:
        found = value_of(example, rule.step, {rule.vary: value})
        if found is None:
            raise ValueError(f"figure: {rule.step} divides by zero at {value}")
        values.append(round(float(found), 2))
    return Drawn(figure.labels, ((label, tuple(values)),))
