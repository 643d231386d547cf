"""Tables of decisions: the moments, who began one, what they answered."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.append_only import append_only
from app.core.db import Base
from app.core.ids import new_public_id


class DecisionCase(Base):
    """A moment; published, it never changes: answers rest on it."""

    __tablename__ = "decision_case"
    __table_args__ = (
        CheckConstraint(
            "(published_at IS NULL) = (published_by IS NULL)", name="published_by_somebody"
        ),
        CheckConstraint("published_at IS NULL OR worths IS NOT NULL", name="published_weighed"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=new_public_id)
    code: Mapped[str] = mapped_column(unique=True)  # id of the moment
    body: Mapped[dict[str, Any]] = mapped_column(JSON)  # simulations.decisions.DecisionMoment
    content_hash: Mapped[str]
    worths: Mapped[list[dict[str, int]] | None] = mapped_column(JSON(none_as_null=True))
    author_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))  # none: shipped
    created_at: Mapped[datetime]
    published_at: Mapped[datetime | None] = mapped_column(index=True)
    published_by: Mapped[str | None]
    retired_at: Mapped[datetime | None]
    item_draft_id: Mapped[str | None]  # public id of the bank's draft that was made of it

    def __repr__(self) -> str:
        return f"DecisionCase({self.public_id}, {self.code})"


@append_only
class DecisionStart(Base):
    """Somebody saw the moment: from here on they have ninety seconds."""

    __tablename__ = "decision_start"
    __table_args__ = (UniqueConstraint("case_id", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("decision_case.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    started_at: Mapped[datetime]


@append_only
class DecisionAnswer(Base):
    """The answer given in time; the first and only one."""

    __tablename__ = "decision_answer"
    __table_args__ = (CheckConstraint("choice BETWEEN 0 AND 4", name="choice_in_range"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    start_id: Mapped[int] = mapped_column(ForeignKey("decision_start.id"), unique=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("decision_case.id"), index=True)
    choice: Mapped[int]  # position, from 0
    day: Mapped[date | None]  # Beijing; where it was the day's decision
    answered_at: Mapped[datetime]
