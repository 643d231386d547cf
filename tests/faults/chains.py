"""What is checked of every event log: nothing lost, doubled, invented, moved, or broken."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tests.faults.history import Fault, FaultKind, Operation, Outcome

GENESIS = "sha256:" + "0" * 64
"""What a chain's first entry calls its predecessor."""

CLOCK_SLACK = timedelta(milliseconds=100)
"""How far the outside clock and the server's may differ on one machine."""

CLOSING_KINDS = frozenset({"submitted", "closed"})
"""Events after which a log takes no more."""


@dataclass(frozen=True)
class StoredEvent:
    """One row of an event log."""

    sequence: int
    kind: str
    key: str
    fingerprint: str
    payload: str
    at: datetime
    previous_hash: str
    hash: str

    @property
    def content(self) -> dict[str, Any]:
        content: dict[str, Any] = json.loads(self.payload)
        return content


def canonical(value: object) -> str:
    """Write a value as the log does: JSON with sorted keys and no spaces."""
    return json.dumps(
        value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    )


def sha256(value: object) -> str:
    """Return the digest of a value's canonical JSON, with its algorithm's name."""
    return "sha256:" + hashlib.sha256(canonical(value).encode()).hexdigest()


def lost(
    subject: str, events: Sequence[StoredEvent], operations: Sequence[Operation]
) -> Iterator[Fault]:
    """Find operations that were acknowledged and are not in the log."""
    held = {event.key for event in events}
    for operation in operations:
        if operation.outcome is Outcome.OK and operation.key not in held:
            yield Fault(FaultKind.LOST, subject, f"{operation.kind} {operation.key}")


def applied_twice(subject: str, events: Sequence[StoredEvent]) -> Iterator[Fault]:
    """Find keys, and numbers that the client gave one change only, that stand twice."""
    for key, count in Counter(event.key for event in events).items():
        if count > 1:
            yield Fault(FaultKind.DUPLICATE, subject, f"key {key}, {count} times")
    numbers = Counter(
        event.content.get("client_sequence") for event in events if event.kind == "saved"
    )
    for number, count in numbers.items():
        if count > 1:
            yield Fault(FaultKind.DUPLICATE, subject, f"change {number}, {count} times")


def refused_but_applied(
    subject: str, events: Sequence[StoredEvent], operations: Sequence[Operation]
) -> Iterator[Fault]:
    """Find operations whose every request was refused, and which are in the log."""
    held = {event.key for event in events}
    for operation in operations:
        if operation.outcome is Outcome.REFUSED and operation.key in held:
            types = sorted({str(send.body.get("type")) for send in operation.sends})
            yield Fault(
                FaultKind.REFUSED_BUT_APPLIED, subject, f"{operation.key}: {', '.join(types)}"
            )


def acked_twice(subject: str, operations: Sequence[Operation]) -> Iterator[Fault]:
    """Find keys that were called new more than once."""
    for operation in operations:
        firsts = sum(ack.get("duplicate") is False for ack in operation.acks)
        if firsts > 1:
            yield Fault(FaultKind.ACKED_TWICE, subject, f"key {operation.key}, {firsts} times")


def moved(
    subject: str,
    events: Sequence[StoredEvent],
    operations: Sequence[Operation],
    *,
    told_as: str = "server_sequence",
) -> Iterator[Fault]:
    """Find events that stand at another place of the log than their acknowledgement said.

    Args:
        subject: Whose log.
        events: Its events.
        operations: What clients sent.
        told_as: Name of the place in an acknowledgement.
    """
    place = {event.key: event.sequence for event in events}
    for operation in operations:
        told = {ack[told_as] for ack in operation.acks if told_as in ack}
        if operation.key in place and told - {place[operation.key]}:
            yield Fault(
                FaultKind.MOVED,
                subject,
                f"{operation.key} acknowledged at {sorted(told)}, stands at {place[operation.key]}",
            )


def mis_stamped(
    subject: str, events: Sequence[StoredEvent], operations: Sequence[Operation]
) -> Iterator[Fault]:
    """Find events whose stamp lies outside every request that can have caused them."""
    sent = {operation.key: operation for operation in operations}
    for event in events:
        operation = sent.get(event.key)
        if operation is None:
            continue
        earliest = operation.first_sent_at - CLOCK_SLACK
        latest = operation.last_possible_at + CLOCK_SLACK
        if not earliest <= event.at <= latest:
            yield Fault(
                FaultKind.MIS_STAMPED,
                subject,
                f"{event.kind} {event.key} at {event.at}, sent within {earliest} – {latest}",
            )


def broken_chain(
    subject: str,
    events: Sequence[StoredEvent],
    event_count: int,
    head_hash: str,
    *,
    hash_of: Callable[[StoredEvent], str],
    sent_of: Callable[[StoredEvent], str],
) -> Iterator[Fault]:
    """Find the first place where the chain does not hold, or its missing tail.

    Args:
        subject: Whose chain.
        events: Its events, by sequence.
        event_count, head_hash: What the head says.
        hash_of: Works out what an event's hash must be.
        sent_of: Gives what a repeat of the event's request is compared with.
    """
    previous = GENESIS
    for number, event in enumerate(events, 1):
        wrong = (
            (event.sequence != number, "not the next number"),
            (event.previous_hash != previous, "does not follow its predecessor"),
            (event.hash != hash_of(event), "content does not fit its hash"),
            (event.fingerprint != sha256(sent_of(event)), "payload does not fit its fingerprint"),
        )
        for is_wrong, what in wrong:
            if is_wrong:
                yield Fault(FaultKind.BROKEN_CHAIN, subject, f"event {event.sequence}: {what}")
                return
        previous = event.hash
    if (event_count, head_hash) != (len(events), previous):
        yield Fault(
            FaultKind.BROKEN_CHAIN,
            subject,
            f"head says {event_count} events, there are {len(events)}",
        )


def wrong_openings(
    subject: str,
    events: Sequence[StoredEvent],
    writer_epoch: int,
    openings: Sequence[Operation],
) -> Iterator[Fault]:
    """Compare the pages that took over with the epochs in the log; that door takes no key."""
    epochs = [event.content["epoch"] for event in events if event.kind == "opened"]
    told = [ack["writer_epoch"] for operation in openings for ack in operation.acks]
    for epoch in sorted(set(told) - set(epochs)):
        yield Fault(FaultKind.LOST, subject, f"opened with epoch {epoch}")
    for epoch, count in Counter(epochs).items():
        if count > 1:
            yield Fault(FaultKind.DUPLICATE, subject, f"epoch {epoch}, {count} times")
    for epoch, count in Counter(told).items():
        if count > 1:
            yield Fault(FaultKind.ACKED_TWICE, subject, f"epoch {epoch} given to {count} pages")
    possible = sum(not send.is_refusal for operation in openings for send in operation.sends)
    if len(epochs) > possible:
        yield Fault(FaultKind.PHANTOM, subject, f"{len(epochs)} openings of {possible} sent")
    if max(epochs, default=0) != writer_epoch:
        yield Fault(FaultKind.PROJECTION, subject, f"writer_epoch {writer_epoch}")


def after_close(
    subject: str, events: Sequence[StoredEvent], closed_at: datetime | None
) -> Iterator[Fault]:
    """Find what was written after the close, and a close that log and projection disagree on."""
    closings = [event for event in events if event.kind in CLOSING_KINDS]
    if bool(closings) != (closed_at is not None):
        yield Fault(
            FaultKind.PROJECTION, subject, f"closed_at {closed_at}, {len(closings)} closing events"
        )
    for event in events:
        if closings and event.sequence > closings[0].sequence:
            yield Fault(FaultKind.AFTER_CLOSE, subject, f"{event.kind} {event.key}")


def without_subject(sent: Mapping[str, Sequence[Operation]]) -> Iterator[Fault]:
    """Find what was acknowledged about attempts or rooms that are not there at all."""
    for subject, operations in sent.items():
        for operation in operations:
            if operation.outcome is Outcome.OK:
                yield Fault(FaultKind.LOST, subject, f"{operation.kind} {operation.key}: no such")
