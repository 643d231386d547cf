"""Tables of objections: what was objected to, what was laid before, how it was answered."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.append_only import append_only
from app.core.db import Base
from app.core.ids import new_public_id

OPEN = text("state = 'open'")


class ScoreObjection(Base):
    """A provider's objection to one figure of one settled month; one of each waits.

    `settled_id` is the settlement that was objected to; `resettled_id` the one that an accepted
    objection led to. Neither row ever changes: a correction is a newer fact.
    """

    __tablename__ = "score_objection"
    __table_args__ = (
        CheckConstraint("state IN ('open', 'accepted', 'declined', 'withdrawn')", name="state"),
        CheckConstraint("(state = 'open') = (closed_at IS NULL)", name="closed"),
        CheckConstraint("(state = 'open') = (closed_by IS NULL)", name="closed_by_somebody"),
        CheckConstraint(
            "state NOT IN ('accepted', 'declined') OR closed_by <> filed_by", name="two_persons"
        ),
        CheckConstraint("(state = 'accepted') = (import_id IS NOT NULL)", name="corrected"),
        Index(
            "uq_score_objection_open",
            "provider_id",
            "month",
            "column_id",
            unique=True,
            sqlite_where=OPEN,
            postgresql_where=OPEN,
        ),
        Index("ix_score_objection_waiting", "state", "due_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=new_public_id)
    provider_id: Mapped[int] = mapped_column(ForeignKey("provider.id"))
    month: Mapped[date]  # its first day
    column_id: Mapped[str]  # of a module or a figure of the scheme
    settled_id: Mapped[int] = mapped_column(ForeignKey("provider_settled_score.id"))
    value_e4: Mapped[int | None] = mapped_column(BigInteger)  # as settled; None: missing
    claimed_e4: Mapped[int] = mapped_column(BigInteger)  # what the provider says it is
    reason: Mapped[str]
    state: Mapped[str]
    filed_by: Mapped[str]  # actor, as in the audit log
    filed_at: Mapped[datetime]
    due_at: Mapped[datetime]  # until when it is to be answered
    closed_by: Mapped[str | None]
    closed_at: Mapped[datetime | None]
    answer: Mapped[str | None]  # the reason of the decision
    import_id: Mapped[int | None] = mapped_column(ForeignKey("indicator_import.id"), unique=True)
    resettled_id: Mapped[int | None] = mapped_column(ForeignKey("provider_settled_score.id"))

    def __repr__(self) -> str:
        return f"ScoreObjection({self.public_id}, {self.column_id} {self.month:%Y-%m})"


@append_only
class ObjectionFile(Base):
    """What a file that backs an objection was: its digest proves which one was meant."""

    __tablename__ = "score_objection_file"
    __table_args__ = (UniqueConstraint("objection_id", "sha256"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    objection_id: Mapped[int] = mapped_column(ForeignKey("score_objection.id"))
    name: Mapped[str]
    size_bytes: Mapped[int]
    sha256: Mapped[str]
