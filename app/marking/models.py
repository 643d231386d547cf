"""Tables of marking. Marks, settlements and acts on markers are only ever added."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.append_only import append_only
from app.core.db import Base
from app.core.ids import new_public_id

STANDING_SHEET = text("ending IS NULL OR ending IN ('marked', 'skipped', 'voided')")
OPEN_SHEET = text("ending IS NULL")


class MarkingTask(Base):
    """待评作答: one written response that people mark, from an exam or from a room.

    `settled_at`, `credit` and `wanted` are projections of its marks and its settlement.
    """

    __tablename__ = "marking_task"
    __table_args__ = (
        UniqueConstraint("attempt_id", "position"),
        UniqueConstraint("room_session_id", "part"),
        CheckConstraint("(attempt_id IS NULL) <> (room_session_id IS NULL)", name="one_source"),
        CheckConstraint("(attempt_id IS NULL) = (position IS NULL)", name="attempt_position"),
        CheckConstraint("(room_session_id IS NULL) = (part IS NULL)", name="room_part"),
        CheckConstraint("(settled_at IS NULL) = (credit IS NULL)", name="settled_with_credit"),
        CheckConstraint("credit BETWEEN 0 AND 1", name="credit_is_fraction"),
        Index("ix_marking_task_waiting", "settled_at", "due_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=new_public_id)
    attempt_id: Mapped[int | None] = mapped_column(ForeignKey("attempt.id"))
    position: Mapped[int | None]  # place in the form, 1-based
    room_session_id: Mapped[int | None] = mapped_column(ForeignKey("room_session.id"))
    part: Mapped[str | None]  # diagnosis | review
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)  # who wrote it
    rubric_ref: Mapped[str] = mapped_column(index=True)  # id@version of the item with the rubric
    body: Mapped[str] = mapped_column(Text)  # what was written, as it stood at the end
    opened_at: Mapped[datetime]
    due_at: Mapped[datetime]
    wanted: Mapped[int]  # marks that are to come, dealt ones among them
    settled_at: Mapped[datetime | None]
    credit: Mapped[float | None]

    def __repr__(self) -> str:
        return f"MarkingTask({self.public_id}, {self.rubric_ref})"


class ControlAnswer(Base):
    """对照卷: an answer with agreed points, mixed unseen into what markers are dealt."""

    __tablename__ = "control_answer"
    __table_args__ = (
        CheckConstraint("confirmed_by IS NULL OR confirmed_by <> proposed_by", name="two_persons"),
        CheckConstraint("(confirmed_at IS NULL) = (confirmed_by IS NULL)", name="confirmed"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=new_public_id)
    rubric_ref: Mapped[str] = mapped_column(index=True)
    body: Mapped[str] = mapped_column(Text)
    points: Mapped[dict[str, int]] = mapped_column(JSON)  # agreed, by criterion
    reason: Mapped[str]  # why these points, for the talk with a marker who missed it
    proposed_by: Mapped[str]
    proposed_at: Mapped[datetime]
    confirmed_by: Mapped[str | None]
    confirmed_at: Mapped[datetime | None]
    retired_at: Mapped[datetime | None]

    @property
    def is_live(self) -> bool:
        return self.confirmed_at is not None and self.retired_at is None

    def __repr__(self) -> str:
        return f"ControlAnswer({self.public_id}, {self.rubric_ref})"


class MarkingSheet(Base):
    """评阅单: one response, or one control answer, dealt to one marker."""

    __tablename__ = "marking_sheet"
    __table_args__ = (
        CheckConstraint("(task_id IS NULL) <> (control_id IS NULL)", name="one_source"),
        CheckConstraint("(ended_at IS NULL) = (ending IS NULL)", name="ended_with_reason"),
        Index(
            "uq_marking_sheet_open",
            "marker_id",
            unique=True,
            sqlite_where=OPEN_SHEET,
            postgresql_where=OPEN_SHEET,
        ),
        Index(
            "uq_marking_sheet_task",
            "task_id",
            "marker_id",
            unique=True,
            sqlite_where=STANDING_SHEET,
            postgresql_where=STANDING_SHEET,
        ),
        Index(
            "uq_marking_sheet_control",
            "control_id",
            "marker_id",
            unique=True,
            sqlite_where=STANDING_SHEET,
            postgresql_where=STANDING_SHEET,
        ),
        Index("ix_marking_sheet_lease", "ending", "lease_until"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=new_public_id)
    task_id: Mapped[int | None] = mapped_column(ForeignKey("marking_task.id"), index=True)
    control_id: Mapped[int | None] = mapped_column(ForeignKey("control_answer.id"))
    marker_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    rubric_ref: Mapped[str]
    dealt_at: Mapped[datetime]
    lease_until: Mapped[datetime]
    draft: Mapped[dict[str, int]] = mapped_column(JSON)  # points by criterion, so far
    draft_comment: Mapped[str] = mapped_column(Text)
    draft_sequence: Mapped[int]  # of the newest draft that was taken
    ending: Mapped[str | None]  # marked | skipped | expired | withdrawn | voided
    ended_at: Mapped[datetime | None]
    skip_reason: Mapped[str | None]  # code of labels.SKIP

    @property
    def is_open(self) -> bool:
        return self.ending is None

    def __repr__(self) -> str:
        return f"MarkingSheet({self.public_id}, marker={self.marker_id})"


@append_only
class Mark(Base):
    """What a marker gave; never changed. A voided sheet's mark stays and no longer counts."""

    __tablename__ = "mark"

    id: Mapped[int] = mapped_column(primary_key=True)
    sheet_id: Mapped[int] = mapped_column(ForeignKey("marking_sheet.id"), unique=True)
    points: Mapped[dict[str, int]] = mapped_column(JSON)
    total: Mapped[int]
    comment: Mapped[str] = mapped_column(Text)
    key: Mapped[str]  # the client's idempotency key
    fingerprint: Mapped[str]  # of what was sent, to tell a repeat from a reuse
    at: Mapped[datetime]


@append_only
class Settlement(Base):
    """How a response's marks became its credit; the body is a `question_bank` SettledMark."""

    __tablename__ = "settlement"

    id: Mapped[int] = mapped_column(primary_key=True)
    task_id: Mapped[int] = mapped_column(ForeignKey("marking_task.id"), unique=True)
    rule: Mapped[str]
    body: Mapped[dict[str, Any]] = mapped_column(JSON)
    at: Mapped[datetime]


@append_only
class MarkerAct(Base):
    """A marker was warned or stopped for drifting, or let on again."""

    __tablename__ = "marker_act"

    id: Mapped[int] = mapped_column(primary_key=True)
    marker_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    act: Mapped[str]  # warned | stopped | resumed
    reason: Mapped[str]
    actor: Mapped[str]
    at: Mapped[datetime]
