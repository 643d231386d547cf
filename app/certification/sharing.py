"""Share links: the holder lets somebody see the full result for a time, and sees who looked."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.certification import queries
from app.certification.models import CredentialRecord, ShareLink, ShareLinkUse
from app.core.audit.services import record_act
from app.core.errors import ConflictError, InvalidInputError, NotFoundError
from app.core.hashing import secret_hash

TOKEN_BYTES = 24
"""192 random bits; the table has only their hash."""

MAX_DAYS = 180
"""As long as an online report of 学信网 lives (credentials.md 1.1)."""

MAX_OPEN_LINKS = 20
"""Of one certificate."""

MAX_LABEL_LENGTH = 40


class TooManyLinksError(ConflictError):
    """Raised when a certificate has as many open links as it may have."""

    code = "too_many_links"


@dataclass(frozen=True)
class LinkStanding:
    """A link as its holder sees it.

    Attributes:
        link: The row.
        is_open: Whether it still works at the moment of the question.
        use_count: How often somebody looked.
        last_used_at: When the last one did (aware).
    """

    link: ShareLink
    is_open: bool
    use_count: int
    last_used_at: datetime | None


def make_link(
    db_session: Session, record: CredentialRecord, *, label: str, days: int, now: datetime
) -> str:
    """Make a link and return its token, which nobody can read again.

    Args:
        db_session: The session of the caller's transaction.
        record: The holder's credential.
        label: What the holder calls it.
        days: How long it works, 1 to 180.
        now: The moment (aware).

    Raises:
        InvalidInputError: If `days` is out of range.
        TooManyLinksError: If there are `MAX_OPEN_LINKS` open ones.
    """
    if not 1 <= days <= MAX_DAYS:
        raise InvalidInputError("days", [{"field": "days", "code": "out_of_range"}])
    standing = links_of(db_session, [record.id], now=now)[record.id]
    if sum(one.is_open for one in standing) >= MAX_OPEN_LINKS:
        raise TooManyLinksError(f"{record!r}")
    token = secrets.token_urlsafe(TOKEN_BYTES)
    link = ShareLink(
        credential_id=record.id,
        token_hash=secret_hash(token),
        label=" ".join(label.split())[:MAX_LABEL_LENGTH],
        created_at=now,
        expires_at=now + timedelta(days=days),
    )
    db_session.add(link)
    db_session.flush()
    _audit(db_session, record, link, "link_made", now)
    return token


def close_link(
    db_session: Session, record: CredentialRecord, public_id: str, *, now: datetime
) -> None:
    """End a link; one that has ended stays as it ended.

    Raises:
        NotFoundError: If the credential has no such link.
    """
    link = db_session.scalar(
        select(ShareLink)
        .where(ShareLink.public_id == public_id, ShareLink.credential_id == record.id)
        .with_for_update()
    )
    if link is None:
        raise NotFoundError(f"share link {public_id}")
    if link.closed_at is None:
        link.closed_at = now
        db_session.flush()
        _audit(db_session, record, link, "link_closed", now)


def use_link(db_session: Session, token: str, *, now: datetime) -> CredentialRecord:
    """Return the credential of a link that works, and note that somebody looked.

    Raises:
        NotFoundError: If there is none, or it has ended: the same for both.
    """
    link = db_session.scalar(select(ShareLink).where(ShareLink.token_hash == secret_hash(token)))
    if link is None or not _is_open(link, now):
        raise NotFoundError("share link")
    db_session.add(ShareLinkUse(link_id=link.id, at=now))
    db_session.flush()
    return queries.credential_by_id(db_session, link.credential_id)


def links_of(
    db_session: Session, credential_ids: Sequence[int], *, now: datetime
) -> dict[int, list[LinkStanding]]:
    """Return the links of credentials, newest first, with how often each was used."""
    counted = (
        select(
            ShareLinkUse.link_id,
            func.count().label("uses"),
            func.max(ShareLinkUse.at).label("last_at"),
        )
        .group_by(ShareLinkUse.link_id)
        .subquery()
    )
    rows = db_session.execute(
        select(ShareLink, counted.c.uses, counted.c.last_at)
        .outerjoin(counted, counted.c.link_id == ShareLink.id)
        .where(ShareLink.credential_id.in_(credential_ids))
        .order_by(ShareLink.id.desc())
    )
    out: dict[int, list[LinkStanding]] = {one: [] for one in credential_ids}
    for link, uses, last_at in rows:
        standing = LinkStanding(link, _is_open(link, now), uses or 0, last_at)
        out[link.credential_id].append(standing)
    return out


def _is_open(link: ShareLink, now: datetime) -> bool:
    return link.closed_at is None and now < link.expires_at


def _audit(
    db_session: Session, record: CredentialRecord, link: ShareLink, act: str, now: datetime
) -> None:
    record_act(
        db_session,
        subject=f"credential:{record.number}",
        action=f"credential.{act}",
        actor="holder",
        now=now,
        details={"link": link.public_id, "until": link.expires_at.isoformat()},
    )
