"""When a contest's results are final: points of the season, and of the providers' league."""

from __future__ import annotations

import logging

from flask_babel import gettext
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.contests import queries as contests
from app.contests.events import ContestResultFinal
from app.contests.models import Contest, ContestEntry, ContestResult, ContestRound
from app.contests.season.models import SeasonPoints
from app.contests.season.rules import SeasonRules, shipped_rules
from app.core.audit.services import record_act
from app.core.clock import BEIJING
from app.providers.league import points as league

logger = logging.getLogger(__name__)

ACTOR = "system:contest-season"


def on_result_final(db_session: Session, event: ContestResultFinal) -> None:
    """Give everybody of a final result the points that it is worth.

    What an earlier version of the same results brought counts against it, so that all awards of a
    contestant together are worth what the newest version says.
    """
    contest = db_session.get_one(Contest, event.contest_id)
    rules = shipped_rules()
    season = season_of(db_session, contest)
    given = 0
    for line, entry in contests.results_of(db_session, contest, event.version):
        given += _award(db_session, contest, line, entry, rules, season, event)
        _award_league(db_session, contest, line, entry, rules, event)
    if given:
        record_act(
            db_session,
            subject=f"contest:{contest.public_id}",
            action="contest.season_points",
            actor=ACTOR,
            now=event.at,
            details={"season": season, "rules": rules.ref, "version": event.version},
        )
    db_session.flush()
    logger.info("%r: %d awards in season %s", contest, given, season)


def season_of(db_session: Session, contest: Contest) -> str:
    """Return the season that a contest belongs to: the year in Beijing of its last round."""
    last = db_session.scalar(
        select(func.max(ContestRound.starts_at)).where(ContestRound.contest_id == contest.id)
    )
    moment = last or contest.entry_closes_at
    return str(moment.astimezone(BEIJING).year)


def _award(
    db_session: Session,
    contest: Contest,
    line: ContestResult,
    entry: ContestEntry,
    rules: SeasonRules,
    season: str,
    event: ContestResultFinal,
) -> bool:
    """Add what a line is worth beyond earlier versions; say whether that is anything."""
    rank = None if entry.withdrawn_at is not None else line.rank
    worth = rules.points(rank, meets_standard=line.meets_standard and rank is not None)
    held = db_session.scalars(select(SeasonPoints).where(SeasonPoints.entry_id == entry.id)).all()
    if any(one.result_version == event.version for one in held):
        return False
    difference = worth - sum(one.points for one in held)
    if difference == 0:
        return False
    db_session.add(
        SeasonPoints(
            season=season,
            contest_id=contest.id,
            entry_id=entry.id,
            person_id=entry.person_id,
            result_version=event.version,
            rank=rank,
            points=difference,
            rules_ref=rules.ref,
            at=event.at,
        )
    )
    return True


def _award_league(
    db_session: Session,
    contest: Contest,
    line: ContestResult,
    entry: ContestEntry,
    rules: SeasonRules,
    event: ContestResultFinal,
) -> None:
    """Give the contestant's provider its points in the running season of the league, if any.

    A demonstration's contest, a corrected version and a time between seasons give none: what a
    revealed season was decided by is not moved afterwards.
    """
    worth = rules.league_points(None if entry.withdrawn_at is not None else line.rank)
    running = league.running_season(db_session, event.at)
    if worth == 0 or entry.provider_id is None or event.version > 1 or running is None:
        return
    if running.revealed_at is not None:
        return
    league.award(
        db_session,
        provider_id=entry.provider_id,
        season=running.code,
        points=worth,
        reason=gettext("%(title)s 第 %(rank)s 名", title=contest.title, rank=line.rank),
        source_ref=f"contest:{contest.public_id}:{entry.public_id}",
        actor=ACTOR,
        now=event.at,
    )
