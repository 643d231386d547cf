"""A real, private database for each test, on SQLite and on a PostgreSQL of the tests' own.

`app` runs a test on SQLite. A test marked `both_databases` runs on SQLite and PostgreSQL.
Commits and rollbacks are real; nothing is patched but chance, which each test draws from its own
name: a room's customers, a form's items and a jury's lot are the same ones in every run.
"""

from __future__ import annotations

import contextvars
import gc
import os
import random
import re
import secrets
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, settings
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from app.accounts import services as accounts
from app.accounts.line import SignInLine
from app.accounts.models import Person
from app.core.config import Settings
from app.core.db import Base, db
from app.factory import create_app
from tests import cast
from tests.postgres import PostgresServer, postgres_or_skip

SLOW_PACKAGES = ("browser", "faults")
LONG_FILES = ("test_pages.py", "test_outage.py", "test_kill.py", "test_network.py")
"""Files of minutes: begun last, they would be waited for by idle workers."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep a package's files together, the long ones ahead.

    What a package set up (an instance with its server) ends when a worker leaves the package.
    """

    def place(item: pytest.Item) -> tuple[int, bool]:
        package = item.path.parent.name
        slow = SLOW_PACKAGES.index(package) + 1 if package in SLOW_PACKAGES else 0
        return slow, bool(slow) and item.path.name not in LONG_FILES

    items.sort(key=place)


# Machines that run tests are busy: a slow example is no fault.
settings.register_profile(
    "house",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    # New examples are for those who can look at what they find.
    derandomize="CI" in os.environ,
)
settings.load_profile("house")

NOON = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)
"""Noon in Beijing; the tests' usual moment."""

POSTGRES_DATABASE = "test"
"""Each worker has a server of its own."""

SECRET = "a test's own secret key, long enough to be allowed"


def make_settings(folder: Path, database_url: str = "", **changes: object) -> Settings:
    """Settings of a test deployment below `folder`."""
    values = {
        "deployment": "test",
        "secret_key": SECRET,
        "database_url": database_url or f"sqlite:///{folder / 'test.sqlite'}",
        "instance_dir": folder,
        "public_base_url": "http://localhost",
        **changes,
    }
    return Settings(**values)  # type: ignore[arg-type]


def pytest_collection_finish() -> None:
    """Leave what the imports made to itself: a test run's full collections took a sixth of it."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


@pytest.fixture(scope="session")
def password_hash() -> str:
    """A hash of the cast's password that is cheap to check: hundreds of tests sign in."""
    return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(cast.PASSWORD)


def draw_from(name: str, patch: pytest.MonkeyPatch) -> None:
    """Make `secrets` draw what `name` says, the same in every run."""
    chance = random.Random(name)

    def token_bytes(nbytes: int | None = None) -> bytes:
        return chance.randbytes(32 if nbytes is None else nbytes)

    patch.setattr(secrets, "token_bytes", token_bytes)
    patch.setattr(secrets, "choice", chance.choice)
    patch.setattr(secrets, "randbelow", chance.randrange)
    patch.setattr(secrets, "randbits", chance.getrandbits)
    patch.setattr(secrets, "SystemRandom", lambda: chance)


def fill(app: Flask, password_hash: str) -> None:
    """Create every table and the cast, in the database of `app`."""
    from app.core.db import transaction

    Base.metadata.create_all(db.engine)
    with pytest.MonkeyPatch.context() as patch, transaction() as db_session:
        draw_from("the cast", patch)
        for member in cast.CAST:
            person = accounts.register_person(
                db_session,
                account=member.account,
                display_name=member.name,
                password_hash=password_hash,
                now=NOON,
                roles=member.roles,
                actor="cli:test",
            )
            if member.number:
                accounts.collect_identity(
                    db_session,
                    person.id,
                    person.public_id,
                    legal_name=member.name,
                    number=member.number,
                    keys=app.extensions["field_keys"],
                    now=NOON,
                )
    db.session.remove()


def close(app: Flask) -> None:
    db.session.remove()
    for engine in db.engines.values():
        engine.dispose()


@pytest.fixture(scope="session")
def template_folder(tmp_path_factory: pytest.TempPathFactory, password_hash: str) -> Path:
    """An instance folder with tables, cast and keys; each SQLite test gets a copy."""
    folder = tmp_path_factory.mktemp("template")
    app = create_app(make_settings(folder))
    with app.app_context():
        fill(app, password_hash)
        with db.engine.connect() as connection:
            connection.exec_driver_sql("SELECT 1")
        close(app)
    with create_engine(f"sqlite:///{folder / 'test.sqlite'}").connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    return folder


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server that the tests start themselves, on a free port."""
    with postgres_or_skip() as server:
        yield server


@pytest.fixture(scope="session")
def postgres_template(
    postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory, password_hash: str
) -> tuple[PostgresServer, Path]:
    folder = tmp_path_factory.mktemp("pg-template")
    postgres.create_database("template_cast")
    app = create_app(make_settings(folder, postgres.url("template_cast")))
    with app.app_context():
        fill(app, password_hash)
        close(app)
    return postgres, folder


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "app" in metafunc.fixturenames:
        both = metafunc.definition.get_closest_marker("both_databases") is not None
        names = ["sqlite", "postgresql"] if both else ["sqlite"]
        metafunc.parametrize("database", names, indirect=True)


@pytest.fixture(scope="session")
def instance_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The instance folder of one test after the other; each finds it fresh."""
    return tmp_path_factory.mktemp("instance")


@pytest.fixture
def database(request: pytest.FixtureRequest, instance_folder: Path) -> Iterator[Settings]:
    """Settings of a private copy of the filled database."""
    shutil.rmtree(instance_folder)
    instance_folder.mkdir()
    if request.param == "sqlite":
        folder = request.getfixturevalue("template_folder")
        for path in folder.iterdir():
            if not path.name.endswith((".lock", "-wal", "-shm")):
                shutil.copy(path, instance_folder / path.name)
        yield make_settings(instance_folder)
        return
    server, folder = request.getfixturevalue("postgres_template")
    shutil.copy(folder / "field_keys.json", instance_folder / "field_keys.json")
    server.create_database(POSTGRES_DATABASE, template="template_cast")
    yield make_settings(instance_folder, server.url(POSTGRES_DATABASE))
    server.drop_database(POSTGRES_DATABASE)


class IsolatedClient(FlaskClient):
    """Runs each request in a context of its own: `g` must not outlive a request.

    Flask reuses an application context that a test holds open, and with it Flask-Login's
    idea of who is signed in.
    """

    def open(self, *args: Any, **kwargs: Any) -> Any:
        return contextvars.Context().run(super().open, *args, **kwargs)


class KeptApp:
    """An application that serves one test after the other, each as if it were new.

    Making one costs as much as a usual test does, and its engines would compile every statement
    again. What a test may have changed on it is put back; the database is another one each time,
    at the same address.
    """

    def __init__(self, settings: Settings) -> None:
        self.app = create_app(settings)
        self.app.test_client_class = IsolatedClient
        self._config = dict(self.app.config)
        self._extensions = dict(self.app.extensions)
        self._views = dict(self.app.view_functions)

    def renew(self) -> Flask:
        """Return the application as it was made."""
        for held, made in (
            (self.app.config, self._config),
            (self.app.extensions, self._extensions),
            (self.app.view_functions, self._views),
        ):
            held.clear()
            held.update(made)
        self.app.extensions["sign_in_line"] = SignInLine(str(self.app.secret_key))
        return self.app

    @property
    def is_sound(self) -> bool:
        """Whether the test gave the write lock back; its connections ended with it."""
        lock = self._extensions["raw_engines"].lock
        return lock is None or not lock._threads.locked()


@pytest.fixture(scope="session")
def kept_apps() -> dict[str, KeptApp]:
    """Applications of this worker, by the address of their database."""
    return {}


@pytest.fixture
def own_chance(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a test draw from its own name: what it shows must not depend on luck."""
    draw_from(request.node.nodeid, monkeypatch)


@pytest.fixture
def app(database: Settings, kept_apps: dict[str, KeptApp], own_chance: None) -> Iterator[Flask]:
    """The application on a private database, inside an application context."""
    address = database.database_url
    kept = kept_apps.get(address) or KeptApp(database)
    app = kept.renew()
    with app.app_context():
        yield app
        close(app)
    if kept.is_sound:
        kept_apps[address] = kept
    else:
        kept_apps.pop(address, None)


@pytest.fixture
def db_session(app: Flask) -> Iterator[Session]:
    """A session on the write engine; commit when another connection must see it."""
    session = db.session()
    session.info["writes"] = True
    yield session
    session.rollback()


@pytest.fixture
def person_of(db_session: Session) -> Callable[[cast.CastMember], Person]:
    def find(member: cast.CastMember) -> Person:
        from app.accounts.queries import person_of_account_or_none

        found = person_of_account_or_none(db_session, member.account)
        assert found is not None
        return found

    return find


def csrf_token(client: FlaskClient, path: str = "") -> str:
    """Return a CSRF token that is good for what this client holds.

    Thousands of forms are sent, and a page for each token's sake would be half of all requests:
    so it is signed here as Flask-WTF signs it, unless a page is named.

    Args:
        client: Whose form cookie the token belongs to.
        path: A page to read the token from, as a browser does.
    """
    if path:
        page = client.get(path)
        matched = re.search(r'name="csrf[-_]token"[^>]*(?:value|content)="([^"]+)"', page.text)
        assert matched, f"no token on {path} ({page.status_code})"
        return matched[1]
    with client.session_transaction() as held:
        raw = held.setdefault("csrf_token", secrets.token_hex(20))
    signer = URLSafeTimedSerializer(client.application.secret_key, salt="wtf-csrf-token")
    return str(signer.dumps(raw))


def sign_in(app: Flask, member: cast.CastMember) -> FlaskClient:
    """Return a client that signed in through the page, as a person would."""
    client = app.test_client()
    data = {
        "csrf_token": csrf_token(client),
        "account": member.account,
        "password": cast.PASSWORD,
    }
    page = client.post("/sign-in", data=data)
    assert page.status_code == 303, page.text
    return client


@pytest.fixture
def stranger(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def as_alice(app: Flask) -> FlaskClient:
    return sign_in(app, cast.ALICE)


@pytest.fixture
def as_bob(app: Flask) -> FlaskClient:
    return sign_in(app, cast.BOB)


@pytest.fixture
def as_carol(app: Flask) -> FlaskClient:
    return sign_in(app, cast.CAROL)


@pytest.fixture
def as_dave(app: Flask) -> FlaskClient:
    return sign_in(app, cast.DAVE)


@pytest.fixture
def as_erin(app: Flask) -> FlaskClient:
    return sign_in(app, cast.ERIN)
