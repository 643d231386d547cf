"""The exam day: rows 1 to 9 and 15 of the budgets, on real servers, with the floor beside.

The server is started as `caopan run` starts it, on SQLite and on PostgreSQL; the client beside it
is bounded in number and time. "must" fails a release, "aim" is what the work goes toward. Figures
are processor time of the whole process tree for one unit, the database included. Moodle is not
here: where a budget is a ratio to it, the bound is the absolute figure that stands in brackets.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import secrets
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pysqlite3.dbapi2 as sqlite
from sqlalchemy import text

from tests import cast
from tests.bench.hall import PAPER_ITEMS, Hall, Seat, halls
from tests.bench.load import Browser, Tally, Unit, closed_loop, open_loop, tree_cpu_s
from tests.bench.rooms import HEAD, Aim, aim_line
from tests.faults.server import Server
from tests.faults.stored import reading_engine

CHOICES = ("a", "b", "c", "d")


@dataclass(frozen=True)
class Size:
    """How much is measured.

    Attributes:
        seconds: Of each closed loop.
        candidates: Who arrive; a third of them for what is slow.
        arrivals_per_s: Planned rate of the arrival.
        durable_answers: Acknowledged answers before the kill.
        rooms: Rooms polled at the same time.
        rows: Events of other attempts that stand in the way when growth is measured.
    """

    seconds: float
    candidates: int
    arrivals_per_s: float
    durable_answers: int
    rooms: int
    rows: int


FULL = Size(8.0, 240, 20.0, 10_000, 300, 300_000)
SMALL = Size(1.5, 12, 4.0, 300, 20, 5_000)


class HallServer(Server):
    """The server with everything that a deployment has, the compiled engine too."""

    @property
    def environ(self) -> dict[str, str]:
        return {name: word for name, word in super().environ.items() if name != "CAOPAN_ENGINE"}

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid


@contextmanager
def serving(hall: Hall) -> Iterator[HallServer]:
    """Serve a hall for the block."""
    server = HallServer(hall.settings)
    try:
        server.start()
        yield server
    finally:
        server.stop()


def roots_of(hall: Hall, server: HallServer) -> list[int]:
    return [server.pid] + ([hall.postgres.process.pid] if hall.postgres else [])


class Desk:
    """A candidate at an open attempt, signed in."""

    def __init__(self, port: int, seat: Seat) -> None:
        self.browser = Browser(port, secret=seat.secret)
        self.path = f"/exams/attempts/{seat.public_id}"
        self.epoch = self.number = 0
        self.acked: list[str] = []

    async def open(self) -> None:
        """Load the page and take the pen."""
        await self.browser.page(self.path)
        reply = await self.browser.ask("POST", f"{self.path}/state", value={"take_over": True})
        self.epoch = expect(reply, 200)["writer_epoch"]

    async def save(self) -> None:
        """Change one answer."""
        self.number += 1
        key = f"bench-{secrets.token_hex(6)}"
        reply = await self.browser.ask(
            "POST",
            f"{self.path}/save",
            value={
                "key": key,
                "position": self.number % PAPER_ITEMS + 1,
                "value": {"selected": [CHOICES[self.number % 4]]},
                "flagged": False,
                "sequence": self.number,
                "writer_epoch": self.epoch,
            },
        )
        if expect(reply, 200)["ack"] != self.number:
            raise RuntimeError("acknowledged something else")
        self.acked.append(key)

    async def submit(self) -> None:
        """Hand in and look at the result."""
        reply = await self.browser.ask(
            "POST", f"{self.path}/submit", value={"key": f"submit-{secrets.token_hex(6)}"}
        )
        result = expect(reply, 200)["redirect"]
        if "results" not in result and "result" not in result:
            raise RuntimeError(f"no result: {result}")
        await self.browser.page(result)


def expect(reply, status: int):  # type: ignore[no-untyped-def]
    """Return the JSON of an answer that must have this status.

    Raises:
        RuntimeError: If it has another.
    """
    if reply.status != status:
        raise RuntimeError(f"{reply.status} {reply.text[:200]}")
    return reply.json


async def sign_in(browser: Browser, seat: Seat) -> None:
    """Sign in through the page; where the product asks to queue, queue."""
    await browser.page("/sign-in")
    form = {"csrf_token": browser.csrf, "account": seat.account, "password": cast.PASSWORD}
    while True:
        reply = await browser.ask("POST", "/sign-in", form=form)
        if reply.status == 303:
            return
        if reply.status != 429 or "x-queue" not in reply.headers:
            raise RuntimeError(f"sign-in: {reply.status}")
        await asyncio.sleep(
            float(reply.headers["retry-after"]) * (0.5 + secrets.randbelow(100) / 100)
        )


async def arrive(port: int, seat: Seat, number: int, *, password: bool = True) -> Desk:
    """Sign in, start the exam, load its page.

    Each comes from an address of its own: those who sign in are counted by address.
    """
    address = f"127.0.{1 + number // 250}.{1 + number % 250}"
    desk = Desk(port, seat)
    desk.browser = Browser(port, secret="" if password else seat.secret, address=address)
    if password:
        await sign_in(desk.browser, seat)
    await desk.browser.page("/exams")
    reply = await desk.browser.ask(
        "POST", "/programmes/bench/theory", form={"csrf_token": desk.browser.csrf}
    )
    if reply.status != 303:
        raise RuntimeError(f"start: {reply.status}")
    desk.path = reply.headers["location"]
    await desk.open()
    return desk


def sqlite_floor(folder: Path, units: int = 400) -> float:
    """Return the processor time of event + projection + durable commit on the driver, seconds."""
    path = folder / f"floor-{secrets.token_hex(4)}.sqlite"
    connection = sqlite.connect(path, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}")
    connection.execute("CREATE TABLE event (attempt INT, seq INT, key TEXT UNIQUE, body TEXT)")
    connection.execute(
        "CREATE TABLE response (attempt INT, position INT, body TEXT, "
        "PRIMARY KEY (attempt, position))"
    )
    start = time.process_time()
    for n in range(units):
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO event VALUES (1, ?, ?, ?)", (n, f"key-{n}", '{"a":1}'))
        connection.execute(
            "INSERT INTO response VALUES (1, ?, ?) ON CONFLICT (attempt, position) "
            "DO UPDATE SET body = excluded.body",
            (n % 20, '{"a":1}'),
        )
        connection.execute("COMMIT")
    taken = (time.process_time() - start) / units
    connection.close()
    return taken


def postgres_floor(hall: Hall, units: int = 400) -> float:
    """Return the same on PostgreSQL, the server's processes included, seconds."""
    assert hall.postgres is not None
    url = hall.settings.database_url.replace("postgresql+psycopg", "postgresql")
    with psycopg.connect(url) as connection:
        connection.execute(
            "CREATE TEMP TABLE event (attempt INT, seq INT, key TEXT UNIQUE, body TEXT)"
        )
        connection.execute(
            "CREATE TEMP TABLE response (attempt INT, position INT, body TEXT, "
            "PRIMARY KEY (attempt, position))"
        )
        connection.commit()
        roots = [hall.postgres.process.pid, os.getpid()]
        start = tree_cpu_s(roots)
        for n in range(units):
            connection.execute(
                "INSERT INTO event VALUES (1, %s, %s, %s)", (n, f"key-{n}", '{"a":1}')
            )
            connection.execute(
                "INSERT INTO response VALUES (1, %s, %s) ON CONFLICT (attempt, position) "
                "DO UPDATE SET body = excluded.body",
                (n % 20, '{"a":1}'),
            )
            connection.commit()
        return (tree_cpu_s(roots) - start) / units


def floor_of(hall: Hall) -> Callable[[], float]:
    if hall.postgres is None:
        return lambda: sqlite_floor(hall.settings.instance_dir)
    return lambda: postgres_floor(hall, 1500)


def seen(tally: Tally) -> str:
    """Write what a budget does not name."""
    words = f"n={tally.count} p50={tally.at_ms(0.5):.1f} p95={tally.at_ms(0.95):.1f} "
    words += f"p99={tally.at_ms(0.99):.1f} max={tally.at_ms(1):.0f} ms"
    if tally.errors:
        words += " ERRORS " + "; ".join(f"{n} x {one}" for one, n in tally.errors.items())
    return words


async def desks_at(server: HallServer, seats: list[Seat]) -> list[Desk]:
    desks = [Desk(server.settings.port, seat) for seat in seats]
    for desk in desks:
        await desk.open()
    return desks


async def save_rows(hall: Hall, server: HallServer, size: Size) -> list[Aim]:
    """Rows 1 and 2: one answer saved, by 1, 10 and 50 candidates without any pause."""
    store, roots, floor = hall.store, roots_of(hall, server), floor_of(hall)
    desks = await desks_at(server, hall.seats(50, attempts=True))
    rows = []
    for count in (1, 10, 50):
        floors, tallies = [], []
        for _ in range(3):
            floors.append(floor())
            units: list[Unit] = [desk.save for desk in desks[:count]]
            tallies.append(await closed_loop(units, roots, seconds=size.seconds / 3, most=10**6))
        cpu_ms = statistics.median(one.cpu_ms for one in tallies)
        floor_ms = statistics.median(floors) * 1e3
        whole = joined(tallies)
        is_postgres = hall.postgres is not None
        rate = whole.count / whole.wall_s
        note = f"{rate:,.0f}/s {seen(whole)}"
        rows.append(
            Aim(
                f"1 {store}: save an answer, c={count}",
                cpu_ms,
                "ms",
                1.0,
                0.46 if is_postgres else 0.2,
                note=note,
            )
        )
        if count == 10:
            rows.append(
                Aim(
                    f"1 {store}: the same, times the floor",
                    cpu_ms / floor_ms,
                    "x",
                    15,
                    1.5 if is_postgres else 3,
                    note=f"floor {floor_ms * 1e3:.0f} us: event + projection + durable commit",
                )
            )
        if count == 50:
            rows += [
                Aim(f"2 {store}: p99 at c=50, no pause", whole.at_ms(0.99), "ms", 144, 29),
                Aim(f"2 {store}: longest at c=50", whole.at_ms(1), "ms", 1000, None),
                Aim(f"2 {store}: errors", whole.error_count, "", 0, 0),
            ]
    return rows


def joined(tallies: list[Tally]) -> Tally:
    out = Tally()
    for one in tallies:
        out.latencies_s += one.latencies_s
        out.cpu_s += one.cpu_s
        out.wall_s += one.wall_s
        for words, count in one.errors.items():
            out.errors[words] = out.errors.get(words, 0) + count
    return out


async def durable_row(hall: Hall, server: HallServer, size: Size) -> list[Aim]:
    """Row 3: every acknowledged answer is there after kill -9 in the middle of the load."""
    desks = await desks_at(server, hall.seats(20, attempts=True))
    load = asyncio.create_task(
        closed_loop([desk.save for desk in desks], [], seconds=600, most=10**6)
    )
    while sum(len(desk.acked) for desk in desks) < size.durable_answers and not load.done():
        await asyncio.sleep(0.02)
    server.kill()
    load.cancel()
    await asyncio.gather(load, return_exceptions=True)
    acked = [key for desk in desks for key in desk.acked]
    server.start()
    engine = reading_engine(hall.settings)
    with engine.connect() as connection:
        stored = {
            key
            for (key,) in connection.execute(
                text("SELECT key FROM attempt_event WHERE kind = 'saved'")
            )
        }
    engine.dispose()
    lost = sum(key not in stored for key in acked)
    return [
        Aim(
            f"3 {hall.store}: lost after kill -9",
            lost,
            "answers",
            0,
            0,
            note=f"of {len(acked)} acknowledged",
        )
    ]


async def attempt_rows(hall: Hall, server: HallServer, size: Size) -> list[Aim]:
    """Rows 4, 5 and 8: whole attempts with and without the password, submit with result."""
    store, roots, port = hall.store, roots_of(hall, server), server.settings.port
    rows = []
    for password, row, must, aim in ((True, 4, 90.0, 60.0), (False, 5, 49.0, 14.0)):
        seats = hall.seats(max(10, size.candidates // 3))
        left = iter(enumerate(seats))

        def whole(left: Iterator[tuple[int, Seat]] = left, password: bool = password) -> Unit:
            async def unit() -> None:
                number, seat = next(left)
                desk = await arrive(port, seat, number, password=password)
                for _ in range(PAPER_ITEMS):
                    await desk.save()
                await desk.submit()
                desk.browser.close()

            return unit

        tally = await closed_loop([whole()] * 10, roots, seconds=600, most=len(seats))
        words = "with password" if password else "without the sign-in"
        rows.append(
            Aim(
                f"{row} {store}: whole attempt {words}, c=10",
                tally.cpu_ms,
                "ms",
                must,
                aim,
                note=f"{tally.count / tally.wall_s:.1f}/s {seen(tally)}",
            )
        )
    seats = hall.seats(max(10, size.candidates // 3), attempts=True)
    desks = await desks_at(server, seats)
    for desk in desks:
        await desk.save()
    tally = await closed_loop(
        once([desk.submit for desk in desks]), roots, seconds=600, most=len(desks)
    )
    rows.append(
        Aim(f"8 {store}: submit + score + result", tally.cpu_ms, "ms", 8.3, 3.1, note=seen(tally))
    )
    return rows


def once(units: list[Unit]) -> list[Unit]:
    """Return ten clients that share the units out, each done once."""
    left = iter(units)

    async def unit() -> None:
        one = next(left, None)
        if one is not None:
            await one()

    return [unit] * 10


async def arrival_rows(hall: Hall, server: HallServer, size: Size) -> list[Aim]:
    """Rows 6 and 7: a hall arrives; three times too many arrive while others answer."""
    store, roots, port = hall.store, roots_of(hall, server), server.settings.port
    seats = hall.seats(size.candidates)

    def unit(number: int, seat: Seat, *, password: bool) -> Unit:
        async def come() -> None:
            (await arrive(port, seat, number, password=password)).browser.close()

        return come

    tally = await open_loop(
        [unit(n, seat, password=True) for n, seat in enumerate(seats)],
        roots,
        per_s=size.arrivals_per_s,
    )
    ready_ms = 2000 if hall.postgres is None else 1000
    rows = [
        Aim(f"6 {store}: arrival, sign-in to page", tally.cpu_ms, "ms", 45, 32, note=seen(tally)),
        Aim(
            f"6 {store}: ready p99 at {size.arrivals_per_s:g}/s",
            tally.at_ms(0.99),
            "ms",
            ready_ms,
            None,
            note=f"{tally.error_count} errors",
        ),
    ]
    seats = hall.seats(size.candidates // 3)
    tally = await open_loop(
        [unit(n, seat, password=False) for n, seat in enumerate(seats)],
        roots,
        per_s=size.arrivals_per_s,
    )
    rows.append(
        Aim(
            f"6 {store}: arrival of those signed in",
            tally.cpu_ms,
            "ms",
            None,
            4.5,
            note=seen(tally),
        )
    )
    return rows + await overload_rows(hall, server, size)


async def overload_rows(hall: Hall, server: HallServer, size: Size) -> list[Aim]:
    """Row 7: saves of running attempts while three times too many people sign in."""
    store, port = hall.store, server.settings.port
    desks = await desks_at(server, hall.seats(20, attempts=True))
    seats = hall.seats(size.candidates)
    is_over = False
    saves = Tally()

    async def answer(desk: Desk) -> None:
        while not is_over:
            began = time.perf_counter()
            try:
                await desk.save()
            except (OSError, RuntimeError, TimeoutError) as error:
                saves.fail(str(error)[:200])
            else:
                saves.latencies_s.append(time.perf_counter() - began)
            await asyncio.sleep(0.5 + secrets.randbelow(1000) / 1000)

    def unit(number: int, seat: Seat) -> Unit:
        async def come() -> None:
            browser = Browser(port, address=f"127.0.{100 + number // 250}.{1 + number % 250}")
            await sign_in(browser, seat)
            browser.close()

        return come

    running = [asyncio.create_task(answer(desk)) for desk in desks]
    arrived = await open_loop(
        [unit(n, seat) for n, seat in enumerate(seats)], [], per_s=6 * size.arrivals_per_s
    )
    is_over = True
    await asyncio.gather(*running)
    return [
        Aim(
            f"7 {store}: p99 of saves while too many sign in",
            saves.at_ms(0.99),
            "ms",
            500,
            150,
            note=seen(saves),
        ),
        Aim(
            f"7 {store}: errors of saves and sign-ins",
            saves.error_count + arrived.error_count,
            "",
            0,
            0,
            note="signed in: " + seen(arrived),
        ),
    ]


async def room_rows(hall: Hall, server: HallServer, size: Size) -> list[Aim]:
    """Row 9: rooms that are polled once a second, and one that did not change."""
    store, roots, port = hall.store, roots_of(hall, server), server.settings.port
    seats = hall.seats(size.rooms, rooms=True)
    _set_rooms(hall, "clock_speed = 4")
    tally = Tally()
    length = max(3.0, size.seconds)

    async def cockpit(seat: Seat, offset: float) -> None:
        browser, tag, after = Browser(port, secret=seat.secret), "", 0
        await asyncio.sleep(offset)
        start = time.perf_counter()
        while time.perf_counter() - start < length:
            began = time.perf_counter()
            headers = {"If-None-Match": tag} if tag else {}
            try:
                reply = await browser.ask(
                    "GET", f"/rooms/{seat.public_id}/poll?after={after}", headers=headers
                )
            except (OSError, TimeoutError, asyncio.IncompleteReadError) as error:
                tally.fail(repr(error))
                continue
            if reply.status not in {200, 304}:
                tally.fail(str(reply.status))
            if reply.status == 200:
                after = reply.json["room"]["sequence"]
            tag = reply.headers["etag"]
            tally.latencies_s.append(time.perf_counter() - began)
            await asyncio.sleep(max(0.0, 1.0 - (time.perf_counter() - began)))
        browser.close()

    # One look first: the state of a running room is computed once, then followed.
    for seat in seats:
        for _ in range(4):
            browser = Browser(port, secret=seat.secret)
            await browser.ask("GET", f"/rooms/{seat.public_id}/poll")
            browser.close()
    before = tree_cpu_s(roots)
    await asyncio.gather(*(cockpit(seat, n / len(seats)) for n, seat in enumerate(seats)))
    tally.cpu_s = tree_cpu_s(roots) - before
    _set_rooms(hall, "is_paused = true" if hall.postgres else "is_paused = 1")
    still = await unchanged_polls(port, seats[:4], roots, size)
    return [
        Aim(
            f"9 {store}: {size.rooms} rooms at 1 Hz, 4x: a poll",
            tally.cpu_ms,
            "ms",
            1.0,
            0.4,
            note=seen(tally),
        ),
        Aim(
            f"9 {store}: the same, p99",
            tally.at_ms(0.99),
            "ms",
            300,
            None,
            note=f"{tally.error_count} errors",
        ),
        Aim(
            f"9 {store}: a poll of an unchanged room",
            still.cpu_ms * 1e3,
            "us",
            60,
            30,
            note=seen(still),
        ),
    ]


async def unchanged_polls(port: int, seats: list[Seat], roots: list[int], size: Size) -> Tally:
    """Ask rooms that stand still, with the tag of their last answer."""

    def unit(seat: Seat) -> Unit:
        browser = Browser(port, secret=seat.secret)
        tag = ""

        async def ask() -> None:
            nonlocal tag
            reply = await browser.ask(
                "GET",
                f"/rooms/{seat.public_id}/poll?after=1",
                headers={"If-None-Match": tag} if tag else {},
            )
            if reply.status != (304 if tag else 200):
                raise RuntimeError(f"{reply.status} for {tag}")
            tag = reply.headers["etag"]

        return ask

    units = [unit(seat) for seat in seats]
    for one in units:
        await one()
    return await closed_loop(units, roots, seconds=size.seconds, most=10**6)


def _set_rooms(hall: Hall, change: str) -> None:
    engine = reading_engine(hall.settings)
    with engine.begin() as connection:
        connection.execute(text(f"UPDATE room_session SET {change}"))
    engine.dispose()


async def growth_rows(hall: Hall, server: HallServer, size: Size) -> list[Aim]:
    """Row 15: the same save after very many events of other attempts."""
    roots = roots_of(hall, server)
    desks = await desks_at(server, hall.seats(4, attempts=True))
    units: list[Unit] = [desk.save for desk in desks]
    await closed_loop(units, roots, seconds=0.5, most=10**6)
    small = await closed_loop(units, roots, seconds=size.seconds / 2, most=10**6)
    grow(hall, size.rows)
    await closed_loop(units, roots, seconds=0.5, most=10**6)
    large = await closed_loop(units, roots, seconds=size.seconds / 2, most=10**6)
    return [
        Aim(
            f"15 {hall.store}: a save after {size.rows:,} events more",
            large.cpu_ms / small.cpu_ms,
            "x",
            1.5,
            1.2,
            note=f"{small.cpu_ms:.3f} -> {large.cpu_ms:.3f} ms",
        )
    ]


def grow(hall: Hall, rows: int) -> None:
    """Add events of attempts that nobody sits any more, a hundred each."""
    hall_seats = hall.seats(max(1, min(300, rows // 1000)), attempts=True)
    engine = reading_engine(hall.settings)
    with engine.begin() as connection:
        ids = [
            row_id
            for (row_id,) in connection.execute(
                text("SELECT id FROM attempt ORDER BY id DESC LIMIT :most"),
                {"most": len(hall_seats)},
            )
        ]
        each = rows // len(ids)
        for attempt_id in ids:
            connection.execute(
                text(
                    "INSERT INTO attempt_event (attempt_id, sequence, kind, key, fingerprint,"
                    " payload, at, previous_hash, hash) VALUES (:attempt_id, :sequence, 'saved',"
                    " :key, 'f', '{}', '2026-01-01 00:00:00', 'p', 'h')"
                ),
                [
                    {"attempt_id": attempt_id, "sequence": n + 1000, "key": f"grown-{n}"}
                    for n in range(each)
                ],
            )
    engine.dispose()


PARTS = {
    "saves": save_rows,
    "durability": durable_row,
    "attempts": attempt_rows,
    "arrival": arrival_rows,
    "rooms": room_rows,
    "growth": growth_rows,
}


def print_exam_day(
    size: Size = FULL,
    stores: Sequence[str] = ("sqlite", "postgresql"),
    parts: Iterable[str] = tuple(PARTS),
) -> int:
    """Print the rows as they come; return how many miss what they must hold."""
    print(HEAD.replace("rooms", "exam day", 1))
    missed = 0
    with halls(stores) as prepared:
        for hall in prepared:
            with serving(hall) as server:
                for name in parts:
                    for row in asyncio.run(PARTS[name](hall, server, size)):
                        print(aim_line(row), flush=True)
                        missed += row.verdict == "MISSED"
    return missed


def main() -> int:
    """`python -m tests.bench.exam_day [--small] [--store sqlite]`: these rows alone."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--small", action="store_true", help="a quick look, not a measurement")
    parser.add_argument("--store", choices=("sqlite", "postgresql"))
    parser.add_argument("--row", choices=tuple(PARTS), help="one part alone")
    chosen = parser.parse_args()
    stores = (chosen.store,) if chosen.store else ("sqlite", "postgresql")
    parts = (chosen.row,) if chosen.row else tuple(PARTS)
    return 1 if print_exam_day(SMALL if chosen.small else FULL, stores, parts) else 0


if __name__ == "__main__":
    sys.exit(main())
