"""Tables of applications for admission; what each person decided is only added."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.append_only import append_only
from app.core.db import Base
from app.core.ids import new_public_id

OPEN = text("state = 'open'")


class ProviderApplication(Base):
    """Somebody asks that their company be admitted; one of each person's waits.

    `declared` is what they say of the last complete month: values by the id of module or figure,
    as exact decimal texts. Nothing of it becomes a report: those come from the platform.
    """

    __tablename__ = "provider_application"
    __table_args__ = (
        CheckConstraint("state IN ('open', 'admitted', 'declined', 'withdrawn')", name="state"),
        CheckConstraint("(state = 'open') = (closed_at IS NULL)", name="closed"),
        CheckConstraint("(state = 'admitted') = (provider_id IS NOT NULL)", name="admitted"),
        CheckConstraint("field IN ('mcn', 'belt', 'merchant', 'brand')", name="field"),
        Index(
            "uq_provider_application_open",
            "person_id",
            unique=True,
            sqlite_where=OPEN,
            postgresql_where=OPEN,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=new_public_id)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    name: Mapped[str]
    city: Mapped[str]
    field: Mapped[str]  # models.ProviderField
    introduction: Mapped[str]
    declared: Mapped[dict[str, Any]] = mapped_column(JSON)
    numbers: Mapped[list[str]] = mapped_column(JSON)  # of certificates
    state: Mapped[str]
    applied_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    provider_id: Mapped[int | None] = mapped_column(ForeignKey("provider.id"), unique=True)
    previous_id: Mapped[int | None] = mapped_column(ForeignKey("provider_application.id"))

    def __repr__(self) -> str:
        return f"ProviderApplication({self.public_id}, {self.state})"


@append_only
class ApplicationVerdict(Base):
    """What one person decided about an application; two who agree close it."""

    __tablename__ = "provider_application_verdict"
    __table_args__ = (
        UniqueConstraint("application_id", "decided_by"),
        CheckConstraint("verdict IN ('admit', 'decline')", name="verdict"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("provider_application.id"))
    verdict: Mapped[str]
    reason: Mapped[str]
    decided_by: Mapped[str]  # actor, as in the audit log
    at: Mapped[datetime]
