"""The table of playtests: rooms of drafts that count for nothing."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, LargeBinary, false
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base
from app.core.ids import new_public_id
from app.rooms.clocks import RoomClock
from simulations.rooms import RoomKeys


class Playtest(Base):
    """One author operating a draft as it stood at the start.

    It is no `room_session`, so that no count, board, certificate or exposure can ever see it. Its
    log may be cut and written anew when the author jumps to a minute: nothing rests on it.
    """

    __tablename__ = "scenario_playtest"
    __table_args__ = (CheckConstraint("clock_speed > 0", name="clock_runs"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=new_public_id)
    draft_id: Mapped[int] = mapped_column(ForeignKey("scenario_draft.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    title: Mapped[str]
    scenario_id: Mapped[str]
    version: Mapped[int]
    body: Mapped[dict[str, Any]] = mapped_column(JSON)  # of the draft at the start
    yardstick: Mapped[dict[str, Any]] = mapped_column(JSON)  # the reference that measured it then
    plan: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    is_planning: Mapped[bool] = mapped_column(
        server_default=false()
    )  # by the author, before minute 0
    plan_draft: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    diagnosis: Mapped[str | None]
    macro_key: Mapped[bytes] = mapped_column(LargeBinary(8))
    micro_key: Mapped[bytes] = mapped_column(LargeBinary(8))
    duration_ticks: Mapped[int]
    log: Mapped[list[dict[str, Any]]] = mapped_column(JSON)  # {tick, action | forecast, key, by}
    jumps: Mapped[int] = mapped_column(default=0)
    writer_epoch: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    starts_at: Mapped[datetime]
    clock_at: Mapped[datetime]  # the clock stood at `clock_ms` then
    clock_ms: Mapped[int]  # room time, milliseconds
    clock_speed: Mapped[float]
    is_paused: Mapped[bool]
    closed_at: Mapped[datetime | None]
    worth: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """What its actions were worth: effects, missed, forecasts; none until a job worked it out."""

    @property
    def is_exam(self) -> bool:
        """Return what the rooms' pages ask: nothing counts here."""
        return False

    @property
    def is_open(self) -> bool:
        return self.closed_at is None

    @property
    def event_count(self) -> int:
        """Return how many entries the log has; each is known by its place, from 1."""
        return len(self.log)

    @property
    def action_count(self) -> int:
        return sum("action" in one for one in self.log)

    @property
    def clock(self) -> RoomClock:
        return RoomClock(
            starts_at=self.starts_at,
            at=self.clock_at,
            room_ms=self.clock_ms,
            speed=self.clock_speed,
            is_paused=self.is_paused,
            duration_ticks=self.duration_ticks,
        )

    @property
    def keys(self) -> RoomKeys:
        return RoomKeys.from_bytes(self.macro_key + self.micro_key)

    def __repr__(self) -> str:
        return f"Playtest({self.public_id}, {self.scenario_id}@{self.version})"
