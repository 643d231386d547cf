"""Settle months: write down every score with what it rests on, and prove it to the last digit.

A month settles once, in one transaction; an interrupted run leaves none of it. When figures of a
settled month are corrected, the next run adds a revision for the providers whose inputs changed
and for nobody else.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import cast

import numpy as np
from sqlalchemy import Table, func, select
from sqlalchemy.orm import Session

from app.providers import queries
from app.providers.exact import from_e4, to_hundredths
from app.providers.five_force import Reading, score
from app.providers.models import MonthlyIndicator
from app.providers.month_inputs import MonthInputs, inputs_by_month
from app.providers.months import last_complete_month, month_before, settled_at
from app.providers.rules.models import SettledScore
from app.providers.schemes import Scheme
from certificates.levels import Level

logger = logging.getLogger(__name__)

MONTHS_BACK = 12
"""How far back corrections still add revisions."""

MISSING, CURRENT, CARRIED = 0, 1, 2
"""How a column was reported, in `packed_inputs`."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A settled score that cannot be had again.

    Attributes:
        what: `stored` if scoring the stored inputs gives something else, `facts` if the facts of
            today give other inputs, `scheme` if its version is not there any more.
    """

    provider_id: int
    month: date
    revision: int
    what: str


def packed_inputs(inputs: MonthInputs) -> list[bytes]:
    """Write each row's inputs as little-endian 64-bit integers.

    First a value for each column of the scheme in ten-thousandths (0 where missing), then for
    each column how it was reported (0 missing, 1 current, 2 carried over), then the certified
    operators by level, lowest first.
    """
    states = np.where(inputs.is_reported, np.where(inputs.is_carried, CARRIED, CURRENT), MISSING)
    values = np.where(inputs.is_reported, inputs.values_e4, 0)
    block = np.concatenate([values, states, inputs.operator_counts], axis=1).astype("<i8")
    return [row.tobytes() for row in np.ascontiguousarray(block)]


def unpacked_inputs(scheme: Scheme, packed: bytes) -> tuple[dict[str, Reading], dict[Level, int]]:
    """Read what `packed_inputs` wrote: readings by id, and operators by level."""
    numbers = np.frombuffer(packed, dtype="<i8").tolist()
    columns = scheme.columns
    count = len(columns)
    states = numbers[count : 2 * count]
    readings = {
        column.id: Reading(from_e4(value_e4), is_carried=state == CARRIED)
        for column, value_e4, state in zip(columns, numbers[:count], states, strict=True)
        if state != MISSING
    }
    return readings, dict(zip(Level, numbers[2 * count :], strict=True))


def months_to_settle(db_session: Session, *, now: datetime) -> list[date]:
    """Return the settled months of the last year that have figures, oldest first."""
    last = month_before(last_complete_month(now))
    first = month_before(last, MONTHS_BACK - 1)
    reported = db_session.scalars(
        select(MonthlyIndicator.month)
        .where(MonthlyIndicator.month.between(first, last))
        .distinct()
        .order_by(MonthlyIndicator.month)
    )
    return [month for month in reported if settled_at(month) <= now]


def settle_month(
    db_session: Session,
    month: date,
    *,
    now: datetime,
    include_demo: bool,
    provider_id: int | None = None,
) -> int:
    """Write down a settled month's scores: new ones, and those whose inputs changed.

    Args:
        db_session: The session of the caller's transaction.
        month: First day of a month that is settled.
        now: The moment (aware).
        include_demo: Whether demonstration certificates count.
        provider_id: Look at one provider only: what a correction of its figures needs.

    Returns:
        How many rows were added; 0 when everything stands already.
    """
    inputs = inputs_by_month(
        db_session, [month], now=now, include_demo=include_demo, provider_id=provider_id
    ).get(month)
    if inputs is None:
        return 0
    only = None if provider_id is None else [provider_id]
    held = {
        row.provider_id: (row.revision, row.inputs, row.scheme_ref)
        for row in newest_scores(db_session, month, only)
    }
    table = inputs.table()
    ratings = [rating.code for rating in inputs.scheme.ratings]
    totals, certified = table.totals_e2.tolist(), table.certified_e2.tolist()
    rated, provisional = table.rating_indices.tolist(), table.is_provisional.tolist()
    moment, ref = settled_at(month), inputs.scheme.ref
    rows = []
    for row, (provider_id, packed) in enumerate(
        zip(inputs.provider_ids, packed_inputs(inputs), strict=True)
    ):
        revision, known, known_ref = held.get(provider_id, (0, b"", ""))
        if known == packed and known_ref == ref:
            continue
        rows.append(
            {
                "provider_id": provider_id,
                "month": month,
                "revision": revision + 1,
                "scheme_ref": ref,
                "inputs": packed,
                "total_e2": totals[row],
                "certified_e2": certified[row],
                "rating": ratings[rated[row]],
                "is_provisional": provisional[row],
                "settled_at": moment,
                "computed_at": now,
            }
        )
    if rows:
        # The driver's own bulk path: on SQLite everybody who saves waits for it.
        table_of = cast("Table", SettledScore.__table__)
        db_session.connection().execute(table_of.insert(), rows)
        logger.info("settled %s: %d scores by %s", f"{month:%Y-%m}", len(rows), ref)
    return len(rows)


def newest_scores(
    db_session: Session, month: date, provider_ids: Sequence[int] | None = None
) -> list[SettledScore]:
    """Return the newest revision of each provider's settled score of a month."""
    wanted = [SettledScore.month == month]
    if provider_ids is not None:
        wanted.append(SettledScore.provider_id.in_(provider_ids))
    newest = (
        select(SettledScore.provider_id, func.max(SettledScore.revision).label("revision"))
        .where(*wanted)
        .group_by(SettledScore.provider_id)
        .subquery()
    )
    return list(
        db_session.scalars(
            select(SettledScore)
            .join(
                newest,
                (newest.c.provider_id == SettledScore.provider_id)
                & (newest.c.revision == SettledScore.revision),
            )
            .where(*wanted)
            .order_by(SettledScore.provider_id)
        )
    )


def prove_month(
    db_session: Session, month: date, *, now: datetime, include_demo: bool
) -> tuple[int, list[Difference]]:
    """Compute a settled month again, from what is stored and from the facts.

    Each stored score is computed one by one from its stored inputs by `five_force.score`, and the
    inputs are read again from reports, employments and certificates.

    Returns:
        How many scores were looked at, and those that came out differently.
    """
    schemes = {scheme.ref: scheme for scheme in queries.schemes(db_session)}
    scores = newest_scores(db_session, month)
    inputs = inputs_by_month(db_session, [month], now=now, include_demo=include_demo).get(month)
    facts = (
        {} if inputs is None else dict(zip(inputs.provider_ids, packed_inputs(inputs), strict=True))
    )
    return len(scores), list(_differences(scores, schemes, facts))


def _differences(
    scores: Iterable[SettledScore], schemes: Mapping[str, Scheme], facts: Mapping[int, bytes]
) -> Iterable[Difference]:
    for one in scores:
        scheme = schemes.get(one.scheme_ref)
        if scheme is None:
            yield Difference(one.provider_id, one.month, one.revision, "scheme")
            continue
        readings, operators = unpacked_inputs(scheme, one.inputs)
        again = score(scheme, readings, operators)
        same = (
            to_hundredths(again.total),
            to_hundredths(again.certified.points),
            again.rating,
            again.is_provisional,
        ) == (one.total_e2, one.certified_e2, one.rating, one.is_provisional)
        if not same:
            yield Difference(one.provider_id, one.month, one.revision, "stored")
        if facts.get(one.provider_id) != one.inputs:
            yield Difference(one.provider_id, one.month, one.revision, "facts")
