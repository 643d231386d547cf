"""What would move a provider's score: pure questions to the scheme."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from app.providers.errors import ReadingError
from app.providers.exact import FULL_SCORE, from_e4, to_e4, to_hundredths
from app.providers.five_force import (
    FULL_SCORE_E2,
    ModuleScore,
    Reading,
    Reported,
    Scorecard,
    score,
)
from app.providers.schemes import Module, Scheme
from certificates.levels import Level

STEP_SCORE = Decimal("8.00")
"""How far one proposal moves a module: far enough to be worth a plan, near enough for a quarter."""

STEP_OPERATORS = 4
"""How many people one proposal certifies or promotes."""


@dataclass(frozen=True, slots=True)
class ModuleGain:
    """Move one indicator.

    Attributes:
        value: Today's value, in the module's unit; None if it is missing: then `value_needed` is
            the full value, and `points` the most that reporting the figure can bring.
        value_needed: The nearest reportable value that reaches `score_then`.
        points: What the total gains.
        reserve_points: What the module could still bring at its full score.
    """

    module_id: str
    value: Decimal | None
    value_needed: Decimal
    score: Decimal
    score_then: Decimal
    points: Decimal
    reserve_points: Decimal


@dataclass(frozen=True, slots=True)
class OperatorGain:
    """Certify people.

    Attributes:
        from_level: The level they hold now; None if they hold none.
        to_level: The level they would hold.
        operator_count: How many people.
        points: What the total gains.
        reserve_points: What the component could still bring up to its cap.
    """

    from_level: Level | None
    to_level: Level
    operator_count: int
    points: Decimal
    reserve_points: Decimal


Gain = ModuleGain | OperatorGain


def value_for_score(module: Module, wanted_score: Decimal) -> Decimal:
    """Return the value, as little better than the floor as can be, that scores at least so much.

    Args:
        module: The module.
        wanted_score: 0 to 100, two decimals.

    Returns:
        A value in the module's unit, with no more decimals than the module reports. The floor for
        0: everything worse scores 0 too.

    Raises:
        ReadingError: If the score is outside 0 to 100 or finer than two decimals.
    """
    if not 0 <= wanted_score <= FULL_SCORE or wanted_score != round(wanted_score, 2):
        raise ReadingError(f"no score {wanted_score}")
    wanted_e2 = to_hundredths(wanted_score)
    # The smallest distance d with floor((2 * 10000 * d + span) / (2 * span)) >= wanted.
    distance_e4 = max(0, -(-(2 * wanted_e2 - 1) * module.span_e4 // (2 * FULL_SCORE_E2)))
    step_e4 = module.step_e4
    reported_e4 = -(-distance_e4 // step_e4) * step_e4
    return from_e4(to_e4(module.floor) + module.sign * reported_e4)


def what_if(
    scheme: Scheme,
    scorecard: Scorecard,
    *,
    values: Mapping[str, Decimal] | None = None,
    operators: Mapping[Level, int] | None = None,
) -> Scorecard:
    """Return the scorecard as it would be with some values or counts replaced.

    Args:
        scheme: The version that the scorecard was computed by.
        scorecard: Today's.
        values: By the id of a module or a figure, in its unit; they count as reported.
        operators: New counts by level, not differences.

    Raises:
        ReadingError: If the scheme is another one, or a value or a count cannot be scored.
    """
    if scheme.ref != scorecard.scheme_ref:
        raise ReadingError(f"scored by {scorecard.scheme_ref}, asked of {scheme.ref}")
    readings = {
        line.module_id: Reading(line.value, line.reported is Reported.CARRIED)
        for line in scorecard.modules
        if line.value is not None
    }
    readings |= {
        line.figure_id: Reading(line.value, line.reported is Reported.CARRIED)
        for line in scorecard.figures
        if line.value is not None
    }
    readings |= {module_id: Reading(value) for module_id, value in (values or {}).items()}
    counts = {line.level: line.operator_count for line in scorecard.certified.levels}
    return score(scheme, readings, counts | dict(operators or {}))


def gains(
    scheme: Scheme, scorecard: Scorecard, *, step_score: Decimal = STEP_SCORE
) -> tuple[Gain, ...]:
    """Propose one step in each place where points are left, the cheapest first.

    The scale from floor to full is where effort is comparable between modules, so a step is the
    same stretch of it everywhere, and it is cheapest where most points are left: a weak module of
    a heavy force. Each step is reckoned alone; steps in different places simply add up.

    Args:
        scheme: The version that the scorecard was computed by.
        scorecard: Today's.
        step_score: How far a step moves a module's score, > 0.

    Returns:
        At most one step for each module and one for certified operators; empty when nothing is
        left to gain.
    """
    steps: list[Gain] = [
        _module_gain(scheme, scorecard, line, step_score)
        for line in scorecard.modules
        if line.score < FULL_SCORE
    ]
    if operator_gain := _operator_gain(scheme, scorecard):
        steps.append(operator_gain)
    # A sort keeps the scheme's order among equals.
    return tuple(
        sorted((step for step in steps if step.points > 0), key=lambda step: -step.reserve_points)
    )


def steps_to(steps: Iterable[Gain], points: Decimal) -> tuple[Gain, ...]:
    """Return the first steps that together gain at least `points`; all of them if none suffice."""
    taken: list[Gain] = []
    gained = Decimal(0)
    for step in steps:
        if gained >= points:
            break
        taken.append(step)
        gained += step.points
    return tuple(taken)


def _module_gain(
    scheme: Scheme, scorecard: Scorecard, line: ModuleScore, step_score: Decimal
) -> ModuleGain:
    module = scheme.module(line.module_id)
    # Nobody knows what a missing figure will be; its proposal is the figure itself.
    wanted = FULL_SCORE if line.value is None else min(line.score + step_score, FULL_SCORE)
    value_needed = value_for_score(module, wanted)
    then = what_if(scheme, scorecard, values={module.id: value_needed})
    return ModuleGain(
        module_id=module.id,
        value=line.value,
        value_needed=value_needed,
        score=line.score,
        score_then=then.module(module.id).score,
        points=then.total - scorecard.total,
        reserve_points=line.weight - line.contribution,
    )


def _operator_gain(scheme: Scheme, scorecard: Scorecard) -> OperatorGain | None:
    """Return the shortest way up: promote from the lowest level held, or certify newcomers."""
    counts = {line.level: line.operator_count for line in scorecard.certified.levels}
    from_level, to_level, most = None, Level.JUNIOR, STEP_OPERATORS
    for lower, higher in ((Level.JUNIOR, Level.INTERMEDIATE), (Level.INTERMEDIATE, Level.SENIOR)):
        if counts[lower]:
            from_level, to_level, most = lower, higher, min(STEP_OPERATORS, counts[lower])
            break
    best: OperatorGain | None = None
    for people in range(1, most + 1):
        changed = counts | {to_level: counts[to_level] + people}
        if from_level:
            changed[from_level] = counts[from_level] - people
        points = what_if(scheme, scorecard, operators=changed).total - scorecard.total
        # Beyond the cap one more person adds nothing, and is not asked for.
        if points <= (best.points if best else 0):
            break
        best = OperatorGain(
            from_level=from_level,
            to_level=to_level,
            operator_count=people,
            points=points,
            reserve_points=scorecard.certified.cap - scorecard.certified.points,
        )
    return best


def loss_of_one(scheme: Scheme, scorecard: Scorecard, level: Level) -> Decimal:
    """Return what the total loses without one operator of a level: that operator's contribution.

    With diminishing returns, coverage and cap it is less than the level's points, and the
    contributions of all need not add up to the component: each is reckoned with everybody else
    there. 0.00 where nobody holds the level.

    Args:
        scheme: The version that the scorecard was computed by.
        scorecard: Today's.
        level: Whose contribution.
    """
    counts = {line.level: line.operator_count for line in scorecard.certified.levels}
    if not counts[level]:
        return Decimal("0.00")
    without = what_if(scheme, scorecard, operators=counts | {level: counts[level] - 1})
    return scorecard.total - without.total
