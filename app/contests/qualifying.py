"""Who may take part: the ways into a contest that its rules name, and which of them somebody has.

Looked at when somebody enters, when heats are dealt, and again when a round's rooms are made.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.certification import queries as certification
from app.contests import queries
from app.contests.models import Contest, ContestEntry, ContestResult
from app.contests.rules import PlaceCondition
from app.contests.season.queries import points_by_season
from app.contests.season.services import season_of
from app.core.config import Settings
from certificates.levels import Level

CERTIFICATE, SEASON, PLACE = "certificate", "season", "place"


@dataclass(frozen=True)
class Way:
    """One way into a contest, and how somebody stands in it.

    Attributes:
        kind: `certificate`, `season` or `place`.
        is_met: Whether it is open to this person.
        found: What they have: a certificate's number, points, or a place; empty for nothing.
        by: What the entry remembers of it: `certificate`, `season:<year>:<points>`,
            `place:<contest>:<rank>`.
    """

    kind: str
    is_met: bool
    found: str
    by: str


@dataclass(frozen=True)
class Qualification:
    """How somebody stands in every way into a contest.

    Attributes:
        ways: In the order of the rules.
        credential_number: The certificate that counts, or goes with another way; None without a
            valid one.
    """

    ways: tuple[Way, ...]
    credential_number: str | None

    @property
    def met(self) -> Way | None:
        """Return the first way that is open; without a valid certificate none is."""
        if self.credential_number is None:
            return None
        return next((way for way in self.ways if way.is_met), None)


def qualification_of(
    db_session: Session, contest: Contest, person_id: int, *, settings: Settings, now: datetime
) -> Qualification:
    """Return how somebody stands in each way into a contest at a moment."""
    rules = queries.rules_of(db_session, contest).entry
    least = Level(rules.level).number
    held = [
        one.record
        for one in certification.credentials_of(db_session, person_id, at=now)
        if one.is_valid and (settings.is_demo or not one.record.is_demo)
    ]
    enough = next((one.number for one in held if Level(one.level).number >= least), None)
    any_number = enough or next((one.number for one in held), None)
    ways = [Way(CERTIFICATE, enough is not None, enough or "", CERTIFICATE)]
    if rules.season_points is not None:
        ways.append(_by_season(db_session, contest, person_id, rules.season_points, settings))
    if rules.place is not None:
        ways.append(_by_place(db_session, contest, person_id, rules.place, settings, now))
    return Qualification(tuple(ways), any_number)


def _by_season(
    db_session: Session, contest: Contest, person_id: int, least: int, settings: Settings
) -> Way:
    """Look at the contest's own season and the one before it; the better counts."""
    year = int(season_of(db_session, contest))
    points = points_by_season(db_session, person_id, include_demo=settings.is_demo)
    season = max((str(year - 1), str(year)), key=lambda one: points.get(one, 0))
    held = points.get(season, 0)
    return Way(SEASON, held >= least, str(held), f"{SEASON}:{season}:{held}")


def _by_place(
    db_session: Session,
    contest: Contest,
    person_id: int,
    condition: PlaceCondition,
    settings: Settings,
    now: datetime,
) -> Way:
    """Look for a place in a contest whose results are final; the best counts."""
    row = db_session.execute(
        select(Contest.public_id, Contest.title, ContestResult.rank)
        .join(ContestResult, ContestResult.contest_id == Contest.id)
        .join(ContestEntry, ContestEntry.id == ContestResult.entry_id)
        .where(
            Contest.id != contest.id,
            Contest.state == "final",
            Contest.rules_ref.startswith(f"{condition.rules}@", autoescape=True),
            Contest.finalised_at >= now - timedelta(days=condition.within_days),
            ContestResult.version == Contest.result_version,
            ContestResult.rank.is_not(None),
            ContestEntry.person_id == person_id,
            ContestEntry.withdrawn_at.is_(None),
            *(() if settings.is_demo else (Contest.is_demo.is_(False),)),
        )
        .order_by(ContestResult.rank, Contest.id.desc())
        .limit(1)
    ).one_or_none()
    if row is None:
        return Way(PLACE, False, "", "")
    found = f"{row.title} · {row.rank}"
    return Way(PLACE, row.rank <= condition.best, found, f"{PLACE}:{row.public_id}:{row.rank}")
