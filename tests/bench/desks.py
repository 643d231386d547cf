"""Candidates of the exam day: they sign in, start, save and hand in, as their pages would."""

from __future__ import annotations

import asyncio
import secrets

from tests import cast
from tests.bench.hall import PAPER_ITEMS, Seat
from tests.bench.load import Browser
from tests.faults.server import Server

CHOICES = ("a", "b", "c", "d")


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


async def desks_at(server: Server, seats: list[Seat]) -> list[Desk]:
    desks = [Desk(server.settings.port, seat) for seat in seats]
    for desk in desks:
        await desk.open()
    return desks
