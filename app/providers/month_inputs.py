"""Everything that a month's scores rest on, of every provider, as arrays.

The newest report of a figure holds. A figure that was not reported yet is carried over from the
month before (暂用上月), if it was reported then; never from further back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.providers import queries
from app.providers.errors import NoSchemeError
from app.providers.exact import from_e4
from app.providers.five_force import Reading, Scorecard, score
from app.providers.models import MonthlyIndicator
from app.providers.months import computed_at, month_before
from app.providers.schemes import Scheme, scheme_for_month
from app.providers.score_tables import Flags, Integers, ScoreTable, score_many
from certificates.levels import Level

MOST_NAMED = 500
"""Providers that a query names; of more it reads everything."""


@dataclass(frozen=True, eq=False, slots=True)
class MonthInputs:
    """What one month's scores are computed from.

    Attributes:
        at: The moment whose certified operators count.
        provider_ids: The rows, rising: providers with at least one figure.
        values_e4: `(n, columns)` in the order of `Scheme.columns`; 0 where nothing is reported.
        is_reported: `(n, columns)`.
        is_carried: `(n, columns)`, true where the month before stands in.
        operator_counts: `(n, levels)`.
    """

    scheme: Scheme
    month: date
    at: datetime
    provider_ids: tuple[int, ...]
    values_e4: Integers
    is_reported: Flags
    is_carried: Flags
    operator_counts: Integers

    def table(self) -> ScoreTable:
        """Score every row at once."""
        return score_many(
            self.scheme,
            self.values_e4,
            self.is_reported,
            self.operator_counts,
            is_carried=self.is_carried,
        )

    def readings(self, row: int) -> dict[str, Reading]:
        """Return one provider's figures, by the id of the module or figure."""
        return {
            column.id: Reading(
                from_e4(int(self.values_e4[row, place])),
                is_carried=bool(self.is_carried[row, place]),
            )
            for place, column in enumerate(self.scheme.columns)
            if self.is_reported[row, place]
        }

    def operators(self, row: int) -> dict[Level, int]:
        """Return one provider's certified operators, every level named."""
        return {level: int(self.operator_counts[row, level.number - 1]) for level in Level}

    def scorecard(self, row: int) -> Scorecard:
        """Score one row by itself, explained."""
        return score(self.scheme, self.readings(row), self.operators(row))


def inputs_by_month(
    db_session: Session,
    months: Sequence[date],
    *,
    now: datetime,
    include_demo: bool,
    schemes: Sequence[Scheme] | None = None,
    provider_id: int | None = None,
) -> dict[date, MonthInputs]:
    """Read what the scores of some months rest on.

    Args:
        db_session: A session to read with.
        months: First days, in order, without gaps.
        now: The present moment: a month that is not settled counts today's operators.
        include_demo: Whether demonstration certificates count.
        schemes: Versions to score by; the published ones if None.
        provider_id: Read one provider's only.

    Returns:
        By month, those in which a scheme was in effect.
    """
    published = queries.schemes(db_session) if schemes is None else schemes
    found: dict[date, MonthInputs] = {}
    earlier: _Figures | None = None
    for month in months:
        current = _figures(db_session, month, provider_id)
        try:
            scheme = scheme_for_month(published, month)
        except NoSchemeError:
            earlier = current
            continue
        if earlier is None:
            earlier = _wanted_before(db_session, scheme, month, current, provider_id)
        at = computed_at(month, now)
        operators = queries.certified_counts(
            db_session, at, include_demo=include_demo, provider_id=provider_id
        )
        found[month] = _inputs(scheme, month, at, current, earlier, operators)
        earlier = current
    return found


def tables_of(
    inputs: Mapping[date, MonthInputs], executor: Executor | None = None
) -> dict[date, ScoreTable]:
    """Score many months, each as a piece of work of its own.

    Args:
        inputs: By month.
        executor: Where to do it: a pool, or a Dask cluster's executor; here if None. The result
            is the same to the last digit.
    """
    run = map if executor is None else executor.map
    return dict(zip(inputs, run(MonthInputs.table, inputs.values()), strict=True))


@dataclass(frozen=True, eq=False, slots=True)
class _Figures:
    """One month's reports, in the order in which they came in."""

    provider_ids: Integers
    column_ids: tuple[str, ...]
    values_e4: Integers


def _figures(
    db_session: Session, month: date, provider_id: int | None, among: Sequence[int] | None = None
) -> _Figures:
    """Read a month's reports, of one provider or of some, if not of all."""
    query = (
        select(MonthlyIndicator.provider_id, MonthlyIndicator.module_id, MonthlyIndicator.value_e4)
        .where(MonthlyIndicator.month == month)
        # Only the order of one provider's imports matters; the index gives the providers' order.
        .order_by(MonthlyIndicator.provider_id, MonthlyIndicator.import_id)
    )
    if provider_id is not None:
        query = query.where(MonthlyIndicator.provider_id == provider_id)
    if among is not None:
        query = query.where(MonthlyIndicator.provider_id.in_(among))
    # Rows of the connection, not of the session: a month of 10,000 providers has 160,000.
    rows = db_session.connection().execute(query).all()
    providers, columns, values = zip(*rows, strict=True) if rows else ((), (), ())
    return _Figures(np.array(providers, dtype=np.int64), columns, np.array(values, dtype=np.int64))


def _wanted_before(
    db_session: Session, scheme: Scheme, month: date, current: _Figures, provider_id: int | None
) -> _Figures:
    """Read of the month before what may have to be carried over: nothing, where all is reported."""
    before = month_before(month)
    known = {column.id for column in scheme.columns}
    held: dict[int, set[str]] = {}
    for one, column in zip(current.provider_ids.tolist(), current.column_ids, strict=True):
        if column in known:
            held.setdefault(one, set()).add(column)
    query = select(MonthlyIndicator.provider_id).where(MonthlyIndicator.month == before).distinct()
    if provider_id is not None:
        query = query.where(MonthlyIndicator.provider_id == provider_id)
    reported = db_session.connection().execute(query).scalars()
    lacking = [one for one in reported if len(held.get(one, ())) < len(known)]
    return _figures(
        db_session, before, provider_id, lacking if len(lacking) <= MOST_NAMED else None
    )


def _inputs(
    scheme: Scheme,
    month: date,
    at: datetime,
    current: _Figures,
    earlier: _Figures,
    operators: Mapping[int, Mapping[Level, int]],
) -> MonthInputs:
    place_of = {column.id: place for place, column in enumerate(scheme.columns)}
    sources = []
    for figures in (earlier, current):
        places = np.array([place_of.get(one, -1) for one in figures.column_ids], dtype=np.int64)
        known = places >= 0
        sources.append((figures.provider_ids[known], places[known], figures.values_e4[known]))
    provider_ids = np.unique(np.concatenate([source[0] for source in sources]))
    shape = (len(provider_ids), len(scheme.columns))
    values = np.zeros(shape, dtype=np.int64)
    is_reported = np.zeros(shape, dtype=np.bool_)
    is_carried = np.zeros(shape, dtype=np.bool_)
    for (providers, places, values_e4), carried in zip(sources, (True, False), strict=True):
        rows = np.searchsorted(provider_ids, providers)
        # Reports stand in the order of their imports, and of equal places the last is assigned.
        values[rows, places] = values_e4
        is_reported[rows, places] = True
        is_carried[rows, places] = carried
    counts = np.zeros((len(provider_ids), len(Level)), dtype=np.int64)
    row_of = {int(one): row for row, one in enumerate(provider_ids)}
    for provider_id, by_level in operators.items():
        row = row_of.get(provider_id)
        if row is not None:
            for level, people in by_level.items():
                counts[row, level.number - 1] = people
    return MonthInputs(
        scheme=scheme,
        month=month,
        at=at,
        provider_ids=tuple(row_of),
        values_e4=values,
        is_reported=is_reported,
        is_carried=is_carried,
        operator_counts=counts,
    )
