"""Whether a room is like the rooms that people run: votes of those who run them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.append_only import append_only
from app.core.db import Base
from app.core.ids import new_public_id


@append_only
class RealismVote(Base):
    """One member's judgement of one scenario version, after playing it blind; never changed.

    `minutes` has a letter for each minute of the session: `r` real, `d` doubtful, `u` unreal.
    """

    __tablename__ = "realism_vote"
    __table_args__ = (
        UniqueConstraint("scenario_version_id", "person_id"),
        CheckConstraint("sessions_run >= 0", name="sessions_run"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=new_public_id)
    scenario_version_id: Mapped[int] = mapped_column(ForeignKey("scenario_version.id"))
    content_hash: Mapped[str]  # of what was played
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    room_ref: Mapped[str]  # public id of the room that was played
    sessions_run: Mapped[int]  # real sessions that the member says to have run
    minutes: Mapped[str] = mapped_column(Text)
    remark: Mapped[str] = mapped_column(Text)
    confirms: Mapped[bool]
    voted_at: Mapped[datetime]

    def __repr__(self) -> str:
        return f"RealismVote({self.public_id}, {'yes' if self.confirms else 'no'})"
