"""Tables of programme drafts, and of the cuts that came in; those are only added."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.append_only import append_only
from app.core.db import Base
from app.programmes.draft_tables import DocumentDraft, DocumentDraftEvent


class ProgrammeDraft(DocumentDraft):
    """The next version of a programme: `body` is of a `CertificationProgramme`."""

    __tablename__ = "programme_draft"
    subject = "programme"

    programme_id: Mapped[str] = mapped_column(index=True)


@append_only
class DraftEvent(DocumentDraftEvent):
    """Something that was done to a draft; a change is {field, before, after}."""

    __tablename__ = "programme_draft_event"
    subject = "programme"
    kinds = ("opened", "edited", "cut", "proposed", "returned", "published", "discarded")


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
