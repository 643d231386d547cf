"""Tables of re-verification and consent, and the database's own guard of employments."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import DDL, CheckConstraint, ForeignKey, Index, Table, UniqueConstraint, event, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base
from app.core.ids import new_public_id
from app.providers.models import Employment

WAITING = text("answered_at IS NULL")


class StaffDraw(Base):
    """A provider's people from whom some were drawn by chance, or all new ones were asked."""

    __tablename__ = "staff_draw"
    __table_args__ = (
        UniqueConstraint("provider_id", "month", "cause"),
        CheckConstraint("cause IN ('monthly', 'growth')", name="cause_known"),
        CheckConstraint("drawn_count BETWEEN 0 AND staff_count", name="drawn_of_staff"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    provider_id: Mapped[int] = mapped_column(ForeignKey("provider.id"))
    month: Mapped[date]  # its first day
    cause: Mapped[str]  # monthly | growth
    drawn_at: Mapped[datetime]
    drawn_by: Mapped[str]
    staff_count: Mapped[int]
    drawn_count: Mapped[int]


class StaffCheck(Base):
    """Somebody drawn has to confirm again, until a moment, that they work there."""

    __tablename__ = "staff_check"
    __table_args__ = (
        UniqueConstraint("draw_id", "employment_id"),
        CheckConstraint("(answered_at IS NULL) = (answer IS NULL)", name="answer_has_moment"),
        CheckConstraint("answer IN ('confirmed', 'ended', 'lapsed')", name="answer_known"),
        Index(
            "uq_staff_check_waiting",
            "employment_id",
            unique=True,
            sqlite_where=WAITING,
            postgresql_where=WAITING,
        ),
        Index("ix_staff_check_due", "due_at", "answered_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=new_public_id)
    draw_id: Mapped[int] = mapped_column(ForeignKey("staff_draw.id"))
    employment_id: Mapped[int] = mapped_column(ForeignKey("employment.id"))
    due_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    answer: Mapped[str | None]  # confirmed | ended | lapsed

    def __repr__(self) -> str:
        return f"StaffCheck({self.public_id}, employment={self.employment_id})"


class ProgressConsent(Base):
    """An operator lets the provider see how their training goes; taken back, the row ends."""

    __tablename__ = "progress_consent"
    __table_args__ = (
        Index(
            "uq_progress_consent_running",
            "employment_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    employment_id: Mapped[int] = mapped_column(ForeignKey("employment.id"))
    consent_version: Mapped[int]
    given_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


# An interval is [started_at, ended_at); only a new row, or one that grew or moved, can overlap.
_GREW = """(NEW.person_id <> OLD.person_id OR NEW.started_at < OLD.started_at
   OR (OLD.ended_at IS NOT NULL AND (NEW.ended_at IS NULL OR NEW.ended_at > OLD.ended_at)))"""
_OVERLAP = """SELECT 1 FROM employment other
   WHERE other.person_id = NEW.person_id AND other.id <> coalesce(NEW.id, -1)
     AND (NEW.ended_at IS NULL OR other.started_at < NEW.ended_at)
     AND (other.ended_at IS NULL OR other.ended_at > NEW.started_at)"""

OVERLAP_SQLITE = (
    f"""
CREATE TRIGGER employment_no_overlap_insert BEFORE INSERT ON employment
WHEN EXISTS ({_OVERLAP})
BEGIN SELECT RAISE(ABORT, 'employments of one person overlap'); END""",
    f"""
CREATE TRIGGER employment_no_overlap_update BEFORE UPDATE ON employment
WHEN {_GREW} AND EXISTS ({_OVERLAP})
BEGIN SELECT RAISE(ABORT, 'employments of one person overlap'); END""",
)
"""SQLite has one writer: what the trigger sees is all there is."""

OVERLAP_POSTGRESQL = (
    f"""
CREATE OR REPLACE FUNCTION refuse_overlapping_employment() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM person WHERE id = NEW.person_id FOR UPDATE;
  IF EXISTS ({_OVERLAP}) THEN
    RAISE EXCEPTION 'employments of one person overlap' USING ERRCODE = 'exclusion_violation';
  END IF;
  RETURN NEW;
END $$""",
    """
CREATE TRIGGER employment_no_overlap_insert BEFORE INSERT ON employment
FOR EACH ROW EXECUTE FUNCTION refuse_overlapping_employment()""",
    f"""
CREATE TRIGGER employment_no_overlap_update BEFORE UPDATE ON employment
FOR EACH ROW WHEN {_GREW} EXECUTE FUNCTION refuse_overlapping_employment()""",
)
"""The person's row is the lock: of two that come at once the second sees the first."""


def _guard_employments(table: Table) -> None:
    for dialect, statements in (("sqlite", OVERLAP_SQLITE), ("postgresql", OVERLAP_POSTGRESQL)):
        for statement in statements:
            guard: DDL = DDL(statement.replace("%", "%%"))  # type: ignore[no-untyped-call]
            event.listen(table, "after_create", guard.execute_if(dialect=dialect))


_guard_employments(Employment.__table__)  # type: ignore[arg-type]
