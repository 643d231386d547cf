"""Tokens of providers' programs: made by a manager, shown once, scoped, ended at any time."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.api.models import ApiToken
from app.core.audit.services import record_act
from app.core.errors import ConflictError, ForbiddenError, InvalidInputError, NotFoundError
from app.core.hashing import secret_hash

logger = logging.getLogger(__name__)

PREFIX = "cpt_"
"""So that programs that look for leaked secrets know one."""

TOKEN_BYTES = 32
MAX_TOKENS = 20
MAX_DAYS = 365
MAX_LABEL_LENGTH = 40


class Scope(StrEnum):
    """What a token allows; the words are in `labels.py`."""

    VERIFY = "verifications"
    STAFF = "staff"
    OBJECTIONS = "objections"


class TooManyTokensError(ConflictError):
    """Raised when a provider has as many running tokens as it may have."""

    code = "too_many_tokens"


class TokenRefusedError(ForbiddenError):
    """Raised when a call has no token that runs."""

    code = "token_refused"


class ScopeMissingError(ForbiddenError):
    """Raised when a token does not allow what is asked."""

    code = "scope_missing"


@dataclass(frozen=True)
class Caller:
    """Who calls: the provider, by one of its tokens."""

    provider_id: int
    token_id: str
    actor: str


def make_token(
    db_session: Session,
    provider_id: int,
    *,
    label: str,
    scopes: Iterable[Scope],
    days: int,
    actor: str,
    now: datetime,
) -> str:
    """Make a token and return it; nobody can read it again.

    Args:
        db_session: The session of the caller's transaction.
        provider_id: Whose it is.
        label: What the manager calls it.
        scopes: What it allows; at least one.
        days: How long it runs, 1 to 365.
        actor: Who makes it.
        now: The moment (aware).

    Raises:
        InvalidInputError: If there is no scope, or `days` is out of range.
        TooManyTokensError: If `MAX_TOKENS` run.
    """
    wanted = sorted(set(scopes))
    if not wanted or not 1 <= days <= MAX_DAYS:
        raise InvalidInputError("token", [{"field": "scopes", "code": "out_of_range"}])
    running = [one for one in tokens_of(db_session, provider_id) if runs(one, now)]
    if len(running) >= MAX_TOKENS:
        raise TooManyTokensError(f"provider {provider_id}")
    secret = PREFIX + secrets.token_urlsafe(TOKEN_BYTES)
    made = ApiToken(
        provider_id=provider_id,
        label=label[:MAX_LABEL_LENGTH],
        scopes=[scope.value for scope in wanted],
        token_hash=secret_hash(secret),
        beginning=secret[: len(PREFIX) + 4],
        created_at=now,
        created_by=actor,
        expires_at=now + timedelta(days=days),
    )
    db_session.add(made)
    db_session.flush()
    _audit(db_session, made, "made", actor=actor, now=now)
    return secret


def end_token(
    db_session: Session, provider_id: int, public_id: str, *, actor: str, now: datetime
) -> None:
    """End a token at once; one that has ended stays as it ended.

    Raises:
        NotFoundError: If the provider has no such token.
    """
    found = db_session.scalar(
        select(ApiToken)
        .where(ApiToken.public_id == public_id, ApiToken.provider_id == provider_id)
        .with_for_update()
    )
    if found is None:
        raise NotFoundError(f"token {public_id} of provider {provider_id}")
    if found.revoked_at is None:
        found.revoked_at = now
        db_session.flush()
        _audit(db_session, found, "ended", actor=actor, now=now)


def caller_of(
    db_session: Session, authorization: str | None, scope: Scope, *, now: datetime
) -> Caller:
    """Return who calls.

    Args:
        db_session: A session to read with.
        authorization: The header, `Bearer <token>`.
        scope: What the call needs.
        now: The moment (aware).

    Raises:
        TokenRefusedError: If there is no such token, or it has ended; the same for both.
        ScopeMissingError: If it does not allow this.
    """
    kind, _, secret = (authorization or "").partition(" ")
    found = None
    if kind.lower() == "bearer" and secret.startswith(PREFIX) and len(secret) <= 100:
        found = db_session.scalar(
            select(ApiToken).where(ApiToken.token_hash == secret_hash(secret))
        )
    if found is None or not runs(found, now):
        raise TokenRefusedError("no token that runs")
    if scope.value not in found.scopes:
        raise ScopeMissingError(f"{found!r} has not {scope}")
    return Caller(found.provider_id, found.public_id, f"token:{found.public_id}")


def tokens_of(db_session: Session, provider_id: int) -> Sequence[ApiToken]:
    """Return a provider's tokens, newest first."""
    return db_session.scalars(
        select(ApiToken).where(ApiToken.provider_id == provider_id).order_by(ApiToken.id.desc())
    ).all()


def runs(token: ApiToken, now: datetime) -> bool:
    """Say whether a token is accepted at a moment (aware)."""
    return token.revoked_at is None and token.expires_at > now


def _audit(db_session: Session, token: ApiToken, what: str, *, actor: str, now: datetime) -> None:
    record_act(
        db_session,
        subject=f"api_token:{token.public_id}",
        action=f"api_token.{what}",
        actor=actor,
        now=now,
        details={"provider": token.provider_id, "scopes": token.scopes},
    )
    logger.info("%r %s", token, what)
