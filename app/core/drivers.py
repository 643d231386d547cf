"""Driver connections that are kept for the hot statements, beside SQLAlchemy's own pool.

SQLAlchemy's connection object, its transaction and the pool's bookkeeping cost several times what
the statements of a save cost. So the few hot paths (`app.core.db.raw_transaction`, `raw_row`) use
connections that are opened through the engine, with all the habits its listeners give them, and
then kept open here: as many as threads work at the same time.
"""

from __future__ import annotations

import contextlib
import re
import select
from collections import deque
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from sqlalchemy import Engine, event

from app.core.errors import StorageUnavailableError


class DriverConnections:
    """Open driver connections of one engine that nobody uses just now.

    With `is_autocommit` each statement is a transaction of its own, as SQLite's are anyway.
    """

    def __init__(self, engine: Engine, *, is_autocommit: bool = False) -> None:
        self._engine = engine
        self._is_autocommit = is_autocommit
        self._is_sqlite = engine.dialect.name == "sqlite"
        self._free: deque[Any] = deque()
        event.listen(engine, "engine_disposed", self._close_free)

    def take(self) -> Any:
        """Return a connection outside any transaction; the caller alone has it until `give`.

        Raises:
            sqlalchemy.exc.DBAPIError: If none is open and the database lets none be opened.
        """
        connection: Any
        while True:
            try:
                connection = self._free.pop()
            except IndexError:
                break
            if self._is_alive(connection):
                return connection
            _close(connection)
        pooled = self._engine.raw_connection()
        connection = pooled.dbapi_connection
        pooled.detach()
        if self._is_autocommit and not self._is_sqlite:
            connection.autocommit = True
        return connection

    def give(self, connection: Any, *, is_sound: bool) -> None:
        """Take a connection back; one that failed is rolled back or, if that fails, closed."""
        if not is_sound:
            try:
                connection.rollback()
            except Exception:  # whatever the driver says: it is of no use any more
                _close(connection)
                return
        self._free.append(connection)

    def _is_alive(self, connection: Any) -> bool:
        """Say whether the server still holds the other end; it costs no question to it.

        A PostgreSQL that ended wrote or closed something: an idle connection has nothing else
        to read.
        """
        if self._is_sqlite:
            return True
        if connection.closed:
            return False
        readable, _, _ = select.select([connection.fileno()], [], [], 0)
        return not readable

    def _close_free(self, engine: Engine) -> None:
        while self._free:
            _close(self._free.pop())


class RowReader:
    """Reads a few rows by one statement that is a transaction of its own.

    It sees what is committed at that moment, and needs no application context.
    """

    def __init__(
        self, connections: DriverConnections, dialect: str, failures: tuple[type[Exception], ...]
    ) -> None:
        self._connections = connections
        self._dialect = dialect
        self._failures = failures

    def row(self, statement: str, values: Mapping[str, Any]) -> tuple[Any, ...] | None:
        """Return the statement's first row; none if it has none. See `rows`."""
        rows = self.rows(statement, values)
        return tuple(rows[0]) if rows else None

    def rows(self, statement: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """Return the statement's rows.

        Args:
            statement: As `in_dialect` reads it.
            values: Of its parameters.

        Raises:
            StorageUnavailableError: If the database is away.
        """
        is_sound = False
        try:
            connection = self._connections.take()
            try:
                cursor = connection.execute(in_dialect(statement, self._dialect), values)
                rows: list[tuple[Any, ...]] = cursor.fetchall()
                is_sound = True
            finally:
                self._connections.give(connection, is_sound=is_sound)
        except self._failures as error:
            raise StorageUnavailableError(f"database: {error}") from error
        return rows


@lru_cache(maxsize=256)
def in_dialect(statement: str, dialect: str) -> str:
    """Write a `:name` statement in a driver's own parameter style; see `db.driver_sql`."""
    if dialect == "sqlite":
        return statement.replace("/*lock*/", "").replace("joined(", "group_concat(")
    out = statement.replace("/*lock*/", "FOR UPDATE").replace("joined(", "string_agg(")
    return re.sub(r"(?<!:):([a-z_]+)", r"%(\1)s", out)


def _close(connection: Any) -> None:
    with contextlib.suppress(Exception):
        connection.close()
