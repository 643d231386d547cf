"""The floor of a save: event, projection and durable commit on the bare driver."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pysqlite3.dbapi2 as sqlite

from tests.bench.hall import Hall
from tests.bench.load import tree_cpu_s


def sqlite_floor(folder: Path, units: int = 400) -> float:
    """Return the processor time of event + projection + durable commit on the driver, seconds."""
    path = folder / f"floor-{secrets.token_hex(4)}.sqlite"
    connection = sqlite.connect(path, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}")
    connection.execute("CREATE TABLE event (attempt INT, seq INT, key TEXT UNIQUE, body TEXT)")
    connection.execute(
        "CREATE TABLE response (attempt INT, position INT, body TEXT, "
        "PRIMARY KEY (attempt, position))"
    )
    start = time.process_time()
    for n in range(units):
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO event VALUES (1, ?, ?, ?)", (n, f"key-{n}", '{"a":1}'))
        connection.execute(
            "INSERT INTO response VALUES (1, ?, ?) ON CONFLICT (attempt, position) "
            "DO UPDATE SET body = excluded.body",
            (n % 20, '{"a":1}'),
        )
        connection.execute("COMMIT")
    taken = (time.process_time() - start) / units
    connection.close()
    return taken


def postgres_floor(hall: Hall, units: int = 400) -> float:
    """Return the same on PostgreSQL, the server's processes included, seconds."""
    assert hall.postgres is not None
    url = hall.settings.database_url.replace("postgresql+psycopg", "postgresql")
    with psycopg.connect(url) as connection:
        connection.execute(
            "CREATE TEMP TABLE event (attempt INT, seq INT, key TEXT UNIQUE, body TEXT)"
        )
        connection.execute(
            "CREATE TEMP TABLE response (attempt INT, position INT, body TEXT, "
            "PRIMARY KEY (attempt, position))"
        )
        connection.commit()
        roots = [hall.postgres.process.pid, os.getpid()]
        start = tree_cpu_s(roots)
        for n in range(units):
            connection.execute(
                "INSERT INTO event VALUES (1, %s, %s, %s)", (n, f"key-{n}", '{"a":1}')
            )
            connection.execute(
                "INSERT INTO response VALUES (1, %s, %s) ON CONFLICT (attempt, position) "
                "DO UPDATE SET body = excluded.body",
                (n % 20, '{"a":1}'),
            )
            connection.commit()
        return (tree_cpu_s(roots) - start) / units


def floor_of(hall: Hall) -> Callable[[], float]:
    if hall.postgres is None:
        return lambda: sqlite_floor(hall.settings.instance_dir)
    return lambda: postgres_floor(hall, 1500)
