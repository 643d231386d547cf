"""Write courses, publish them, open cohorts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.core.errors import (
    InvalidInputError,
)
from app.core.ids import new_public_id
from app.training.courses import queries
from app.training.courses.errors import (
    EmptyCourseError,
)
from app.training.courses.lecturers import check_lecturer
from app.training.courses.models import (
    Cohort,
    Course,
)
from app.training.courses.parts import MOST_PARTS, PartError, parse_part
from app.training.courses.recording import audit

MOST_COHORTS = 40


def add_course(
    db_session: Session,
    lecturer: Person,
    *,
    title: str,
    summary: str,
    level: str,
    now: datetime,
) -> Course:
    """Begin a course; without parts it cannot be published.

    Raises:
        NoLecturerError: If the person is no certified lecturer.
    """
    check_lecturer(db_session, lecturer.id, now=now)
    course = Course(
        lecturer_id=lecturer.id,
        title=title,
        summary=summary,
        level=level,
        parts=[],
        created_at=now,
    )
    db_session.add(course)
    db_session.flush()
    audit(db_session, f"course:{course.public_id}", "written", f"person:{lecturer.public_id}", now)
    return course


def add_part(db_session: Session, course: Course, data: dict[str, Any]) -> None:
    """Add a part at the end; its id is given for good.

    Raises:
        InvalidInputError: Naming the field that is wrong.
    """
    if len(course.parts) >= MOST_PARTS:
        raise InvalidInputError("parts", [{"field": "kind", "code": "too_many"}])
    try:
        part = parse_part({**data, "id": new_public_id()[:8]})
    except PartError as error:
        raise InvalidInputError("part", [{"field": error.field, "code": "invalid"}]) from error
    course.parts = [*course.parts, part.model_dump()]
    db_session.flush()


def drop_part(db_session: Session, course: Course, part_id: str) -> None:
    """Take a part out; what members finished of it stays on record."""
    course.parts = [one for one in course.parts if one["id"] != part_id]
    db_session.flush()


def publish_course(db_session: Session, course: Course, *, actor: str, now: datetime) -> None:
    """Publish a course, so that cohorts can be opened.

    Raises:
        EmptyCourseError: If it has no parts.
    """
    if not course.parts:
        raise EmptyCourseError(repr(course))
    if course.published_at is None:
        course.published_at = now
        db_session.flush()
        audit(db_session, f"course:{course.public_id}", "published", actor, now)


def open_cohort(
    db_session: Session,
    course: Course,
    *,
    title: str,
    seats: int,
    provider_code: str | None,
    actor: str,
    now: datetime,
) -> Cohort:
    """Open a cohort of a published course.

    Raises:
        EmptyCourseError: If the course is not published.
        NoLecturerError: If the lecturer's certification has lapsed.
        InvalidInputError: If the course has as many cohorts as it may have.
    """
    check_lecturer(db_session, course.lecturer_id, now=now)
    if course.published_at is None:
        raise EmptyCourseError(repr(course))
    if len(queries.cohorts_of(db_session, course.id)) >= MOST_COHORTS:
        raise InvalidInputError("cohorts", [{"field": "title", "code": "too_many"}])
    cohort = Cohort(
        course_id=course.id,
        title=title,
        provider_code=provider_code,
        seats=seats,
        opened_at=now,
    )
    db_session.add(cohort)
    db_session.flush()
    audit(db_session, f"cohort:{cohort.public_id}", "opened", actor, now)
    return cohort
