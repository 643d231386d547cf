"""Rooms among the items of an exam: opened from the exam's page, scored by the room's engine.

The exam and the room do not know each other; here they meet. A room item has a room session of its
own, whose code names attempt and position. Its result stays hidden until the attempt's is out.
Whoever locks both locks the attempt first.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.bank import queries as bank
from app.certification.room_part import ScenarioOnTrialError
from app.core.errors import ConflictError, NotFoundError
from app.exams import queries as exams
from app.exams.events import AttemptClosing, AttemptScored
from app.exams.models import Attempt
from app.exams.saving import (
    PAUSE_RETRY_S,
    AttemptClosedError,
    AttemptPausedError,
    SectionPassedError,
)
from app.exams.services import record_played
from app.exams.treating import version_of
from app.rooms import queries as rooms
from app.rooms.models import RoomSession
from app.rooms.releasing import show_result
from app.rooms.services import finish_early, start_room
from app.rooms.terms import RoomTerms
from app.studio import realism
from question_bank.items import Item
from question_bank.played import played_room

SETTLE_AT_ONCE = 50
"""Attempts that one run of the job settles."""


class RoomItemUsedError(ConflictError):
    """Raised when the room of an item has been operated already."""

    code = "room_item_used"


def item_code(attempt: Attempt, position: int) -> str:
    """Return the exam code of the room at a position of an attempt."""
    return f"item:{attempt.public_id}:{position}"


def room_items(db_session: Session, attempt: Attempt) -> Iterator[tuple[int, Item]]:
    """Yield (position, item) of every room among an attempt's items."""
    items = bank.items_of(db_session, attempt.item_refs)
    yield from ((place, item) for place, item in enumerate(items, 1) if item.room is not None)


def open_item_room(db_session: Session, attempt: Attempt, position: int, *, now: datetime) -> str:
    """Open the room of an item, or find the one that the candidate is in.

    Args:
        db_session: The session of the caller's transaction.
        attempt: The candidate's own attempt, locked.
        position: 1-based place in the form.
        now: The moment (aware).

    Returns:
        The room's public id.

    Raises:
        NotFoundError: If there is no room at this position.
        AttemptClosedError: If the attempt is over.
        AttemptPausedError: If it is paused.
        SectionPassedError: If the position takes no answers now.
        ScenarioOnTrialError: If the attempt would count, and the scenario is still on trial.
        RoomItemUsedError: If the room has been operated.
        RoomNotReadyError: If the scenario cannot be played.
    """
    item = dict(room_items(db_session, attempt)).get(position)
    if item is None or item.room is None:
        raise NotFoundError(f"room at {position} of {attempt!r}")
    code = item_code(attempt, position)
    held = rooms.rooms_by_code(db_session, attempt.person_id, [code]).get(code)
    if held is not None and held.is_open:
        return held.public_id
    if held is not None:
        raise RoomItemUsedError(f"{held!r}")
    if not attempt.is_open or now > attempt.due_at:
        raise AttemptClosedError(f"{attempt!r}")
    if attempt.paused_at is not None:
        raise AttemptPausedError(f"{attempt!r}", PAUSE_RETRY_S)
    if not attempt.open_from <= position <= (attempt.open_to or len(attempt.form)):
        raise SectionPassedError(f"{attempt!r}: {position}")
    scenario_ref = item.room.scenario_ref
    if not realism.counts_for_credentials(db_session, scenario_ref, in_demo=attempt.is_demo):
        raise ScenarioOnTrialError(f"{attempt!r}: {scenario_ref} is on trial")
    terms = RoomTerms(
        exam_code=code,
        programme_ref="",
        title=attempt.title,
        scenario_ref=item.room.scenario_ref,
        speed=item.room.speed,
        cut_score=None,
        is_demo=attempt.is_demo,
        is_held=True,
    )
    return start_room(db_session, attempt.person_id, terms, now=now).public_id


def on_attempt_closing(db_session: Session, fact: AttemptClosing) -> None:
    """End what still runs for an attempt; what was never opened counts as unanswered."""
    attempt = db_session.get_one(Attempt, fact.attempt_id)
    places = dict(room_items(db_session, attempt))
    found = _rooms(db_session, attempt, list(places), lock=True)
    for position in places:
        room = found.get(position)
        if room is not None and room.is_open:
            finish_early(db_session, room, key=f"exam-closed-{attempt.public_id}", now=fact.at)
        _record(db_session, attempt, position, places[position], room, now=fact.at)


def on_attempt_scored(db_session: Session, fact: AttemptScored) -> None:
    """Let the results of an attempt's rooms be seen with the attempt's."""
    attempt = db_session.get_one(Attempt, fact.attempt_id)
    places = [position for position, _ in room_items(db_session, attempt)]
    for room in _rooms(db_session, attempt, places, lock=True).values():
        show_result(db_session, room, actor="system:exams", now=fact.at)


def settle_played_rooms(db_session: Session, *, now: datetime) -> int:
    """Put the points of rooms that were scored since into the attempts that wait for them.

    Returns:
        How many attempts were looked at; none is left waiting for a room that has its points.
    """
    waiting = db_session.scalars(
        select(Attempt)
        .where(Attempt.awaits_marks.is_(True), Attempt.closed_at.is_not(None))
        .order_by(Attempt.closed_at)
        .limit(SETTLE_AT_ONCE)
        .with_for_update(skip_locked=True)
    ).all()
    settled = 0
    for attempt in waiting:
        places = dict(room_items(db_session, attempt))
        recorded = exams.played_rooms(db_session, attempt.id)
        missing = {place: item for place, item in places.items() if place not in recorded}
        found = _rooms(db_session, attempt, list(missing))
        settled += sum(
            _record(db_session, attempt, position, item, found.get(position), now=now)
            for position, item in missing.items()
        )
    return settled


def _rooms(
    db_session: Session, attempt: Attempt, positions: list[int], *, lock: bool = False
) -> dict[int, RoomSession]:
    """Return the rooms at some positions of an attempt."""
    codes = {item_code(attempt, position): position for position in positions}
    if not codes:
        return {}
    found = rooms.rooms_by_code(db_session, attempt.person_id, list(codes), lock=lock)
    return {codes[code]: room for code, room in found.items()}


def _record(
    db_session: Session,
    attempt: Attempt,
    position: int,
    item: Item,
    room: RoomSession | None,
    *,
    now: datetime,
) -> bool:
    """Put a room's outcome into the attempt's record if there is one; say whether there is."""
    assert item.room is not None, "only items with a room are asked about"
    ref = version_of(attempt.item_refs[position - 1])
    if room is None:
        record_played(db_session, attempt, played_room(position, ref, item.room), now=now)
        return True
    score = rooms.score_or_none(db_session, room.id)
    if score is None:
        return False
    record = played_room(position, ref, item.room, room=room.public_id, score=score.score)
    record_played(db_session, attempt, record, now=now)
    return True
