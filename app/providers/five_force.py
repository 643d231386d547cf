"""The five-force score of a provider for one month, explained down to each indicator.

Pure: the same scheme, indicators and counts give the same score on any machine, which is what an
objection is decided by. All sums are exact to two decimals: the total is the sum of the modules'
contributions as shown, plus the certified component as shown.

Source: five forces, 11 modules, one indicator each, scored and rated: seed articles 000 and 003;
certified operators counted in: 001; weights and ends: the scheme's content.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from app.providers.errors import ReadingError
from app.providers.exact import from_hundredths, to_e4, to_hundredths
from app.providers.schemes import CertifiedComponent, Coverage, Force, Module, Rating, Scheme
from certificates.levels import Level

FULL_SCORE_E2 = 10_000
"""100.00 points in hundredths: a module's full score, and the sum of all weights."""

FULL_COVERAGE_E4 = 10_000
"""A fraction of 1 in ten-thousandths."""


class Reported(StrEnum):
    """Where the value of a module comes from."""

    CURRENT = "current"
    CARRIED = "carried"
    """暂用上月: the source is late, the last month's value stands in."""
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Reading:
    """An indicator's value for the month that is scored.

    Attributes:
        value: In the module's unit; at most four decimals. Beyond floor or full it scores as they.
        is_carried: Whether it is an earlier month's value, used until the real one arrives.
    """

    value: Decimal
    is_carried: bool = False


@dataclass(frozen=True, slots=True)
class ModuleScore:
    """One module's line of the explanation.

    Attributes:
        value: The indicator in the module's unit; None if it is missing.
        score: 0.00 to 100.00; 0.00 if the value is missing.
        weight: Points of 100 that a full score is worth.
        contribution: `score` x `weight` / 100, rounded half up to two decimals.
    """

    module_id: str
    reported: Reported
    value: Decimal | None
    score: Decimal
    weight: Decimal
    contribution: Decimal


@dataclass(frozen=True, slots=True)
class ForceScore:
    """One force: `score` is the weighted mean of its modules, `contribution` their exact sum."""

    force_id: str
    score: Decimal
    weight: Decimal
    contribution: Decimal
    modules: tuple[ModuleScore, ...]


@dataclass(frozen=True, slots=True)
class LevelPoints:
    """What the operators of one level add: `points` = `operator_count` x `points_each`, exactly."""

    level: Level
    operator_count: int
    points_each: Decimal
    points: Decimal


@dataclass(frozen=True, slots=True)
class CoverageLine:
    """How far the operators cover the merchants that are served.

    Attributes:
        equivalents: The operators in 当量.
        merchants: Served merchants; None if the figure is missing.
        fraction: What of the component counts, 0 to 1, four decimals.
    """

    equivalents: int
    merchants: Decimal | None
    fraction: Decimal


@dataclass(frozen=True, slots=True)
class CertifiedPoints:
    """The certified component, step by step.

    Attributes:
        levels: Lowest level first.
        uncapped_points: The sum over the levels.
        diminished_points: After the bands of diminishing returns.
        coverage: The dependence on served merchants; None if the scheme knows none.
        cap: Most that the component can add.
        points: What it adds: diminished, times the coverage's fraction, at most the cap.
    """

    levels: tuple[LevelPoints, ...]
    uncapped_points: Decimal
    diminished_points: Decimal
    coverage: CoverageLine | None
    cap: Decimal
    points: Decimal


@dataclass(frozen=True, slots=True)
class FigureLine:
    """A figure that is reported and scores nothing by itself; `value` is None if it is missing."""

    figure_id: str
    reported: Reported
    value: Decimal | None


@dataclass(frozen=True, slots=True)
class Scorecard:
    """The score of one provider for one month.

    Attributes:
        scheme_ref: The version that it was computed by.
        forces: In the scheme's order.
        certified: The second yardstick.
        figures: What else was reported, in the scheme's order.
        modules_points: Sum of the modules' contributions, 0.00 to 100.00.
        total: `modules_points` + `certified.points`, exactly.
        rating: Code of the rating that the total earns.
        next_rating: The rating above; None at the top.
        points_to_next: What the total lacks to it; None at the top.
        is_provisional: Whether a value is missing or carried over (暂定).
    """

    scheme_ref: str
    forces: tuple[ForceScore, ...]
    certified: CertifiedPoints
    figures: tuple[FigureLine, ...]
    modules_points: Decimal
    total: Decimal
    rating: str
    next_rating: str | None
    points_to_next: Decimal | None
    is_provisional: bool

    @property
    def modules(self) -> tuple[ModuleScore, ...]:
        """Every module's line, in the scheme's order."""
        return tuple(module for force in self.forces for module in force.modules)

    def module(self, module_id: str) -> ModuleScore:
        """Return a module's line.

        Raises:
            ReadingError: If the scheme has no such module.
        """
        for module in self.modules:
            if module.module_id == module_id:
                return module
        raise ReadingError(f"{self.scheme_ref} has no module {module_id!r}")

    def figure(self, figure_id: str) -> Decimal | None:
        """Return a figure's value; None if it is missing or the scheme knows none of this id."""
        return next((line.value for line in self.figures if line.figure_id == figure_id), None)


def score(
    scheme: Scheme, indicators: Mapping[str, Reading], operators: Mapping[Level, int]
) -> Scorecard:
    """Score one provider for one month.

    A module's score is linear from the floor (0) to the full value (100) and rounded half up to
    two decimals; its contribution is computed from the rounded score, so that anyone with the
    page and a calculator arrives at the same figure. A missing value contributes nothing and
    makes the total provisional: it can only rise when the value arrives.

    Args:
        scheme: The version in effect in the month.
        indicators: By the id of a module or a figure; what has no entry is missing.
        operators: Operators whose employment is confirmed and whose certificate is valid on the
            computing date, by level. A person counts once, at the highest level held.

    Returns:
        The scorecard; its total is between 0.00 and 100.00 plus the scheme's cap.

    Raises:
        ReadingError: For an id that the scheme has not, a value that is not finite or too fine, or
            a count that is no whole number >= 0.

    Source:
        Ruling 28; linear between floor and full, clipped: domain 3.2.
    """
    if unknown := indicators.keys() - {column.id for column in scheme.columns}:
        raise ReadingError(f"{scheme.ref} has no module {sorted(unknown)}")
    forces = tuple(_force_score(force, indicators) for force in scheme.forces)
    figures = tuple(_figure_line(figure.id, indicators) for figure in scheme.figures)
    certified = certified_points(scheme.certified, operators, indicators)
    modules_points = sum((force.contribution for force in forces), Decimal("0.00"))
    total = modules_points + certified.points
    rating, above = _rating(scheme, total)
    return Scorecard(
        scheme_ref=scheme.ref,
        forces=forces,
        certified=certified,
        figures=figures,
        modules_points=modules_points,
        total=total,
        rating=rating.code,
        next_rating=above.code if above else None,
        points_to_next=above.at_least - total if above else None,
        is_provisional=any(
            line.reported is not Reported.CURRENT for force in forces for line in force.modules
        )
        or any(
            line.reported is not Reported.CURRENT
            for line in figures
            if scheme.certified.coverage and line.figure_id == scheme.certified.coverage.figure
        ),
    )


def diminished_e2(component: CertifiedComponent, sum_e2: int) -> int:
    """Return what is left of the levels' sum after diminishing returns, both in hundredths."""
    counted, percent, begin_e2 = 0, 100, 0
    for band in component.diminishing:
        above_e2 = to_hundredths(band.above)
        counted += (max(min(sum_e2, above_e2) - begin_e2, 0)) * percent
        percent, begin_e2 = to_hundredths(band.fraction), above_e2
    counted += max(sum_e2 - begin_e2, 0) * percent
    return (2 * counted + 100) // 200


def coverage_e4(coverage: Coverage, equivalents: int, merchants: int | None) -> int:
    """Return what of the component counts, in ten-thousandths.

    Args:
        coverage: The rule.
        equivalents: Operators in 当量, >= 0.
        merchants: Served merchants, >= 0; None if the figure is missing.
    """
    least_e4 = to_hundredths(coverage.least_fraction) * 100
    if not merchants:
        return least_e4
    needed = merchants * to_e4(coverage.full_per_ten)
    held = min(10 * FULL_COVERAGE_E4 * equivalents, needed)
    return least_e4 + (2 * (FULL_COVERAGE_E4 - least_e4) * held + needed) // (2 * needed)


def module_score(module: Module, value: Decimal) -> Decimal:
    """Return what a value scores in a module, 0.00 to 100.00.

    Raises:
        ReadingError: If the value is not finite or has more than four decimals.
    """
    return from_hundredths(_score_e2(module, value))


def _score_e2(module: Module, value: Decimal) -> int:
    span_e4 = module.span_e4
    above_floor_e4 = module.sign * (to_e4(value) - to_e4(module.floor))
    clipped_e4 = min(max(above_floor_e4, 0), span_e4)
    # Half up in whole numbers: floor(x + 1/2).
    return (2 * FULL_SCORE_E2 * clipped_e4 + span_e4) // (2 * span_e4)


def _module_score(module: Module, reading: Reading | None) -> ModuleScore:
    if reading is None:
        reported, score_e2 = Reported.MISSING, 0
    else:
        reported = Reported.CARRIED if reading.is_carried else Reported.CURRENT
        score_e2 = _score_e2(module, reading.value)
    weight_e2 = to_hundredths(module.weight)
    return ModuleScore(
        module_id=module.id,
        reported=reported,
        value=reading.value if reading else None,
        score=from_hundredths(score_e2),
        weight=module.weight,
        contribution=from_hundredths(
            (2 * score_e2 * weight_e2 + FULL_SCORE_E2) // (2 * FULL_SCORE_E2)
        ),
    )


def _force_score(force: Force, indicators: Mapping[str, Reading]) -> ForceScore:
    modules = tuple(_module_score(module, indicators.get(module.id)) for module in force.modules)
    weight_e2 = to_hundredths(force.weight)
    weighted = sum(to_hundredths(line.score) * to_hundredths(line.weight) for line in modules)
    return ForceScore(
        force_id=force.id,
        score=from_hundredths((2 * weighted + weight_e2) // (2 * weight_e2)),
        weight=force.weight,
        contribution=sum((line.contribution for line in modules), Decimal("0.00")),
        modules=modules,
    )


def _figure_line(figure_id: str, indicators: Mapping[str, Reading]) -> FigureLine:
    reading = indicators.get(figure_id)
    if reading is None:
        return FigureLine(figure_id, Reported.MISSING, None)
    to_e4(reading.value)  # refuses what is not exact
    reported = Reported.CARRIED if reading.is_carried else Reported.CURRENT
    return FigureLine(figure_id, reported, reading.value)


def certified_points(
    component: CertifiedComponent,
    operators: Mapping[Level, int],
    indicators: Mapping[str, Reading],
) -> CertifiedPoints:
    """Return the certified component alone: what exams can change.

    Raises:
        ReadingError: As `score`.
    """
    if unknown := operators.keys() - set(Level):
        raise ReadingError(f"no level {sorted(unknown)}")
    for level, count in operators.items():
        if isinstance(count, bool) or not isinstance(count, int) or count < 0:
            raise ReadingError(f"{count!r} operators of level {level}")
    levels = tuple(
        LevelPoints(
            level=award.level,
            operator_count=operators.get(award.level, 0),
            points_each=award.points,
            points=award.points * operators.get(award.level, 0),
        )
        for award in component.levels
    )
    uncapped_points = sum((line.points for line in levels), Decimal("0.00"))
    left_e2 = diminished_e2(component, to_hundredths(uncapped_points))
    points_e2, coverage = left_e2, None
    if component.coverage is not None:
        coverage = _coverage_line(component, component.coverage, operators, indicators)
        points_e2 = (2 * left_e2 * to_e4(coverage.fraction) + FULL_COVERAGE_E4) // (
            2 * FULL_COVERAGE_E4
        )
    return CertifiedPoints(
        levels=levels,
        uncapped_points=uncapped_points,
        diminished_points=from_hundredths(left_e2),
        coverage=coverage,
        cap=component.cap,
        points=min(from_hundredths(points_e2), component.cap),
    )


def _coverage_line(
    component: CertifiedComponent,
    coverage: Coverage,
    operators: Mapping[Level, int],
    indicators: Mapping[str, Reading],
) -> CoverageLine:
    reading = indicators.get(coverage.figure)
    merchants = None if reading is None else reading.value
    if merchants is not None and (merchants < 0 or merchants != int(merchants)):
        raise ReadingError(f"{merchants} served merchants")
    equivalents = sum(
        award.equivalents * operators.get(award.level, 0) for award in component.levels
    )
    counted_e4 = coverage_e4(coverage, equivalents, None if merchants is None else int(merchants))
    return CoverageLine(equivalents, merchants, Decimal(counted_e4).scaleb(-4))


def _rating(scheme: Scheme, total: Decimal) -> tuple[Rating, Rating | None]:
    """Return the best rating that the total earns, and the one above it."""
    above = None
    for rating in scheme.ratings:
        if total >= rating.at_least:
            return rating, above
        above = rating
    raise AssertionError("the last rating begins at 0")
