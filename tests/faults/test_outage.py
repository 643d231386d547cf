"""The web away in mid-exam: everybody's time moves by the measured outage, once (F7)."""

from __future__ import annotations

import time
import urllib.request
from datetime import datetime

import pytest
from sqlalchemy import select

from app.core.config import Settings
from app.core.db import db
from app.exams.models import Attempt, AttemptEvent, Outage
from tests.faults.ground import application, start_attempts
from tests.faults.server import Server, running

pytestmark = pytest.mark.faults

AWAY_S = 12.0
"""Longer than what counts as an outage; the start of the server comes on top."""

BETWEEN_BEATS_S = 6.0
"""Two beats of a healthy server are this far apart at most, and so is the measure's error."""


def ask(server: Server) -> None:
    with urllib.request.urlopen(f"{server.address}/healthz", timeout=60):
        pass


def due_moments(settings: Settings) -> list[datetime]:
    with application(settings):
        return list(db.session().scalars(select(Attempt.due_at).order_by(Attempt.id)))


def test_a_killed_server_gives_back_what_it_took_once(sqlite_instance: Settings):
    start_attempts(sqlite_instance, range(3), limit_s=600)
    before = due_moments(sqlite_instance)
    with running(sqlite_instance) as server:
        ask(server)
        time.sleep(BETWEEN_BEATS_S)
        server.kill()
        gone = time.monotonic()
        time.sleep(AWAY_S)
        server.start()
        away_s = time.monotonic() - gone
        ask(server)
        after = due_moments(sqlite_instance)
        time.sleep(2 * BETWEEN_BEATS_S)  # further beats, of both workers, find no gap

        assert due_moments(sqlite_instance) == after
    moved_s = [(late - early).total_seconds() for early, late in zip(before, after, strict=True)]
    assert len(set(moved_s)) == 1
    assert abs(moved_s[0] - away_s) <= BETWEEN_BEATS_S
    with application(sqlite_instance):
        outages = db.session().scalars(select(Outage)).all()
        credited = db.session().scalars(
            select(AttemptEvent.attempt_id).where(AttemptEvent.kind == "outage")
        )
        assert [one.attempt_count for one in outages] == [3]
        assert len(set(credited)) == 3
