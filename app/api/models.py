"""Tables of the programs' way in: tokens, answered calls, webhooks and their messages."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.append_only import append_only
from app.core.db import Base
from app.core.ids import new_public_id

WAITING = text("delivered_at IS NULL AND given_up_at IS NULL")


class ApiToken(Base):
    """A provider's token; only its hash is kept, its beginning is shown to tell tokens apart."""

    __tablename__ = "api_token"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=new_public_id)
    provider_id: Mapped[int] = mapped_column(ForeignKey("provider.id"), index=True)
    label: Mapped[str]
    scopes: Mapped[list[str]] = mapped_column(JSON)  # tokens.Scope
    token_hash: Mapped[str] = mapped_column(unique=True)
    beginning: Mapped[str]
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]

    def __repr__(self) -> str:
        return f"ApiToken({self.public_id}, provider={self.provider_id})"


class ApiCall(Base):
    """A call that changed something or counted, with its answer: repeated, it is told again."""

    __tablename__ = "api_call"
    __table_args__ = (UniqueConstraint("provider_id", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    provider_id: Mapped[int] = mapped_column(ForeignKey("provider.id"))
    key: Mapped[str]  # the caller's Idempotency-Key
    request_hash: Mapped[str]
    answer: Mapped[dict[str, Any]] = mapped_column(JSON)
    at: Mapped[datetime] = mapped_column(index=True)


class WebhookEndpoint(Base):
    """Where a provider wants to be told; the secrets are sealed with the instance's field key."""

    __tablename__ = "webhook_endpoint"
    __table_args__ = (
        CheckConstraint(
            "(old_secret IS NULL) = (old_secret_until IS NULL)", name="old_secret_has_end"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=new_public_id)
    provider_id: Mapped[int] = mapped_column(ForeignKey("provider.id"), index=True)
    url: Mapped[str]
    secret: Mapped[str]
    old_secret: Mapped[str | None]
    old_secret_until: Mapped[datetime | None]
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    def __repr__(self) -> str:
        return f"WebhookEndpoint({self.public_id}, provider={self.provider_id})"


class WebhookMessage(Base):
    """One message to one endpoint, written in the transaction of its cause, delivered later."""

    __tablename__ = "webhook_message"
    __table_args__ = (
        UniqueConstraint("endpoint_id", "cause"),
        CheckConstraint("delivered_at IS NULL OR given_up_at IS NULL", name="one_end"),
        Index(
            "ix_webhook_message_waiting",
            "due_at",
            sqlite_where=WAITING,
            postgresql_where=WAITING,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=new_public_id)
    endpoint_id: Mapped[int] = mapped_column(ForeignKey("webhook_endpoint.id"))
    cause: Mapped[str]  # of one cause one message, however often it is noticed
    kind: Mapped[str]  # messages.Kind
    body: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
    last_failure: Mapped[str | None]
    delivered_at: Mapped[datetime | None]
    given_up_at: Mapped[datetime | None]

    def __repr__(self) -> str:
        return f"WebhookMessage({self.public_id}, {self.kind})"


class PlatformToken(Base):
    """A token of the platform's own systems: no provider's; only its hash is kept."""

    __tablename__ = "platform_token"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=new_public_id)
    label: Mapped[str]
    token_hash: Mapped[str] = mapped_column(unique=True)
    beginning: Mapped[str]
    scopes: Mapped[list[str] | None] = mapped_column(JSON)  # platform.PlatformScope; None: feeds
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]

    def __repr__(self) -> str:
        return f"PlatformToken({self.public_id})"


@append_only
class FeedChange(Base):
    """A provider's certified operators after something moved them, in the move's transaction.

    `id` is the sequence that programs ask from. No person is named.
    """

    __tablename__ = "feed_change"

    id: Mapped[int] = mapped_column(primary_key=True)
    provider_id: Mapped[int] = mapped_column(ForeignKey("provider.id"), index=True)
    at: Mapped[datetime]
    cause: Mapped[str]  # employment.started, credential.revoked, …
    junior_count: Mapped[int]
    intermediate_count: Mapped[int]
    senior_count: Mapped[int]


@append_only
class FeedSnapshot(Base):
    """Every provider's counts and score at one moment, as it was signed and handed out."""

    __tablename__ = "feed_snapshot"

    id: Mapped[int] = mapped_column(primary_key=True)
    made_at: Mapped[datetime]
    made_by: Mapped[str]
    month: Mapped[date]  # of the scores; its first day
    last_change_id: Mapped[int]  # changes up to this one are in it
    sha256: Mapped[str]
    body: Mapped[str] = mapped_column(Text)  # canonical JSON, what the digest is of
    signature: Mapped[str] = mapped_column(Text)  # compact JWS over the digest
