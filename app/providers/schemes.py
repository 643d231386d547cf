"""The five-force scheme: what is measured, how it becomes points, what certified operators add.

A scheme is content: published under `id@version`, never changed afterwards, and named by every
score that rests on it. Two yardsticks stand side by side, as the sources have it: the forces'
modules, one indicator each, up to 100 points together, and the certified-operator component,
capped, on top.

Points have two decimals and indicators at most four, so that all arithmetic on them is done in
integers: hundredths of a point and ten-thousandths of an indicator's unit. Nothing is ever a
binary fraction, and what a page adds up is what the total says.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise
from typing import Annotated, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    Strict,
    model_validator,
)

from app.providers.errors import NoSchemeError, ReadingError
from certificates.levels import Level

VALUE_SCALE = 10_000
"""An indicator is kept as an integer: its value times this."""

MAX_VALUE = 1_000_000_000
"""Largest size of an indicator, in its unit; far below where 64-bit scoring would overflow."""

FULL_SCORE = Decimal("100.00")
"""A module's or a force's highest score; the modules' weights add up to it too."""

ID_PATTERN = r"^[a-z][a-z0-9]*([-_][a-z0-9]+)*$"
"""Kebab case; forces use the codes of the item bank's topics, which have underscores."""


class Unit(StrEnum):
    """What an indicator's value counts; `0.314` of something is 31.4 in `PERCENT`."""

    PERCENT = "percent"
    PERMILLE = "permille"
    RATIO = "ratio"
    YUAN = "yuan"
    COUNT = "count"


class Direction(StrEnum):
    """Which way an indicator gets better."""

    UP = "up"
    DOWN = "down"


def to_e4(value: Decimal) -> int:
    """Return an indicator's value in ten-thousandths of its unit, exactly.

    Raises:
        ReadingError: If it is not finite, larger than `MAX_VALUE`, or has more than four decimals.
    """
    if not value.is_finite() or abs(value) > MAX_VALUE:
        raise ReadingError(f"{value} is no number of at most {MAX_VALUE}")
    scaled = int(value.scaleb(4))
    # Compared without rounding: a value of thirty digits loses some in `scaleb`.
    if Decimal(scaled).scaleb(-4) != value:
        raise ReadingError(f"{value} has more than four decimals")
    return scaled


def from_e4(value_e4: int) -> Decimal:
    """Return the value of so many ten-thousandths, without trailing zeros."""
    value = Decimal(value_e4).scaleb(-4)
    return value.quantize(Decimal(1)) if value_e4 % VALUE_SCALE == 0 else value.normalize()


def to_hundredths(points: Decimal) -> int:
    """Return points as an integer of hundredths; they have two decimals at most."""
    return int(points.scaleb(2))


def from_hundredths(points_e2: int) -> Decimal:
    """Return so many hundredths as points with two decimals."""
    return Decimal(points_e2).scaleb(-2)


def _exact(value: object) -> object:
    """Let only exact numbers in: a float has lost its last digit before it arrives here."""
    if isinstance(value, bool | float):
        raise ValueError("an exact decimal number is expected")  # noqa: TRY004 - pydantic's way
    return value


def _indicator_value(value: Decimal) -> Decimal:
    try:
        to_e4(value)
    except ReadingError as error:
        raise ValueError(str(error)) from error
    return value


def _points(value: Decimal) -> Decimal:
    rounded = value.quantize(Decimal("0.01"))
    if rounded != value:
        raise ValueError("points have at most two decimals")
    return rounded


ExactValue = Annotated[Decimal, BeforeValidator(_exact), AfterValidator(_indicator_value)]
"""An indicator's value in its unit: at most four decimals, at most `MAX_VALUE`."""

Points = Annotated[Decimal, Field(ge=0, le=1000), BeforeValidator(_exact), AfterValidator(_points)]
"""Points of the score, two decimals."""

Text = Annotated[str, Field(min_length=1, max_length=400)]
ContentId = Annotated[str, Field(pattern=ID_PATTERN, max_length=40)]
WholeNumber = Annotated[int, Strict()]


class _Content(BaseModel):
    model_config = ConfigDict(
        defer_build=True, extra="forbid", frozen=True, str_strip_whitespace=True
    )


class Module(_Content):
    """One module (模块) and its only indicator.

    Attributes:
        name: Chinese name; `name_en` the English one, likewise below.
        indicator: What is measured, in a few words.
        formula: How it is computed, in words that a provider can check.
        unit: Unit of the value, `floor`, `full`, `least` and `most`.
        direction: Which way is better; it must agree with `floor` and `full`.
        floor: The value that scores 0.
        full: The value that scores 100; between the two the score is linear.
        least: Smallest value that can be true; an import refuses what is beyond.
        most: Largest value that can be true.
        decimals: How finely the value is reported, 0 to 4.
        window_months: How many natural months the figure of a month covers, that month included.
            The figure is reported for the whole window; months are never averaged here, since a
            mean of ratios is not the ratio of the sums.
        weight: Share of the total, in points of 100.
        csv_column: Its header in the import file.
        source: Where the definition and the two ends come from.
    """

    id: ContentId
    name: Text
    name_en: Text
    indicator: Text
    indicator_en: Text
    formula: Text
    formula_en: Text
    unit: Unit
    direction: Direction
    floor: ExactValue
    full: ExactValue
    least: ExactValue
    most: ExactValue
    decimals: WholeNumber = Field(ge=0, le=4)
    window_months: WholeNumber = Field(ge=1, le=24)
    weight: Points = Field(gt=0, le=100)
    csv_column: Text
    source: Text

    @model_validator(mode="after")
    def _ends_fit(self) -> Self:
        if self.floor == self.full:
            raise ValueError("floor and full are equal")
        if (self.floor < self.full) != (self.direction is Direction.UP):
            raise ValueError(f"direction {self.direction} contradicts floor and full")
        if not self.least <= min(self.floor, self.full) < max(self.floor, self.full) <= self.most:
            raise ValueError("floor and full must lie between least and most")
        for field in ("floor", "full", "least", "most"):
            if to_e4(getattr(self, field)) % self.step_e4:
                raise ValueError(f"{field} has more than {self.decimals} decimals")
        return self

    @property
    def step_e4(self) -> int:
        """The smallest difference of two reported values, in ten-thousandths."""
        return int(10 ** (4 - self.decimals))

    @property
    def span_e4(self) -> int:
        """The distance from floor to full, in ten-thousandths, > 0."""
        return abs(to_e4(self.full) - to_e4(self.floor))

    @property
    def sign(self) -> int:
        """1 if more is better, -1 if less is."""
        return 1 if self.direction is Direction.UP else -1


class Force(_Content):
    """One of the five forces (五力) with its modules.

    Attributes:
        weight: Share of the total, in points of 100: the sum of its modules' weights.
    """

    id: ContentId
    name: Text
    name_en: Text
    weight: Points
    modules: tuple[Module, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _weights_add_up(self) -> Self:
        total = sum(module.weight for module in self.modules)
        if total != self.weight:
            raise ValueError(f"the modules' weights add up to {total}, not to {self.weight}")
        return self


class LevelAward(_Content):
    """What one operator with a valid certificate of a level adds, in points."""

    level: Level
    points: Points = Field(gt=0)


class CertifiedComponent(_Content):
    """The second yardstick: points for certified operators, capped.

    Attributes:
        levels: Points by level, lowest level first, every level once, strictly rising.
        cap: Most points that the component can add.
    """

    name: Text
    name_en: Text
    levels: tuple[LevelAward, ...]
    cap: Points

    @model_validator(mode="after")
    def _levels_rise(self) -> Self:
        if tuple(award.level for award in self.levels) != tuple(Level):
            raise ValueError(f"levels must be exactly {', '.join(Level)}, in this order")
        if any(low.points >= high.points for low, high in pairwise(self.levels)):
            raise ValueError("a higher level must add more points")
        return self


class Rating(_Content):
    """A rating (评级) and the least total that earns it; equality earns it."""

    code: Annotated[str, Field(pattern=r"^[A-Z][+-]?$")]
    at_least: Points


class Scheme(_Content):
    """A version of the five-force scheme.

    Attributes:
        effective_on: First day of the first month that is scored by it.
        ratings: Best first; the last one begins at 0.
    """

    id: ContentId
    version: WholeNumber = Field(ge=1, le=999_999)
    title: Text
    title_en: Text
    effective_on: date
    source: Text
    forces: tuple[Force, ...] = Field(min_length=1)
    certified: CertifiedComponent
    ratings: tuple[Rating, ...] = Field(min_length=1)

    @property
    def ref(self) -> str:
        """The pinned version, `id@version`."""
        return f"{self.id}@{self.version}"

    @property
    def modules(self) -> tuple[Module, ...]:
        """Every module, in order of the forces: the column order of files and arrays."""
        return tuple(module for force in self.forces for module in force.modules)

    def module(self, module_id: str) -> Module:
        """Return a module by its id.

        Raises:
            ReadingError: If the scheme has none of this id.
        """
        for module in self.modules:
            if module.id == module_id:
                return module
        raise ReadingError(f"{self.ref} has no module {module_id!r}")

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        problems = [
            *_repeated("force id", (force.id for force in self.forces)),
            *_repeated("module id", (module.id for module in self.modules)),
            *_repeated("csv_column", (module.csv_column for module in self.modules)),
            *_repeated("rating", (rating.code for rating in self.ratings)),
        ]
        weight = sum(force.weight for force in self.forces)
        if weight != FULL_SCORE:
            problems.append(f"the forces' weights add up to {weight}, not to {FULL_SCORE}")
        if any(high.at_least <= low.at_least for high, low in pairwise(self.ratings)):
            problems.append("ratings must fall strictly, the best first")
        if self.ratings[-1].at_least != 0:
            problems.append("the last rating must begin at 0")
        if self.effective_on.day != 1:
            problems.append("effective_on must be the first day of a month")
        if problems:
            raise ValueError("; ".join(problems))
        return self


def _repeated(what: str, names: Iterable[str]) -> Iterable[str]:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            yield f"{what} {name!r} occurs twice"
        seen.add(name)


def scheme_for_month(schemes: Iterable[Scheme], month: date) -> Scheme:
    """Return the scheme that scores a month: the latest one in effect, in its newest version.

    Args:
        schemes: Published versions.
        month: The first day of the month.

    Raises:
        NoSchemeError: If none was in effect yet.
    """
    in_effect = [scheme for scheme in schemes if scheme.effective_on <= month]
    if not in_effect:
        raise NoSchemeError(f"no scheme is in effect in {month:%Y-%m}")
    return max(in_effect, key=lambda scheme: (scheme.effective_on, scheme.version))
