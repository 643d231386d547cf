"""The one write path of an action: lock, check, ask the room, append, commit, then acknowledge.

The client sends only the action. The server stamps it with its own tick, at whose start it takes
effect; nothing is kept of an action that the room refuses. Every door calls `perform_action`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from app.core.db import driver_sql, from_driver, raw_transaction, to_driver
from app.core.errors import (
    ConflictError,
    InvalidInputError,
    NotFoundError,
    RateLimitedError,
    SupersededSessionError,
)
from app.core.hashing import canonical_json
from app.rooms import queries, replaying
from app.rooms.chains import Head, append_event, known_event
from app.rooms.clocks import RoomClock
from simulations.actions import Action, parse_action
from simulations.errors import ActionError, ActionRefusedError
from simulations.rooms import LoggedAction, RoomKeys, RoomState, admissible, replay
from simulations.scenarios import Scenario

QUEUE_MOST = timedelta(seconds=30)
"""An action that waited longer in a browser cut off from the server is refused (ruling 6)."""

RATE_ACTIONS = 4
RATE_WINDOW = timedelta(seconds=2)
"""At most two actions a second, counted over two seconds, so that a quick pair is no offence."""

SNAPSHOT_TICKS = 60
"""A snapshot is stored at most every five minutes of room time, and only by an action."""

LOCK_ROOM = """
SELECT id, closed_at, writer_epoch, event_count, head_hash, last_tick, starts_at, clock_at,
       clock_ms, clock_speed, is_paused, duration_ticks, snapshot_tick
FROM room_session WHERE public_id = :public_id AND person_id = :person_id /*lock*/"""

NEW_ACTIONS = """
SELECT sequence, payload FROM room_event
WHERE room_session_id = :room_id AND sequence > :after AND kind = 'acted' ORDER BY sequence"""

RECENT_ACTIONS = """
SELECT count(*) FROM room_event
WHERE room_session_id = :room_id AND sequence > :after AND kind = 'acted' AND at > :since"""

ADVANCE_ROOM = """
UPDATE room_session SET last_tick = :tick WHERE id = :room_id"""

STORE_SNAPSHOT = """
UPDATE room_session SET snapshot = :snapshot, snapshot_tick = :tick WHERE id = :room_id"""


class RoomOverError(ConflictError):
    """Raised when the session's time is over, or it was closed."""

    code = "room_over"


class RoomHaltedError(ConflictError):
    """Raised while the clock of a room that counts stands: whoever stages it has halted it."""

    code = "room_halted"


class RoomNotStartedError(ConflictError):
    """Raised while the countdown to the first tick runs."""

    code = "room_not_started"


class ActionExpiredError(ConflictError):
    """Raised when an action waited too long in the client's queue."""

    code = "action_expired"


class ActionNotAdmissibleError(ConflictError):
    """Raised when the room does not allow the action now; `code` is the room's reason."""

    def __init__(self, code: str) -> None:
        super().__init__(f"refused by the room: {code}")
        self.code = code


@dataclass(frozen=True)
class SentAction:
    """One action as the client sent it.

    Attributes:
        key: Idempotency key, one for each action.
        action: The checked action.
        writer_epoch: The page that acts; an older page is refused.
        queued: How long it waited in the client's queue, by the client's own account. Nothing
            is won by lying: it takes effect when it arrives.
    """

    key: str
    action: Action
    writer_epoch: int
    queued: timedelta

    @property
    def sent(self) -> str:
        """What a repeat must match; not the epoch, since a page that took over sends the rest."""
        return canonical_json({"action": self.action.to_dict()})


@dataclass(frozen=True)
class Performed:
    """What the client may rely on: this action is in the database.

    Attributes:
        sequence: Its place in the room's log.
        tick: The tick at whose start it takes effect.
        duplicate: Whether an earlier send had been accepted.
        is_exam: Whether the room counts: then the page sees less of the host.
        scenario: The room's scenario.
        state: The room with the action done (of a duplicate: the room now).
    """

    sequence: int
    tick: int
    duplicate: bool
    is_exam: bool
    scenario: Scenario
    state: RoomState


@dataclass(frozen=True)
class _Locked:
    """A locked room, read through the driver."""

    head: Head
    is_closed: bool
    writer_epoch: int
    last_tick: int
    clock: RoomClock
    snapshot_tick: int


def read_action(data: Any) -> Action:
    """Return the action that a JSON value describes.

    Raises:
        InvalidInputError: If it is no action at all, with the field and the code of its fault.
    """
    if not isinstance(data, dict):
        raise InvalidInputError("action: an object", [{"field": "action", "code": "wrong_type"}])
    try:
        return parse_action(data)
    except ActionError as error:
        raise InvalidInputError(
            str(error), [{"field": f"action.{error.field}", "code": error.code}]
        ) from error


def perform_action(
    db_session: Session, public_id: str, person_id: int, sent: SentAction, *, now: datetime
) -> Performed:
    """Do one action in a room and acknowledge it after the commit.

    Args:
        db_session: A reading session: it warms the replay up before the lock is taken.
        public_id: The room.
        person_id: Who is signed in; somebody else's room is not found.
        sent: The action.
        now: The server's moment; the client's clock counts for nothing.

    Raises:
        NotFoundError: No such room of this person.
        RoomOverError, RoomNotStartedError, ActionExpiredError: Not now, or not any more.
        RoomHaltedError: The clocks of all rooms of a contest's round stand.
        SupersededSessionError: Another page operates the room.
        RateLimitedError: More than two actions a second.
        ActionNotAdmissibleError: The room does not allow it now; nothing was written.
        IdempotencyKeyReusedError: The key came before with another action.
    """
    room = queries.room_of(db_session, public_id, person_id)
    if room.is_planning:
        raise RoomNotStartedError(f"{room!r} is being planned")
    # A plan is fixed once, before the first tick: read ahead of the lock, it is the same behind it.
    scenario = queries.room_scenario(db_session, room)
    keys, is_exam = room.keys, room.is_exam
    queries.state_of(db_session, room, scenario, now=now)
    with raw_transaction() as cursor:
        locked = _lock(cursor, public_id, person_id)
        log = _log(cursor, locked.head)
        known = known_event(cursor, locked.head.room_id, sent.key, sent.sent)
        if known is None:
            if is_exam and locked.clock.is_paused:
                raise RoomHaltedError(f"room {public_id}")
            tick = _admit(cursor, locked, sent, now)
            state = _room_at(scenario, keys, locked, log, tick)
            _ask(scenario, state, sent.action)
            done = (*log, LoggedAction(tick, sent.action))
            state = replay(scenario, keys, done, tick, state)
            head = _append(cursor, locked, sent, tick, state, now)
    if known is not None:
        sequence, payload = known
        tick = max(locked.clock.tick_at(now), locked.last_tick)
        state = _room_at(scenario, keys, locked, log, tick)
        return Performed(sequence, payload["tick"], True, is_exam, scenario, state)
    replaying.remember(public_id, head.sequence, done, state)
    return Performed(head.sequence, tick, False, is_exam, scenario, state)


def _lock(cursor: Any, public_id: str, person_id: int) -> _Locked:
    cursor.execute(driver_sql(LOCK_ROOM), {"public_id": public_id, "person_id": person_id})
    row = cursor.fetchone()
    if row is None:
        raise NotFoundError(f"room {public_id} of person {person_id}")
    room_id, closed_at, epoch, count, head, last_tick, starts_at, at, ms, speed = tuple(row)[:10]
    is_paused, duration_ticks, snapshot_tick = tuple(row)[10:]
    return _Locked(
        head=Head(room_id, public_id, count, head),
        is_closed=closed_at is not None,
        writer_epoch=epoch,
        last_tick=last_tick,
        clock=RoomClock(
            starts_at=from_driver(starts_at),
            at=from_driver(at),
            room_ms=ms,
            speed=speed,
            is_paused=bool(is_paused),
            duration_ticks=duration_ticks,
        ),
        snapshot_tick=snapshot_tick,
    )


def _log(cursor: Any, head: Head) -> tuple[LoggedAction, ...]:
    def read_after(sequence: int) -> list[tuple[int, str]]:
        cursor.execute(driver_sql(NEW_ACTIONS), {"room_id": head.room_id, "after": sequence})
        return [(row[0], row[1]) for row in cursor.fetchall()]

    return replaying.log_until(head.public_id, head.sequence, read_after)


def _admit(cursor: Any, locked: _Locked, sent: SentAction, now: datetime) -> int:
    """Return the tick that the action is stamped with, if the session takes it at all."""
    name = f"room {locked.head.public_id}"
    if locked.is_closed or locked.clock.is_over(now):
        raise RoomOverError(name)
    if sent.writer_epoch != locked.writer_epoch:
        raise SupersededSessionError(f"{name}: {sent.writer_epoch} < {locked.writer_epoch}")
    if not locked.clock.has_started(now):
        raise RoomNotStartedError(name)
    if sent.queued > QUEUE_MOST:
        raise ActionExpiredError(f"{name}: waited {sent.queued}")
    cursor.execute(
        driver_sql(RECENT_ACTIONS),
        {
            "room_id": locked.head.room_id,
            "after": locked.head.sequence - 4 * RATE_ACTIONS,
            "since": to_driver(now - RATE_WINDOW),
        },
    )
    if cursor.fetchone()[0] >= RATE_ACTIONS:
        raise RateLimitedError(f"{name}: {RATE_ACTIONS} in {RATE_WINDOW}", retry_after_s=1)
    # Ticks of a log never fall, even if the server's clock is set back.
    return max(locked.clock.tick_at(now), locked.last_tick)


def _room_at(
    scenario: Scenario,
    keys: RoomKeys,
    locked: _Locked,
    log: tuple[LoggedAction, ...],
    tick: int,
) -> RoomState:
    return replaying.state_at(
        locked.head.public_id, scenario, keys, log, tick, sequence=locked.head.sequence
    )


def _ask(scenario: Scenario, state: RoomState, action: Action) -> None:
    try:
        admissible(scenario, state, action)
    except ActionRefusedError as error:
        raise ActionNotAdmissibleError(error.code) from error


def _append(
    cursor: Any, locked: _Locked, sent: SentAction, tick: int, state: RoomState, now: datetime
) -> Head:
    payload = canonical_json({"action": sent.action.to_dict(), "tick": tick})
    head = append_event(cursor, locked.head, "acted", sent.key, payload, now, sent=sent.sent)
    room_id = locked.head.room_id
    cursor.execute(driver_sql(ADVANCE_ROOM), {"tick": tick, "room_id": room_id})
    if tick - locked.snapshot_tick >= SNAPSHOT_TICKS:
        cursor.execute(
            driver_sql(STORE_SNAPSHOT),
            {"snapshot": state.to_bytes(), "tick": tick, "room_id": room_id},
        )
    return head
