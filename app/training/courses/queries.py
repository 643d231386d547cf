"""Reads of lecturers, courses, cohorts, attendance; whom a lecturer taught."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.core.errors import NotFoundError
from app.training.courses.models import (
    Attendance,
    ClassFeedback,
    ClassMeeting,
    Cohort,
    CohortMember,
    Course,
    LecturerApplication,
    LecturerVote,
    PartDone,
)


@dataclass(frozen=True)
class MemberLine:
    """A member as the lecturer sees them."""

    member: CohortMember
    name: str
    minutes: int
    done: int
    present_at: frozenset[int]


def trained_by(lecturer_id: int) -> Select[int]:
    """Return whom a person taught in a course, as a statement of person ids.

    A lecturer neither examines nor marks them (ISO/IEC 17024: training and examining the same
    person are kept apart).
    """
    return (
        select(CohortMember.person_id)
        .join(Cohort, Cohort.id == CohortMember.cohort_id)
        .join(Course, Course.id == Cohort.course_id)
        .where(Course.lecturer_id == lecturer_id)
    )


def lecturers_of(db_session: Session, person_id: int) -> set[str]:
    """Return who taught a person in a course, as `person:<public id>`."""
    rows = db_session.scalars(
        select(Person.public_id)
        .join(Course, Course.lecturer_id == Person.id)
        .join(Cohort, Cohort.course_id == Course.id)
        .join(CohortMember, CohortMember.cohort_id == Cohort.id)
        .where(CohortMember.person_id == person_id)
        .distinct()
    )
    return {f"person:{one}" for one in rows}


def trainees_of(db_session: Session, lecturer_id: int) -> frozenset[int]:
    """Return the ids of everybody whom a person taught in a course: the port of lower features."""
    return frozenset(db_session.scalars(trained_by(lecturer_id)))


def certified_lecturer(db_session: Session, person_id: int, *, now: datetime) -> bool:
    """Say whether a person is a certified lecturer at a moment."""
    return (
        db_session.scalar(
            select(LecturerApplication.id).where(
                LecturerApplication.person_id == person_id,
                LecturerApplication.outcome == "certified",
                LecturerApplication.valid_until >= now,
            )
        )
        is not None
    )


def applications(
    db_session: Session, *, person_id: int | None = None
) -> list[tuple[LecturerApplication, str, list[LecturerVote]]]:
    """Return applications with the applicant's name and the votes, undecided ones first."""
    query = (
        select(LecturerApplication, Person.display_name)
        .join(Person, Person.id == LecturerApplication.person_id)
        .order_by(LecturerApplication.outcome.is_not(None), LecturerApplication.applied_at.desc())
    )
    if person_id is not None:
        query = query.where(LecturerApplication.person_id == person_id)
    rows = db_session.execute(query).all()
    votes: dict[int, list[LecturerVote]] = {}
    wanted = [row[0].id for row in rows]
    for vote in db_session.scalars(
        select(LecturerVote)
        .where(LecturerVote.application_id.in_(wanted))
        .order_by(LecturerVote.id)
    ):
        votes.setdefault(vote.application_id, []).append(vote)
    return [(one, name, votes.get(one.id, [])) for one, name in rows]


def application_of(db_session: Session, public_id: str) -> LecturerApplication:
    """Return an application, locked.

    Raises:
        NotFoundError: If there is none.
    """
    found = db_session.scalar(
        select(LecturerApplication)
        .where(LecturerApplication.public_id == public_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFoundError(f"application {public_id}")
    return found


def own_courses(db_session: Session, lecturer_id: int) -> Sequence[Course]:
    return db_session.scalars(
        select(Course).where(Course.lecturer_id == lecturer_id).order_by(Course.id.desc())
    ).all()


def own_course(
    db_session: Session, public_id: str, lecturer_id: int, *, lock: bool = False
) -> Course:
    """Return a lecturer's own course.

    Raises:
        NotFoundError: If there is none, or it is somebody else's.
    """
    query = select(Course).where(Course.public_id == public_id, Course.lecturer_id == lecturer_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = db_session.scalar(query)
    if found is None:
        raise NotFoundError(f"course {public_id} of {lecturer_id}")
    return found


def cohorts_of(db_session: Session, course_id: int) -> Sequence[Cohort]:
    return db_session.scalars(
        select(Cohort).where(Cohort.course_id == course_id).order_by(Cohort.id.desc())
    ).all()


def open_cohorts(
    db_session: Session, provider_codes: Sequence[str]
) -> list[tuple[Cohort, Course, str, int]]:
    """Return the cohorts that somebody may join: course, lecturer's name, members so far.

    Args:
        db_session: A session to read with.
        provider_codes: Of the providers that they work for.
    """
    members = (
        select(CohortMember.cohort_id, func.count().label("count"))
        .group_by(CohortMember.cohort_id)
        .subquery()
    )
    rows = db_session.execute(
        select(Cohort, Course, Person.display_name, func.coalesce(members.c.count, 0))
        .join(Course, Course.id == Cohort.course_id)
        .join(Person, Person.id == Course.lecturer_id)
        .outerjoin(members, members.c.cohort_id == Cohort.id)
        .where(
            Cohort.closed_at.is_(None),
            Course.published_at.is_not(None),
            or_(Cohort.provider_code.is_(None), Cohort.provider_code.in_(provider_codes)),
        )
        .order_by(Cohort.id.desc())
    )
    return [(row[0], row[1], row[2], row[3]) for row in rows]


def memberships(db_session: Session, person_id: int) -> dict[int, CohortMember]:
    """Return a person's memberships by cohort."""
    rows = db_session.scalars(select(CohortMember).where(CohortMember.person_id == person_id))
    return {one.cohort_id: one for one in rows}


def own_cohorts(db_session: Session, person_id: int) -> list[tuple[Cohort, Course, CohortMember]]:
    """Return the cohorts that somebody sits and that are not closed, the newest first."""
    rows = db_session.execute(
        select(Cohort, Course, CohortMember)
        .join(Course, Course.id == Cohort.course_id)
        .join(CohortMember, CohortMember.cohort_id == Cohort.id)
        .where(CohortMember.person_id == person_id, Cohort.closed_at.is_(None))
        .order_by(CohortMember.id.desc())
    )
    return [(row[0], row[1], row[2]) for row in rows]


def cohort_of(db_session: Session, public_id: str, *, lock: bool = False) -> tuple[Cohort, Course]:
    """Return a cohort with its course.

    Raises:
        NotFoundError: If there is none.
    """
    query = (
        select(Cohort, Course)
        .join(Course, Course.id == Cohort.course_id)
        .where(Cohort.public_id == public_id)
    )
    if lock:
        query = query.with_for_update(of=Cohort).execution_options(populate_existing=True)
    row = db_session.execute(query).one_or_none()
    if row is None:
        raise NotFoundError(f"cohort {public_id}")
    return row[0], row[1]


def taught_cohort(
    db_session: Session, public_id: str, lecturer_id: int, *, lock: bool = False
) -> tuple[Cohort, Course]:
    """Return a cohort of the lecturer's own course.

    Raises:
        NotFoundError: If there is none, or it is somebody else's.
    """
    cohort, course = cohort_of(db_session, public_id, lock=lock)
    if course.lecturer_id != lecturer_id:
        raise NotFoundError(f"cohort {public_id} of {lecturer_id}")
    return cohort, course


def own_membership(
    db_session: Session, public_id: str, person_id: int
) -> tuple[Cohort, Course, CohortMember]:
    """Return a cohort that a person belongs to.

    Raises:
        NotFoundError: If there is none, or they do not.
    """
    cohort, course = cohort_of(db_session, public_id)
    member = memberships(db_session, person_id).get(cohort.id)
    if member is None:
        raise NotFoundError(f"cohort {public_id}: {person_id} is no member")
    return cohort, course, member


def meetings_of(db_session: Session, cohort_id: int) -> Sequence[ClassMeeting]:
    return db_session.scalars(
        select(ClassMeeting)
        .where(ClassMeeting.cohort_id == cohort_id)
        .order_by(ClassMeeting.starts_at)
    ).all()


def attended_by(db_session: Session, cohort_id: int, person_id: int) -> set[int]:
    """Return the meetings of a cohort at which somebody was."""
    return set(
        db_session.scalars(
            select(Attendance.meeting_id)
            .join(ClassMeeting, ClassMeeting.id == Attendance.meeting_id)
            .where(ClassMeeting.cohort_id == cohort_id, Attendance.person_id == person_id)
        )
    )


def done_parts(db_session: Session, member_id: int) -> dict[str, PartDone]:
    """Return what a member finished, by part."""
    rows = db_session.scalars(select(PartDone).where(PartDone.member_id == member_id))
    return {one.part: one for one in rows}


def member_lines(db_session: Session, cohort_id: int) -> list[MemberLine]:
    """Return a cohort's members with their minutes in class and the parts that they finished."""
    rows = db_session.execute(
        select(CohortMember, Person.display_name)
        .join(Person, Person.id == CohortMember.person_id)
        .where(CohortMember.cohort_id == cohort_id)
        .order_by(CohortMember.id)
    ).all()
    minutes = {one.id: one.minutes for one in meetings_of(db_session, cohort_id)}
    present: dict[int, set[int]] = {}
    for meeting_id, person_id in db_session.execute(
        select(Attendance.meeting_id, Attendance.person_id).where(
            Attendance.meeting_id.in_(minutes)
        )
    ):
        present.setdefault(person_id, set()).add(meeting_id)
    done = Counter(
        db_session.scalars(
            select(PartDone.member_id).where(PartDone.member_id.in_([row[0].id for row in rows]))
        )
    )
    return [
        MemberLine(
            member,
            name,
            sum(minutes[one] for one in present.get(member.person_id, ())),
            done[member.id],
            frozenset(present.get(member.person_id, ())),
        )
        for member, name in rows
    ]


def handed_in(db_session: Session, cohort_id: int) -> list[tuple[PartDone, str]]:
    """Return a cohort's assignments with their authors' names, unmarked ones first."""
    rows = db_session.execute(
        select(PartDone, Person.display_name)
        .join(CohortMember, CohortMember.id == PartDone.member_id)
        .join(Person, Person.id == CohortMember.person_id)
        .where(CohortMember.cohort_id == cohort_id, PartDone.text != "")
        .order_by(PartDone.marked_at.is_not(None), PartDone.done_at)
    )
    return [(row[0], row[1]) for row in rows]


def feedback_of(db_session: Session, cohort_id: int) -> list[ClassFeedback]:
    """Return what was said of a cohort's classes, without names, newest first."""
    return list(
        db_session.scalars(
            select(ClassFeedback)
            .join(ClassMeeting, ClassMeeting.id == ClassFeedback.meeting_id)
            .where(ClassMeeting.cohort_id == cohort_id)
            .order_by(ClassFeedback.id.desc())
        )
    )


def said_by(db_session: Session, cohort_id: int, person_id: int) -> set[int]:
    """Return the meetings of a cohort of which somebody has said how they were."""
    return set(
        db_session.scalars(
            select(ClassFeedback.meeting_id)
            .join(ClassMeeting, ClassMeeting.id == ClassFeedback.meeting_id)
            .where(ClassMeeting.cohort_id == cohort_id, ClassFeedback.person_id == person_id)
        )
    )


def cohort_providers(db_session: Session) -> Sequence[str]:
    """Return the providers that open cohorts are kept for."""
    return db_session.scalars(
        select(Cohort.provider_code)
        .where(Cohort.provider_code.is_not(None), Cohort.closed_at.is_(None))
        .distinct()
    ).all()  # type: ignore[return-value]
