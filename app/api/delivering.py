"""Deliver the webhook messages that wait: claimed one by one, tried again ever later."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.api import webhooks
from app.api.models import WebhookEndpoint, WebhookMessage
from app.api.sending import SIGNATURE_HEADER, SendError, send, signature
from app.core.config import Settings
from app.core.crypto import FieldKeys
from app.core.db import db, transaction

logger = logging.getLogger(__name__)

AT_ONCE = 20
"""Messages of one run of the job."""

LEASE = timedelta(seconds=60)
"""A message whose sender died is due again after this."""

PAUSES_S = (10, 60, 300, 1800, 7200, 21600, 43200)
"""Before each further try; after the last one a message is given up: some 22 hours in all."""


@dataclass(frozen=True)
class _Claimed:
    message_id: int
    public_id: str
    url: str
    body: bytes
    secrets: list[str]


def deliver_waiting(
    settings: Settings, field_keys: FieldKeys, *, now: datetime, at_most: int = AT_ONCE
) -> int:
    """Send messages that are due, oldest first; return how many were delivered.

    Each is claimed before it is sent, in a transaction of its own: a process that dies in between
    sends it again later, so a receiver may see a message twice and tells by its id.

    Args:
        settings: Of this deployment; names the own network's hosts.
        field_keys: Open the secrets.
        now: The moment (aware).
        at_most: Most messages of this run.
    """
    delivered = 0
    for _ in range(at_most):
        with transaction() as db_session:
            claimed = _claim(db_session, field_keys, now)
        if claimed is None:
            break
        failure = None
        try:
            mark = signature(claimed.secrets, claimed.body, at=now)
            send(
                claimed.url,
                claimed.body,
                {SIGNATURE_HEADER: mark, "Caopan-Message": claimed.public_id},
                own_hosts=settings.webhook_hosts,
            )
        except SendError as error:
            failure = str(error)
        with transaction() as db_session:
            _note(db_session, claimed.message_id, failure, now)
        delivered += failure is None
    db.session().rollback()
    return delivered


def _claim(db_session: Session, field_keys: FieldKeys, now: datetime) -> _Claimed | None:
    message = db_session.scalar(
        select(WebhookMessage)
        .where(
            WebhookMessage.delivered_at.is_(None),
            WebhookMessage.given_up_at.is_(None),
            WebhookMessage.due_at <= now,
        )
        .order_by(WebhookMessage.due_at, WebhookMessage.id)
        .limit(1)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    if message is None:
        return None
    endpoint = db_session.get_one(WebhookEndpoint, message.endpoint_id)
    message.tries += 1
    message.due_at = now + LEASE
    db_session.flush()
    return _Claimed(
        message_id=message.id,
        public_id=message.public_id,
        url=endpoint.url,
        body=json.dumps(message.body, ensure_ascii=False, separators=(",", ":")).encode(),
        secrets=webhooks.open_secrets(endpoint, field_keys, now=now),
    )


def _note(db_session: Session, message_id: int, failure: str | None, now: datetime) -> None:
    message = db_session.get_one(
        WebhookMessage, message_id, with_for_update=True, populate_existing=True
    )
    if message.given_up_at is not None:  # the endpoint was ended while it was sent
        return
    message.last_failure = failure
    if failure is None:
        message.delivered_at = now
    elif message.tries > len(PAUSES_S):
        message.given_up_at = now
        logger.warning("%r given up after %d tries: %s", message, message.tries, failure)
    else:
        message.due_at = now + timedelta(seconds=PAUSES_S[message.tries - 1])
    db_session.flush()
