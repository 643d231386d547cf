"""The signed-in person of a request: one read of the session row, no ORM identity."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Flask, Request, g
from flask_login import AnonymousUserMixin, LoginManager, UserMixin

from app.core import clock
from app.core.config import Settings
from app.core.db import driver_sql, from_driver, raw_reading, raw_transaction, to_driver
from app.core.errors import StorageUnavailableError
from app.core.hashing import secret_hash

SEEN_EVERY = timedelta(minutes=1)
"""The row's `seen_at` is written at most this often."""


@dataclass(frozen=True)
class CurrentPerson(UserMixin):
    """Who is signed in, as of this request; Flask-Login's `current_user`."""

    id: int
    public_id: str
    display_name: str
    locale: str
    roles: frozenset[str]
    session_hash: str
    has_second_factor: bool

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

    def __bool__(self) -> bool:
        return False


def cookie_name(settings: Settings) -> str:
    """`__Host-` binds the cookie to this host over TLS; plain http cannot carry that name."""
    return "__Host-caopan" if settings.is_https else "caopan"


FIND_SESSION = """
SELECT p.id, p.public_id, p.display_name, p.locale, p.disabled_at, p.totp_sealed,
       s.seen_at, s.created_at,
       (SELECT joined(r.role, ',') FROM role_grant r
        WHERE r.person_id = p.id AND r.ended_at IS NULL)
FROM web_session s JOIN person p ON p.id = s.person_id
WHERE s.id_hash = :id_hash"""


def person_of_session(
    session_hash: str, *, now: datetime, settings: Settings
) -> tuple[CurrentPerson, datetime] | None:
    """Return the person of a session row that has not ended, and when it was last seen.

    Every request asks this, so it is one statement on the driver: the same by the ORM costs
    as much as the whole save of an answer.
    """
    with raw_reading() as cursor:
        cursor.execute(driver_sql(FIND_SESSION), {"id_hash": session_hash})
        row = cursor.fetchone()
    if row is None:
        return None
    row_id, public_id, name, locale, disabled_at, totp, seen, created, roles = row
    seen_at = from_driver(seen)
    idle = now - seen_at > timedelta(minutes=settings.session_idle_min)
    old = now - from_driver(created) > timedelta(hours=settings.session_absolute_h)
    if disabled_at is not None or idle or old:
        return None
    person = CurrentPerson(
        id=row_id,
        public_id=public_id,
        display_name=name,
        locale=locale,
        roles=frozenset((roles or "").split(",")) - {""},
        session_hash=session_hash,
        has_second_factor=totp is not None,
    )
    return person, seen_at


TOUCH = """
UPDATE web_session SET seen_at = :now WHERE id_hash = :id_hash AND seen_at < :now"""


def touch_session(session_hash: str, *, now: datetime) -> None:
    """Write down that a session was seen; a busy database is no reason to fail its request."""
    with suppress(StorageUnavailableError), raw_transaction() as cursor:
        cursor.execute(driver_sql(TOUCH), {"id_hash": session_hash, "now": to_driver(now)})


def signed_in(
    secret: str, *, now: datetime, settings: Settings
) -> tuple[CurrentPerson, bool] | None:
    """Return whose the secret of a session cookie is, and whether `touch_session` is due."""
    found = person_of_session(secret_hash(secret), now=now, settings=settings)
    return None if found is None else (found[0], now - found[1] > SEEN_EVERY)


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
        found = signed_in(secret, now=clock.now(), settings=settings)
        g.identity_unknown = False
        if found is None:
            return None
        person, is_due = found
        if is_due:
            g.touch_session = person.session_hash
        return person
