"""How a person stands in a programme: results, decision, open sittings, the next one's moment."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.certification import claims, queries
from app.certification.models import Enrolment
from app.certification.room_part import (
    PartResult,
    part_results,
    room_code,
    room_sittings,
    rooms_of_part,
    written_outcomes,
)
from app.core.errors import NotFoundError
from app.exams.sat import SatAttempt, sat_attempts
from app.exams.terms import ExamTerms
from app.rooms.sat import SatRoom, sat_rooms
from certificates.decisions import Decision, Part, PartDecision, PartState, decide
from certificates.outcomes import Outcome, RoomOutcome, TheoryOutcome
from certificates.programmes import CertificationProgramme, RoomPart
from certificates.retakes import Retake, RetakeRule, Sitting, next_sitting

REFRESHER_SUFFIX = ":refresher"


@dataclass(frozen=True, slots=True)
class Sat:
    """Everything that a person has sat: read once, whatever is asked of it.

    Attributes:
        attempts: At every exam, newest first.
        rooms: Of every programme, newest first.
        used: What of it certified the person before, by `queries.evidence_key`.
    """

    attempts: tuple[SatAttempt, ...]
    rooms: tuple[SatRoom, ...]
    used: frozenset[str]


def sat_of(db_session: Session, person_id: int) -> Sat:
    """Return what a person has sat."""
    return Sat(
        sat_attempts(db_session, person_id),
        sat_rooms(db_session, person_id),
        queries.used_evidence(db_session, person_id),
    )


@dataclass(frozen=True)
class PartStanding:
    """How one part stands.

    Attributes:
        decided: Its state, achieved score and cut, as the decision sees them.
        open_id: Public id of the attempt or room that the person is in, if any.
        retake: The earliest moment of the next sitting and the rule that sets it.
        waits_for_theory: Whether the theory part has to be passed first.
        is_being_scored: Whether a sitting is over and its score not worked out, or not released;
            of texts, whether one is still to be marked.
        sitting_count: How many sittings are over.
        repeats_for_text: Whether a room that is met may be taken again, because what was written
            about it was not enough.
        lacks_level: Whether a level has to be held first, and is not.
    """

    decided: PartDecision
    open_id: str | None
    retake: Retake
    waits_for_theory: bool
    is_being_scored: bool
    sitting_count: int
    repeats_for_text: bool = False
    lacks_level: bool = False

    @property
    def part(self) -> Part:
        return self.decided.part

    @property
    def is_met(self) -> bool:
        return self.decided.state is PartState.MET

    def may_start(self, now: datetime) -> bool:
        """Say whether a sitting may start, or one that is open may be gone on with."""
        if self.open_id is not None:
            return True
        if self.part is Part.WRITTEN or (self.is_met and not self.repeats_for_text):
            return False
        if self.waits_for_theory or self.is_being_scored or self.lacks_level:
            return False
        return self.retake.allowed_at(now)


@dataclass(frozen=True)
class Standing:
    """How an enrolment stands at a moment; `parts` in the order in which they are taken."""

    enrolment: Enrolment
    programme: CertificationProgramme
    decision: Decision
    parts: tuple[PartStanding, ...]

    def part(self, part: Part) -> PartStanding:
        """Return how `part` stands.

        Raises:
            NotFoundError: If the programme has no such part for this person.
        """
        for one in self.parts:
            if one.part is part:
                return one
        raise NotFoundError(f"part {part} of {self.enrolment!r}")

    @property
    def theory(self) -> PartStanding:
        return self.part(Part.THEORY)

    @property
    def room(self) -> PartStanding:
        return self.part(Part.ROOM)


def theory_code(programme: CertificationProgramme) -> str:
    """Return the exam code of the programme's theory exam."""
    return f"{programme.ref}:theory"


def refresher_code(programme: CertificationProgramme) -> str:
    """Return the exam code of the programme's refresher exam."""
    return f"{programme.ref}{REFRESHER_SUFFIX}"


def is_refresher(exam_code: str) -> bool:
    """Say whether an exam code names a refresher exam."""
    return exam_code.endswith(REFRESHER_SUFFIX)


def theory_terms(programme: CertificationProgramme, *, in_demo: bool) -> ExamTerms:
    """Return what the programme's theory exam demands, by whatever door it is begun.

    Args:
        programme: The version that counts for the candidate.
        in_demo: Whether this deployment is a demonstration.
    """
    return ExamTerms(
        exam_code=theory_code(programme),
        programme_ref=programme.ref,
        title=f"{programme.title} · 理论考试",
        blueprint_ref=programme.theory.blueprint_ref,
        limit_s=programme.theory.minutes * 60,
        cut_fraction=programme.theory.cut_fraction,
        is_demo=in_demo or programme.is_demo,
    )


def decision_on(
    db_session: Session,
    enrolment: Enrolment,
    programme: CertificationProgramme,
    *,
    now: datetime,
    include_demo: bool,
    sat: Sat | None = None,
) -> Decision:
    """Decide an enrolment on what is in the database.

    A result that was committed while the caller waited for the enrolment's lock may carry a
    later moment than the caller's own; the decision is then as of that moment, or nobody would
    ever count it.

    Args:
        db_session: A session to read with.
        enrolment: The enrolment.
        programme: The programme of its pinned version.
        now: The moment (aware).
        include_demo: Whether credentials of a demonstration meet a prerequisite.
        sat: What the person has sat, if the caller has read it.
    """
    person_id = enrolment.person_id
    outcomes = _fresh_outcomes(
        db_session, person_id, programme, sat or sat_of(db_session, person_id)
    )
    moment = max([now, *(outcome.finished_at for outcome in outcomes)])
    levels = queries.held_levels(
        db_session, enrolment.person_id, at=moment, include_demo=include_demo
    )
    logged = claims.logged_of(db_session, enrolment.person_id, at=moment)
    return decide(programme, outcomes, on=moment, held_levels=levels, logged=logged)


def _fresh_outcomes(
    db_session: Session, person_id: int, programme: CertificationProgramme, sat: Sat
) -> list[Outcome]:
    """Return the person's results in a programme that have not certified anybody yet."""
    used = sat.used
    outcomes: list[Outcome] = []
    for attempt in sat.attempts:
        is_used = queries.evidence_key(Part.THEORY, attempt.public_id) in used
        if attempt.programme_ref != programme.ref or is_used:
            continue
        if attempt.closed_at is None or attempt.score_fraction is None:
            continue
        outcomes.append(
            TheoryOutcome(
                evidence_id=attempt.public_id,
                blueprint_ref=attempt.blueprint_ref,
                score_fraction=attempt.score_fraction,
                finished_at=attempt.closed_at,
            )
        )
    results = part_results(db_session, sat.rooms, programme)
    for result in results:
        room, terms = result.room, programme.rooms.get(result.part.value)
        is_used = queries.evidence_key(result.part, room.public_id) in used
        if terms is None or is_used or _waits_for_forecast(terms, result):
            continue
        outcomes.append(
            RoomOutcome(
                evidence_id=room.public_id,
                scenario_ref=terms.scenario_ref,  # pinned by the programme's version
                score=room.score,
                forecast_score=result.forecast_score,
                finished_at=room.closed_at,
            )
        )
    if programme.written is not None:
        texts = written_outcomes(db_session, [one.room for one in results])
        outcomes += [
            one for one in texts if queries.evidence_key(Part.WRITTEN, one.evidence_id) not in used
        ]
    if programme.contest is not None:
        outcomes += [
            one
            for one in claims.contest_outcomes(db_session, person_id)
            if queries.evidence_key(Part.ROOM, one.evidence_id) not in used
        ]
    return outcomes


def _waits_for_forecast(terms: RoomPart, result: PartResult) -> bool:
    return terms.forecast_weight > 0 and result.forecast_score is None


def standing_of(
    db_session: Session,
    enrolment: Enrolment,
    *,
    now: datetime,
    include_demo: bool,
    sat: Sat | None = None,
) -> Standing:
    """Return how an enrolment stands, with what may be started and when.

    Args:
        db_session: A session to read with.
        enrolment: The enrolment.
        now: The moment (aware).
        include_demo: Whether credentials of a demonstration meet a prerequisite.
        sat: What the person has sat, if the caller has read it.
    """
    sat = sat or sat_of(db_session, enrolment.person_id)
    programme = queries.programme_of(db_session, enrolment.programme_ref)
    decision = decision_on(
        db_session, enrolment, programme, now=now, include_demo=include_demo, sat=sat
    )
    theory = _theory_standing(sat, enrolment, programme, decision, now)
    parts = [theory]
    results = part_results(db_session, sat.rooms, programme)
    written = next((one for one in decision.parts if one.part is Part.WRITTEN), None)
    fails_text = written is not None and written.state is PartState.NOT_MET
    for decided in decision.rooms:
        unweighed = {
            one.room.public_id
            for one in results
            if one.part is decided.part
            and _waits_for_forecast(programme.rooms[decided.part.value], one)
        }
        parts.append(
            _room_standing(
                rooms_of_part(sat.rooms, programme.id, decided.part),
                programme,
                decided,
                now,
                waits_for_theory=not theory.is_met,
                repeats_for_text=fails_text and not decided.by_contest,
                unweighed=unweighed,
            )
        )
    if written is not None:
        parts.append(_written_standing(db_session, programme, written, results, now))
    return Standing(enrolment, programme, decision, tuple(parts))


def _theory_standing(
    sat: Sat,
    enrolment: Enrolment,
    programme: CertificationProgramme,
    decision: Decision,
    now: datetime,
) -> PartStanding:
    code = theory_code(programme)
    is_open = (
        one.public_id for one in sat.attempts if one.exam_code == code and one.closed_at is None
    )
    sittings = [
        Sitting(attempt.started_at, attempt.closed_at)
        for attempt in past_attempts(sat, enrolment)
        if attempt.closed_at is not None
    ]
    return PartStanding(
        decided=decision.part(Part.THEORY),
        open_id=next(is_open, None),
        retake=next_sitting(programme, sittings, now=now),
        waits_for_theory=False,
        is_being_scored=False,  # closing an attempt scores it in the same transaction
        sitting_count=len(sittings),
        lacks_level=bool(decision.missing_levels),
    )


def _room_standing(
    sessions: Sequence[SatRoom],
    programme: CertificationProgramme,
    decided: PartDecision,
    now: datetime,
    *,
    waits_for_theory: bool,
    repeats_for_text: bool,
    unweighed: Set[str],
) -> PartStanding:
    own = [one for one in sessions if one.exam_code == room_code(programme, decided.part)]
    sittings = room_sittings(sessions)
    return PartStanding(
        decided=decided,
        open_id=next((one.public_id for one in own if one.is_open), None),
        retake=next_sitting(programme, sittings, now=now),
        waits_for_theory=waits_for_theory,
        is_being_scored=any(
            not one.is_open and (one.scored_at is None or one.is_held or one.public_id in unweighed)
            for one in own
        ),
        sitting_count=len(sittings),
        repeats_for_text=repeats_for_text,
    )


def _written_standing(
    db_session: Session,
    programme: CertificationProgramme,
    decided: PartDecision,
    results: Sequence[PartResult],
    now: datetime,
) -> PartStanding:
    """Return how the texts stand: they have no sitting of their own, the room's is theirs."""
    assert programme.written is not None, "the decision has the part"
    rooms = [one.room for one in results]
    marked = {
        one.evidence_id
        for one in written_outcomes(db_session, rooms)
        if set(programme.written.texts) <= set(one.credits)
    }
    newest = next(iter(rooms), None)
    return PartStanding(
        decided=decided,
        open_id=None,
        retake=Retake(now, RetakeRule.NONE),
        waits_for_theory=False,
        is_being_scored=newest is not None and newest.public_id not in marked,
        sitting_count=len(marked),
    )


def past_attempts(sat: Sat, enrolment: Enrolment) -> list[SatAttempt]:
    """Return the person's closed theory exams in any version of the programme, newest first.

    They all count against the limits: a new version of a programme resets none. Refresher exams
    are counted by themselves.
    """
    prefix = f"{enrolment.programme_id}@"
    return [
        attempt
        for attempt in sat.attempts
        if attempt.programme_ref.startswith(prefix)
        and attempt.closed_at is not None
        and not is_refresher(attempt.exam_code)
    ]
