"""Simulated people over real HTTP, who send twice, late and again, and keep a history."""

from __future__ import annotations

import http.client
import json
import random
import re
import secrets
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

from tests.faults.ground import PASSWORD, Sitter
from tests.faults.history import Operation, Send

ANSWER_WAIT_S = 12.0
"""Longest wait for one answer; the product promises one within about five seconds."""

GIVE_UP_S = 20.0
"""How long after the end of a run a client still tries to deliver what it has."""

FIRST_WAIT_S, LONGEST_WAIT_S = 0.1, 1.0
"""Bounds of the waits between retries of one key; each is drawn evenly below its bound."""


class NoAnswerError(Exception):
    """Raised when a request got no answer: whether it was carried out is unknown."""


class OutsideClock:
    """Wall time that nobody moves during a run: one reading, then the monotonic clock."""

    def __init__(self) -> None:
        self._began = datetime.now(UTC)  # noqa: TID251 - a clock of the test's own
        self._monotonic = time.monotonic()

    def now(self) -> datetime:
        return self._began + timedelta(seconds=time.monotonic() - self._monotonic)


@dataclass(frozen=True)
class Answer:
    """An HTTP answer that came whole."""

    status: int
    text: str
    cookies: Mapping[str, str]

    @property
    def json(self) -> dict[str, Any]:
        try:
            body = json.loads(self.text)
        except ValueError:
            return {}
        return body if isinstance(body, dict) else {}


class Line:
    """One kept-alive connection; a request may be written on it and its answer read later."""

    def __init__(self, address: str) -> None:
        self._connection = http.client.HTTPConnection(
            urlsplit(address).netloc, timeout=ANSWER_WAIT_S
        )

    def write(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> None:
        try:
            self._connection.request(method, path, body or None, dict(headers))
        except (OSError, http.client.HTTPException) as error:
            self.hang_up()
            raise NoAnswerError(repr(error)) from error

    def read(self) -> Answer:
        try:
            answer = self._connection.getresponse()
            text = answer.read().decode()
        except (OSError, http.client.HTTPException) as error:
            self.hang_up()
            raise NoAnswerError(repr(error)) from error
        set_cookies = answer.headers.get_all("Set-Cookie", [])
        pairs = (header.split(";")[0].partition("=")[::2] for header in set_cookies)
        return Answer(answer.status, text, dict(pairs))

    def hang_up(self) -> None:
        self._connection.close()


class Browser:
    """One person's browser: cookies, a CSRF token, two connections."""

    def __init__(self, address: str) -> None:
        self.lines = (Line(address), Line(address))
        self._cookies: dict[str, str] = {}
        self.csrf = ""

    def headers(self, content_type: str = "") -> dict[str, str]:
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items())}
        if content_type:
            headers["Content-Type"] = content_type
        if self.csrf:
            headers["X-CSRFToken"] = self.csrf
        return headers

    def request(self, method: str, path: str, form: Mapping[str, str] | None = None) -> Answer:
        """Fetch a page, or post a form."""
        body = urlencode(form).encode() if form is not None else b""
        kind = "application/x-www-form-urlencoded" if form is not None else ""
        self.lines[0].write(method, path, body, self.headers(kind))
        answer = self.lines[0].read()
        self._cookies.update(answer.cookies)
        return answer

    def sign_in(self, account: str) -> None:
        """Sign in through the page, as a person does."""
        form = {
            "csrf_token": found(r'name="csrf_token"[^>]*value="([^"]+)"', self.page("/sign-in")),
            "account": account,
            "password": PASSWORD,
        }
        answer = self.request("POST", "/sign-in", form)
        assert answer.status == 303, f"{account}: {answer.status} {answer.text[:500]}"

    def close(self) -> None:
        for line in self.lines:
            line.hang_up()

    def page(self, path: str) -> str:
        answer = self.request("GET", path)
        assert answer.status == 200, f"{path}: {answer.status} {answer.text[:500]}"
        return answer.text


def found(pattern: str, text: str) -> str:
    matched = re.search(pattern, text, re.DOTALL)
    assert matched, f"no {pattern} in {text[:500]}"
    return matched[1]


@contextmanager
def signed_in(address: str, accounts: Iterable[str]) -> Iterator[list[Browser]]:
    """A signed-in browser for each account, for as long as the block runs."""
    held = {account: Browser(address) for account in accounts}
    try:
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(Browser.sign_in, held.values(), held))
        yield list(held.values())
    finally:
        for browser in held.values():
            browser.close()


class Client:
    """Somebody who delivers operations and writes down what became of each request.

    Attributes:
        operations: The history.
    """

    def __init__(
        self, name: str, browser: Browser, clock: OutsideClock, rng: random.Random
    ) -> None:
        self.name = name
        self.browser = browser
        self.clock = clock
        self.rng = rng
        self.operations: list[Operation] = []
        self.give_up_at: datetime | None = None

    def wanted(
        self, subject: str, kind: str, payload: Mapping[str, Any], key: str = ""
    ) -> Operation:
        """Note a new operation."""
        operation = Operation(self.name, subject, kind, key or secrets.token_hex(8), payload)
        self.operations.append(operation)
        return operation

    def deliver(self, operation: Operation, path: str, body: Mapping[str, Any]) -> Send:
        """Send until a definite answer comes, under the same key; returns the last request."""
        longest = FIRST_WAIT_S
        while True:
            send = self.send_once(operation, path, body)
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
        sitter: Sitter,
        clock: OutsideClock,
        *,
        seed: int,
        think_s: tuple[float, float],
    ) -> None:
        super().__init__(sitter.account, browser, clock, random.Random(f"{seed} {sitter.account}"))
        self.sitter = sitter
        self.think_s = think_s
        self.path = f"/exams/attempts/{sitter.attempt}"
        # The device's own clock is wrong by minutes; nothing may depend on it.
        self.device_error = timedelta(minutes=self.rng.choice([-20, -7, 0, 7, 20]))
        self.number = 0
        self.pages = 0
        self.epoch = 0
        self.items: list[dict[str, Any]] = []

    def enter(self) -> None:
        """Load the exam page and take the pen."""
        page = self.browser.page(self.path)
        data = json.loads(found(r'id="exam-data"[^>]*>(.*?)</script>', page))
        self.browser.csrf = data["csrf"]
        self.items = data["items"]
        self.open_page()

    def open_page(self) -> None:
        self.pages += 1
        operation = self.wanted(self.sitter.attempt, "opened", {}, f"page-{self.pages}")
        send = self.deliver(operation, f"{self.path}/state", {"take_over": True})
        if send.is_ack:
            # Of a doubled request the later epoch is the one that writes.
            self.epoch = max(ack["writer_epoch"] for ack in operation.acks)
            self.number = max(self.number, send.body["sequence"])

    def run(self, stop: threading.Event) -> None:
        """Work until told to stop."""
        while not stop.wait(self.rng.uniform(*self.think_s)):
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
            self.sitter.attempt,
            "saved",
            {
                "position": position,
                "value": value,
                "flagged": self.rng.random() < 0.1,
                "client_sequence": self.number,
            },
        )

    def save(self, operation: Operation, *, from_old_page: bool = False) -> None:
        """Deliver a change; a page that finds itself superseded takes the pen back."""
        for _ in range(3):
            payload = operation.payload
            body = {
                "key": operation.key,
                "position": payload["position"],
                "value": payload["value"],
                "flagged": payload["flagged"],
                "sequence": payload["client_sequence"],
                "writer_epoch": self.epoch - 1 if from_old_page else self.epoch,
                "client_now": (self.clock.now() + self.device_error).isoformat(),
            }
            send = self.deliver(operation, f"{self.path}/save", body)
            if from_old_page or send.body.get("type") != "superseded_session":
                return
            self.open_page()

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
        operation = self.wanted(self.sitter.attempt, "submitted", {"closing": "submitted"})
        body = {
            "key": operation.key,
            "client_now": (self.clock.now() + self.device_error).isoformat(),
        }
        self.deliver(operation, f"{self.path}/submit", body)
        self.save(self.change(self.some_position()))
        self.repeat_something_old()


class Crowd:
    """Candidates who work at the same time."""

    def __init__(self, candidates: Sequence[Candidate], clock: OutsideClock) -> None:
        self.candidates = candidates
        self.clock = clock
        self._stop = threading.Event()

    @property
    def operations(self) -> list[Operation]:
        return [one for candidate in self.candidates for one in candidate.operations]

    @property
    def acknowledged_count(self) -> int:
        return sum(bool(one.acks) for one in self.operations)

    def enter(self) -> None:
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(Candidate.enter, self.candidates))

    @contextmanager
    def working(self) -> Iterator[None]:
        """Everybody works while the block runs; leaving it, each delivers what is on its way."""
        with ThreadPoolExecutor(len(self.candidates)) as pool:
            runs = [pool.submit(one.run, self._stop) for one in self.candidates]
            try:
                yield
            finally:
                for one in self.candidates:
                    one.give_up_at = self.clock.now() + timedelta(seconds=GIVE_UP_S)
                self._stop.set()
            for run in runs:
                run.result()

    def submit(self, candidates: Sequence[Candidate]) -> None:
        with ThreadPoolExecutor(max(1, len(candidates))) as pool:
            list(pool.map(Candidate.submit, candidates))
