"""Open seasons, show their board as far as it may be seen, reveal them."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core.audit.services import record_act
from app.core.errors import ConflictError, NotFoundError
from app.providers.exact import to_hundredths
from app.providers.league.models import LeaguePlacing, LeagueSeason
from app.providers.league.ranking import Line, Movement, Runner, season_table
from app.providers.league.rules import LeagueRules
from app.providers.month_inputs import MonthInputs, inputs_by_month
from app.providers.months import last_complete_month, month_before, settled_at

logger = logging.getLogger(__name__)

CODE = re.compile(r"20[0-9]{2}-[01][0-9]")


class SeasonTakenError(ConflictError):
    """Raised when a season would overlap another, or begins too early to be fair."""

    code = "season_taken"


@dataclass(frozen=True, slots=True)
class Board:
    """What may be seen of a season at a moment.

    Attributes:
        months: The months that the table counts; empty before the first is complete.
        hidden: Complete months that are not shown before the reveal.
        divisions: By division id, highest first.
        steps: Places won (> 0) or lost since one month earlier, by provider; only of those who
            were ranked in the same division then.
        is_final: Whether the season is revealed: the lines are the placings as they were written.
    """

    season: LeagueSeason
    rules: LeagueRules
    months: tuple[date, ...]
    hidden: tuple[date, ...]
    divisions: Mapping[str, Sequence[Line]]
    steps: Mapping[int, int]
    is_final: bool


def months_of(season: LeagueSeason, rules: LeagueRules) -> tuple[date, ...]:
    return tuple(month_before(season.first_month, -n) for n in range(rules.month_count))


def rules_of(season: LeagueSeason) -> LeagueRules:
    return LeagueRules.model_validate(season.rules)


def seasons(db_session: Session) -> list[LeagueSeason]:
    """Return every season, newest first."""
    return list(db_session.scalars(select(LeagueSeason).order_by(LeagueSeason.first_month.desc())))


def season_of_code(db_session: Session, code: str) -> LeagueSeason:
    """Return a season.

    Raises:
        NotFoundError: If there is none.
    """
    found = db_session.scalar(select(LeagueSeason).where(LeagueSeason.code == code))
    if found is None:
        raise NotFoundError(f"season {code!r}")
    return found


def open_season(
    db_session: Session, first_month: date, rules: LeagueRules, *, actor: str, now: datetime
) -> LeagueSeason:
    """Open a season; it is revealed when its last month is settled.

    Args:
        db_session: The session of the caller's transaction.
        first_month: First day of its first month.
        rules: The rules, fixed for the season.
        actor: Who opens it.
        now: The moment (aware).

    Raises:
        SeasonTakenError: If it overlaps another season.
    """
    season = LeagueSeason(
        code=f"{first_month:%Y-%m}",
        first_month=first_month,
        rules=rules.model_dump(mode="json"),
        reveals_at=settled_at(month_before(first_month, 1 - rules.month_count)),
        opened_by=actor,
        opened_at=now,
    )
    own = set(months_of(season, rules))
    for other in seasons(db_session):
        if own & set(months_of(other, rules_of(other))):
            raise SeasonTakenError(f"{season.code} overlaps {other.code}")
    try:
        with db_session.begin_nested():
            db_session.add(season)
    except IntegrityError as error:
        raise SeasonTakenError(season.code) from error
    _audit(db_session, season, "opened", actor, now)
    return season


def board_of(
    db_session: Session, season: LeagueSeason, *, now: datetime, include_demo: bool
) -> Board:
    """Return what may be seen of a season: the frozen table until the reveal, then the placings."""
    rules = rules_of(season)
    months = months_of(season, rules)
    if season.revealed_at is not None:
        placings = db_session.scalars(
            select(LeaguePlacing)
            .where(LeaguePlacing.season_id == season.id)
            .order_by(LeaguePlacing.place.is_(None), LeaguePlacing.place, LeaguePlacing.provider_id)
        )
        lines: dict[str, list[Line]] = {division.id: [] for division in rules.divisions}
        for row in placings:
            lines[row.division].append(_line(row))
        return Board(season, rules, months, (), lines, {}, True)
    complete = [month for month in months if month <= last_complete_month(now)]
    seen = complete[: rules.month_count - rules.hidden_months]
    hidden = tuple(complete[len(seen) :])
    if not seen:
        return Board(season, rules, (), hidden, {one.id: () for one in rules.divisions}, {}, False)
    inputs = inputs_by_month(db_session, seen, now=now, include_demo=include_demo)
    held = _divisions_before(db_session, season)
    table = season_table(rules, _runners(rules, seen, inputs), held)
    steps: dict[int, int] = {}
    if len(seen) > 1:
        earlier = season_table(rules, _runners(rules, seen[:-1], inputs), held)
        steps = _steps(earlier, table)
    return Board(season, rules, tuple(seen), hidden, table, steps, False)


def reveal_due_seasons(db_session: Session, *, now: datetime, include_demo: bool) -> int:
    """Write the placings of every season whose moment has come, the earliest first.

    Returns:
        How many seasons were revealed.
    """
    due = db_session.scalars(
        select(LeagueSeason)
        .where(LeagueSeason.revealed_at.is_(None), LeagueSeason.reveals_at <= now)
        .order_by(LeagueSeason.first_month)
        .with_for_update()
    ).all()
    for season in due:
        rules = rules_of(season)
        months = months_of(season, rules)
        inputs = inputs_by_month(db_session, months, now=now, include_demo=include_demo)
        table = season_table(
            rules, _runners(rules, months, inputs), _divisions_before(db_session, season)
        )
        for line in (line for lines in table.values() for line in lines):
            db_session.add(
                LeaguePlacing(
                    season_id=season.id,
                    provider_id=line.provider_id,
                    division=line.division,
                    place=line.place,
                    points_e2=line.points_e2,
                    is_shared=line.shared,
                    movement=line.movement.value,
                    next_division=line.next_division,
                )
            )
        season.revealed_at = now
        db_session.flush()
        _audit(db_session, season, "revealed", "system:reveal-seasons", now)
    return len(due)


def _runners(
    rules: LeagueRules, months: Sequence[date], inputs: Mapping[date, MonthInputs]
) -> list[Runner]:
    totals: dict[int, dict[date, int]] = {}
    ties: dict[int, int] = {}
    certified: dict[int, int] = {}
    scales: dict[int, list[int]] = {}
    for month in months:
        found = inputs.get(month)
        if found is None:
            continue
        table = found.table()
        forces = [force.id for force in found.scheme.forces]
        tie = forces.index(rules.tie_force) if rules.tie_force in forces else None
        columns = [column.id for column in found.scheme.columns]
        scale = columns.index(found.scheme.scale) if found.scheme.scale else None
        for row, provider_id in enumerate(found.provider_ids):
            totals.setdefault(provider_id, {})[month] = int(table.totals_e2[row])
            if tie is not None:
                force_score = int(table.force_scores_e2[row, tie])
                ties[provider_id] = ties.get(provider_id, 0) + force_score
            certified[provider_id] = certified.get(provider_id, 0) + int(table.certified_e2[row])
            if scale is not None and found.is_reported[row, scale]:
                scales.setdefault(provider_id, []).append(int(found.values_e4[row, scale]))
    return [
        Runner(
            provider_id=provider_id,
            totals_e2=tuple(by_month.get(month) for month in months),
            tie_e2=ties.get(provider_id, 0),
            certified_e2=certified[provider_id],
            scale_e4=_mean(scales.get(provider_id, [])),
        )
        for provider_id, by_month in totals.items()
    ]


def _mean(figures: Sequence[int]) -> int | None:
    return sum(figures) // len(figures) if figures else None


def _divisions_before(db_session: Session, season: LeagueSeason) -> dict[int, str]:
    """Return where each provider plays by its placing in the latest revealed season before."""
    rows = db_session.execute(
        select(LeaguePlacing.provider_id, LeaguePlacing.next_division)
        .join(LeagueSeason, LeagueSeason.id == LeaguePlacing.season_id)
        .where(LeagueSeason.first_month < season.first_month)
        .order_by(LeagueSeason.first_month)
    )
    return {row.provider_id: row.next_division for row in rows}


def _steps(
    earlier: Mapping[str, Sequence[Line]], table: Mapping[str, Sequence[Line]]
) -> dict[int, int]:
    before = {
        (line.provider_id, division): line.place
        for division, lines in earlier.items()
        for line in lines
    }
    steps = {}
    for division, lines in table.items():
        for line in lines:
            was = before.get((line.provider_id, division))
            if was is not None and line.place is not None:
                steps[line.provider_id] = was - line.place
    return steps


def _line(row: LeaguePlacing) -> Line:
    return Line(
        provider_id=row.provider_id,
        division=row.division,
        place=row.place,
        points_e2=row.points_e2,
        shared=row.is_shared,
        movement=Movement(row.movement),
        next_division=row.next_division,
    )


def moving_percent(rules: LeagueRules) -> int:
    """Return the share that moves, in percent."""
    return to_hundredths(rules.moving_fraction)


def _audit(db_session: Session, season: LeagueSeason, act: str, actor: str, now: datetime) -> None:
    record_act(
        db_session,
        subject=f"league_season:{season.code}",
        action=f"league_season.{act}",
        actor=actor,
        now=now,
        details={"code": season.code},
    )
    logger.info("%r %s", season, act)
