"""Tables of real sessions: an organisation's own figures, which nobody else sees."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base
from app.core.ids import new_public_id

WAITING = text("stage = 'waiting'")


class Stage(StrEnum):
    """How far a recording is."""

    COLUMNS = "columns"
    """Uploaded; which column means what is still to be said."""

    WAITING = "waiting"
    """Read; a room is about to be fitted."""

    FITTED = "fitted"
    FAILED = "failed"


class SessionRecording(Base):
    """One session's minutes, as uploaded, and the room that was fitted to them.

    Commercial data of one organisation: seen by whoever uploaded it and by the managers of the
    same provider, by nobody else, and deleted when they say so.
    """

    __tablename__ = "session_recording"
    __table_args__ = (
        CheckConstraint("stage IN ('columns', 'waiting', 'fitted', 'failed')", name="stage"),
        Index(
            "ix_session_recording_waiting",
            "id",
            sqlite_where=WAITING,
            postgresql_where=WAITING,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=new_public_id)
    title: Mapped[str]
    base_ref: Mapped[str]  # the room that lends what no export shows
    uploaded_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    provider_id: Mapped[int | None] = mapped_column(ForeignKey("provider.id"), index=True)
    uploaded_at: Mapped[datetime]
    stage: Mapped[str] = mapped_column(default=Stage.COLUMNS.value)
    table: Mapped[dict[str, Any]] = mapped_column(JSON)  # headings and rows, as text
    mapping: Mapped[dict[str, Any]] = mapped_column(JSON)  # field -> heading
    minutes: Mapped[list[Any] | None] = mapped_column(JSON)
    skipped: Mapped[list[Any]] = mapped_column(JSON)  # minutes left out of the fit, from 0
    fit: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    body: Mapped[dict[str, Any] | None] = mapped_column(JSON)  # the room as a scenario's mapping
    fitted_at: Mapped[datetime | None]

    def __repr__(self) -> str:
        return f"SessionRecording({self.public_id}, {self.stage})"
