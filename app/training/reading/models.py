"""Where a reader stopped."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base


class ReadingPosition(Base):
    """The section of a chapter that a person read last; their own, and nobody else sees it."""

    __tablename__ = "reading_position"
    __table_args__ = (
        UniqueConstraint("person_id", "chapter"),
        CheckConstraint("chapter BETWEEN 1 AND 99", name="chapter_in_range"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    chapter: Mapped[int]
    anchor: Mapped[str]  # of a section in the chapter's page
    read_at: Mapped[datetime]
    is_finished: Mapped[bool] = mapped_column(default=False)  # the last section was reached once
