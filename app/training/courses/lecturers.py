"""Certify lecturers: an application, two who decide, a validity."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.accounts.roles import Role
from app.accounts.services import grant_role
from app.training.courses import queries
from app.training.courses.errors import (
    AppliedError,
    NoLecturerError,
    OwnApplicationError,
    VotedError,
)
from app.training.courses.models import (
    LecturerApplication,
    LecturerVote,
)
from app.training.courses.recording import audit

VOTES_NEEDED = 2
VALIDITY = timedelta(days=730)
"""A lecturer's certification holds two years, then they apply again."""


def apply(
    db_session: Session,
    person: Person,
    *,
    subjects: str,
    evidence: str,
    now: datetime,
) -> LecturerApplication:
    """Apply to be a certified lecturer.

    Raises:
        AppliedError: If an application waits, or the certification holds.
    """
    db_session.execute(select(Person.id).where(Person.id == person.id).with_for_update())
    held = [one for one, *_ in queries.applications(db_session, person_id=person.id)]
    if any(one.outcome is None or (one.valid_until and one.valid_until > now) for one in held):
        raise AppliedError(repr(person))
    made = LecturerApplication(
        person_id=person.id, subjects=subjects, evidence=evidence, applied_at=now
    )
    db_session.add(made)
    db_session.flush()
    audit(db_session, f"lecturer:{made.public_id}", "applied", f"person:{person.public_id}", now)
    return made


def vote(
    db_session: Session,
    application: LecturerApplication,
    voter: Person,
    *,
    approves: bool,
    reason: str,
    now: datetime,
) -> None:
    """Say yes or no to an application; two yes certify, one no declines.

    Args:
        db_session: The session of the caller's transaction.
        application: Locked.
        voter: A committee member, not the applicant.
        approves: Yes or no.
        reason: Why, for the applicant and the audit log.
        now: The moment (aware).

    Raises:
        OwnApplicationError: If it is their own.
        VotedError: If it is decided, or they have voted.
    """
    if application.person_id == voter.id:
        raise OwnApplicationError(repr(application))
    if application.outcome is not None:
        raise VotedError(repr(application))
    try:
        with db_session.begin_nested():
            db_session.add(
                LecturerVote(
                    application_id=application.id,
                    person_id=voter.id,
                    approves=approves,
                    reason=reason,
                    at=now,
                )
            )
    except IntegrityError as error:
        raise VotedError(repr(application)) from error
    actor = f"person:{voter.public_id}"
    subject = f"lecturer:{application.public_id}"
    audit(db_session, subject, "approved" if approves else "refused", actor, now)
    yes = db_session.scalar(
        select(func.count()).where(
            LecturerVote.application_id == application.id, LecturerVote.approves
        )
    )
    if not approves:
        application.outcome, application.decided_at = "declined", now
    elif (yes or 0) >= VOTES_NEEDED:
        application.outcome, application.decided_at = "certified", now
        application.valid_until = now + VALIDITY
        person = db_session.get_one(Person, application.person_id)
        grant_role(db_session, person, Role.LECTURER, actor=actor, reason=subject, now=now)
    db_session.flush()


def check_lecturer(db_session: Session, person_id: int, *, now: datetime) -> None:
    """Let only certified lecturers teach.

    Raises:
        NoLecturerError: If the certification does not hold at the moment.
    """
    if not queries.certified_lecturer(db_session, person_id, now=now):
        raise NoLecturerError(f"person {person_id}")
