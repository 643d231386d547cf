"""Scores of 10,000 providers over 12 months: row 12 of the performance budget.

    python -m tests.bench.providers [providers]

The floor is what cannot be done without, in NumPy alone: percentiles, three-month means, ranks and
tiers of six metrics. The product's way reads every report from the database, scores all columns
of the newest scheme with everything that depends on operators and merchants, and writes each
score with its inputs; its floor reads and writes as many rows by the driver.
"""

from __future__ import annotations

import logging
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import Executor
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts.passwords import hash_password
from app.core.db import db, transaction
from app.factory import create_app
from app.providers import services
from app.providers.exact import from_hundredths, to_e4
from app.providers.loading import load_schemes
from app.providers.models import IndicatorImport, MonthlyIndicator, Provider
from app.providers.month_inputs import MonthInputs, tables_of
from app.providers.months import month_before, settled_at
from app.providers.rules import snapshots
from app.providers.rules.models import SettledScore
from app.providers.schemes import Scheme
from app.providers.score_tables import Integers
from certificates.levels import Level
from simulations.executors import opened, parse_place
from tests import cast
from tests.conftest import close, fill, make_settings

PROVIDERS = 10_000
MONTHS = 12
ONE_BY_ONE = 400
"""Scores that are computed one by one, too, and compared."""

MOST_TIMES_SQLITE = 3.0
MOST_ONE_MS = 20.0
LAST_MONTH = date(2027, 6, 1)
NOW = settled_at(LAST_MONTH)


def main(count: int) -> int:
    """Print the table; return how many figures miss what they must hold."""
    logging.disable(logging.INFO)
    scheme = max(load_schemes(), key=lambda one: (one.effective_on, one.version))
    months = [month_before(LAST_MONTH, back) for back in reversed(range(MONTHS))]
    rng = np.random.default_rng(20261122)
    inputs = {month: _drawn(scheme, month, count, rng) for month in months}
    print(f"{count:,} providers x {MONTHS} months, {scheme.ref}: processor seconds")
    floor_s = min(_timed(lambda: _floor(rng, count)) for _ in range(3))
    score_s = min(_timed(lambda: _scored(inputs)) for _ in range(3))
    print(f"{'in memory: floor, NumPy':44} {floor_s:8.3f}")
    print(f"{'in memory: scores and ranks':44} {score_s:8.3f} {score_s / floor_s:6.1f} x floor")
    missed = _compare(inputs)
    missed += _on_a_cluster(inputs)
    with tempfile.TemporaryDirectory() as name:
        app = create_app(make_settings(Path(name)))
        with app.app_context():
            fill(app, hash_password(cast.PASSWORD))
            missed += _with_database(inputs, scheme, months, count)
            close(app)
    return missed


def _drawn(scheme: Scheme, month: date, count: int, rng: np.random.Generator) -> MonthInputs:
    """Draw a month: every figure reported, values over all of each column's scale."""
    columns = []
    for column in scheme.columns:
        low, high = to_e4(column.least), min(to_e4(column.most), to_e4(column.least) + 10**9)
        steps = (high - low) // column.step_e4
        columns.append(low + rng.integers(0, steps, count) * column.step_e4)
    shape = (count, len(scheme.columns))
    return MonthInputs(
        scheme=scheme,
        month=month,
        at=settled_at(month),
        provider_ids=tuple(range(1, count + 1)),
        values_e4=np.stack(columns, axis=1).astype(np.int64),
        is_reported=np.ones(shape, dtype=np.bool_),
        is_carried=np.zeros(shape, dtype=np.bool_),
        operator_counts=rng.integers(0, 40, (count, len(Level))).astype(np.int64),
    )


def _scored(inputs: dict[date, MonthInputs], executor: Executor | None = None) -> list[Integers]:
    return [_places(table.totals_e2) for table in tables_of(inputs, executor).values()]


def _places(totals_e2: Integers) -> Integers:
    """Return competition places: one more than how many are strictly higher."""
    rising = np.sort(totals_e2)
    return np.asarray(
        len(rising) - np.searchsorted(rising, totals_e2, side="right") + 1, dtype=np.int64
    )


def _floor(rng: np.random.Generator, count: int) -> None:
    metrics = rng.random((MONTHS, 6, count))
    means = metrics.copy()
    means[2:] = (metrics[2:] + metrics[1:-1] + metrics[:-2]) / 3
    for month in range(MONTHS):
        order = np.argsort(means[month], axis=1)
        places = np.empty_like(order)
        np.put_along_axis(places, order, np.arange(count)[None, :], axis=1)
        total = (places / count).sum(axis=0)
        np.searchsorted(np.array([0.6, 0.7, 0.8, 0.9]) * 6, total)
        np.argsort(total)


def _compare(inputs: dict[date, MonthInputs]) -> int:
    """Compute some scores one by one; return 1 if any digit differs."""
    wrong = 0
    rows_each = max(1, ONE_BY_ONE // MONTHS)
    started = time.process_time()
    for month in inputs.values():
        table = month.table()
        for row in np.linspace(0, len(month.provider_ids) - 1, rows_each).astype(int).tolist():
            one = month.scorecard(row)
            wrong += one.total != from_hundredths(int(table.totals_e2[row]))
            wrong += one.certified.points != from_hundredths(int(table.certified_e2[row]))
    each_us = (time.process_time() - started) / (rows_each * MONTHS) * 1e6
    print(f"{'one by one, µs each; differing':44} {each_us:8.0f} {wrong:6}")
    return int(wrong > 0)


def _on_a_cluster(inputs: dict[date, MonthInputs]) -> int:
    """Score the months on a Dask cluster of one worker; return 1 if any place differs."""
    with opened(parse_place("dask:1")) as executor:
        started = time.perf_counter()
        far = _scored(inputs, executor)
        wall_s = time.perf_counter() - started
    same = all(np.array_equal(one, other) for one, other in zip(far, _scored(inputs), strict=True))
    print(f"{'with Dask, one worker: wall seconds, equal':44} {wall_s:8.3f} {same!s:>6}")
    return int(not same)


def _with_database(
    inputs: dict[date, MonthInputs], scheme: Scheme, months: list[date], count: int
) -> int:
    _fill(inputs, scheme, count)
    floor_s = _timed(lambda: _sqlite_floor(count))
    interrupted = _interrupted(months[0])
    started = time.process_time()
    for month in months:
        with transaction() as db_session:
            added = snapshots.settle_month(db_session, month, now=NOW, include_demo=False)
            assert added == count
    settled_s = time.process_time() - started
    print(f"{'SQLite both ways: floor':44} {floor_s:8.3f}")
    print(
        f"{'SQLite both ways: read, score, settle':44} {settled_s:8.3f}"
        f" {settled_s / floor_s:6.1f} x floor"
    )
    one_ms = min(_one_changed(months[-1], provider_id) for provider_id in (7, 70, 700))
    print(f"{'one provider month changed: ms':44} {one_ms:8.1f}")
    print(f"{'an interrupted run left no row':44} {interrupted!s:>8}")
    return (
        int(settled_s > MOST_TIMES_SQLITE * floor_s) + int(one_ms > MOST_ONE_MS) + (not interrupted)
    )


def _fill(inputs: dict[date, MonthInputs], scheme: Scheme, count: int) -> None:
    with transaction() as db_session:
        services.publish_schemes(db_session, [scheme], actor="cli:bench", now=NOW)
        db_session.execute(
            Provider.__table__.insert(),  # type: ignore[attr-defined]
            [
                {
                    "public_id": f"p{n}",
                    "code": f"P-{n}",
                    "name": f"服务商{n}",
                    "city": "杭州",
                    "field": "mcn",
                    "tier": "quality",
                    "joined_on": date(2026, 1, 1),
                    "is_demo": False,
                }
                for n in range(1, count + 1)
            ],
        )
        _add_import(db_session, 1)
        columns = [column.id for column in scheme.columns]
        for month, one in inputs.items():
            values = one.values_e4.tolist()
            db_session.connection().exec_driver_sql(
                "INSERT INTO monthly_indicator"
                " (provider_id, month, module_id, value_e4, import_id) VALUES (?, ?, ?, ?, 1)",
                [
                    (provider_id, month.isoformat(), column, value)
                    for provider_id, row in zip(one.provider_ids, values, strict=True)
                    for column, value in zip(columns, row, strict=True)
                ],
            )


def _add_import(db_session: Session, number: int) -> None:
    db_session.add(
        IndicatorImport(
            id=number,
            at=datetime(2027, 1, 1, tzinfo=UTC),
            actor="cli:bench",
            file_name=f"{number}.csv",
            sha256=str(number),
            scheme_ref="scheme",
            row_count=0,
            new_count=0,
            corrected_count=0,
            unchanged_count=0,
        )
    )
    db_session.flush()


def _sqlite_floor(count: int) -> None:
    """Read every report and write a row of the same size for each score, by the driver alone."""
    with transaction() as db_session:
        connection = db_session.connection()
        rows = connection.exec_driver_sql(
            "SELECT provider_id, month, module_id, value_e4 FROM monthly_indicator"
        ).fetchall()
        assert rows
        connection.exec_driver_sql(
            "CREATE TABLE floor (provider_id INTEGER, month TEXT, total INTEGER, inputs BLOB,"
            " PRIMARY KEY (provider_id, month))"
        )
        blob = bytes(8 * 35)
        connection.exec_driver_sql(
            "INSERT INTO floor VALUES (?, ?, ?, ?)"
            " ON CONFLICT (provider_id, month) DO UPDATE SET total = excluded.total",
            [(n, f"{m:02}", n, blob) for m in range(MONTHS) for n in range(count)],
        )
        connection.exec_driver_sql("DROP TABLE floor")


def _one_changed(month: date, provider_id: int) -> float:
    """Correct a figure of one provider and settle its month again: milliseconds."""
    with transaction() as db_session:
        number = (db_session.scalar(select(func.max(IndicatorImport.id))) or 0) + 1
        _add_import(db_session, number)
        db_session.add(
            MonthlyIndicator(
                provider_id=provider_id,
                month=month,
                module_id="paid-traffic",
                value_e4=23_400 + number,
                import_id=number,
            )
        )
    started = time.process_time()
    with transaction() as db_session:
        added = snapshots.settle_month(
            db_session, month, now=NOW, include_demo=False, provider_id=provider_id
        )
    assert added == 1
    return (time.process_time() - started) * 1e3


class _InterruptedError(Exception):
    """Stands for a process that is stopped."""


def _interrupted(month: date) -> bool:
    """Stop after a month was settled and before it stands; say whether nothing of it is there."""
    try:
        with transaction() as db_session:
            snapshots.settle_month(db_session, month, now=NOW, include_demo=False)
            raise _InterruptedError  # noqa: TRY301 - what is tried
    except _InterruptedError:
        db.session.remove()
    return db.session().scalar(select(func.count()).select_from(SettledScore)) == 0


def _timed(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


if __name__ == "__main__":
    sys.exit(1 if main(int(sys.argv[1]) if len(sys.argv) > 1 else PROVIDERS) else 0)
