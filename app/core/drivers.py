"""Driver connections that are kept for the hot statements, beside SQLAlchemy's own pool.

SQLAlchemy's connection object, its transaction and the pool's bookkeeping cost several times what
the statements of a save cost. So the few hot paths (`app.core.db.raw_transaction`,
`raw_reading`) use connections that are opened through the engine, with all the habits its
listeners give them, and then kept open here: as many as threads work at the same time.
"""

from __future__ import annotations

import contextlib
import select
from collections import deque
from typing import Any

from sqlalchemy import Engine, event


class DriverConnections:
    """Open driver connections of one engine that nobody uses just now."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._is_sqlite = engine.dialect.name == "sqlite"
        self._free: deque[Any] = deque()
        event.listen(engine, "engine_disposed", self._close_free)

    def take(self) -> Any:
        """Return a connection outside any transaction; the caller alone has it until `give`.

        Raises:
            sqlalchemy.exc.DBAPIError: If none is open and the database lets none be opened.
        """
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


def _close(connection: Any) -> None:
    with contextlib.suppress(Exception):
        connection.close()
