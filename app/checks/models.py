"""Tables of lists that are checked, and of how many pairs a provider has checked in a day."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.append_only import append_only
from app.core.db import Base
from app.core.ids import new_public_id

UNFINISHED = text("finished_at IS NULL")
UNJUDGED = text("verdict IS NULL")


class CheckList(Base):
    """A list of numbers and names that a provider uploaded; the job judges it row by row.

    It names people who may not work for the provider: after `services.KEPT_FOR` it is deleted.
    """

    __tablename__ = "check_list"
    __table_args__ = (
        CheckConstraint("done_count BETWEEN 0 AND row_count", name="progress"),
        Index(
            "ix_check_list_unfinished",
            "id",
            sqlite_where=UNFINISHED,
            postgresql_where=UNFINISHED,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=new_public_id)
    provider_id: Mapped[int] = mapped_column(ForeignKey("provider.id"), index=True)
    file_name: Mapped[str]
    row_count: Mapped[int]
    done_count: Mapped[int] = mapped_column(default=0)
    uploaded_by: Mapped[str]  # actor, as in the audit log
    uploaded_at: Mapped[datetime] = mapped_column(index=True)
    finished_at: Mapped[datetime | None]

    def __repr__(self) -> str:
        return f"CheckList({self.public_id}, {self.done_count}/{self.row_count})"


class CheckListRow(Base):
    """One row of a list: what was typed, and what came of it once `verdict` is set."""

    __tablename__ = "check_list_row"
    __table_args__ = (
        UniqueConstraint("list_id", "row"),
        Index(
            "ix_check_list_row_unjudged",
            "list_id",
            "row",
            sqlite_where=UNJUDGED,
            postgresql_where=UNJUDGED,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    list_id: Mapped[int] = mapped_column(ForeignKey("check_list.id"))
    row: Mapped[int]  # in the file, counted from 1 with the heading
    typed_number: Mapped[str]
    typed_name: Mapped[str]
    is_repeated: Mapped[bool]  # its number stood in a row before
    verdict: Mapped[str | None]  # verdicts.Verdict
    number: Mapped[str | None]
    level: Mapped[str | None]
    valid_until: Mapped[date | None]


class CheckQuota(Base):
    """How many pairs a provider has checked on one day, by list and by program together."""

    __tablename__ = "check_quota"
    __table_args__ = (UniqueConstraint("provider_id", "day"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    provider_id: Mapped[int] = mapped_column(ForeignKey("provider.id"))
    day: Mapped[date]  # Asia/Shanghai
    pair_count: Mapped[int]


@append_only
class CheckTally(Base):
    """How the rows of a finished list came out: counts alone, kept when the list is forgotten."""

    __tablename__ = "check_tally"
    __table_args__ = (Index("ix_check_tally_provider_day", "provider_id", "day"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    provider_id: Mapped[int] = mapped_column(ForeignKey("provider.id"))
    day: Mapped[date]  # on which it was uploaded, Asia/Shanghai
    actor: Mapped[str]  # who uploaded it, as in the audit log
    counts: Mapped[dict[str, int]] = mapped_column(JSON)  # rows by verdict
