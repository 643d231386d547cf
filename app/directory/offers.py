"""What is on record of the providers that merchants may be shown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.certification.queries import valid_credentials
from app.directory.matching import Match, Need, Offer, matches
from app.directory.models import DirectoryEntry, ProviderListing
from app.providers.league.freezing import freeze_now
from app.providers.models import Employment, Provider
from app.providers.queries import running_at
from app.providers.sessions.models import SessionResult, UpliftEstimate
from app.providers.sessions.queries import is_newest
from app.providers.standings import month_tables
from certificates.validity import issue_day

EXPERIENCE = timedelta(days=180)


@dataclass(frozen=True)
class MatchedProvider:
    """A provider that fits, as the page shows it."""

    match: Match
    name: str
    code: str
    city: str
    field: str
    introduction: str
    is_demo: bool


def matched_providers(
    db_session: Session, need: Need, *, at_most: int, include_demo: bool, now: datetime
) -> list[MatchedProvider]:
    """Return the listed providers that fit a merchant, the best band first.

    Args:
        db_session: A session to read with.
        need: What the merchant describes.
        at_most: How many are returned.
        include_demo: Whether demonstration certificates count: in a demonstration only.
        now: The moment (aware).
    """
    rows = db_session.execute(
        select(ProviderListing, Provider).join(Provider, Provider.id == ProviderListing.provider_id)
    ).all()
    listed = {provider.public_id: (listing, provider) for listing, provider in rows}
    ids = [provider.id for _, provider in listed.values()]
    forces = _forces(db_session, ids, include_demo=include_demo, now=now) if ids else {}
    sessions = _sessions(db_session, ids, now=now)
    free = _free(db_session, ids, include_demo=include_demo, now=now)
    uplift = _uplift(db_session, ids, now=now)
    offers = [
        Offer(
            key=key,
            categories=frozenset(listing.categories),
            regions=frozenset(listing.regions),
            stages=frozenset(listing.stages),
            home=listing.home,
            forces=forces.get(provider.id, {}),
            sessions=sessions.get(provider.id, {}),
            free=free.get(provider.id, 0),
            uplift=uplift.get(provider.id),
        )
        for key, (listing, provider) in listed.items()
    ]
    found = []
    for match in matches(need, offers, day=issue_day(now))[:at_most]:
        listing, provider = listed[match.offer.key]
        found.append(
            MatchedProvider(
                match,
                provider.name,
                provider.code,
                provider.city,
                provider.field,
                listing.introduction,
                provider.is_demo,
            )
        )
    return found


def _forces(
    db_session: Session, ids: list[int], *, include_demo: bool, now: datetime
) -> dict[int, dict[str, float]]:
    month = freeze_now(db_session).last_open(now)
    table = month_tables(db_session, [month], now=now, include_demo=include_demo).get(month)
    if table is None:
        return {}
    found = {}
    for row, provider_id in enumerate(table.provider_ids):
        if provider_id in ids:
            scores = table.scores.force_scores_e2[row]
            found[provider_id] = {
                force.id: float(score) / 100
                for force, score in zip(table.scheme.forces, scores, strict=True)
            }
    return found


def _sessions(db_session: Session, ids: list[int], *, now: datetime) -> dict[int, dict[str, int]]:
    rows = db_session.execute(
        select(SessionResult.provider_id, SessionResult.category, func.count().label("sessions"))
        .where(
            SessionResult.provider_id.in_(ids),
            SessionResult.started_at > now - EXPERIENCE,
            is_newest(),
        )
        .group_by(SessionResult.provider_id, SessionResult.category)
    )
    found: dict[int, dict[str, int]] = {}
    for row in rows:
        found.setdefault(row.provider_id, {})[row.category] = row.sessions
    return found


def _free(
    db_session: Session, ids: list[int], *, include_demo: bool, now: datetime
) -> dict[int, int]:
    """Count the operators who let everybody know that they work there and look for work."""
    valid = valid_credentials(now, include_demo=include_demo).subquery()
    rows = db_session.execute(
        select(
            Employment.provider_id, func.count(DirectoryEntry.person_id.distinct()).label("people")
        )
        .join(DirectoryEntry, DirectoryEntry.person_id == Employment.person_id)
        .join(valid, valid.c.person_id == Employment.person_id)
        .where(
            Employment.provider_id.in_(ids),
            running_at(now),
            DirectoryEntry.is_available,
            DirectoryEntry.shows_provider,
        )
        .group_by(Employment.provider_id)
    )
    return {row.provider_id: row.people for row in rows}


def _uplift(db_session: Session, ids: list[int], *, now: datetime) -> dict[int, float]:
    newest = (
        select(func.max(UpliftEstimate.id))
        .where(UpliftEstimate.month == freeze_now(db_session).last_open(now))
        .group_by(UpliftEstimate.provider_id)
    )
    rows = db_session.execute(
        select(UpliftEstimate.provider_id, UpliftEstimate.counted_ratio).where(
            UpliftEstimate.id.in_(newest),
            UpliftEstimate.provider_id.in_(ids),
            UpliftEstimate.counted_ratio.is_not(None),
        )
    )
    return {row.provider_id: row.counted_ratio for row in rows}
