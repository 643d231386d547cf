"""Tables of a 营期 that somebody plays: which, with which keys, and its sessions."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.append_only import append_only
from app.core.db import Base
from app.core.ids import new_public_id
from simulations.rooms import RoomKeys


class PeriodRun(Base):
    """One person playing one 营期; period and reference are pinned at the start.

    The two keys are all of its chance. `result` is a projection of its rooms, worked out when the
    last session is over.
    """

    __tablename__ = "period_run"
    __table_args__ = (
        CheckConstraint("ending IN ('finished', 'given_up')", name="ending_known"),
        CheckConstraint("(ended_at IS NULL) = (ending IS NULL)", name="ended_has_reason"),
        Index(
            "uq_period_run_open",
            "person_id",
            "period_code",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=new_public_id)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    period_code: Mapped[str]  # the period's id
    period: Mapped[dict[str, Any]] = mapped_column(JSON)  # of simulations.periods.Period
    reference: Mapped[dict[str, Any]] = mapped_column(JSON)  # theta, span, whether it is stale
    scenario_ref: Mapped[str]
    macro_key: Mapped[bytes] = mapped_column(LargeBinary(8))
    micro_key: Mapped[bytes] = mapped_column(LargeBinary(8))
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ending: Mapped[str | None]  # finished | given_up
    result: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))

    @property
    def keys(self) -> RoomKeys:
        return RoomKeys.from_bytes(self.macro_key + self.micro_key)

    def __repr__(self) -> str:
        return f"PeriodRun({self.public_id}, person={self.person_id}, {self.period_code})"


@append_only
class PeriodSitting(Base):
    """A session of a run and the room in which it is played; each once."""

    __tablename__ = "period_sitting"
    __table_args__ = (
        UniqueConstraint("run_id", "number"),
        UniqueConstraint("room_session_id"),
        CheckConstraint("number >= 0", name="number_not_negative"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("period_run.id"))
    number: Mapped[int]  # of the session, from 0
    room_session_id: Mapped[int] = mapped_column(ForeignKey("room_session.id"))
    carry: Mapped[dict[str, Any]] = mapped_column(JSON)  # how things stood when it began
    at: Mapped[datetime]
