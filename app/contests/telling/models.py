"""Table of what people are told about contests: one row for each person, kind and matter."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.outbox import WaitingMail

WAITING = text("sent_at IS NULL AND given_up_at IS NULL")


class ContestNotice(WaitingMail):
    """A notice on the page and a mail that waits; its words are found when it is shown or sent."""

    __tablename__ = "contest_notice"
    __table_args__ = (
        UniqueConstraint("person_id", "kind", "ref"),
        CheckConstraint("sent_at IS NULL OR given_up_at IS NULL", name="one_end"),
        Index(
            "ix_contest_notice_waiting", "due_at", sqlite_where=WAITING, postgresql_where=WAITING
        ),
        Index("ix_contest_notice_unseen", "person_id", "seen_at"),
    )

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    kind: Mapped[str]  # queueing.Kind
    ref: Mapped[str]  # what it is about by its public id, and where that may recur, "@" when
    seen_at: Mapped[datetime | None]

    def __repr__(self) -> str:
        return f"ContestNotice({self.public_id}, {self.kind})"
