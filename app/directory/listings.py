"""A provider joins the list that merchants are matched with, changes it, leaves it: at once."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.audit.services import record_act
from app.directory.matching import Stage
from app.directory.models import ProviderListing
from app.providers.models import Provider
from app.providers.trade import Category

logger = logging.getLogger(__name__)

CONSENT_VERSION = 1
"""Of the words that the form's consent is given to."""


@dataclass(frozen=True)
class ListingDraft:
    """What a provider lets merchants know."""

    home: str
    categories: Sequence[Category]
    regions: Sequence[str]
    stages: Sequence[Stage]
    introduction: str


def listing_or_none(
    db_session: Session, provider_id: int, *, lock: bool = False
) -> ProviderListing | None:
    """Return a provider's listing."""
    query = select(ProviderListing).where(ProviderListing.provider_id == provider_id)
    return db_session.scalar(query.with_for_update() if lock else query)


def save_listing(
    db_session: Session, provider: Provider, draft: ListingDraft, *, actor: str, now: datetime
) -> ProviderListing:
    """Join the list, or change what it shows.

    Args:
        db_session: The session of the caller's transaction.
        provider: Whose.
        draft: What is shown; consent was given with it.
        actor: The manager.
        now: The moment (aware).
    """
    db_session.execute(select(Provider.id).where(Provider.id == provider.id).with_for_update())
    listing = listing_or_none(db_session, provider.id, lock=True)
    action = "listing.changed"
    if listing is None:
        action = "listing.joined"
        listing = ProviderListing(provider_id=provider.id, consented_at=now)
        db_session.add(listing)
    listing.home, listing.introduction = draft.home, draft.introduction
    listing.categories = [one.value for one in draft.categories]
    listing.stages = [one.value for one in draft.stages]
    listing.regions = list(draft.regions)
    listing.consent_version, listing.consented_by = CONSENT_VERSION, actor
    listing.changed_at = now
    db_session.flush()
    _audit(db_session, provider, action, actor=actor, now=now)
    return listing


def leave_list(db_session: Session, provider: Provider, *, actor: str, now: datetime) -> None:
    """Leave the list; who is not on it stays off."""
    listing = listing_or_none(db_session, provider.id, lock=True)
    if listing is None:
        return
    _audit(db_session, provider, "listing.left", actor=actor, now=now)
    db_session.delete(listing)
    db_session.flush()


def _audit(
    db_session: Session, provider: Provider, action: str, *, actor: str, now: datetime
) -> None:
    record_act(
        db_session,
        subject=f"provider:{provider.public_id}",
        action=action,
        actor=actor,
        now=now,
        details={"consent": CONSENT_VERSION},
    )
    logger.info("%r %s", provider, action)
