"""Routes for programs: a token instead of a signed-in person, with its scope and its pace."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from flask import current_app, request
from flask.typing import ResponseReturnValue
from pydantic import BaseModel

from app.api import tokens
from app.api.tokens import Caller, Scope
from app.core import clock
from app.core.db import db, transaction
from app.core.error_pages import answer_error
from app.core.errors import RateLimitedError
from app.core.rate_limits import count_hit

P = ParamSpec("P")
View = Callable[P, ResponseReturnValue]
ProgramView = Callable[Concatenate[Caller, P], ResponseReturnValue]

CALLS, CALL_WINDOW_S = 120, 60
"""Calls of one token in a minute."""

REFUSALS, REFUSAL_WINDOW_S = 30, 60
"""Refused tokens of one address in a minute."""


def program(
    scope: Scope, *, answer: type[BaseModel], asks: type[BaseModel] | None = None
) -> Callable[[ProgramView[P]], View[P]]:
    """Let only programs in whose token has a scope; the view gets the caller first.

    Args:
        scope: What the token must allow.
        answer: The JSON that goes out, for the OpenAPI document.
        asks: The JSON that comes in, if any does.
    """

    def decorate(view: ProgramView[P]) -> View[P]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
            header = request.headers.get("Authorization")
            now = clock.now()
            try:
                caller = tokens.caller_of(db.session(), header, scope, now=now)
            except tokens.TokenRefusedError:
                count_call(f"api-refused:{request.remote_addr}", REFUSALS, REFUSAL_WINDOW_S)
                refused = current_app.make_response(answer_error(401, "token_refused"))
                refused.headers["WWW-Authenticate"] = "Bearer"
                return refused
            count_call(f"api:{caller.token_id}", CALLS, CALL_WINDOW_S)
            return view(caller, *args, **kwargs)

        guarded.scope = scope  # type: ignore[attr-defined]
        guarded.asks = asks  # type: ignore[attr-defined]
        guarded.answer_model = answer  # type: ignore[attr-defined]
        return guarded

    return decorate


def count_call(key: str, limit: int, window_s: int) -> None:
    """Count a call.

    Raises:
        RateLimitedError: If there were too many in the window.
    """
    with transaction() as db_session:
        wait_s = count_hit(db_session, key, limit=limit, window_s=window_s, now=clock.now())
    if wait_s is not None:
        raise RateLimitedError(key.partition(":")[0], wait_s)
