"""The signed-in person of a request: one read of the session row, no ORM identity."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache, partial
from operator import itemgetter
from typing import Any

from flask import Flask, Request, g
from flask_login import AnonymousUserMixin, LoginManager, UserMixin

from app.accounts.roles import Role
from app.core import clock
from app.core.config import Settings
from app.core.db import driver_sql, from_driver, raw_transaction, to_driver
from app.core.drivers import RowReader
from app.core.errors import StorageUnavailableError
from app.core.front import Beside, Known
from app.core.hashing import secret_hash

SEEN_EVERY = timedelta(minutes=1)
"""The row's `seen_at` is written at most this often."""


@dataclass(frozen=True)
class CurrentPerson(UserMixin):
    """Who is signed in, as of this request; Flask-Login's `current_user`.

    Attributes:
        limit: Public ids of the only things that this sign-in may open; empty for everything.
    """

    id: int
    public_id: str
    display_name: str
    locale: str
    roles: frozenset[str]
    session_hash: str
    has_second_factor: bool
    limit: frozenset[str] = frozenset()

    def get_id(self) -> str:
        return self.public_id

    @property
    def actor(self) -> str:
        return f"person:{self.public_id}"

    def __repr__(self) -> str:
        return f"CurrentPerson({self.public_id})"


class Stranger(AnonymousUserMixin):
    """Nobody is signed in."""

    display_name = ""
    locale = ""
    roles: frozenset[str] = frozenset()
    limit: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return False


def cookie_name(settings: Settings) -> str:
    """`__Host-` binds the cookie to this host over TLS; plain http cannot carry that name."""
    return "__Host-caopan" if settings.is_https else "caopan"


FIND_SESSION = """
SELECT p.id, p.public_id, p.display_name, p.locale, p.disabled_at, p.totp_sealed,
       s.seen_at, s.created_at,
       (SELECT joined(r.role, ',') FROM role_grant r
        WHERE r.person_id = p.id AND r.ended_at IS NULL), s.limited_to{columns}
FROM web_session s JOIN person p ON p.id = s.person_id{beside}
WHERE s.id_hash = :id_hash"""

JOIN_BESIDE = """
LEFT JOIN {table} t ON t.public_id = :public_id AND t.person_id = p.id"""


@lru_cache(maxsize=16)
def find_session(beside: Beside | None) -> str:
    """Return the statement that finds a session, and an own row of another table with it."""
    if beside is None:
        return FIND_SESSION.format(columns="", beside="")
    return FIND_SESSION.format(
        columns="".join(f", t.{name}" for name in beside.columns),
        beside=JOIN_BESIDE.format(table=beside.table),
    )


STANDS = """
SELECT p.disabled_at,
       (SELECT joined(r.role, ',') FROM role_grant r
        WHERE r.person_id = p.id AND r.ended_at IS NULL), s.limited_to{columns}
FROM web_session s JOIN person p ON p.id = s.person_id{beside}
WHERE s.id_hash = :id_hash"""
"""What may change while a session lasts, besides the moment that it was last seen."""

STANDS_AT = (4, 8, 9)
"""Where those columns stand in a row of `FIND_SESSION`; what is read beside begins at 10."""


@lru_cache(maxsize=16)
def _standing(beside: Beside | None) -> tuple[str, Callable[[tuple[Any, ...]], tuple[Any, ...]]]:
    """Return how a session's changing columns are read again.

    Returns:
        The statement, and what picks the same columns from a row of `find_session(beside)`.
    """
    if beside is None:
        return STANDS.format(columns="", beside=""), itemgetter(*STANDS_AT)
    statement = STANDS.format(
        columns="".join(f", t.{name}" for name in beside.changing),
        beside=JOIN_BESIDE.format(table=beside.table),
    )
    places = [10 + beside.columns.index(name) for name in beside.changing]
    return statement, itemgetter(*STANDS_AT, *places)


@dataclass(frozen=True, slots=True, eq=False)
class FoundSession:
    """A session that has not ended.

    Attributes:
        person: Whose it is.
        seen_at: When it was last seen, as its row says.
        ends_at: When it ends if nobody uses it.
        row: What was read beside it.
        stands: Its changing columns.
    """

    person: CurrentPerson
    seen_at: datetime
    ends_at: datetime
    row: tuple[Any, ...]
    stands: tuple[Any, ...]


def person_of_session(
    rows: RowReader,
    session_hash: str,
    *,
    now: datetime,
    settings: Settings,
    beside: Beside | None = None,
    public_id: str = "",
) -> FoundSession | None:
    """Return a session that has not ended, with its person and what else was asked for.

    Every request asks this, so it is one statement on the driver: the same by the ORM costs
    as much as the whole save of an answer.

    Args:
        rows: Where to read.
        session_hash: Of the cookie's secret.
        now: The moment (aware).
        settings: How long a session lasts.
        beside: What else to read; its row consists of None if there is none.
        public_id: Of that row.
    """
    asked = {"id_hash": session_hash}
    if beside is not None:
        asked["public_id"] = public_id
    row = rows.row(find_session(beside), asked)
    if row is None:
        return None
    row_id, own_id, name, locale, disabled_at, totp, seen, created, roles, limit = row[:10]
    seen_at = from_driver(seen)
    ends_at = min(
        seen_at + timedelta(minutes=settings.session_idle_min),
        from_driver(created) + timedelta(hours=settings.session_absolute_h),
    )
    if disabled_at is not None or now > ends_at:
        return None
    person = _person(
        row_id, own_id, name, locale, roles or "", session_hash, totp is not None, limit or ""
    )
    return FoundSession(person, seen_at, ends_at, row[10:], _standing(beside)[1](row))


@lru_cache(maxsize=4096)
def _person(
    row_id: int,
    public_id: str,
    name: str,
    locale: str,
    roles: str,
    session_hash: str,
    has_second_factor: bool,
    limit: str,
) -> CurrentPerson:
    """Return the person of a row that was read just now; the same row makes the same person.

    A limited sign-in is a candidate's and nothing else, whatever the person is besides.
    """
    held = frozenset(roles.split(",")) - {""}
    return CurrentPerson(
        id=row_id,
        public_id=public_id,
        display_name=name,
        locale=locale,
        roles=held & {Role.CANDIDATE} if limit else held,
        session_hash=session_hash,
        has_second_factor=has_second_factor,
        limit=frozenset(limit.split()),
    )


TOUCH = """
UPDATE web_session SET seen_at = :now WHERE id_hash = :id_hash AND seen_at < :now"""


def touch_session(session_hash: str, *, now: datetime) -> None:
    """Write down that a session was seen; a busy database is no reason to fail its request."""
    with suppress(StorageUnavailableError), raw_transaction() as cursor:
        cursor.execute(driver_sql(TOUCH), {"id_hash": session_hash, "now": to_driver(now)})


def signed_in(
    rows: RowReader,
    secret: str,
    *,
    now: datetime,
    settings: Settings,
    beside: Beside | None = None,
    public_id: str = "",
) -> Known[CurrentPerson] | None:
    """Return whose the secret of a session cookie is, and whether `touch_session` is due.

    Args:
        rows: Where to read; no application context is needed.
        secret: The cookie's value.
        now: The moment (aware).
        settings: How long a session lasts.
        beside: What else to read in the same statement: the person's own row with `public_id`.
        public_id: Of that row.
    """
    session_hash = secret_hash(secret)
    found = person_of_session(
        rows, session_hash, now=now, settings=settings, beside=beside, public_id=public_id
    )
    if found is None:
        return None
    asked = {"id_hash": session_hash}
    if beside is not None:
        asked["public_id"] = public_id
    due_at = found.seen_at + SEEN_EVERY
    return Known(
        person=found.person,
        is_due=now > due_at,
        row=found.row,
        until=min(found.ends_at, due_at),
        again=partial(rows.row, _standing(beside)[0], asked),
        seen=found.stands,
    )


def register_identity(app: Flask, settings: Settings) -> None:
    """Let Flask-Login find the person by our session cookie."""
    manager = LoginManager(app)
    manager.anonymous_user = Stranger
    # The session is a row of ours: Flask-Login need not watch its own cookie, nor write it anew.
    manager.session_protection = None

    @manager.request_loader
    def load(request: Request) -> CurrentPerson | None:
        secret = request.cookies.get(cookie_name(settings), "")
        # While the database is away the first look raises, and the answer says so (503); what
        # writes that answer asks again, for language and navigation, and is told: nobody.
        if not 40 <= len(secret) <= 64 or g.get("identity_unknown"):
            return None
        g.identity_unknown = True
        rows = app.extensions["raw_engines"].rows
        found = signed_in(rows, secret, now=clock.now(), settings=settings)
        g.identity_unknown = False
        if found is None:
            return None
        if found.is_due:
            g.touch_session = found.person.session_hash
        return found.person
