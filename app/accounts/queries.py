"""Reads of people."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import LegalIdentity, Person, WebSession
from app.core.errors import NotFoundError


def normalize_account(text: str) -> str:
    """Return an e-mail in lower case, or a phone number as digits."""
    text = text.strip()
    if "@" in text:
        return text.lower()
    digits = "".join(ch for ch in text if ch.isdigit())
    return digits.removeprefix("86") if len(digits) == 13 else digits


def person_of_account_or_none(db_session: Session, account: str) -> Person | None:
    """Return who signs in with this e-mail or phone number."""
    name = normalize_account(account)
    column = Person.email if "@" in name else Person.phone
    return db_session.scalar(select(Person).where(column == name))


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


def web_sessions(db_session: Session, person_id: int) -> Sequence[WebSession]:
    """Return a person's sign-ins, newest first."""
    return db_session.scalars(
        select(WebSession)
        .where(WebSession.person_id == person_id)
        .order_by(WebSession.seen_at.desc())
    ).all()


def legal_identity_or_none(db_session: Session, person_id: int) -> LegalIdentity | None:
    """Return who the person is by law, if it was collected."""
    return db_session.scalar(select(LegalIdentity).where(LegalIdentity.person_id == person_id))
