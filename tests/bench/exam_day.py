"""The exam day: rows 1 to 9 and 15 of the budgets, on real servers, with the floor beside.

The server is started as `caopan run` starts it, on SQLite and on PostgreSQL; the client beside it
is bounded in number and time. "must" fails a release, "aim" is what the work goes toward. Figures
are processor time of the whole process tree for one unit, the database included. A budget that is a
fraction of Moodle is told by the yardstick, a typical Flask application that is served and asked in
turns with the product (`tests.bench.yardstick`): the bounds move with the machine's pace.
"""

from __future__ import annotations

import argparse
import asyncio
import secrets
import statistics
import sys
import time
from collections.abc import Iterable, Sequence
from functools import partial

from sqlalchemy import text

from tests.bench.desks import Desk, arrive, desks_at, sign_in
from tests.bench.floors import floor_of
from tests.bench.hall import PAPER_ITEMS, Hall, Seat, halls
from tests.bench.load import Browser, Tally, Unit, closed_loop, open_loop
from tests.bench.polls import room_rows
from tests.bench.rooms import HEAD, Aim, aim_line
from tests.bench.served import FULL, SMALL, HallServer, Size, roots_of, seen, serving
from tests.bench.yardstick import Yardstick, yardsticks
from tests.faults.stored import reading_engine

ROUNDS = 3
"""In turns with the yardstick."""

UNSIGNED = 490 / 550
"""Of Moodle's whole attempt, what is not its sign-in (performance, row 5)."""

SUBMIT = 100 / 550
"""Of Moodle's whole attempt, submitting and looking at the result (performance, row 8)."""

WARM_UPS = 8
"""Attempts that are sat before whole ones are measured, enough to reach every worker."""


async def save_rows(hall: Hall, server: HallServer, size: Size, yardstick: Yardstick) -> list[Aim]:
    """Rows 1 and 2: one answer saved, by 1, 10 and 50 candidates without any pause."""
    store, roots, floor = hall.store, roots_of(hall, server), floor_of(hall)
    is_postgres = hall.postgres is not None
    desks = await desks_at(server, hall.seats(50, attempts=True))
    rows = []
    for count in (1, 10, 50):
        floors, tallies = [], []
        for _ in range(ROUNDS):
            await yardstick.save(count, size.seconds / ROUNDS / 2)
            floors.append(floor())
            units: list[Unit] = [desk.save for desk in desks[:count]]
            tallies.append(await closed_loop(units, roots, seconds=size.seconds / 3, most=10**6))
        cpu_ms = statistics.median(one.cpu_ms for one in tallies)
        whole = joined(tallies)
        moodle_ms = yardstick.moodle_ms("save", count)
        rows.append(
            Aim(
                f"1 {store}: save an answer, c={count}",
                cpu_ms,
                "ms",
                moodle_ms / 12,
                moodle_ms / (25 if is_postgres else 60),
                note=f"{whole.count / whole.wall_s:,.0f}/s {seen(whole)}; "
                f"typical {yardstick.ms('save', count):.2f} ms",
            )
        )
        if count == 10:
            floor_ms = statistics.median(floors) * 1e3
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
            moodle_ms = yardstick.moodle_p99_ms()
            p99 = Aim(
                f"2 {store}: p99 at c=50, no pause",
                whole.at_ms(0.99),
                "ms",
                moodle_ms / 4,
                moodle_ms / 20,
            )
            rows += [
                p99,
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


async def durable_row(hall: Hall, server: HallServer, size: Size, _: Yardstick) -> list[Aim]:
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


async def attempt_rows(
    hall: Hall, server: HallServer, size: Size, yardstick: Yardstick
) -> list[Aim]:
    """Rows 4, 5 and 8: whole attempts with and without the password, submit with result."""
    store, roots, port = hall.store, roots_of(hall, server), server.settings.port
    await warm_up(hall, port)
    await yardstick.attempt(10, WARM_UPS)
    yardstick.forget()
    # What is bought must be whole rounds, or the last candidates sit alone.
    each = max(10, size.candidates // 3 // ROUNDS)
    work: dict[str, list[Tally]] = {"whole": [], "signed in": [], "submit": []}
    for _ in range(ROUNDS):
        await yardstick.attempt(10, each)
        for name, password in (("whole", True), ("signed in", False)):
            units = [
                partial(sit, port, seat, number, password=password)
                for number, seat in enumerate(hall.seats(each))
            ]
            work[name].append(await closed_loop(once(units), roots, seconds=600, most=each))
        desks = await desks_at(server, hall.seats(each, attempts=True))
        for desk in desks:
            await desk.save()
        units = [desk.submit for desk in desks]
        work["submit"].append(await closed_loop(once(units), roots, seconds=600, most=each))
    moodle_ms = yardstick.moodle_ms("attempt", 10)
    rows = []
    for name, words, of_moodle, must, aim in (
        ("whole", "4 {}: whole attempt with password, c=10", 1.0, 6, 9),
        ("signed in", "5 {}: whole attempt without the sign-in, c=10", UNSIGNED, 10, 35),
        ("submit", "8 {}: submit + score + result", SUBMIT, 15, 40),
    ):
        whole = joined(work[name])
        rows.append(
            Aim(
                words.format(store),
                statistics.median(one.cpu_ms for one in work[name]),
                "ms",
                moodle_ms * of_moodle / must,
                moodle_ms * of_moodle / aim,
                note=f"{whole.count / whole.wall_s:.1f}/s {seen(whole)}; "
                f"typical attempt {yardstick.ms('attempt', 10):.1f} ms",
            )
        )
    return rows


async def sit(port: int, seat: Seat, number: int, *, password: bool) -> None:
    """Sit one attempt from the sign-in to the result."""
    desk = await arrive(port, seat, number, password=password)
    for _ in range(PAPER_ITEMS):
        await desk.save()
    await desk.submit()
    desk.browser.close()


async def warm_up(hall: Hall, port: int) -> None:
    """Sit some attempts first: a worker compiles its templates once, not once an exam day."""

    seats = enumerate(hall.seats(WARM_UPS))
    await asyncio.gather(*(sit(port, seat, n, password=True) for n, seat in seats))


def once(units: list[Unit]) -> list[Unit]:
    """Return ten clients that share the units out, each done once."""
    left = iter(units)

    async def unit() -> None:
        one = next(left, None)
        if one is not None:
            await one()

    return [unit] * 10


async def arrival_rows(
    hall: Hall, server: HallServer, size: Size, yardstick: Yardstick
) -> list[Aim]:
    """Rows 6 and 7: a hall arrives; three times too many arrive while others answer."""
    store, roots, port = hall.store, roots_of(hall, server), server.settings.port
    await warm_up(hall, port)
    seats = hall.seats(size.candidates)

    def unit(number: int, seat: Seat, *, password: bool) -> Unit:
        async def come() -> None:
            (await arrive(port, seat, number, password=password)).browser.close()

        return come

    # Far below what either can take: the typical application's tail is not what is asked for.
    await yardstick.arrival(size.candidates // 4, size.arrivals_per_s / 2)
    tally = await open_loop(
        [unit(n, seat, password=True) for n, seat in enumerate(seats)],
        roots,
        per_s=size.arrivals_per_s,
    )
    await yardstick.arrival(size.candidates // 4, size.arrivals_per_s / 2)
    moodle_ms = yardstick.moodle_ms("arrival")
    ready_ms = 2000 if hall.postgres is None else 1000
    rows = [
        Aim(
            f"6 {store}: arrival, sign-in to page",
            tally.cpu_ms,
            "ms",
            moodle_ms / 5,
            moodle_ms / 7,
            note=f"{seen(tally)}; typical {yardstick.ms('arrival'):.1f} ms",
        ),
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
            moodle_ms / 50,
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


async def growth_rows(hall: Hall, server: HallServer, size: Size, _: Yardstick) -> list[Aim]:
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
    with halls(stores) as prepared, yardsticks() as yardstick:
        for hall in prepared:
            with serving(hall) as server:
                for name in parts:
                    yardstick.forget()
                    for row in asyncio.run(PARTS[name](hall, server, size, yardstick)):
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
