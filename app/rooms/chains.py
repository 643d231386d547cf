"""The chain of a room's events: what is hashed, and the statements that append to it.

Written on the driver's cursor, because the write path of a running room is hot; the ORM units
of work append through the same statements on the same connection.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.core.db import driver_sql, to_driver
from app.core.errors import IdempotencyKeyReusedError
from app.core.hashing import canonical_json, digest
from app.rooms.models import RoomSession

FIND_KEY = """
SELECT sequence, fingerprint, payload FROM room_event
WHERE room_session_id = :room_id AND key = :key"""

ADD_EVENT = """
INSERT INTO room_event
  (room_session_id, sequence, kind, key, fingerprint, payload, at, previous_hash, hash)
VALUES
  (:room_id, :sequence, :kind, :key, :fingerprint, :payload, :at, :previous_hash, :hash)"""

ADVANCE_HEAD = """
UPDATE room_session SET event_count = :sequence, head_hash = :hash WHERE id = :room_id"""


@dataclass(frozen=True)
class Head:
    """The end of a locked room's chain.

    Attributes:
        room_id: Primary key of the room.
        public_id: Bound into every hash.
        sequence: Number of events so far.
        hash: Hash of the newest.
    """

    room_id: int
    public_id: str
    sequence: int
    hash: str


def event_hash(
    public_id: str, sequence: int, kind: str, key: str, payload: str, at: datetime, previous: str
) -> str:
    """Return the hash that binds an event to its room, place, content and predecessor."""
    return digest(
        {
            "room": public_id,
            "sequence": sequence,
            "kind": kind,
            "key": key,
            "payload": json.loads(payload),
            "at": at.isoformat(timespec="microseconds"),
            "previous": previous,
        }
    )


def server_key() -> str:
    """Return a fresh key for an event that the server makes itself."""
    return f"server-{secrets.token_hex(8)}"


def append_event(
    cursor: Any, head: Head, kind: str, key: str, payload: str, at: datetime, *, sent: str = ""
) -> Head:
    """Append one event to a locked room's chain.

    Args:
        cursor: Inside the transaction that holds the room's lock.
        head: The chain's end.
        kind: What happened.
        key: Idempotency key.
        payload: Canonical JSON of the event.
        at: The server's moment (aware).
        sent: What the client sent, if that is less than the payload; a repeat must match it.

    Returns:
        The chain's new end.
    """
    sequence = head.sequence + 1
    hashed = event_hash(head.public_id, sequence, kind, key, payload, at, head.hash)
    cursor.execute(
        driver_sql(ADD_EVENT),
        {
            "room_id": head.room_id,
            "sequence": sequence,
            "kind": kind,
            "key": key,
            "fingerprint": digest(sent or payload),
            "payload": payload,
            "at": to_driver(at),
            "previous_hash": head.hash,
            "hash": hashed,
        },
    )
    cursor.execute(
        driver_sql(ADVANCE_HEAD), {"sequence": sequence, "hash": hashed, "room_id": head.room_id}
    )
    return Head(head.room_id, head.public_id, sequence, hashed)


def known_event(
    cursor: Any, room_id: int, key: str, sent: str
) -> tuple[int, dict[str, Any]] | None:
    """Return sequence and payload of an earlier send of the same change, if there was one.

    Raises:
        IdempotencyKeyReusedError: If the key came before with something else.
    """
    cursor.execute(driver_sql(FIND_KEY), {"room_id": room_id, "key": key})
    row = cursor.fetchone()
    if row is None:
        return None
    if row[1] != digest(sent):
        raise IdempotencyKeyReusedError(f"key {key} of room {room_id}")
    return int(row[0]), json.loads(row[2])


def append_to(
    db_session: Session,
    room: RoomSession,
    kind: str,
    payload: dict[str, Any],
    *,
    now: datetime,
    key: str = "",
    sent: str = "",
) -> None:
    """Append to a locked room from an ORM unit of work: same statements, same connection."""
    db_session.flush()
    head = Head(room.id, room.public_id, room.event_count, room.head_hash)
    cursor = db_session.connection().connection.cursor()
    try:
        append_event(
            cursor, head, kind, key or server_key(), canonical_json(payload), now, sent=sent
        )
    finally:
        cursor.close()
    db_session.refresh(room, ["event_count", "head_hash"])


def is_known(db_session: Session, room: RoomSession, key: str, sent: str) -> bool:
    """Say whether a change with this key was appended before.

    Raises:
        IdempotencyKeyReusedError: If it was another change.
    """
    cursor = db_session.connection().connection.cursor()
    try:
        return known_event(cursor, room.id, key, sent) is not None
    finally:
        cursor.close()
