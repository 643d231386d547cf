"""Tables of results: appeals and what was answered to them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base
from app.core.ids import new_public_id

UNANSWERED = text("answered_at IS NULL")


class Appeal(Base):
    """申诉: a candidate's objection to a published result, answered by somebody uninvolved."""

    __tablename__ = "appeal"
    __table_args__ = (
        CheckConstraint("(answered_at IS NULL) = (outcome IS NULL)", name="answered_with_outcome"),
        CheckConstraint("(answered_at IS NULL) = (answered_by IS NULL)", name="answered_by"),
        Index(
            "uq_appeal_unanswered",
            "attempt_id",
            unique=True,
            sqlite_where=UNANSWERED,
            postgresql_where=UNANSWERED,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=new_public_id)
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    category: Mapped[str]  # item | disturbance | technical | other
    position: Mapped[int | None]  # the item objected to, 1-based
    body: Mapped[str]
    filed_at: Mapped[datetime]
    answer_due_at: Mapped[datetime]
    outcome: Mapped[str | None]  # upheld | dismissed
    answer: Mapped[str | None]
    answered_by: Mapped[str | None]
    answered_at: Mapped[datetime | None]
    regrade_id: Mapped[int | None] = mapped_column(ForeignKey("regrade.id"))

    def __repr__(self) -> str:
        return f"Appeal({self.public_id}, attempt={self.attempt_id})"
