"""What an exam page and its device do beside answering: evidence for people, never scored.

The page tells when it was left and for how long, and when it had no network; the server notes from
which device and address it was opened. Telling costs no answer anything: the page sends only when
nothing waits to be saved, and what the database cannot take now is sent again later. A device's own
clock is believed for lengths alone; moments are the server's, less what the page says has passed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.db import driver_sql, raw_transaction, to_driver, waiting_at_most
from app.core.errors import InvalidInputError
from app.core.hashing import secret_hash
from app.exams.models import Attempt, AttemptSignal

TOLD = frozenset({"left", "room", "offline"})
"""What a page may tell: left for something else, left for a room of the exam, without network."""

MOST_TOLD = 40
"""Of one request."""

MOST_KEPT = 600
"""Of one attempt: whoever leaves the page more often than that has been told of enough."""

LONGEST_S = 6 * 3600.0
ADDRESS_CHARS, AGENT_CHARS = 64, 256

PATIENCE_S = 0.5
"""Signals stand behind answers: a busy database gets them with the next request."""

AFTER_CLOSE = timedelta(minutes=2)
"""What was on its way when the exam was handed in is taken for so long."""

ADD_SIGNAL = """
INSERT INTO attempt_signal
  (attempt_id, key, kind, at, seconds, received_at, device, address, user_agent)
SELECT :attempt_id, :key, :kind, :at, :seconds, :received_at, :device, :address, :user_agent
WHERE (SELECT count(*) FROM attempt_signal WHERE attempt_id = :attempt_id) < :most
ON CONFLICT (attempt_id, key) DO NOTHING"""

LAST_DEVICE = """
SELECT device, address, user_agent FROM attempt_signal
WHERE attempt_id = :attempt_id AND kind IN ('opened', 'moved') ORDER BY id DESC LIMIT 1"""


@dataclass(frozen=True)
class Told:
    """One thing that a page tells.

    Attributes:
        kind: One of `TOLD`.
        ago_s: Seconds from its beginning to the request.
        seconds: How long it lasted.
    """

    kind: str
    ago_s: float
    seconds: float


@dataclass(frozen=True)
class Device:
    """From where a request came.

    Attributes:
        session: Hash of the sign-in; what is kept is a short hash of that.
        address: Of the network.
        user_agent: The browser, as it names itself.
    """

    session: str
    address: str
    user_agent: str

    @property
    def mark(self) -> str:
        """Tell sign-ins apart without naming them."""
        return secret_hash(self.session)[:12]


def read_told(body: dict[str, Any]) -> list[Told]:
    """Read what a page tells: `{"signals": [{"kind", "ago_s", "seconds"}, …]}`.

    Raises:
        InvalidInputError: Naming the first entry that cannot be read, and why.
    """
    entries = body.get("signals")
    if not isinstance(entries, list) or not 1 <= len(entries) <= MOST_TOLD:
        raise InvalidInputError("signals", [{"field": "signals", "code": "list_of_1_to_40"}])
    return [_read(number, entry) for number, entry in enumerate(entries)]


def _read(number: int, entry: Any) -> Told:
    wrong: list[dict[str, object]] = []
    told = entry if isinstance(entry, dict) else {}
    if told.get("kind") not in TOLD:
        wrong.append({"field": f"signals.{number}.kind", "code": "unknown"})
    lengths = []
    for name in ("ago_s", "seconds"):
        value: Any = told.get(name)
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if is_number and 0 <= value <= LONGEST_S:
            lengths.append(float(value))
        else:
            wrong.append({"field": f"signals.{number}.{name}", "code": "range"})
    if wrong:
        raise InvalidInputError(f"signal {number}: {entry!r}"[:200], wrong)
    return Told(told["kind"], *lengths)


def keep_told(
    attempt: Attempt, told: Sequence[Told], device: Device, *, key: str, now: datetime
) -> bool:
    """Keep what a page told, once; say whether the attempt still takes it.

    Args:
        attempt: The person's own attempt.
        told: What it tells.
        device: Where the request came from; kept where it is another one than before.
        key: Idempotency key of the request; each entry's place is added to it.
        now: The server's moment (aware).

    Raises:
        StorageUnavailableError: If the database is busy; the page sends it again.
    """
    if attempt.closed_at is not None and now > attempt.closed_at + AFTER_CLOSE:
        return False
    attempt_id = attempt.id  # the row is expired once the write unit begins
    rows = []
    for number, one in enumerate(told):
        began_at = max(attempt.started_at, now - timedelta(seconds=one.ago_s))
        rows.append(_row(attempt_id, f"{key}-{number}", one.kind, began_at, now, one.seconds))
    with waiting_at_most(PATIENCE_S), raw_transaction() as cursor:
        for row in rows:
            cursor.execute(driver_sql(ADD_SIGNAL), row)
        cursor.execute(driver_sql(LAST_DEVICE), {"attempt_id": attempt_id})
        last = cursor.fetchone()
        here = _device_columns(device)
        if last is not None and tuple(last) != tuple(here.values()):
            cursor.execute(
                driver_sql(ADD_SIGNAL),
                {**_row(attempt_id, f"{key}-moved", "moved", now, now, None), **here},
            )
    return True


def note_opening(db_session: Session, attempt: Attempt, device: Device, *, now: datetime) -> None:
    """Note from where an attempt's page was opened.

    Args:
        db_session: The session of the caller's transaction.
        attempt: A locked attempt; its writer epoch is that of the page.
        device: Where the request came from.
        now: The moment (aware).
    """
    db_session.add(
        AttemptSignal(
            attempt_id=attempt.id,
            key=f"opened-{attempt.writer_epoch}",
            kind="opened",
            at=now,
            seconds=None,
            received_at=now,
            **_device_columns(device),
        )
    )
    db_session.flush()


def signals_of(db_session: Session, attempt_id: int) -> Sequence[AttemptSignal]:
    """Return what was told and noted of an attempt, in the order of its moments."""
    return db_session.scalars(
        select(AttemptSignal)
        .where(AttemptSignal.attempt_id == attempt_id)
        .order_by(AttemptSignal.at, AttemptSignal.id)
    ).all()


def absences_of(
    db_session: Session, attempt_ids: Sequence[int]
) -> dict[int, tuple[int, float, int]]:
    """Return, by attempt, how often its page was left, for how long, and from how many devices."""
    rows = db_session.execute(
        select(
            AttemptSignal.attempt_id,
            func.count().filter(AttemptSignal.kind == "left"),
            func.coalesce(func.sum(AttemptSignal.seconds).filter(AttemptSignal.kind == "left"), 0),
            func.count(func.distinct(AttemptSignal.device)),
        )
        .where(AttemptSignal.attempt_id.in_(attempt_ids))
        .group_by(AttemptSignal.attempt_id)
    )
    return {row[0]: (row[1], float(row[2] or 0.0), row[3]) for row in rows}


def _row(
    attempt_id: int, key: str, kind: str, at: datetime, now: datetime, seconds: float | None
) -> dict[str, Any]:
    return {
        "attempt_id": attempt_id,
        "key": key,
        "kind": kind,
        "at": to_driver(at),
        "seconds": seconds,
        "received_at": to_driver(now),
        "device": None,
        "address": None,
        "user_agent": None,
        "most": MOST_KEPT,
    }


def _device_columns(device: Device) -> dict[str, str]:
    return {
        "device": device.mark,
        "address": device.address[:ADDRESS_CHARS],
        "user_agent": device.user_agent[:AGENT_CHARS],
    }
