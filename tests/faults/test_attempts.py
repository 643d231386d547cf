"""The checker of exams finds each fault in a history made by hand, and none in an honest one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.faults.attempts import (
    GRACE,
    StoredAttempt,
    StoredScore,
    attempt_hash,
    check_attempts,
    replay,
)
from tests.faults.chains import GENESIS, StoredEvent, canonical, sha256
from tests.faults.history import FaultKind, Operation, Send, tally

START = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)
DUE = START + timedelta(minutes=10)
ATTEMPT = "x3k9attempt1"
KEYS = {"one@1": "a", "two@1": "b"}
"""Right answers of the form's two items."""


def rescore(item_refs: Sequence[str], answers: Mapping[int, Mapping[str, Any]]) -> float:
    right = [
        answers.get(position, {}).get("selected") == [KEYS[ref]]
        for position, ref in enumerate(item_refs, 1)
    ]
    return sum(right) / len(right)


class Sitting:
    """A candidate and a server, both honest: what was sent, and what is stored of it."""

    def __init__(self) -> None:
        self.operations: list[Operation] = []
        self.events: list[StoredEvent] = []
        self.at = START
        self.number = 0
        self._append("started", "server-0", {"due_at": DUE.isoformat()})

    def _append(self, kind: str, key: str, payload: Mapping[str, Any]) -> int:
        self.events.append(
            StoredEvent(len(self.events) + 1, kind, key, "", canonical(payload), self.at, "", "")
        )
        return len(self.events)

    def _operation(self, kind: str, key: str, payload: Mapping[str, Any]) -> Operation:
        self.at += timedelta(seconds=1)
        operation = Operation("alice", ATTEMPT, kind, key, payload)
        self.operations.append(operation)
        return operation

    def send(self, operation: Operation, status: int | None, **body: Any) -> None:
        moment = timedelta(milliseconds=20)
        operation.sends.append(Send(self.at - moment, self.at + moment, status, body))

    def open(self) -> None:
        epoch = sum(event.kind == "opened" for event in self.events) + 1
        operation = self._operation("opened", f"page-{epoch}", {})
        self._append("opened", f"server-{epoch}", {"epoch": epoch})
        self.send(operation, 200, writer_epoch=epoch)

    def change(self, position: int, choice: str) -> Operation:
        self.number += 1
        payload = {
            "position": position,
            "value": {"selected": [choice]},
            "flagged": False,
            "client_sequence": self.number,
        }
        return self._operation("saved", f"key-{self.number}", payload)

    def apply(self, operation: Operation) -> int:
        return self._append(operation.kind, operation.key, operation.payload)

    def save(self, position: int, choice: str) -> Operation:
        operation = self.change(position, choice)
        self.send(operation, 200, duplicate=False, server_sequence=self.apply(operation))
        return operation

    def submit(self) -> Operation:
        operation = self._operation("submitted", "submit-1", {"closing": "submitted"})
        self.apply(operation)
        self.send(operation, 200)
        return operation

    @property
    def stored(self) -> StoredAttempt:
        events = sealed(self.events)
        responses = replay(events)
        closing = [event for event in events if event.kind in {"submitted", "closed"}]
        fraction = rescore(list(KEYS), {1: {"selected": ["a"]}, 2: {"selected": ["b"]}})
        scores = (StoredScore(fraction, True, closing[0].hash),) if closing else ()
        return StoredAttempt(
            public_id=ATTEMPT,
            due_at=DUE,
            closed_at=closing[0].at if closing else None,
            writer_epoch=sum(event.kind == "opened" for event in events),
            event_count=len(events),
            head_hash=events[-1].hash,
            item_refs=tuple(KEYS),
            cut_fraction=0.6,
            score_fraction=fraction if closing else None,
            passed=True if closing else None,
            events=events,
            responses=responses,
            scores=scores,
        )


def sealed(events: Sequence[StoredEvent]) -> tuple[StoredEvent, ...]:
    """Chain events anew, as a forger with the program at hand would."""
    out: list[StoredEvent] = []
    for number, event in enumerate(events, 1):
        linked = replace(
            event,
            sequence=number,
            fingerprint=sha256(event.payload),
            previous_hash=out[-1].hash if out else GENESIS,
        )
        out.append(replace(linked, hash=attempt_hash(ATTEMPT, linked)))
    return tuple(out)


def resealed(stored: StoredAttempt, events: Sequence[StoredEvent]) -> StoredAttempt:
    """Put other events into an attempt, with a head and a score that fit them."""
    chain = sealed(events)
    scores = tuple(replace(score, head_hash=chain[-1].hash) for score in stored.scores)
    return replace(
        stored, events=chain, event_count=len(chain), head_hash=chain[-1].hash, scores=scores
    )


@pytest.fixture
def sitting() -> Sitting:
    """Two positions answered, the first changed once, the page reloaded, all submitted."""
    sitting = Sitting()
    sitting.open()
    sitting.save(1, "c")
    sitting.save(1, "a")
    sitting.open()
    sitting.save(2, "b")
    sitting.submit()
    return sitting


def found(stored: StoredAttempt, operations: Sequence[Operation]) -> set[FaultKind]:
    return {fault.kind for fault in check_attempts([stored], operations, rescore)}


class TestHonestRuns:
    def test_nothing_is_found(self, sitting):
        assert check_attempts([sitting.stored], sitting.operations, rescore) == []

    def test_an_attempt_that_was_only_started(self):
        assert found(Sitting().stored, []) == set()

    def test_a_retry_that_was_acknowledged_as_repeat(self, sitting):
        last = sitting.operations[4]
        sitting.send(last, 200, duplicate=True, server_sequence=6)

        assert found(sitting.stored, sitting.operations) == set()

    def test_an_answer_that_never_came_may_be_stored(self):
        sitting = Sitting()
        change = sitting.change(1, "a")
        sitting.send(change, None)
        sitting.apply(change)

        assert found(sitting.stored, sitting.operations) == set()

    def test_an_answer_that_never_came_may_be_absent(self):
        sitting = Sitting()
        sitting.send(sitting.change(1, "a"), None)

        assert found(sitting.stored, sitting.operations) == set()

    def test_a_refused_change_that_is_absent(self):
        sitting = Sitting()
        sitting.send(sitting.change(1, "a"), 409, type="superseded_session")
        sitting.send(sitting.change(1, "a"), 503, saved=False)

        assert found(sitting.stored, sitting.operations) == set()

    def test_a_newer_change_that_arrived_first(self):
        sitting = Sitting()
        older, newer = sitting.change(1, "c"), sitting.change(1, "a")
        for change in (newer, older):
            sitting.send(change, 200, duplicate=False, server_sequence=sitting.apply(change))
        events = [replace(event, at=sitting.at) for event in sitting.events]
        sitting.operations = [replace_sends(one, sitting.at) for one in sitting.operations]

        stored = resealed(sitting.stored, events)

        assert found(stored, sitting.operations) == set()
        assert stored.responses[1].value == '{"selected":["a"]}'

    def test_the_last_moment_of_the_grace_counts(self):
        sitting = Sitting()
        sitting.at = DUE + GRACE - timedelta(seconds=1)
        sitting.save(1, "a")

        assert found(sitting.stored, sitting.operations) == set()


def replace_sends(operation: Operation, at: datetime) -> Operation:
    """The same operation with every request around one moment."""
    sends = [replace(send, sent_at=at, ended_at=at) for send in operation.sends]
    return replace(operation, sends=sends)


Damage = Callable[[StoredAttempt], StoredAttempt]


def without(key: str) -> Damage:
    return lambda stored: resealed(stored, [one for one in stored.events if one.key != key])


def changed(key: str, /, **changes: Any) -> Damage:
    return lambda stored: resealed(
        stored, [replace(one, **changes) if one.key == key else one for one in stored.events]
    )


def twice(key: str) -> Damage:
    def damage(stored: StoredAttempt) -> StoredAttempt:
        out = []
        for event in stored.events:
            out += [event, event] if event.key == key else [event]
        return resealed(stored, out)

    return damage


def swapped(stored: StoredAttempt) -> StoredAttempt:
    events = list(stored.events)
    events[2], events[3] = events[3], events[2]
    return replace(stored, events=tuple(events))


def last_to_arrive_wins(stored: StoredAttempt) -> StoredAttempt:
    """The projection that a missing comparison makes, of a log whose order was turned."""
    older = replay([event for event in stored.events if event.key == "key-1"])
    return replace(stored, responses={**stored.responses, 1: older[1]})


def write_after_submission(stored: StoredAttempt) -> StoredAttempt:
    events = list(stored.events)
    events.append(events.pop(-2))
    scores = (replace(stored.scores[0], head_hash=sealed(events)[-2].hash),)
    return replace(resealed(stored, events), scores=scores)


PHANTOM_PAYLOAD = canonical(
    {"position": 2, "value": {"selected": ["b"]}, "flagged": False, "client_sequence": 3}
)

DAMAGES: list[tuple[str, Damage, set[FaultKind]]] = [
    ("save lost", without("key-1"), {FaultKind.LOST, FaultKind.MOVED}),
    (
        "submission lost",
        without("submit-1"),
        {FaultKind.LOST, FaultKind.PROJECTION, FaultKind.SCORE},
    ),
    ("page lost", without("server-2"), {FaultKind.LOST, FaultKind.PROJECTION, FaultKind.MOVED}),
    ("applied twice", twice("key-1"), {FaultKind.DUPLICATE, FaultKind.MOVED}),
    (
        "page opened twice",
        twice("server-2"),
        {FaultKind.DUPLICATE, FaultKind.PHANTOM, FaultKind.MOVED},
    ),
    ("phantom", changed("key-3", key="key-9"), {FaultKind.PHANTOM, FaultKind.LOST}),
    (
        "altered",
        changed(
            "key-1", payload=PHANTOM_PAYLOAD.replace('"client_sequence":3', '"client_sequence":1')
        ),
        {FaultKind.ALTERED},
    ),
    (
        "content changed",
        lambda stored: replace(
            stored,
            events=tuple(
                replace(one, payload=one.payload.replace('"b"', '"d"')) for one in stored.events
            ),
            responses=replay(
                [replace(one, payload=one.payload.replace('"b"', '"d"')) for one in stored.events]
            ),
        ),
        {FaultKind.BROKEN_CHAIN, FaultKind.ALTERED, FaultKind.SCORE},
    ),
    ("swapped", swapped, {FaultKind.BROKEN_CHAIN}),
    (
        "tail cut",
        lambda stored: replace(stored, event_count=stored.event_count + 1),
        {FaultKind.BROKEN_CHAIN},
    ),
    (
        "stale",
        last_to_arrive_wins,
        {FaultKind.STALE, FaultKind.PROJECTION, FaultKind.SCORE},
    ),
    (
        "projection lost",
        lambda stored: replace(stored, responses={1: stored.responses[1]}),
        {FaultKind.PROJECTION, FaultKind.SCORE},
    ),
    ("after close", write_after_submission, {FaultKind.AFTER_CLOSE, FaultKind.MOVED}),
    (
        "late",
        changed("key-3", at=DUE + GRACE + timedelta(seconds=1)),
        {FaultKind.LATE, FaultKind.MIS_STAMPED},
    ),
    (
        "stamped by a wrong clock",
        changed("key-3", at=START - timedelta(minutes=5)),
        {FaultKind.MIS_STAMPED},
    ),
    (
        "wrong score",
        lambda stored: replace(
            stored,
            score_fraction=0.5,
            scores=(replace(stored.scores[0], fraction=0.5),),
        ),
        {FaultKind.SCORE},
    ),
    (
        "wrong pass",
        lambda stored: replace(
            stored, passed=False, scores=(replace(stored.scores[0], passed=False),)
        ),
        {FaultKind.SCORE},
    ),
    (
        "score shown differs",
        lambda stored: replace(stored, score_fraction=0.5),
        {FaultKind.SCORE},
    ),
    ("scored twice", lambda stored: replace(stored, scores=stored.scores * 2), {FaultKind.SCORE}),
    (
        "scored from an older log",
        lambda stored: replace(
            stored, scores=(replace(stored.scores[0], head_hash=stored.events[0].hash),)
        ),
        {FaultKind.SCORE},
    ),
    (
        "closed without an event",
        lambda stored: replace(
            without("submit-1")(stored), closed_at=None, scores=(), score_fraction=None
        ),
        {FaultKind.LOST},
    ),
]


class TestDamagedDatabase:
    @pytest.mark.parametrize(
        ("damage", "kinds"), [case[1:] for case in DAMAGES], ids=[case[0] for case in DAMAGES]
    )
    def test_it_is_found_and_nothing_else(self, sitting, damage, kinds):
        assert found(damage(sitting.stored), sitting.operations) == kinds

    def test_a_missing_attempt_is_lost(self, sitting):
        faults = check_attempts([], sitting.operations, rescore)

        assert {fault.kind for fault in faults} == {FaultKind.LOST}
        assert len(faults) == len(sitting.operations)


class TestDishonestAnswers:
    def test_a_refused_change_that_is_stored(self):
        sitting = Sitting()
        change = sitting.change(1, "a")
        sitting.send(change, 409, type="superseded_session")
        sitting.apply(change)

        assert found(sitting.stored, sitting.operations) == {FaultKind.REFUSED_BUT_APPLIED}

    def test_a_503_that_says_unsaved_and_is_stored(self):
        sitting = Sitting()
        change = sitting.change(1, "a")
        sitting.send(change, 503, saved=False)
        sitting.apply(change)

        assert found(sitting.stored, sitting.operations) == {FaultKind.REFUSED_BUT_APPLIED}

    def test_a_500_promises_nothing(self):
        sitting = Sitting()
        change = sitting.change(1, "a")
        sitting.send(change, 500, saved=False)
        sitting.apply(change)

        assert found(sitting.stored, sitting.operations) == set()

    def test_two_first_time_acknowledgements(self, sitting):
        sitting.send(sitting.operations[1], 200, duplicate=False, server_sequence=3)

        assert found(sitting.stored, sitting.operations) == {FaultKind.ACKED_TWICE}

    def test_one_epoch_for_two_pages(self, sitting):
        sitting.send(sitting.operations[0], 200, writer_epoch=1)

        assert found(sitting.stored, sitting.operations) == {FaultKind.ACKED_TWICE}

    def test_an_acknowledged_place_that_is_another(self, sitting):
        sitting.operations[1].sends.clear()
        sitting.at = sitting.stored.events[2].at
        sitting.send(sitting.operations[1], 200, duplicate=False, server_sequence=7)

        assert found(sitting.stored, sitting.operations) == {FaultKind.MOVED}

    def test_late_by_the_outside_clock_though_stamped_in_time(self):
        sitting = Sitting()
        sitting.at = DUE + GRACE
        change = sitting.save(1, "a")
        stored = changed(change.key, at=DUE)(sitting.stored)

        kinds = found(stored, sitting.operations)

        assert kinds == {FaultKind.LATE_OUTSIDE, FaultKind.MIS_STAMPED}

    def test_closed_before_the_time_was_over(self):
        sitting = Sitting()
        sitting._append("closed", "server-9", {"closing": "overdue"})
        stored = replace(sitting.stored, score_fraction=0.0, passed=False)
        stored = replace(stored, scores=(StoredScore(0.0, False, stored.head_hash),))

        assert found(stored, []) == {FaultKind.EARLY}


class TestTally:
    def test_it_counts_what_the_clients_heard(self, sitting):
        retried = sitting.operations[1]
        retried.sends.insert(0, replace(retried.sends[0], status=None, body={}))
        sitting.send(retried, 200, duplicate=True)
        refused, unknown = sitting.change(1, "a"), sitting.change(1, "b")
        sitting.send(refused, 409)
        sitting.send(unknown, None)

        counted = tally(sitting.operations)

        assert (counted.operations, counted.acknowledged) == (8, 6)
        assert (counted.refused, counted.unknown) == (1, 1)
        assert (counted.retried, counted.duplicate_acks) == (1, 1)
        assert counted.statuses == {200: 7, 409: 1, None: 2}
