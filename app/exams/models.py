"""Tables of exams. Events, scores and receipts are only ever added."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    PrimaryKeyConstraint,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.core.append_only import append_only
from app.core.db import Base
from app.core.ids import new_public_id


class PreparedForm(Base):
    """A form drawn ahead, so that a start only reads; used once."""

    __tablename__ = "prepared_form"

    id: Mapped[int] = mapped_column(primary_key=True)
    blueprint_ref: Mapped[str] = mapped_column(index=True)
    form: Mapped[list[list[Any]]] = mapped_column(JSON)  # [[item_ref, [choice ids in order]], …]
    drawn_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Attempt(Base):
    """One person sitting one exam form.

    The form and the terms are pinned when the attempt starts, so that a later edit of bank
    or programme changes neither what the candidate sees nor how it is scored. `closed_at`,
    `score_fraction` and `passed` are projections of the attempt's events and score rows.
    """

    __tablename__ = "attempt"
    __table_args__ = (
        CheckConstraint("score_fraction BETWEEN 0 AND 1", name="score_is_fraction"),
        CheckConstraint("(closed_at IS NULL) = (closing IS NULL)", name="closed_has_reason"),
        UniqueConstraint("person_id", "exam_code", "ordinal"),
        Index(
            "uq_attempt_open",
            "person_id",
            "exam_code",
            unique=True,
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
        Index("ix_attempt_due_open", "due_at", "closed_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=new_public_id)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    exam_code: Mapped[str]
    ordinal: Mapped[int]
    programme_ref: Mapped[str]
    title: Mapped[str]
    blueprint_ref: Mapped[str]
    form: Mapped[list[list[Any]]] = mapped_column(JSON)  # [[item_ref, [choice ids in order]], …]
    cut_fraction: Mapped[float]
    limit_s: Mapped[int]
    is_demo: Mapped[bool]
    started_at: Mapped[datetime]
    due_at: Mapped[datetime]
    writer_epoch: Mapped[int] = mapped_column(default=0)
    event_count: Mapped[int] = mapped_column(default=0)
    head_hash: Mapped[str]
    closed_at: Mapped[datetime | None]
    closing: Mapped[str | None]  # submitted | overdue
    score_fraction: Mapped[float | None]
    passed: Mapped[bool | None]

    @property
    def is_open(self) -> bool:
        return self.closed_at is None

    @property
    def item_refs(self) -> list[str]:
        return [entry[0] for entry in self.form]

    def __repr__(self) -> str:
        return f"Attempt({self.public_id}, person={self.person_id}, {self.exam_code})"


@append_only
class AttemptEvent(Base):
    """One thing that happened in an attempt, in the order the server saw it; hash-chained."""

    __tablename__ = "attempt_event"
    __table_args__ = (
        UniqueConstraint("attempt_id", "sequence"),
        UniqueConstraint("attempt_id", "key"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"))
    sequence: Mapped[int]
    kind: Mapped[str]  # started | opened | saved | submitted | closed
    key: Mapped[str]  # the client's idempotency key; server events make their own
    fingerprint: Mapped[str]  # of the payload, to tell a repeat from a reuse
    payload: Mapped[str]  # canonical JSON
    at: Mapped[datetime]
    previous_hash: Mapped[str]
    hash: Mapped[str]


class AttemptResponse(Base):
    """The newest response to each position: a projection of the saved events."""

    __tablename__ = "attempt_response"
    __table_args__ = (PrimaryKeyConstraint("attempt_id", "position"),)

    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"))
    position: Mapped[int]
    value: Mapped[str]  # canonical JSON
    flagged: Mapped[bool]
    client_sequence: Mapped[int]
    at: Mapped[datetime]


@append_only
class AttemptScore(Base):
    """One scoring of an attempt; a correction is a new row with its reason."""

    __tablename__ = "attempt_score"

    id: Mapped[int] = mapped_column(primary_key=True)
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"), index=True)
    at: Mapped[datetime]
    fraction: Mapped[float]
    passed: Mapped[bool]
    credits: Mapped[list[float]] = mapped_column(JSON)
    topics: Mapped[list[list[Any]]] = mapped_column(JSON)  # [[topic, credit, item count], …]
    head_hash: Mapped[str]  # the events that it was made from
    reason: Mapped[str]
