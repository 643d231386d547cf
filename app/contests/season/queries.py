"""Reads of the season: who has how many points, what is coming, who won what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.contests import queries as contests
from app.contests.models import Contest, ContestEntry, ContestResult, ContestRound
from app.contests.season.models import SeasonPoints
from app.contests.season.services import season_of

SHOWN_STATES = ("published", "running", "judging", "protest", "final")


@dataclass(frozen=True)
class SeasonLine:
    """Somebody's place in a season.

    Attributes:
        name: As the newest entry names the person in public.
        contest_count: Contests that brought points.
        rank: Equal points share it.
    """

    name: str
    provider: str
    points: int
    contest_count: int
    rank: int


@dataclass(frozen=True)
class Honour:
    """A place on the podium of a contest."""

    contest: Contest
    result: ContestResult
    entry: ContestEntry


def season_codes(db_session: Session) -> Sequence[str]:
    """Return the seasons that gave points, the newest first."""
    return db_session.scalars(
        select(SeasonPoints.season).distinct().order_by(SeasonPoints.season.desc())
    ).all()


def season_table(db_session: Session, season: str, *, include_demo: bool) -> list[SeasonLine]:
    """Return a season's table, the first first; those whose points came to nothing are left out.

    Only contests whose results are final count: one that was reopened waits for its new version.
    """
    rows = db_session.execute(
        select(SeasonPoints, ContestEntry, Contest)
        .join(ContestEntry, ContestEntry.id == SeasonPoints.entry_id)
        .join(Contest, Contest.id == SeasonPoints.contest_id)
        .where(SeasonPoints.season == season, Contest.state == "final")
        .order_by(SeasonPoints.id)
    )
    totals: dict[int, int] = {}
    known: dict[int, tuple[str, str]] = {}
    played: dict[int, set[int]] = {}
    for award, entry, contest in rows:
        if contest.is_demo and not include_demo:
            continue
        totals[award.person_id] = totals.get(award.person_id, 0) + award.points
        known[award.person_id] = (entry.public_name, entry.provider_name or "")
        played.setdefault(award.person_id, set()).add(contest.id)
    order = sorted((one for one in totals if totals[one] > 0), key=lambda one: -totals[one])
    return [
        SeasonLine(
            *known[person],
            points=totals[person],
            contest_count=len(played[person]),
            rank=1 + sum(totals[other] > totals[person] for other in order),
        )
        for person in order
    ]


def points_by_season(db_session: Session, person_id: int, *, include_demo: bool) -> dict[str, int]:
    """Return somebody's points of each season, of contests whose results are final."""
    rows = db_session.execute(
        select(SeasonPoints.season, SeasonPoints.points, Contest.is_demo)
        .join(Contest, Contest.id == SeasonPoints.contest_id)
        .where(SeasonPoints.person_id == person_id, Contest.state == "final")
    )
    found: dict[str, int] = {}
    for season, points, is_demo in rows:
        if include_demo or not is_demo:
            found[season] = found.get(season, 0) + points
    return found


def calendar(db_session: Session, *, include_demo: bool) -> list[tuple[Contest, ContestRound]]:
    """Return every announced round that counts, the latest first."""
    rows = db_session.execute(
        select(Contest, ContestRound)
        .join(ContestRound, ContestRound.contest_id == Contest.id)
        .where(Contest.state.in_(SHOWN_STATES), ContestRound.kind.in_(("heat", "final")))
        .order_by(ContestRound.starts_at.desc())
    )
    return [(one, round_) for one, round_ in rows if include_demo or not one.is_demo]


def honours(db_session: Session, *, include_demo: bool) -> list[tuple[str, list[Honour]]]:
    """Return the podiums of all contests whose results are final, by season, the newest first."""
    found: dict[str, list[Honour]] = {}
    for contest in contests.public_contests(db_session):
        if contest.is_demo and not include_demo:
            continue
        for line, entry in contests.final_results(db_session, contest):
            if line.rank is not None and line.rank <= 3 and entry.withdrawn_at is None:
                season = season_of(db_session, contest)
                found.setdefault(season, []).append(Honour(contest, line, entry))
    return sorted(found.items(), reverse=True)
