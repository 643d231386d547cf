"""Tokens of the platform's own systems, which take feeds and report: made by an administrator."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import wraps
from typing import ParamSpec

from flask import current_app, g, request
from flask.typing import ResponseReturnValue
from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.api.guarding import CALL_WINDOW_S, CALLS, REFUSAL_WINDOW_S, REFUSALS, count_call
from app.api.models import PlatformToken
from app.api.tokens import MAX_DAYS, MAX_LABEL_LENGTH, TOKEN_BYTES, ScopeMissingError
from app.core import clock
from app.core.audit.services import record_act
from app.core.db import db
from app.core.error_pages import answer_error
from app.core.errors import ConflictError, InvalidInputError, NotFoundError
from app.core.hashing import secret_hash

logger = logging.getLogger(__name__)

P = ParamSpec("P")

PREFIX = "cpp_"
"""So that programs that look for leaked secrets know one, and tell it from a provider's."""

MAX_RUNNING = 10


class PlatformScope(StrEnum):
    """What a token of the platform allows; a token from before scopes takes feeds only."""

    FEEDS = "feeds"
    REPORTS = "reports"
    APPLICATIONS = "applications"


@dataclass(frozen=True, slots=True)
class PlatformCaller:
    """Which of the platform's systems is calling.

    Attributes:
        actor: As the audit log names it.
        label: What the administrator called it.
    """

    actor: str
    label: str


class TooManyPlatformTokensError(ConflictError):
    """Raised when as many tokens run as may."""

    code = "too_many_platform_tokens"


def make_platform_token(
    db_session: Session,
    *,
    label: str,
    days: int,
    actor: str,
    now: datetime,
    scopes: Collection[PlatformScope] = (PlatformScope.FEEDS,),
) -> str:
    """Make a token and return it; nobody can read it again.

    Args:
        db_session: The session of the caller's transaction.
        label: Which system it is for.
        days: How long it runs, 1 to 365.
        actor: The administrator.
        now: The moment (aware).
        scopes: What it allows, at least one.

    Raises:
        InvalidInputError: If `days` is out of range or nothing is allowed.
        TooManyPlatformTokensError: If `MAX_RUNNING` run.
    """
    if not 1 <= days <= MAX_DAYS:
        raise InvalidInputError("platform token", [{"field": "days", "code": "out_of_range"}])
    if not scopes:
        raise InvalidInputError("platform token", [{"field": "scopes", "code": "required"}])
    if sum(runs(one, now) for one in platform_tokens(db_session)) >= MAX_RUNNING:
        raise TooManyPlatformTokensError(f"{MAX_RUNNING} tokens run")
    secret = PREFIX + secrets.token_urlsafe(TOKEN_BYTES)
    made = PlatformToken(
        label=label[:MAX_LABEL_LENGTH],
        token_hash=secret_hash(secret),
        beginning=secret[: len(PREFIX) + 4],
        scopes=sorted(scope.value for scope in scopes),
        created_at=now,
        created_by=actor,
        expires_at=now + timedelta(days=days),
    )
    db_session.add(made)
    db_session.flush()
    _audit(db_session, made, "made", actor=actor, now=now)
    return secret


def end_platform_token(db_session: Session, public_id: str, *, actor: str, now: datetime) -> None:
    """End a token at once; one that has ended stays as it ended.

    Raises:
        NotFoundError: If there is none.
    """
    found = db_session.scalar(
        select(PlatformToken).where(PlatformToken.public_id == public_id).with_for_update()
    )
    if found is None:
        raise NotFoundError(f"platform token {public_id}")
    if found.revoked_at is None:
        found.revoked_at = now
        db_session.flush()
        _audit(db_session, found, "ended", actor=actor, now=now)


def platform_tokens(db_session: Session) -> Sequence[PlatformToken]:
    """Return every token, newest first."""
    return db_session.scalars(select(PlatformToken).order_by(PlatformToken.id.desc())).all()


def runs(token: PlatformToken, now: datetime) -> bool:
    """Say whether a token is accepted at a moment (aware)."""
    return token.revoked_at is None and token.expires_at > now


def scopes_of(token: PlatformToken) -> frozenset[str]:
    """Return what a token allows."""
    return frozenset(token.scopes or (PlatformScope.FEEDS.value,))


def platform_program(
    scope: PlatformScope = PlatformScope.FEEDS,
    *,
    answer: type[BaseModel] | None = None,
    asks: type[BaseModel] | None = None,
) -> Callable[[Callable[P, ResponseReturnValue]], Callable[P, ResponseReturnValue]]:
    """Let only the platform's own programs in; `platform_caller` says which one it is.

    Args:
        scope: What the token must allow.
        answer: The JSON that goes out, for the OpenAPI document.
        asks: The JSON that comes in, if any does.
    """

    def decorate(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
            found = _token_or_none(request.headers.get("Authorization"), clock.now())
            if found is None:
                count_call(f"api-refused:{request.remote_addr}", REFUSALS, REFUSAL_WINDOW_S)
                refused = current_app.make_response(answer_error(401, "token_refused"))
                refused.headers["WWW-Authenticate"] = "Bearer"
                return refused
            count_call(f"api:{found.public_id}", CALLS, CALL_WINDOW_S)
            if scope.value not in scopes_of(found):
                raise ScopeMissingError(f"{found!r} has no scope {scope}")
            g.platform_caller = PlatformCaller(f"platform:{found.public_id}", found.label)
            return view(*args, **kwargs)

        guarded.scope = scope.value  # type: ignore[attr-defined]
        guarded.asks = asks  # type: ignore[attr-defined]
        guarded.is_keyed = False  # type: ignore[attr-defined]
        guarded.answer_model = answer  # type: ignore[attr-defined]
        return guarded

    return decorate


def platform_caller() -> PlatformCaller:
    """Return who is calling, inside of a view that `platform_program` guards."""
    caller: PlatformCaller = g.platform_caller
    return caller


def _token_or_none(header: str | None, now: datetime) -> PlatformToken | None:
    kind, _, secret = (header or "").partition(" ")
    if kind.lower() != "bearer" or not secret.startswith(PREFIX) or len(secret) > 100:
        return None
    found = db.session().scalar(
        select(PlatformToken).where(PlatformToken.token_hash == secret_hash(secret))
    )
    return found if found is not None and runs(found, now) else None


def _audit(
    db_session: Session, token: PlatformToken, what: str, *, actor: str, now: datetime
) -> None:
    record_act(
        db_session,
        subject=f"platform_token:{token.public_id}",
        action=f"platform_token.{what}",
        actor=actor,
        now=now,
        details={"label": token.label},
    )
    logger.info("%r %s", token, what)
