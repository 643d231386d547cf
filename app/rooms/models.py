"""Tables of simulated rooms. Events, scores and debriefs are only ever added."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    Text,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.orm import Mapped, deferred, mapped_column

from app.core.append_only import append_only
from app.core.db import Base
from app.core.ids import new_public_id
from app.rooms.clocks import RoomClock
from simulations.rooms import RoomKeys


class RoomSession(Base):
    """One person operating one scenario.

    Scenario, engine and terms are pinned at the start. A room has no process: its state at a
    moment is replayed from its events. `clock_*`, `ends_at`, `closed_at`, `closing`, `score` and
    what was planned are projections of events and score rows; `snapshot` is a cache. The two keys
    are all of the room's chance: they never leave the server and stand in no log.
    """

    __tablename__ = "room_session"
    __table_args__ = (
        CheckConstraint("(closed_at IS NULL) = (closing IS NULL)", name="closed_has_reason"),
        CheckConstraint("mode IN ('practice', 'exam')", name="mode_known"),
        CheckConstraint("clock_speed > 0", name="clock_runs"),
        UniqueConstraint("person_id", "exam_code", "ordinal"),
        Index(
            "uq_room_session_open",
            "person_id",
            "exam_code",
            unique=True,
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
        Index("ix_room_session_ends_open", "ends_at", "closed_at"),
        Index("ix_room_session_unscored", "closed_at", "scored_at"),
        Index("ix_room_session_plan_due", "plan_due_at", "planned_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=new_public_id)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    exam_code: Mapped[str]  # of the programme's room; `practice:<scenario id>` for practice
    ordinal: Mapped[int]
    programme_ref: Mapped[str]  # empty for practice
    mode: Mapped[str]  # practice | exam
    title: Mapped[str]
    scenario_ref: Mapped[str]
    engine_version: Mapped[str]
    macro_key: Mapped[bytes] = mapped_column(LargeBinary(8))
    micro_key: Mapped[bytes] = mapped_column(LargeBinary(8))
    duration_ticks: Mapped[int]
    cut_score: Mapped[float | None]
    is_demo: Mapped[bool]
    created_at: Mapped[datetime]
    starts_at: Mapped[datetime]  # after the countdown
    clock_at: Mapped[datetime]  # the clock stood at `clock_ms` then
    clock_ms: Mapped[int]  # room time, milliseconds
    clock_speed: Mapped[float]  # room seconds in a second of the wall
    is_paused: Mapped[bool]
    ends_at: Mapped[datetime | None]  # when the clock reaches the end; none while it stands
    writer_epoch: Mapped[int] = mapped_column(default=0)
    event_count: Mapped[int] = mapped_column(default=0)
    head_hash: Mapped[str]
    last_tick: Mapped[int] = mapped_column(default=0)  # of the newest action: ticks never fall
    closed_at: Mapped[datetime | None]
    closing: Mapped[str | None]  # finished | early | abandoned
    scored_at: Mapped[datetime | None]
    score: Mapped[float | None]
    is_held: Mapped[bool] = mapped_column(default=False, server_default=false())  # till release
    origin_id: Mapped[int | None] = mapped_column(ForeignKey("room_session.id"))
    origin_tick: Mapped[int | None]  # practised from this tick of that room on
    plan_due_at: Mapped[datetime | None]  # the planning phase ends; none: there was none
    planned_at: Mapped[datetime | None]  # the plan was fixed then
    plan: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))  # in force
    plan_draft: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    diagnosis: Mapped[str | None] = mapped_column(Text)  # of the account, in the person's words
    # The jury's cards, [[incident, tick], …] as canonical JSON; see `app.rooms.staging`.
    cards: Mapped[str | None] = mapped_column(Text)
    # Whether its first tick is that of all who play beside it, however early its plan is fixed.
    starts_together: Mapped[bool] = mapped_column(default=False, server_default=false())
    # A session of a 营期: its day and what the sessions before left; see `app.rooms.days`.
    linked: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    snapshot: Mapped[bytes | None] = deferred(mapped_column(LargeBinary))
    snapshot_tick: Mapped[int] = mapped_column(default=0)

    @property
    def is_open(self) -> bool:
        return self.closed_at is None

    @property
    def is_planning(self) -> bool:
        """Whether the plan is still being made: the clock stands at 0 and nothing is operated."""
        return self.is_open and self.plan_due_at is not None and self.planned_at is None

    @property
    def is_exam(self) -> bool:
        return self.mode == "exam"

    @property
    def passed(self) -> bool | None:
        """Whether the score reaches the cut; none where there is no cut or no score yet."""
        if self.score is None or self.cut_score is None:
            return None
        return self.score >= self.cut_score

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
        return f"RoomSession({self.public_id}, person={self.person_id}, {self.exam_code})"


@append_only
class RoomEvent(Base):
    """One thing that happened in a room, in the order the server saw it; hash-chained."""

    __tablename__ = "room_event"
    __table_args__ = (
        UniqueConstraint("room_session_id", "sequence"),
        UniqueConstraint("room_session_id", "key"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    room_session_id: Mapped[int] = mapped_column(ForeignKey("room_session.id"))
    sequence: Mapped[int]
    kind: Mapped[str]  # started | drafted | planned | opened | acted | paused | … | closed
    key: Mapped[str]  # the client's idempotency key; server events make their own
    fingerprint: Mapped[str]  # of what the client sent, to tell a repeat from a reuse
    payload: Mapped[str]  # canonical JSON; of `acted`: {action, tick}
    at: Mapped[datetime]
    previous_hash: Mapped[str]
    hash: Mapped[str]


class RoomShare(Base):
    """A link that the operator made: whoever has it reads the room's debrief until it ends."""

    __tablename__ = "room_share"

    id: Mapped[int] = mapped_column(primary_key=True)
    room_session_id: Mapped[int] = mapped_column(ForeignKey("room_session.id"), index=True)
    token_hash: Mapped[str] = mapped_column(unique=True)  # of >= 128 random bits
    created_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


@append_only
class RoomScore(Base):
    """One scoring of a room; a correction is a new row with its reason."""

    __tablename__ = "room_score"

    id: Mapped[int] = mapped_column(primary_key=True)
    room_session_id: Mapped[int] = mapped_column(ForeignKey("room_session.id"), index=True)
    at: Mapped[datetime]
    score: Mapped[float]
    result: Mapped[dict[str, Any]] = mapped_column(JSON)  # of simulations.scoring.RoomResult
    curves: Mapped[dict[str, Any]] = mapped_column(JSON)  # by minute: own, house, reference
    scenario_hash: Mapped[str]
    engine_version: Mapped[str]
    head_hash: Mapped[str]  # the events that it was made from
    reason: Mapped[str]


@append_only
class RoomDebrief(Base):
    """What each own action of a scored room was worth, replayed once."""

    __tablename__ = "room_debrief"

    id: Mapped[int] = mapped_column(primary_key=True)
    room_score_id: Mapped[int] = mapped_column(ForeignKey("room_score.id"), index=True)
    at: Mapped[datetime]
    effects: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    findings: Mapped[dict[str, Any] | None] = mapped_column(JSON)  # of app.rooms.weighing


class TutorialProgress(Base):
    """How far a person went through the guided first room; it can be replayed at any time."""

    __tablename__ = "tutorial_progress"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), unique=True)
    step: Mapped[str]  # the last step that was done; empty before the first
    updated_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]  # the first time that every step was done
    skipped_at: Mapped[datetime | None]  # the person said that they need none
