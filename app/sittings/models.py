"""Tables of sittings. Acts, identity checks and announcements are only ever added."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.append_only import append_only
from app.core.db import Base
from app.core.ids import new_public_id

LIVE = text("cancelled_at IS NULL")
CHECK_IN_BEFORE = timedelta(minutes=30)
"""Check-in and waiting room open this long before the window."""


class Sitting(Base):
    """场次: when and where a programme's theory exam is sat together.

    `opens_at` to `closes_at` is when an exam may begin; `ends_at` is the end of the sitting for
    a candidate with the standard time.
    """

    __tablename__ = "sitting"
    __table_args__ = (
        CheckConstraint("opens_at <= closes_at AND closes_at < ends_at", name="window_in_order"),
        CheckConstraint("seat_count BETWEEN 1 AND 2000", name="seats_in_range"),
        Index("ix_sitting_programme_opens", "programme_id", "opens_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=new_public_id)
    programme_id: Mapped[str]
    title: Mapped[str]
    place: Mapped[str]
    seat_count: Mapped[int]
    opens_at: Mapped[datetime]
    closes_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    is_practice: Mapped[bool]
    shows_items: Mapped[bool]
    access_code: Mapped[str | None]  # announced in the room; not a secret of 128 bits
    blueprint_ref: Mapped[str | None]  # of a practice sitting with a form of its own
    safe_browser: Mapped[dict[str, list[str]] | None] = mapped_column(
        JSON(none_as_null=True)
    )  # {config_keys, browser_keys} of Safe Exam Browser; None where any browser may be used
    # Whether the exam ticket signs in on the hall's devices.
    allows_tickets: Mapped[bool] = mapped_column(default=False, server_default=false())
    planned_by: Mapped[str]
    planned_at: Mapped[datetime]
    cancelled_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    publish_at: Mapped[datetime | None]  # when its results are to be published
    release_by: Mapped[str | None]
    published_at: Mapped[datetime | None]

    @property
    def check_in_at(self) -> datetime:
        return self.opens_at - CHECK_IN_BEFORE

    @property
    def is_live(self) -> bool:
        return self.cancelled_at is None and self.ended_at is None

    def __repr__(self) -> str:
        return f"Sitting({self.public_id}, {self.programme_id})"


class Seat(Base):
    """One person's place in a sitting: the booking, the exam ticket, what became of it.

    The terms are those of the person's enrolment when it was booked; the form is assigned
    before the window opens, so that a start only reads it.
    """

    __tablename__ = "seat"
    __table_args__ = (
        Index(
            "uq_seat_person",
            "sitting_id",
            "person_id",
            unique=True,
            sqlite_where=LIVE,
            postgresql_where=LIVE,
        ),
        Index(
            "uq_seat_number",
            "sitting_id",
            "number",
            unique=True,
            sqlite_where=LIVE,
            postgresql_where=LIVE,
        ),
        CheckConstraint("attempt_id IS NULL OR absent_at IS NULL", name="present_or_absent"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=new_public_id)
    sitting_id: Mapped[int] = mapped_column(ForeignKey("sitting.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    number: Mapped[int]
    ticket: Mapped[str] = mapped_column(unique=True)  # 准考证号
    terms: Mapped[dict[str, Any]] = mapped_column(JSON)  # app.exams.terms.ExamTerms
    form: Mapped[list[list[Any]] | None] = mapped_column(JSON(none_as_null=True))
    booked_at: Mapped[datetime]
    cancelled_at: Mapped[datetime | None]
    checked_in_at: Mapped[datetime | None]
    absent_at: Mapped[datetime | None]
    attempt_id: Mapped[int | None] = mapped_column(ForeignKey("attempt.id"), unique=True)

    def __repr__(self) -> str:
        return f"Seat({self.public_id}, sitting={self.sitting_id}, person={self.person_id})"


@append_only
class IdentityCheck(Base):
    """Somebody saw who sits there: at check-in, and again at each re-entry."""

    __tablename__ = "identity_check"

    id: Mapped[int] = mapped_column(primary_key=True)
    seat_id: Mapped[int] = mapped_column(ForeignKey("seat.id"), index=True)
    at: Mapped[datetime]
    document: Mapped[str]  # a code of `labels.DOCUMENT`
    actor: Mapped[str]


@append_only
class InvigilationAct(Base):
    """One act at the console, once, whatever is clicked or sent again."""

    __tablename__ = "invigilation_act"
    __table_args__ = (UniqueConstraint("sitting_id", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    sitting_id: Mapped[int] = mapped_column(ForeignKey("sitting.id"), index=True)
    key: Mapped[str]
    kind: Mapped[str]  # extend | pause | break | resume | announce | end | upload
    minutes: Mapped[int | None]
    text: Mapped[str]  # the reason, or what is announced
    seat_ids: Mapped[list[str]] = mapped_column(JSON)  # public ids of those it reached
    is_for_all: Mapped[bool]
    actor: Mapped[str]
    at: Mapped[datetime]


class Accommodation(Base):
    """便利安排: extra time and breaks for one person, in force once a second person approved."""

    __tablename__ = "accommodation"
    __table_args__ = (
        CheckConstraint("time_percent BETWEEN 100 AND 300", name="time_percent_in_range"),
        CheckConstraint("break_minutes BETWEEN 0 AND 120", name="break_in_range"),
        CheckConstraint("time_percent > 100 OR break_minutes > 0", name="grants_something"),
        CheckConstraint("approved_by IS NULL OR approved_by <> proposed_by", name="two_persons"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=new_public_id)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    time_percent: Mapped[int]
    break_minutes: Mapped[int]
    reason: Mapped[str]
    proposed_by: Mapped[str]
    proposed_at: Mapped[datetime]
    approved_by: Mapped[str | None]
    approved_at: Mapped[datetime | None]
    ended_by: Mapped[str | None]
    ended_at: Mapped[datetime | None]

    def __repr__(self) -> str:
        return f"Accommodation({self.public_id}, person={self.person_id})"
