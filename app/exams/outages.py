"""Outages of the server itself: measured by its own beat, credited to every open attempt once.

Each web process says every few seconds that it serves. Whoever beats first after a silence
finds the gap, and in the same transaction credits it and moves the beat: a second process or a
second restart finds no gap any more.
"""

from __future__ import annotations

import logging
import threading
import time
from datetime import datetime, timedelta

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import clock
from app.core.audit.services import record_act
from app.core.db import db, transaction
from app.core.errors import StorageUnavailableError
from app.exams import deadlines, queries
from app.exams.models import Outage, ServerBeat
from app.exams.sections import grant_time
from app.exams.services import append_to_chain

logger = logging.getLogger(__name__)

BEAT_EVERY_S = 4.0
"""Seconds between two beats of a process."""

BEAT_ROW = 1


def note_beat(
    db_session: Session, *, now: datetime, alive_since: datetime | None = None
) -> Outage | None:
    """Say that this process serves; credit the silence before it, if there was one.

    Args:
        db_session: The session of the caller's transaction.
        now: The moment (aware).
        alive_since: From when this process knows by its monotonic clock that it was alive and
            beating; a wall clock that jumped is no outage. None at a process's first beat.

    Returns:
        The outage, if this beat ended one.
    """
    beat = db_session.scalar(
        select(ServerBeat)
        .where(ServerBeat.id == BEAT_ROW)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if beat is None:
        db_session.add(ServerBeat(id=BEAT_ROW, at=now))
        db_session.flush()
        return None
    began_at = beat.at if alive_since is None else max(beat.at, alive_since)
    beat.at = now
    if now - began_at <= queries.OUTAGE_FROM:
        db_session.flush()
        return None
    return _credit(db_session, began_at, now)


def _credit(db_session: Session, began_at: datetime, now: datetime) -> Outage:
    credited = 0
    for attempt in queries.open_attempts(db_session, lock=True):
        if attempt.paused_at is not None:
            continue  # its clock stands: the pause gives this time back
        lost_from = max(began_at, attempt.started_at)
        lost_s = deadlines.credited_pause_s(lost_from, now)
        if attempt.due_at <= lost_from or lost_s == 0:
            continue  # its time was over before the silence began
        grant_time(attempt, granted_s=lost_s)
        payload = {
            "began_at": began_at.isoformat(),
            "ended_at": now.isoformat(),
            "credited_s": lost_s,
            "due_at": attempt.due_at.isoformat(),
        }
        append_to_chain(db_session, attempt, "outage", payload, now=now)
        credited += 1
    outage = Outage(began_at=began_at, ended_at=now, attempt_count=credited)
    db_session.add(outage)
    db_session.flush()
    record_act(
        db_session,
        subject="server:outages",
        action="server.outage",
        actor="system:beat",
        now=now,
        details={
            "began_at": began_at.isoformat(),
            "seconds": round((now - began_at).total_seconds(), 1),
            "attempts": credited,
        },
    )
    logger.warning("outage %s to %s credited to %d attempts", began_at, now, credited)
    return outage


def register_beat(app: Flask) -> None:
    """Let each web process beat, from just before it handles its first request.

    What was missed is credited by then: nobody's attempt is closed for time that the server
    took. Command-line processes and tests answer no requests of a deployment and never beat.
    """
    if app.config["TESTING"]:
        return
    started = threading.Lock()

    @app.before_request
    def beat_first() -> None:
        if started.acquire(blocking=False):  # never released: once in a process
            _beat_once()
            threading.Thread(target=_beat_on, args=(app,), name="beat", daemon=True).start()


def _beat_once() -> None:
    try:
        with transaction() as db_session:
            note_beat(db_session, now=clock.now())
    except StorageUnavailableError:
        logger.warning("first beat: the database is busy; the next one finds the gap")


def _beat_on(app: Flask) -> None:
    served_until = time.monotonic()
    while True:
        time.sleep(BEAT_EVERY_S)
        with app.app_context():
            now = clock.now()
            # What the wall clock says beyond this was a jump of the clock, not a silence.
            alive_since = now - timedelta(seconds=time.monotonic() - served_until)
            try:
                with transaction() as db_session:
                    note_beat(db_session, now=now, alive_since=alive_since)
                served_until = time.monotonic()
            except Exception:  # the thread's outermost loop: the next beat finds the gap
                logger.exception("beat failed")
            finally:
                db.session.remove()
