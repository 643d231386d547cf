"""Tables of the rules' office. What was found, decided and settled is only added."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.append_only import append_only
from app.core.db import Base
from app.core.ids import new_public_id

PROPOSED = text("state = 'proposed'")


class SchemeProposal(Base):
    """A version of a scheme that one person proposed and another decides; one of each waits."""

    __tablename__ = "scheme_proposal"
    __table_args__ = (
        CheckConstraint("state IN ('proposed', 'published', 'declined')", name="state"),
        CheckConstraint("decided_by IS NULL OR decided_by <> proposed_by", name="two_persons"),
        CheckConstraint("(state = 'proposed') = (decided_by IS NULL)", name="decided"),
        Index(
            "uq_scheme_proposal_waiting",
            "scheme_id",
            unique=True,
            sqlite_where=PROPOSED,
            postgresql_where=PROPOSED,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=new_public_id)
    scheme_id: Mapped[str]
    version: Mapped[int]
    body: Mapped[dict[str, Any]] = mapped_column(JSON)  # of a Scheme
    comment: Mapped[str]
    state: Mapped[str]
    proposed_by: Mapped[str]  # actor, as in the audit log
    proposed_at: Mapped[datetime]
    decided_by: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    reason: Mapped[str | None]  # of the decision

    @property
    def ref(self) -> str:
        return f"{self.scheme_id}@{self.version}"

    def __repr__(self) -> str:
        return f"SchemeProposal({self.public_id}, {self.ref}, {self.state})"


@append_only
class TierDecision(Base):
    """A provider was put into a tier, or asked to one that is by invitation."""

    __tablename__ = "provider_tier_decision"
    __table_args__ = (CheckConstraint("kind IN ('moved', 'invited')", name="kind"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    provider_id: Mapped[int] = mapped_column(ForeignKey("provider.id"), index=True)
    kind: Mapped[str]
    tier: Mapped[str]  # models.ProviderTier
    tier_before: Mapped[str]
    scheme_ref: Mapped[str]
    month: Mapped[date]  # whose score it rests on
    reason: Mapped[str]
    decided_by: Mapped[str]
    at: Mapped[datetime]


@append_only
class RedLineFinding(Base):
    """A red line was crossed; a later row with `lifts_id` takes a finding back."""

    __tablename__ = "provider_red_line"
    __table_args__ = (
        UniqueConstraint("lifts_id"),
        CheckConstraint("lifts_id IS NULL OR lifts_id < id", name="lifts_an_earlier"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    provider_id: Mapped[int] = mapped_column(ForeignKey("provider.id"), index=True)
    red_line: Mapped[str]
    month: Mapped[date]  # in which it was crossed
    until_month: Mapped[date]  # last month whose rating is frozen
    reason: Mapped[str]
    found_by: Mapped[str]
    at: Mapped[datetime]
    lifts_id: Mapped[int | None] = mapped_column(ForeignKey("provider_red_line.id"))


@append_only
class SettledScore(Base):
    """One provider's score of a settled month; a correction of its figures adds a revision.

    `inputs` is what the score was computed from, so that anybody can compute it again:
    `snapshots.packed_inputs` says how it is written.
    """

    __tablename__ = "provider_settled_score"
    __table_args__ = (
        UniqueConstraint("provider_id", "month", "revision"),
        Index("ix_provider_settled_score_month", "month", "provider_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    provider_id: Mapped[int] = mapped_column(ForeignKey("provider.id"))
    month: Mapped[date]
    revision: Mapped[int]
    scheme_ref: Mapped[str]
    inputs: Mapped[bytes]
    total_e2: Mapped[int]
    certified_e2: Mapped[int]
    rating: Mapped[str]
    is_provisional: Mapped[bool]
    settled_at: Mapped[datetime]
    computed_at: Mapped[datetime]
