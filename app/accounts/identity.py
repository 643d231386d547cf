"""The signed-in person of a request: one read of the session row, no ORM identity."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Flask, Request, current_app, g
from flask_login import AnonymousUserMixin, LoginManager, UserMixin
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts.models import Person, RoleGrant, WebSession
from app.core import clock
from app.core.config import Settings
from app.core.db import db
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


def person_of_session(
    db_session: Session, session_hash: str, *, now: datetime, settings: Settings
) -> tuple[CurrentPerson, datetime] | None:
    """Return the person of a session row that has not ended, and when it was last seen."""
    roles = (
        select(func.aggregate_strings(RoleGrant.role, ","))
        .where(RoleGrant.person_id == Person.id, RoleGrant.ended_at.is_(None))
        .scalar_subquery()
    )
    row = db_session.execute(
        select(
            Person.id,
            Person.public_id,
            Person.display_name,
            Person.locale,
            Person.disabled_at,
            Person.totp_sealed,
            WebSession.seen_at,
            WebSession.created_at,
            WebSession.second_factor_at,
            roles.label("roles"),
        )
        .join(Person, Person.id == WebSession.person_id)
        .where(WebSession.id_hash == session_hash)
    ).one_or_none()
    if row is None or row.disabled_at is not None:
        return None
    idle = now - row.seen_at > timedelta(minutes=settings.session_idle_min)
    old = now - row.created_at > timedelta(hours=settings.session_absolute_h)
    if idle or old:
        return None
    person = CurrentPerson(
        id=row.id,
        public_id=row.public_id,
        display_name=row.display_name,
        locale=row.locale,
        roles=frozenset((row.roles or "").split(",")) - {""},
        session_hash=session_hash,
        has_second_factor=row.totp_sealed is not None,
    )
    return person, row.seen_at


def register_identity(app: Flask, settings: Settings) -> None:
    """Let Flask-Login find the person by our session cookie."""
    manager = LoginManager(app)
    manager.anonymous_user = Stranger

    @manager.request_loader
    def load(request: Request) -> CurrentPerson | None:
        secret = request.cookies.get(cookie_name(settings), "")
        if not 40 <= len(secret) <= 64:
            return None
        now = clock.now()
        found = person_of_session(
            db.session(), secret_hash(secret), now=now, settings=current_app.config["SETTINGS"]
        )
        if found is None:
            return None
        person, seen_at = found
        if now - seen_at > SEEN_EVERY:
            g.touch_session = person.session_hash
        return person
