"""Points that a provider wins for a season outside of the score: a contest's, say.

They are facts beside the five-force totals. They are shown as lines of their own, and neither a
total, nor a place, nor who moves up or down rests on them.
"""

from __future__ import annotations

import logging
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core.audit.services import record_act
from app.core.clock import BEIJING
from app.core.errors import ConflictError, InvalidInputError
from app.providers import queries
from app.providers.league.models import LeaguePoints, LeagueSeason
from app.providers.league.seasons import months_of, rules_of, season_of_code, seasons

logger = logging.getLogger(__name__)

MOST_POINTS = 10_000
"""More from one source is a slip."""

MOST_TEXT = 200
"""Characters of a reason and of a source's name."""


class PointsTakenError(ConflictError):
    """Raised when a source has given a provider other points before."""

    code = "league_points_taken"


class SeasonOverError(ConflictError):
    """Raised when points are given for a season that is revealed."""

    code = "league_season_over"


def running_season(db_session: Session, now: datetime) -> LeagueSeason | None:
    """Return the season that the present month in Beijing belongs to; None between seasons."""
    month = now.astimezone(BEIJING).date().replace(day=1)
    for season in seasons(db_session):
        if month in months_of(season, rules_of(season)):
            return season
    return None


def award(
    db_session: Session,
    *,
    provider_id: int,
    season: str,
    points: int,
    reason: str,
    source_ref: str,
    actor: str,
    now: datetime,
) -> LeaguePoints:
    """Give a provider points for a season; the same award again changes nothing.

    Args:
        db_session: The session of the caller's transaction.
        provider_id: Whom.
        season: Code of the season: its first month, 2026-08.
        points: Not 0, at most `MOST_POINTS` either way; a correction is an award of its own.
        reason: What for, in words that the board shows.
        source_ref: What they come from; a source gives a provider points once.
        actor: Who gives them.
        now: The moment (aware).

    Raises:
        InvalidInputError: If the points, the reason or the source's name are none.
        NotFoundError: If there is no such season or provider.
        PointsTakenError: If the source gave the provider other points before.
        SeasonOverError: If the season is revealed.
    """
    if not 0 < abs(points) <= MOST_POINTS:
        raise InvalidInputError(f"points {points}", [{"field": "points", "code": "out_of_range"}])
    for field, text in (("reason", reason), ("source_ref", source_ref)):
        if not 0 < len(text) <= MOST_TEXT:
            raise InvalidInputError(f"{field} {text!r}", [{"field": field, "code": "out_of_range"}])
    provider = queries.provider(db_session, provider_id)
    chosen = season_of_code(db_session, season)
    held = _held(db_session, provider_id, source_ref)
    if held is None and chosen.revealed_at is not None:
        raise SeasonOverError(f"{chosen!r} was revealed")
    if held is None:
        given = LeaguePoints(
            season_id=chosen.id,
            provider_id=provider_id,
            points=points,
            reason=reason,
            source_ref=source_ref,
            given_by=actor,
            at=now,
        )
        try:
            with db_session.begin_nested():
                db_session.add(given)
        except IntegrityError:
            held = _held(db_session, provider_id, source_ref)
            if held is None:
                raise
        else:
            record_act(
                db_session,
                subject=f"provider:{provider.public_id}",
                action="provider.league_points",
                actor=actor,
                now=now,
                details={"season": season, "points": points, "source": source_ref},
            )
            logger.info("%r: %+d league points from %s", provider, points, source_ref)
            return given
    if (held.season_id, held.points) != (chosen.id, points):
        raise PointsTakenError(f"{source_ref} gave {provider!r} {held.points} points")
    return held


def points_of(db_session: Session, season_id: int) -> dict[int, tuple[LeaguePoints, ...]]:
    """Return every award of a season by the provider's key, in the order they were given."""
    found: dict[int, tuple[LeaguePoints, ...]] = {}
    rows = db_session.scalars(
        select(LeaguePoints).where(LeaguePoints.season_id == season_id).order_by(LeaguePoints.id)
    )
    for row in rows:
        found[row.provider_id] = (*found.get(row.provider_id, ()), row)
    return found


def _held(db_session: Session, provider_id: int, source_ref: str) -> LeaguePoints | None:
    return db_session.scalar(
        select(LeaguePoints).where(
            LeaguePoints.provider_id == provider_id, LeaguePoints.source_ref == source_ref
        )
    )
