"""One change of one answer: read from JSON, saved, acknowledged as JSON, whoever serves it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.bank import queries as bank_queries
from app.core.errors import InvalidInputError
from app.core.web import checked_key
from app.exams import queries, saving
from question_bank.errors import BankError
from question_bank.scoring import check_value


def save_answer(
    open_session: Callable[[], Session],
    public_id: str,
    person_id: int,
    body: dict[str, Any],
    *,
    key_header: str | None,
    now: datetime,
) -> dict[str, Any]:
    """Save what a page sent; return what it is answered, after the commit.

    Args:
        open_session: Gives a session to read with; called only for what this process never read.
        public_id: The attempt.
        person_id: Who is signed in.
        body: The JSON object that was sent.
        key_header: The idempotency key's header; the body may hold the key instead.
        now: The server's moment.

    Raises:
        DomainError: Whatever `checked_key`, `read_change` and `save_response` refuse.
    """
    key = checked_key(key_header, body)
    change = read_change(open_session, public_id, person_id, body, key=key)
    done = saving.save_response(public_id, person_id, change, now=now)
    return {
        "ack": done.ack,
        "duplicate": done.duplicate,
        "server_sequence": done.server_sequence,
        "server_now": now.isoformat(),
        "due_at": done.due_at.isoformat(),
    }


def read_change(
    open_session: Callable[[], Session],
    public_id: str,
    person_id: int,
    body: dict[str, Any],
    *,
    key: str,
) -> saving.Change:
    """Read one change; the value is checked against its own item.

    Args:
        open_session: Gives a session to read with; called only for what this process never read.
        public_id: The attempt.
        person_id: Its candidate.
        body: `position`, `value`, `flagged`, `sequence`, `writer_epoch`.
        key: The checked idempotency key.

    Raises:
        NotFoundError: No such attempt of this person.
        InvalidInputError: A number is no number, the position is not in the form, or the value
            does not fit its item.
    """
    position, sequence, epoch = (
        whole_number(body, name) for name in ("position", "sequence", "writer_epoch")
    )
    refs = queries.item_refs_of(open_session, public_id, person_id)
    if not 1 <= position <= len(refs):
        raise InvalidInputError(
            f"position {position}", [{"field": "position", "code": "out_of_range"}]
        )
    item = bank_queries.item_of(open_session, refs[position - 1])
    try:
        value = check_value(item, body.get("value"))
    except BankError as error:
        raise InvalidInputError(str(error), [{"field": "value", "code": "invalid"}]) from error
    return saving.Change(key, position, value, body.get("flagged") is True, sequence, epoch)


def whole_number(body: dict[str, Any], name: str) -> int:
    """Return a field that is a whole number in [0, 2^31).

    Raises:
        InvalidInputError: If it is anything else.
    """
    number = body.get(name)
    if type(number) is not int or not 0 <= number < 2**31:  # a bool is no number here
        raise InvalidInputError(f"{name}: {number!r}", [{"field": name, "code": "whole_number"}])
    return number
