"""Read what the database holds of attempts and rooms, without the application around it."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from sqlalchemy import Engine, create_engine, make_url, select
from sqlalchemy.orm import Session

from app.core.config import Settings
from app.core.db import sqlite
from app.exams.models import Attempt, AttemptEvent, AttemptResponse, AttemptScore
from app.rooms.models import RoomEvent, RoomScore, RoomSession
from tests.faults.attempts import StoredAttempt, StoredResponse, StoredScore
from tests.faults.chains import StoredEvent
from tests.faults.rooms import StoredRoom, StoredRoomScore


def reading_engine(settings: Settings) -> Engine:
    """An engine of the test's own on the run's database."""
    options: dict[str, Any] = {"module": sqlite} if settings.is_sqlite else {}
    return create_engine(make_url(settings.database_url), **options)


def stored_attempts(settings: Settings) -> list[StoredAttempt]:
    """Return every attempt of the database with its log, projections and scores."""
    engine = reading_engine(settings)
    try:
        with Session(engine) as db_session:
            return _attempts(db_session)
    finally:
        engine.dispose()


def _attempts(db_session: Session) -> list[StoredAttempt]:
    events: dict[int, list[StoredEvent]] = defaultdict(list)
    for row in db_session.scalars(select(AttemptEvent).order_by(AttemptEvent.sequence)):
        events[row.attempt_id].append(stored_event(row))
    responses: dict[int, dict[int, StoredResponse]] = defaultdict(dict)
    for held in db_session.scalars(select(AttemptResponse)):
        responses[held.attempt_id][held.position] = StoredResponse(
            held.value, held.flagged, held.client_sequence
        )
    scores: dict[int, list[StoredScore]] = defaultdict(list)
    for score in db_session.scalars(select(AttemptScore).order_by(AttemptScore.id)):
        scores[score.attempt_id].append(StoredScore(score.fraction, score.passed, score.head_hash))
    return [
        StoredAttempt(
            public_id=attempt.public_id,
            due_at=attempt.due_at,
            closed_at=attempt.closed_at,
            writer_epoch=attempt.writer_epoch,
            event_count=attempt.event_count,
            head_hash=attempt.head_hash,
            item_refs=tuple(attempt.item_refs),
            cut_fraction=attempt.cut_fraction,
            score_fraction=attempt.score_fraction,
            passed=attempt.passed,
            events=tuple(events[attempt.id]),
            responses=responses[attempt.id],
            scores=tuple(scores[attempt.id]),
        )
        for attempt in db_session.scalars(select(Attempt).order_by(Attempt.id))
    ]


def stored_rooms(settings: Settings) -> list[StoredRoom]:
    """Return every room of the database with its log and scores."""
    engine = reading_engine(settings)
    try:
        with Session(engine) as db_session:
            return _rooms(db_session)
    finally:
        engine.dispose()


def _rooms(db_session: Session) -> list[StoredRoom]:
    events: dict[int, list[StoredEvent]] = defaultdict(list)
    for row in db_session.scalars(select(RoomEvent).order_by(RoomEvent.sequence)):
        events[row.room_session_id].append(stored_event(row))
    scores: dict[int, list[StoredRoomScore]] = defaultdict(list)
    for score in db_session.scalars(select(RoomScore).order_by(RoomScore.id)):
        scores[score.room_session_id].append(StoredRoomScore(score.score, score.head_hash))
    return [
        StoredRoom(
            public_id=room.public_id,
            scenario_ref=room.scenario_ref,
            keys=room.macro_key + room.micro_key,
            starts_at=room.starts_at,
            speed=room.clock_speed,
            duration_ticks=room.duration_ticks,
            closed_at=room.closed_at,
            writer_epoch=room.writer_epoch,
            event_count=room.event_count,
            head_hash=room.head_hash,
            last_tick=room.last_tick,
            score=room.score,
            events=tuple(events[room.id]),
            scores=tuple(scores[room.id]),
        )
        for room in db_session.scalars(select(RoomSession).order_by(RoomSession.id))
    ]


def stored_event(row: Any) -> StoredEvent:
    """Return an event row, of an attempt or of a room, as the checker takes it."""
    return StoredEvent(
        sequence=row.sequence,
        kind=row.kind,
        key=row.key,
        fingerprint=row.fingerprint,
        payload=row.payload,
        at=row.at,
        previous_hash=row.previous_hash,
        hash=row.hash,
    )


def sqlite_faults(settings: Settings) -> list[str]:
    """Return what SQLite itself finds wrong with its file; empty for a sound one."""
    path = make_url(settings.database_url).database
    connection = sqlite.connect(path)
    try:
        found = [row[0] for row in connection.execute("PRAGMA integrity_check") if row[0] != "ok"]
        broken = connection.execute("PRAGMA foreign_key_check").fetchall()
        return found + [f"foreign key {row}" for row in broken]
    finally:
        connection.close()
