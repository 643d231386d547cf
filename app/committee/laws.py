"""Publish the list of laws, record who checked one, and find items that cite old texts."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import click
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.bank.models import ItemVersion
from app.committee.models import LawCheck, LawEntry
from app.core import clock
from app.core.audit.services import record_act
from app.core.clock import BEIJING
from app.core.db import transaction
from app.core.errors import NotFoundError
from app.core.hashing import digest
from question_bank.errors import BankError
from question_bank.laws import (
    Law,
    LawVersion,
    StaleCitation,
    cited_counts,
    load_laws,
    stale_citations,
)

logger = logging.getLogger(__name__)

CHECK_EVERY = timedelta(days=180)
"""A law that nobody compared with the official text for so long is listed."""


def publish_laws(db_session: Session, laws: Iterable[Law], *, actor: str, now: datetime) -> int:
    """Add what is new or changed of a list of laws; returns how many entries that were."""
    held = {entry.law_id: entry for entry in _newest_entries(db_session)}
    changed = 0
    for law in laws:
        body = law.model_dump(mode="json")
        before = held.get(law.id)
        if before is not None and before.content_hash == digest(body):
            continue
        number = 1 if before is None else before.number + 1
        db_session.add(
            LawEntry(
                law_id=law.id,
                number=number,
                body=body,
                content_hash=digest(body),
                published_at=now,
            )
        )
        db_session.flush()
        record_act(
            db_session,
            subject=f"law:{law.id}",
            action="law.published",
            actor=actor,
            now=now,
            details={"number": number},
        )
        changed += 1
    logger.info("%d entries of the list of laws published", changed)
    return changed


def load_shipped_laws(redraft: bool) -> None:
    """Publish the list that comes with the product: a step of `flask content load`.

    Args:
        redraft: Of no effect: an entry is never replaced, a changed one is the next row.
    """
    try:
        laws = load_laws()
    except BankError as error:
        raise click.ClickException(str(error)) from error
    with transaction() as db_session:
        count = publish_laws(db_session, laws, actor="cli:content load", now=clock.now())
    click.echo(f"laws: {count} new of {len(laws)}")


def note_check(
    db_session: Session, law_id: str, *, person_id: int, actor: str, now: datetime
) -> LawCheck:
    """Record that a law's entry was compared with the official text.

    Raises:
        NotFoundError: If the list has no such law.
    """
    entry = next((one for one in _newest_entries(db_session) if one.law_id == law_id), None)
    if entry is None:
        raise NotFoundError(f"law {law_id}")
    check = LawCheck(law_id=law_id, entry_number=entry.number, person_id=person_id, at=now)
    db_session.add(check)
    db_session.flush()
    record_act(
        db_session,
        subject=f"law:{law_id}",
        action="law.checked",
        actor=actor,
        now=now,
        details={"number": entry.number},
    )
    return check


@dataclass(frozen=True)
class LawRow:
    """A law of the list.

    Attributes:
        law: The entry.
        current: Its version in force; None before the first.
        coming: The next version; None if none is known.
        cited: Live items that rest on it.
        checked_at: When the entry was last compared; None if never.
        is_due: Whether that was too long ago.
    """

    law: Law
    current: LawVersion | None
    coming: LawVersion | None
    cited: int
    checked_at: datetime | None
    is_due: bool


def law_rows(db_session: Session, *, now: datetime) -> list[LawRow]:
    """Return the list of laws, the most cited first."""
    entries = _newest_entries(db_session)
    laws = [Law.model_validate(entry.body) for entry in entries]
    counts = cited_counts(live_sources(db_session).values(), laws)
    checks = _newest_checks(db_session)
    today = now.astimezone(BEIJING).date()
    rows = []
    for entry, law in zip(entries, laws, strict=True):
        checked_at = checks.get((law.id, entry.number))
        rows.append(
            LawRow(
                law=law,
                current=law.version_on(today),
                coming=law.coming_after(today),
                cited=counts[law.id],
                checked_at=checked_at,
                is_due=checked_at is None or now - checked_at > CHECK_EVERY,
            )
        )
    return sorted(rows, key=lambda row: (-row.cited, row.law.id))


def stale_items(db_session: Session, *, now: datetime) -> list[StaleCitation]:
    """Return the citations of live items that want a look."""
    laws = [Law.model_validate(entry.body) for entry in _newest_entries(db_session)]
    today = now.astimezone(BEIJING).date()
    return stale_citations(live_sources(db_session), laws, today=today)


@dataclass(frozen=True)
class StaleLaw:
    """A law with the items whose citation of it wants a look for the same reason.

    Attributes:
        title: As it is cited.
        why, change, since: As of `question_bank.laws.StaleCitation`.
        refs: The items.
    """

    title: str
    why: str
    change: str
    since: date | None
    refs: list[str]


def by_law(stale: Iterable[StaleCitation]) -> list[StaleLaw]:
    """Return citations put together by law and reason, in their order."""
    found: dict[tuple[str, str], StaleLaw] = {}
    for one in stale:
        key = one.title, one.why
        held = found.setdefault(key, StaleLaw(one.title, one.why, one.change, one.since, []))
        held.refs.append(one.ref)
    return list(found.values())


def live_sources(db_session: Session) -> dict[str, str]:
    """Return what each live item says it rests on, by ref."""
    rows = db_session.execute(
        select(
            ItemVersion.item_id, ItemVersion.version, ItemVersion.body["source"].as_string()
        ).where(ItemVersion.retired_at.is_(None))
    )
    return {f"{item_id}@{version}": source or "" for item_id, version, source in rows}


def _newest_entries(db_session: Session) -> list[LawEntry]:
    newest = select(func.max(LawEntry.id)).group_by(LawEntry.law_id)
    return list(
        db_session.scalars(
            select(LawEntry).where(LawEntry.id.in_(newest)).order_by(LawEntry.law_id)
        )
    )


def _newest_checks(db_session: Session) -> dict[tuple[str, int], datetime]:
    rows = db_session.execute(
        select(LawCheck.law_id, LawCheck.entry_number, func.max(LawCheck.at)).group_by(
            LawCheck.law_id, LawCheck.entry_number
        )
    )
    return {(law_id, number): at for law_id, number, at in rows}
