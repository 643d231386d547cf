"""From what happened to who is told: the one path to a notice is a published fact."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.accounts.roles import Role
from app.contests import jury_queries, protest_queries, queries
from app.contests.events import (
    ActProposed,
    ContestFact,
    ContestResultFinal,
    EntryStands,
    JuryDealt,
    ProtestAnswered,
    ProtestFiled,
    ResultsTold,
    RoundScored,
    RoundTurned,
)
from app.contests.models import Contest, ContestEntry, ContestProposal, ContestProtest, ContestRound
from app.contests.telling.models import ContestNotice
from app.contests.telling.queueing import Kind, queue_notice, ref_at
from app.providers.telling.queueing import people_of_role

CALL_BEFORE = timedelta(hours=1)
"""Everybody of a round is called so long before it begins."""

ORGANISERS = (Role.EXAMINER, Role.COMMITTEE_MEMBER)
ANSWERERS = (Role.APPEAL_HANDLER, Role.COMMITTEE_MEMBER)

STANDINGS = {
    "seated": Kind.SEATED,
    "waiting": Kind.WAITING,
    "promoted": Kind.PROMOTED,
    "not_eligible": Kind.NOT_ELIGIBLE,
    "disqualified": Kind.DISQUALIFIED,
}
TURNS = {
    "moved": Kind.ROUND_MOVED,
    "halted": Kind.ROUND_HALTED,
    "resumed": Kind.ROUND_RESUMED,
    "restarted": Kind.ROUND_RESTARTED,
}


def on_contest_fact(db_session: Session, fact: ContestFact) -> None:
    """Tell whom a fact concerns, in the transaction in which it happened; twice is once."""
    match fact:
        case EntryStands():
            _on_entry(db_session, fact)
        case RoundTurned():
            round_ = db_session.get_one(ContestRound, fact.round_id)
            people = _people_of_round(db_session, round_) | _jurors(db_session, fact.contest_id)
            ref = ref_at(round_.public_id, fact.at)
            queue_notice(db_session, people, TURNS[fact.turn], ref, now=fact.at)
        case RoundScored():
            _on_scored(db_session, fact)
        case JuryDealt():
            round_ = db_session.get_one(ContestRound, fact.round_id)
            ref = ref_at(round_.public_id, fact.at)
            queue_notice(db_session, fact.person_ids, Kind.JURY_DEALT, ref, now=fact.at)
        case ProtestFiled():
            _on_filed(db_session, fact)
        case ProtestAnswered():
            protest = db_session.get_one(ContestProtest, fact.protest_id)
            entry = protest_queries.protest_of(db_session, protest.public_id)[2]
            kind = Kind.PROTEST_ANSWERED
            queue_notice(db_session, [entry.person_id], kind, protest.public_id, now=fact.at)
        case ActProposed():
            _on_proposed(db_session, fact)
        case ResultsTold():
            _on_results(db_session, fact, Kind.RESULTS_TOLD, ())
        case ContestResultFinal():
            jurors = _jurors(db_session, fact.contest_id)
            _on_results(db_session, fact, Kind.RESULTS_FINAL, jurors)


def call_rounds(db_session: Session, *, now: datetime) -> int:
    """Tell everybody of the rounds that begin within the hour; the organisers, if nobody plays.

    Args:
        db_session: The session of the caller's transaction.
        now: The moment (aware).

    Returns:
        How many notices are new.
    """
    queued = 0
    for round_, contest in rounds_to_call(db_session, now=now):
        db_session.get_one(Contest, contest.id, with_for_update=True)
        ref = ref_at(round_.public_id, round_.starts_at)
        people = _people_of_round(db_session, round_)
        if people:
            planner = _person_id(db_session, contest.planned_by)
            people |= _jurors(db_session, contest.id) | ({planner} if planner else set())
            queued += queue_notice(db_session, people, Kind.ROUND_SOON, ref, now=now)
        else:
            organisers = people_of_role(db_session, *ORGANISERS)
            queued += queue_notice(db_session, organisers, Kind.ROUND_EMPTY, ref, now=now)
    return queued


def rounds_to_call(db_session: Session, *, now: datetime) -> list[tuple[ContestRound, Contest]]:
    """Return the rounds that begin within the hour and that nobody was called to."""
    rows = db_session.execute(
        select(ContestRound, Contest)
        .join(Contest, Contest.id == ContestRound.contest_id)
        .where(
            ContestRound.starts_at > now,
            ContestRound.starts_at <= now + CALL_BEFORE,
            Contest.state.in_(("published", "running")),
        )
        .order_by(ContestRound.starts_at, ContestRound.id)
    ).all()
    return [
        (round_, contest)
        for round_, contest in rows
        if db_session.scalar(
            select(ContestNotice.id)
            .where(
                ContestNotice.kind.in_((Kind.ROUND_SOON.value, Kind.ROUND_EMPTY.value)),
                ContestNotice.ref == ref_at(round_.public_id, round_.starts_at),
            )
            .limit(1)
        )
        is None
    ]


def mark_seen(db_session: Session, person_id: int, *, now: datetime) -> int:
    """Note that somebody has read their notices; return how many were new to them."""
    unseen = db_session.scalars(
        select(ContestNotice)
        .where(ContestNotice.person_id == person_id, ContestNotice.seen_at.is_(None))
        .with_for_update()
    ).all()
    for one in unseen:
        one.seen_at = now
    db_session.flush()
    return len(unseen)


def _on_entry(db_session: Session, fact: EntryStands) -> None:
    if fact.standing not in STANDINGS:  # who withdraws knows it
        return
    entry = db_session.get_one(ContestEntry, fact.entry_id)
    kind, ref = STANDINGS[fact.standing], ref_at(entry.public_id, fact.at)
    queue_notice(db_session, [entry.person_id], kind, ref, now=fact.at)


def _on_scored(db_session: Session, fact: RoundScored) -> None:
    """Tell the contestants of a round that asks for a written 复盘 that they may write it."""
    contest = db_session.get_one(Contest, fact.contest_id)
    round_ = db_session.get_one(ContestRound, fact.round_id)
    review = queries.rules_of(db_session, contest).review
    if review is not None and round_.stage in review.stages:
        people = _people_of_round(db_session, round_)
        ref = f"{round_.public_id}@{round_.run_no}"
        queue_notice(db_session, people, Kind.REVIEW_OPEN, ref, now=fact.at)


def _on_filed(db_session: Session, fact: ProtestFiled) -> None:
    protest = db_session.get_one(ContestProtest, fact.protest_id)
    entry = protest_queries.protest_of(db_session, protest.public_id)[2]
    barred = _jurors(db_session, fact.contest_id) | {entry.person_id}
    people = set(people_of_role(db_session, *ANSWERERS)) - barred
    queue_notice(db_session, people, Kind.PROTEST_FILED, protest.public_id, now=fact.at)


def _on_proposed(db_session: Session, fact: ActProposed) -> None:
    proposal = db_session.get_one(ContestProposal, fact.proposal_id)
    barred = {one.person_id for one in queries.entries_of(db_session, fact.contest_id)}
    barred |= {_person_id(db_session, proposal.proposer) or 0}
    people = set(people_of_role(db_session, *ORGANISERS)) - barred
    queue_notice(db_session, people, Kind.ACT_PROPOSED, proposal.public_id, now=fact.at)


def _on_results(
    db_session: Session,
    fact: ResultsTold | ContestResultFinal,
    kind: Kind,
    others: Collection[int],
) -> None:
    contest = db_session.get_one(Contest, fact.contest_id)
    people = {
        entry.person_id
        for _, entry in queries.results_of(db_session, contest, fact.version)
        if entry.withdrawn_at is None
    }
    ref = f"{contest.public_id}@v{fact.version}"
    queue_notice(db_session, people | set(others), kind, ref, now=fact.at)


def _people_of_round(db_session: Session, round_: ContestRound) -> set[int]:
    return {
        entry.person_id
        for _, entry in queries.places_of(db_session, round_.id)
        if entry.withdrawn_at is None
    }


def _jurors(db_session: Session, contest_id: int) -> set[int]:
    return {person.id for _, person in jury_queries.jurors_of(db_session, contest_id)}


def _person_id(db_session: Session, actor: str) -> int | None:
    """Return the key of an actor who is a person; None for a job, a command or nobody known."""
    return db_session.scalar(
        select(Person.id).where(Person.public_id == actor.removeprefix("person:"))
    )
