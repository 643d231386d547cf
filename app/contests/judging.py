"""The jury: who may mark whom, blind tasks, marks that stand, how well jurors agree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import combinations

from flask import current_app
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.accounts.roles import Role
from app.certification.models import EvidenceClaim
from app.contests import jury_queries, queries, review_queries
from app.contests.events import JuryDealt
from app.contests.models import (
    Contest,
    ContestEntry,
    ContestJuror,
    ContestRound,
    JuryMark,
    JuryTask,
    RoundPlace,
)
from app.contests.planning import ContestStageError, note
from app.contests.rules import JuryRules
from app.core.audit.services import record_act
from app.core.errors import ConflictError, InvalidInputError
from app.core.events import publish
from app.providers.models import Employment, ProviderManager
from question_bank.agreement import Agreement, agreement

COLLEAGUES_FOR = timedelta(days=365)
"""Who worked for the same provider within this time is a colleague still."""

MOST_COMMENT = 1000


class NoJurorRoleError(ConflictError):
    """Raised when somebody is to judge who is no juror, or plays in the contest."""

    code = "contest_no_juror"


class MarkHandedInError(ConflictError):
    """Raised when marks would be changed that were handed in."""

    code = "contest_mark_stands"


class ReviewsOpenError(ConflictError):
    """Raised when rooms would be dealt to jurors while contestants still write about them."""

    code = "contest_reviews_open"


class TooFewJurorsError(ConflictError):
    """Raised when a place cannot get its jurors: too few are free of a conflict."""

    code = "contest_too_few_jurors"


def appoint(
    db_session: Session, contest: Contest, person: Person, *, actor: str, now: datetime
) -> ContestJuror:
    """Make somebody a juror of a locked contest; twice is once.

    Raises:
        NoJurorRoleError: If the person is no juror, or a contestant.
    """
    entry = queries.entry_or_none(db_session, contest.id, person.id)
    if Role.JUROR not in person.roles or (entry is not None and entry.withdrawn_at is None):
        raise NoJurorRoleError(f"{person!r} in {contest!r}")
    held = db_session.scalar(
        select(ContestJuror).where(
            ContestJuror.contest_id == contest.id, ContestJuror.person_id == person.id
        )
    )
    if held is None:
        held = ContestJuror(
            contest_id=contest.id, person_id=person.id, appointed_by=actor, appointed_at=now
        )
        db_session.add(held)
    elif held.released_at is None:
        return held
    held.released_at = None
    note(db_session, contest, "juror_appointed", actor, now, {"juror": person.public_id})
    return held


def conflict_of(
    db_session: Session, juror_person_id: int, contestant_id: int, *, now: datetime
) -> str | None:
    """Return why somebody may not judge a contestant, if so.

    Returns:
        `self`, `colleague` (works for the same provider, or did within a year, or manages it),
        `trainer` (taught a course of theirs, or stated or confirmed their hours of training),
        or None.
    """
    if juror_person_id == contestant_id:
        return "self"
    if _providers(db_session, juror_person_id, now) & _providers(db_session, contestant_id, now):
        return "colleague"
    juror = f"person:{db_session.get_one(Person, juror_person_id).public_id}"
    taught = db_session.scalar(
        select(EvidenceClaim.id)
        .where(
            EvidenceClaim.person_id == contestant_id,
            EvidenceClaim.kind == "training",
            or_(EvidenceClaim.enterer == juror, EvidenceClaim.decider == juror),
        )
        .limit(1)
    )
    trainees_of = current_app.extensions.get("trainees_of")  # what courses know, if there are any
    taught_in_course = trainees_of is not None and contestant_id in trainees_of(
        db_session, juror_person_id
    )
    return "trainer" if taught is not None or taught_in_course else None


def deal_tasks(
    db_session: Session, contest: Contest, round_: ContestRound, *, actor: str, now: datetime
) -> int:
    """Give every place of a scored round its jurors; those that have enough are left alone.

    Who has least to do gets the next place, so that the load is even.

    Returns:
        How many tasks were dealt.

    Raises:
        ContestStageError: If the round is not scored yet, or the jury does not mark its stage.
        ReviewsOpenError: If somebody may still write their 复盘, which is marked with the room.
        TooFewJurorsError: If a place has too few jurors without a conflict; nothing is dealt.
    """
    rules = queries.rules_of(db_session, contest).jury
    if round_.scored_at is None or round_.stage not in rules.stages:
        raise ContestStageError(f"{round_!r}: nothing to mark")
    if review_queries.awaits_reviews(db_session, contest, round_, now=now):
        raise ReviewsOpenError(f"{round_!r}")
    jurors = [juror for juror, _ in jury_queries.jurors_of(db_session, contest.id)]
    load = dict.fromkeys((juror.id for juror in jurors), 0)
    for other in queries.rounds_of(db_session, contest.id):
        for place, _ in queries.places_of(db_session, other.id):
            for task, _, _ in jury_queries.tasks_of_place(db_session, place.id):
                load[task.juror_id] = load.get(task.juror_id, 0) + 1
    dealt: list[int] = []
    for place, entry in queries.places_of(db_session, round_.id):
        if entry.withdrawn_at is not None:
            continue
        lacking = rules.least_jurors - len(jury_queries.tasks_of_place(db_session, place.id))
        if lacking > 0:
            dealt += _deal(db_session, place, entry, jurors, load, lacking, now=now)
    details = {"round": round_.public_id, "n": len(dealt)}
    note(db_session, contest, "jury_dealt", actor, now, details)
    if dealt:
        publish(db_session, JuryDealt(contest.id, round_.id, frozenset(dealt), now))
    return len(dealt)


def deal_extra(
    db_session: Session, contest: Contest, place: RoundPlace, entry: ContestEntry, *, now: datetime
) -> None:
    """Give a place one juror more, who has not marked it: for a protest about the jury.

    Raises:
        TooFewJurorsError: If nobody is free of a conflict.
    """
    jurors = [juror for juror, _ in jury_queries.jurors_of(db_session, contest.id)]
    load = dict.fromkeys((juror.id for juror in jurors), 0)
    dealt = _deal(db_session, place, entry, jurors, load, 1, now=now, is_extra=True)
    publish(db_session, JuryDealt(contest.id, place.round_id, frozenset(dealt), now))


def hand_in(
    db_session: Session,
    task: JuryTask,
    contest: Contest,
    marks: Mapping[str, int],
    *,
    comment: str,
    actor: str,
    now: datetime,
) -> JuryMark:
    """Take a juror's marks; they stand.

    Args:
        db_session: The session of the caller's transaction.
        task: The juror's own task, locked.
        contest: Its contest.
        marks: Points by criterion.
        comment: For the contestant, without a name.
        actor: The juror.
        now: The moment (aware).

    Raises:
        ContestStageError: If results are final.
        MarkHandedInError: If other marks were handed in before; the same again is fine.
        InvalidInputError: If a criterion lacks, is none of the rubric, or is out of range, or
            points are given for a 复盘 that nobody wrote.
    """
    rules = queries.rules_of(db_session, contest)
    place = db_session.get_one(RoundPlace, task.place_id)
    round_ = db_session.get_one(ContestRound, place.round_id)
    check_marks(marks, rules.jury, round_.stage)
    criterion = "" if rules.review is None else rules.review.criterion
    is_written = review_queries.review_or_none(db_session, place.id, round_.run_no) is not None
    if marks.get(criterion, 0) > 0 and not is_written:
        raise InvalidInputError("marks", [{"field": criterion, "code": "nothing_written"}])
    if len(comment) > MOST_COMMENT:
        raise InvalidInputError("comment", [{"field": "comment", "code": "too_long"}])
    held = db_session.scalar(select(JuryMark).where(JuryMark.task_id == task.id))
    if held is not None:
        if held.marks != dict(marks):
            raise MarkHandedInError(f"task {task.public_id}")
        return held
    if contest.state in {"final", "cancelled"}:
        raise ContestStageError(f"{contest!r}: {contest.state}")
    mark = JuryMark(task_id=task.id, marks=dict(marks), comment=comment, at=now)
    db_session.add(mark)
    db_session.flush()
    record_act(
        db_session,
        subject=f"jury:{task.public_id}",
        action="jury.marked",
        actor=actor,
        now=now,
        details={"contest": contest.public_id, "marks": dict(marks)},
    )
    return mark


def hand_back(db_session: Session, task: JuryTask, *, actor: str, now: datetime) -> None:
    """Give a locked task back: the juror knows who it is. Another juror is dealt it.

    Raises:
        MarkHandedInError: If it is marked.
    """
    if db_session.scalar(select(JuryMark.id).where(JuryMark.task_id == task.id)) is not None:
        raise MarkHandedInError(f"task {task.public_id}")
    task.returned_at = now
    db_session.flush()
    record_act(
        db_session, subject=f"jury:{task.public_id}", action="jury.returned", actor=actor, now=now
    )


def check_marks(marks: Mapping[str, int], rules: JuryRules, stage: int) -> None:
    """Refuse marks that are not one whole number in range for each criterion of a stage.

    Raises:
        InvalidInputError: With every fault.
    """
    wanted = {one.code for one in rules.criteria_of(stage)}
    faults: list[dict[str, object]] = [
        {"field": code, "code": "unknown"} for code in sorted(marks.keys() - wanted)
    ]
    for code in sorted(wanted):
        value = marks.get(code)
        if type(value) is not int or not 0 <= value <= rules.most_points:
            faults.append({"field": code, "code": "out_of_range"})
    if faults:
        raise InvalidInputError("marks", faults)


def unmarked_count(db_session: Session, round_: ContestRound, rules: JuryRules) -> int:
    """Return how many marks of a round are still to come for every place to have enough."""
    if round_.stage not in rules.stages:
        return 0
    return sum(
        max(0, rules.least_jurors - len(jury_queries.marks_of_place(db_session, place.id)))
        for place, entry in queries.places_of(db_session, round_.id)
        if entry.withdrawn_at is None
    )


@dataclass(frozen=True)
class CriterionAgreement:
    """How well the jurors agree on one criterion; `found` is None without a pair."""

    code: str
    title: str
    found: Agreement | None


def agreement_of(
    db_session: Session, contest: Contest, rules: JuryRules
) -> list[CriterionAgreement]:
    """Return how well pairs of jurors agree on the same places, by criterion."""
    pairs: dict[str, list[tuple[int, int]]] = {one.code: [] for one in rules.criteria}
    for round_ in queries.rounds_of(db_session, contest.id):
        for place, _ in queries.places_of(db_session, round_.id):
            marks = jury_queries.marks_of_place(db_session, place.id)
            for first, second in combinations(marks, 2):
                for code, held in pairs.items():
                    if code in first and code in second:  # marked in this stage
                        held.append((first[code], second[code]))
    return [
        CriterionAgreement(
            one.code,
            one.title,
            agreement(pairs[one.code], tolerance=rules.tolerance, same_markers=False)
            if pairs[one.code]
            else None,
        )
        for one in rules.criteria
    ]


def _deal(
    db_session: Session,
    place: RoundPlace,
    entry: ContestEntry,
    jurors: list[ContestJuror],
    load: dict[int, int],
    count: int,
    *,
    now: datetime,
    is_extra: bool = False,
) -> list[int]:
    """Give a place to so many jurors; return who they are as people."""
    had = set(
        db_session.scalars(select(JuryTask.juror_id).where(JuryTask.place_id == place.id))
    )  # those who gave it back, too
    free = [
        juror
        for juror in jurors
        if juror.id not in had
        and conflict_of(db_session, juror.person_id, entry.person_id, now=now) is None
    ]
    free.sort(key=lambda juror: (load.get(juror.id, 0), juror.id))
    if len(free) < count:
        raise TooFewJurorsError(f"{entry!r}: {len(free)} of {count}")
    for juror in free[:count]:
        load[juror.id] = load.get(juror.id, 0) + 1
        db_session.add(
            JuryTask(place_id=place.id, juror_id=juror.id, dealt_at=now, is_extra=is_extra)
        )
    db_session.flush()
    return [juror.person_id for juror in free[:count]]


def _providers(db_session: Session, person_id: int, now: datetime) -> set[int]:
    employed = db_session.scalars(
        select(Employment.provider_id).where(
            Employment.person_id == person_id,
            or_(Employment.ended_at.is_(None), Employment.ended_at >= now - COLLEAGUES_FOR),
        )
    )
    managed = db_session.scalars(
        select(ProviderManager.provider_id).where(ProviderManager.person_id == person_id)
    )
    return {*employed, *managed}
