"""Row 9: rooms that are polled once a second, and rooms that stand still."""

from __future__ import annotations

import asyncio
import time

from sqlalchemy import text

from tests.bench.hall import Hall, Seat
from tests.bench.load import Browser, Tally, Unit, closed_loop, tree_cpu_s
from tests.bench.rooms import Aim
from tests.bench.served import HallServer, Size, empty_server, roots_of, seen
from tests.faults.stored import reading_engine

STILL = 32
"""Rooms that stand still and are polled without a pause; a few connections would measure how a
server falls asleep and wakes up, more than what a poll costs."""


async def room_rows(hall: Hall, server: HallServer, size: Size) -> list[Aim]:
    """Row 9: rooms that are polled once a second, and rooms that did not change."""
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
    still = await unchanged_polls(port, seats[:STILL], roots, size)
    with empty_server(server.settings) as (empty_port, pid):
        empty = await unchanged_polls(empty_port, seats[:STILL], [pid], size)
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
        Aim(
            f"9 {store}: the server's own part of that",
            empty.cpu_ms * 1e3,
            "us",
            None,
            None,
            note=seen(empty),
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
