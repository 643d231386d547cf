"""Table of mails about a provider's matters: one for each person, kind and matter."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.outbox import WaitingMail

WAITING = text("sent_at IS NULL AND given_up_at IS NULL")


class ProviderMail(WaitingMail):
    """A mail that waits, was sent, or was given up; its words are found when it is sent."""

    __tablename__ = "provider_mail"
    __table_args__ = (
        UniqueConstraint("person_id", "kind", "ref"),
        CheckConstraint("sent_at IS NULL OR given_up_at IS NULL", name="one_end"),
        Index("ix_provider_mail_waiting", "due_at", sqlite_where=WAITING, postgresql_where=WAITING),
    )

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    kind: Mapped[str]  # queueing.Kind
    ref: Mapped[str]  # what it is about, by its public id

    def __repr__(self) -> str:
        return f"ProviderMail({self.public_id}, {self.kind})"
