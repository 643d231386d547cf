"""Webhooks of providers: endpoints and their secrets, and what is to be told to whom.

A message is a row, written in the transaction of its cause: what was rolled back is never told,
what was committed is told at least once. `delivering` sends it.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.api.models import WebhookEndpoint, WebhookMessage
from app.certification.events import CredentialChanged
from app.certification.models import CredentialRecord
from app.certification.queries import valid_credentials
from app.core.audit.services import record_act
from app.core.crypto import FieldKeys
from app.core.db import affected_rows
from app.core.errors import ConflictError, InvalidInputError, NotFoundError
from app.core.ids import new_public_id
from app.providers.models import Employment
from app.providers.queries import running_at
from certificates.validity import issue_day

logger = logging.getLogger(__name__)

SECRET_PREFIX = "whsec_"  # noqa: S105 - a prefix, no secret
SECRET_BYTES = 32
MAX_ENDPOINTS = 5
MAX_URL_LENGTH = 400
OVERLAP = timedelta(hours=24)
"""How long the old secret signs beside the new one."""

EXPIRING_DAYS = 30
KEPT_FOR = timedelta(days=30)
"""How long a delivered message stays to be looked at."""


class Kind(StrEnum):
    """What is told."""

    SUSPENDED = "credential.suspended"
    REINSTATED = "credential.reinstated"
    REVOKED = "credential.revoked"
    SUPERSEDED = "credential.superseded"
    EXPIRING = "credential.expiring"
    COUNTS = "provider.counts_changed"
    TEST = "test"


TOLD = {
    "suspended": Kind.SUSPENDED,
    "reinstated": Kind.REINSTATED,
    "revoked": Kind.REVOKED,
    "superseded": Kind.SUPERSEDED,
}
"""Which changes of a credential are told; an issue is not: the staff list shows it."""


class TooManyEndpointsError(ConflictError):
    """Raised when a provider has as many endpoints as it may have."""

    code = "too_many_endpoints"


def add_endpoint(
    db_session: Session,
    provider_id: int,
    url: str,
    *,
    field_keys: FieldKeys,
    actor: str,
    now: datetime,
) -> tuple[WebhookEndpoint, str]:
    """Add an endpoint; return it with its secret, which is shown once.

    Raises:
        InvalidInputError: If the address is none that may be called.
        TooManyEndpointsError: If there are `MAX_ENDPOINTS`.
    """
    check_url(url)
    if len(endpoints_of(db_session, provider_id)) >= MAX_ENDPOINTS:
        raise TooManyEndpointsError(f"provider {provider_id}")
    public_id, secret = new_public_id(), _new_secret()
    made = WebhookEndpoint(
        public_id=public_id,
        provider_id=provider_id,
        url=url,
        secret=field_keys.encrypt(secret, place=_place(public_id)),
        created_at=now,
    )
    db_session.add(made)
    db_session.flush()
    _audit(db_session, made, "added", actor=actor, now=now)
    return made, secret


def rotate_secret(
    db_session: Session,
    endpoint: WebhookEndpoint,
    *,
    field_keys: FieldKeys,
    actor: str,
    now: datetime,
) -> str:
    """Give an endpoint a new secret; for `OVERLAP` messages carry the signatures of both.

    Args:
        db_session: The session of the caller's transaction.
        endpoint: The endpoint, locked.
        field_keys: Seal the secret.
        actor: Who does it.
        now: The moment (aware).

    Returns:
        The new secret, which is shown once.
    """
    secret = _new_secret()
    endpoint.old_secret, endpoint.old_secret_until = endpoint.secret, now + OVERLAP
    endpoint.secret = field_keys.encrypt(secret, place=_place(endpoint.public_id))
    db_session.flush()
    _audit(db_session, endpoint, "rotated", actor=actor, now=now)
    return secret


def end_endpoint(
    db_session: Session, endpoint: WebhookEndpoint, *, actor: str, now: datetime
) -> None:
    """Tell an endpoint nothing more; what waits for it is given up."""
    endpoint.ended_at = now
    waiting = select(WebhookMessage).where(
        WebhookMessage.endpoint_id == endpoint.id,
        WebhookMessage.delivered_at.is_(None),
        WebhookMessage.given_up_at.is_(None),
    )
    for message in db_session.scalars(waiting):
        message.given_up_at = now
    db_session.flush()
    _audit(db_session, endpoint, "ended", actor=actor, now=now)


def open_secrets(endpoint: WebhookEndpoint, field_keys: FieldKeys, *, now: datetime) -> list[str]:
    """Return the secrets that sign a message now, the newest first."""
    sealed = [endpoint.secret]
    until = endpoint.old_secret_until
    if endpoint.old_secret is not None and until is not None and until > now:
        sealed.append(endpoint.old_secret)
    return [field_keys.decrypt(one, place=_place(endpoint.public_id)) for one in sealed]


def check_url(url: str) -> None:
    """Refuse an address that is none; where its host leads is asked at each delivery.

    Raises:
        InvalidInputError: If it is not `https://HOST/…` (http is for hosts of the own network).
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    is_whole = parts.scheme in {"https", "http"} and bool(parts.hostname) and port != 0
    plain = url.isascii() and url.isprintable() and " " not in url
    if not is_whole or not plain or len(url) > MAX_URL_LENGTH or "@" in parts.netloc:
        raise InvalidInputError("url", [{"field": "url", "code": "no_address"}])


def endpoints_of(db_session: Session, provider_id: int) -> Sequence[WebhookEndpoint]:
    """Return a provider's endpoints that are told, oldest first."""
    return db_session.scalars(
        select(WebhookEndpoint)
        .where(WebhookEndpoint.provider_id == provider_id, WebhookEndpoint.ended_at.is_(None))
        .order_by(WebhookEndpoint.id)
    ).all()


def endpoint_of(
    db_session: Session, public_id: str, provider_id: int, *, lock: bool = False
) -> WebhookEndpoint:
    """Return a provider's endpoint.

    Raises:
        NotFoundError: If there is none, it has ended, or it is another provider's.
    """
    query = select(WebhookEndpoint).where(
        WebhookEndpoint.public_id == public_id,
        WebhookEndpoint.provider_id == provider_id,
        WebhookEndpoint.ended_at.is_(None),
    )
    found = db_session.scalar(query.with_for_update() if lock else query)
    if found is None:
        raise NotFoundError(f"webhook {public_id} of provider {provider_id}")
    return found


def recent_messages(
    db_session: Session, provider_id: int, at_most: int
) -> list[tuple[WebhookMessage, WebhookEndpoint]]:
    """Return a provider's newest messages with where they go."""
    rows = db_session.execute(
        select(WebhookMessage, WebhookEndpoint)
        .join(WebhookEndpoint, WebhookEndpoint.id == WebhookMessage.endpoint_id)
        .where(WebhookEndpoint.provider_id == provider_id)
        .order_by(WebhookMessage.id.desc())
        .limit(at_most)
    )
    return [(message, endpoint) for message, endpoint in rows]


def tell_test(db_session: Session, endpoint: WebhookEndpoint, *, now: datetime) -> None:
    """Queue a message that says nothing, so that a provider can try its program."""
    _queue(db_session, [endpoint], f"test:{new_public_id()}", Kind.TEST, {}, now=now)


def on_credential_changed(db_session: Session, fact: CredentialChanged) -> None:
    """Queue what the holder's provider is told about a change, in the change's transaction."""
    kind = TOLD.get(fact.kind)
    if kind is None:
        return
    provider_id = db_session.scalar(
        select(Employment.provider_id).where(
            Employment.person_id == fact.person_id, running_at(fact.at)
        )
    )
    if provider_id is None:
        return
    data = {"number": fact.number, "level": fact.level, "at": fact.at.isoformat()}
    if fact.successor is not None:
        data["replaced_by"] = fact.successor
    endpoints = endpoints_of(db_session, provider_id)
    _queue(db_session, endpoints, f"event:{fact.event_id}", kind, data, now=fact.at)


def tell_counts(
    db_session: Session, provider_id: int, change_id: int, data: dict[str, Any], *, now: datetime
) -> None:
    """Queue that a provider's certified operators changed, in the change's transaction."""
    endpoints = endpoints_of(db_session, provider_id)
    _queue(db_session, endpoints, f"counts:{change_id}", Kind.COUNTS, data, now=now)


def tell_expiring(db_session: Session, *, include_demo: bool, now: datetime) -> int:
    """Queue, once for each, that a certificate on a staff list ends within `EXPIRING_DAYS`.

    Args:
        db_session: The session of the caller's transaction.
        include_demo: Whether demonstration certificates count: in a demonstration only.
        now: The moment (aware).

    Returns:
        How many messages were queued.
    """
    valid = valid_credentials(now, include_demo=include_demo).subquery()
    last_day = issue_day(now) + timedelta(days=EXPIRING_DAYS)
    told = select(WebhookMessage.endpoint_id, WebhookMessage.cause).subquery()
    cause = "expiring:" + valid.c.number
    rows = db_session.execute(
        select(valid.c.number, valid.c.level, valid.c.valid_until, WebhookEndpoint)
        .join(Employment, Employment.person_id == valid.c.person_id)
        .join(WebhookEndpoint, WebhookEndpoint.provider_id == Employment.provider_id)
        .outerjoin(told, (told.c.endpoint_id == WebhookEndpoint.id) & (told.c.cause == cause))
        .where(
            running_at(now),
            WebhookEndpoint.ended_at.is_(None),
            valid.c.valid_until <= last_day,
            told.c.endpoint_id.is_(None),
        )
        .limit(500)
    ).all()
    for number, level, valid_until, endpoint in rows:
        data = {
            "number": number,
            "level": level,
            "valid_until": valid_until.isoformat(),
            "days_left": (valid_until - issue_day(now)).days,
        }
        _queue(db_session, [endpoint], f"expiring:{number}", Kind.EXPIRING, data, now=now)
    return len(rows)


def forget_old_messages(db_session: Session, *, now: datetime) -> int:
    """Delete messages that ended long ago, expiries of certificates that run on aside."""
    running = select("expiring:" + CredentialRecord.number).where(CredentialRecord.expires_at > now)
    ended = WebhookMessage.delivered_at.is_not(None) | WebhookMessage.given_up_at.is_not(None)
    old = delete(WebhookMessage).where(
        ended, WebhookMessage.created_at < now - KEPT_FOR, WebhookMessage.cause.not_in(running)
    )
    return affected_rows(db_session, old)


def _queue(
    db_session: Session,
    endpoints: Sequence[WebhookEndpoint],
    cause: str,
    kind: Kind,
    data: dict[str, Any],
    *,
    now: datetime,
) -> None:
    for endpoint in endpoints:
        public_id = new_public_id()
        body = {
            "id": public_id,
            "type": kind.value,
            "created_at": now.isoformat(timespec="seconds"),
            "data": data,
        }
        db_session.add(
            WebhookMessage(
                public_id=public_id,
                endpoint_id=endpoint.id,
                cause=cause,
                kind=kind.value,
                body=body,
                created_at=now,
                due_at=now,
            )
        )
    db_session.flush()


def _new_secret() -> str:
    return SECRET_PREFIX + secrets.token_urlsafe(SECRET_BYTES)


def _place(public_id: str) -> str:
    return f"webhook_endpoint.secret:{public_id}"


def _audit(
    db_session: Session, endpoint: WebhookEndpoint, what: str, *, actor: str, now: datetime
) -> None:
    record_act(
        db_session,
        subject=f"webhook:{endpoint.public_id}",
        action=f"webhook.{what}",
        actor=actor,
        now=now,
        details={"provider": endpoint.provider_id, "url": endpoint.url},
    )
    logger.info("%r %s", endpoint, what)
