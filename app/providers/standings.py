"""Scores and places: from reported indicators and certified operators, for any month.

Nothing is stored: a month's score is computed from the newest figures of the month and from who
was certified and employed at the month's moment (`months.computed_at`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.providers import queries
from app.providers.exact import from_e4, from_hundredths
from app.providers.five_force import Reading, Scorecard, score
from app.providers.league.freezing import freeze_now
from app.providers.models import IndicatorImport, MonthlyIndicator, Provider
from app.providers.month_inputs import MonthInputs, inputs_by_month
from app.providers.months import month_before, settled_at
from app.providers.schemes import Scheme, scheme_for_month
from app.providers.score_tables import Integers, ScoreTable

HISTORY_MONTHS = 8
"""Months of the rank's history on the page."""

LEAST_PEERS = 5
"""With fewer providers of the same tier and field all providers are compared with."""


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a figure comes from.

    Attributes:
        month: The month that it was reported for: the scored one, or the one before.
        imported_at: When it came in.
        file_name: In which file.
    """

    month: date
    imported_at: datetime
    file_name: str


@dataclass(frozen=True, slots=True)
class ReportedReading:
    """A reading with its provenance."""

    reading: Reading
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class Place:
    """A place among some providers: one more than how many have a strictly higher figure."""

    rank: int
    count: int


@dataclass(frozen=True, slots=True)
class PeerForce:
    """One force among the providers that are compared with; scores of 0.00 to 100.00.

    Attributes:
        median: The middle score.
        top_tenth: The score that a tenth of them reaches, at least one.
    """

    median: Decimal
    top_tenth: Decimal


@dataclass(frozen=True, eq=False, slots=True)
class MonthTable:
    """Every provider's score of one month.

    Attributes:
        at: The moment whose certified operators count.
        provider_ids: The rows of `scores`: providers with at least one figure.
    """

    month: date
    at: datetime
    scheme: Scheme
    provider_ids: tuple[int, ...]
    scores: ScoreTable

    def total_place(self, provider_id: int, among: Collection[int] | None = None) -> Place | None:
        """Return the place of a provider's total; None if it has no figures."""
        return self._place(self.scores.totals_e2, provider_id, among)

    def module_place(self, module_id: str, provider_id: int) -> Place | None:
        """Return the place of a provider's score in one module among all."""
        modules = [module.id for module in self.scheme.modules]
        column = self.scores.module_scores_e2[:, modules.index(module_id)]
        return self._place(column, provider_id, None)

    def forces(self, among: Collection[int]) -> dict[str, PeerForce]:
        """Return how some providers' scores lie in each force; empty without providers."""
        rows = [row for row, one in enumerate(self.provider_ids) if one in among]
        if not rows:
            return {}
        out = {}
        for column, force in enumerate(self.scheme.forces):
            scores = sorted(self.scores.force_scores_e2[rows, column].tolist(), reverse=True)
            middle = scores[(len(scores) - 1) // 2] + scores[len(scores) // 2]
            out[force.id] = PeerForce(
                median=from_hundredths((middle + 1) // 2),
                top_tenth=from_hundredths(scores[-(-len(scores) // 10) - 1]),
            )
        return out

    def _place(
        self, figures: Integers, provider_id: int, among: Collection[int] | None
    ) -> Place | None:
        if provider_id not in self.provider_ids:
            return None
        own = figures[self.provider_ids.index(provider_id)]
        if among is None:
            return Place(int(np.sum(figures > own)) + 1, len(figures))
        rows = [row for row, one in enumerate(self.provider_ids) if one in among]
        return Place(int(np.sum(figures[rows] > own)) + 1, len(rows))


@dataclass(frozen=True, slots=True)
class TrendMonth:
    """One month of a provider's own course; scores of 0.00 to 100.00.

    Attributes:
        total: None where the month had no figures or no scheme, as all below.
        forces: By force id.
        modules: By module id.
        behind_percent: Share of the providers compared with that have a lower total, 0 to 100;
            None also where the league hides the month, or nobody is there to compare with.
    """

    month: date
    total: Decimal | None
    forces: Mapping[str, Decimal]
    modules: Mapping[str, Decimal]
    behind_percent: Decimal | None


@dataclass(frozen=True, eq=False, slots=True)
class Standing:
    """One provider's month: its score, its place, and what they were before.

    Attributes:
        at: The moment whose certified operators count.
        is_settled: Whether the month's settlement has passed.
        readings: The provider's figures with their provenance, by module id.
        previous: The month before, if it had figures and was scored by the same scheme.
        place: Among all providers with figures; None if this one has none.
        peer_place: Among those of the same tier and field.
        module_places: By module id, among all.
        peers: The forces of those compared with, by force id.
        peers_are_alike: Whether those are of the same tier and field; otherwise they are all.
        history: Month and place, oldest first, this month the last; None where it had no figures
            or where the league hides the month.
        reveals_at: When the month's places will be shown; None if they are.
        trend: The own scores over the months of `history`.
    """

    month: date
    at: datetime
    is_settled: bool
    scheme: Scheme
    scorecard: Scorecard
    readings: Mapping[str, ReportedReading]
    previous: Scorecard | None
    place: Place | None
    previous_place: Place | None
    peer_place: Place | None
    module_places: Mapping[str, Place]
    peers: Mapping[str, PeerForce]
    peers_are_alike: bool
    history: Sequence[tuple[date, Place | None]]
    reveals_at: datetime | None
    trend: Sequence[TrendMonth]


def readings_of(
    db_session: Session, provider_id: int, scheme: Scheme, month: date
) -> dict[str, ReportedReading]:
    """Return a provider's figures for a month, by module id.

    The newest report of a figure holds. A figure that was not reported yet is carried over from
    the month before (暂用上月), if it was reported then; never from further back.
    """
    rows = db_session.execute(
        select(
            MonthlyIndicator.month,
            MonthlyIndicator.module_id,
            MonthlyIndicator.value_e4,
            IndicatorImport.at,
            IndicatorImport.file_name,
        )
        .join(IndicatorImport, IndicatorImport.id == MonthlyIndicator.import_id)
        .where(
            MonthlyIndicator.provider_id == provider_id,
            MonthlyIndicator.month.in_((month_before(month), month)),
        )
        # Of two rows of one cell the later holds; those of the month itself come last.
        .order_by(MonthlyIndicator.month, MonthlyIndicator.import_id)
    )
    known = {column.id for column in scheme.columns}
    return {
        row.module_id: ReportedReading(
            Reading(from_e4(row.value_e4), is_carried=row.month != month),
            Provenance(row.month, row.at, row.file_name),
        )
        for row in rows
        if row.module_id in known
    }


def scorecard_of(
    db_session: Session,
    provider_id: int,
    month: date,
    *,
    at: datetime,
    include_demo: bool,
) -> Scorecard:
    """Return the score of a provider for a month.

    Args:
        db_session: A session to read with.
        provider_id: The provider's key.
        month: Its first day.
        at: The moment whose certified operators count.
        include_demo: Whether demonstration certificates count.

    Raises:
        NoSchemeError: If no scheme was in effect in the month.
    """
    scheme = scheme_for_month(queries.schemes(db_session), month)
    readings = readings_of(db_session, provider_id, scheme, month)
    return score(
        scheme,
        {module_id: reported.reading for module_id, reported in readings.items()},
        queries.certified_count_by_level(db_session, provider_id, at, include_demo=include_demo),
    )


def reported_months(db_session: Session, provider_id: int) -> list[date]:
    """Return the months for which a provider has figures, newest first."""
    return list(
        db_session.scalars(
            select(MonthlyIndicator.month)
            .where(MonthlyIndicator.provider_id == provider_id)
            .distinct()
            .order_by(MonthlyIndicator.month.desc())
        )
    )


def month_tables(
    db_session: Session, months: Sequence[date], *, now: datetime, include_demo: bool
) -> dict[date, MonthTable]:
    """Return every provider's score for each of some months in which a scheme was in effect.

    Args:
        db_session: A session to read with.
        months: First days, in order, without gaps.
        now: The present moment: a month that is not settled counts today's operators.
        include_demo: Whether demonstration certificates count.
    """
    found = inputs_by_month(db_session, months, now=now, include_demo=include_demo)
    return {month: month_table(inputs) for month, inputs in found.items()}


def month_table(inputs: MonthInputs) -> MonthTable:
    """Score a month's inputs."""
    return MonthTable(
        month=inputs.month,
        at=inputs.at,
        scheme=inputs.scheme,
        provider_ids=inputs.provider_ids,
        scores=inputs.table(),
    )


def standing_of(
    db_session: Session,
    provider: Provider,
    month: date,
    *,
    now: datetime,
    include_demo: bool,
) -> Standing:
    """Return how a provider stands in a month, and how it came there.

    Of a month that the league hides, everything that others' scores go into is left out: places,
    peers, history. The own score stays.

    Args:
        db_session: A session to read with.
        provider: The provider.
        month: First day of the month.
        now: The present moment (aware).
        include_demo: Whether demonstration certificates count.

    Raises:
        NoSchemeError: If no scheme was in effect in the month.
    """
    months = [month_before(month, back) for back in reversed(range(HISTORY_MONTHS))]
    scheme = scheme_for_month(queries.schemes(db_session), month)
    freeze = freeze_now(db_session)
    every = month_tables(db_session, months, now=now, include_demo=include_demo)
    tables = {one: table for one, table in every.items() if not freeze.holds(one)}
    at, table = every[month].at, tables.get(month)
    before = every.get(month_before(month))
    previous = None
    if (
        before is not None
        and before.scheme.ref == scheme.ref
        and provider.id in before.provider_ids
    ):
        previous = scorecard_of(
            db_session, provider.id, before.month, at=before.at, include_demo=include_demo
        )
    shown_before = tables.get(month_before(month))
    previous_place = shown_before.total_place(provider.id) if shown_before else None
    alike = queries.peer_ids(db_session, provider)
    peer_place = table.total_place(provider.id, alike) if table else None
    peers_are_alike = peer_place is not None and peer_place.count >= LEAST_PEERS
    places: dict[str, Place | None] = {}
    peers: dict[str, PeerForce] = {}
    if table is not None:
        places = {one.id: table.module_place(one.id, provider.id) for one in scheme.modules}
        peers = table.forces(alike if peers_are_alike else table.provider_ids)
    return Standing(
        month=month,
        at=at,
        is_settled=now >= settled_at(month),
        scheme=scheme,
        scorecard=scorecard_of(db_session, provider.id, month, at=at, include_demo=include_demo),
        readings=readings_of(db_session, provider.id, scheme, month),
        previous=previous,
        place=table.total_place(provider.id) if table else None,
        previous_place=previous_place,
        peer_place=peer_place,
        module_places={module_id: place for module_id, place in places.items() if place},
        peers=peers,
        peers_are_alike=peers_are_alike,
        history=[
            (one, tables[one].total_place(provider.id) if one in tables else None) for one in months
        ],
        reveals_at=freeze.reveals_at.get(month),
        trend=[
            _trend_month(
                one,
                every.get(one),
                provider.id,
                (alike if peers_are_alike else None) if one in tables else frozenset(),
            )
            for one in months
        ],
    )


def _trend_month(
    month: date, table: MonthTable | None, provider_id: int, among: Collection[int] | None
) -> TrendMonth:
    """Return a provider's month, and how many of some providers (None: all) it leads."""
    if table is None or provider_id not in table.provider_ids:
        return TrendMonth(month, None, {}, {}, None)
    row = table.provider_ids.index(provider_id)
    scores, scheme = table.scores, table.scheme
    place = table.total_place(provider_id, among)
    behind = None
    if place is not None and place.count > 1:
        others = place.count - 1
        lower = int(np.sum(_totals_among(table, among) < scores.totals_e2[row]))
        behind = Decimal(round(1000 * lower / others)).scaleb(-1)
    return TrendMonth(
        month=month,
        total=from_hundredths(int(scores.totals_e2[row])),
        forces={
            force.id: from_hundredths(int(scores.force_scores_e2[row, column]))
            for column, force in enumerate(scheme.forces)
        },
        modules={
            module.id: from_hundredths(int(scores.module_scores_e2[row, column]))
            for column, module in enumerate(scheme.modules)
        },
        behind_percent=behind,
    )


def _totals_among(table: MonthTable, among: Collection[int] | None) -> Integers:
    if among is None:
        return table.scores.totals_e2
    rows = [row for row, one in enumerate(table.provider_ids) if one in among]
    return table.scores.totals_e2[rows]
