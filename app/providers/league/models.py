"""Tables of the league. A placing is written once, when the season is revealed."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.append_only import append_only
from app.core.db import Base


class LeagueSeason(Base):
    """One season of the league; `rules` is `league.rules.LeagueRules`, fixed when it opens."""

    __tablename__ = "league_season"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)  # its first month: 2026-08
    first_month: Mapped[date] = mapped_column(unique=True)
    rules: Mapped[dict[str, Any]] = mapped_column(JSON)
    reveals_at: Mapped[datetime]
    opened_by: Mapped[str]
    opened_at: Mapped[datetime]
    revealed_at: Mapped[datetime | None]

    def __repr__(self) -> str:
        return f"LeagueSeason({self.code})"


@append_only
class LeaguePlacing(Base):
    """Where one provider came in one season, and where it plays the next."""

    __tablename__ = "league_placing"
    __table_args__ = (
        UniqueConstraint("season_id", "provider_id"),
        CheckConstraint("movement IN ('up', 'down', 'stay', 'unranked')", name="movement"),
        CheckConstraint("(place IS NULL) = (points_e2 IS NULL)", name="place_has_points"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    season_id: Mapped[int] = mapped_column(ForeignKey("league_season.id"))
    provider_id: Mapped[int] = mapped_column(ForeignKey("provider.id"), index=True)
    division: Mapped[str]
    place: Mapped[int | None]
    points_e2: Mapped[int | None]
    is_shared: Mapped[bool]
    movement: Mapped[str]
    next_division: Mapped[str]


@append_only
class LeaguePoints(Base):
    """Points that a provider won for a season beside its score; a correction is a later row."""

    __tablename__ = "league_points"
    __table_args__ = (
        UniqueConstraint("provider_id", "source_ref"),
        CheckConstraint("points <> 0", name="points_count"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    season_id: Mapped[int] = mapped_column(ForeignKey("league_season.id"), index=True)
    provider_id: Mapped[int] = mapped_column(ForeignKey("provider.id"))
    points: Mapped[int]
    reason: Mapped[str]
    source_ref: Mapped[str]  # what they come from: contest:Q7K2…
    given_by: Mapped[str]  # actor, as in the audit log
    at: Mapped[datetime]
