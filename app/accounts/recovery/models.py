"""Table of links that set a new password."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.outbox import WaitingMail

WAITING = text("sent_at IS NULL AND given_up_at IS NULL")


class PasswordReset(WaitingMail):
    """A link that sets a person's password once; only the hash of its secret is stored.

    The secret of a mail is made as the mail is written, so that what waits opens nothing. A link
    that an administrator hands over has its secret at once and counts as sent.
    """

    __tablename__ = "password_reset"
    __table_args__ = (
        CheckConstraint("sent_at IS NULL OR given_up_at IS NULL", name="one_end"),
        CheckConstraint("(secret_hash IS NULL) = (valid_until IS NULL)", name="secret_ends"),
        Index(
            "ix_password_reset_waiting", "due_at", sqlite_where=WAITING, postgresql_where=WAITING
        ),
    )

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    issued_by: Mapped[str]  # actor, as in the audit log
    secret_hash: Mapped[str | None] = mapped_column(unique=True)
    valid_until: Mapped[datetime | None]
    used_at: Mapped[datetime | None]

    def __repr__(self) -> str:
        return f"PasswordReset({self.public_id})"
