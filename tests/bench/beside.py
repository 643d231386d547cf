"""What previews of authors cost those who sit an exam on the same machine.

`python -m tests.bench.beside` prepares an instance of its own and prints what it takes to save an
answer while nobody asks for a preview, and while two authors' sliders move all the time; both are
measured in turns, so that other work of the machine counts on both sides.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import secrets
import time

from sqlalchemy import select

from app.accounts.models import Person
from app.accounts.services import open_web_session
from app.core import clock
from app.core.db import transaction
from app.studio import queries as versions
from app.studio.drafts import drafting
from simulations.engines.registry import warm_up
from tests.bench.desks import Desk, desks_at, expect
from tests.bench.hall import Hall, halls
from tests.bench.load import Browser, Tally
from tests.bench.served import HallServer, seen, serving
from tests.factories.workshop import AUTHOR, add_people
from tests.faults.ground import application

CANDIDATES = 40
SECONDS = 8.0
ROUNDS = 3
AUTHORS = 2
BUSY_S = 0.15
"""After which a page asks again when it was not its turn."""


def begin_draft(hall: Hall) -> tuple[str, str]:
    """Open an author's account with a draft; return a session's secret and the draft's id."""
    with application(hall.settings), transaction() as db_session:
        now = clock.now()
        add_people(db_session, "unused", now=now)
        person = db_session.scalars(select(Person).where(Person.email == AUTHOR.account)).one()
        draft = drafting.begin_from(
            db_session,
            versions.version_of(db_session, "f1@1"),
            as_version=False,
            author_id=person.id,
            actor="cli:bench",
            now=now,
        )
        secret = open_web_session(
            db_session, person, address="127.0.0.1", user_agent="bench", now=now
        )
        return secret, draft.public_id


class Slider:
    """An author's page whose slider never rests.

    Attributes:
        answers: Steps of previews that were computed.
        turns_missed: Times that another preview was under way.
    """

    def __init__(self, server: HallServer, secret: str, draft_id: str) -> None:
        self.answers = self.turns_missed = 0
        self._browser = Browser(server.settings.port, secret=secret)
        self._path = f"/studio/drafts/{draft_id}"

    async def open(self) -> None:
        """Load the page and move once: the process that computes starts."""
        await self._browser.page(self._path)
        await self._move()

    async def move_until(self, is_over: asyncio.Event) -> None:
        """Ask for the first step of another room's preview, again and again."""
        while not is_over.is_set():
            await self._move()

    async def _move(self) -> None:
        value = f"{100 + secrets.randbelow(10_000_000) / 100_000:.5f}"
        changes = [["audience.public_per_min", value]]
        reply = await self._browser.ask("POST", f"{self._path}/preview", value={"changes": changes})
        if reply.status == 202:
            self.turns_missed += 1
            await asyncio.sleep(BUSY_S)
        else:
            expect(reply, 200)
            self.answers += 1


async def answered(desks: list[Desk], seconds: float) -> Tally:
    """Let every candidate save an answer about once a second."""
    tally, end = Tally(), time.perf_counter() + seconds

    async def sit(desk: Desk) -> None:
        await asyncio.sleep(secrets.randbelow(1000) / 1000)
        while time.perf_counter() < end:
            began = time.perf_counter()
            try:
                await desk.save()
            except (OSError, RuntimeError, TimeoutError) as error:
                tally.fail(str(error)[:200])
            else:
                tally.latencies_s.append(time.perf_counter() - began)
            await asyncio.sleep(0.5 + secrets.randbelow(1000) / 1000)

    await asyncio.gather(*(sit(desk) for desk in desks))
    return tally


async def measure(hall: Hall, server: HallServer) -> None:
    """Print both figures of one store."""
    secret, draft_id = begin_draft(hall)
    desks = await desks_at(server, hall.seats(CANDIDATES, attempts=True))
    sliders = [Slider(server, secret, draft_id) for _ in range(AUTHORS)]
    for slider in sliders:
        await slider.open()
    alone, beside = Tally(), Tally()
    for into in itertools.chain.from_iterable(itertools.repeat((alone, beside), ROUNDS)):
        is_over = asyncio.Event()
        moving = sliders if into is beside else []
        tasks = [asyncio.create_task(one.move_until(is_over)) for one in moving]
        found = await answered(desks, SECONDS)
        is_over.set()
        await asyncio.gather(*tasks)
        into.latencies_s += found.latencies_s
        for words, count in found.errors.items():
            into.errors[words] = into.errors.get(words, 0) + count
    steps, missed = sum(one.answers for one in sliders), sum(one.turns_missed for one in sliders)
    print(f"{hall.store}, load {os.getloadavg()[0]:.1f}: a save by one of {CANDIDATES} candidates")
    print(f"  alone           {seen(alone)}")
    print(f"  beside previews {seen(beside)}")
    print(f"  {steps} steps of previews, {missed} times it was not their turn")


def main() -> None:
    """Measure on SQLite, where a process has one thread for requests."""
    warm_up()
    with halls(("sqlite",)) as (hall,), serving(hall) as server:
        asyncio.run(measure(hall, server))


if __name__ == "__main__":
    main()
