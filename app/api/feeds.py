"""What the platform's own systems take: certified counts and scores, signed, and every change.

A change is a row written in the transaction of its cause, so that what was rolled back is never
told and what was committed is never missed. A snapshot is everything at one moment; its digest is
signed with the key of the status lists, which verifiers find in `/.well-known/jwks.json`.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask import current_app
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.api import webhooks
from app.api.models import FeedChange, FeedSnapshot
from app.certification.events import CredentialChanged
from app.certification.keys import status_key
from app.core.audit.services import record_act
from app.core.clock import BEIJING
from app.core.config import Settings
from app.core.crypto import FieldKeys
from app.core.hashing import canonical_json
from app.providers import queries as providers
from app.providers.events import EmploymentChanged
from app.providers.exporting import Cell, csv_bytes
from app.providers.models import Employment, Provider
from app.providers.months import last_complete_month
from app.providers.queries import running_at
from app.providers.standings import month_tables
from certificates.badges import issuer_address
from certificates.jose import sign
from certificates.levels import Level

logger = logging.getLogger(__name__)

VERSION = "provider-feed-1"
"""Of the schema; a field that goes or changes its meaning gives a new one."""

CHANGES_AT_ONCE = 500

FROM_HOUR = 2
"""Of the night, Beijing: the day's figures are in then."""


class Counts(BaseModel):
    """People by the highest level of which a certificate of theirs is valid."""

    model_config = ConfigDict(extra="forbid")

    junior: int = Field(ge=0)
    intermediate: int = Field(ge=0)
    senior: int = Field(ge=0)


class FeedProvider(BaseModel):
    """One provider at the snapshot's moment; scores are exact decimal texts."""

    model_config = ConfigDict(extra="forbid")

    code: str
    name: str
    field: str
    tier: str
    certified: Counts
    total: str | None = Field(description="five-force total of the month; null without figures")
    demonstration: bool


class FeedBody(BaseModel):
    """What is signed: the SHA-256 of its canonical JSON stands in the signature's claims."""

    model_config = ConfigDict(extra="forbid")

    version: str = VERSION
    made_at: str
    month: str = Field(description="of the scores, 2026-10")
    scheme: str | None
    last_change: int = Field(description="changes up to this one are in it")
    providers: list[FeedProvider]


class FeedAnswer(BaseModel):
    """What `GET /api/v1/feeds/providers` answers."""

    sequence: int
    sha256: str = Field(description="of `body`: JSON, keys sorted, no spaces, UTF-8")
    signature: str = Field(description="compact JWS (RS256); claims `sha256`, `feed`, `iss`, `iat`")
    body: FeedBody


class ChangeEntry(BaseModel):
    """One change of a provider's certified operators."""

    id: int
    code: str
    at: str
    cause: str
    certified: Counts


class ChangesAnswer(BaseModel):
    """What `GET /api/v1/feeds/changes` answers."""

    changes: list[ChangeEntry]
    next: int = Field(description="ask with `after` set to it")


def on_credential_changed(db_session: Session, fact: CredentialChanged) -> None:
    """Write down what a change of a credential leaves its holder's provider with."""
    provider_id = db_session.scalar(
        select(Employment.provider_id).where(
            Employment.person_id == fact.person_id, running_at(fact.at)
        )
    )
    if provider_id is not None:
        note_change(db_session, provider_id, f"credential.{fact.kind}", now=fact.at)


def on_employment_changed(db_session: Session, fact: EmploymentChanged) -> None:
    """Write down what a beginning or an end leaves the provider with."""
    note_change(db_session, fact.provider_id, f"employment.{fact.kind}", now=fact.at)


def note_change(db_session: Session, provider_id: int, cause: str, *, now: datetime) -> None:
    """Add a change, and queue it for the provider's own programs.

    Args:
        db_session: The session of the cause's transaction.
        provider_id: Whose operators.
        cause: What moved them.
        now: The cause's moment (aware).
    """
    counts = _counts(db_session, now).get(provider_id, {})
    change = FeedChange(
        provider_id=provider_id,
        at=now,
        cause=cause,
        junior_count=counts.get(Level.JUNIOR, 0),
        intermediate_count=counts.get(Level.INTERMEDIATE, 0),
        senior_count=counts.get(Level.SENIOR, 0),
    )
    last = db_session.scalar(
        select(FeedChange)
        .where(FeedChange.provider_id == provider_id)
        .order_by(FeedChange.id.desc())
        .limit(1)
    )
    before = (0, 0, 0) if last is None else _triple(last)
    if _triple(change) == before:
        return
    db_session.add(change)
    db_session.flush()
    data = {"at": now.isoformat(), "cause": cause, "certified": _counts_json(change)}
    webhooks.tell_counts(db_session, provider_id, change.id, data, now=now)


def note_expiries(db_session: Session, *, now: datetime) -> int:
    """Add the changes that no act made: certificates that ended by themselves; return how many."""
    counts = _counts(db_session, now)
    newest = select(func.max(FeedChange.id)).group_by(FeedChange.provider_id)
    known = {
        one.provider_id: _triple(one)
        for one in db_session.scalars(select(FeedChange).where(FeedChange.id.in_(newest)))
    }
    moved = [
        one
        for one in sorted({*known, *counts})
        if known.get(one, (0, 0, 0)) != tuple(counts.get(one, {}).get(level, 0) for level in Level)
    ]
    for provider_id in moved:
        note_change(db_session, provider_id, "credential.expired", now=now)
    return len(moved)


def changes_after(db_session: Session, after: int) -> dict[str, Any]:
    """Return the next changes, oldest first, at most `CHANGES_AT_ONCE`."""
    rows = db_session.execute(
        select(FeedChange, Provider.code)
        .join(Provider, Provider.id == FeedChange.provider_id)
        .where(FeedChange.id > after)
        .order_by(FeedChange.id)
        .limit(CHANGES_AT_ONCE)
    ).all()
    return {
        "changes": [
            {
                "id": one.id,
                "code": code,
                "at": one.at.isoformat(timespec="seconds"),
                "cause": one.cause,
                "certified": _counts_json(one),
            }
            for one, code in rows
        ],
        "next": rows[-1][0].id if rows else after,
    }


def feed_body(db_session: Session, *, settings: Settings, now: datetime) -> FeedBody:
    """Return every provider's counts and score at a moment (aware)."""
    month = last_complete_month(now)
    table = month_tables(db_session, [month], now=now, include_demo=settings.is_demo).get(month)
    totals = {}
    if table is not None:
        for row, provider_id in enumerate(table.provider_ids):
            total_e2 = int(table.scores.totals_e2[row])
            totals[provider_id] = f"{total_e2 // 100}.{total_e2 % 100:02d}"
    counts = providers.certified_counts(db_session, now, include_demo=settings.is_demo)
    rows = db_session.scalars(select(Provider).order_by(Provider.code))
    return FeedBody(
        made_at=now.isoformat(timespec="seconds"),
        month=f"{month:%Y-%m}",
        scheme=None if table is None else table.scheme.ref,
        last_change=db_session.scalar(select(func.max(FeedChange.id))) or 0,
        providers=[
            FeedProvider(
                code=one.code,
                name=one.name,
                field=one.field,
                tier=one.tier,
                certified=Counts(
                    **{level.value: counts.get(one.id, {}).get(level, 0) for level in Level}
                ),
                total=totals.get(one.id),
                demonstration=one.is_demo,
            )
            for one in rows
        ],
    )


def publish_snapshot(
    db_session: Session,
    body: FeedBody,
    *,
    settings: Settings,
    field_keys: FieldKeys,
    actor: str,
    now: datetime,
) -> FeedSnapshot:
    """Sign a body and keep it.

    Args:
        db_session: The session of the caller's transaction.
        body: As `feed_body` returned it, outside of the transaction: it takes a while.
        settings: Name the issuer.
        field_keys: Open the key.
        actor: Who publishes.
        now: The moment (aware).

    Raises:
        KeysMissingError: If there is no key to sign with.
    """
    text = canonical_json(body.model_dump(mode="json"))
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    key, kid = status_key(db_session, field_keys)
    claims = {
        "iss": issuer_address(settings.public_base_url),
        "iat": int(now.timestamp()),
        "feed": VERSION,
        "sha256": sha256,
    }
    year, month = (int(part) for part in body.month.split("-"))
    made = FeedSnapshot(
        made_at=now,
        made_by=actor,
        month=now.date().replace(year=year, month=month, day=1),
        last_change_id=body.last_change,
        sha256=sha256,
        body=text,
        signature=sign(claims, key, kid),
    )
    db_session.add(made)
    db_session.flush()
    record_act(
        db_session,
        subject="provider_feed:all",
        action="feed.published",
        actor=actor,
        now=now,
        details={"sequence": made.id, "sha256": sha256, "providers": len(body.providers)},
    )
    logger.info("feed %d: %d providers", made.id, len(body.providers))
    return made


def is_due(db_session: Session, *, now: datetime) -> bool:
    """Say whether the night's snapshot is still to be made: one a day, from `FROM_HOUR` on."""
    local = now.astimezone(BEIJING)
    last = last_snapshot_or_none(db_session)
    is_made = last is not None and last.made_at.astimezone(BEIJING).date() == local.date()
    return local.hour >= FROM_HOUR and not is_made


def last_snapshot_or_none(db_session: Session) -> FeedSnapshot | None:
    """Return the newest snapshot."""
    return db_session.scalar(select(FeedSnapshot).order_by(FeedSnapshot.id.desc()).limit(1))


def recent_snapshots(db_session: Session, count: int) -> Sequence[FeedSnapshot]:
    """Return the newest snapshots, newest first."""
    return db_session.scalars(
        select(FeedSnapshot).order_by(FeedSnapshot.id.desc()).limit(count)
    ).all()


def snapshot_csv(snapshot: FeedSnapshot) -> bytes:
    """Return a snapshot as a table; the digest and the signature stand in its last rows."""
    body = FeedBody.model_validate_json(snapshot.body)
    rows: list[list[Cell]] = [
        ["code", "name", "field", "tier", "junior", "intermediate", "senior", "total", "month"]
    ]
    for one in body.providers:
        held = one.certified
        numbers: list[Cell] = [held.junior, held.intermediate, held.senior, one.total]
        rows.append([one.code, one.name, one.field, one.tier, *numbers, body.month])
    rows += [[], ["sequence", snapshot.id], ["sha256", snapshot.sha256]]
    rows.append(["signature", snapshot.signature])
    return csv_bytes(rows)


def _counts(db_session: Session, at: datetime) -> dict[int, dict[Level, int]]:
    # As the snapshots and the scores count: the two must never tell of different people.
    settings: Settings = current_app.config["SETTINGS"]
    return providers.certified_counts(db_session, at, include_demo=settings.is_demo)


def _triple(change: FeedChange) -> tuple[int, int, int]:
    return (change.junior_count, change.intermediate_count, change.senior_count)


def _counts_json(change: FeedChange) -> dict[str, int]:
    return dict(zip((level.value for level in Level), _triple(change), strict=True))
