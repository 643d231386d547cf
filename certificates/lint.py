"""What is wrong, or odd, with a programme that is not published yet: every problem at once.

A problem of kind `error` stands against publishing; a `warning` wants a second look.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from certificates.levels import Level
from certificates.loading import NAMELESS_STEPS
from certificates.programmes import (
    CertificationProgramme,
    CredentialPrerequisite,
    Refresher,
    RoomPart,
    TheoryPart,
)

FASTEST = {Level.JUNIOR: 4.0, Level.INTERMEDIATE: 4.0, Level.SENIOR: 2.0}
"""Fastest clock of a room at each level (rulings 5)."""

SLOWEST = {Level.JUNIOR: 1.0, Level.INTERMEDIATE: 2.0, Level.SENIOR: 1.0}

LEAST_S_PER_ITEM, MOST_S_PER_ITEM = 30, 240
"""Outside of this a written exam measures reading speed, or boredom."""

USUAL_CUTS = (0.5, 0.9)
"""A theory cut outside of this is seldom meant."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem of a draft.

    Attributes:
        field: Dotted name of the field, as in the document.
        code: What is wrong, for a sentence in the reader's language.
        severity: `error` or `warning`.
        given: The value that is wrong, and others that the sentence names.
    """

    field: str
    code: str
    severity: str = "error"
    given: tuple[str, ...] = ()

    @property
    def is_error(self) -> bool:
        return self.severity == "error"


@dataclass(frozen=True, slots=True)
class BlueprintFacts:
    """What a programme's check asks of a blueprint."""

    level: str
    item_count: int


@dataclass(frozen=True, slots=True)
class ScenarioFacts:
    """What a programme's check asks of a scenario.

    Attributes:
        level: Its level.
        asks_forecasts: Whether it asks the operator what the session will make.
        has_planning: Whether it begins with a plan, in which the diagnosis is written.
        equal_cuts: Bounds of the cuts that separate novice and competent equally well; None where
            the calibration is not at hand.
        is_on_trial: Whether too few who run rooms have confirmed it; then it counts for nothing.
    """

    level: str
    asks_forecasts: bool
    has_planning: bool
    equal_cuts: tuple[float, float] | None = None
    is_on_trial: bool = False


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where a programme's content is looked up; each answers None for what nobody published."""

    blueprint: Callable[[str], BlueprintFacts | None]
    scenario: Callable[[str], ScenarioFacts | None]


def lint_programme(
    document: Mapping[str, Any], *, base: CertificationProgramme | None, shelf: Shelf
) -> tuple[list[Problem], CertificationProgramme | None]:
    """Check a draft.

    Args:
        document: The draft as JSON values.
        base: The newest published version; None for a programme's first.
        shelf: Looks up blueprints and scenarios.

    Returns:
        Every problem, errors first, and the programme if the document is one.
    """
    try:
        programme = CertificationProgramme.model_validate(document)
    except ValidationError as error:
        return [_schema_problem(one) for one in error.errors(include_url=False)], None
    problems = [
        *_of_versions(programme, base),
        *_of_theory(programme, shelf),
        *_of_refresher(programme, shelf),
        *_of_rooms(programme, shelf),
        *_of_rules(programme),
    ]
    return sorted(problems, key=lambda one: not one.is_error), programme


def _schema_problem(problem: Any) -> Problem:
    steps = [str(step) for step in problem["loc"] if step not in NAMELESS_STEPS]
    return Problem(
        ".".join(steps) or "programme",
        "schema",
        given=(f"{problem['input']!r:.60}", problem["msg"]),
    )


def _of_versions(
    programme: CertificationProgramme, base: CertificationProgramme | None
) -> Iterator[Problem]:
    if base is None:
        if programme.version != 1:
            yield Problem("version", "not_first", given=(str(programme.version),))
        return
    if programme.version != base.version + 1:
        yield Problem("version", "not_next", given=(str(programme.version), str(base.version)))
    if programme.id != base.id:
        yield Problem("id", "changed", given=(programme.id, base.id))
    if programme.level is not base.level:
        yield Problem("level", "changed", given=(programme.level, base.level))
    if programme.is_demo is not base.is_demo:
        yield Problem("is_demo", "changed", given=(str(programme.is_demo), str(base.is_demo)))
    if programme.model_copy(update={"version": base.version}) == base:
        yield Problem("version", "nothing_changed", "warning")


def _of_theory(programme: CertificationProgramme, shelf: Shelf) -> Iterator[Problem]:
    theory = programme.theory
    yield from _of_exam("theory", programme, theory, shelf)
    practice = theory.practice_blueprint_ref
    if practice is not None and shelf.blueprint(practice) is None:
        yield Problem("theory.practice_blueprint_ref", "unknown_blueprint", given=(practice,))


def _of_refresher(programme: CertificationProgramme, shelf: Shelf) -> Iterator[Problem]:
    refresher = programme.refresher
    if refresher is None:
        return
    yield from _of_exam("renewal.refresher", programme, refresher, shelf)
    if refresher.blueprint_ref == programme.theory.blueprint_ref:
        given = (refresher.blueprint_ref,)
        yield Problem("renewal.refresher.blueprint_ref", "same_as_theory", given=given)


def _of_exam(
    field: str, programme: CertificationProgramme, exam: TheoryPart | Refresher, shelf: Shelf
) -> Iterator[Problem]:
    blueprint = shelf.blueprint(exam.blueprint_ref)
    if blueprint is None:
        ref = exam.blueprint_ref
        yield Problem(f"{field}.blueprint_ref", "unknown_blueprint", given=(ref,))
    else:
        if blueprint.level != programme.level:
            given = (exam.blueprint_ref, blueprint.level, programme.level.value)
            yield Problem(f"{field}.blueprint_ref", "other_level", given=given)
        pace_s = exam.minutes * 60 / blueprint.item_count
        if not LEAST_S_PER_ITEM <= pace_s <= MOST_S_PER_ITEM:
            given = (f"{pace_s:.0f}", str(blueprint.item_count), str(exam.minutes))
            yield Problem(f"{field}.minutes", "pace", "warning", given)
    if not USUAL_CUTS[0] <= exam.cut_fraction <= USUAL_CUTS[1]:
        cut = f"{exam.cut_fraction * 100:g}"
        yield Problem(f"{field}.cut_fraction", "odd_cut", "warning", (cut,))


def _of_rooms(programme: CertificationProgramme, shelf: Shelf) -> Iterator[Problem]:
    for field, room in (("room", programme.room), ("second_room", programme.second_room)):
        if room is None:
            continue
        scenario = shelf.scenario(room.scenario_ref)
        if scenario is None:
            yield Problem(f"{field}.scenario_ref", "unknown_scenario", given=(room.scenario_ref,))
            continue
        yield from _of_room(programme, field, room, scenario)
        written = programme.written
        if written is not None and "diagnosis" in written.texts and not scenario.has_planning:
            yield Problem("written.texts", "no_diagnosis_asked", given=(room.scenario_ref,))


def _of_room(
    programme: CertificationProgramme, field: str, room: RoomPart, scenario: ScenarioFacts
) -> Iterator[Problem]:
    level = programme.level
    if scenario.level != level:
        given = (room.scenario_ref, scenario.level, level.value)
        yield Problem(f"{field}.scenario_ref", "other_level", given=given)
    if scenario.is_on_trial:
        yield Problem(f"{field}.scenario_ref", "on_trial", given=(room.scenario_ref,))
    if not SLOWEST[level] <= room.speed <= FASTEST[level]:
        given = (f"{room.speed:g}", f"{SLOWEST[level]:g}", f"{FASTEST[level]:g}")
        yield Problem(f"{field}.speed", "speed_of_level", given=given)
    if room.forecast_weight and not scenario.asks_forecasts:
        yield Problem(f"{field}.forecast_weight", "no_forecast_asked", given=(room.scenario_ref,))
    if scenario.equal_cuts is not None:
        low, high = scenario.equal_cuts
        if not low <= room.cut_score <= high:
            given = (f"{room.cut_score:g}", f"{low:g}", f"{high:g}")
            yield Problem(f"{field}.cut_score", "outside_calibration", "warning", given)


def _of_rules(programme: CertificationProgramme) -> Iterator[Problem]:
    levels = [
        one.level for one in programme.prerequisites if isinstance(one, CredentialPrerequisite)
    ]
    number = programme.level.number
    for level in levels:
        if level.number >= number:
            yield Problem("prerequisites", "level_not_below", given=(level.value,))
    if number > 1 and not programme.is_demo and Level.of_number(number - 1) not in levels:
        below = Level.of_number(number - 1)
        yield Problem("prerequisites", "level_missing", given=(below.value,))
    kinds = [one.kind for one in programme.prerequisites if one.kind != "credential"]
    for kind in sorted({kind for kind in kinds if kinds.count(kind) > 1}):
        yield Problem("prerequisites", "twice", given=(kind,))
    unlimited = not programme.retake_days and programme.max_per_quarter is None
    if unlimited and not programme.is_demo:
        yield Problem("retake_days", "unlimited")
    if programme.contest is not None and programme.contest.cut_score < programme.room.cut_score:
        given = (f"{programme.contest.cut_score:g}", f"{programme.room.cut_score:g}")
        yield Problem("contest.cut_score", "below_room", given=given)
    wait_days = programme.part_valid_months * 30
    if programme.retake_days > wait_days:
        given = (str(programme.retake_days), str(programme.part_valid_months))
        yield Problem("retake_days", "part_lapses_first", given=given)
