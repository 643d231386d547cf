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
from app.providers.schemes import (
    Force,
    Module,
    Rating,
    Scheme,
    from_hundredths,
    to_e4,
    to_hundredths,
)
from certificates.levels import Level

FULL_SCORE_E2 = 10_000
"""100.00 points in hundredths: a module's full score, and the sum of all weights."""


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
class CertifiedPoints:
    """The certified component.

    Attributes:
        levels: Lowest level first.
        uncapped_points: The sum over the levels.
        cap: Most that the component can add.
        points: What it adds, the smaller of the two.
    """

    levels: tuple[LevelPoints, ...]
    uncapped_points: Decimal
    cap: Decimal
    points: Decimal


@dataclass(frozen=True, slots=True)
class Scorecard:
    """The score of one provider for one month.

    Attributes:
        scheme_ref: The version that it was computed by.
        forces: In the scheme's order.
        certified: The second yardstick.
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
        indicators: By module id; a module without an entry is missing.
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
    if unknown := indicators.keys() - {module.id for module in scheme.modules}:
        raise ReadingError(f"{scheme.ref} has no module {sorted(unknown)}")
    forces = tuple(_force_score(force, indicators) for force in scheme.forces)
    certified = _certified_points(scheme, operators)
    modules_points = sum((force.contribution for force in forces), Decimal("0.00"))
    total = modules_points + certified.points
    rating, above = _rating(scheme, total)
    return Scorecard(
        scheme_ref=scheme.ref,
        forces=forces,
        certified=certified,
        modules_points=modules_points,
        total=total,
        rating=rating.code,
        next_rating=above.code if above else None,
        points_to_next=above.at_least - total if above else None,
        is_provisional=any(
            module.reported is not Reported.CURRENT for force in forces for module in force.modules
        ),
    )


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


def _certified_points(scheme: Scheme, operators: Mapping[Level, int]) -> CertifiedPoints:
    component = scheme.certified
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
    return CertifiedPoints(
        levels, uncapped_points, component.cap, min(uncapped_points, component.cap)
    )


def _rating(scheme: Scheme, total: Decimal) -> tuple[Rating, Rating | None]:
    """Return the best rating that the total earns, and the one above it."""
    above = None
    for rating in scheme.ratings:
        if total >= rating.at_least:
            return rating, above
        above = rating
    raise AssertionError("the last rating begins at 0")
