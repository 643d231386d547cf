"""Join a cohort; set classes and keep who was there; say how they were."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core.errors import (
    InvalidInputError,
    NotFoundError,
)
from app.training.courses import queries
from app.training.courses.errors import (
    CourseFullError,
    FeedbackGivenError,
    WrongCodeError,
)
from app.training.courses.models import (
    Attendance,
    ClassFeedback,
    ClassMeeting,
    Cohort,
    CohortMember,
    Course,
)
from app.training.courses.recording import audit, check_open

CODE_FROM = timedelta(minutes=-10)
CODE_UNTIL = timedelta(minutes=30)
"""The code of a class is taken from ten minutes before it begins to half an hour after its end."""

MOST_MEETINGS = 60


def join(
    db_session: Session,
    cohort: Cohort,
    course: Course,
    person_id: int,
    *,
    provider_codes: tuple[str, ...],
    now: datetime,
) -> CohortMember:
    """Join a cohort; joining twice is joining once.

    Args:
        db_session: The session of the caller's transaction.
        cohort: Locked.
        course: Its course.
        person_id: Who joins.
        provider_codes: Of the providers that they work for.
        now: The moment (aware).

    Raises:
        NotFoundError: If it is for another provider's people.
        CourseFullError: If it is full, closed, or their own course.
    """
    held = queries.memberships(db_session, person_id).get(cohort.id)
    if held is not None:
        return held
    if cohort.provider_code is not None and cohort.provider_code not in provider_codes:
        raise NotFoundError(f"cohort {cohort.public_id} for {person_id}")
    count = db_session.scalar(select(func.count()).where(CohortMember.cohort_id == cohort.id))
    is_own = course.lecturer_id == person_id
    if is_own or cohort.closed_at is not None or (count or 0) >= cohort.seats:
        raise CourseFullError(f"cohort {cohort.public_id}")
    member = CohortMember(cohort_id=cohort.id, person_id=person_id, joined_at=now)
    db_session.add(member)
    db_session.flush()
    return member


def add_meeting(
    db_session: Session,
    cohort: Cohort,
    *,
    starts_at: datetime,
    minutes: int,
    place: str,
    now: datetime,
) -> ClassMeeting:
    """Set a class; its code is drawn by chance.

    Raises:
        CohortClosedError: If the cohort is closed.
        InvalidInputError: If it begins in the past, or there are too many.
    """
    check_open(cohort)
    if starts_at <= now:
        raise InvalidInputError("meeting", [{"field": "starts_at", "code": "in_past"}])
    if len(queries.meetings_of(db_session, cohort.id)) >= MOST_MEETINGS:
        raise InvalidInputError("meeting", [{"field": "starts_at", "code": "too_many"}])
    meeting = ClassMeeting(
        cohort_id=cohort.id,
        starts_at=starts_at,
        minutes=minutes,
        place=place,
        code=f"{secrets.randbelow(10**6):06d}",
    )
    db_session.add(meeting)
    db_session.flush()
    return meeting


def code_is_taken(meeting: ClassMeeting, now: datetime) -> bool:
    """Say whether a class's code counts at a moment."""
    end = meeting.starts_at + timedelta(minutes=meeting.minutes)
    return meeting.starts_at + CODE_FROM <= now <= end + CODE_UNTIL


def attend_by_code(
    db_session: Session, cohort: Cohort, person_id: int, code: str, *, now: datetime
) -> ClassMeeting:
    """Be noted as present by a class's code.

    Raises:
        WrongCodeError: If no class of the cohort takes this code now.
    """
    for meeting in queries.meetings_of(db_session, cohort.id):
        if code_is_taken(meeting, now) and secrets.compare_digest(
            meeting.code.encode(), code.encode()
        ):
            _attend(db_session, meeting, person_id, "code", now=now)
            return meeting
    raise WrongCodeError("code", [{"field": "code", "code": "wrong"}])


def attend_by_lecturer(
    db_session: Session,
    cohort: Cohort,
    meeting_id: str,
    member_ids: list[int],
    *,
    actor: str,
    now: datetime,
) -> int:
    """Note members as present; return how many are new. Only after the class has begun.

    Raises:
        NotFoundError: If the class is not the cohort's.
        CohortClosedError: If the cohort is closed.
        WrongCodeError: If the class has not begun.
    """
    check_open(cohort)
    meeting = next(
        (one for one in queries.meetings_of(db_session, cohort.id) if one.public_id == meeting_id),
        None,
    )
    if meeting is None:
        raise NotFoundError(f"meeting {meeting_id}")
    if now < meeting.starts_at + CODE_FROM:
        raise WrongCodeError("meeting", [{"field": "meeting", "code": "not_begun"}])
    people = {one.member.person_id for one in queries.member_lines(db_session, cohort.id)}
    added = sum(
        _attend(db_session, meeting, one, "lecturer", now=now)
        for one in sorted(set(member_ids) & people)
    )
    audit(db_session, f"cohort:{cohort.public_id}", "attendance", actor, now)
    return added


def say(
    db_session: Session,
    cohort: Cohort,
    person_id: int,
    meeting_id: str,
    *,
    rating: int,
    words: str,
    now: datetime,
) -> None:
    """Say how a class was; only who was there, and once.

    Raises:
        FeedbackGivenError: If they were not there, or have said it.
    """
    meeting = next(
        (one for one in queries.meetings_of(db_session, cohort.id) if one.public_id == meeting_id),
        None,
    )
    if meeting is None or meeting.id not in queries.attended_by(db_session, cohort.id, person_id):
        raise FeedbackGivenError(f"meeting {meeting_id} by {person_id}")
    try:
        with db_session.begin_nested():
            db_session.add(
                ClassFeedback(
                    meeting_id=meeting.id, person_id=person_id, rating=rating, words=words, at=now
                )
            )
    except IntegrityError as error:
        raise FeedbackGivenError(f"meeting {meeting_id} by {person_id}") from error


def _attend(
    db_session: Session, meeting: ClassMeeting, person_id: int, means: str, *, now: datetime
) -> bool:
    """Note somebody as present; say whether that is new."""
    try:
        with db_session.begin_nested():
            db_session.add(
                Attendance(meeting_id=meeting.id, person_id=person_id, means=means, at=now)
            )
    except IntegrityError:
        return False
    return True
