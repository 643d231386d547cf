"""How one attempt went, besides its answers: absences, devices, sign-ins, gaps."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.queries import person
from app.core.audit.models import AuditChain, AuditEntry
from app.exams import queries as exams
from app.exams import signals
from app.exams.models import Attempt, AttemptEvent, AttemptSignal

BEFORE_START = timedelta(minutes=30)
"""Sign-ins from this long before the start on are told: the waiting room opens then."""

GAP_FROM_S = 180
"""A silence of the chain longer than this is told; the longest items take less."""

MOST_TOLD = 60
"""Of each list in the file; the counts beside it are of all."""


def process_of(db_session: Session, attempt: Attempt) -> dict[str, Any]:
    """Return how an attempt went, as JSON values.

    Args:
        db_session: A session to read with.
        attempt: The attempt, over or not.
    """
    noted = signals.signals_of(db_session, attempt.id)
    events = exams.events_of(db_session, attempt.id)
    left = [one for one in noted if one.kind == "left"]
    offline = [one for one in noted if one.kind == "offline"]
    devices = [one for one in noted if one.kind in {"opened", "moved"}]
    return {
        "opened": sum(event.kind == "opened" for event in events),
        "late": len(exams.late_answers_of(db_session, attempt.id)),
        "left_count": len(left),
        "left_s": round(sum(one.seconds or 0.0 for one in left)),
        "left": [_absence(one, events) for one in left[:MOST_TOLD]],
        "room_s": round(sum(one.seconds or 0.0 for one in noted if one.kind == "room")),
        "offline_count": len(offline),
        "offline_s": round(sum(one.seconds or 0.0 for one in offline)),
        "devices": [_device(one, before) for one, before in _with_before(devices)][:MOST_TOLD],
        "device_count": len({one.device for one in devices}),
        "address_count": len({one.address for one in devices}),
        "sign_ins": _sign_ins(db_session, attempt)[:MOST_TOLD],
        "gaps": _gaps(attempt, events)[:MOST_TOLD],
    }


def _absence(one: AttemptSignal, events: Sequence[AttemptEvent]) -> dict[str, Any]:
    """Tell an absence, and which items were answered within a minute after it."""
    back_at = one.at + timedelta(seconds=one.seconds or 0.0)
    answered = {
        json.loads(event.payload)["position"]
        for event in events
        if event.kind == "saved" and back_at <= event.at <= back_at + timedelta(minutes=1)
    }
    return {
        "at": one.at.isoformat(),
        "seconds": round(one.seconds or 0.0),
        "answered_after": sorted(answered),
    }


def _with_before(
    devices: list[AttemptSignal],
) -> list[tuple[AttemptSignal, AttemptSignal | None]]:
    return list(zip(devices, [None, *devices], strict=False))


def _device(one: AttemptSignal, before: AttemptSignal | None) -> dict[str, Any]:
    """Tell from where the page was opened, and what differs from the time before."""
    changed = []
    if before is not None:
        names = ("device", "address", "user_agent")
        changed = [name for name in names if getattr(one, name) != getattr(before, name)]
    return {
        "at": one.at.isoformat(),
        "kind": one.kind,
        "device": one.device,
        "address": one.address,
        "user_agent": one.user_agent,
        "changed": changed,
    }


def _sign_ins(db_session: Session, attempt: Attempt) -> list[str]:
    """Return the moments at which the person signed in shortly before or during the exam."""
    subject = f"person:{person(db_session, attempt.person_id).public_id}"
    moments = db_session.scalars(
        select(AuditEntry.at)
        .join(AuditChain, AuditChain.id == AuditEntry.chain_id)
        .where(
            AuditChain.subject == subject,
            AuditEntry.action == "session.opened",
            AuditEntry.at >= attempt.started_at - BEFORE_START,
            AuditEntry.at <= (attempt.closed_at or attempt.due_at),
        )
        .order_by(AuditEntry.at)
    )
    return [one.isoformat() for one in moments]


def _gaps(attempt: Attempt, events: Sequence[AttemptEvent]) -> list[dict[str, Any]]:
    """Return the long silences of the chain while its clock ran."""
    gaps: list[dict[str, Any]] = []
    before: datetime | None = None
    stands = False
    for event in events:
        if attempt.closed_at is not None and event.at > attempt.closed_at:
            break
        silent_s = 0.0 if before is None else (event.at - before).total_seconds()
        if silent_s > GAP_FROM_S and not stands and before is not None:
            gaps.append(
                {"at": before.isoformat(), "seconds": round(silent_s), "ended_by": event.kind}
            )
        stands = event.kind == "paused" or (stands and event.kind != "resumed")
        before = event.at
    return gaps
