"""认可迟到作答: answers that came after the end count only by the decision of two people.

A late answer is kept and not scored. Where the delay was not the candidate's doing, one member of
staff proposes to admit an attempt's late answers, with the reason; another admits or refuses them.
Admitted, each is appended to the attempt's chain like a saved one (an older change still does not
win over a newer one) and the attempt is scored anew; the earlier scores stay.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.core.audit.services import record_act
from app.core.errors import (
    ConflictError,
    InvalidInputError,
    NotFoundError,
    SecondPersonRequiredError,
)
from app.exams import queries as exams
from app.exams.models import Attempt, AttemptResponse, LateAdmission, LateAnswer
from app.exams.services import append_to_chain, score_attempt

logger = logging.getLogger(__name__)

REASON_CHARS = (4, 300)


class NoLateAnswersError(ConflictError):
    """Raised when an attempt is still open, or has no late answers that were not decided on."""

    code = "no_late_answers"


class AdmissionSettledError(ConflictError):
    """Raised when a decision would be taken again, or a second proposal made beside the first."""

    code = "admission_settled"


@dataclass(frozen=True)
class LateRow:
    """An attempt with late answers, for staff.

    Attributes:
        attempt: The attempt.
        name: Its candidate's name.
        answers: Late answers that nobody has decided on, in the order of their arrival.
        latest_s: How long after the end the last of them came, seconds.
        proposal: The open proposal about them, if there is one.
    """

    attempt: Attempt
    name: str
    answers: Sequence[LateAnswer]
    latest_s: int
    proposal: LateAdmission | None


def late_rows(db_session: Session, *, limit: int = 100) -> list[LateRow]:
    """Return closed attempts with late answers nobody has decided on, the newest first."""
    rows = db_session.execute(
        select(Attempt, Person.display_name)
        .join(Person, Person.id == Attempt.person_id)
        .where(
            Attempt.closed_at.is_not(None),
            select(LateAnswer.id).where(LateAnswer.attempt_id == Attempt.id).exists(),
        )
        .order_by(Attempt.closed_at.desc())
        .limit(limit)
    ).all()
    out = []
    for attempt, name in rows:
        answers = undecided(db_session, attempt)
        if answers:
            assert attempt.closed_at is not None, "the query asks for closed ones"
            end = min(attempt.due_at, attempt.closed_at)
            late_s = (answers[-1].received_at - end).total_seconds()
            proposal = open_proposal_or_none(db_session, attempt.id)
            out.append(LateRow(attempt, name, answers, max(0, int(late_s)), proposal))
    return out


def undecided(db_session: Session, attempt: Attempt) -> list[LateAnswer]:
    """Return an attempt's late answers that no decision was taken on."""
    decided = {
        one
        for ids in db_session.scalars(
            select(LateAdmission.late_answer_ids).where(
                LateAdmission.attempt_id == attempt.id, LateAdmission.decided_at.is_not(None)
            )
        )
        for one in ids
    }
    return [one for one in exams.late_answers_of(db_session, attempt.id) if one.id not in decided]


def open_proposal_or_none(db_session: Session, attempt_id: int) -> LateAdmission | None:
    """Return the proposal about an attempt's late answers that waits for a second person."""
    return db_session.scalar(
        select(LateAdmission).where(
            LateAdmission.attempt_id == attempt_id, LateAdmission.decided_at.is_(None)
        )
    )


def admission(db_session: Session, public_id: str, *, lock: bool = False) -> LateAdmission:
    """Return a proposal.

    Raises:
        NotFoundError: If there is none.
    """
    query = select(LateAdmission).where(LateAdmission.public_id == public_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = db_session.scalar(query)
    if found is None:
        raise NotFoundError(f"late admission {public_id}")
    return found


def propose_admission(
    db_session: Session, attempt: Attempt, *, reason: str, actor: str, now: datetime
) -> LateAdmission:
    """Propose that an attempt's late answers count.

    Args:
        db_session: The session of the caller's transaction.
        attempt: A locked attempt.
        reason: Why the delay is not the candidate's, 4 to 300 characters.
        actor: Who proposes.
        now: The moment (aware).

    Raises:
        InvalidInputError: If the reason is too short or too long.
        NoLateAnswersError: If the attempt is open, or there is nothing to decide.
        AdmissionSettledError: If a proposal waits already.
        SecondPersonRequiredError: If somebody would propose their own.
    """
    if not REASON_CHARS[0] <= len(reason) <= REASON_CHARS[1]:
        raise InvalidInputError("reason", [{"field": "reason", "code": "length"}])
    _refuse_own(db_session, attempt, actor)
    answers = [] if attempt.is_open else undecided(db_session, attempt)
    if not answers:
        raise NoLateAnswersError(f"{attempt!r}")
    if open_proposal_or_none(db_session, attempt.id) is not None:
        raise AdmissionSettledError(f"{attempt!r}")
    proposed = LateAdmission(
        attempt_id=attempt.id,
        late_answer_ids=[one.id for one in answers],
        reason=reason,
        proposed_by=actor,
        proposed_at=now,
    )
    db_session.add(proposed)
    db_session.flush()
    _audit(db_session, proposed, attempt, "proposed", actor, now, {"reason": reason})
    return proposed


def decide_admission(
    db_session: Session,
    proposed: LateAdmission,
    attempt: Attempt,
    *,
    is_admitted: bool,
    actor: str,
    now: datetime,
) -> None:
    """Admit late answers and score the attempt anew, or refuse them; once, by a second person.

    Args:
        db_session: The session of the caller's transaction.
        proposed: The locked proposal.
        attempt: Its locked attempt.
        is_admitted: The decision.
        actor: Who decides.
        now: The moment (aware).

    Raises:
        AdmissionSettledError: If it was decided before.
        SecondPersonRequiredError: If who decides proposed it, or it is their own.
    """
    if proposed.decided_at is not None:
        raise AdmissionSettledError(f"{proposed!r}")
    if actor == proposed.proposed_by:
        raise SecondPersonRequiredError(f"{proposed!r}: {actor}")
    _refuse_own(db_session, attempt, actor)
    proposed.is_admitted = is_admitted
    proposed.decided_by = actor
    proposed.decided_at = now
    db_session.flush()
    if is_admitted:
        wanted = set(proposed.late_answer_ids)
        for answer in exams.late_answers_of(db_session, attempt.id):
            if answer.id in wanted:
                _admit(db_session, attempt, answer, now=now)
        score_attempt(db_session, attempt, reason=f"late:{proposed.public_id}", now=now)
    act = "admitted" if is_admitted else "refused"
    _audit(
        db_session, proposed, attempt, act, actor, now, {"answers": len(proposed.late_answer_ids)}
    )


def _admit(db_session: Session, attempt: Attempt, answer: LateAnswer, *, now: datetime) -> None:
    """Append one late answer to the chain, and project it unless a newer change stands."""
    payload = {
        "position": answer.position,
        "value": json.loads(answer.value),
        "flagged": False,
        "client_sequence": answer.client_sequence,
    }
    append_to_chain(db_session, attempt, "admitted", payload, key=f"late-{answer.id}", now=now)
    held = db_session.get(AttemptResponse, (attempt.id, answer.position))
    if held is None:
        db_session.add(
            AttemptResponse(
                attempt_id=attempt.id,
                position=answer.position,
                value=answer.value,
                flagged=False,
                client_sequence=answer.client_sequence,
                at=now,
            )
        )
    elif answer.client_sequence > held.client_sequence:
        held.value, held.client_sequence, held.at = answer.value, answer.client_sequence, now
    db_session.flush()


def _refuse_own(db_session: Session, attempt: Attempt, actor: str) -> None:
    own = db_session.scalar(select(Person.public_id).where(Person.id == attempt.person_id))
    if actor == f"person:{own}":
        raise SecondPersonRequiredError(f"{attempt!r}: {actor}")


def _audit(
    db_session: Session,
    proposed: LateAdmission,
    attempt: Attempt,
    act: str,
    actor: str,
    now: datetime,
    details: dict[str, Any],
) -> None:
    record_act(
        db_session,
        subject=f"attempt:{attempt.public_id}",
        action=f"late_answers.{act}",
        actor=actor,
        now=now,
        details={"admission": proposed.public_id, **details},
    )
    logger.info("%r %s", proposed, act)
