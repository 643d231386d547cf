"""The status lists as they are published: made from the credentials' events, signed for an hour.

Nothing is stored: a list is what the events say when it is asked for, so that a revocation is in
it with the very commit that made it. What was signed is kept by each process until an event or
the hour changes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.certification import queries
from app.certification.keys import status_key
from app.certification.models import CredentialEvent, CredentialRecord
from app.core.config import Settings
from app.core.crypto import FieldKeys
from app.core.errors import NotFoundError
from certificates.badges import issuer_address, status_address
from certificates.jose import sign
from certificates.status_lists import LIST_LENGTH, LIST_TTL, StatusPurpose, list_claims
from certificates.validity import is_suspended_at

PLACES_USED = LIST_LENGTH // 2
"""Of each list; with half of the places free a draw by chance finds one at the second try."""

MAX_KEPT = 256
"""Signed lists that a process keeps: 64 lists of two purposes, each with its last version."""


@dataclass(frozen=True)
class SignedList:
    """A signed list and what it was made from.

    Attributes:
        token: The signed list.
        etag: Changes with the token.
        state: Key, hour and newest event that it was made from.
        next_end: When the next suspension ends by itself (aware), if one does.
    """

    token: str
    etag: str
    state: tuple[object, ...]
    next_end: datetime | None

    def is_good(self, state: tuple[object, ...], now: datetime) -> bool:
        """Say whether it is still what would be made."""
        return self.state == state and (self.next_end is None or now < self.next_end)


_KEPT: dict[tuple[str, str, int, StatusPurpose], SignedList] = {}


def list_number_for(db_session: Session) -> int:
    """Return the list in which a credential that is issued now gets its place."""
    newest = db_session.scalar(select(func.max(CredentialRecord.id))) or 0
    return 1 + int(newest) // PLACES_USED


def signed_list(
    db_session: Session,
    list_number: int,
    purpose: StatusPurpose,
    *,
    settings: Settings,
    field_keys: FieldKeys,
    now: datetime,
) -> SignedList:
    """Return a list as of this moment.

    Args:
        db_session: Any session.
        list_number: Which list, from 1.
        purpose: Revocation or suspension.
        settings: Name the public address.
        field_keys: Open the key.
        now: The moment (aware).

    Raises:
        NotFoundError: If no credential has its place in that list.
        KeysMissingError: If there is no key for status lists.
    """
    key, kid = status_key(db_session, field_keys)
    hour = int(now.timestamp() // LIST_TTL.total_seconds())
    state = (kid, hour, _newest_change(db_session))
    name = (settings.database_url, settings.public_base_url, list_number, purpose)
    kept = _KEPT.get(name)
    if kept is not None and kept.is_good(state, now):
        return kept
    if not 1 <= list_number <= list_number_for(db_session):
        raise NotFoundError(f"status list {list_number}")
    places = _places(db_session, list_number, purpose, now)
    claims = list_claims(
        status_address(settings.public_base_url, list_number, purpose.value),
        purpose,
        places,
        issuer=issuer_address(settings.public_base_url),
        now=now,
    )
    token = sign(claims, key, kid)
    etag = sha256(token.encode()).hexdigest()[:32]
    made = SignedList(token, etag, state, _next_end(db_session, now))
    if len(_KEPT) >= MAX_KEPT:
        _KEPT.clear()
    _KEPT[name] = made
    return made


def _newest_change(db_session: Session) -> int:
    changes = select(func.max(CredentialEvent.id)).where(CredentialEvent.kind != "issued")
    return db_session.scalar(changes) or 0


def _next_end(db_session: Session, now: datetime) -> datetime | None:
    ends = select(func.min(CredentialEvent.until_at)).where(
        CredentialEvent.kind == "suspended", CredentialEvent.until_at > now
    )
    return db_session.scalar(ends)


def _places(
    db_session: Session, list_number: int, purpose: StatusPurpose, now: datetime
) -> list[int]:
    """Return the bits that are set: read from the few events that are not issues."""
    changed = (
        select(CredentialEvent.credential_id)
        .where(CredentialEvent.kind != "issued")
        .distinct()
        .subquery()
    )
    records = db_session.scalars(
        select(CredentialRecord)
        .join(changed, changed.c.credential_id == CredentialRecord.id)
        .where(CredentialRecord.status_list == list_number)
    ).all()
    out = []
    for held in queries.held_of(db_session, records, at=now):
        if purpose is StatusPurpose.REVOCATION:
            is_set = held.life.revoked_at is not None or held.life.superseded_at is not None
        else:
            is_set = is_suspended_at(now, held.life)
        if is_set and held.record.status_index is not None:
            out.append(held.record.status_index)
    return out
