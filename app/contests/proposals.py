"""Acts that money or standing hangs on: one person proposes, another confirms or declines."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.contests import queries, running, settling
from app.contests.entering import withdraw
from app.contests.events import ActProposed
from app.contests.models import Contest, ContestProposal
from app.contests.planning import MOST_REASON, ContestStageError, note
from app.core.crypto import FieldKeys
from app.core.errors import (
    ConflictError,
    InvalidInputError,
    NotFoundError,
    SecondPersonRequiredError,
)
from app.core.events import publish

ACTS = ("publish", "resume", "restart", "disqualify", "finalise", "reopen", "cancel")


class ProposalOpenError(ConflictError):
    """Raised when the same act waits for a second person already."""

    code = "contest_proposal_open"


class ProposalDecidedError(ConflictError):
    """Raised when somebody confirmed or declined it before."""

    code = "contest_proposal_decided"


def propose(
    db_session: Session,
    contest: Contest,
    act: str,
    *,
    subject: str = "",
    payload: Mapping[str, Any] | None = None,
    reason: str,
    actor: str,
    now: datetime,
) -> ContestProposal:
    """Propose an act on a locked contest; it is done when a second person confirms it.

    Args:
        db_session: The session of the caller's transaction.
        contest: The contest.
        act: One of `ACTS`.
        subject: Public id of the round (`resume`, `restart`) or entry (`disqualify`).
        payload: `{"slot": …}` of a restart.
        reason: Why, for the record.
        actor: `person:<public id>`.
        now: The moment (aware).

    Raises:
        InvalidInputError: If it is no act, or has no reason.
        SecondPersonRequiredError: If a contestant would do it.
        NotFoundError: If the subject is not of this contest.
        ProposalOpenError: If it waits already.
        ContestStageError, ProtestsOpenError, NotAllMarkedError: If it could not be done now.
    """
    if act not in ACTS:
        raise InvalidInputError("act", [{"field": "act", "code": "unknown"}])
    if not reason.strip() or len(reason) > MOST_REASON:
        raise InvalidInputError("reason", [{"field": "reason", "code": "length"}])
    _check_no_contestant(db_session, contest, actor)
    _check(db_session, contest, act, subject, now)
    row = ContestProposal(
        contest_id=contest.id,
        act=act,
        subject=subject,
        payload=dict(payload or {}),
        reason=reason.strip(),
        proposer=actor,
        proposed_at=now,
    )
    try:
        with db_session.begin_nested():
            db_session.add(row)
    except IntegrityError as error:
        raise ProposalOpenError(f"{contest!r}: {act}") from error
    details = {"act": act, "subject": subject, "proposal": row.public_id, "reason": row.reason}
    note(db_session, contest, "proposed", actor, now, details)
    publish(db_session, ActProposed(contest.id, row.id, now))
    return row


def proposal_of(db_session: Session, public_id: str, *, lock: bool = False) -> ContestProposal:
    """Return a proposal.

    Raises:
        NotFoundError: If there is none.
    """
    query = select(ContestProposal).where(ContestProposal.public_id == public_id)
    found = db_session.scalar(query.with_for_update() if lock else query)
    if found is None:
        raise NotFoundError(f"proposal {public_id}")
    return found


def decide(
    db_session: Session,
    contest: Contest,
    proposal: ContestProposal,
    outcome: str,
    *,
    keys: FieldKeys,
    actor: str,
    now: datetime,
) -> None:
    """Confirm or decline a locked proposal on a locked contest; what is confirmed is done at once.

    The proposer may decline it: that takes it back.

    Raises:
        InvalidInputError: If the outcome is none.
        ProposalDecidedError: If somebody was first.
        SecondPersonRequiredError: If the proposer, or a contestant, would confirm it.
    """
    if outcome not in {"confirmed", "declined"}:
        raise InvalidInputError("outcome", [{"field": "outcome", "code": "unknown"}])
    if proposal.decided_at is not None:
        raise ProposalDecidedError(f"proposal {proposal.public_id}")
    if outcome == "confirmed":
        if proposal.proposer == actor:
            raise SecondPersonRequiredError(f"proposal {proposal.public_id}")
        _check_no_contestant(db_session, contest, actor)
        _check(db_session, contest, proposal.act, proposal.subject, now)
    proposal.decider, proposal.decided_at, proposal.outcome = actor, now, outcome
    details = {"act": proposal.act, "proposal": proposal.public_id, "proposer": proposal.proposer}
    note(db_session, contest, outcome, actor, now, details)
    if outcome == "confirmed":
        _do(db_session, contest, proposal, keys, actor, now)


def _check(db_session: Session, contest: Contest, act: str, subject: str, now: datetime) -> None:
    """Refuse what could not be done now, before a second person is troubled with it."""
    states = {
        "publish": {"draft"},
        "resume": {"published", "running"},
        "restart": {"published", "running"},
        "disqualify": {"published", "running", "judging", "protest"},
        "finalise": {"protest"},
        "reopen": {"final"},
        "cancel": {"draft", "published", "running", "judging"},
    }[act]
    if contest.state not in states:
        raise ContestStageError(f"{contest!r}: {act} in {contest.state}")
    if act == "publish":
        rounds = queries.rounds_of(db_session, contest.id)
        if not any(one.kind != "rehearsal" for one in rounds) or contest.entry_closes_at <= now:
            raise ContestStageError(f"{contest!r}: no counted round, or entry is over")
    elif act in {"resume", "restart"}:
        if queries.round_of(db_session, subject).contest_id != contest.id:
            raise NotFoundError(f"round {subject} of {contest!r}")
    elif act == "disqualify":
        if queries.entry_of(db_session, subject).contest_id != contest.id:
            raise NotFoundError(f"entry {subject} of {contest!r}")
    elif act == "finalise":
        settling.check_finalisable(db_session, contest, now=now)


def _check_no_contestant(db_session: Session, contest: Contest, actor: str) -> None:
    person_id = db_session.scalar(
        select(Person.id).where(Person.public_id == actor.removeprefix("person:"))
    )
    if person_id is None:
        return
    entry = queries.entry_or_none(db_session, contest.id, person_id)
    if entry is not None and entry.withdrawn_at is None:
        raise SecondPersonRequiredError(f"{actor} is a contestant of {contest!r}")


def _do(
    db_session: Session,
    contest: Contest,
    proposal: ContestProposal,
    keys: FieldKeys,
    actor: str,
    now: datetime,
) -> None:
    subject = proposal.subject
    match proposal.act:
        case "publish":
            contest.state, contest.published_at = "published", now
        case "resume":
            round_ = queries.round_of(db_session, subject, lock=True)
            running.resume_round(db_session, contest, round_, actor=actor, now=now)
        case "restart":
            round_ = queries.round_of(db_session, subject, lock=True)
            slot = str(proposal.payload.get("slot", ""))
            running.restart_round(
                db_session, contest, round_, slot, keys=keys, actor=actor, now=now
            )
        case "disqualify":
            entry = queries.entry_of(db_session, subject, lock=True)
            withdraw(db_session, contest, entry, reason="disqualified", actor=actor, now=now)
        case "finalise":
            settling.finalise(
                db_session, contest, proposer=proposal.proposer, decider=actor, now=now
            )
        case "reopen":
            settling.reopen(db_session, contest, actor=actor, now=now)
        case "cancel":
            contest.state = "cancelled"
