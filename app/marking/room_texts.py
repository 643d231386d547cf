"""What somebody writes about a counted room: the account's diagnosis before it, the 复盘 after it.

The room's programme says which of them it asks for (`written`), and what they must come to. They
are marked like an exam's answers. The diagnosis was written with the plan and is taken when
the room is scored; the review is written here, once, within two days.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.certification.queries import programme_of
from app.core.audit.services import record_act
from app.core.errors import ConflictError, InvalidInputError, NotFoundError
from app.marking import queries
from app.marking.models import MarkingTask
from app.marking.services import open_room_text
from app.rooms.events import RoomScored
from app.rooms.models import RoomSession
from certificates.programmes import WrittenPart
from question_bank.marking import SettledMark

logger = logging.getLogger(__name__)

REVIEW_WITHIN = timedelta(hours=48)
"""The 复盘 is written within this after the room's end, while it is fresh."""

DIAGNOSIS, REVIEW = "diagnosis", "review"

RUBRIC_ID = {DIAGNOSIS: "senior-room-diagnosis-001", REVIEW: "senior-room-review-001"}
"""The bank's items whose rubrics the texts are marked by, in their newest version."""


class ReviewClosedError(ConflictError):
    """Raised when a review comes before the room's end, or too late."""

    code = "review_closed"


class ReviewWrittenError(ConflictError):
    """Raised when another review of the same room was handed in before."""

    code = "review_written"


@dataclass(frozen=True)
class RoomText:
    """How one text of a room stands.

    Attributes:
        part: `diagnosis` or `review`.
        body: What was written; empty for nothing.
        task: Its marking; None if it is not being marked.
        mark: What the marks came to; None before that.
    """

    part: str
    body: str
    task: MarkingTask | None
    mark: SettledMark | None


def written_part(db_session: Session, room: RoomSession) -> WrittenPart | None:
    """Return what a room's programme asks to be written about it; None for no room that counts."""
    if not room.is_exam:
        return None
    try:
        return programme_of(db_session, room.programme_ref).written
    except (NotFoundError, ValueError):  # a room outside any programme
        return None


def asks_for(db_session: Session, room: RoomSession, part: str) -> bool:
    """Say whether a text, `diagnosis` or `review`, is asked for about a room."""
    asked = written_part(db_session, room)
    return asked is not None and part in asked.texts


def on_room_scored(db_session: Session, fact: RoomScored) -> None:
    """Take the diagnosis of a scored room, once."""
    room = db_session.get_one(RoomSession, fact.room_session_id)
    if not asks_for(db_session, room, DIAGNOSIS) or not (room.diagnosis or "").strip():
        return
    if _task(db_session, room.id, DIAGNOSIS) is not None:
        return
    try:
        rubric_ref = rubric_ref_of(db_session, DIAGNOSIS)
    except NotFoundError:  # the room's score must not fail for it
        logger.exception("the diagnosis of %r cannot be marked: publish the item", room)
        return
    open_room_text(
        db_session,
        room.id,
        part=DIAGNOSIS,
        person_id=room.person_id,
        rubric_ref=rubric_ref,
        body=room.diagnosis or "",
        now=fact.at,
    )


def submit_review(
    db_session: Session, room: RoomSession, body: str, *, actor: str, now: datetime
) -> MarkingTask:
    """Take the review of a room; the same words again return what was taken.

    Args:
        db_session: The session of the caller's transaction.
        room: The writer's own room, locked.
        body: The review, as long as its rubric says.
        actor: Who wrote it.
        now: The moment (aware).

    Raises:
        NotFoundError: If no review is asked for.
        ReviewClosedError: Before the room's end, or later than `REVIEW_WITHIN` after it.
        ReviewWrittenError: If another one was taken before.
        InvalidInputError: If it is too short or too long.
    """
    if not asks_for(db_session, room, REVIEW):
        raise NotFoundError(f"review of {room!r}")
    body = body.strip()
    held = _task(db_session, room.id, REVIEW)
    if held is not None:
        if held.body == body:
            return held
        raise ReviewWrittenError(f"{room!r}")
    if room.closed_at is None or now > room.closed_at + REVIEW_WITHIN:
        raise ReviewClosedError(f"{room!r}")
    ref = rubric_ref_of(db_session, REVIEW)
    _item, rubric = queries.rubric_of(db_session, ref)
    if not rubric.least_chars <= len(body) <= rubric.most_chars:
        raise InvalidInputError("review", [{"field": "body", "code": "length"}])
    try:
        with db_session.begin_nested():
            opened = open_room_text(
                db_session,
                room.id,
                part=REVIEW,
                person_id=room.person_id,
                rubric_ref=ref,
                body=body,
                now=now,
            )
    except IntegrityError as error:
        raise ReviewWrittenError(f"{room!r}") from error
    record_act(
        db_session,
        subject=f"room:{room.public_id}",
        action="room.review_written",
        actor=actor,
        now=now,
        details={"task": opened.public_id},
    )
    return opened


def texts_of(db_session: Session, room: RoomSession) -> list[RoomText]:
    """Return how the texts stand that are asked for about a room, for who wrote them."""
    asked = written_part(db_session, room)
    out = []
    for part in () if asked is None else asked.texts:
        task = _task(db_session, room.id, part)
        settled = None if task is None else queries.settlement_of(db_session, task.id)
        body = task.body if task else (room.diagnosis or "" if part == DIAGNOSIS else "")
        mark = None if settled is None else SettledMark.model_validate(settled.body)
        out.append(RoomText(part, body, task, mark))
    return out


def rooms_awaiting_review(
    db_session: Session, person_id: int, *, now: datetime
) -> list[RoomSession]:
    """Return the person's finished rooms whose review can still be written, the oldest first."""
    written = select(MarkingTask.room_session_id).where(
        MarkingTask.part == REVIEW, MarkingTask.person_id == person_id
    )
    rooms = db_session.scalars(
        select(RoomSession)
        .where(
            RoomSession.person_id == person_id,
            RoomSession.mode == "exam",
            RoomSession.closed_at >= now - REVIEW_WITHIN,
            RoomSession.id.not_in(written),
        )
        .order_by(RoomSession.closed_at)
    )
    return [room for room in rooms if asks_for(db_session, room, REVIEW)]


def rubric_ref_of(db_session: Session, part: str) -> str:
    """Return the newest version of the item that a part is marked by.

    Raises:
        NotFoundError: If the bank has none.
    """
    return queries.newest_ref(db_session, RUBRIC_ID[part])


def _task(db_session: Session, room_session_id: int, part: str) -> MarkingTask | None:
    return db_session.scalar(
        select(MarkingTask).where(
            MarkingTask.room_session_id == room_session_id, MarkingTask.part == part
        )
    )
