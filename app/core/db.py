"""The database: base of every model, two engines, one unit of work.

SQLite takes one writer at a time. Writers queue behind a lock of our own (a thread lock,
then a file lock that every process of the machine shares), because SQLite's busy handler
sleeps and is not fair; then `BEGIN IMMEDIATE`, so that no read-then-write loses an update.
Readers use a second engine with `query_only` and never wait. PostgreSQL needs neither:
services lock rows by `with_for_update()`.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Flask, current_app
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session as FlaskSession
from sqlalchemy import (
    CursorResult,
    DateTime,
    Delete,
    Dialect,
    Engine,
    MetaData,
    Update,
    event,
    make_url,
)
from sqlalchemy.orm import DeclarativeBase, Session, registry
from sqlalchemy.types import TypeDecorator

from app.core.config import Settings
from app.core.drivers import DriverConnections, RowReader, in_dialect
from app.core.errors import SettingsError, StorageUnavailableError

__all__ = [
    "Base",
    "UtcDateTime",
    "affected_rows",
    "check_database",
    "db",
    "driver_sql",
    "from_driver",
    "from_driver_json",
    "init_db",
    "raw_row",
    "raw_transaction",
    "read_rows",
    "sqlite",
    "to_driver",
    "transaction",
]

try:
    import pysqlite3.dbapi2 as sqlite
except ImportError:  # no wheel for this platform: one worker only, with a warning at start
    import sqlite3 as sqlite

SAFE_SQLITE = (3, 51, 3)
"""First SQLite release without the WAL-reset bug (reliability 1, finding 4)."""

WRITE_WAIT_S = 5.0
"""Longest wait for the write lock before the answer is 503 and nothing was saved."""


class UtcDateTime(TypeDecorator[datetime]):
    """An aware datetime, stored as naive UTC; a naive value is refused, not guessed at."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive datetime {value!r}")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)


class Base(DeclarativeBase):
    """Base of every model; `db.Model` would do at run time, but no type checker knows it."""

    registry = registry(
        metadata=MetaData(
            naming_convention={
                "ix": "ix_%(table_name)s_%(column_0_N_name)s",
                "uq": "uq_%(table_name)s_%(column_0_N_name)s",
                "ck": "ck_%(table_name)s_%(constraint_name)s",
                "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
                "pk": "pk_%(table_name)s",
            }
        ),
        type_annotation_map={datetime: UtcDateTime},
    )


class RoutedSession(FlaskSession):
    """Reads go to the read engine until `transaction()` makes the unit of work a writing one."""

    def get_bind(self, *args: Any, **kwargs: Any) -> Engine:
        if self.info.get("writes"):
            return db.engine
        return db.engines.get("read", db.engine)


db = SQLAlchemy(model_class=Base, session_options={"class_": RoutedSession})


_impatience: ContextVar[float | None] = ContextVar("_impatience", default=None)


@contextmanager
def waiting_at_most(seconds: float) -> Iterator[None]:
    """Let the write units of the block give up sooner: for what may as well be left out."""
    token = _impatience.set(seconds)
    try:
        yield
    finally:
        _impatience.reset(token)


def _write_wait_s() -> float:
    seconds = _impatience.get()
    return WRITE_WAIT_S if seconds is None else min(seconds, WRITE_WAIT_S)


class WriteLock:
    """One writer at a time: among the threads of this process, then among processes."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._threads = threading.Lock()
        self._file: int | None = None

    def acquire(self) -> float:
        """Wait for the lock.

        Returns:
            What is left of `WRITE_WAIT_S`, seconds, for whoever holds the database itself.

        Raises:
            StorageUnavailableError: After `WRITE_WAIT_S` seconds, or what `waiting_at_most` says.
        """
        wait_s = _write_wait_s()
        deadline = time.monotonic() + wait_s
        if not self._threads.acquire(timeout=wait_s):
            raise StorageUnavailableError("write lock: another thread holds it")
        try:
            file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            self._threads.release()
            raise StorageUnavailableError(f"write lock: {error.strerror}") from error
        try:
            while True:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() > deadline:
                        raise StorageUnavailableError("write lock: another process") from None
                    # Processes are few (two workers and the scheduler): short naps keep it fair.
                    time.sleep(0.0003 + 0.0007 * secrets.randbelow(1000) / 1000)
        except BaseException:
            os.close(file)
            self._threads.release()
            raise
        self._file = file
        return max(0.0, deadline - time.monotonic())

    def release(self) -> None:
        file, self._file = self._file, None
        if file is not None:
            os.close(file)  # closing the descriptor gives the file lock back
            self._threads.release()


@dataclass(frozen=True)
class _RawEngines:
    """What the hot paths take their connections from.

    Attributes:
        writers: Connections of the write engine.
        rows: Reads on the read engine.
        lock: SQLite's write lock; PostgreSQL needs none.
        dialect: `sqlite` or `postgresql`.
        failures: What the driver raises when the database is away.
    """

    writers: DriverConnections
    rows: RowReader
    lock: WriteLock | None
    dialect: str
    failures: tuple[type[Exception], ...]


def init_db(app: Flask, settings: Settings) -> None:
    """Bind the database to the application and give its engines their habits."""
    url = make_url(settings.database_url)
    options: dict[str, Any] = {}
    if settings.is_sqlite:
        options = {
            "module": sqlite,
            "connect_args": {"timeout": WRITE_WAIT_S, "check_same_thread": False},
        }
        app.config["SQLALCHEMY_BINDS"] = {"read": {"url": url, **options}}
    else:
        options = {
            "pool_size": max(settings.web_threads, 4),
            "max_overflow": 0,
            "pool_pre_ping": True,
        }
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = options
    db.init_app(app)
    with app.app_context():
        writer, reader = db.engine, db.engines.get("read", db.engine)
        lock = None
        if settings.is_sqlite:
            lock = _prepare_sqlite(writer, reader, Path(url.database or "memory"))
        driver: Any = writer.dialect.loaded_dbapi
        failures = driver.OperationalError, driver.InterfaceError
        dialect = writer.dialect.name
        rows = RowReader(DriverConnections(reader, is_autocommit=True), dialect, failures)
        app.extensions["raw_engines"] = _RawEngines(
            DriverConnections(writer), rows, lock, dialect, failures
        )


def check_database(settings: Settings) -> None:
    """Refuse a database that may lose what it acknowledged.

    Raises:
        SettingsError: In production, when SQLite may corrupt its log, or PostgreSQL does not
            wait for the disk.
    """
    if settings.is_sqlite:
        if sqlite.sqlite_version_info < SAFE_SQLITE and not settings.is_demo:
            raise SettingsError(
                f"SQLite {sqlite.sqlite_version} may corrupt a WAL database: install pysqlite3"
            )
        return
    with db.engine.connect() as connection:
        for name in ("fsync", "full_page_writes", "synchronous_commit"):
            value = connection.exec_driver_sql(f"SHOW {name}").scalar_one()
            if value == "off":
                raise SettingsError(f"PostgreSQL runs with {name}=off: acknowledged answers may go")


def _prepare_sqlite(writer: Engine, reader: Engine, path: Path) -> WriteLock:
    lock = WriteLock(path.with_suffix(path.suffix + ".lock"))

    @event.listens_for(writer, "connect")
    def configure_writer(connection: Any, record: Any) -> None:
        connection.isolation_level = None  # the driver must not guess where a transaction begins
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "cache_size=-65536",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(reader, "connect")
    def configure_reader(connection: Any, record: Any) -> None:
        connection.isolation_level = None
        # No memory map: a reader drops it at every commit of a writer, and mapping the file
        # again takes as long as the whole look at who is signed in (60 us).
        for pragma in ("journal_mode=WAL", "query_only=ON", "cache_size=-32768"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(writer, "begin")
    def begin(connection: Any) -> None:
        held = connection.connection.record_info
        # A second transaction of one connection (migrations) goes on holding the lock.
        left_s = _write_wait_s() if "lock" in held else lock.acquire()
        held["lock"] = lock
        try:
            # On the driver itself: SQLAlchemy's own execution costs ten times as much.
            _begin_immediate(connection.connection.dbapi_connection, left_s)
        except StorageUnavailableError:
            connection.connection.record_info.pop("lock").release()
            raise

    @event.listens_for(reader, "begin")
    def begin_reading(connection: Any) -> None:
        connection.connection.dbapi_connection.execute("BEGIN")

    @event.listens_for(writer, "checkin")
    def checkin(connection: Any, record: Any) -> None:
        if held := record.record_info.pop("lock", None):
            held.release()

    return lock


def _begin_immediate(connection: Any, left_s: float) -> None:
    """Begin to write; wait at most `left_s` for a program that is not ours.

    Raises:
        StorageUnavailableError: If somebody else still holds the database then.
    """
    try:
        connection.execute(f"PRAGMA busy_timeout={round(left_s, 1) * 1000:.0f}")
        connection.execute("BEGIN IMMEDIATE")
    except sqlite.OperationalError as error:
        raise StorageUnavailableError(f"BEGIN IMMEDIATE: {error}") from error


@contextmanager
def transaction() -> Iterator[Session]:
    """Run one unit of work: commit if the block returns, roll back if it raises.

    Routes, jobs and commands open one; services never do. What the request read before
    (who is signed in) ends here, so that no request ever holds two connections.
    """
    db_session = db.session()
    db_session.rollback()
    db_session.info["writes"] = True
    try:
        yield db_session
        db_session.commit()
    except BaseException:
        db_session.rollback()
        raise
    finally:
        db_session.info.pop("writes", None)


@contextmanager
def raw_transaction() -> Iterator[Any]:
    """Run one unit of work on a plain driver cursor, for the hot write path alone.

    Yields:
        A cursor inside an open transaction (SQLite: the write lock is held); statements
        take `:name` parameters on SQLite and `%(name)s` on PostgreSQL, see `driver_sql`.

    Raises:
        StorageUnavailableError: If the write lock cannot be had in time, or the database is away.
    """
    if db.session.registry.has():
        db.session().rollback()  # what was read before ends: no request holds two connections
    raw: _RawEngines = current_app.extensions["raw_engines"]
    lock = raw.lock
    left_s = 0.0 if lock is None else lock.acquire()
    try:
        connection = _taken(raw.writers, raw)
        is_sound = False
        try:
            if lock is not None:
                _begin_immediate(connection, left_s)
            cursor = connection.cursor()
            yield cursor
            connection.commit()
            is_sound = True
        except raw.failures as error:
            raise StorageUnavailableError(f"database: {error}") from error
        finally:
            raw.writers.give(connection, is_sound=is_sound)
    finally:
        if lock is not None:
            lock.release()


def _taken(pool: DriverConnections, raw: _RawEngines) -> Any:
    """Return a driver connection; a database that lets none be opened is away."""
    try:
        return pool.take()
    except raw.failures as error:
        raise StorageUnavailableError(f"database: {error}") from error


def affected_rows(db_session: Session, statement: Delete | Update) -> int:
    """Run a bulk update or delete; return how many rows it changed."""
    result: CursorResult[Any] = db_session.execute(statement)  # type: ignore[assignment]
    return result.rowcount


def raw_row(statement: str, values: Mapping[str, Any]) -> tuple[Any, ...] | None:
    """Read one row on a driver connection of the read engine, for what every request asks.

    Args:
        statement: As `driver_sql` reads it.
        values: Of its parameters.

    Raises:
        StorageUnavailableError: If the database is away.
    """
    raw: _RawEngines = current_app.extensions["raw_engines"]
    return raw.rows.row(statement, values)


def read_rows(
    db_session: Session, statement: str, values: Mapping[str, Any]
) -> list[tuple[Any, ...]]:
    """Read rows on the driver inside a unit of work, for what many requests ask.

    The same connection and transaction as the unit's own statements, and what it holds back is
    written first; a read by the ORM costs thirty times as much. Columns come as the driver has
    them: a moment is read by `from_driver`, JSON by `from_driver_json`, a truth value by `bool`.

    Args:
        db_session: The unit of work.
        statement: As `driver_sql` reads it.
        values: Of its parameters.

    Raises:
        StorageUnavailableError: If the database is away.
    """
    db_session.flush()
    raw: _RawEngines = current_app.extensions["raw_engines"]
    cursor: Any = db_session.connection().connection.cursor()
    try:
        cursor.execute(in_dialect(statement, raw.dialect), values)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    except raw.failures as error:
        raise StorageUnavailableError(f"database: {error}") from error
    finally:
        cursor.close()
    return rows


def driver_sql(statement: str) -> str:
    """Write a `:name` statement in the driver's own parameter style.

    `/*lock*/` becomes `FOR UPDATE` on PostgreSQL (SQLite holds its one write lock), and
    `joined(` the function that strings values together.
    """
    raw: _RawEngines = current_app.extensions["raw_engines"]
    return in_dialect(statement, raw.dialect)


def to_driver(moment: datetime) -> Any:
    """Return `moment` as the driver stores it (text on SQLite, naive UTC on PostgreSQL)."""
    naive = moment.astimezone(UTC).replace(tzinfo=None)
    raw: _RawEngines = current_app.extensions["raw_engines"]
    if raw.dialect == "sqlite":
        return naive.isoformat(sep=" ", timespec="microseconds")
    return naive


def from_driver(value: Any) -> datetime:
    """Return the aware moment behind a driver's value."""
    if isinstance(value, str):
        return _moment_of(value)
    moment: datetime = value.replace(tzinfo=UTC)
    return moment


def from_driver_json(value: Any) -> Any:
    """Return a JSON column's value: SQLite's driver gives text, PostgreSQL's gives the value."""
    return json.loads(value) if isinstance(value, str) else value


@lru_cache(maxsize=8192)
def _moment_of(text: str) -> datetime:
    """Return the moment that SQLite has as text; the same ones come again and again."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
