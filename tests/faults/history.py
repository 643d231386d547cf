"""The history checker: what the candidates were told, against what the database holds.

It is fed by two things only, the clients' own histories and a read of the database after
the run, and it shares no code with the application: hashes, replay and order are worked out
anew here. An operation that never got an answer may be in the database or not, but once.

Known limits: one writer for each attempt; a write that was lost and never acknowledged is
the page's queue's matter, not seen here.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

GENESIS = "sha256:" + "0" * 64
"""What a chain's first entry calls its predecessor."""

GRACE = timedelta(seconds=2)
"""A save may arrive this long after the deadline, inclusive (reliability F8)."""

CLOCK_SLACK = timedelta(milliseconds=100)
"""How far the outside clock and the server's may differ on one machine."""

UNANSWERED_WAIT = timedelta(seconds=12)
"""A request whose client left may still be carried out: write lock wait and queueing."""


class FaultKind(StrEnum):
    """What can be wrong with a run."""

    LOST = "acknowledged but absent"
    DUPLICATE = "applied twice"
    REFUSED_BUT_APPLIED = "refused but applied"
    PHANTOM = "nobody sent it"
    ALTERED = "stored with another payload"
    ACKED_TWICE = "two first-time acknowledgements"
    MOVED = "stands elsewhere than acknowledged"
    BROKEN_CHAIN = "chain broken or cut"
    PROJECTION = "projection differs from the log"
    STALE = "an older value won"
    AFTER_CLOSE = "written after the close"
    LATE = "late by the server's stamp"
    LATE_OUTSIDE = "late by the outside clock"
    EARLY = "closed before its time was over"
    MIS_STAMPED = "stamped outside its request"
    SCORE = "score differs from the stored answers"


@dataclass(frozen=True)
class Fault:
    """One thing found wrong: what, in which attempt or room, and where in it."""

    kind: FaultKind
    subject: str
    detail: str

    def __str__(self) -> str:
        return f"{self.kind.name} {self.subject}: {self.detail} ({self.kind.value})"


class Outcome(StrEnum):
    """What the client knows about an operation in the end."""

    OK = "ok"
    REFUSED = "refused"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Send:
    """One request of an operation, by the clock outside the server.

    Attributes:
        sent_at: When its first byte left.
        ended_at: When its answer was complete, or the connection broke.
        status: The HTTP status; `None` if no answer came.
        body: The answer's JSON.
    """

    sent_at: datetime
    ended_at: datetime
    status: int | None
    body: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_ack(self) -> bool:
        return self.status == 200

    @property
    def is_refusal(self) -> bool:
        """Whether the server said that nothing was done: every 4xx, and 503 `saved: false`."""
        if self.status is None or self.is_ack:
            return False
        return self.status < 500 or (self.status == 503 and self.body.get("saved") is False)


@dataclass
class Operation:
    """One thing that a client wanted, with every request that it took.

    Attributes:
        client: Who sent it.
        subject: Public id of the attempt or room.
        kind: Kind of the event that it makes: `opened`, `saved`, `submitted`, `action`.
        key: Idempotency key; the client's own number where the door takes none.
        payload: What the event must hold.
        sends: Every request, in the order of sending.
    """

    client: str
    subject: str
    kind: str
    key: str
    payload: Mapping[str, Any]
    sends: list[Send] = field(default_factory=list)

    @property
    def outcome(self) -> Outcome:
        if any(send.is_ack for send in self.sends):
            return Outcome.OK
        if all(send.is_refusal for send in self.sends):
            return Outcome.REFUSED
        return Outcome.UNKNOWN

    @property
    def acks(self) -> list[Mapping[str, Any]]:
        return [send.body for send in self.sends if send.is_ack]

    @property
    def first_sent_at(self) -> datetime:
        return min(send.sent_at for send in self.sends)

    @property
    def last_possible_at(self) -> datetime:
        """The latest moment at which one of its requests can have been carried out."""
        return max(
            send.ended_at if send.status is not None else send.ended_at + UNANSWERED_WAIT
            for send in self.sends
        )


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


@dataclass(frozen=True)
class StoredResponse:
    """The projection's row for one position of the form."""

    value: str
    flagged: bool
    client_sequence: int


@dataclass(frozen=True)
class StoredScore:
    """One scoring of an attempt."""

    fraction: float
    passed: bool
    head_hash: str


@dataclass(frozen=True)
class StoredAttempt:
    """Everything that the database holds of one attempt."""

    public_id: str
    due_at: datetime
    closed_at: datetime | None
    writer_epoch: int
    event_count: int
    head_hash: str
    item_refs: tuple[str, ...]
    cut_fraction: float
    score_fraction: float | None
    passed: bool | None
    events: tuple[StoredEvent, ...]
    responses: Mapping[int, StoredResponse]
    scores: tuple[StoredScore, ...]


Rescore = Callable[[Sequence[str], Mapping[int, Mapping[str, Any]]], float]
"""The score, a fraction in [0, 1], of a form's item refs and its answers by position."""


def canonical(value: object) -> str:
    """Write a value as the log does: JSON with sorted keys and no spaces."""
    return json.dumps(
        value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    )


def sha256(value: object) -> str:
    """Return the digest of a value's canonical JSON, with its algorithm's name."""
    return "sha256:" + hashlib.sha256(canonical(value).encode()).hexdigest()


def attempt_hash(public_id: str, event: StoredEvent) -> str:
    """Work out what the event's hash must be."""
    return sha256(
        {
            "attempt": public_id,
            "sequence": event.sequence,
            "kind": event.kind,
            "key": event.key,
            "payload": event.content,
            "at": event.at.isoformat(timespec="microseconds"),
            "previous": event.previous_hash,
        }
    )


def check_attempts(
    stored: Iterable[StoredAttempt], operations: Iterable[Operation], rescore: Rescore
) -> list[Fault]:
    """Compare every attempt with what its clients were told; nothing found means nothing lost.

    Args:
        stored: Each attempt of the run, as the database holds it now.
        operations: Everything that the clients sent.
        rescore: The pure scoring function.

    Returns:
        The faults, by attempt; empty for an honest run.
    """
    by_subject: dict[str, list[Operation]] = {}
    for operation in operations:
        by_subject.setdefault(operation.subject, []).append(operation)
    faults = []
    for attempt in stored:
        faults += check_attempt(attempt, by_subject.pop(attempt.public_id, []), rescore)
    for subject, sent in by_subject.items():
        faults += [
            Fault(FaultKind.LOST, subject, f"{operation.kind} {operation.key}: no such attempt")
            for operation in sent
            if operation.outcome is Outcome.OK
        ]
    return faults


def check_attempt(
    attempt: StoredAttempt, operations: Sequence[Operation], rescore: Rescore
) -> list[Fault]:
    """Return what is wrong with one attempt."""
    subject, events = attempt.public_id, attempt.events
    keyed = [operation for operation in operations if operation.kind != "opened"]
    return [
        *lost(subject, events, keyed),
        *applied_twice(subject, events),
        *refused_but_applied(subject, events, keyed),
        *acked_twice(subject, keyed),
        *moved(subject, events, keyed),
        *mis_stamped(subject, events, keyed),
        *broken_chain(
            subject,
            events,
            attempt.event_count,
            attempt.head_hash,
            hash_of=lambda event: attempt_hash(subject, event),
            sent_of=lambda event: event.payload,
        ),
        *_phantom_or_altered(attempt, keyed),
        *_openings(attempt, [one for one in operations if one.kind == "opened"]),
        *_projection(attempt),
        *_stale(attempt, keyed),
        *_after_close(attempt),
        *_late(attempt, keyed),
        *_score(attempt, rescore),
    ]


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
    subject: str, events: Sequence[StoredEvent], operations: Sequence[Operation]
) -> Iterator[Fault]:
    """Find events that stand at another place of the log than their acknowledgement said."""
    place = {event.key: event.sequence for event in events}
    for operation in operations:
        told = {ack["server_sequence"] for ack in operation.acks if "server_sequence" in ack}
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


def _phantom_or_altered(attempt: StoredAttempt, operations: Sequence[Operation]) -> Iterator[Fault]:
    """Find saves and submissions that nobody sent, or not so."""
    sent = {operation.key: operation for operation in operations}
    for event in attempt.events:
        if event.kind not in {"saved", "submitted"}:
            continue
        operation = sent.get(event.key)
        if operation is None:
            yield Fault(FaultKind.PHANTOM, attempt.public_id, f"{event.kind} {event.key}")
        elif operation.kind != event.kind or event.content != operation.payload:
            yield Fault(
                FaultKind.ALTERED,
                attempt.public_id,
                f"{event.key}: sent {canonical(operation.payload)}, stored {event.payload}",
            )


def _openings(attempt: StoredAttempt, openings: Sequence[Operation]) -> Iterator[Fault]:
    """Compare the pages that took over with the epochs in the log; that door takes no key."""
    epochs = [event.content["epoch"] for event in attempt.events if event.kind == "opened"]
    told = [ack["writer_epoch"] for operation in openings for ack in operation.acks]
    subject = attempt.public_id
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
    if max(epochs, default=0) != attempt.writer_epoch:
        yield Fault(FaultKind.PROJECTION, subject, f"writer_epoch {attempt.writer_epoch}")


def replay(events: Iterable[StoredEvent]) -> dict[int, StoredResponse]:
    """Work out the newest response to each position: the highest number of the client wins."""
    newest: dict[int, StoredResponse] = {}
    for event in events:
        if event.kind != "saved":
            continue
        content = event.content
        held = newest.get(content["position"])
        if held is None or content["client_sequence"] > held.client_sequence:
            newest[content["position"]] = StoredResponse(
                canonical(content["value"]), content["flagged"], content["client_sequence"]
            )
    return newest


def _projection(attempt: StoredAttempt) -> Iterator[Fault]:
    replayed = replay(attempt.events)
    for position in sorted(replayed.keys() | attempt.responses.keys()):
        wanted, held = replayed.get(position), attempt.responses.get(position)
        if wanted != held:
            yield Fault(
                FaultKind.PROJECTION,
                attempt.public_id,
                f"position {position}: log {wanted}, projection {held}",
            )


def _stale(attempt: StoredAttempt, operations: Sequence[Operation]) -> Iterator[Fault]:
    """Find positions that show an older value than the newest one acknowledged."""
    newest: dict[int, int] = {}
    for operation in operations:
        if operation.kind == "saved" and operation.outcome is Outcome.OK:
            position = operation.payload["position"]
            number = operation.payload["client_sequence"]
            newest[position] = max(number, newest.get(position, 0))
    for position, number in newest.items():
        held = attempt.responses.get(position)
        if held is not None and held.client_sequence < number:
            yield Fault(
                FaultKind.STALE,
                attempt.public_id,
                f"position {position} shows change {held.client_sequence}, "
                f"{number} was acknowledged",
            )


def _after_close(attempt: StoredAttempt) -> Iterator[Fault]:
    closings = [event for event in attempt.events if event.kind in {"submitted", "closed"}]
    if bool(closings) != (attempt.closed_at is not None):
        yield Fault(
            FaultKind.PROJECTION,
            attempt.public_id,
            f"closed_at {attempt.closed_at}, {len(closings)} closing events",
        )
    for event in attempt.events:
        if closings and event.sequence > closings[0].sequence:
            yield Fault(FaultKind.AFTER_CLOSE, attempt.public_id, f"{event.kind} {event.key}")


def _late(attempt: StoredAttempt, operations: Sequence[Operation]) -> Iterator[Fault]:
    """Find answers that count though their time was over, by either clock, and time taken."""
    end = attempt.due_at + GRACE
    sent = {operation.key: operation for operation in operations}
    for event in attempt.events:
        if event.kind == "closed" and event.at <= end:
            yield Fault(FaultKind.EARLY, attempt.public_id, f"closed at {event.at}, end {end}")
        if event.kind not in {"saved", "submitted"}:
            continue
        if event.at > end:
            yield Fault(FaultKind.LATE, attempt.public_id, f"{event.key} at {event.at}, end {end}")
        operation = sent.get(event.key)
        if operation is not None and operation.first_sent_at > end + CLOCK_SLACK:
            yield Fault(
                FaultKind.LATE_OUTSIDE,
                attempt.public_id,
                f"{event.key} sent {operation.first_sent_at}, end {end}",
            )


def _score(attempt: StoredAttempt, rescore: Rescore) -> Iterator[Fault]:
    """Compare the attempt's scores with its stored answers and its log's head."""

    def wrong(what: str) -> Fault:
        return Fault(FaultKind.SCORE, attempt.public_id, what)

    if attempt.closed_at is None:
        if attempt.scores or attempt.score_fraction is not None:
            yield wrong("scored while open")
        return
    if len(attempt.scores) != 1:
        yield wrong(f"{len(attempt.scores)} scorings of one closing")
        return
    score = attempt.scores[0]
    answers = {
        position: json.loads(response.value) for position, response in attempt.responses.items()
    }
    fraction = rescore(attempt.item_refs, answers)
    # Partial credits are thirds and quarters: equality at the cut must survive rounding.
    passed = fraction >= attempt.cut_fraction - 1e-9
    if (score.fraction, score.passed) != (fraction, passed):
        yield wrong(f"{score.fraction} ({score.passed}), answers give {fraction} ({passed})")
    if (attempt.score_fraction, attempt.passed) != (score.fraction, score.passed):
        yield wrong(f"attempt shows {attempt.score_fraction}, scoring says {score.fraction}")
    closing = [event.hash for event in attempt.events if event.kind in {"submitted", "closed"}]
    if score.head_hash not in closing:
        yield wrong("made from another state of the log")


@dataclass(frozen=True)
class Tally:
    """How much a run did, so that an idle run cannot pass for an honest one."""

    operations: int
    acknowledged: int
    refused: int
    unknown: int
    retried: int
    duplicate_acks: int
    statuses: Mapping[int | None, int]


def tally(operations: Sequence[Operation]) -> Tally:
    """Count what the clients did and heard."""
    outcomes = Counter(operation.outcome for operation in operations)
    return Tally(
        operations=len(operations),
        acknowledged=outcomes[Outcome.OK],
        refused=outcomes[Outcome.REFUSED],
        unknown=outcomes[Outcome.UNKNOWN],
        retried=sum(
            operation.outcome is Outcome.OK and any(not send.is_ack for send in operation.sends)
            for operation in operations
        ),
        duplicate_acks=sum(
            ack.get("duplicate") is True for operation in operations for ack in operation.acks
        ),
        statuses=Counter(send.status for operation in operations for send in operation.sends),
    )
