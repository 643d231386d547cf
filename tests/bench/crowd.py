"""Row 10: watchers of a contest's board beside the contestants' rooms.

`python -m tests.bench.crowd [seconds]`: a round of twelve runs; its rooms are polled as their pages
do, its board is published once a second by a process of its own, and watchers ask with the tag of
their last answer. The machine that makes the load is the one that is measured, so two runs tell two
things: a thousandth part of a hall at its true interval says when everybody sees a change, and a
few connections without a pause say what one question costs. The cost of 5,000 watchers is that
times their questions in a second.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import secrets
import sys
import time
from dataclasses import dataclass, field
from datetime import timedelta
from multiprocessing.synchronize import Event

from sqlalchemy import select

from app.accounts.models import Person
from app.accounts.passwords import hash_password
from app.accounts.services import open_web_session, register_person
from app.contests.board import publishing
from app.core import clock
from app.core.config import Settings
from app.core.db import db, transaction
from tests import cast
from tests.bench.hall import Hall, halls
from tests.bench.load import Browser, Tally, closed_loop, tree_cpu_s
from tests.bench.rooms import Aim, aim_line
from tests.bench.served import HallServer, seen, serving
from tests.factories.contest_boards import begin_round
from tests.faults.ground import application

CONTESTANTS = 12
WATCHERS = 5000
EVERY_S = 1.5
"""What a watcher's page waits between two questions (`static/js/contests/feed.js`)."""

SAMPLE = 150
"""Watchers that are really there, at the true interval."""

HASTY = 16
"""Connections that ask without a pause."""

BEGUN = timedelta(minutes=4)
"""The round began so long ago: its board has something to tell."""


@dataclass
class Seen:
    """When each body was first seen by anybody, and by each watcher."""

    first_s: dict[str, float] = field(default_factory=dict)
    delays_s: list[float] = field(default_factory=list)

    def note(self, etag: str) -> None:
        now = time.perf_counter()
        self.delays_s.append(now - self.first_s.setdefault(etag, now))


def race(hall: Hall) -> tuple[str, list[tuple[str, str]]]:
    """Begin a round; return its address and each contestant's session and room."""
    hashed = hash_password(cast.PASSWORD)
    with application(hall.settings), transaction() as db_session:
        now = clock.now()
        people, sessions = [], []
        for _ in range(CONTESTANTS):
            account = f"r{secrets.token_hex(6)}@example.cn"
            register_person(
                db_session, account=account, display_name="选手", password_hash=hashed, now=now
            )
            person = db_session.scalars(select(Person).where(Person.email == account)).one()
            people.append(person)
            sessions.append(
                open_web_session(
                    db_session, person, address="127.0.0.1", user_agent="bench", now=now
                )
            )
        raced = begin_round(db_session, people, now=now - BEGUN)
    rooms = [seat.room for seat in raced.seats]
    return f"/live/rounds/{raced.round_}/board.json", list(zip(sessions, rooms, strict=True))


def publish(settings: Settings, ready: Event, end: Event) -> None:
    """Publish once a second until the end, as the scheduler's job does."""
    with application(settings):
        while not end.is_set():
            began = time.monotonic()
            publishing.publish_boards(db.session(), now=clock.now())
            db.session.remove()
            ready.set()
            time.sleep(max(0.0, publishing.EVERY_S - (time.monotonic() - began)))


async def cockpits(port: int, rooms: list[tuple[str, str]], seconds: float) -> Tally:
    """Poll every contestant's room once a second."""
    tally = Tally()

    async def cockpit(secret: str, room: str, offset: float) -> None:
        browser, tag = Browser(port, secret=secret), ""
        await asyncio.sleep(offset)
        start = time.perf_counter()
        while time.perf_counter() - start < seconds:
            began = time.perf_counter()
            headers = {"If-None-Match": tag} if tag else {}
            reply = await browser.ask("GET", f"/rooms/{room}/poll?after=1", headers=headers)
            if reply.status not in {200, 304}:
                tally.fail(str(reply.status))
            tag = reply.headers.get("etag", "")
            tally.latencies_s.append(time.perf_counter() - began)
            await asyncio.sleep(max(0.0, 1.0 - (time.perf_counter() - began)))
        browser.close()

    await asyncio.gather(*(cockpit(*one, number / len(rooms)) for number, one in enumerate(rooms)))
    return tally


async def hall_of_watchers(port: int, path: str, seconds: float) -> tuple[Tally, Seen]:
    """Let a sample of the hall watch at the true interval."""
    tally, seen_ = Tally(), Seen()

    async def watcher(offset: float) -> None:
        browser, tag, is_first = Browser(port), "", True
        await asyncio.sleep(offset)
        start = time.perf_counter()
        while time.perf_counter() - start < seconds:
            began = time.perf_counter()
            headers = {"If-None-Match": tag} if tag else {}
            reply = await browser.ask("GET", path, headers=headers)
            tally.latencies_s.append(time.perf_counter() - began)
            if reply.status not in {200, 304}:
                tally.fail(str(reply.status))
            elif reply.status == 200:
                tag = reply.headers["etag"]
                if not is_first:
                    seen_.note(tag)
                is_first = False
            await asyncio.sleep(max(0.0, EVERY_S - (time.perf_counter() - began)))
        browser.close()

    await asyncio.gather(*(watcher(EVERY_S * n / SAMPLE) for n in range(SAMPLE)))
    return tally, seen_


async def hasty_watchers(port: int, path: str, roots: list[int], seconds: float) -> Tally:
    """Ask without a pause, each with the tag of its last answer."""

    def unit():  # type: ignore[no-untyped-def]
        browser, tag = Browser(port), ""

        async def ask() -> None:
            nonlocal tag
            headers = {"If-None-Match": tag} if tag else {}
            reply = await browser.ask("GET", path, headers=headers)
            if reply.status not in {200, 304}:
                raise RuntimeError(str(reply.status))
            tag = reply.headers["etag"]

        return ask

    return await closed_loop([unit() for _ in range(HASTY)], roots, seconds=seconds, most=10**6)


async def measure(
    server: HallServer, path: str, rooms: list[tuple[str, str]], publisher: int, seconds: float
) -> list[Aim]:
    """Return the rows of the table."""
    port, roots = server.settings.port, [server.pid]
    for secret, room in rooms:  # one look: the state of a running room is computed once
        browser = Browser(port, secret=secret)
        await browser.ask("GET", f"/rooms/{room}/poll")
        browser.close()
    alone = await cockpits(port, rooms, seconds)
    before = tree_cpu_s([publisher])
    beside, (watching, seen_) = await asyncio.gather(
        cockpits(port, rooms, seconds), hall_of_watchers(port, path, seconds)
    )
    published_cpu = (tree_cpu_s([publisher]) - before) / seconds
    hasty = await hasty_watchers(port, path, roots, seconds)
    per_s = WATCHERS / EVERY_S
    delays = Tally(latencies_s=seen_.delays_s)
    share = hasty.cpu_ms * per_s / 1000 * 100
    return [
        Aim("10 a watcher's question", hasty.cpu_ms * 1e3, "us", None, None, note=seen(hasty)),
        Aim(f"10 {WATCHERS} watchers, of a core", share, "%", 35, 15, note=f"{per_s:.0f}/s"),
        Aim(
            "10 a change is seen by everybody within (after the first)",
            delays.at_ms(1),
            "ms",
            3000 - 1000 * publishing.EVERY_S,
            None,
            note=seen(delays),
        ),
        Aim("10 the publisher, of a core", published_cpu * 100, "%", None, None),
        Aim("10 watchers at their interval, p99", watching.at_ms(0.99), "ms", 300, None),
        Aim("10 a room's poll alone, p99", alone.at_ms(0.99), "ms", None, None, note=seen(alone)),
        Aim(
            "10 a room's poll beside watchers, p99",
            beside.at_ms(0.99),
            "ms",
            300,
            None,
            note=seen(beside),
        ),
    ]


def main() -> int:
    """Print the rows; 1 if a figure misses what it must hold."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 8.0
    fork = multiprocessing.get_context("spawn")
    with halls(("sqlite",)) as (hall,):
        path, rooms = race(hall)
        ready, end = fork.Event(), fork.Event()
        process = fork.Process(target=publish, args=(hall.settings, ready, end))
        process.start()
        try:
            ready.wait(60)
            with serving(hall) as server:
                rows = asyncio.run(measure(server, path, rooms, process.pid or 0, seconds))
        finally:
            end.set()
            process.join(10)
            if process.is_alive():
                process.kill()
    for row in rows:
        print(aim_line(row))
    print(json.dumps({row.work: round(row.value, 2) for row in rows}, ensure_ascii=False))
    return sum(row.verdict == "MISSED" for row in rows) and 1


if __name__ == "__main__":
    sys.exit(main())
