"""How a person stands in a programme: results, decision, open sittings, the next one's moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.certification import queries
from app.certification.models import Enrolment
from app.certification.room_part import room_code, room_results, room_sessions, room_sittings
from app.exams import queries as exams
from app.exams.models import Attempt
from app.exams.terms import ExamTerms
from app.rooms.models import RoomSession
from certificates.decisions import (
    Decision,
    Outcome,
    Part,
    PartDecision,
    PartState,
    RoomOutcome,
    TheoryOutcome,
    decide,
)
from certificates.programmes import CertificationProgramme
from certificates.retakes import Retake, Sitting, next_sitting


@dataclass(frozen=True)
class PartStanding:
    """How one part stands.

    Attributes:
        decided: Its state, achieved score and cut, as the decision sees them.
        open_id: Public id of the attempt or room that the person is in, if any.
        retake: The earliest moment of the next sitting and the rule that sets it.
        waits_for_theory: Whether the theory part has to be passed first.
        is_being_scored: Whether a sitting is over and its score not worked out, or not released.
        sitting_count: How many sittings are over.
    """

    decided: PartDecision
    open_id: str | None
    retake: Retake
    waits_for_theory: bool
    is_being_scored: bool
    sitting_count: int

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
        if self.is_met or self.waits_for_theory or self.is_being_scored:
            return False
        return self.retake.allowed_at(now)


@dataclass(frozen=True)
class Standing:
    """How an enrolment stands at a moment."""

    enrolment: Enrolment
    programme: CertificationProgramme
    decision: Decision
    theory: PartStanding
    room: PartStanding


def theory_code(programme: CertificationProgramme) -> str:
    """Return the exam code of the programme's theory exam."""
    return f"{programme.ref}:theory"


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
    """
    outcomes = _fresh_outcomes(db_session, enrolment.person_id, programme)
    moment = max([now, *(outcome.finished_at for outcome in outcomes)])
    levels = queries.held_levels(
        db_session, enrolment.person_id, at=moment, include_demo=include_demo
    )
    return decide(programme, outcomes, on=moment, held_levels=levels)


def _fresh_outcomes(
    db_session: Session, person_id: int, programme: CertificationProgramme
) -> list[Outcome]:
    """Return the person's results in a programme that have not certified anybody yet."""
    used = queries.used_evidence(db_session, person_id)
    outcomes: list[Outcome] = []
    for attempt in exams.attempts_of(db_session, person_id, programme.ref):
        is_used = queries.evidence_key(Part.THEORY, attempt.public_id) in used
        if attempt.closed_at is None or attempt.score_fraction is None or is_used:
            continue
        outcomes.append(
            TheoryOutcome(
                evidence_id=attempt.public_id,
                blueprint_ref=attempt.blueprint_ref,
                score_fraction=attempt.score_fraction,
                finished_at=attempt.closed_at,
            )
        )
    for result in room_results(db_session, person_id, programme):
        if queries.evidence_key(Part.ROOM, result.public_id) not in used:
            outcomes.append(
                RoomOutcome(
                    evidence_id=result.public_id,
                    scenario_ref=programme.room.scenario_ref,  # pinned by the programme's version
                    score=result.score,
                    finished_at=result.closed_at,
                )
            )
    return outcomes


def standing_of(
    db_session: Session, enrolment: Enrolment, *, now: datetime, include_demo: bool
) -> Standing:
    """Return how an enrolment stands, with what may be started and when.

    Args:
        db_session: A session to read with.
        enrolment: The enrolment.
        now: The moment (aware).
        include_demo: Whether credentials of a demonstration meet a prerequisite.
    """
    programme = queries.programme_of(db_session, enrolment.programme_ref)
    decision = decision_on(db_session, enrolment, programme, now=now, include_demo=include_demo)
    theory = _theory_standing(db_session, enrolment, programme, decision, now)
    room = _room_standing(
        room_sessions(db_session, enrolment.person_id, programme.id),
        programme,
        decision,
        now,
        waits_for_theory=not theory.is_met,
    )
    return Standing(enrolment, programme, decision, theory, room)


def _theory_standing(
    db_session: Session,
    enrolment: Enrolment,
    programme: CertificationProgramme,
    decision: Decision,
    now: datetime,
) -> PartStanding:
    code = theory_code(programme)
    open_attempt = exams.open_attempt_or_none(db_session, enrolment.person_id, code)
    sittings = [
        Sitting(attempt.started_at, attempt.closed_at)
        for attempt in past_attempts(db_session, enrolment)
        if attempt.closed_at is not None
    ]
    return PartStanding(
        decided=decision.part(Part.THEORY),
        open_id=None if open_attempt is None else open_attempt.public_id,
        retake=next_sitting(programme, sittings, now=now),
        waits_for_theory=False,
        is_being_scored=False,  # closing an attempt scores it in the same transaction
        sitting_count=len(sittings),
    )


def _room_standing(
    sessions: Sequence[RoomSession],
    programme: CertificationProgramme,
    decision: Decision,
    now: datetime,
    *,
    waits_for_theory: bool,
) -> PartStanding:
    own = [one for one in sessions if one.exam_code == room_code(programme)]
    sittings = room_sittings(sessions)
    return PartStanding(
        decided=decision.part(Part.ROOM),
        open_id=next((one.public_id for one in own if one.is_open), None),
        retake=next_sitting(programme, sittings, now=now),
        waits_for_theory=waits_for_theory,
        is_being_scored=any(
            not one.is_open and (one.scored_at is None or one.is_held) for one in own
        ),
        sitting_count=len(sittings),
    )


def past_attempts(db_session: Session, enrolment: Enrolment) -> list[Attempt]:
    """Return the person's closed attempts in any version of the programme, newest first.

    They all count against the limits: a new version of a programme resets none.
    """
    prefix = f"{enrolment.programme_id}@"
    return [
        attempt
        for attempt in exams.attempts_of(db_session, enrolment.person_id)
        if attempt.programme_ref.startswith(prefix) and attempt.closed_at is not None
    ]
