"""Tables of service providers. Counts and scores are never stored: they are derived."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.core.append_only import append_only
from app.core.db import Base
from app.core.ids import new_public_id

RUNNING = text("ended_at IS NULL")
WAITING = text("answered_at IS NULL")


class ProviderField(StrEnum):
    """What a provider serves; the words are in `labels.py`."""

    MCN = "mcn"
    BELT = "belt"
    MERCHANT = "merchant"
    BRAND = "brand"


class ProviderTier(StrEnum):
    """How far a provider was admitted, lowest first."""

    QUALITY = "quality"
    CORE = "core"
    STRATEGIC = "strategic"


class Provider(Base):
    """服务商: an agency that serves merchants and anchors."""

    __tablename__ = "provider"
    __table_args__ = (
        CheckConstraint("field IN ('mcn', 'belt', 'merchant', 'brand')", name="field"),
        CheckConstraint("tier IN ('quality', 'core', 'strategic')", name="tier"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=new_public_id)
    code: Mapped[str] = mapped_column(unique=True)  # 服务商编号, typed into spreadsheets
    name: Mapped[str]
    city: Mapped[str]
    field: Mapped[str]  # ProviderField
    tier: Mapped[str]  # ProviderTier
    joined_on: Mapped[date]
    is_demo: Mapped[bool] = mapped_column(default=False)

    def __repr__(self) -> str:
        return f"Provider({self.public_id}, {self.code})"


class ProviderManager(Base):
    """Who may act for a provider."""

    __tablename__ = "provider_manager"
    __table_args__ = (UniqueConstraint("provider_id", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    provider_id: Mapped[int] = mapped_column(ForeignKey("provider.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    since: Mapped[datetime]


class StaffInvitation(Base):
    """A provider asks somebody to confirm that they work there.

    It names an account, not a person, so that nobody learns from it which accounts exist.
    """

    __tablename__ = "staff_invitation"
    __table_args__ = (
        CheckConstraint("(answered_at IS NULL) = (answer IS NULL)", name="answer_has_moment"),
        Index(
            "uq_staff_invitation_waiting",
            "provider_id",
            "account",
            unique=True,
            sqlite_where=WAITING,
            postgresql_where=WAITING,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=new_public_id)
    provider_id: Mapped[int] = mapped_column(ForeignKey("provider.id"))
    account: Mapped[str] = mapped_column(index=True)  # as people sign in: e-mail or phone
    note: Mapped[str]
    invited_at: Mapped[datetime]
    invited_by: Mapped[str]
    answered_at: Mapped[datetime | None]
    answer: Mapped[str | None]  # accepted | declined | withdrawn

    def __repr__(self) -> str:
        return f"StaffInvitation({self.public_id}, provider={self.provider_id})"


class Employment(Base):
    """An operator works for a provider, by the operator's own word.

    A person counts for one provider at a time: one row may run, and it begins and ends at the
    moment of the act, so intervals cannot overlap.
    """

    __tablename__ = "employment"
    __table_args__ = (
        Index(
            "uq_employment_running",
            "person_id",
            unique=True,
            sqlite_where=RUNNING,
            postgresql_where=RUNNING,
        ),
        CheckConstraint("ended_at IS NULL OR ended_at >= started_at", name="ends_after_start"),
        CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name="end_has_actor"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=new_public_id)
    provider_id: Mapped[int] = mapped_column(ForeignKey("provider.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    invitation_id: Mapped[int] = mapped_column(ForeignKey("staff_invitation.id"), unique=True)
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None]  # actor, as in the audit log
    end_reason: Mapped[str | None]  # a manager must give one, the operator need not

    @property
    def is_running(self) -> bool:
        return self.ended_at is None

    def __repr__(self) -> str:
        return f"Employment({self.public_id}, person={self.person_id}, provider={self.provider_id})"


class SchemeVersion(Base):
    """One version of the five-force scheme; `body` is `schemes.Scheme`."""

    __tablename__ = "scheme_version"
    __table_args__ = (UniqueConstraint("scheme_id", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    scheme_id: Mapped[str]
    version: Mapped[int]
    body: Mapped[dict[str, Any]] = mapped_column(JSON)
    published_at: Mapped[datetime]


class IndicatorImport(Base):
    """One imported file of monthly indicators, all of it or nothing.

    The counts say what its figures were to the ones known before: new, other, or the same; only
    the first two became rows.
    """

    __tablename__ = "indicator_import"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    actor: Mapped[str]
    file_name: Mapped[str]
    sha256: Mapped[str] = mapped_column(unique=True)  # importing a file twice changes nothing
    scheme_ref: Mapped[str]  # the version that it was checked by
    row_count: Mapped[int]
    new_count: Mapped[int]
    corrected_count: Mapped[int]
    unchanged_count: Mapped[int]

    @property
    def changed_count(self) -> int:
        return self.new_count + self.corrected_count

    def __repr__(self) -> str:
        return f"IndicatorImport({self.id}, {self.row_count} rows)"


@append_only
class MonthlyIndicator(Base):
    """One provider's value of one module in one month; a correction is a newer row."""

    __tablename__ = "monthly_indicator"
    __table_args__ = (
        UniqueConstraint("provider_id", "month", "module_id", "import_id"),
        Index("ix_monthly_indicator_month", "month", "provider_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    provider_id: Mapped[int] = mapped_column(ForeignKey("provider.id"))
    month: Mapped[date]  # its first day
    module_id: Mapped[str]
    value_e4: Mapped[int] = mapped_column(BigInteger)  # exact: ten-thousandths of the unit
    import_id: Mapped[int] = mapped_column(ForeignKey("indicator_import.id"))
