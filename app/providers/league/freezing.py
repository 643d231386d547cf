"""Which months nobody may see of others: the last ones of a season that is not revealed.

A frozen month keeps one's own score; every figure that others' scores go into (places, medians,
quadrants, targets, fits) leaves the month out until the season is revealed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.providers.league.models import LeagueSeason
from app.providers.league.seasons import months_of, rules_of
from app.providers.months import last_complete_month, month_before


@dataclass(frozen=True, slots=True)
class Freeze:
    """The months that are hidden now.

    Attributes:
        reveals_at: By the first day of the month, when its season is due to be revealed.
    """

    reveals_at: dict[date, datetime]

    def holds(self, month: date) -> bool:
        """Say whether a month is hidden."""
        return month in self.reveals_at

    def last_open(self, now: datetime) -> date:
        """Return the newest complete month that is not hidden."""
        month = last_complete_month(now)
        while self.holds(month):
            month = month_before(month)
        return month


def freeze_now(db_session: Session) -> Freeze:
    """Return what is hidden until a season is revealed.

    The season's row decides, not the clock: a reveal that is late keeps its months hidden.
    """
    hidden: dict[date, datetime] = {}
    running = select(LeagueSeason).where(LeagueSeason.revealed_at.is_(None))
    for season in db_session.scalars(running):
        rules = rules_of(season)
        months = months_of(season, rules)
        for month in months[len(months) - rules.hidden_months :]:
            hidden[month] = season.reveals_at
    return Freeze(hidden)
