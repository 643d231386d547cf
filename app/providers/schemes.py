"""The five-force scheme: what is measured, how it becomes points, what certified operators add.

A scheme is content: published under `id@version`, never changed afterwards, and named by every
score that rests on it. Two yardsticks stand side by side, as the sources have it: the forces'
modules, one indicator each, up to 100 points together, and the certified-operator component,
capped, on top. The matrix of tiers and fields, and the red lines, belong to the same version.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from enum import StrEnum
from itertools import pairwise
from typing import Annotated, Self

from pydantic import Field, model_validator

from app.providers.errors import NoSchemeError, ReadingError
from app.providers.exact import (
    FULL_SCORE,
    ID_PATTERN,
    MAX_VALUE,
    VALUE_SCALE,
    Content,
    ContentId,
    ExactValue,
    Points,
    Text,
    WholeNumber,
    from_e4,
    from_hundredths,
    to_e4,
    to_hundredths,
)
from app.providers.matrix import Cell, RedLine
from certificates.levels import Level

__all__ = [
    "FULL_SCORE",
    "ID_PATTERN",
    "MAX_VALUE",
    "VALUE_SCALE",
    "Band",
    "CertifiedComponent",
    "Coverage",
    "Direction",
    "Figure",
    "Force",
    "LevelAward",
    "Module",
    "Rating",
    "Scheme",
    "Unit",
    "from_e4",
    "from_hundredths",
    "scheme_for_month",
    "to_e4",
    "to_hundredths",
]


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


class Module(Content):
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


class Figure(Content):
    """Something that is reported and scores nothing by itself: served merchants, monthly GMV.

    Attributes:
        name: Chinese name; `name_en` the English one, likewise below.
        formula: How it is counted, in words that a provider can check.
        unit: Unit of the value, `least` and `most`.
        least: Smallest value that can be true; an import refuses what is beyond.
        most: Largest value that can be true.
        decimals: How finely the value is reported, 0 to 4.
        csv_column: Its header in the import file.
        source: Where the definition comes from.
    """

    id: ContentId
    name: Text
    name_en: Text
    formula: Text
    formula_en: Text
    unit: Unit
    least: ExactValue
    most: ExactValue
    decimals: WholeNumber = Field(ge=0, le=4)
    csv_column: Text
    source: Text

    @model_validator(mode="after")
    def _limits_fit(self) -> Self:
        if self.least >= self.most:
            raise ValueError("least must be below most")
        return self

    @property
    def step_e4(self) -> int:
        """The smallest difference of two reported values, in ten-thousandths."""
        return int(10 ** (4 - self.decimals))


class Force(Content):
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


class LevelAward(Content):
    """What one operator with a valid certificate of a level adds.

    Attributes:
        points: Points of the component.
        equivalents: 当量: how many 初级 operators one of the level stands for, where operators
            are set against the merchants that they serve.
    """

    level: Level
    points: Points = Field(gt=0)
    equivalents: WholeNumber = Field(default=1, ge=1, le=100)


class Band(Content):
    """From `above` points of the levels' sum on, a point counts `fraction` of itself.

    Attributes:
        above: Where the band begins; the first band begins where full counting ends.
        fraction: 0 to below 1, two decimals.
    """

    above: Points = Field(gt=0)
    fraction: Points = Field(ge=0, lt=1)


class Coverage(Content):
    """How the component depends on the merchants that a provider serves.

    Equivalents for each ten served merchants, from none to `full_per_ten`, take the component
    from `least_fraction` of itself to all of it. A provider that serves nobody, or whose number
    is not reported, gets `least_fraction`: a missing figure never pays.

    Attributes:
        figure: The figure that counts served merchants.
        full_per_ten: Equivalents for each ten merchants from which on all of it counts.
        least_fraction: 0 to 1, two decimals.
    """

    figure: ContentId
    full_per_ten: ExactValue = Field(gt=0, le=1000)
    least_fraction: Points = Field(ge=0, le=1)


class CertifiedComponent(Content):
    """The second yardstick: points for certified operators, capped.

    Attributes:
        levels: Points by level, lowest level first, every level once, strictly rising.
        diminishing: Bands of diminishing returns; none counts every point in full.
        coverage: The dependence on served merchants, if there is one.
        cap: Most points that the component can add.
    """

    name: Text
    name_en: Text
    levels: tuple[LevelAward, ...]
    diminishing: tuple[Band, ...] = ()
    coverage: Coverage | None = None
    cap: Points

    @model_validator(mode="after")
    def _levels_rise(self) -> Self:
        if tuple(award.level for award in self.levels) != tuple(Level):
            raise ValueError(f"levels must be exactly {', '.join(Level)}, in this order")
        if any(low.points >= high.points for low, high in pairwise(self.levels)):
            raise ValueError("a higher level must add more points")
        if any(low.equivalents > high.equivalents for low, high in pairwise(self.levels)):
            raise ValueError("a higher level cannot be fewer equivalents")
        if any(low.above >= high.above for low, high in pairwise(self.diminishing)):
            raise ValueError("bands must rise")
        if any(low.fraction <= high.fraction for low, high in pairwise(self.diminishing)):
            raise ValueError("a later band must count for less")
        return self


class Rating(Content):
    """A rating (评级) and the least total that earns it; equality earns it."""

    code: Annotated[str, Field(pattern=r"^[A-Z][+-]?$")]
    at_least: Points


class Scheme(Content):
    """A version of the five-force scheme.

    Attributes:
        effective_on: First day of the first month that is scored by it.
        ratings: Best first; the last one begins at 0.
        figures: What is reported beside the modules' indicators.
        scale: The figure that says how large a provider is (综合规模), if one does.
        matrix: Tiers x fields with their minimums, in any order; empty for a scheme without.
        red_lines: What freezes the rating.
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
    figures: tuple[Figure, ...] = ()
    scale: ContentId | None = None
    matrix: tuple[Cell, ...] = ()
    red_lines: tuple[RedLine, ...] = ()

    @property
    def ref(self) -> str:
        """The pinned version, `id@version`."""
        return f"{self.id}@{self.version}"

    @property
    def modules(self) -> tuple[Module, ...]:
        """Every module, in order of the forces."""
        return tuple(module for force in self.forces for module in force.modules)

    @property
    def columns(self) -> tuple[Module | Figure, ...]:
        """Everything that is reported: the column order of files and arrays, modules first."""
        return (*self.modules, *self.figures)

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
            *_repeated("figure id", (figure.id for figure in self.figures)),
            *_repeated("csv_column", (column.csv_column for column in self.columns)),
            *_repeated("cell id", (cell.id for cell in self.matrix)),
            *_repeated("red line", (line.id for line in self.red_lines)),
            *self._dangling(),
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

    def _dangling(self) -> Iterator[str]:
        """Yield every name that names nothing."""
        modules = {module.id for module in self.modules}
        figures = {figure.id for figure in self.figures}
        forces = {force.id for force in self.forces}
        if both := modules & figures:
            yield f"{sorted(both)} are modules and figures"
        if self.scale is not None and self.scale not in figures:
            yield f"scale: no figure {self.scale!r}"
        coverage = self.certified.coverage
        if coverage is not None and coverage.figure not in figures:
            yield f"certified.coverage: no figure {coverage.figure!r}"
        for cell in self.matrix:
            for minimum in cell.forces:
                if minimum.force not in forces:
                    yield f"matrix {cell.id}: no force {minimum.force!r}"
            for wanted in cell.figures:
                if wanted.figure not in figures:
                    yield f"matrix {cell.id}: no figure {wanted.figure!r}"


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
