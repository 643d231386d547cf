"""Reads of decisions: which is today's, how everybody answered, what one has answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.clock import BEIJING
from app.core.errors import NotFoundError
from app.training.decisions.models import DecisionAnswer, DecisionCase, DecisionStart
from simulations.decision_loading import parse_moment
from simulations.decisions import ChoiceWorth, DecisionMoment


@dataclass(frozen=True)
class OwnRun:
    """A person's run of a case; `choice` is None where the time ran out or still runs."""

    case_id: int
    started_at: datetime
    choice: int | None


def moment_of(case: DecisionCase) -> DecisionMoment:
    """Return a case's moment."""
    return parse_moment(case.body, case.code)


def worths_of_case(case: DecisionCase) -> list[ChoiceWorth]:
    """Return what each answer was worth; empty while it is not weighed."""
    return [ChoiceWorth(**one) for one in case.worths or ()]


def case_of(db_session: Session, public_id: str, *, lock: bool = False) -> DecisionCase:
    """Return a case, whatever its stage.

    Raises:
        NotFoundError: If there is none.
    """
    query = select(DecisionCase).where(DecisionCase.public_id == public_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = db_session.scalar(query)
    if found is None:
        raise NotFoundError(f"decision {public_id}")
    return found


def published_case(db_session: Session, public_id: str) -> DecisionCase:
    """Return a case that learners may see.

    Raises:
        NotFoundError: If there is none, or it is not published.
    """
    found = case_of(db_session, public_id)
    if found.published_at is None:
        raise NotFoundError(f"decision {public_id} is not published")
    return found


def published_cases(db_session: Session) -> Sequence[DecisionCase]:
    """Return the cases in use, the oldest first."""
    return db_session.scalars(
        select(DecisionCase)
        .where(DecisionCase.published_at.is_not(None), DecisionCase.retired_at.is_(None))
        .order_by(DecisionCase.published_at, DecisionCase.id)
    ).all()


def all_cases(db_session: Session) -> Sequence[DecisionCase]:
    """Return every case, the newest first: for the desk."""
    return db_session.scalars(
        select(DecisionCase).order_by(DecisionCase.created_at.desc(), DecisionCase.id.desc())
    ).all()


def unweighed_case_or_none(db_session: Session) -> DecisionCase | None:
    """Return the oldest case whose answers have no worth yet."""
    return db_session.scalar(
        select(DecisionCase)
        .where(DecisionCase.worths.is_(None), DecisionCase.retired_at.is_(None))
        .order_by(DecisionCase.id)
        .limit(1)
    )


def case_of_day(cases: Sequence[DecisionCase], day: date) -> DecisionCase | None:
    """Return the day's case: those in use by the day's beginning take turns.

    A case that is published during a day waits for the next, so that everybody has the same one.
    On the very first day all of them count.

    Args:
        cases: In use, the oldest first.
        day: A day in Beijing.
    """
    begin = datetime.combine(day, time(), BEIJING)
    waiting = [one for one in cases if one.published_at is not None and one.published_at < begin]
    turn = waiting or list(cases)
    return turn[day.toordinal() % len(turn)] if turn else None


def runs_of(db_session: Session, person_id: int) -> dict[int, OwnRun]:
    """Return a person's runs by case."""
    rows = db_session.execute(
        select(DecisionStart.case_id, DecisionStart.started_at, DecisionAnswer.choice)
        .outerjoin(DecisionAnswer, DecisionAnswer.start_id == DecisionStart.id)
        .where(DecisionStart.person_id == person_id)
    )
    return {row.case_id: OwnRun(row.case_id, row.started_at, row.choice) for row in rows}


def start_or_none(
    db_session: Session, case_id: int, person_id: int
) -> tuple[DecisionStart, DecisionAnswer | None] | None:
    """Return a person's beginning of a case, with their answer."""
    row = db_session.execute(
        select(DecisionStart, DecisionAnswer)
        .outerjoin(DecisionAnswer, DecisionAnswer.start_id == DecisionStart.id)
        .where(DecisionStart.case_id == case_id, DecisionStart.person_id == person_id)
    ).one_or_none()
    return None if row is None else (row[0], row[1])


def answer_counts(db_session: Session, case_id: int, count: int) -> list[int]:
    """Return how many people gave each of a case's answers."""
    rows = db_session.execute(
        select(DecisionAnswer.choice, func.count().label("people"))
        .where(DecisionAnswer.case_id == case_id)
        .group_by(DecisionAnswer.choice)
    )
    found = {row.choice: row.people for row in rows}
    return [found.get(choice, 0) for choice in range(count)]
