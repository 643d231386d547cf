"""Reads of results: what waits for release, regrades, appeals, credentials that rest on scores."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.certification.models import CredentialEvidence, CredentialRecord
from app.certification.queries import evidence_key, refresher_key
from app.core.errors import NotFoundError
from app.exams.models import Attempt, Regrade, RegradeChange
from app.marking import queries as marking
from app.results.models import Appeal
from app.sittings.models import InvigilationAct, Seat, Sitting
from app.training.courses.queries import lecturers_of
from certificates.decisions import Part


def attempts_of_sitting(db_session: Session, sitting_id: int) -> list[Attempt]:
    """Return the attempts of a sitting, by seat."""
    return list(
        db_session.scalars(
            select(Attempt)
            .join(Seat, Seat.attempt_id == Attempt.id)
            .where(Seat.sitting_id == sitting_id)
            .order_by(Seat.number)
        )
    )


def held_attempts(db_session: Session, sitting_id: int, *, limit: int) -> list[Attempt]:
    """Return attempts of a sitting whose results are held back, locked."""
    return list(
        db_session.scalars(
            select(Attempt)
            .join(Seat, Seat.attempt_id == Attempt.id)
            .where(
                Seat.sitting_id == sitting_id,
                Attempt.is_held.is_(True),
                Attempt.closed_at.is_not(None),
            )
            .order_by(Attempt.id)
            .limit(limit)
            .with_for_update(of=Attempt)
            .execution_options(populate_existing=True)
        )
    )


def open_count(db_session: Session, sitting_id: int) -> int:
    """Return how many attempts of a sitting are still under way."""
    return (
        db_session.scalar(
            select(func.count())
            .select_from(Attempt)
            .join(Seat, Seat.attempt_id == Attempt.id)
            .where(Seat.sitting_id == sitting_id, Attempt.closed_at.is_(None))
        )
        or 0
    )


def marks_awaited_count(db_session: Session, sitting_id: int) -> int:
    """Return how many attempts of a sitting have answers that people have still to mark."""
    return (
        db_session.scalar(
            select(func.count())
            .select_from(Attempt)
            .join(Seat, Seat.attempt_id == Attempt.id)
            .where(Seat.sitting_id == sitting_id, Attempt.awaits_marks.is_(True))
        )
        or 0
    )


def sittings_with_results(db_session: Session) -> Sequence[Sitting]:
    """Return counted sittings that somebody sat, those without a publication first."""
    sat = select(Seat.id).where(Seat.sitting_id == Sitting.id, Seat.attempt_id.is_not(None))
    return db_session.scalars(
        select(Sitting)
        .where(Sitting.is_practice.is_(False), sat.exists())
        .order_by(Sitting.published_at.is_not(None), Sitting.opens_at.desc())
        .limit(100)
    ).all()


def regrade(db_session: Session, public_id: str, *, lock: bool = False) -> Regrade:
    """Return a regrade.

    Raises:
        NotFoundError: If there is none.
    """
    query = select(Regrade).where(Regrade.public_id == public_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = db_session.scalar(query)
    if found is None:
        raise NotFoundError(f"regrade {public_id}")
    return found


def regrades(db_session: Session) -> Sequence[Regrade]:
    """Return every regrade, newest first."""
    return db_session.scalars(select(Regrade).order_by(Regrade.id.desc()).limit(200)).all()


def regrades_of_attempt(db_session: Session, attempt_id: int) -> Sequence[Regrade]:
    """Return the regrades that moved an attempt, in the order in which they did."""
    return db_session.scalars(
        select(Regrade)
        .join(RegradeChange, RegradeChange.regrade_id == Regrade.id)
        .where(RegradeChange.attempt_id == attempt_id)
        .order_by(RegradeChange.id)
    ).all()


def credentials_resting_on(
    db_session: Session, attempt_public_ids: Sequence[str]
) -> dict[str, CredentialRecord]:
    """Return, by attempt, the credential that it is evidence of."""
    keys = {evidence_key(Part.THEORY, one): one for one in attempt_public_ids}
    keys |= {refresher_key(one): one for one in attempt_public_ids}
    rows = db_session.execute(
        select(CredentialEvidence.evidence_id, CredentialRecord)
        .join(CredentialRecord, CredentialRecord.id == CredentialEvidence.credential_id)
        .where(CredentialEvidence.evidence_id.in_(keys))
    )
    return {keys[evidence_id]: record for evidence_id, record in rows}


def names_of(db_session: Session, person_ids: Sequence[int]) -> dict[int, str]:
    """Return people's names by key."""
    rows = db_session.execute(
        select(Person.id, Person.display_name).where(Person.id.in_(person_ids))
    )
    return dict(rows.all())


def appeal(db_session: Session, public_id: str, *, lock: bool = False) -> Appeal:
    """Return an appeal.

    Raises:
        NotFoundError: If there is none.
    """
    query = select(Appeal).where(Appeal.public_id == public_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = db_session.scalar(query)
    if found is None:
        raise NotFoundError(f"appeal {public_id}")
    return found


def appeal_of_attempt_or_none(db_session: Session, attempt_id: int) -> Appeal | None:
    """Return the appeal against an attempt's result, answered or not."""
    return db_session.scalar(
        select(Appeal).where(Appeal.attempt_id == attempt_id).order_by(Appeal.id.desc()).limit(1)
    )


def appeals(db_session: Session) -> list[tuple[Appeal, Attempt]]:
    """Return appeals with their attempts: unanswered ones first, the most urgent on top."""
    rows = db_session.execute(
        select(Appeal, Attempt)
        .join(Attempt, Attempt.id == Appeal.attempt_id)
        .order_by(Appeal.answered_at.is_not(None), Appeal.answer_due_at, Appeal.id)
        .limit(200)
    )
    return [(one, attempt) for one, attempt in rows]


def overdue_appeal_count(db_session: Session, *, now: datetime) -> int:
    """Return how many appeals were to be answered before now and are not."""
    return (
        db_session.scalar(
            select(func.count())
            .select_from(Appeal)
            .where(Appeal.answered_at.is_(None), Appeal.answer_due_at < now)
        )
        or 0
    )


def people_involved(db_session: Session, attempt: Attempt) -> set[str]:
    """Return who had a hand in an attempt's result: they do not answer an appeal against it.

    The candidate and who taught them, who planned the sitting and released its results, who stood
    at the console, who marked an answer, and who proposed, applied or reverted a regrade that
    moved it.
    """
    own = db_session.scalar(select(Person.public_id).where(Person.id == attempt.person_id))
    out = {f"person:{own}"}
    row = db_session.execute(
        select(Sitting)
        .join(Seat, Seat.sitting_id == Sitting.id)
        .where(Seat.attempt_id == attempt.id)
    ).scalar_one_or_none()
    if row is not None:
        out |= {row.planned_by, row.release_by or ""}
        out |= set(
            db_session.scalars(
                select(InvigilationAct.actor).where(InvigilationAct.sitting_id == row.id)
            )
        )
    out |= marking.markers_of(db_session, attempt.id)
    out |= lecturers_of(db_session, attempt.person_id)
    for one in regrades_of_attempt(db_session, attempt.id):
        out |= {one.proposed_by, one.applied_by or "", one.reverted_by or ""}
    return out - {""}
