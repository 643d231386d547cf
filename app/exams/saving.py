"""The one write path of an attempt: lock, check, append, project, commit, then acknowledge.

Written on the driver's cursor because it is the hottest statement of an exam day. Every door
(page, JSON, file of unsent answers) calls `save_response`; submission and closing append to
the same chain through `append_event`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from app.core.db import driver_sql, from_driver, raw_transaction, to_driver
from app.core.errors import (
    ConflictError,
    IdempotencyKeyReusedError,
    NotFoundError,
    RateLimitedError,
    SupersededSessionError,
)
from app.core.hashing import canonical_json, digest

SAVE_GRACE = timedelta(seconds=2)
"""A save on its way when the time ends still counts; the last moment is included."""

PAUSE_GRACE = timedelta(seconds=6)
"""A page learns of a pause within 5 s; what it sends until then still counts."""

PAUSE_RETRY_S = 5
"""What a page is told that sends later than that: keep the change, and try again."""

LATE_KEPT = 600
"""Late answers kept of one attempt: twice the longest form."""

LOCK_ATTEMPT = """
SELECT id, person_id, closed_at, due_at, writer_epoch, event_count, head_hash, form, paused_at,
  open_from, open_to, section_due_at
FROM attempt WHERE public_id = :public_id AND person_id = :person_id /*lock*/"""

FIND_KEY = """
SELECT sequence, fingerprint FROM attempt_event WHERE attempt_id = :attempt_id AND key = :key"""

ADD_EVENT = """
INSERT INTO attempt_event
  (attempt_id, sequence, kind, key, fingerprint, payload, at, previous_hash, hash)
VALUES
  (:attempt_id, :sequence, :kind, :key, :fingerprint, :payload, :at, :previous_hash, :hash)"""

PROJECT_RESPONSE = """
INSERT INTO attempt_response (attempt_id, position, value, flagged, client_sequence, at)
VALUES (:attempt_id, :position, :value, :flagged, :client_sequence, :at)
ON CONFLICT (attempt_id, position) DO UPDATE SET
  value = excluded.value, flagged = excluded.flagged,
  client_sequence = excluded.client_sequence, at = excluded.at
WHERE excluded.client_sequence > attempt_response.client_sequence"""

KEEP_LATE = """
INSERT INTO late_answer
  (attempt_id, key, position, value, client_sequence, received_at, reason)
SELECT :attempt_id, :key, :position, :value, :client_sequence, :at, :reason
WHERE (SELECT count(*) FROM late_answer WHERE attempt_id = :attempt_id) < :most
ON CONFLICT (attempt_id, key) DO NOTHING"""

ADVANCE_HEAD = """
UPDATE attempt SET event_count = :sequence, head_hash = :hash WHERE id = :attempt_id"""


class AttemptClosedError(ConflictError):
    """Raised when the attempt was submitted or closed before."""

    code = "attempt_closed"


class DeadlinePassedError(ConflictError):
    """Raised when a save arrives after the deadline and its grace."""

    code = "deadline_passed"


class SectionPassedError(ConflictError):
    """Raised when an answer comes to a section that the candidate has left for good."""

    code = "section_passed"


class SectionOverError(ConflictError):
    """Raised when an answer comes after the end of its section's own time and its grace."""

    code = "section_over"


class SectionLockedError(ConflictError):
    """Raised when an answer comes to a section that the candidate has not entered."""

    code = "section_locked"


class AttemptPausedError(RateLimitedError):
    """Raised when a save arrives while the clock is stopped; it is welcome afterwards.

    Answered like a rate limit (429 with `Retry-After`), because that is what makes every
    client keep the change and send it again.
    """

    code = "attempt_paused"


@dataclass(frozen=True)
class Change:
    """One change of one answer, as the client sent it.

    Attributes:
        key: Idempotency key, one for each change.
        position: 1-based place in the form.
        value: The checked response.
        flagged: Whether the candidate marked the item.
        client_sequence: Rises by one for each change in this attempt.
        writer_epoch: The page that writes; an older page is refused.
    """

    key: str
    position: int
    value: dict[str, Any]
    flagged: bool
    client_sequence: int
    writer_epoch: int

    @property
    def payload(self) -> str:
        # Without the epoch: a page that took over sends what its predecessor had queued.
        return canonical_json(
            {
                "position": self.position,
                "value": self.value,
                "flagged": self.flagged,
                "client_sequence": self.client_sequence,
            }
        )


@dataclass(frozen=True)
class Acknowledgement:
    """What the client may rely on: this change is in the database.

    Attributes:
        ack: The change's client sequence.
        duplicate: Whether it had been saved by an earlier send.
        server_sequence: Its place in the attempt's log.
        due_at: When the attempt ends, as of now.
    """

    ack: int
    duplicate: bool
    server_sequence: int
    due_at: datetime


def event_hash(
    public_id: str, sequence: int, kind: str, key: str, payload: str, at: datetime, previous: str
) -> str:
    """Return the hash that binds an event to its attempt, place, content and predecessor."""
    return digest(
        {
            "attempt": public_id,
            "sequence": sequence,
            "kind": kind,
            "key": key,
            "payload": json.loads(payload),
            "at": at.isoformat(timespec="microseconds"),
            "previous": previous,
        }
    )


def save_response(
    public_id: str, person_id: int, change: Change, *, now: datetime
) -> Acknowledgement:
    """Save one change and acknowledge it after the commit.

    Args:
        public_id: The attempt.
        person_id: Who is signed in; somebody else's attempt is not found.
        change: The change, its value checked against its item.
        now: The server's moment; the client's clock counts for nothing.

    Raises:
        NotFoundError: No such attempt of this person, or no such position in its form.
        AttemptClosedError, DeadlinePassedError: Too late; the change is kept as a late answer,
            which is evidence and is not scored.
        SectionPassedError, SectionOverError: Too late for its section; likewise kept.
        SectionLockedError: Its section is not open yet.
        AttemptPausedError: The clock is stopped; the change is to be sent again later.
        SupersededSessionError: Another page writes now, or that sequence was used by another.
        IdempotencyKeyReusedError: The key came before with another payload.
    """
    with raw_transaction() as cursor:
        row = _lock(cursor, public_id, person_id)
        attempt_id, _, closed_at, due_text, epoch, count, head, form, paused_text, *bounds = row
        due_at = from_driver(due_text)
        known = _known(cursor, attempt_id, change)
        if known is not None:
            return Acknowledgement(change.client_sequence, True, known, due_at)
        item_count = len(json.loads(form) if isinstance(form, str) else form)
        if not 1 <= change.position <= item_count:
            raise NotFoundError(f"attempt {public_id} has no position {change.position}")
        too_late = _too_late(public_id, closed_at, due_at, paused_text, now)
        if too_late is None:
            too_late = _behind_barrier(public_id, change.position, bounds, paused_text, now)
        if too_late is None:
            if change.writer_epoch != epoch:
                raise SupersededSessionError(
                    f"attempt {public_id}: {change.writer_epoch} < {epoch}"
                )
            sequence, _ = append_event(
                cursor,
                attempt_id=attempt_id,
                public_id=public_id,
                count=count,
                head=head,
                kind="saved",
                key=change.key,
                payload=change.payload,
                at=now,
            )
            _project(cursor, attempt_id, change, now)
        else:
            _keep_late(cursor, attempt_id, change, too_late.code, now)
    if too_late is not None:  # only now: what was late is committed
        raise too_late
    return Acknowledgement(change.client_sequence, False, sequence, due_at)


def _too_late(
    public_id: str, closed_at: Any, due_at: datetime, paused_text: Any, now: datetime
) -> ConflictError | None:
    """Return why a save comes too late; None if it is in time.

    Raises:
        AttemptPausedError: If the clock is stopped: neither in time nor too late.
    """
    if closed_at is not None:
        return AttemptClosedError(f"attempt {public_id}")
    if paused_text is not None:
        if now > from_driver(paused_text) + PAUSE_GRACE:
            raise AttemptPausedError(f"attempt {public_id}", PAUSE_RETRY_S)
        return None
    if now > due_at + SAVE_GRACE:
        return DeadlinePassedError(f"attempt {public_id}: due {due_at}, now {now}")
    return None


def _behind_barrier(
    public_id: str, position: int, bounds: Sequence[Any], paused_text: Any, now: datetime
) -> ConflictError | None:
    """Return why a save comes too late for its section; None if the section is open.

    Args:
        public_id: The attempt.
        position: The item's place in the form.
        bounds: First and last open position (None: to the end), end of the section (None: none).
        paused_text: When the clock was stopped; the section's stands with it.
        now: The moment (aware).

    Raises:
        SectionLockedError: If the section was not entered yet.
    """
    open_from, open_to, over_text = bounds
    if position < open_from:
        return SectionPassedError(f"attempt {public_id}: {position} < {open_from}")
    if open_to is not None and position > open_to:
        raise SectionLockedError(f"attempt {public_id}: {position} > {open_to}")
    if over_text is not None and paused_text is None:
        over_at = from_driver(over_text)
        if now > over_at + SAVE_GRACE:
            return SectionOverError(f"attempt {public_id}: section over {over_at}, now {now}")
    return None


def _project(cursor: Any, attempt_id: int, change: Change, now: datetime) -> None:
    cursor.execute(
        driver_sql(PROJECT_RESPONSE),
        {
            "attempt_id": attempt_id,
            "position": change.position,
            "value": canonical_json(change.value),
            "flagged": change.flagged,
            "client_sequence": change.client_sequence,
            "at": to_driver(now),
        },
    )


def _keep_late(cursor: Any, attempt_id: int, change: Change, reason: str, now: datetime) -> None:
    cursor.execute(
        driver_sql(KEEP_LATE),
        {
            "attempt_id": attempt_id,
            "key": change.key,
            "position": change.position,
            "value": canonical_json(change.value),
            "client_sequence": change.client_sequence,
            "at": to_driver(now),
            "reason": reason,
            "most": LATE_KEPT,
        },
    )


def _lock(cursor: Any, public_id: str, person_id: int) -> tuple[Any, ...]:
    cursor.execute(driver_sql(LOCK_ATTEMPT), {"public_id": public_id, "person_id": person_id})
    row = cursor.fetchone()
    if row is None:
        raise NotFoundError(f"attempt {public_id} of person {person_id}")
    return tuple(row)


def _known(cursor: Any, attempt_id: int, change: Change) -> int | None:
    """Return the server sequence of an earlier send of this change, if there was one."""
    cursor.execute(driver_sql(FIND_KEY), {"attempt_id": attempt_id, "key": change.key})
    known = cursor.fetchone()
    if known is None:
        return None
    if known[1] != digest(change.payload):
        raise IdempotencyKeyReusedError(f"key {change.key} of attempt {attempt_id}")
    return int(known[0])


def append_event(
    cursor: Any,
    *,
    attempt_id: int,
    public_id: str,
    count: int,
    head: str,
    kind: str,
    key: str,
    payload: str,
    at: datetime,
) -> tuple[int, str]:
    """Append one event to a locked attempt's chain; returns its sequence and hash."""
    sequence = count + 1
    hashed = event_hash(public_id, sequence, kind, key, payload, at, head)
    cursor.execute(
        driver_sql(ADD_EVENT),
        {
            "attempt_id": attempt_id,
            "sequence": sequence,
            "kind": kind,
            "key": key,
            "fingerprint": digest(payload),
            "payload": payload,
            "at": to_driver(at),
            "previous_hash": head,
            "hash": hashed,
        },
    )
    cursor.execute(
        driver_sql(ADVANCE_HEAD), {"sequence": sequence, "hash": hashed, "attempt_id": attempt_id}
    )
    return sequence, hashed
