"""Row 9: what a cockpit's poll costs, asked without a pause and asked once a second.

What a server takes for a request depends on how requests arrive: between two of three hundred a
second it falls asleep and its caches go to others. The budget's reference figures (317 us in
Flask, 25 before it, 17 the server's own) are of requests without a pause; three hundred pages that
ask once a second are what a hall is like. Both are measured here in turns, each beside an empty
answer of the same server, asked so too.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import text

from tests.bench.hall import Hall, Seat
from tests.bench.load import Browser, Tally, tree_cpu_s
from tests.bench.rooms import Aim
from tests.bench.served import HallServer, Size, empty_server, roots_of, seen
from tests.bench.volleys import Line, volley, volleys
from tests.bench.yardstick import Yardstick
from tests.faults.stored import reading_engine

STILL = 32
"""Rooms that stand still and are polled without a pause."""

ROUNDS = 3
"""How often each pattern is measured on each server, in turns."""

TICK_S = 1.25
"""A tick on the wall at four times its speed."""

LEAST_VOLLEYS = 2

FIRST_LOOKS = 2
"""A page has all there is after its second look: the first tells it what to ask for."""

SEQUENCE = re.compile(rb'"sequence":(\d+),"writer_epoch"')


class Cockpit:
    """A cockpit's page, as far as it polls.

    Attributes:
        changed_count: Answers with a body.
    """

    def __init__(self, port: int, seat: Seat) -> None:
        self.browser = Browser(port, secret=seat.secret)
        self.changed_count = 0
        self._path = f"/rooms/{seat.public_id}/poll?after="
        self._tag, self._after = "", 0

    async def poll(self) -> None:
        """Ask once.

        Raises:
            RuntimeError: If the answer is not what a page expects.
        """
        headers = {"If-None-Match": self._tag} if self._tag else {}
        reply = await self.browser.ask("GET", f"{self._path}{self._after}", headers=headers)
        if reply.status not in {200, 304}:
            raise RuntimeError(str(reply.status))
        self.changed_count += reply.status == 200
        self._tag = reply.headers["etag"]
        # Not parsed: what the client takes of the machine's caches is not the server's.
        if found := SEQUENCE.search(reply.body):
            self._after = int(found[1])


class Asked:
    """What one server took in one pattern, over all rounds.

    Attributes:
        tally: Of the polls.
        changed_count: How many of them had a body.
    """

    def __init__(self) -> None:
        self.tally = Tally()
        self.changed_count = 0

    def add(self, other: Tally, changed_count: int) -> None:
        self.tally.latencies_s += other.latencies_s
        self.tally.cpu_s += other.cpu_s
        self.tally.wall_s += other.wall_s
        self.changed_count += changed_count
        for words, count in other.errors.items():
            self.tally.errors[words] = self.tally.errors.get(words, 0) + count

    @property
    def ms(self) -> float:
        """Processor time of a poll, milliseconds."""
        return self.tally.cpu_ms

    @property
    def changed_fraction(self) -> float:
        return self.changed_count / max(1, self.tally.count)


class Pages:
    """The pages of a hall's rooms, open at one server."""

    def __init__(self, port: int, seats: Sequence[Seat], roots: Sequence[int]) -> None:
        self._port, self._seats, self._roots = port, seats, roots
        self.spread_out, self.in_volleys = Asked(), Asked()
        # The state of a room is computed once, then followed; each worker gets to know it.
        for _ in range(4):
            with self._lines(len(seats)) as lines:
                volley(lines)

    def again(self) -> None:
        """Forget what was measured."""
        self.spread_out, self.in_volleys = Asked(), Asked()

    async def ask_at_1_hz(self, length_s: float) -> None:
        """Let every page poll once a second, their moments spread evenly."""
        tally = Tally()
        pages = [Cockpit(self._port, seat) for seat in self._seats]

        async def poll(page: Cockpit, offset_s: float, until: float) -> None:
            await asyncio.sleep(offset_s)
            while time.perf_counter() < until:
                began = time.perf_counter()
                try:
                    await page.poll()
                except (OSError, RuntimeError, TimeoutError, asyncio.IncompleteReadError) as error:
                    tally.fail(repr(error))
                else:
                    tally.latencies_s.append(time.perf_counter() - began)
                await asyncio.sleep(max(0.0, 1.0 - (time.perf_counter() - began)))

        for page in pages:
            for _ in range(FIRST_LOOKS):
                await page.poll()
            page.changed_count = 0
        before, start = tree_cpu_s(self._roots), time.perf_counter()
        await asyncio.gather(
            *(poll(page, n / len(pages), start + length_s) for n, page in enumerate(pages))
        )
        tally.cpu_s = tree_cpu_s(self._roots) - before
        self.spread_out.add(tally, sum(page.changed_count for page in pages))
        for page in pages:
            page.browser.close()

    def ask_in_volleys(self, count: int, *, every_s: float = 0.0, most: int = 10**6) -> None:
        """Let pages poll together, without a pause between them."""
        with self._lines(most) as lines:
            for _ in range(FIRST_LOOKS):
                volley(lines)
            time.sleep(every_s)
            before = sum(line.changed_count for line in lines)
            tally = volleys(lines, self._roots, count=count, every_s=every_s)
            self.in_volleys.add(tally, sum(line.changed_count for line in lines) - before)

    @contextmanager
    def _lines(self, most: int) -> Iterator[list[Line]]:
        """Open connections for the block: the server closes those that nobody uses."""
        lines = [Line(self._port, seat) for seat in self._seats[:most]]
        try:
            yield lines
        finally:
            for line in lines:
                line.close()


async def room_rows(hall: Hall, server: HallServer, size: Size, _: Yardstick) -> list[Aim]:
    """Row 9: rooms that run and rooms that stand still, in both patterns."""
    seats = hall.seats(size.rooms, rooms=True)
    # Rooms begin when people come: their ticks fall everywhere.
    set_rooms(hall, "clock_speed = 4, clock_ms = clock_ms + (id * 1307) % 5000")
    with empty_server(server.settings) as (empty_port, pid):
        product = Pages(server.settings.port, seats, roots_of(hall, server))
        empty = Pages(empty_port, seats, [pid])
        for _ in range(ROUNDS):
            for pages in (product, empty):
                await advance(pages, size)
        rows = _rows_of(f"9 {hall.store}: a poll of a room at 4x", product, empty, is_still=False)
        product.again()
        empty.again()
        set_rooms(hall, "is_paused = true" if hall.postgres else "is_paused = 1")
        for _ in range(ROUNDS):
            for pages in (product, empty):
                await stand(pages, size)
        rows += _rows_of(
            f"9 {hall.store}: a poll of an unchanged room", product, empty, is_still=True
        )
    return rows


async def advance(pages: Pages, size: Size) -> None:
    """Measure running rooms once in both patterns."""
    await pages.ask_at_1_hz(max(3.0, size.seconds / 2))
    pages.ask_in_volleys(max(LEAST_VOLLEYS, round(size.seconds / 2 / TICK_S)), every_s=TICK_S)


async def stand(pages: Pages, size: Size) -> None:
    """Measure rooms that stand still once in both patterns."""
    await pages.ask_at_1_hz(max(2.0, size.seconds / 2))
    pages.ask_in_volleys(round(60 * size.seconds), most=STILL)


def _rows_of(work: str, product: Pages, empty: Pages, *, is_still: bool) -> list[Aim]:
    """Return what a poll takes in both patterns.

    The budget is held where its reference was measured, without a pause. Once a second an empty
    answer alone takes more than the budget of an unchanged room: there only the tail is bounded.
    """
    unit, factor, must, aim = ("us", 1e3, 60.0, 30.0) if is_still else ("ms", 1.0, 1.0, 0.4)
    tight, tight_floor = product.in_volleys, empty.in_volleys
    spread, spread_floor = product.spread_out, empty.spread_out
    return [
        Aim(f"{work}, no pause", tight.ms * factor, unit, must, aim, note=_note(tight)),
        Aim("  an empty answer, asked so", tight_floor.ms * factor, unit, None, None),
        Aim(f"{work}, 1 Hz", spread.ms * factor, unit, None, None, note=_note(spread)),
        Aim("  an empty answer, asked so", spread_floor.ms * factor, unit, None, None),
        Aim("  more than empty", (spread.ms - spread_floor.ms) * factor, unit, None, None),
        Aim("  p99 at 1 Hz", spread.tally.at_ms(0.99), "ms", 300, None),
    ]


def _note(asked: Asked) -> str:
    return f"{asked.changed_fraction:.0%} with a body; {seen(asked.tally)}"


def set_rooms(hall: Hall, change: str) -> None:
    engine = reading_engine(hall.settings)
    with engine.begin() as connection:
        connection.execute(text(f"UPDATE room_session SET {change}"))
    engine.dispose()
