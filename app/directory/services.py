"""Join the public register, change what it shows, leave it: each at once, each by the holder."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.certification.queries import held_levels
from app.core.audit.services import record_act
from app.core.errors import ConflictError
from app.directory import queries
from app.directory.models import DirectoryEntry
from app.directory.regions import Field

logger = logging.getLogger(__name__)

CONSENT_VERSION = 1
"""Of the words that the form's consent is given to."""

PLACES = 2**31
"""Places in the list are drawn from so many."""


class NoCertificateError(ConflictError):
    """Raised when somebody joins who holds no valid certificate."""

    code = "no_certificate"


@dataclass(frozen=True)
class EntryDraft:
    """What somebody lets everybody know."""

    region: str
    fields: Sequence[Field]
    is_available: bool
    shows_provider: bool
    is_indexable: bool
    introduction: str


def save_entry(
    db_session: Session,
    person_id: int,
    draft: EntryDraft,
    *,
    include_demo: bool,
    actor: str,
    now: datetime,
) -> DirectoryEntry:
    """Join the register, or change the own entry; the person has just consented to it.

    Args:
        db_session: The session of the caller's transaction.
        person_id: The holder.
        draft: What is shown.
        include_demo: Whether a demonstration certificate lets in: in a demonstration only.
        actor: The same person, for the audit log.
        now: The moment (aware).

    Raises:
        NoCertificateError: If the person holds no valid certificate.
    """
    # The person's row is the lock: a double click joins once.
    db_session.execute(select(Person.id).where(Person.id == person_id).with_for_update())
    if not held_levels(db_session, person_id, at=now, include_demo=include_demo):
        raise NoCertificateError(f"person {person_id}")
    entry = queries.entry_or_none(db_session, person_id, lock=True)
    action = "directory.changed"
    if entry is None:
        action = "directory.joined"
        entry = DirectoryEntry(
            person_id=person_id, place=secrets.randbelow(PLACES), consented_at=now
        )
        db_session.add(entry)
    entry.region, entry.fields = draft.region, [field.value for field in draft.fields]
    entry.is_available, entry.shows_provider = draft.is_available, draft.shows_provider
    entry.is_indexable, entry.introduction = draft.is_indexable, draft.introduction
    entry.consent_version, entry.changed_at = CONSENT_VERSION, now
    db_session.flush()
    _audit(db_session, entry, action, actor=actor, now=now)
    return entry


def leave(db_session: Session, person_id: int, *, actor: str, now: datetime) -> None:
    """Leave the register; who is not in it stays out."""
    entry = queries.entry_or_none(db_session, person_id, lock=True)
    if entry is None:
        return
    _audit(db_session, entry, "directory.left", actor=actor, now=now)
    db_session.delete(entry)
    db_session.flush()


def _audit(
    db_session: Session, entry: DirectoryEntry, action: str, *, actor: str, now: datetime
) -> None:
    record_act(
        db_session,
        subject=f"directory:{entry.public_id}",
        action=action,
        actor=actor,
        now=now,
        details={"consent": entry.consent_version, "indexable": entry.is_indexable},
    )
    logger.info("%r %s", entry, action)
