"""Reads of people."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, selectinload

from app.accounts.models import LegalIdentity, Person, RoleGrant, WebSession
from app.core.config import Settings
from app.core.db import read_rows
from app.core.errors import NotFoundError

HASH_BY_EMAIL = "SELECT password_hash FROM person WHERE email = :name"
HASH_BY_PHONE = "SELECT password_hash FROM person WHERE phone = :name"


def normalize_account(text: str) -> str:
    """Return an e-mail in lower case, or a phone number as digits; full width is understood."""
    text = unicodedata.normalize("NFKC", text).strip()
    if "@" in text:
        return text.lower()
    digits = "".join(ch for ch in text if ch.isascii() and ch.isdigit())
    return digits.removeprefix("86") if len(digits) == 13 else digits


def person_of_account_or_none(db_session: Session, account: str) -> Person | None:
    """Return who signs in with this e-mail or phone number."""
    name = normalize_account(account)
    column = Person.email if "@" in name else Person.phone
    return db_session.scalar(select(Person).where(column == name))


def password_hash_of_account(db_session: Session, account: str) -> str | None:
    """Return what a password of this account is checked against; nothing if there is no such."""
    name = normalize_account(account)
    statement = HASH_BY_EMAIL if "@" in name else HASH_BY_PHONE
    rows = read_rows(db_session, statement, {"name": name})
    return rows[0][0] if rows else None


def person(db_session: Session, person_id: int) -> Person:
    """Return one person.

    Raises:
        NotFoundError: If there is none.
    """
    found = db_session.get(Person, person_id)
    if found is None:
        raise NotFoundError(f"person {person_id}")
    return found


def person_by_public_id(db_session: Session, public_id: str) -> Person:
    """Return one person by the id that leaves the system.

    Raises:
        NotFoundError: If there is none.
    """
    found = db_session.scalar(select(Person).where(Person.public_id == public_id))
    if found is None:
        raise NotFoundError(f"person {public_id}")
    return found


def live_web_sessions(
    db_session: Session, person_id: int, *, now: datetime, settings: Settings
) -> Sequence[WebSession]:
    """Return a person's sign-ins that have not ended, last seen first."""
    return db_session.scalars(
        select(WebSession)
        .where(
            WebSession.person_id == person_id,
            WebSession.seen_at >= now - timedelta(minutes=settings.session_idle_min),
            WebSession.created_at >= now - timedelta(hours=settings.session_absolute_h),
        )
        .order_by(WebSession.seen_at.desc())
    ).all()


def legal_identity_or_none(db_session: Session, person_id: int) -> LegalIdentity | None:
    """Return who the person is by law, if it was collected."""
    return db_session.scalar(select(LegalIdentity).where(LegalIdentity.person_id == person_id))


def display_names(db_session: Session, public_ids: Iterable[str]) -> dict[str, str]:
    """Return what others see of each person, by public id; unknown ids are left out."""
    rows = db_session.execute(
        select(Person.public_id, Person.display_name).where(Person.public_id.in_(set(public_ids)))
    )
    return {row.public_id: row.display_name for row in rows}


def people_found(
    db_session: Session, *, text: str, role: str, page: int, size: int
) -> tuple[Sequence[Person], int]:
    """Return one page of people, newest first, and how many there are in all.

    Args:
        db_session: A session to read with.
        text: Part of the display name, e-mail or phone, or a whole public id; empty for all.
        role: A role they hold now; empty for all.
        page: 1-based.
        size: People on a page.
    """
    query = select(Person)
    if text:
        query = query.where(
            or_(
                Person.display_name.icontains(text, autoescape=True),
                Person.email.icontains(text, autoescape=True),
                Person.phone.contains(text, autoescape=True),
                Person.public_id == text,
            )
        )
    if role:
        holders = select(RoleGrant.person_id).where(
            RoleGrant.role == role, RoleGrant.ended_at.is_(None)
        )
        query = query.where(Person.id.in_(holders))
    total = db_session.scalar(select(func.count()).select_from(query.subquery())) or 0
    rows = db_session.scalars(
        query.options(selectinload(Person.grants))
        .order_by(Person.id.desc())
        .limit(size)
        .offset((page - 1) * size)
    ).all()
    return rows, total
