"""The product with a bug planted into it, to show that the history checker finds it.

The server's process loads this module instead of `wsgi`; the bug's name comes in `PLANTED`,
several, which do not hide one another, joined by `+`.
Nothing of it is in the product. Each bug is one that real systems of this kind had.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

from flask import request

from app.core.db import db, raw_transaction
from app.core.errors import DomainError, SupersededSessionError
from app.core.hashing import GENESIS
from app.exams import changes, saving, services
from app.rooms import acting, scoring
from app.rooms import queries as room_queries
from app.studio.queries import scenario_of
from wsgi import app, application

__all__ = ["application"]

real_save = saving.save_response


def ack_before_commit() -> None:
    """Acknowledge at once, write half a second later."""

    def save(public_id: str, person_id: int, change: saving.Change, *, now: datetime) -> Any:
        def write() -> None:
            time.sleep(0.5)
            with app.app_context():
                try:
                    real_save(public_id, person_id, change, now=now)
                except DomainError:
                    return

        threading.Thread(target=write, daemon=True).start()
        return saving.Acknowledgement(change.client_sequence, False, 0, now)

    saving.save_response = save


def no_key_check() -> None:
    """Apply every request, whatever its key; the table's constraint is gone too."""
    saving._known = lambda cursor, attempt_id, change: None


def check_then_insert() -> None:
    """Look for the key before the lock is taken; two requests at once both find nothing."""
    look = saving._known

    def save(public_id: str, person_id: int, change: saving.Change, *, now: datetime) -> Any:
        with raw_transaction() as cursor:
            row = saving._lock(cursor, public_id, person_id)
            known = look(cursor, row[0], change)
        time.sleep(0.05)
        if known is not None:
            return saving.Acknowledgement(change.client_sequence, True, known, now)
        return real_save(public_id, person_id, change, now=now)

    no_key_check()
    saving.save_response = save


def last_arrival_wins() -> None:
    """Project whatever came last, though the candidate changed it since."""
    saving.PROJECT_RESPONSE = saving.PROJECT_RESPONSE.split("WHERE excluded")[0]


def broken_chain() -> None:
    """Hash an event without its predecessor."""
    real = saving.event_hash

    def unchained(*parts: Any) -> str:
        return real(*parts[:-1], GENESIS)

    saving.event_hash = unchained


def client_clock() -> None:
    """Believe the moment that the device sends."""
    told = threading.local()
    real_read = changes.read_change

    def read(*arguments: Any, key: str) -> saving.Change:
        told.at = arguments[3].get("client_now")
        return real_read(*arguments, key=key)

    def save(public_id: str, person_id: int, change: saving.Change, *, now: datetime) -> Any:
        at = datetime.fromisoformat(told.at) if told.at else now
        return real_save(public_id, person_id, change, now=at)

    changes.read_change = read
    saving.save_response = save


def accept_late() -> None:
    """Take answers for an hour after the time is over."""
    saving.SAVE_GRACE = timedelta(hours=1)


def accept_after_close() -> None:
    """Forget to look whether the attempt was handed in."""
    saving.LOCK_ATTEMPT = saving.LOCK_ATTEMPT.replace("closed_at", "NULL")


def refuse_after_commit() -> None:
    """Write first, then find a reason to refuse."""

    def save(public_id: str, person_id: int, change: saving.Change, *, now: datetime) -> Any:
        done = real_save(public_id, person_id, change, now=now)
        if change.client_sequence % 3 == 0:
            raise SupersededSessionError(public_id)
        return done

    saving.save_response = save


def payload_altered() -> None:
    """Drop the candidate's mark on the way into the log."""
    real = saving.Change.payload.fget
    assert real is not None

    def unmarked(change: saving.Change) -> str:
        return str(real(change)).replace('"flagged":true', '"flagged":false')

    saving.Change.payload = property(unmarked)


def score_before_last_answer() -> None:
    """Score from a reading that misses the newest answer."""
    real = services.queries.values_of

    def older(db_session: Any, attempt_id: int) -> dict[int, dict[str, Any]]:
        values = real(db_session, attempt_id)
        for position in list(values)[len(values) // 2 :]:
            del values[position]
        return values

    services.queries = SimpleNamespace(**{**vars(services.queries), "values_of": older})


def room_acks_before_commit() -> None:
    """Show the room with the action done, write it half a second later."""
    real = acting.perform_action

    def perform(
        db_session: Any, public_id: str, person_id: int, sent: Any, *, now: datetime
    ) -> Any:
        def write() -> None:
            time.sleep(0.5)
            with app.app_context():
                try:
                    real(db.session(), public_id, person_id, sent, now=now)
                except DomainError:
                    return

        room = room_queries.room_of(db_session, public_id, person_id)
        scenario = scenario_of(db_session, room.scenario_ref)
        state = room_queries.state_of(db_session, room, scenario, now=now)
        threading.Thread(target=write, daemon=True).start()
        return acting.Performed(0, state.tick, False, room.is_exam, scenario, state)

    acting.perform_action = perform


def room_no_key_check() -> None:
    """Do every action that arrives, whatever its key; the table's constraint is gone too."""
    acting.known_event = lambda cursor, room_id, key, sent: None


def room_client_queue() -> None:
    """Let an action take effect when the device says it was made."""
    real = acting.perform_action

    def perform(
        db_session: Any, public_id: str, person_id: int, sent: Any, *, now: datetime
    ) -> Any:
        told = datetime.fromisoformat(request.get_json()["client_now"])
        return real(db_session, public_id, person_id, sent, now=told)

    acting.perform_action = perform


def room_score_in_favour() -> None:
    """Round a room's score up."""
    real = scoring.judge

    def judge(*arguments: Any, **options: Any) -> Any:
        judged = real(*arguments, **options)
        return replace(judged, result={**judged.result, "score": judged.result["score"] + 0.1})

    scoring.judge = judge


BUGS: dict[str, Callable[[], None]] = {
    bug.__name__: bug
    for bug in (
        ack_before_commit,
        no_key_check,
        check_then_insert,
        last_arrival_wins,
        broken_chain,
        client_clock,
        accept_late,
        accept_after_close,
        refuse_after_commit,
        payload_altered,
        score_before_last_answer,
        room_acks_before_commit,
        room_no_key_check,
        room_client_queue,
        room_score_in_favour,
    )
}

for name in filter(None, os.environ.get("PLANTED", "").split("+")):
    BUGS[name]()
