"""The checker of rooms finds each fault in a history made by hand, and none in an honest one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.faults.chains import GENESIS, StoredEvent, canonical, sha256
from tests.faults.history import FaultKind, Operation, Send
from tests.faults.rooms import StoredRoom, StoredRoomScore, check_rooms, room_hash

START = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)
ROOM = "r7m2room0001"
WORTH = 41.5
"""What the honest log amounts to."""


def pin(product: str) -> dict[str, Any]:
    return {"verb": "pin", "product": product}


class Session:
    """An operator and a server, both honest: what was sent, and what is stored of it."""

    def __init__(self) -> None:
        self.operations: list[Operation] = []
        self.events: list[StoredEvent] = []
        self.at = START
        self._append("started", "server-0", {"mode": "exam"})

    def _append(self, kind: str, key: str, payload: Mapping[str, Any]) -> int:
        self.events.append(
            StoredEvent(len(self.events) + 1, kind, key, "", canonical(payload), self.at, "", "")
        )
        return len(self.events)

    def send(self, operation: Operation, status: int | None, **body: Any) -> None:
        moment = timedelta(milliseconds=20)
        operation.sends.append(Send(self.at - moment, self.at + moment, status, body))

    def want(self, kind: str, key: str, payload: Mapping[str, Any]) -> Operation:
        self.at += timedelta(seconds=3)
        operation = Operation("bob", ROOM, kind, key, payload)
        self.operations.append(operation)
        return operation

    @property
    def tick(self) -> int:
        return int((self.at - START).total_seconds() * 4 // 5)

    def open(self) -> None:
        epoch = sum(event.kind == "opened" for event in self.events) + 1
        operation = self.want("opened", f"page-{epoch}", {})
        self._append("opened", f"server-{epoch}", {"epoch": epoch})
        self.send(operation, 200, writer_epoch=epoch)

    def act(self, key: str, action: Mapping[str, Any]) -> Operation:
        operation = self.want("acted", key, {"action": action})
        sequence = self._append("acted", key, {"action": action, "tick": self.tick})
        self.send(operation, 200, sequence=sequence, tick=self.tick, duplicate=False)
        return operation

    def finish(self) -> None:
        operation = self.want("closed", "finish-1", {})
        hand_back = {"verb": "hand_back", "lever": "pin"}
        self._append("acted", "server-9", {"action": hand_back, "tick": self.tick + 1})
        self._append("closed", "finish-1", {"closing": "early", "tick": self.tick})
        self.send(operation, 200, redirect="/rooms")

    @property
    def stored(self) -> StoredRoom:
        return resealed(
            StoredRoom(
                public_id=ROOM,
                scenario_ref="little@1",
                keys=b"",
                starts_at=START,
                speed=4,
                duration_ticks=360,
                closed_at=None,
                writer_epoch=sum(event.kind == "opened" for event in self.events),
                event_count=0,
                head_hash="",
                last_tick=0,
                score=None,
                events=(),
                scores=(),
            ),
            self.events,
        )


def resealed(room: StoredRoom, events: Sequence[StoredEvent]) -> StoredRoom:
    """Put events into a room, with the chain, head, ticks and score that fit them."""
    chain: list[StoredEvent] = []
    for number, event in enumerate(events, 1):
        payload = event.content
        is_sent = event.kind == "acted" and not event.key.startswith("server-")
        linked = replace(
            event,
            sequence=number,
            fingerprint=sha256(
                canonical({"action": payload["action"]}) if is_sent else event.payload
            ),
            previous_hash=chain[-1].hash if chain else GENESIS,
        )
        chain.append(replace(linked, hash=room_hash(ROOM, linked)))
    closing = [event for event in chain if event.kind == "closed"]
    ticks = [event.content["tick"] for event in chain if event.kind == "acted"]
    return replace(
        room,
        events=tuple(chain),
        event_count=len(chain),
        head_hash=chain[-1].hash,
        last_tick=max(ticks, default=0),
        closed_at=closing[0].at if closing else None,
        score=WORTH if closing else None,
        scores=(StoredRoomScore(WORTH, closing[0].hash),) if closing else (),
    )


@pytest.fixture
def session() -> Session:
    """Two actions, a reload, a third, finished early."""
    session = Session()
    session.open()
    session.act("key-1", pin("socks"))
    session.act("key-2", pin("jeans"))
    session.open()
    session.act("key-3", pin("coat"))
    session.finish()
    return session


def found(room: StoredRoom, operations: Sequence[Operation]) -> set[FaultKind]:
    return {fault.kind for fault in check_rooms([room], operations, lambda room: WORTH)}


class TestHonestRooms:
    def test_nothing_is_found(self, session):
        assert found(session.stored, session.operations) == set()

    def test_an_open_room_has_no_score_yet(self):
        session = Session()
        session.open()
        session.act("key-1", pin("socks"))

        assert found(session.stored, session.operations) == set()

    def test_an_action_that_the_room_refused(self, session):
        refused = session.want("acted", "key-4", {"action": pin("socks")})
        session.send(refused, 409, type="sold_out")

        assert found(session.stored, session.operations) == set()

    def test_a_clock_set_back_does_not_set_ticks_back(self):
        session = Session()
        session.at += timedelta(minutes=1)
        session.act("key-1", pin("socks"))
        earlier = session.want("acted", "key-2", {"action": pin("coat")})
        session.at -= timedelta(seconds=30)
        last = session.stored.last_tick
        sequence = session._append("acted", "key-2", {"action": pin("coat"), "tick": last})
        session.send(earlier, 200, sequence=sequence, tick=last, duplicate=False)

        assert found(session.stored, session.operations) == set()


Damage = Callable[[StoredRoom], StoredRoom]


def without(key: str) -> Damage:
    return lambda room: resealed(room, [event for event in room.events if event.key != key])


def changed(key: str, /, **changes: Any) -> Damage:
    return lambda room: resealed(
        room, [replace(one, **changes) if one.key == key else one for one in room.events]
    )


def twice(key: str) -> Damage:
    return lambda room: resealed(
        room, [one for event in room.events for one in [event] * (1 + (event.key == key))]
    )


def acted(action: Mapping[str, Any], tick: int) -> str:
    return canonical({"action": action, "tick": tick})


DAMAGES: list[tuple[str, Damage, set[FaultKind]]] = [
    ("action lost", without("key-1"), {FaultKind.LOST, FaultKind.MOVED}),
    ("applied twice", twice("key-3"), {FaultKind.DUPLICATE, FaultKind.MOVED}),
    ("altered", changed("key-1", payload=acted(pin("coat"), 4)), {FaultKind.ALTERED}),
    (
        "at another tick",
        changed("key-1", payload=acted(pin("socks"), 5)),
        {FaultKind.MOVED, FaultKind.MIS_STAMPED},
    ),
    (
        "before an earlier one",
        changed("key-2", payload=acted(pin("jeans"), 2)),
        {FaultKind.MOVED, FaultKind.MIS_STAMPED, FaultKind.BROKEN_CHAIN},
    ),
    ("phantom", changed("key-3", key="key-9"), {FaultKind.PHANTOM, FaultKind.LOST}),
    (
        "phantom under a server's key",
        changed("key-3", key="server-7"),
        {FaultKind.PHANTOM, FaultKind.LOST},
    ),
    (
        "stamped by a wrong clock",
        changed("key-2", at=START - timedelta(minutes=9)),
        {FaultKind.MIS_STAMPED},
    ),
    (
        "broken chain",
        lambda room: replace(
            room, events=(room.events[0], replace(room.events[1], hash=""), *room.events[2:])
        ),
        {FaultKind.BROKEN_CHAIN},
    ),
    (
        "tail cut",
        lambda room: replace(room, event_count=room.event_count + 1),
        {FaultKind.BROKEN_CHAIN},
    ),
    (
        "after close",
        lambda room: replace(
            resealed(room, [*room.events[:-3], *room.events[-2:], room.events[-3]]),
            last_tick=room.last_tick,
        ),
        {FaultKind.AFTER_CLOSE, FaultKind.MOVED, FaultKind.BROKEN_CHAIN, FaultKind.MIS_STAMPED},
    ),
    ("last tick", lambda room: replace(room, last_tick=1), {FaultKind.PROJECTION}),
    (
        "wrong score",
        lambda room: replace(
            room, score=WORTH + 1, scores=(replace(room.scores[0], score=WORTH + 1),)
        ),
        {FaultKind.SCORE},
    ),
    ("score shown differs", lambda room: replace(room, score=WORTH + 1), {FaultKind.SCORE}),
    ("not scored", lambda room: replace(room, score=None, scores=()), {FaultKind.SCORE}),
    ("scored twice", lambda room: replace(room, scores=room.scores * 2), {FaultKind.SCORE}),
    (
        "scored from an older log",
        lambda room: replace(
            room, scores=(replace(room.scores[0], head_hash=room.events[2].hash),)
        ),
        {FaultKind.SCORE},
    ),
    (
        "past its end",
        lambda room: replace(room, duration_ticks=10),
        {FaultKind.LATE, FaultKind.LATE_OUTSIDE, FaultKind.MIS_STAMPED},
    ),
]


class TestDamagedRooms:
    @pytest.mark.parametrize(
        ("damage", "kinds"), [case[1:] for case in DAMAGES], ids=[case[0] for case in DAMAGES]
    )
    def test_it_is_found_and_nothing_else(self, session, damage, kinds):
        assert found(damage(session.stored), session.operations) == kinds

    def test_a_missing_room_is_lost(self, session):
        faults = check_rooms([], session.operations, lambda room: WORTH)

        assert {fault.kind for fault in faults} == {FaultKind.LOST}


class TestDishonestAnswers:
    def test_a_refused_action_that_is_stored(self, session):
        refused = session.operations[1]
        refused.sends.clear()
        session.at = session.stored.events[2].at
        session.send(refused, 409, type="sold_out")

        assert found(session.stored, session.operations) == {FaultKind.REFUSED_BUT_APPLIED}

    def test_two_first_time_acknowledgements(self, session):
        ack = session.operations[1].sends[0]
        session.operations[1].sends.append(ack)

        assert found(session.stored, session.operations) == {FaultKind.ACKED_TWICE}
