"""The invigilator's console: who is in and how they fare, and what is done for one, some or all.

The console shows and never punishes: nothing here ends an exam by itself. Each act has an
idempotency key, is done once, names who did it and why, and reaches every attempt through the
same services as any other door.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.core.audit.services import record_act
from app.core.errors import ConflictError, IdempotencyKeyReusedError, InvalidInputError
from app.exams import presence, running
from app.exams import queries as exams
from app.exams.models import Attempt
from app.exams.services import close_attempt
from app.sittings import queries
from app.sittings.models import InvigilationAct, Seat, Sitting
from app.sittings.seats import mark_absent, refuse_own_seat

logger = logging.getLogger(__name__)

KINDS = ("extend", "pause", "break", "resume", "announce", "end")
"""What can be done to those selected."""

NEEDS_TEXT = frozenset({"extend", "pause", "announce", "end"})
"""Acts that say why, or what."""

TEXT_CHARS = running.NOTICE_CHARS


class NobodyReachedError(ConflictError):
    """Raised when an act applies to none of those selected; nothing was changed."""

    code = "nobody_reached"


@dataclass(frozen=True)
class ActRequest:
    """What an invigilator asks for.

    Attributes:
        kind: One of `KINDS`.
        seat_ids: Public ids of the seats selected; empty means everybody.
        minutes: Of an extension; None otherwise.
        text: The reason, or the announcement; what candidates read.
        key: Idempotency key, one for each time the form was shown.
    """

    kind: str
    seat_ids: tuple[str, ...]
    minutes: int | None
    text: str
    key: str


@dataclass(frozen=True)
class ConsoleRow:
    """One seat on the console.

    Attributes:
        seat: The seat.
        name: Its person's name.
        state: A code of `labels.STATE`.
        attempt: The attempt, once begun.
        answered, items: Positions with a response, and positions; 0 before the start.
        saved_at: When the last answer was saved.
        seen_at: Last sign of life of the page.
        waiting: Changes that wait on the device; None if the page does not say.
        late_count: Answers that arrived after the end.
        takeovers: How often another page or device took the attempt over.
        identified: How often the person was identified.
    """

    seat: Seat
    name: str
    state: str
    attempt: Attempt | None
    answered: int
    items: int
    saved_at: datetime | None
    seen_at: datetime | None
    waiting: int | None
    late_count: int
    takeovers: int
    identified: int


def console_rows(db_session: Session, sitting: Sitting, *, now: datetime) -> list[ConsoleRow]:
    """Return every taken seat of a sitting with how it fares; eight statements, however many.

    Args:
        db_session: A session to read with.
        sitting: The sitting.
        now: The moment (aware), against which silence is measured.
    """
    seats = queries.seats_of_sitting(db_session, sitting.id)
    attempt_ids = [seat.attempt_id for seat, _ in seats if seat.attempt_id is not None]
    attempts = {one.id: one for one in exams.attempts_by_id(db_session, attempt_ids)}
    presences = exams.presences_of(db_session, attempt_ids)
    saved = exams.saved_counts(db_session, attempt_ids)
    late = exams.late_counts(db_session, attempt_ids)
    checks = queries.identity_checks(db_session, [seat.id for seat, _ in seats])
    rows = []
    for seat, name in seats:
        attempt = attempts.get(seat.attempt_id or 0)
        seen = presences.get(seat.attempt_id or 0)
        answered, saved_at = saved.get(seat.attempt_id or 0, (0, None))
        signs = [one for one in (saved_at, seen.seen_at if seen else None) if one is not None]
        if attempt is not None:
            signs.append(attempt.started_at)
        seen_at = max(signs, default=None)
        rows.append(
            ConsoleRow(
                seat=seat,
                name=name,
                state=state_of(seat, attempt, seen_at, now=now),
                attempt=attempt,
                answered=answered,
                items=0 if attempt is None else len(attempt.form),
                saved_at=saved_at,
                seen_at=seen_at,
                waiting=seen.waiting_count if seen else None,
                late_count=late.get(seat.attempt_id or 0, 0),
                takeovers=0 if attempt is None else max(0, attempt.writer_epoch - 1),
                identified=checks.get(seat.id, 0),
            )
        )
    return rows


def state_of(
    seat: Seat, attempt: Attempt | None, seen_at: datetime | None, *, now: datetime
) -> str:
    """Return a seat's state, a code of `labels.STATE`."""
    if attempt is None:
        if seat.absent_at is not None:
            return "absent"
        return "booked" if seat.checked_in_at is None else "checked_in"
    if not attempt.is_open:
        return "closed"
    if attempt.paused_at is not None:
        return "paused"
    is_silent = seen_at is None or now - seen_at > presence.QUIET_AFTER
    return "silent" if is_silent else "running"


def perform_act(
    db_session: Session, sitting: Sitting, wanted: ActRequest, *, actor: str, now: datetime
) -> InvigilationAct:
    """Do one act to those selected, once; a repeat of its key returns what was done.

    Args:
        db_session: The session of the caller's transaction.
        sitting: A locked sitting.
        wanted: What is asked for.
        actor: The invigilator.
        now: The moment (aware).

    Raises:
        InvalidInputError: If a reason, a text or the minutes are missing or out of range.
        IdempotencyKeyReusedError: If the key came before with another act.
        OwnSeatError: If the invigilator sits in this sitting.
        OwnTraineeError: If the invigilator taught one of those selected.
        NobodyReachedError: If it applies to nobody; nothing is changed.
        NotFoundError: If a selected seat is none of this sitting's.
    """
    known = queries.act_or_none(db_session, sitting.id, wanted.key)
    if known is not None:
        same = (known.kind, known.minutes, known.text) == (
            wanted.kind,
            wanted.minutes,
            wanted.text,
        )
        if not same or known.is_for_all != (not wanted.seat_ids):
            raise IdempotencyKeyReusedError(f"{sitting!r}: {wanted.key}")
        return known
    _check(wanted)
    seats = _selected(db_session, sitting, wanted.seat_ids)
    refuse_own_seat(db_session, sitting, actor, seats)
    by_attempt = {seat.attempt_id: seat for seat in seats if seat.attempt_id is not None}
    attempts = exams.attempts_by_id(db_session, sorted(by_attempt), lock=True)
    reached = [one for one in attempts if _applies(wanted.kind, one, now)]
    waits = wanted.kind in {"announce", "end"} and not wanted.seat_ids
    if not reached and not waits:
        raise NobodyReachedError(f"{sitting!r}: {wanted.kind}")
    for attempt in reached:
        _act_on(db_session, attempt, wanted, actor=actor, now=now)
    if not wanted.seat_ids:
        _act_on_sitting(db_session, sitting, seats, wanted, actor=actor, now=now)
    act = InvigilationAct(
        sitting_id=sitting.id,
        key=wanted.key,
        kind=wanted.kind,
        minutes=wanted.minutes,
        text=wanted.text,
        seat_ids=[by_attempt[one.id].public_id for one in reached],
        is_for_all=not wanted.seat_ids,
        actor=actor,
        at=now,
    )
    db_session.add(act)
    db_session.flush()
    _audit(db_session, sitting, act)
    return act


def note_upload(
    db_session: Session,
    sitting: Sitting,
    seat: Seat,
    *,
    key: str,
    text: str,
    actor: str,
    now: datetime,
) -> InvigilationAct:
    """Put on record that a file of unsent answers was uploaded for a seat, and what became of it.

    The file's changes took the candidates' own write path before; this only says who brought it.
    """
    known = queries.act_or_none(db_session, sitting.id, key)
    if known is not None:
        return known
    act = InvigilationAct(
        sitting_id=sitting.id,
        key=key,
        kind="upload",
        minutes=None,
        text=text,
        seat_ids=[seat.public_id],
        is_for_all=False,
        actor=actor,
        at=now,
    )
    db_session.add(act)
    db_session.flush()
    _audit(db_session, sitting, act)
    return act


def _check(wanted: ActRequest) -> None:
    errors: list[dict[str, object]] = []
    if wanted.kind not in KINDS:
        errors.append({"field": "kind", "code": "unknown"})
    if wanted.kind in NEEDS_TEXT and not 2 <= len(wanted.text) <= TEXT_CHARS:
        errors.append({"field": "text", "code": "length"})
    most = running.MOST_EXTRA_MINUTES
    if wanted.kind == "extend" and not (wanted.minutes and 1 <= wanted.minutes <= most):
        errors.append({"field": "minutes", "code": "range"})
    if not 8 <= len(wanted.key) <= 48:  # the attempts' own keys put a word before it
        errors.append({"field": "key", "code": "length"})
    if errors:
        raise InvalidInputError(f"act {wanted.kind}", errors)


def _selected(db_session: Session, sitting: Sitting, seat_ids: Sequence[str]) -> list[Seat]:
    if not seat_ids:
        return [seat for seat, _ in queries.seats_of_sitting(db_session, sitting.id, lock=True)]
    return [
        queries.seat_in_sitting(db_session, sitting.id, one, lock=True)
        for one in sorted(set(seat_ids))
    ]


def _applies(kind: str, attempt: Attempt, now: datetime) -> bool:
    if not attempt.is_open:
        return False
    if kind in {"pause", "break"}:
        has_break = kind == "pause" or attempt.break_left_s > 0
        return attempt.paused_at is None and now <= attempt.due_at and has_break
    return attempt.paused_at is not None if kind == "resume" else True


def _act_on(
    db_session: Session, attempt: Attempt, wanted: ActRequest, *, actor: str, now: datetime
) -> None:
    key = f"act-{wanted.key}"
    doers: dict[str, Callable[[], object]] = {
        "extend": lambda: running.extend_attempt(
            db_session,
            attempt,
            minutes=wanted.minutes or 0,
            reason=wanted.text,
            key=key,
            actor=actor,
            now=now,
        ),
        "pause": lambda: running.pause_attempt(
            db_session, attempt, reason=wanted.text, key=key, actor=actor, now=now
        ),
        "break": lambda: running.pause_attempt(
            db_session,
            attempt,
            reason=wanted.text,
            key=key,
            actor=actor,
            now=now,
            is_break=True,
        ),
        "resume": lambda: running.resume_attempt(
            db_session, attempt, key=key, actor=actor, now=now
        ),
        "announce": lambda: running.tell_attempt(
            db_session, attempt, text=wanted.text, key=key, actor=actor, now=now
        ),
        "end": lambda: close_attempt(db_session, attempt, "ended", key=key, actor=actor, now=now),
    }
    doers[wanted.kind]()


def _act_on_sitting(
    db_session: Session,
    sitting: Sitting,
    seats: list[Seat],
    wanted: ActRequest,
    *,
    actor: str,
    now: datetime,
) -> None:
    """What an act for everybody means for those who have not begun."""
    if wanted.kind == "extend":
        sitting.ends_at += timedelta(minutes=wanted.minutes or 0)
    elif wanted.kind == "end":
        sitting.ended_at = sitting.ended_at or now
        for seat in seats:
            if seat.attempt_id is None and seat.absent_at is None:
                mark_absent(db_session, seat, sitting, actor=actor, now=now)
    db_session.flush()


def _audit(db_session: Session, sitting: Sitting, act: InvigilationAct) -> None:
    record_act(
        db_session,
        subject=f"sitting:{sitting.public_id}",
        action=f"sitting.{act.kind}",
        actor=act.actor,
        now=act.at,
        details={
            "minutes": act.minutes,
            "text": act.text,
            "seats": act.seat_ids,
            "everybody": act.is_for_all,
        },
    )
    logger.info("%r %s by %s: %d seats", sitting, act.kind, act.actor, len(act.seat_ids))
