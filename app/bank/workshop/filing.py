"""Order in the bank: tags, saved searches, declared interests, acts on many drafts at once."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.bank.workshop.models import Interest, ItemTag, SavedView
from app.core.audit.services import record_act
from app.core.errors import InvalidInputError, NotFoundError
from question_bank.items import Topic

TAG_CHARS = 20
MOST_TAGS = 8
"""Tags of one item."""

MOST_VIEWS = 20
"""Saved searches of one person."""

VIEW_NAME_CHARS = 30
QUERY_CHARS = 400
NOTE_CHARS = 200
PROVIDER_CHARS = 60


def tags_from(text: str) -> list[str]:
    """Read tags as people type them: by commas, spaces or lines."""
    words = [one.strip().lower() for one in re.split(r"[\s,，、;；]+", text)]
    return list(dict.fromkeys(one for one in words if one))


def set_tags(db_session: Session, item_id: str, tags: Sequence[str]) -> None:
    """Give an item exactly these tags.

    Raises:
        InvalidInputError: If there are more than 8, or one is longer than 20 characters.
    """
    if len(tags) > MOST_TAGS or any(len(one) > TAG_CHARS for one in tags):
        raise InvalidInputError("tags", [{"field": "tags", "code": "length"}])
    db_session.execute(delete(ItemTag).where(ItemTag.item_id == item_id))
    db_session.add_all(ItemTag(item_id=item_id, tag=one) for one in tags)
    db_session.flush()


def add_tag(db_session: Session, item_id: str, tag: str) -> bool:
    """Add one tag to an item; say whether it is new there.

    Raises:
        InvalidInputError: As `set_tags`.
    """
    held = list(db_session.scalars(select(ItemTag.tag).where(ItemTag.item_id == item_id)))
    if tag in held:
        return False
    set_tags(db_session, item_id, [*held, tag])
    return True


def save_view(db_session: Session, *, person_id: int, name: str, query: str) -> None:
    """Keep a search under a name; the same name is overwritten.

    Raises:
        InvalidInputError: If the name is missing or too long, or there are 20 already.
    """
    if not 1 <= len(name) <= VIEW_NAME_CHARS or len(query) > QUERY_CHARS:
        raise InvalidInputError("view", [{"field": "name", "code": "length"}])
    held = db_session.scalars(select(SavedView).where(SavedView.person_id == person_id)).all()
    for one in held:
        if one.name == name:
            one.query = query
            return
    if len(held) >= MOST_VIEWS:
        raise InvalidInputError("views", [{"field": "name", "code": "count"}])
    db_session.add(SavedView(person_id=person_id, name=name, query=query))
    db_session.flush()


def drop_view(db_session: Session, view_id: int, *, person_id: int) -> None:
    """Forget a saved search of the person's own; another's is not touched."""
    db_session.execute(
        delete(SavedView).where(SavedView.id == view_id, SavedView.person_id == person_id)
    )


def declare_interest(
    db_session: Session,
    *,
    person_id: int,
    kind: str,
    value: str,
    note: str,
    actor: str,
    now: datetime,
) -> Interest:
    """Declare an interest: from now on the person does not read what it bars.

    Args:
        db_session: The session of the caller's transaction.
        person_id: Who declares.
        kind: `topic`, `person` or `provider`.
        value: Topic code, public id of a person, or a provider's name.
        note: Why, in words of their own; may be empty.
        actor: The same person, for the audit log.
        now: The moment (aware).

    Raises:
        InvalidInputError: If it names nothing.
    """
    if not _names_something(db_session, kind, value) or len(note) > NOTE_CHARS:
        raise InvalidInputError("interest", [{"field": "value", "code": "unknown"}])
    row = Interest(person_id=person_id, kind=kind, value=value, note=note, declared_at=now)
    db_session.add(row)
    db_session.flush()
    _audit(db_session, row, "declared", actor, now)
    return row


def _names_something(db_session: Session, kind: str, value: str) -> bool:
    if kind == "topic":
        return value in set(Topic)
    if kind == "person":
        return db_session.scalar(select(Person.id).where(Person.public_id == value)) is not None
    return kind == "provider" and 1 <= len(value) <= PROVIDER_CHARS


def end_interest(
    db_session: Session, public_id: str, *, person_id: int, actor: str, now: datetime
) -> None:
    """End a declared interest of the person's own; the row stays.

    Raises:
        NotFoundError: If there is none of theirs.
    """
    row = db_session.scalar(
        select(Interest).where(
            Interest.public_id == public_id,
            Interest.person_id == person_id,
            Interest.ended_at.is_(None),
        )
    )
    if row is None:
        raise NotFoundError(f"interest {public_id}")
    row.ended_at = now
    db_session.flush()
    _audit(db_session, row, "ended", actor, now)


def _audit(db_session: Session, row: Interest, act: str, actor: str, now: datetime) -> None:
    record_act(
        db_session,
        subject=f"interest:{row.public_id}",
        action=f"interest.{act}",
        actor=actor,
        now=now,
        details={"kind": row.kind, "value": row.value},
    )
