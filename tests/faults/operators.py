"""Simulated operators: each steers one room, among the candidates' load, and finishes early."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from tests.faults.browsers import Browser, OutsideClock, found, signed_in
from tests.faults.clients import Client, Crowd
from tests.faults.ground import Seat
from tests.faults.history import Operation
from tests.faults.server import Server

THINK_S = (0.5, 1.0)
"""Pause between two actions; now and then two fall within the product's own limit of rate."""

DEVICE_ERRORS_S = (-3.0, 3.0)
"""Small enough that a product which believes the device's clock still takes its actions."""

PRICES_FEN = {"socks": (890, 990), "jeans": (7100, 7900), "coat": (17_900, 19_900)}
"""The little room's products, each with a price below its list price and that price."""


class RoomOperator(Client):
    """Operates one room: pins, prices, benefits, traffic; reloads; ends it in the end."""

    def __init__(self, browser: Browser, seat: Seat, clock: OutsideClock, *, seed: int) -> None:
        path = f"/rooms/{seat.public_id}"
        super().__init__(browser, seat, path, clock, seed=seed, think_s=THINK_S)

    def some_device_error(self) -> timedelta:
        return timedelta(seconds=self.rng.choice(DEVICE_ERRORS_S))

    def enter(self) -> None:
        """Load the cockpit and take the room."""
        page = self.browser.page(self.path)
        self.browser.csrf = found(r'name="csrf-token" content="([^"]+)"', page)
        self.open_page()

    def act(self) -> None:
        if not any(one.kind == "acted" for one in self.operations):
            self.pin_and_change_ones_mind()  # everybody repeats a key once at least
            return
        roll = self.rng.random()
        if roll < 0.05:
            self.open_page()
        elif roll < 0.12:
            self.perform(self.some_action(), from_old_page=True)
        elif roll < 0.2:
            self.repeat_something_old()
        elif roll < 0.4:
            self.pin_and_change_ones_mind()
        else:
            self.perform(self.some_action())

    def some_action(self) -> Operation:
        choose: Callable[[Any], Any] = self.rng.choice
        product = choose(list(PRICES_FEN))
        price_fen = choose(PRICES_FEN[product])
        action = choose(
            [
                {"verb": "pin", "product": product},
                {"verb": "pin", "product": product},
                {"verb": "unpin"},
                {"verb": "set_price", "product": product, "price_fen": price_fen},
                {"verb": "pace", "pace": choose(["slow", "normal", "push"])},
                {"verb": "traffic", "bid_fen": choose([40, 60, 80]), "rate_fen_per_min": 1000},
                {"verb": "hand_back", "lever": choose(["pin", "price", "pace"])},
            ]
        )
        return self.wanted("acted", {"action": action})

    def perform(self, operation: Operation, *, from_old_page: bool = False) -> None:
        """Deliver an action; a page that finds itself superseded takes the room back."""
        for _ in range(3):
            body = {
                "key": operation.key,
                "action": operation.payload["action"],
                "writer_epoch": max(0, self.epoch - 1) if from_old_page else self.epoch,
                "queued_ms": self.rng.choice([0] * 8 + [4_000, 31_000]),
                "client_now": self.device_now,
            }
            send = self.deliver(operation, "actions", body)
            if from_old_page or send.body.get("type") != "superseded_session":
                return
            self.open_page()

    def pin_and_change_ones_mind(self) -> None:
        """Pin one product, then another; the network delivers a late copy of the first."""
        first, second = (
            self.wanted("acted", {"action": {"verb": "pin", "product": product}})
            for product in self.rng.sample(list(PRICES_FEN), 2)
        )
        for operation in (first, second, first):
            self.perform(operation)
            time.sleep(self.rng.uniform(*THINK_S))

    def repeat_something_old(self) -> None:
        acked = [one for one in self.operations if one.kind == "acted" and one.acks]
        if acked:
            self.perform(self.rng.choice(acked))

    def finish(self) -> None:
        """End the session, try one more action, and look at the result."""
        operation = self.wanted("closed", {})
        self.deliver(operation, "finish", {"key": operation.key})
        self.perform(self.some_action())
        self.repeat_something_old()
        self.browser.page(f"{self.path}/result")


@contextmanager
def operating(
    server: Server, seats: list[Seat], clock: OutsideClock, *, seed: int
) -> Iterator[Crowd[RoomOperator]]:
    """Operators steer their rooms while the block runs; leaving it, they finish."""
    with signed_in(server.address, [seat.account for seat in seats]) as browsers:
        operators = [
            RoomOperator(browser, seat, clock, seed=seed)
            for browser, seat in zip(browsers, seats, strict=True)
        ]
        for operator in operators:
            operator.enter()
        crowd = Crowd(operators, clock)
        with crowd.working():
            yield crowd
        for operator in operators:
            operator.finish()
