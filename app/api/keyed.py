"""What calls of programs share: a checked body, and a key under which a call is done once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.api.models import ApiCall
from app.api.tokens import Caller
from app.core.errors import IdempotencyKeyReusedError, InvalidInputError
from app.core.hashing import digest
from app.providers.models import Provider

Asked = TypeVar("Asked", bound=BaseModel)


def read_body(model: type[Asked], body: dict[str, Any]) -> Asked:
    """Return a checked body.

    Raises:
        InvalidInputError: With every fault and where it is.
    """
    try:
        return model.model_validate(body)
    except ValidationError as error:
        faults: list[dict[str, object]] = [
            {"field": ".".join(map(str, fault["loc"])), "code": fault["type"]}
            for fault in error.errors(include_url=False)
        ]
        raise InvalidInputError(model.__name__, faults) from error


def answer_once(
    db_session: Session,
    caller: Caller,
    key: str,
    told: dict[str, Any],
    act: Callable[[], dict[str, Any]],
    *,
    now: datetime,
) -> dict[str, Any]:
    """Do what a call asks, or tell again what the first call with its key was answered.

    Args:
        db_session: The session of the caller's transaction.
        caller: Whose program.
        key: The call's key.
        told: What the call asks, as JSON; the key is held to it.
        act: Does it and returns the answer; what it raises leaves the key free.
        now: The moment (aware).

    Raises:
        IdempotencyKeyReusedError: If the key came with something else before.
    """
    # The provider's row is the lock: of two calls with one key the second finds the answer. Rows
    # that refer to the provider may be written meanwhile.
    db_session.execute(
        select(Provider.id).where(Provider.id == caller.provider_id).with_for_update(key_share=True)
    )
    request_hash = digest(told)
    known = db_session.scalar(
        select(ApiCall).where(ApiCall.provider_id == caller.provider_id, ApiCall.key == key)
    )
    if known is not None:
        if known.request_hash != request_hash:
            raise IdempotencyKeyReusedError(f"key {key!r} of provider {caller.provider_id}")
        return known.answer
    answer = act()
    db_session.add(
        ApiCall(
            provider_id=caller.provider_id,
            key=key,
            request_hash=request_hash,
            answer=answer,
            at=now,
        )
    )
    db_session.flush()
    return answer
