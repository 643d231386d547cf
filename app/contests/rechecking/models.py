"""Table of rechecks: who asked for one, and what it found."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base
from app.core.ids import new_public_id


class ContestRecheck(Base):
    """A contest computed anew; done once it has its report, `findings.Report` as data."""

    __tablename__ = "contest_recheck"
    __table_args__ = (CheckConstraint("(done_at IS NULL) = (report IS NULL)", name="done_whole"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=new_public_id)
    contest_id: Mapped[int] = mapped_column(ForeignKey("contest.id"), index=True)
    asked_by: Mapped[str]
    asked_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    report: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))

    def __repr__(self) -> str:
        return f"ContestRecheck({self.public_id})"
