"""The manager's question: what if so many more are certified by a month — points and tier."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from app.providers import queries
from app.providers.five_force import Scorecard
from app.providers.models import Provider
from app.providers.months import settled_at
from app.providers.rules.standing import ProviderStanding, standing_in_matrix
from app.providers.schemes import Scheme
from app.providers.what_if import what_if
from certificates.levels import Level

MOST_PEOPLE = 200
"""More than so many new certificates of a level are no plan."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan and what comes of it, everything else as it is.

    Attributes:
        expiring: Certified operators whose certificates end before the month's settlement, by
            level; a renewal keeps them.
        without: The score with those gone and nobody added.
        then: The score with those gone and the plan's people there.
    """

    month: date
    added: Mapping[Level, int]
    expiring: Mapping[Level, int]
    now: Scorecard
    without: Scorecard
    then: Scorecard
    tiers_now: ProviderStanding
    tiers_then: ProviderStanding

    @property
    def gain(self) -> Decimal:
        return self.then.total - self.now.total


def plan(
    db_session: Session,
    provider: Provider,
    scheme: Scheme,
    scorecard: Scorecard,
    *,
    scored_month: date,
    month: date,
    added: Mapping[Level, int],
    now: datetime,
    include_demo: bool,
) -> Planned:
    """Reckon with more certified operators by the settlement of a month.

    Args:
        db_session: A session to read with.
        provider: Whose plan.
        scheme: The version that the scorecard was computed by.
        scorecard: Today's.
        scored_month: Its month.
        month: First day of the month by whose settlement they are certified.
        added: New certificates by level.
        now: The present moment (aware).
        include_demo: Whether demonstration certificates count.
    """
    held = {line.level: line.operator_count for line in scorecard.certified.levels}
    at = max(settled_at(month), now)
    left = queries.certified_count_by_level(db_session, provider.id, at, include_demo=include_demo)
    kept = {level: min(held[level], left[level]) for level in Level}
    then = {level: left[level] + added.get(level, 0) for level in Level}
    after = what_if(scheme, scorecard, operators=then)
    return Planned(
        month=month,
        added=added,
        expiring={level: held[level] - kept[level] for level in Level},
        now=scorecard,
        without=what_if(scheme, scorecard, operators=left),
        then=after,
        tiers_now=standing_in_matrix(db_session, provider, scheme, scorecard, scored_month),
        tiers_then=standing_in_matrix(db_session, provider, scheme, after, scored_month),
    )
