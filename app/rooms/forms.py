"""What a room's page sends that is not a form field: read strictly, or refused with the field."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from app.core.errors import InvalidInputError
from app.core.web import BaseForm, idempotency_key
from app.rooms.acting import SentAction, read_action

CHANGES = {"pause": "paused", "resume": "resumed", "step": "stepped", "speed": "speed"}
"""What a practice page asks of the clock, and the event that follows."""


class StartRoomForm(BaseForm):
    """A button that starts a room, or starts it anew: the scenario stands in the address."""


def read_sent_action(body: Mapping[str, Any]) -> SentAction:
    """Return the action of a JSON body.

    Raises:
        IncompleteRequestError: Without a usable idempotency key.
        InvalidInputError: If a field is missing or out of range, with its code.
    """
    return SentAction(
        key=idempotency_key(body),
        action=read_action(body.get("action")),
        writer_epoch=_whole(body, "writer_epoch"),
        queued=timedelta(milliseconds=_whole(body, "queued_ms")),
    )


def read_clock_change(body: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return the clock event that a JSON body asks for, and its payload.

    Raises:
        InvalidInputError: If there is no such change.
    """
    change = body.get("change")
    kind = CHANGES.get(change) if isinstance(change, str) else None
    if kind is None:
        raise InvalidInputError(f"change {change!r}", [{"field": "change", "code": "unknown_verb"}])
    wanted = {"stepped": "ticks", "speed": "speed"}.get(kind)
    return kind, {wanted: body.get(wanted)} if wanted else {}


def _whole(body: Mapping[str, Any], name: str) -> int:
    value = body.get(name, 0)
    if type(value) is not int or not 0 <= value < 2**31:
        raise InvalidInputError(f"{name}: {value!r}", [{"field": name, "code": "out_of_range"}])
    return value
