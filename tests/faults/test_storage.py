"""The database is busy, full or away: nothing is called saved that is not, and it heals."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import create_engine, event, make_url, select, text, update
from sqlalchemy.exc import OperationalError

from app.accounts.models import WebSession
from app.core import clock
from app.core.config import Settings
from app.core.db import WRITE_WAIT_S, WriteLock, check_database, db, sqlite, transaction
from app.core.errors import SettingsError
from app.core.rate_limits import RateCount
from app.exams.models import Attempt
from app.factory import create_app
from tests.conftest import NOON, IsolatedClient, close, make_settings
from tests.faults.desk import Desk

pytestmark = pytest.mark.faults

BUSY_S = 1.5
"""What a busy machine may add to the product's own wait."""


def assert_refused_unsaved(answer: Any) -> None:
    assert answer.status_code == 503, answer.text
    assert answer.json["type"] == "storage_unavailable"
    assert answer.json["saved"] is False
    assert int(answer.headers["Retry-After"]) > 0


@pytest.fixture
def desk(app: Flask) -> Desk:
    return Desk(app)


@pytest.fixture
def database_path(app: Flask) -> Path:
    settings: Settings = app.config["SETTINGS"]
    return Path(make_url(settings.database_url).database or "")


class TestSqliteConnections:
    def test_a_pooled_write_connection_waits_for_the_disk(self, app):
        for _ in range(2):
            with db.engine.connect() as connection:
                values = {
                    name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
                    for name in ("synchronous", "journal_mode", "foreign_keys")
                }
            assert values == {"synchronous": 2, "journal_mode": "wal", "foreign_keys": 1}

    def test_the_read_engine_refuses_writes(self, app):
        connection = db.engines["read"].connect()

        with pytest.raises(OperationalError, match="readonly"):
            connection.exec_driver_sql("DELETE FROM rate_count")
        connection.close()

    def test_a_write_outside_a_unit_of_work_is_refused(self, app):
        db_session = db.session()
        db_session.add(RateCount(key_hash="x", window_at=NOON, count=1))

        with pytest.raises(OperationalError, match="readonly"):
            db_session.flush()
        db_session.rollback()

    def test_a_unit_of_work_that_fails_gives_the_lock_back(self, app):
        def fail() -> None:
            with transaction() as db_session:
                db_session.execute(text("DELETE FROM rate_count"))
                raise ZeroDivisionError

        for _ in range(3):
            with pytest.raises(ZeroDivisionError):
                fail()

        with transaction() as db_session:
            db_session.execute(text("DELETE FROM rate_count"))


@contextmanager
def foreign_writer(path: Path) -> Iterator[None]:
    """Another program holds SQLite's write lock, as a shell or a copy tool may."""
    connection = sqlite.connect(path, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        connection.rollback()
        connection.close()


@contextmanager
def own_writer(path: Path) -> Iterator[None]:
    """Another process of the product holds the write lock, and does not end."""
    lock = WriteLock(path.with_suffix(path.suffix + ".lock"))
    lock.acquire()
    try:
        yield
    finally:
        lock.release()


class TestAStuckWriter:
    """F21: somebody holds the lock and does not end."""

    @pytest.mark.parametrize(
        ("writer", "wait_s"), [(foreign_writer, WRITE_WAIT_S), (own_writer, 1.5)]
    )
    def test_saves_wait_a_while_then_are_refused_unsaved_and_heal(
        self, desk, database_path, writer, wait_s, monkeypatch
    ):
        monkeypatch.setattr("app.core.db.WRITE_WAIT_S", wait_s)

        def timed(number: int) -> tuple[Any, float]:
            time.sleep(0.6 * number)  # each begins to wait while others do
            began = time.monotonic()
            return desk.save(number), time.monotonic() - began

        with writer(database_path), ThreadPoolExecutor(3) as pool:
            waiting = [pool.submit(timed, number) for number in (1, 2, 3)]
            began = time.monotonic()
            look, look_s = desk.look(), time.monotonic() - began
            answers = [done.result() for done in waiting]

        assert (look.status_code, look_s < 1.0) == (200, True)  # readers never wait
        for answer, waited_s in answers:
            assert_refused_unsaved(answer)
            assert waited_s < wait_s + BUSY_S
        assert desk.saved_count() == 0
        assert [desk.save(number).status_code for number in (1, 2, 3)] == [200] * 3
        assert desk.saved_count() == 3

    @pytest.mark.parametrize("writer", [foreign_writer, own_writer])
    def test_a_short_wait_is_waited_out(self, desk, database_path, writer):
        with ThreadPoolExecutor(1) as pool:
            with writer(database_path):
                saving = pool.submit(desk.save, 1)
                time.sleep(0.5)
                assert not saving.done()

            assert saving.result().status_code == 200

    @pytest.mark.parametrize("writer", [foreign_writer, own_writer])
    def test_a_look_is_answered_though_the_session_was_last_seen_minutes_ago(
        self, desk, database_path, writer, monkeypatch
    ):
        monkeypatch.setattr("app.core.db.WRITE_WAIT_S", 0.5)
        long_ago = clock.now() - timedelta(minutes=2)
        with transaction() as db_session:
            db_session.execute(update(WebSession).values(seen_at=long_ago))

        with writer(database_path):
            assert desk.look().status_code == 200


class TestAFullDisk:
    """F3: SQLite answers `database or disk is full`."""

    @pytest.fixture
    def set_full(self, app: Flask) -> Callable[[bool], None]:
        """Make the disk full, or give it room, for every write connection from now on."""
        most = [2**30]

        @event.listens_for(db.engine, "checkout")
        def bound(connection: Any, record: Any, proxy: Any) -> None:
            connection.execute(f"PRAGMA max_page_count={most[0]}")

        def set_full(full: bool) -> None:
            with db.engines["read"].connect() as connection:
                used = connection.exec_driver_sql("PRAGMA page_count").scalar()
            most[0] = used if full else 2**30
            db.engine.dispose()  # the connections that hot paths keep open are checked out once

        return set_full

    def test_saves_are_refused_unsaved_and_heal_without_a_restart(self, desk, set_full):
        set_full(True)

        acked = 0
        while (answer := desk.save(acked + 1)).status_code == 200:
            acked += 1  # the last pages have room for some
            assert acked < 400

        assert_refused_unsaved(answer)
        assert desk.look().status_code == 200
        assert desk.saved_count() == acked
        set_full(False)
        assert desk.save(acked + 1).status_code == 200
        assert desk.saved_count() == acked + 1


class TestPostgresqlGoesAway:
    """F2: the server cuts a connection in the middle of a save, or does not wait for its disk."""

    @pytest.fixture
    def postgres_app(self, postgres_template: Any, tmp_path: Path) -> Iterator[Flask]:
        server, folder = postgres_template
        (tmp_path / "field_keys.json").write_text((folder / "field_keys.json").read_text())
        server.create_database("faults_storage", template="template_cast")
        app = create_app(make_settings(tmp_path, server.url("faults_storage")))
        app.test_client_class = IsolatedClient
        with app.app_context():
            yield app
            close(app)
        server.drop_database("faults_storage")

    def test_a_save_whose_connection_is_cut_is_refused_unsaved_and_heals(self, postgres_app):
        desk = Desk(postgres_app)
        engine = create_engine(db.engine.url, isolation_level="AUTOCOMMIT")
        blocker = create_engine(db.engine.url)
        with (
            ThreadPoolExecutor(1) as pool,
            engine.connect() as watcher,
            blocker.connect() as other,
        ):
            other.execute(select(Attempt.id).with_for_update())
            saving = pool.submit(desk.save, 1)
            watcher.execute(
                text("SELECT pg_terminate_backend(:pid)"), {"pid": waiting_backend(watcher)}
            )
            answer = saving.result(10)
        engine.dispose()
        blocker.dispose()

        assert_refused_unsaved(answer)
        assert desk.saved_count() == 0
        assert desk.save(1).status_code == 200
        assert desk.saved_count() == 1

    def test_a_server_that_does_not_wait_for_its_disk_is_refused(self, postgres_app):
        settings = postgres_app.config["SETTINGS"]
        check_database(settings)
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("ALTER DATABASE faults_storage SET synchronous_commit = off"))
        db.engine.dispose()

        with pytest.raises(SettingsError, match="synchronous_commit=off"):
            check_database(settings)


def waiting_backend(connection: Any) -> int:
    """Return the process id of the backend that waits for a row."""
    query = text("SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if pid := connection.execute(query).scalar():
            return int(pid)
        time.sleep(0.02)
    raise AssertionError("nobody waits")
