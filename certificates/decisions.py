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
from certificates.outcomes import (
    NOTHING_LOGGED,
    ContestOutcome,
    Logged,
    Outcome,
    RoomOutcome,
    TheoryOutcome,
    WrittenOutcome,
)
from certificates.programmes import CertificationProgramme, CredentialPrerequisite
from certificates.validity import end_of_day, issue_day, months_after

SCORE_TOLERANCE = 1e-9
"""A sum of thirds may miss the cut by a rounding error; a candidate may not fail by one."""


class Part(StrEnum):
    """The parts of a programme, in the order in which they are taken."""

    THEORY = "theory"
    ROOM = "room"
    ROOM_2 = "room_2"
    WRITTEN = "written"


ROOM_PARTS = (Part.ROOM, Part.ROOM_2)


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
    ROOM_2_MET = "room_2_met"
    ROOM_2_NOT_MET = "room_2_not_met"
    ROOM_2_LAPSED = "room_2_lapsed"
    ROOM_2_MISSING = "room_2_missing"
    WRITTEN_MET = "written_met"
    WRITTEN_NOT_MET = "written_not_met"
    WRITTEN_LAPSED = "written_lapsed"
    WRITTEN_MISSING = "written_missing"
    CONTEST_MET = "contest_met"
    PREREQUISITE_MISSING = "prerequisite_missing"
    SESSIONS_MISSING = "sessions_missing"
    TRAINING_MISSING = "training_missing"


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
        by_contest: Whether a contest's result stands for the practical parts.
    """

    part: Part
    state: PartState
    content_ref: str
    cut: float
    achieved: float | None = None
    evidence_id: str | None = None
    counts_until: datetime | None = None
    by_contest: bool = False

    @property
    def reason_code(self) -> "ReasonCode":
        """What a decision says of it."""
        if self.by_contest:
            return ReasonCode.CONTEST_MET
        return ReasonCode(f"{self.part}_{self.state}")


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
    """The result of `decide`.

    Attributes:
        verdict: What was decided.
        programme_ref: The programme, `id@version`.
        decided_at: The moment.
        parts: How each part stands, in the order in which they are taken; a contest's result
            stands as the room, and there is no second room and no text beside it.
        missing_levels: Levels that have to be held and are not.
        short_of: What is logged too little, with how much there is and how much is demanded.
    """

    verdict: Verdict
    programme_ref: str
    decided_at: datetime
    parts: tuple[PartDecision, ...]
    missing_levels: tuple[Level, ...]
    short_of: tuple[Reason, ...] = ()

    def part(self, part: Part) -> PartDecision:
        """Return how `part` stands."""
        return next(entry for entry in self.parts if entry.part is part)

    @property
    def rooms(self) -> tuple[PartDecision, ...]:
        """How the practical parts stand."""
        return tuple(entry for entry in self.parts if entry.part in ROOM_PARTS)

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
                code=entry.reason_code,
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
        return (*of_parts, *of_levels, *self.short_of)


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
    logged: Logged = NOTHING_LOGGED,
) -> Decision:
    """Decide a candidate's certification.

    Only results on the programme's own blueprint and scenario versions, finished by `on` and not
    voided, count. Of those that have not lapsed the best decides; of equal ones the latest. A
    contest's result that reaches its cut stands for rooms and texts.

    Args:
        programme: The programme enrolled in.
        outcomes: The candidate's results in any order; those of other programmes are passed over.
        on: The moment of the decision (aware).
        held_levels: Levels of which the candidate holds a valid credential at that moment.
        logged: What is logged of the candidate at that moment.

    Returns:
        The decision. `passed` needs every part met and every prerequisite; `failed` says that
        some part was tried and not met.

    Raises:
        ProgrammeError: If a moment has no time zone, or a forecast that has weight is missing.
    """
    if on.tzinfo is None:
        raise ProgrammeError(f"naive moment {on!r}")
    counted = [outcome for outcome in outcomes if not outcome.voided]
    contest = _contest_decision(programme, counted, on)
    wanted = [Part.THEORY, Part.ROOM]
    if contest is None:
        wanted += [Part.ROOM_2] * (programme.second_room is not None)
        wanted += [Part.WRITTEN] * (programme.written is not None)
    parts = tuple(
        contest
        if contest is not None and part is Part.ROOM
        else _part_decision(part, programme, _results(part, programme, counted), on)
        for part in wanted
    )
    missing_levels = tuple(
        prerequisite.level
        for prerequisite in programme.prerequisites
        if isinstance(prerequisite, CredentialPrerequisite)
        and prerequisite.level not in held_levels
    )
    short_of = _short_of(programme, logged)
    return Decision(
        verdict=_verdict(parts, is_lacking=bool(missing_levels or short_of)),
        programme_ref=programme.ref,
        decided_at=on,
        parts=parts,
        missing_levels=missing_levels,
        short_of=short_of,
    )


def _short_of(programme: CertificationProgramme, logged: Logged) -> tuple[Reason, ...]:
    rows = (
        (ReasonCode.SESSIONS_MISSING, float(logged.sessions), programme.least_logged("sessions")),
        (ReasonCode.TRAINING_MISSING, logged.training_hours, programme.least_logged("training")),
    )
    return tuple(
        Reason(code=code, achieved=there, required=float(least))
        for code, there, least in rows
        if there < least
    )


def _results(
    part: Part, programme: CertificationProgramme, outcomes: Iterable[Outcome]
) -> list["_Result"]:
    """Return the outcomes of one part, each reduced to what decides it."""
    out = []
    for outcome in outcomes:
        score = _score(part, programme, outcome)
        if score is not None:
            out.append(_result(part, programme, outcome, score))
    return out


def _score(part: Part, programme: CertificationProgramme, outcome: Outcome) -> float | None:
    """Return what an outcome is worth in a part; None if it is of another part or unfinished."""
    if isinstance(outcome, TheoryOutcome):
        is_own = part is Part.THEORY and outcome.blueprint_ref == programme.theory.blueprint_ref
        return outcome.score_fraction if is_own else None
    if isinstance(outcome, RoomOutcome):
        room = programme.rooms.get(part.value)
        is_own = room is not None and outcome.scenario_ref == room.scenario_ref
        return room_points(programme, outcome) if is_own else None
    if isinstance(outcome, WrittenOutcome) and part is Part.WRITTEN:
        assert programme.written is not None, "the part is asked for only if there is one"
        wanted = programme.written.texts
        if set(wanted) <= set(outcome.credits):
            return sum(outcome.credits[text] for text in wanted) / len(wanted)
    return None


def _contest_decision(
    programme: CertificationProgramme, outcomes: Iterable[Outcome], on: datetime
) -> PartDecision | None:
    """Return the practical part as a contest meets it; None if none does."""
    if programme.contest is None:
        return None
    cut = programme.contest.cut_score
    results = [
        _Result(
            score=outcome.score,
            finished_at=outcome.finished_at,
            evidence_id=outcome.evidence_id,
            counts_until=_counts_until(programme, outcome.finished_at),
            passes=outcome.score >= cut - SCORE_TOLERANCE,
        )
        for outcome in outcomes
        if isinstance(outcome, ContestOutcome)
    ]
    best = _best([one for one in results if one.finished_at <= on < one.counts_until])
    if best is None or not best.passes:
        return None
    return PartDecision(
        part=Part.ROOM,
        state=PartState.MET,
        content_ref=programme.room.scenario_ref,
        cut=cut,
        achieved=best.score,
        evidence_id=best.evidence_id,
        counts_until=best.counts_until,
        by_contest=True,
    )


def room_points(programme: CertificationProgramme, outcome: RoomOutcome) -> float:
    """Return the score of a room part: the room's and the forecast's, weighted.

    Raises:
        ProgrammeError: If the programme weighs a forecast and the session has none.
    """
    room = next(one for one in programme.rooms.values() if one.scenario_ref == outcome.scenario_ref)
    if not room.forecast_weight:
        return outcome.score
    if outcome.forecast_score is None:
        raise ProgrammeError(f"session {outcome.evidence_id} has no forecast")
    return room.room_weight * outcome.score + room.forecast_weight * outcome.forecast_score


def cut_of(part: Part, programme: CertificationProgramme) -> float:
    """Return the least score that passes a part, in the part's unit."""
    if part is Part.THEORY:
        return programme.theory.cut_fraction
    if part is Part.WRITTEN:
        assert programme.written is not None, "the part is asked for only if there is one"
        return programme.written.cut_fraction
    return programme.rooms[part.value].cut_score


def _content_ref(part: Part, programme: CertificationProgramme) -> str:
    if part is Part.THEORY:
        return programme.theory.blueprint_ref
    if part is Part.WRITTEN:
        return programme.room.scenario_ref
    return programme.rooms[part.value].scenario_ref


def _counts_until(programme: CertificationProgramme, finished_at: datetime) -> datetime:
    return end_of_day(months_after(issue_day(finished_at), programme.part_valid_months))


def _result(
    part: Part, programme: CertificationProgramme, outcome: Outcome, score: float
) -> _Result:
    return _Result(
        score=score,
        finished_at=outcome.finished_at,
        evidence_id=outcome.evidence_id,
        counts_until=_counts_until(programme, outcome.finished_at),
        passes=score >= cut_of(part, programme) - SCORE_TOLERANCE,
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
        cut=cut_of(part, programme),
        achieved=None if best is None else best.score,
        evidence_id=None if best is None else best.evidence_id,
        counts_until=None if best is None or not best.passes else best.counts_until,
    )


def _best(results: Collection[_Result]) -> _Result | None:
    return max(results, key=lambda result: (result.score, result.finished_at), default=None)


def _verdict(parts: tuple[PartDecision, ...], *, is_lacking: bool) -> Verdict:
    if any(entry.state is PartState.NOT_MET for entry in parts):
        return Verdict.FAILED
    if is_lacking or any(entry.state is not PartState.MET for entry in parts):
        return Verdict.INCOMPLETE
    return Verdict.PASSED
