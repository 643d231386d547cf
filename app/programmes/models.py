"""Tables of programme drafts. What happened to a draft, and cuts that came in, are only added."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.append_only import append_only
from app.core.db import Base
from app.core.ids import new_public_id

OPEN_DRAFTS = text("state IN ('draft', 'proposed')")


class ProgrammeDraft(Base):
    """The next version of a programme while it is worked on; at most one of each is open.

    The body may be unfit for a while: the check stands before the proposal, not before the pen.
    """

    __tablename__ = "programme_draft"
    __table_args__ = (
        CheckConstraint("state IN ('draft', 'proposed', 'published', 'discarded')", name="state"),
        CheckConstraint("approver IS NULL OR approver <> proposer", name="two_persons"),
        CheckConstraint("(state = 'published') = (approver IS NOT NULL)", name="approved"),
        Index(
            "uq_programme_draft_open",
            "programme_id",
            unique=True,
            sqlite_where=OPEN_DRAFTS,
            postgresql_where=OPEN_DRAFTS,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=new_public_id)
    programme_id: Mapped[str] = mapped_column(index=True)
    version: Mapped[int]  # that it is to become
    body: Mapped[dict[str, Any]] = mapped_column(JSON)  # of a CertificationProgramme, unchecked
    revision: Mapped[int]  # of the body, counted from 1; who saves names the one they read
    state: Mapped[str]
    opened_at: Mapped[datetime]
    proposer: Mapped[str | None]  # "person:<public id>"
    approver: Mapped[str | None]

    @property
    def is_open(self) -> bool:
        return self.state in {"draft", "proposed"}

    def __repr__(self) -> str:
        return f"ProgrammeDraft({self.public_id}, {self.programme_id}@{self.version}, {self.state})"


@append_only
class DraftEvent(Base):
    """Something that was done to a draft."""

    __tablename__ = "programme_draft_event"
    __table_args__ = (
        CheckConstraint(
            "kind IN ('opened', 'edited', 'cut', 'proposed', 'returned', 'published', 'discarded')",
            name="kind",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    draft_id: Mapped[int] = mapped_column(ForeignKey("programme_draft.id"), index=True)
    kind: Mapped[str]
    actor: Mapped[str]
    at: Mapped[datetime]
    comment: Mapped[str]
    changes: Mapped[list[dict[str, Any]]] = mapped_column(JSON)  # {field, before, after}


@append_only
class ApprovedCut(Base):
    """合格线: a cut that a standard-setting panel found and a second person approved."""

    __tablename__ = "approved_cut"
    __table_args__ = (
        UniqueConstraint("session_id"),
        CheckConstraint("cut_fraction BETWEEN 0 AND 1", name="cut_is_fraction"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[str]  # public id of the standard-setting session
    blueprint_ref: Mapped[str] = mapped_column(index=True)
    cut_fraction: Mapped[float]
    standard_error: Mapped[float]  # of the cut, as a fraction
    minutes_hash: Mapped[str]  # SHA-256 of the signed minutes
    approved_by: Mapped[str]
    approved_at: Mapped[datetime]
