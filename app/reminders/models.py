"""Table of reminders: one for each certificate and stage, sent once."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.outbox import WaitingMail

WAITING = text("sent_at IS NULL AND given_up_at IS NULL")


class Reminder(WaitingMail):
    """A mail that a certificate's holder gets some days before its end."""

    __tablename__ = "reminder"
    __table_args__ = (
        UniqueConstraint("credential_id", "days_before"),
        CheckConstraint("sent_at IS NULL OR given_up_at IS NULL", name="one_end"),
        Index("ix_reminder_waiting", "due_at", sqlite_where=WAITING, postgresql_where=WAITING),
    )

    credential_id: Mapped[int] = mapped_column(ForeignKey("credential_record.id"))
    days_before: Mapped[int]  # services.STAGES_DAYS

    def __repr__(self) -> str:
        return f"Reminder({self.public_id}, {self.days_before} days)"
