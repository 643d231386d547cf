"""认定: whether a candidate's results meet a programme, with every reason and number.

A part's best counted result decides it. A passed part waits a fixed number of months for the other
one and then lapses. Nothing here reads a clock or a database, so that a decision can be repeated,
explained and appealed against years later.
"""

from collections.abc import Collection, Iterable, Set
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from certificates.errors import ProgrammeError
from certificates.levels import Level
from certificates.programmes import CertificationProgramme
from certificates.validity import end_of_day, issue_day, months_after

SCORE_TOLERANCE = 1e-9
"""A sum of thirds may miss the cut by a rounding error; a candidate may not fail by one."""


class Part(StrEnum):
    """The parts of a programme, in the order in which they are taken."""

    THEORY = "theory"
    ROOM = "room"


class PartState(StrEnum):
    """How one part stands at the moment of the decision."""

    MET = "met"
    NOT_MET = "not_met"
    LAPSED = "lapsed"
    MISSING = "missing"


class Verdict(StrEnum):
    """What was decided; `incomplete` means that nothing failed, but something is still to come."""

    PASSED = "passed"
    FAILED = "failed"
    INCOMPLETE = "incomplete"


class ReasonCode(StrEnum):
    """Why; a page has a sentence for each, filled with the reason's numbers."""

    THEORY_MET = "theory_met"
    THEORY_NOT_MET = "theory_not_met"
    THEORY_LAPSED = "theory_lapsed"
    THEORY_MISSING = "theory_missing"
    ROOM_MET = "room_met"
    ROOM_NOT_MET = "room_not_met"
    ROOM_LAPSED = "room_lapsed"
    ROOM_MISSING = "room_missing"
    PREREQUISITE_MISSING = "prerequisite_missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class TheoryOutcome:
    """One scored exam attempt.

    Attributes:
        evidence_id: Public id of the attempt.
        blueprint_ref: The blueprint that its form was drawn from.
        score_fraction: In [0, 1].
        finished_at: When it was closed (aware).
        voided: Taken out of the count (cheating, a technical fault).
    """

    evidence_id: str
    blueprint_ref: str
    score_fraction: float
    finished_at: datetime
    voided: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomOutcome:
    """One scored room session in exam mode.

    Attributes:
        evidence_id: Public id of the session.
        scenario_ref: The scenario played.
        score: The certified score in points; 0 is the house, 100 the reference, more is possible.
        forecast_score: In [0, 100]; None if no forecast was asked for.
        finished_at: When it was closed (aware).
        voided: Taken out of the count.
    """

    evidence_id: str
    scenario_ref: str
    score: float
    finished_at: datetime
    forecast_score: float | None = None
    voided: bool = False


Outcome = TheoryOutcome | RoomOutcome


@dataclass(frozen=True, slots=True, kw_only=True)
class PartDecision:
    """How one part stands.

    Attributes:
        part: The part.
        state: Met, not met, lapsed or missing.
        content_ref: The blueprint or scenario demanded.
        cut: Least score that passes: a fraction for theory, points for the room.
        achieved: The score that counts, in the unit of `cut`; None if there is none.
        evidence_id: Where it was achieved.
        counts_until: First moment at which a passed result no longer counts.
    """

    part: Part
    state: PartState
    content_ref: str
    cut: float
    achieved: float | None = None
    evidence_id: str | None = None
    counts_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One reason as a code and its numbers; units as in `PartDecision`."""

    code: ReasonCode
    achieved: float | None = None
    required: float | None = None
    counts_until: datetime | None = None
    level: Level | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The result of `decide`."""

    verdict: Verdict
    programme_ref: str
    decided_at: datetime
    parts: tuple[PartDecision, ...]
    missing_levels: tuple[Level, ...]

    def part(self, part: Part) -> PartDecision:
        """Return how `part` stands."""
        return next(entry for entry in self.parts if entry.part is part)

    @property
    def evidence_ids(self) -> tuple[str, ...]:
        """Public ids of the results that met a part."""
        return tuple(
            entry.evidence_id
            for entry in self.parts
            if entry.state is PartState.MET and entry.evidence_id is not None
        )

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """One reason for each part, then one for each missing prerequisite."""
        of_parts = (
            Reason(
                code=ReasonCode(f"{entry.part}_{entry.state}"),
                achieved=entry.achieved,
                required=entry.cut,
                counts_until=entry.counts_until,
            )
            for entry in self.parts
        )
        of_levels = (
            Reason(code=ReasonCode.PREREQUISITE_MISSING, level=level)
            for level in self.missing_levels
        )
        return (*of_parts, *of_levels)


@dataclass(frozen=True, slots=True)
class _Result:
    """One outcome reduced to what decides its part."""

    score: float
    finished_at: datetime
    evidence_id: str
    counts_until: datetime
    passes: bool


def decide(
    programme: CertificationProgramme,
    outcomes: Iterable[Outcome],
    *,
    on: datetime,
    held_levels: Set[Level] = frozenset(),
) -> Decision:
    """Decide a candidate's certification.

    Only results on the programme's own blueprint and scenario versions, finished by `on` and not
    voided, count. Of those that have not lapsed the best decides; of equal ones the latest.

    Args:
        programme: The programme enrolled in.
        outcomes: The candidate's results in any order; those of other programmes are passed over.
        on: The moment of the decision (aware).
        held_levels: Levels of which the candidate holds a valid credential at that moment.

    Returns:
        The decision. `passed` needs every part met and every prerequisite held; `failed` says that
        some part was tried and not met.

    Raises:
        ProgrammeError: If a moment has no time zone, or a forecast that has weight is missing.
    """
    if on.tzinfo is None:
        raise ProgrammeError(f"naive moment {on!r}")
    counted = [outcome for outcome in outcomes if not outcome.voided]
    theory, room = [], []
    for outcome in counted:
        if isinstance(outcome, TheoryOutcome):
            if outcome.blueprint_ref == programme.theory.blueprint_ref:
                theory.append(_result(programme, outcome, outcome.score_fraction))
        elif outcome.scenario_ref == programme.room.scenario_ref:
            room.append(_result(programme, outcome, room_points(programme, outcome)))
    parts = (
        _part_decision(Part.THEORY, programme, theory, on),
        _part_decision(Part.ROOM, programme, room, on),
    )
    missing_levels = tuple(
        prerequisite.level
        for prerequisite in programme.prerequisites
        if prerequisite.level not in held_levels
    )
    return Decision(
        verdict=_verdict(parts, missing_levels),
        programme_ref=programme.ref,
        decided_at=on,
        parts=parts,
        missing_levels=missing_levels,
    )


def room_points(programme: CertificationProgramme, outcome: RoomOutcome) -> float:
    """Return the score of the room part: the room's and the forecast's, weighted.

    Raises:
        ProgrammeError: If the programme weighs a forecast and the session has none.
    """
    room = programme.room
    if not room.forecast_weight:
        return outcome.score
    if outcome.forecast_score is None:
        raise ProgrammeError(f"session {outcome.evidence_id} has no forecast")
    return room.room_weight * outcome.score + room.forecast_weight * outcome.forecast_score


def _cut(part: Part, programme: CertificationProgramme) -> float:
    if part is Part.THEORY:
        return programme.theory.cut_fraction
    return programme.room.cut_score


def _content_ref(part: Part, programme: CertificationProgramme) -> str:
    if part is Part.THEORY:
        return programme.theory.blueprint_ref
    return programme.room.scenario_ref


def _result(programme: CertificationProgramme, outcome: Outcome, score: float) -> _Result:
    part = Part.THEORY if isinstance(outcome, TheoryOutcome) else Part.ROOM
    last_day = months_after(issue_day(outcome.finished_at), programme.part_valid_months)
    return _Result(
        score=score,
        finished_at=outcome.finished_at,
        evidence_id=outcome.evidence_id,
        counts_until=end_of_day(last_day),
        passes=score >= _cut(part, programme) - SCORE_TOLERANCE,
    )


def _part_decision(
    part: Part, programme: CertificationProgramme, results: list[_Result], on: datetime
) -> PartDecision:
    finished = [result for result in results if result.finished_at <= on]
    live = [result for result in finished if on < result.counts_until]
    best = _best(live)
    if best is not None:
        state = PartState.MET if best.passes else PartState.NOT_MET
    else:
        best = _best([result for result in finished if result.passes])
        state = PartState.LAPSED
        if best is None:
            best = _best(finished)
            state = PartState.MISSING if best is None else PartState.NOT_MET
    return PartDecision(
        part=part,
        state=state,
        content_ref=_content_ref(part, programme),
        cut=_cut(part, programme),
        achieved=None if best is None else best.score,
        evidence_id=None if best is None else best.evidence_id,
        counts_until=None if best is None or not best.passes else best.counts_until,
    )


def _best(results: Collection[_Result]) -> _Result | None:
    return max(results, key=lambda result: (result.score, result.finished_at), default=None)


def _verdict(parts: tuple[PartDecision, ...], missing_levels: tuple[Level, ...]) -> Verdict:
    if any(entry.state is PartState.NOT_MET for entry in parts):
        return Verdict.FAILED
    if missing_levels or any(entry.state is not PartState.MET for entry in parts):
        return Verdict.INCOMPLETE
    return Verdict.PASSED
