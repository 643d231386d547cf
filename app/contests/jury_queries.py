"""Reads of a contest's jury: who judges, what was dealt to whom, what was handed in."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.contests.models import (
    Contest,
    ContestEntry,
    ContestJuror,
    ContestRound,
    JuryMark,
    JuryTask,
    RoundPlace,
)
from app.core.errors import NotFoundError


def jurors_of(db_session: Session, contest_id: int) -> list[tuple[ContestJuror, Person]]:
    """Return a contest's jurors who were not released."""
    rows = db_session.execute(
        select(ContestJuror, Person)
        .join(Person, Person.id == ContestJuror.person_id)
        .where(ContestJuror.contest_id == contest_id, ContestJuror.released_at.is_(None))
        .order_by(ContestJuror.id)
    )
    return [(juror, person) for juror, person in rows]


def running_rounds_of_juror(
    db_session: Session, person_id: int
) -> list[tuple[Contest, ContestRound]]:
    """Return the rounds under way of the contests that somebody judges."""
    rows = db_session.execute(
        select(Contest, ContestRound)
        .join(ContestRound, ContestRound.contest_id == Contest.id)
        .join(ContestJuror, ContestJuror.contest_id == Contest.id)
        .where(
            ContestJuror.person_id == person_id,
            ContestJuror.released_at.is_(None),
            ContestRound.readied_at.is_not(None),
            ContestRound.scored_at.is_(None),
        )
        .order_by(ContestRound.id)
    )
    return [(contest, round_) for contest, round_ in rows]


def tasks_of_place(
    db_session: Session, place_id: int
) -> list[tuple[JuryTask, ContestJuror, JuryMark | None]]:
    """Return who marks a place, and their marks; returned tasks are left out."""
    rows = db_session.execute(
        select(JuryTask, ContestJuror, JuryMark)
        .join(ContestJuror, ContestJuror.id == JuryTask.juror_id)
        .outerjoin(JuryMark, JuryMark.task_id == JuryTask.id)
        .where(JuryTask.place_id == place_id, JuryTask.returned_at.is_(None))
        .order_by(JuryTask.id)
    )
    return [(task, juror, mark) for task, juror, mark in rows]


def tasks_of_juror(
    db_session: Session, person_id: int
) -> list[tuple[JuryTask, RoundPlace, ContestEntry, ContestRound, Contest, JuryMark | None]]:
    """Return what somebody is to mark, in the order of the entries' codes."""
    rows = db_session.execute(
        select(JuryTask, RoundPlace, ContestEntry, ContestRound, Contest, JuryMark)
        .join(ContestJuror, ContestJuror.id == JuryTask.juror_id)
        .join(RoundPlace, RoundPlace.id == JuryTask.place_id)
        .join(ContestEntry, ContestEntry.id == RoundPlace.entry_id)
        .join(ContestRound, ContestRound.id == RoundPlace.round_id)
        .join(Contest, Contest.id == ContestRound.contest_id)
        .outerjoin(JuryMark, JuryMark.task_id == JuryTask.id)
        .where(ContestJuror.person_id == person_id, JuryTask.returned_at.is_(None))
        .order_by(ContestRound.id.desc(), ContestEntry.code)
    )
    return [tuple(row) for row in rows]  # type: ignore[misc]


def task_of(
    db_session: Session, public_id: str, person_id: int, *, lock: bool = False
) -> tuple[JuryTask, RoundPlace, ContestEntry, ContestRound, Contest, JuryMark | None]:
    """Return a juror's own task.

    Raises:
        NotFoundError: If there is none, it is another juror's, or it was returned.
    """
    if lock:
        db_session.scalar(select(JuryTask).where(JuryTask.public_id == public_id).with_for_update())
    found = [one for one in tasks_of_juror(db_session, person_id) if one[0].public_id == public_id]
    if not found:
        raise NotFoundError(f"task {public_id} of person {person_id}")
    return found[0]


def marks_of_place(db_session: Session, place_id: int) -> list[dict[str, int]]:
    """Return the marks that were handed in for a place."""
    return [mark.marks for _, _, mark in tasks_of_place(db_session, place_id) if mark is not None]
