"""A file of answers that never left a device, brought by a candidate and uploaded by staff.

Every change in it takes the one write path: what was saved before is acknowledged again, what
is in time is saved, what comes after the end is kept as a late answer and not scored.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.bank import queries as bank_queries
from app.core.errors import DomainError, InvalidInputError
from app.exams import queries
from app.exams.models import Attempt
from app.exams.saving import (
    AttemptClosedError,
    Change,
    DeadlinePassedError,
    save_response,
)
from question_bank.errors import BankError
from question_bank.scoring import check_value

FILE_BYTES = 512 * 1024
"""Largest file: the longest form with every answer changed many times stays below."""

MOST_CHANGES = 2000

FIELDS = {"sequence", "key", "position", "value", "flagged"}


class UnsentFileError(InvalidInputError):
    """Raised when a file is no file of unsent answers of this attempt."""

    code = "unsent_file"


@dataclass(frozen=True)
class UnsentOutcome:
    """What became of the changes of a file.

    Attributes:
        saved: Saved now, and scored.
        known: On the server before.
        late: Kept as late answers, not scored.
        refused: Neither; each as `{"row", "field", "code"}`, rows counted from 1.
    """

    saved: int
    known: int
    late: int
    refused: list[dict[str, object]]


def read_unsent(data: bytes, public_id: str) -> list[dict[str, Any]]:
    """Read a file of unsent answers.

    Raises:
        UnsentFileError: If it is too large, no such file, or of another attempt; all wrong
            rows are named.
    """
    if len(data) > FILE_BYTES:
        raise UnsentFileError("size", [{"field": "file", "code": "too_large"}])
    try:
        body = json.loads(data.decode("utf-8-sig"))
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise UnsentFileError("no JSON", [{"field": "file", "code": "no_json"}]) from error
    if not isinstance(body, dict) or body.get("attempt") != public_id:
        raise UnsentFileError("attempt", [{"field": "attempt", "code": "other_attempt"}])
    changes = body.get("changes")
    if not isinstance(changes, list) or not 1 <= len(changes) <= MOST_CHANGES:
        raise UnsentFileError("changes", [{"field": "changes", "code": "count"}])
    wrong: list[dict[str, object]] = [
        {"row": row, "field": field, "code": "invalid"}
        for row, change in enumerate(changes, 1)
        if (field := _wrong_field(change))
    ]
    if wrong:
        raise UnsentFileError("changes", wrong)
    return sorted(changes, key=lambda change: change["sequence"])


def _wrong_field(change: Any) -> str:
    if not isinstance(change, dict) or set(change) != FIELDS:
        return "change"
    for field in ("sequence", "position"):
        if type(change[field]) is not int or not 0 < change[field] < 2**31:
            return field
    key = change["key"]
    if not isinstance(key, str) or not 8 <= len(key) <= 64 or not key.isascii():
        return "key"
    return "flagged" if type(change["flagged"]) is not bool else ""


def take_unsent(
    open_session: Callable[[], Session],
    attempt: Attempt,
    changes: list[dict[str, Any]],
    *,
    now: datetime,
) -> UnsentOutcome:
    """Send a file's changes through the write path, oldest first, each in its own transaction.

    Args:
        open_session: Gives a session to read items with.
        attempt: The attempt, as it was read.
        changes: From `read_unsent`.
        now: The moment of the upload (aware): the device's own times count for nothing.
    """
    public_id, person_id, epoch = attempt.public_id, attempt.person_id, attempt.writer_epoch
    refs = queries.item_refs_of(open_session, public_id, person_id)
    saved = known = late = 0
    refused: list[dict[str, object]] = []
    for row, entry in enumerate(changes, 1):
        if entry["position"] > len(refs):
            refused.append({"row": row, "field": "position", "code": "out_of_range"})
            continue
        try:
            item = bank_queries.item_of(open_session, refs[entry["position"] - 1])
            change = Change(
                key=entry["key"],
                position=entry["position"],
                value=check_value(item, entry["value"]),
                flagged=entry["flagged"],
                client_sequence=entry["sequence"],
                writer_epoch=epoch,
            )
            done = save_response(public_id, person_id, change, now=now)
        except (AttemptClosedError, DeadlinePassedError):
            late += 1
        except BankError:
            refused.append({"row": row, "field": "value", "code": "invalid"})
        except DomainError as error:
            refused.append({"row": row, "field": "change", "code": error.code})
        else:
            known += done.duplicate
            saved += not done.duplicate
    return UnsentOutcome(saved, known, late, refused)
