"""Tables of the season. Points are facts; a corrected result adds the difference."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.append_only import append_only
from app.core.db import Base


@append_only
class SeasonPoints(Base):
    """What one version of a contest's results brought one contestant."""

    __tablename__ = "contest_season_points"
    __table_args__ = (
        UniqueConstraint("entry_id", "result_version"),
        CheckConstraint("points <> 0", name="points_not_nothing"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    season: Mapped[str]  # the year in Beijing of the contest's last round: 2026
    contest_id: Mapped[int] = mapped_column(ForeignKey("contest.id"), index=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("contest_entry.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    result_version: Mapped[int]
    rank: Mapped[int | None]
    points: Mapped[int]  # below 0 where a corrected result is worth less
    rules_ref: Mapped[str]
    at: Mapped[datetime]
