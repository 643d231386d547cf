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
    false,
    text,
    true,
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
    `due_at`, `paused_at` and `notices` are projections of the attempt's events; `score_fraction`
    and `passed` of its score rows, and stay empty while the result is held back (`is_held`) or
    people still mark it (`awaits_marks`): whoever reads them, by whatever door, sees no score
    before its time. `section_at`,
    `open_from`, `open_to` and `section_due_at` are projections of the barriers that were passed.
    """

    __tablename__ = "attempt"
    __table_args__ = (
        CheckConstraint("score_fraction BETWEEN 0 AND 1", name="score_is_fraction"),
        CheckConstraint("(closed_at IS NULL) = (closing IS NULL)", name="closed_has_reason"),
        CheckConstraint("time_percent BETWEEN 100 AND 300", name="time_percent_in_range"),
        CheckConstraint("break_left_s >= 0", name="break_not_negative"),
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
    closing: Mapped[str | None]  # submitted | overdue | ended
    score_fraction: Mapped[float | None]
    passed: Mapped[bool | None]
    is_held: Mapped[bool] = mapped_column(default=False, server_default=false())
    shows_items: Mapped[bool] = mapped_column(default=True, server_default=true())
    awaits_marks: Mapped[bool] = mapped_column(default=False, server_default=false())
    time_percent: Mapped[int] = mapped_column(default=100, server_default=text("100"))
    break_left_s: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    paused_at: Mapped[datetime | None]
    is_on_break: Mapped[bool] = mapped_column(default=False, server_default=false())
    sections: Mapped[list[list[Any]] | None] = mapped_column(
        JSON(none_as_null=True)
    )  # [[title, first, last, limit_s | null], …]; None where the form has no barriers
    section_at: Mapped[int] = mapped_column(default=0, server_default=text("0"))  # index into it
    open_from: Mapped[int] = mapped_column(default=1, server_default=text("1"))
    open_to: Mapped[int | None]  # positions that take answers now; None: to the end
    section_due_at: Mapped[datetime | None]  # end of the present section's own time
    safe_browser: Mapped[dict[str, list[str]] | None] = mapped_column(
        JSON(none_as_null=True)
    )  # {config_keys, browser_keys}: required of every request; None where any browser may be used
    notices: Mapped[list[dict[str, str]]] = mapped_column(
        JSON, default=list, server_default=text("'[]'")
    )  # [{id, text, at}, …], what the page is to show

    @property
    def is_open(self) -> bool:
        return self.closed_at is None

    @property
    def has_result(self) -> bool:
        """Whether its score counts and may be seen."""
        return self.closed_at is not None and not self.is_held and not self.awaits_marks

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
    # started | opened | saved | submitted | closed | extended | paused | resumed | announced |
    # outage | passed | admitted | marked | played
    kind: Mapped[str]
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


class AttemptPresence(Base):
    """The last sign of life of an attempt's page; only for the invigilator's eyes."""

    __tablename__ = "attempt_presence"

    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"), primary_key=True)
    seen_at: Mapped[datetime]
    waiting_count: Mapped[int | None]  # changes that wait on the device, as the page says


@append_only
class AttemptSignal(Base):
    """What an exam's page or device did beside answering; evidence for people, never scored."""

    __tablename__ = "attempt_signal"
    __table_args__ = (
        UniqueConstraint("attempt_id", "key"),
        CheckConstraint(
            "kind IN ('left', 'room', 'offline', 'opened', 'moved')", name="kind_known"
        ),
        CheckConstraint("seconds >= 0", name="seconds_not_negative"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"))
    key: Mapped[str]
    kind: Mapped[str]
    at: Mapped[datetime]  # when it began, by the server's clock
    seconds: Mapped[float | None]  # how long it lasted, by the device's
    received_at: Mapped[datetime]
    device: Mapped[str | None]  # tells sign-ins apart, of `opened` and `moved`
    address: Mapped[str | None]
    user_agent: Mapped[str | None]


@append_only
class LateAnswer(Base):
    """An answer that arrived after the end: kept as evidence, not scored."""

    __tablename__ = "late_answer"
    __table_args__ = (UniqueConstraint("attempt_id", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"))
    key: Mapped[str]
    position: Mapped[int]
    value: Mapped[str]  # canonical JSON
    client_sequence: Mapped[int]
    received_at: Mapped[datetime]
    reason: Mapped[str]  # deadline_passed | attempt_closed | section_passed | section_over


class LateAdmission(Base):
    """认可迟到作答: late answers that are to count, proposed by one person, decided by another.

    Admitted, they are appended to the attempt's chain like saved ones and the attempt is scored
    anew; refused, they stay what they were.
    """

    __tablename__ = "late_admission"
    __table_args__ = (
        CheckConstraint("decided_by IS NULL OR decided_by <> proposed_by", name="two_persons"),
        CheckConstraint("(decided_at IS NULL) = (is_admitted IS NULL)", name="decided"),
        Index(
            "uq_late_admission_open",
            "attempt_id",
            unique=True,
            sqlite_where=text("decided_at IS NULL"),
            postgresql_where=text("decided_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=new_public_id)
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"), index=True)
    late_answer_ids: Mapped[list[int]] = mapped_column(JSON)
    reason: Mapped[str]
    proposed_by: Mapped[str]
    proposed_at: Mapped[datetime]
    is_admitted: Mapped[bool | None]
    decided_by: Mapped[str | None]
    decided_at: Mapped[datetime | None]

    def __repr__(self) -> str:
        return f"LateAdmission({self.public_id}, attempt={self.attempt_id})"


class ServerBeat(Base):
    """The moment at which a web process last said that it serves; one row."""

    __tablename__ = "server_beat"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]


@append_only
class Outage(Base):
    """A time in which no web process served, and whom it was credited to."""

    __tablename__ = "outage"

    id: Mapped[int] = mapped_column(primary_key=True)
    began_at: Mapped[datetime]
    ended_at: Mapped[datetime]
    attempt_count: Mapped[int]


class Regrade(Base):
    """改判: another way of scoring one item version, proposed by one person, applied by another.

    While it is applied and not reverted, every scoring of an attempt with that item follows it.
    """

    __tablename__ = "regrade"
    __table_args__ = (
        CheckConstraint("treatment IN ('rekey', 'credit_all', 'drop')", name="treatment"),
        CheckConstraint(
            "(treatment = 'rekey') = (new_ref IS NOT NULL)", name="rekey_names_version"
        ),
        CheckConstraint("applied_by IS NULL OR applied_by <> proposed_by", name="two_persons"),
        CheckConstraint("applied_at IS NULL OR withdrawn_at IS NULL", name="one_end"),
        Index(
            "uq_regrade_standing",
            "item_ref",
            unique=True,
            sqlite_where=text("withdrawn_at IS NULL AND reverted_at IS NULL"),
            postgresql_where=text("withdrawn_at IS NULL AND reverted_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=new_public_id)
    item_ref: Mapped[str] = mapped_column(index=True)
    treatment: Mapped[str]
    new_ref: Mapped[str | None]  # the version whose key counts
    reason: Mapped[str]
    proposed_by: Mapped[str]
    proposed_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    applied_by: Mapped[str | None]
    applied_at: Mapped[datetime | None]
    reverted_by: Mapped[str | None]
    reverted_at: Mapped[datetime | None]

    @property
    def is_applied(self) -> bool:
        return self.applied_at is not None and self.reverted_at is None

    @property
    def is_proposed(self) -> bool:
        return self.applied_at is None and self.withdrawn_at is None

    def __repr__(self) -> str:
        return f"Regrade({self.public_id}, {self.item_ref}, {self.treatment})"


@append_only
class RegradeChange(Base):
    """What a regrade, or its reversal, did to one attempt."""

    __tablename__ = "regrade_change"
    __table_args__ = (UniqueConstraint("regrade_id", "attempt_id", "act"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    regrade_id: Mapped[int] = mapped_column(ForeignKey("regrade.id"))
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"), index=True)
    act: Mapped[str]  # applied | reverted
    old_fraction: Mapped[float]
    new_fraction: Mapped[float]
    old_passed: Mapped[bool]
    new_passed: Mapped[bool]
    at: Mapped[datetime]
