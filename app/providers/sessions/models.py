"""Tables of session results and of what was estimated from them; both are only added to."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.append_only import append_only
from app.core.db import Base


class SessionImport(Base):
    """One imported file of session results, all of it or nothing."""

    __tablename__ = "session_import"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    actor: Mapped[str]
    file_name: Mapped[str]
    sha256: Mapped[str] = mapped_column(unique=True)  # importing a file twice changes nothing
    row_count: Mapped[int]
    new_count: Mapped[int]
    corrected_count: Mapped[int]
    unchanged_count: Mapped[int]

    def __repr__(self) -> str:
        return f"SessionImport({self.id}, {self.row_count} rows)"


@append_only
class SessionResult(Base):
    """What one live session brought; a correction is a newer row of the same session.

    Sessions that nobody helped with have no provider: they are what is compared with.
    """

    __tablename__ = "session_result"
    __table_args__ = (
        UniqueConstraint("session_ref", "import_id"),
        CheckConstraint("minutes > 0", name="minutes_positive"),
        CheckConstraint(
            "person_id IS NULL OR provider_id IS NOT NULL", name="operator_has_provider"
        ),
        Index("ix_session_result_merchant", "merchant_ref", "started_at"),
        Index("ix_session_result_person", "person_id", "started_at"),
        Index("ix_session_result_started", "started_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    session_ref: Mapped[str]  # 场次编号 of the platform
    merchant_ref: Mapped[str]  # 商家编号 of the platform
    category: Mapped[str]  # trade.Category
    started_at: Mapped[datetime]
    minutes: Mapped[int]
    net_gmv_fen: Mapped[int] = mapped_column(BigInteger)  # after refunds
    provider_id: Mapped[int | None] = mapped_column(ForeignKey("provider.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    import_id: Mapped[int] = mapped_column(ForeignKey("session_import.id"))


@append_only
class UpliftEstimate(Base):
    """What one provider's operated sessions of some months were estimated to have gained.

    `inputs_hash` is of the sessions and the rule: the same question has one answer.
    """

    __tablename__ = "uplift_estimate"
    __table_args__ = (
        UniqueConstraint("provider_id", "month", "inputs_hash"),
        CheckConstraint("weight BETWEEN 0 AND 1", name="weight_is_fraction"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    provider_id: Mapped[int] = mapped_column(ForeignKey("provider.id"))
    month: Mapped[date]  # its first day
    inputs_hash: Mapped[str]
    rule: Mapped[str]  # uplift.RULE
    estimated_at: Mapped[datetime]
    uplift_ratio: Mapped[float | None]
    low_ratio: Mapped[float | None]
    high_ratio: Mapped[float | None]
    weight: Mapped[float]
    counted_ratio: Mapped[float | None]  # None: does not count
    details: Mapped[dict[str, Any]] = mapped_column(JSON)
    import_id: Mapped[int | None] = mapped_column(ForeignKey("indicator_import.id"))

    def __repr__(self) -> str:
        return f"UpliftEstimate({self.id}, provider={self.provider_id}, {self.month:%Y-%m})"
