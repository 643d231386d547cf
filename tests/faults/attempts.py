"""The history checker of exams: each attempt against what its candidate was told."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

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
from tests.faults.history import Fault, FaultKind, Operation, Outcome, by_subject

GRACE = timedelta(seconds=2)
"""A save may arrive this long after the deadline, inclusive (reliability F8)."""


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
    sent = by_subject(operations)
    faults = []
    for attempt in stored:
        faults += check_attempt(attempt, sent.pop(attempt.public_id, []), rescore)
    return [*faults, *without_subject(sent)]


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
        *wrong_openings(
            subject,
            events,
            attempt.writer_epoch,
            [one for one in operations if one.kind == "opened"],
        ),
        *_projection(attempt),
        *_stale(attempt, keyed),
        *after_close(subject, events, attempt.closed_at),
        *_late(attempt, keyed),
        *_score(attempt, rescore),
    ]


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
    closing = [event.hash for event in attempt.events if event.kind in CLOSING_KINDS]
    if score.head_hash not in closing:
        yield wrong("made from another state of the log")
