"""The cockpit's poll without the server: unchanged and with a body, beside the driver's own read.

`python -m tests.bench.polling`: processor time of one poll through the application's front, in one
process; what granian adds for a request (about 20 us) is in row 9 of `tests.bench.exam_day`.
"""

from __future__ import annotations

import contextvars
import io
import json
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from flask import Flask
from sqlalchemy import text

from app.accounts.identity import find_session
from app.core import clock
from app.core.db import db
from app.core.drivers import in_dialect
from app.core.hashing import secret_hash
from app.rooms.standing import BESIDE
from tests.bench.hall import Seat, halls
from tests.bench.harness import Row, compare, table
from tests.faults.ground import application

UNITS = 200

TICK = timedelta(seconds=1.25)
"""A tick on the wall at four times its speed."""

MUST_US = {"poll of an unchanged room": 60.0, "poll that advances its room a tick": 1000.0}
"""Of row 9, the server's own share included."""


def environ_of(seat: Seat, query: str, tag: str) -> dict[str, Any]:
    """Return the request as the server hands it over."""
    out: dict[str, Any] = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": f"/rooms/{seat.public_id}/poll",
        "QUERY_STRING": query,
        "SCRIPT_NAME": "",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "127.0.0.1",
        "HTTP_COOKIE": f"caopan={seat.secret}",
        "wsgi.input": io.BytesIO(),
        "wsgi.url_scheme": "http",
        "wsgi.errors": sys.stderr,
    }
    if tag:
        out["HTTP_IF_NONE_MATCH"] = tag
    return out


class Poller:
    """A cockpit's page that polls in process."""

    def __init__(self, app: Flask, seat: Seat) -> None:
        self._app = app
        self._seat = seat
        self.tag = ""
        self.status = ""
        self.body = b""

    def ask(self, query: str = "after=1") -> None:
        """Poll once with the tag of the last answer, in a context of its own as a server does."""
        contextvars.Context().run(self._ask, query)

    def _ask(self, query: str) -> None:
        def start(status: str, headers: list[tuple[str, str]], *_: Any) -> None:
            self.status = status[:3]
            self.tag = next((value for name, value in headers if name == "ETag"), "")

        answer = self._app.wsgi_app(environ_of(self._seat, query, self.tag), start)
        self.body = b"".join(answer)
        getattr(answer, "close", lambda: None)()


def poll_rows() -> list[Row]:
    """Return both polls on SQLite, each beside the statement that it cannot do without."""
    with halls(("sqlite",)) as [hall]:
        seat, other = hall.seats(2, rooms=True)
        with application(hall.settings) as app:
            _pause(other.public_id)
            still, moving = Poller(app, other), Poller(app, seat)
            for _ in range(3):
                still.ask()
                moving.ask()
            floor = _floor(hall.settings.database_url, seat)

            def unchanged(number: int) -> None:
                for _ in range(UNITS):
                    still.ask()
                    assert still.status == "304"

            def advancing(number: int) -> None:
                for _ in range(UNITS):
                    wall.moment += TICK
                    moving.ask()
                    assert moving.status == "200", (moving.status, number, moving.body[:300])

            rows = [compare(next(iter(MUST_US)), unchanged, "one joined read", floor, units=UNITS)]
            with Wall() as wall:
                name = list(MUST_US)[1]
                rows.append(compare(name, advancing, "one joined read", floor, units=UNITS))
            json.loads(moving.body)
            print(f"body of a poll: {len(moving.body):,} bytes")
            return rows


class Wall:
    """A clock that moves when it is told to, so that every poll meets another tick."""

    def __init__(self) -> None:
        self.moment = clock.now()
        self._now: Callable[[], datetime] = clock.now

    def __enter__(self) -> Wall:
        clock.now = lambda: self.moment
        return self

    def __exit__(self, *_: object) -> None:
        clock.now = self._now


def _pause(public_id: str) -> None:
    with db.engine.begin() as connection:
        connection.execute(
            text("UPDATE room_session SET is_paused = 1, clock_ms = 600000 WHERE public_id = :id"),
            {"id": public_id},
        )


def _floor(url: str, seat: Seat) -> Callable[[int], None]:
    import pysqlite3.dbapi2 as sqlite

    connection = sqlite.connect(url.removeprefix("sqlite:///"), isolation_level=None)
    statement = in_dialect(find_session(BESIDE), "sqlite")
    asked = {"id_hash": secret_hash(seat.secret), "public_id": seat.public_id}

    def run(number: int) -> None:
        for _ in range(UNITS):
            assert connection.execute(statement, asked).fetchall()

    return run


def print_polls() -> int:
    """Print the table; return how many polls cost more than they may."""
    rows = poll_rows()
    print(table(rows))
    missed = [row for row in rows if row.product_us > MUST_US[row.work]]
    for row in rows:
        print(f"{row.work}: must be <= {MUST_US[row.work]:g} us")
    return len(missed)


if __name__ == "__main__":
    sys.exit(1 if print_polls() else 0)
