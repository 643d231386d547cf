"""Simulated people over real HTTP, who send twice, late and again, and keep a history."""

from __future__ import annotations

import json
import random
import secrets
import threading
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from tests.faults.browsers import Browser, Line, NoAnswerError, OutsideClock, found
from tests.faults.ground import Seat
from tests.faults.history import Operation, Send

GIVE_UP_S = 20.0
"""How long after the end of a run a client still tries to deliver what it has."""

FIRST_WAIT_S, LONGEST_WAIT_S = 0.1, 1.0
"""Bounds of the waits between retries of one key; each is drawn evenly below its bound."""

Member = TypeVar("Member", bound="Client")


class Client(ABC):
    """Somebody at a page, who delivers operations and writes down what became of each request.

    Attributes:
        subject: Public id of the attempt or room.
        path: Its address.
        epoch: Of this client's newest page.
        operations: The history.
    """

    def __init__(
        self,
        browser: Browser,
        seat: Seat,
        path: str,
        clock: OutsideClock,
        *,
        seed: int,
        think_s: tuple[float, float],
    ) -> None:
        self.name = seat.account
        self.subject = seat.public_id
        self.path = path
        self.browser = browser
        self.clock = clock
        self.rng = random.Random(f"{seed} {seat.account}")
        self.think_s = think_s
        self.epoch = 0
        self.operations: list[Operation] = []
        self.give_up_at: datetime | None = None
        self._device_error = self.some_device_error()
        self._pages = 0

    @property
    def device_now(self) -> str:
        return (self.clock.now() + self._device_error).isoformat()

    def some_device_error(self) -> timedelta:
        """Return by how much the device's own clock is wrong; nothing may depend on it."""
        return timedelta(minutes=self.rng.choice([-20, -7, 0, 7, 20]))

    @abstractmethod
    def act(self) -> None:
        """Do the next thing."""

    def run(self, stop: threading.Event) -> None:
        """Work until told to stop."""
        while not stop.wait(self.rng.uniform(*self.think_s)):
            self.act()

    def open_page(self) -> Send:
        """Make a new page of this client's the one that writes."""
        self._pages += 1
        operation = self.wanted("opened", {}, f"page-{self._pages}")
        send = self.deliver(operation, "state", {"take_over": True})
        # Of a doubled request the later epoch is the one that writes.
        self.epoch = max([self.epoch, *(ack["writer_epoch"] for ack in operation.acks)])
        return send

    def wanted(self, kind: str, payload: Mapping[str, Any], key: str = "") -> Operation:
        """Note a new operation."""
        operation = Operation(self.name, self.subject, kind, key or secrets.token_hex(8), payload)
        self.operations.append(operation)
        return operation

    def deliver(self, operation: Operation, door: str, body: Mapping[str, Any]) -> Send:
        """Send until a definite answer comes, under the same key; returns the last request."""
        longest = FIRST_WAIT_S
        while True:
            send = self.send_once(operation, f"{self.path}/{door}", body)
            if send.status is not None and send.status < 500:
                return send
            if self.give_up_at is not None and self.clock.now() > self.give_up_at:
                return send
            time.sleep(self.rng.uniform(0, longest))
            longest = min(2 * longest, LONGEST_WAIT_S)

    def send_once(self, operation: Operation, path: str, body: Mapping[str, Any]) -> Send:
        """Send one request, now and then doubled, or without waiting for its answer."""
        data = json.dumps(body).encode()
        roll = self.rng.random()
        if roll < 0.05:
            return self._leave(operation, path, data)
        lines = self.browser.lines if roll < 0.25 else self.browser.lines[:1]
        sent = [(line, self.clock.now(), self._written(line, path, data)) for line in lines]
        sends = [
            self._answered(line, sent_at) if written else self._lost(sent_at)
            for line, sent_at, written in sent
        ]
        operation.sends += sends
        acked = [send for send in sends if send.is_ack]
        return acked[0] if acked else sends[0]

    def _written(self, line: Line, path: str, data: bytes) -> bool:
        try:
            line.write("POST", path, data, self.browser.headers("application/json"))
        except NoAnswerError:
            return False
        return True

    def _answered(self, line: Line, sent_at: datetime) -> Send:
        try:
            answer = line.read()
        except NoAnswerError:
            return self._lost(sent_at)
        return Send(sent_at, self.clock.now(), answer.status, answer.json)

    def _lost(self, sent_at: datetime) -> Send:
        return Send(sent_at, self.clock.now(), None)

    def _leave(self, operation: Operation, path: str, data: bytes) -> Send:
        """Write a request and hang up before its answer: the reply that the network lost."""
        line, sent_at = self.browser.lines[1], self.clock.now()
        self._written(line, path, data)
        time.sleep(self.rng.uniform(0, 0.02))
        line.hang_up()
        operation.sends.append(self._lost(sent_at))
        return operation.sends[-1]


class Candidate(Client):
    """Sits one attempt: opens the page, answers, changes, reloads, and submits in the end."""

    def __init__(
        self,
        browser: Browser,
        seat: Seat,
        clock: OutsideClock,
        *,
        seed: int,
        think_s: tuple[float, float],
    ) -> None:
        path = f"/exams/attempts/{seat.public_id}"
        super().__init__(browser, seat, path, clock, seed=seed, think_s=think_s)
        self.number = 0
        self.items: list[dict[str, Any]] = []

    def enter(self) -> None:
        """Load the page and take the pen."""
        page = self.browser.page(self.path)
        data = json.loads(found(r'id="exam-data"[^>]*>(.*?)</script>', page))
        self.browser.csrf = data["csrf"]
        self.items = data["items"]
        self.open_page()

    def open_page(self) -> Send:
        send = super().open_page()
        self.number = max(self.number, send.body.get("sequence", 0))
        return send

    def act(self) -> None:
        roll = self.rng.random()
        if roll < 0.04:
            self.open_page()
        elif roll < 0.08:
            self.answer_from_old_page()
        elif roll < 0.20:
            self.answer_in_reverse()
        elif roll < 0.24:
            self.repeat_something_old()
        else:
            self.save(self.change(self.some_position()))

    def some_position(self) -> int:
        return self.rng.randrange(len(self.items)) + 1

    def change(self, position: int) -> Operation:
        item = self.items[position - 1]
        if item["kind"].startswith("numeric"):
            value: dict[str, Any] = {"number": self.rng.choice(["2.5", "2.50", "1.71", "３"])}
        else:
            ids = sorted(choice["id"] for choice in item["choices"])
            most = 3 if item["kind"].startswith("multiple") else 1
            value = {"selected": sorted(self.rng.sample(ids, self.rng.randint(1, most)))}
        self.number += 1
        return self.wanted(
            "saved",
            {
                "position": position,
                "value": value,
                "flagged": self.rng.random() < 0.3,
                "client_sequence": self.number,
            },
        )

    def save(self, operation: Operation, *, from_old_page: bool = False) -> None:
        """Deliver a change; a page that finds itself superseded takes the pen back."""
        for _ in range(3):
            send = self.deliver(operation, "save", self.save_body(operation, old=from_old_page))
            if from_old_page or send.body.get("type") != "superseded_session":
                return
            self.open_page()

    def save_body(self, operation: Operation, *, old: bool = False) -> dict[str, Any]:
        """Return what a change is sent as, by the newest page or by the one before it."""
        payload = operation.payload
        return {
            "key": operation.key,
            "position": payload["position"],
            "value": payload["value"],
            "flagged": payload["flagged"],
            "sequence": payload["client_sequence"],
            "writer_epoch": self.epoch - 1 if old else self.epoch,
            "client_now": self.device_now,
        }

    def answer_from_old_page(self) -> None:
        self.save(self.change(self.some_position()), from_old_page=True)

    def answer_in_reverse(self) -> None:
        """Change one answer twice; the network delivers the newer change first."""
        position = self.some_position()
        older = self.change(position)
        newer = self.change(position)
        self.save(newer)
        self.save(older)

    def repeat_something_old(self) -> None:
        acked = [one for one in self.operations if one.kind == "saved" and one.acks]
        if acked:
            self.save(self.rng.choice(acked))

    def submit(self) -> None:
        """Hand in; then try to change an answer, and repeat one that was acknowledged."""
        operation = self.wanted("submitted", {"closing": "submitted"})
        self.deliver(operation, "submit", {"key": operation.key, "client_now": self.device_now})
        self.save(self.change(self.some_position()))
        self.repeat_something_old()


class PatientCandidate(Candidate):
    """Sits an attempt as the page does where the network may be gone: answers wait in a queue.

    They are sent in order, one in flight, each under its own key on every try. What gets no answer
    is tried again after a pause that grows, or at once when a look at the attempt is answered.
    """

    LOST_AFTER_S, LOOK_EVERY_S, LONGEST_PAUSE_S = 2.0, 2.0, 8.0

    def __init__(
        self,
        browser: Browser,
        seat: Seat,
        clock: OutsideClock,
        *,
        seed: int,
        think_s: tuple[float, float],
    ) -> None:
        super().__init__(browser, seat, clock, seed=seed, think_s=think_s)
        self.queue: deque[Operation] = deque()
        self._failures = 0
        self._try_at = self._look_at = time.monotonic()

    def enter(self) -> None:
        super().enter()
        for line in self.browser.lines:
            line.wait_at_most(self.LOST_AFTER_S)

    def run(self, stop: threading.Event) -> None:
        with ThreadPoolExecutor(1) as pool:
            sender = pool.submit(self._send_until, stop)
            super().run(stop)
            sender.result()

    def act(self) -> None:
        self.queue.append(self.change(self.some_position()))

    def _send_until(self, stop: threading.Event) -> None:
        while not stop.is_set() or self.queue:
            if self.give_up_at is not None and self.clock.now() > self.give_up_at:
                return
            time.sleep(0.02)
            self._send_what_waits()

    def _send_what_waits(self) -> None:
        now = time.monotonic()
        if self._failures and now >= self._look_at and self._is_reached():
            self._try_at = now
        while self.queue and time.monotonic() >= self._try_at:
            operation = self.queue[0]
            send = self.send_once(operation, f"{self.path}/save", self.save_body(operation))
            if send.status is None or send.status >= 500:
                self._failures += 1
                pause_s = min(self.LONGEST_PAUSE_S, 0.25 * 2**self._failures)
                self._try_at = time.monotonic() + self.rng.uniform(0, pause_s)
                self._look_at = time.monotonic() + self.LOOK_EVERY_S
                return
            self._failures = 0
            self.queue.popleft()

    def _is_reached(self) -> bool:
        try:
            return self.browser.request("GET", f"{self.path}/state").status == 200
        except NoAnswerError:
            return False
        finally:
            self._look_at = time.monotonic() + self.LOOK_EVERY_S


class Crowd(Generic[Member]):
    """Clients who work at the same time."""

    def __init__(self, members: Sequence[Member], clock: OutsideClock) -> None:
        self.members = members
        self.clock = clock
        self._stop = threading.Event()

    @property
    def operations(self) -> list[Operation]:
        return [one for member in self.members for one in member.operations]

    @property
    def acknowledged_count(self) -> int:
        return sum(bool(one.acks) for one in self.operations)

    @contextmanager
    def working(self) -> Iterator[None]:
        """Everybody works while the block runs; leaving it, each delivers what is on its way."""
        with ThreadPoolExecutor(len(self.members)) as pool:
            runs = [pool.submit(member.run, self._stop) for member in self.members]
            try:
                yield
            finally:
                for member in self.members:
                    member.give_up_at = self.clock.now() + timedelta(seconds=GIVE_UP_S)
                self._stop.set()
            for run in runs:
                run.result()
