"""What the pages of sittings are given."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext
from sqlalchemy.orm import Session

from app.core.i18n import local_time
from app.exams import queries as exams
from app.exams.models import Attempt
from app.sittings import entitlement, invigilation, labels, queries
from app.sittings.invigilation import ConsoleRow
from app.sittings.models import Seat, Sitting
from app.sittings.seats import may_change


@dataclass(frozen=True)
class SittingCard:
    """One sitting that can be booked.

    Attributes:
        sitting: The sitting.
        free: Seats that are left.
        programme: Title of its programme.
    """

    sitting: Sitting
    free: int
    programme: str


@dataclass(frozen=True)
class SeatCard:
    """One of the candidate's own seats."""

    seat: Seat
    sitting: Sitting
    state: str
    is_changeable: bool


def phase_of(sitting: Sitting, *, now: datetime) -> str:
    """Return a code of `labels.PHASE`."""
    if sitting.cancelled_at is not None:
        return "cancelled"
    if sitting.ended_at is not None or now > sitting.ends_at:
        return "over"
    if now < sitting.check_in_at:
        return "planned"
    if now < sitting.opens_at:
        return "check_in"
    return "open" if now <= sitting.closes_at else "running"


def sitting_cards(db_session: Session, person_id: int, *, now: datetime) -> list[SittingCard]:
    """Return the sittings that a candidate may still book: of their programmes, and practice ones.

    Those in which the person holds a seat are left out.
    """
    found = queries.bookable_sittings(db_session, now=now)
    taken = queries.taken_counts(db_session, [one.id for one in found])
    mine = entitlement.programmes_open_to(db_session, person_id)
    held = {sitting.id for _, sitting in queries.seats_of_person(db_session, person_id)}
    titles = {one.id: one.title for one in entitlement.programme_choices(db_session)}
    return [
        SittingCard(one, one.seat_count - taken.get(one.id, 0), titles.get(one.programme_id, ""))
        for one in found
        if one.id not in held and (one.is_practice or one.programme_id in mine)
    ]


def seat_cards(db_session: Session, person_id: int, *, now: datetime) -> list[SeatCard]:
    """Return the candidate's seats, newest first."""
    found = queries.seats_of_person(db_session, person_id)
    begun = [seat.attempt_id for seat, _ in found if seat.attempt_id is not None]
    attempts = {one.id: one for one in exams.attempts_by_id(db_session, begun)}
    return [
        SeatCard(
            seat,
            sitting,
            seat_state(seat, attempts.get(seat.attempt_id or 0)),
            may_change(seat, sitting, now=now),
        )
        for seat, sitting in found
    ]


def seat_state(seat: Seat, attempt: Attempt | None) -> str:
    """Return a seat's state for its own person: a code of `labels.STATE`.

    Args:
        seat: The seat.
        attempt: What was begun on it, if anything.
    """
    if seat.absent_at is not None:
        return "absent"
    if attempt is not None:
        return "running" if attempt.is_open else "closed"
    return "booked" if seat.checked_in_at is None else "checked_in"


def waiting_state(
    db_session: Session, seat: Seat, sitting: Sitting, *, now: datetime
) -> dict[str, Any]:
    """Return what the waiting room shows, for its page and its poll alike."""
    is_open = sitting.opens_at <= now <= sitting.closes_at and sitting.is_live
    is_in = seat.checked_in_at is not None or sitting.is_practice
    may_start = is_open and is_in and seat.absent_at is None and seat.cancelled_at is None
    return {
        "server_now": now.isoformat(),
        "opens_at": sitting.opens_at.isoformat(),
        "closes_at": sitting.closes_at.isoformat(),
        "is_checked_in": is_in,
        "may_start": may_start or seat.attempt_id is not None,
        "is_over": not sitting.is_live or now > sitting.closes_at,
        "notices": [
            {"id": act.key, "text": act.text, "at": local_time(act.at)}
            for act in queries.announcements_of(db_session, sitting.id)
        ],
    }


def console_data(db_session: Session, sitting: Sitting, *, now: datetime) -> dict[str, Any]:
    """Return the console's rows and counts as JSON values, for its page and its poll alike."""
    rows = invigilation.console_rows(db_session, sitting, now=now)
    counts = dict.fromkeys(labels.STATE, 0)
    for row in rows:
        counts[row.state] += 1
    phase = phase_of(sitting, now=now)
    return {
        "server_now": now.isoformat(),
        "clock": local_time(now, seconds=True)[11:],
        "phase": phase,
        "phase_text": str(labels.PHASE[phase]),
        "closes_at": _day_or_clock(sitting.closes_at, sitting.opens_at),
        "ends_at": _day_or_clock(sitting.ends_at, sitting.opens_at),
        "counts": counts,
        "behind": sum(bool(row.waiting) for row in rows),
        "rows": [_row(row, now) for row in rows],
        "acts": [
            {
                "at": local_time(act.at, seconds=True)[11:],
                "kind": str(labels.ACT[act.kind]),
                "minutes": act.minutes,
                "text": act.text,
                "seats": len(act.seat_ids),
                "everybody": act.is_for_all,
            }
            for act in queries.acts_of(db_session, sitting.id)
        ],
    }


def _row(row: ConsoleRow, now: datetime) -> dict[str, Any]:
    attempt = row.attempt
    is_on_break = row.state == "paused" and attempt is not None and attempt.is_on_break
    left_s: int | None = None
    if attempt is not None and attempt.is_open:
        stands_at = attempt.paused_at or now
        left_s = max(0, int((attempt.due_at - stands_at).total_seconds()))
    return {
        "seat": row.seat.public_id,
        "number": row.seat.number,
        "name": row.name,
        "ticket": row.seat.ticket,
        "state": row.state,
        "state_text": str(labels.ON_BREAK if is_on_break else labels.STATE[row.state]),
        "tone": labels.STATE_TONE[row.state],
        "answered": f"{row.answered}/{row.items}" if row.items else "—",
        "due_at": local_time(attempt.due_at, seconds=True)[11:] if attempt else "—",
        "left": _clock(left_s),
        "seen_s": None if row.seen_at is None else max(0, int((now - row.seen_at).total_seconds())),
        "saved_at": local_time(row.saved_at, seconds=True)[11:] if row.saved_at else "—",
        "waiting": row.waiting,
        "late": row.late_count,
        "takeovers": row.takeovers,
        "identified": row.identified,
        "percent": 100 if attempt is None else attempt.time_percent,
        "break_min": 0 if attempt is None else attempt.break_left_s // 60,
        "section": _section_text(attempt),
        "is_open": attempt is not None and attempt.is_open,
    }


def _section_text(attempt: Attempt | None) -> str:
    """Write where an open attempt with barriers stands; empty for others."""
    if attempt is None or not attempt.is_open or attempt.sections is None:
        return ""
    return str(gettext("第 %(k)s/%(n)s 节", k=attempt.section_at + 1, n=len(attempt.sections)))


def _day_or_clock(moment: datetime, day: datetime) -> str:
    """Write a moment: the time alone if it lies on the same day."""
    text, other = local_time(moment), local_time(day)
    return text[11:] if text[:10] == other[:10] else text


def _clock(seconds: int | None) -> str:
    if seconds is None:
        return "—"
    hours, rest = divmod(seconds, 3600)
    minutes, left = divmod(rest, 60)
    return f"{hours}:{minutes:02d}:{left:02d}" if hours else f"{minutes:02d}:{left:02d}"
