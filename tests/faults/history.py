"""What clients sent and were told, and what can be found wrong with it afterwards.

The history checker is fed by two things only, these histories and a read of the database after
the run, and it shares no code with the application: hashes, replay and order are worked out
anew (`chains.py` for every log, `attempts.py` and `rooms.py` for what is in them). An operation
that never got an answer may be in the database or not, but once.

Known limits: one writer for each attempt; a write that was lost and never acknowledged is
the page's queue's matter, not seen here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

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


def by_subject(operations: Iterable[Operation]) -> dict[str, list[Operation]]:
    """Sort operations by the attempt or room that they are about."""
    out: dict[str, list[Operation]] = {}
    for operation in operations:
        out.setdefault(operation.subject, []).append(operation)
    return out


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
