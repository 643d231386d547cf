"""Reads of the public register: who consented and holds a valid certificate at this moment."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, Select, String, case, cast, column, func, select
from sqlalchemy.orm import Session

from app.accounts.models import LegalIdentity
from app.certification.queries import valid_credentials
from app.core.errors import NotFoundError
from app.directory.models import DirectoryEntry
from app.directory.regions import Field
from app.providers.models import Employment, Provider
from app.providers.queries import running_at
from certificates.levels import Level


@dataclass(frozen=True)
class Operator:
    """Somebody in the public register, as everybody sees them.

    Attributes:
        public_id: Of the entry.
        name: As on the certificate.
        level: The highest of the valid certificates.
        valid_until: The last day of that level's certificate.
        region: Where they work.
        fields: What they have sold.
        is_available: Whether they look for work.
        introduction: In their own words.
        provider: Whom they work for, if they show it.
        is_indexable: Whether search engines may keep their page.
        is_demo: Whether a demonstration certified them.
    """

    public_id: str
    name: str
    level: Level
    valid_until: date
    region: str
    fields: tuple[Field, ...]
    is_available: bool
    introduction: str
    provider: str
    is_indexable: bool
    is_demo: bool


@dataclass(frozen=True)
class Wanted:
    """What somebody looks for; None asks for any."""

    level: Level | None = None
    region: str | None = None
    field: Field | None = None
    provider: str = ""
    is_available: bool = False


def operators(
    db_session: Session,
    wanted: Wanted,
    *,
    offset: int,
    at_most: int,
    include_demo: bool,
    at: datetime,
) -> list[Operator]:
    """Return people of the register who are as wanted, in the order of chance.

    Args:
        db_session: A session to read with.
        wanted: What is looked for.
        offset: How many are passed over.
        at_most: How many are returned.
        include_demo: Whether demonstration certificates count: in a demonstration only.
        at: The moment (aware).
    """
    query = _listed(include_demo=include_demo, at=at)
    if wanted.level is not None:
        query = query.where(column("level_number") == wanted.level.number)
    if wanted.region is not None:
        query = query.where(DirectoryEntry.region == wanted.region)
    if wanted.field is not None:
        query = query.where(cast(DirectoryEntry.fields, String).like(f'%"{wanted.field.value}"%'))
    if wanted.provider:
        named = Provider.name.contains(wanted.provider, autoescape=True)
        query = query.where(DirectoryEntry.shows_provider, named)
    if wanted.is_available:
        query = query.where(DirectoryEntry.is_available)
    rows = db_session.execute(
        query.order_by(DirectoryEntry.place, DirectoryEntry.id).offset(offset).limit(at_most)
    )
    return [_operator(row) for row in rows]


def operator(db_session: Session, public_id: str, *, include_demo: bool, at: datetime) -> Operator:
    """Return one person of the register.

    Raises:
        NotFoundError: If there is none, they left, or no certificate of theirs is valid.
    """
    query = _listed(include_demo=include_demo, at=at).where(DirectoryEntry.public_id == public_id)
    row = db_session.execute(query).one_or_none()
    if row is None:
        raise NotFoundError(f"directory entry {public_id}")
    return _operator(row)


def entry_or_none(
    db_session: Session, person_id: int, *, lock: bool = False
) -> DirectoryEntry | None:
    """Return a person's own entry."""
    query = select(DirectoryEntry).where(DirectoryEntry.person_id == person_id)
    return db_session.scalar(query.with_for_update() if lock else query)


def known_fields(codes: Iterable[str]) -> tuple[Field, ...]:
    """Return the fields of stored codes, those aside that are no longer offered."""
    return tuple(Field(code) for code in codes if code in set(Field))


def _listed(*, include_demo: bool, at: datetime) -> Select[Any]:
    """Return the select of everybody in the register, one row for each person."""
    valid = valid_credentials(at, include_demo=include_demo).subquery()
    number = case({level.value: level.number for level in Level}, value=valid.c.level)
    # A person's certificates by level, then by how long they run: the first one is shown.
    ranked = select(
        valid.c.person_id,
        valid.c.valid_until,
        valid.c.is_demo,
        number.label("level_number"),
        func.row_number()
        .over(partition_by=valid.c.person_id, order_by=(number.desc(), valid.c.valid_until.desc()))
        .label("rank"),
    ).subquery("best")
    return (
        select(
            DirectoryEntry,
            ranked.c.level_number,
            ranked.c.valid_until,
            ranked.c.is_demo,
            LegalIdentity.legal_name,
            Provider.name.label("provider_name"),
        )
        .join(ranked, (ranked.c.person_id == DirectoryEntry.person_id) & (ranked.c.rank == 1))
        .join(LegalIdentity, LegalIdentity.person_id == DirectoryEntry.person_id)
        .outerjoin(Employment, (Employment.person_id == DirectoryEntry.person_id) & running_at(at))
        .outerjoin(Provider, Provider.id == Employment.provider_id)
    )


def _operator(row: Row[Any]) -> Operator:
    entry: DirectoryEntry = row.DirectoryEntry
    return Operator(
        public_id=entry.public_id,
        name=row.legal_name,
        level=Level.of_number(row.level_number),
        valid_until=row.valid_until,
        region=entry.region,
        fields=known_fields(entry.fields),
        is_available=entry.is_available,
        introduction=entry.introduction,
        provider=(row.provider_name or "") if entry.shows_provider else "",
        is_indexable=entry.is_indexable,
        is_demo=row.is_demo,
    )
