"""Table of job claims."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base


class JobClaim(Base):
    """One slot of one job; who holds it until when, and when it was done."""

    __tablename__ = "job_claim"
    __table_args__ = (UniqueConstraint("job", "slot"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    job: Mapped[str]
    slot: Mapped[datetime]
    holder: Mapped[str]
    lease_until: Mapped[datetime]
    done_at: Mapped[datetime | None]
