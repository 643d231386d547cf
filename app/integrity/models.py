"""Tables of integrity cases: evidence as it stood, the candidate's words, two people's finding."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.append_only import append_only
from app.core.db import Base
from app.core.ids import new_public_id


class IntegrityCase(Base):
    """The case file of one attempt: opened by a person, never by a program.

    `evidence` is what was computed when the case was opened; later computing changes nothing in
    it. Nothing follows from a case by itself: no score, no result and no certificate reads it.
    """

    __tablename__ = "integrity_case"
    __table_args__ = (
        CheckConstraint("finding IN ('no_concern', 'concern')", name="finding_known"),
        CheckConstraint("(finding IS NULL) = (proposed_by IS NULL)", name="finding_has_author"),
        CheckConstraint("confirmed_by IS NULL OR confirmed_by <> proposed_by", name="two_persons"),
        CheckConstraint("confirmed_by IS NULL OR finding IS NOT NULL", name="confirms_something"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=new_public_id)
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"), unique=True)
    exam_code: Mapped[str] = mapped_column(index=True)
    evidence: Mapped[dict[str, Any]] = mapped_column(JSON)  # of app.integrity.evidence
    reason: Mapped[str] = mapped_column(Text)  # why it was opened, in the opener's words
    opened_by: Mapped[str]
    opened_at: Mapped[datetime]
    statement: Mapped[str | None] = mapped_column(Text)  # the candidate's
    stated_at: Mapped[datetime | None]
    finding: Mapped[str | None]  # no_concern | concern
    finding_reason: Mapped[str | None] = mapped_column(Text)
    proposed_by: Mapped[str | None]
    proposed_at: Mapped[datetime | None]
    confirmed_by: Mapped[str | None]
    confirmed_at: Mapped[datetime | None]

    @property
    def is_decided(self) -> bool:
        return self.confirmed_at is not None

    def __repr__(self) -> str:
        return f"IntegrityCase({self.public_id}, attempt={self.attempt_id})"


@append_only
class IntegrityView(Base):
    """One look into a case file: who, when, and what for."""

    __tablename__ = "integrity_view"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("integrity_case.id"), index=True)
    viewer: Mapped[str]
    purpose: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
