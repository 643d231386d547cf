"""Table of planned sessions; a cancelled one stays, its operator's load falls away."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base
from app.core.ids import new_public_id


class PlannedSession(Base):
    """场次: a live session of one of a provider's merchants, and who will operate it."""

    __tablename__ = "planned_session"
    __table_args__ = (
        CheckConstraint("minutes BETWEEN 30 AND 960", name="minutes_possible"),
        CheckConstraint("level IN ('junior', 'intermediate', 'senior')", name="level_known"),
        Index("ix_planned_session_week", "provider_id", "starts_at"),
        Index("ix_planned_session_operator", "employment_id", "starts_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=new_public_id)
    provider_id: Mapped[int] = mapped_column(ForeignKey("provider.id"))
    title: Mapped[str]  # whose room, in the provider's words
    category: Mapped[str]  # trade.Category
    level: Mapped[str]  # the least that may operate it
    starts_at: Mapped[datetime]
    minutes: Mapped[int]
    employment_id: Mapped[int | None] = mapped_column(ForeignKey("employment.id"))
    planned_by: Mapped[str]
    planned_at: Mapped[datetime]
    cancelled_at: Mapped[datetime | None]
    confirmed_at: Mapped[datetime | None]  # by its operator; another operator confirms anew
    declined_by: Mapped[list[str] | None] = mapped_column(JSON)  # public ids of employments
    decline_reason: Mapped[str | None]  # of the last who declined

    def __repr__(self) -> str:
        return f"PlannedSession({self.public_id}, provider={self.provider_id})"
