"""The history checker of rooms: each room's log against what its operator was told.

A room has no process: its state, and so its score, follow from its log. So every acknowledged
action must stand in the log once, at the tick that was acknowledged and that the wall clock
gives; then the stored score must be what the pure function makes of that log.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tests.faults.chains import (
    CLOCK_SLACK,
    CLOSING_KINDS,
    StoredEvent,
    acked_twice,
    after_close,
    applied_twice,
    broken_chain,
    canonical,
    lost,
    mis_stamped,
    moved,
    refused_but_applied,
    sha256,
    without_subject,
    wrong_openings,
)
from tests.faults.history import Fault, FaultKind, Operation, by_subject

TICK_MS = 5000
"""Room time of one tick (ruling 1)."""


@dataclass(frozen=True)
class StoredRoomScore:
    """One scoring of a room."""

    score: float
    head_hash: str


@dataclass(frozen=True)
class StoredRoom:
    """Everything that the database holds of one room whose clock is never changed.

    Attributes:
        keys: Both keys of its chance.
        speed: Room seconds in a second of the wall.
        last_tick: The projection of the newest action's tick.
    """

    public_id: str
    scenario_ref: str
    keys: bytes
    starts_at: datetime
    speed: float
    duration_ticks: int
    closed_at: datetime | None
    writer_epoch: int
    event_count: int
    head_hash: str
    last_tick: int
    score: float | None
    events: tuple[StoredEvent, ...]
    scores: tuple[StoredRoomScore, ...]

    @property
    def acted(self) -> tuple[StoredEvent, ...]:
        return tuple(event for event in self.events if event.kind == "acted")

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + timedelta(milliseconds=self.duration_ticks * TICK_MS / self.speed)

    def tick_at(self, moment: datetime) -> int:
        """Work out the tick at a moment of the wall clock."""
        wall_ms = max(timedelta(), moment - self.starts_at) / timedelta(milliseconds=1)
        return min(int(wall_ms * self.speed) // TICK_MS, self.duration_ticks)


Judge = Callable[[StoredRoom], float]
"""The score that a room's log amounts to, by the pure scoring function."""


def room_hash(public_id: str, event: StoredEvent) -> str:
    """Work out what the event's hash must be."""
    return sha256(
        {
            "room": public_id,
            "sequence": event.sequence,
            "kind": event.kind,
            "key": event.key,
            "payload": event.content,
            "at": event.at.isoformat(timespec="microseconds"),
            "previous": event.previous_hash,
        }
    )


def check_rooms(
    stored: Iterable[StoredRoom], operations: Iterable[Operation], judge: Judge
) -> list[Fault]:
    """Compare every room with what its operator was told.

    Args:
        stored: Each room of the run, as the database holds it now.
        operations: Everything that the operators sent.
        judge: The pure scoring of a room's log.

    Returns:
        The faults, by room; empty for an honest run.
    """
    sent = by_subject(operations)
    faults = []
    for room in stored:
        faults += check_room(room, sent.pop(room.public_id, []), judge)
    return [*faults, *without_subject(sent)]


def check_room(room: StoredRoom, operations: Sequence[Operation], judge: Judge) -> list[Fault]:
    """Return what is wrong with one room."""
    subject, events = room.public_id, room.events
    keyed = [operation for operation in operations if operation.kind != "opened"]
    openings = [operation for operation in operations if operation.kind == "opened"]
    return [
        *lost(subject, events, keyed),
        *applied_twice(subject, events),
        *refused_but_applied(subject, events, keyed),
        *acked_twice(subject, keyed),
        *moved(subject, events, keyed, told_as="sequence"),
        *mis_stamped(subject, events, keyed),
        *broken_chain(
            subject,
            events,
            room.event_count,
            room.head_hash,
            hash_of=lambda event: room_hash(subject, event),
            sent_of=_sent,
        ),
        *wrong_openings(subject, events, room.writer_epoch, openings),
        *after_close(subject, events, room.closed_at),
        *_phantom_or_altered(room, keyed),
        *_ticks(room, keyed),
        *_late(room, keyed),
        *_score(room, judge),
    ]


def _is_servers_own(room: StoredRoom, event: StoredEvent) -> bool:
    """Say whether the server may have made the event: at the end it hands the levers back."""
    made = event.key.startswith("server-") and room.closed_at is not None
    return made and bool(event.content["action"]["verb"] == "hand_back")


def _sent(event: StoredEvent) -> str:
    """The part of an event that came from the client; the tick is the server's."""
    if event.kind == "acted" and not event.key.startswith("server-"):
        return canonical({"action": event.content["action"]})
    return event.payload


def _phantom_or_altered(room: StoredRoom, operations: Sequence[Operation]) -> Iterator[Fault]:
    sent = {operation.key: operation for operation in operations}
    for event in room.acted:
        operation = sent.get(event.key)
        if operation is None:
            if not _is_servers_own(room, event):
                yield Fault(FaultKind.PHANTOM, room.public_id, f"acted {event.key}")
        elif event.content["action"] != operation.payload["action"]:
            yield Fault(
                FaultKind.ALTERED,
                room.public_id,
                f"{event.key}: sent {canonical(operation.payload)}, stored {event.payload}",
            )


def _ticks(room: StoredRoom, operations: Sequence[Operation]) -> Iterator[Fault]:
    """Compare each action's tick with its stamp, with its acknowledgements and with its order."""
    sent = {operation.key: operation for operation in operations}
    newest = 0
    for event in room.acted:
        tick = event.content["tick"]
        operation = sent.get(event.key)
        if operation is not None and tick != max(newest, room.tick_at(event.at)):
            yield Fault(
                FaultKind.MIS_STAMPED,
                room.public_id,
                f"{event.key} at tick {tick}, the clock said {room.tick_at(event.at)}",
            )
        if tick < newest:
            yield Fault(FaultKind.BROKEN_CHAIN, room.public_id, f"tick {tick} after {newest}")
        told = {ack["tick"] for ack in operation.acks} if operation is not None else {tick}
        if told - {tick}:
            yield Fault(
                FaultKind.MOVED,
                room.public_id,
                f"{event.key} acknowledged at ticks {sorted(told)}, stands at {tick}",
            )
        newest = max(newest, tick)
    if newest != room.last_tick:
        yield Fault(FaultKind.PROJECTION, room.public_id, f"last_tick {room.last_tick}")


def _late(room: StoredRoom, operations: Sequence[Operation]) -> Iterator[Fault]:
    sent = {operation.key: operation for operation in operations}
    for event in room.acted:
        operation = sent.get(event.key)
        if operation is None:
            continue
        if event.at >= room.ends_at:
            yield Fault(FaultKind.LATE, room.public_id, f"{event.key} at {event.at}")
        if operation.first_sent_at > room.ends_at + CLOCK_SLACK:
            yield Fault(FaultKind.LATE_OUTSIDE, room.public_id, f"{event.key}")


def _score(room: StoredRoom, judge: Judge) -> Iterator[Fault]:
    """Compare the room's scores with what its log amounts to."""

    def wrong(what: str) -> Fault:
        return Fault(FaultKind.SCORE, room.public_id, what)

    if room.closed_at is None:
        if room.scores or room.score is not None:
            yield wrong("scored while open")
        return
    if len(room.scores) != 1:
        yield wrong(f"{len(room.scores)} scorings of one closing")
        return
    stored, worth = room.scores[0], judge(room)
    if stored.score != worth:
        yield wrong(f"{stored.score}, the log gives {worth}")
    if room.score != stored.score:
        yield wrong(f"room shows {room.score}, scoring says {stored.score}")
    if stored.head_hash not in [event.hash for event in room.events if event.kind in CLOSING_KINDS]:
        yield wrong("made from another state of the log")
