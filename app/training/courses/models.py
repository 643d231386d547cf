"""Tables of lecturers' certification, courses, cohorts and attendance."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.append_only import append_only
from app.core.db import Base
from app.core.ids import new_public_id


class LecturerApplication(Base):
    """Somebody asks to be a certified lecturer; two others decide."""

    __tablename__ = "lecturer_application"
    __table_args__ = (
        CheckConstraint("outcome IN ('certified', 'declined')", name="outcome_known"),
        CheckConstraint("(outcome IS NULL) = (decided_at IS NULL)", name="decided_whole"),
        CheckConstraint(
            "(valid_until IS NOT NULL) = (outcome IS NOT NULL AND outcome = 'certified')",
            name="validity_of_certified",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=new_public_id)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    subjects: Mapped[str]  # what they would teach
    evidence: Mapped[str]  # practice and teaching so far, and where it can be looked up
    applied_at: Mapped[datetime]
    outcome: Mapped[str | None]  # certified | declined
    decided_at: Mapped[datetime | None]
    valid_until: Mapped[datetime | None]

    def __repr__(self) -> str:
        return f"LecturerApplication({self.public_id})"


@append_only
class LecturerVote(Base):
    """What one committee member says of an application."""

    __tablename__ = "lecturer_vote"
    __table_args__ = (UniqueConstraint("application_id", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("lecturer_application.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    approves: Mapped[bool]
    reason: Mapped[str]
    at: Mapped[datetime]


class Course(Base):
    """What a lecturer teaches: parts in their order; a cohort sits it."""

    __tablename__ = "course"
    __table_args__ = (
        CheckConstraint("level IN ('junior', 'intermediate', 'senior')", name="level_known"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=new_public_id)
    lecturer_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    title: Mapped[str]
    summary: Mapped[str]
    level: Mapped[str]
    parts: Mapped[list[dict[str, Any]]] = mapped_column(JSON)  # see app.training.courses.parts
    created_at: Mapped[datetime]
    published_at: Mapped[datetime | None]

    def __repr__(self) -> str:
        return f"Course({self.public_id})"


@append_only
class CourseMedia(Base):
    """An uploaded file of a course; its content lies on the shelf under its hash."""

    __tablename__ = "course_media"
    __table_args__ = (
        CheckConstraint("kind IN ('film', 'captions', 'poster')", name="kind_known"),
        CheckConstraint("size_bytes > 0", name="size_positive"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=new_public_id)
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"), index=True)
    kind: Mapped[str]
    content_hash: Mapped[str]  # SHA-256, hex
    content_type: Mapped[str]
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    at: Mapped[datetime]


@append_only
class CourseMediaRemoval(Base):
    """A file that its teacher deleted: it is given to nobody, and leaves the disk later."""

    __tablename__ = "course_media_removal"

    id: Mapped[int] = mapped_column(primary_key=True)
    media_id: Mapped[int] = mapped_column(ForeignKey("course_media.id"), unique=True)
    at: Mapped[datetime]


class Cohort(Base):
    """A class that sits a course together; open to everybody, or to one provider's people."""

    __tablename__ = "course_cohort"
    __table_args__ = (CheckConstraint("seats BETWEEN 1 AND 500", name="seats_in_range"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=new_public_id)
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"), index=True)
    title: Mapped[str]
    provider_code: Mapped[str | None] = mapped_column(index=True)  # none: open to everybody
    seats: Mapped[int]
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


class CohortMember(Base):
    """Somebody in a cohort."""

    __tablename__ = "course_cohort_member"
    __table_args__ = (UniqueConstraint("cohort_id", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    cohort_id: Mapped[int] = mapped_column(ForeignKey("course_cohort.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    joined_at: Mapped[datetime]


class ClassMeeting(Base):
    """A live class of a cohort; its code is told in class and lapses with it."""

    __tablename__ = "course_meeting"
    __table_args__ = (CheckConstraint("minutes BETWEEN 15 AND 480", name="minutes_in_range"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=new_public_id)
    cohort_id: Mapped[int] = mapped_column(ForeignKey("course_cohort.id"), index=True)
    starts_at: Mapped[datetime]
    minutes: Mapped[int]
    place: Mapped[str]
    code: Mapped[str]  # six digits


@append_only
class Attendance(Base):
    """Somebody was in a class: by its code, or because the lecturer says so."""

    __tablename__ = "course_attendance"
    __table_args__ = (
        UniqueConstraint("meeting_id", "person_id"),
        CheckConstraint("means IN ('code', 'lecturer')", name="means_known"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    meeting_id: Mapped[int] = mapped_column(ForeignKey("course_meeting.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    means: Mapped[str]
    at: Mapped[datetime]


class PartDone(Base):
    """A member finished a part; an assignment holds the text, later the marks."""

    __tablename__ = "course_part_done"
    __table_args__ = (
        UniqueConstraint("member_id", "part"),
        CheckConstraint("marks BETWEEN 0 AND 100", name="marks_in_range"),
        CheckConstraint("(marks IS NULL) = (marked_at IS NULL)", name="marked_whole"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=new_public_id)
    member_id: Mapped[int] = mapped_column(ForeignKey("course_cohort_member.id"))
    part: Mapped[str]  # id of the part
    text: Mapped[str]  # of an assignment; else empty
    done_at: Mapped[datetime]
    marks: Mapped[int | None]
    remark: Mapped[str]
    marked_at: Mapped[datetime | None]


@append_only
class ClassFeedback(Base):
    """What a member says of a class; the lecturer sees it without the name."""

    __tablename__ = "course_feedback"
    __table_args__ = (
        UniqueConstraint("meeting_id", "person_id"),
        CheckConstraint("rating BETWEEN 1 AND 5", name="rating_in_range"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    meeting_id: Mapped[int] = mapped_column(ForeignKey("course_meeting.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    rating: Mapped[int]
    words: Mapped[str]
    at: Mapped[datetime]


@append_only
class HoursClaim(Base):
    """Hours of a closed cohort that went to the certification, once for each member."""

    __tablename__ = "course_hours_claim"
    __table_args__ = (UniqueConstraint("member_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("course_cohort_member.id"))
    evidence_claim_id: Mapped[int] = mapped_column(ForeignKey("evidence_claim.id"))
    hours: Mapped[float]
    ends_on: Mapped[date]
