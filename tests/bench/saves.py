"""Saving an answer: through Flask, the service alone, and the driver alone (the floor)."""

from __future__ import annotations

import contextvars
import itertools
import json
import re
from pathlib import Path

import pysqlite3.dbapi2 as sqlite
from flask import Flask

from app.accounts.queries import person_of_account_or_none
from app.accounts.services import open_web_session
from app.core import clock
from app.core.db import db, transaction
from app.core.hashing import canonical_json
from app.exams.saving import Change, save_response
from tests import cast
from tests.bench.harness import Row, compare
from tests.factories.exams import start_little_attempt

UNITS = 300


def save_rows(app: Flask, folder: Path) -> list[Row]:
    """Return the save's rows on a filled SQLite instance."""
    with transaction() as db_session:
        person = person_of_account_or_none(db_session, cast.ALICE.account)
        attempt = start_little_attempt(db_session, person.id, now=clock.now())
        attempt.writer_epoch = 1
        public_id, person_id = attempt.public_id, person.id
        secret = open_web_session(
            db_session, person, address="127.0.0.1", user_agent="bench", now=clock.now()
        )
    db.session.remove()
    floor = _floor(folder)

    def by_service(number: int) -> None:
        for n in range(UNITS):
            sequence = number * UNITS + n + 1
            change = Change(f"service-{sequence}", 1, {"selected": ["a"]}, False, sequence, 1)
            save_response(public_id, person_id, change, now=clock.now())

    client = app.test_client()
    client.set_cookie("caopan", secret)
    page = client.get("/account").text
    token = re.search(r'name="csrf[-_]token"[^>]*(?:value|content)="([^"]+)"', page)[1]

    def by_http(number: int) -> None:
        # A context of its own, as a request in a server has: `g` must not outlive it.
        contextvars.Context().run(send, number)

    def send(number: int) -> None:
        for n in range(UNITS):
            sequence = 1_000_000 + number * UNITS + n
            body = {
                "key": f"http-{sequence}",
                "position": 1,
                "value": {"selected": ["a"]},
                "flagged": False,
                "sequence": sequence,
                "writer_epoch": 1,
            }
            answer = client.post(
                f"/exams/attempts/{public_id}/save", json=body, headers={"X-CSRFToken": token}
            )
            if answer.status_code != 200:
                raise RuntimeError(answer.text)

    name = "event + projection + commit on the driver, SQLite FULL"
    return [
        compare("save one answer: service", by_service, name, floor, units=UNITS),
        compare("save one answer: Flask with test client", by_http, name, floor, units=UNITS),
    ]


def _floor(folder: Path):  # type: ignore[no-untyped-def]
    connection = sqlite.connect(folder / "floor.sqlite", isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE event (attempt INT, seq INT, key TEXT UNIQUE, body TEXT)")
    connection.execute(
        "CREATE TABLE response (attempt INT, position INT, body TEXT, seq INT, "
        "PRIMARY KEY (attempt, position))"
    )

    counter = itertools.count(1)

    def run(number: int) -> None:
        for _ in range(UNITS):
            seq = next(counter)
            body = canonical_json(json.loads('{"selected":["a"]}'))
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("INSERT INTO event VALUES (1, ?, ?, ?)", (seq, f"k{seq}", body))
            connection.execute(
                "INSERT INTO response VALUES (1, 1, ?, ?) ON CONFLICT (attempt, position) "
                "DO UPDATE SET body = excluded.body, seq = excluded.seq",
                (body, seq),
            )
            connection.execute("COMMIT")

    return run
