"""A browser as far as a history needs one: cookies, a token, two connections, a clock outside."""

from __future__ import annotations

import http.client
import json
import re
import time
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

from tests.faults.ground import PASSWORD

ANSWER_WAIT_S = 12.0
"""Longest wait for one answer; the product promises one within about five seconds."""


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

    def wait_at_most(self, seconds: float) -> None:
        """Give an answer up sooner, on this connection and those that follow it."""
        self._connection.timeout = seconds
        if self._connection.sock is not None:
            self._connection.sock.settimeout(seconds)

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
