"""How slow this machine is today, told by the typical application and by what it took elsewhere.

The budgets of the exam day are fractions of what Moodle takes, which cannot be installed here. The
typical application was once measured beside it, in turns on one machine, so that one number says
what Moodle would take in this run: `moodle_ms`. It is a conversion and no measurement of Moodle.
"""

from __future__ import annotations

import os
import secrets
import signal
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.core.config import ROOT
from tests.bench import typical
from tests.bench.load import Browser, Tally, Unit, closed_loop, open_loop
from tests.bench.served import wait_for
from tests.postgres import free_port

BESIDE_MOODLE = {"save": 14.4 / 2.44, "attempt": 550 / 96, "arrival": 235 / 45}
"""Moodle's processor time by the typical application's: saves and whole attempts by ten at a time,
and arrivals (performance A.3, A.5; three interleaved rounds on SQLite)."""

WORKERS, THREADS = 2, 2
"""As it was served when it was measured beside Moodle."""

MOODLE_P99_MS, TYPICAL_THEN_MS = 621.0, 2.31
"""Moodle's 99th percentile of saves by fifty at a time, and what a save took the typical one then
(A.5). Their tails are not compared: the typical one's was the queue in front of it."""

CANDIDATES = 400


class Taker:
    """Somebody who takes the typical exam."""

    def __init__(self, port: int, account: str) -> None:
        self._browser, self._account = Browser(port), account
        self._path, self._number = "", 0

    async def arrive(self) -> None:
        """Sign in, start, load the paper."""
        await self._browser.page("/sign-in")
        form = {
            "csrf_token": self._browser.csrf,
            "account": self._account,
            "password": typical.PASSWORD,
        }
        _expect((await self._browser.ask("POST", "/sign-in", form=form)).status, 303)
        await self._browser.page("/exams")
        reply = await self._browser.ask("POST", "/start", form={"csrf_token": self._browser.csrf})
        _expect(reply.status, 303)
        self._path = reply.headers["location"]
        await self._browser.page(self._path)

    async def save(self) -> None:
        """Change one answer."""
        self._number += 1
        value = {
            "position": self._number % typical.ITEMS + 1,
            "selected": "abcd"[self._number % 4],
            "sequence": self._number,
        }
        reply = await self._browser.ask("POST", f"{self._path}/save", value=value)
        _expect(reply.status, 200)
        _expect(reply.json["ack"], self._number)

    async def submit(self) -> None:
        """Hand in and look at the result."""
        reply = await self._browser.ask("POST", f"{self._path}/submit", value={})
        _expect(reply.status, 200)
        await self._browser.page(reply.json["redirect"])

    async def attempt(self) -> None:
        """All of it."""
        await self.arrive()
        for _ in range(typical.ITEMS):
            await self.save()
        await self.submit()
        self._browser.close()


def _expect(found: int, wanted: int) -> None:
    if found != wanted:
        raise RuntimeError(f"{found} where {wanted} was to come")


class Yardstick:
    """The typical application, served; what it takes is kept by work and number of clients."""

    def __init__(self, port: int, pid: int, accounts: list[str]) -> None:
        self._port, self._roots, self._accounts = port, [pid], accounts
        self._tallies: dict[tuple[str, int], list[Tally]] = {}

    def forget(self) -> None:
        """Begin anew: what was measured minutes ago says nothing of now."""
        self._tallies.clear()

    def _new(self, count: int) -> list[Taker]:
        # A candidate may sit again: nothing here asks how often.
        drawn = [secrets.choice(self._accounts) for _ in range(count)]
        return [Taker(self._port, account) for account in drawn]

    async def save(self, at_once: int, seconds: float) -> None:
        """Let candidates who have arrived save without a pause."""
        takers = self._new(at_once)
        for taker in takers:
            await taker.arrive()
        units: list[Unit] = [taker.save for taker in takers]
        self._add(
            "save", at_once, await closed_loop(units, self._roots, seconds=seconds, most=10**6)
        )

    async def attempt(self, at_once: int, count: int) -> None:
        """Let whole attempts be sat."""
        left = iter(self._new(count))

        async def unit() -> None:
            if taker := next(left, None):
                await taker.attempt()

        tally = await closed_loop([unit] * at_once, self._roots, seconds=600, most=count)
        self._add("attempt", at_once, tally)

    async def arrival(self, count: int, per_s: float) -> None:
        """Let candidates come at a steady rate."""
        units: list[Unit] = [taker.arrive for taker in self._new(count)]
        self._add("arrival", 0, await open_loop(units, self._roots, per_s=per_s))

    def _add(self, work: str, at_once: int, tally: Tally) -> None:
        # Reading first and writing then, as such applications do, a request may find its snapshot
        # of SQLite outdated and fail: that is the typical application's fault and spoils no round.
        if tally.error_count > tally.count // 20:
            raise RuntimeError(f"the yardstick itself failed: {tally.errors}")
        self._tallies.setdefault((work, at_once), []).append(tally)

    def ms(self, work: str, at_once: int = 0) -> float:
        """Return the median processor time of a unit over the rounds so far, milliseconds."""
        return statistics.median(one.cpu_ms for one in self._tallies[work, at_once])

    def moodle_ms(self, work: str, at_once: int = 0) -> float:
        """Return what Moodle would take for it on this machine now, milliseconds."""
        return self.ms(work, at_once) * BESIDE_MOODLE[work]

    def moodle_p99_ms(self) -> float:
        """Return the tail that Moodle's saves by fifty at a time would have now, milliseconds."""
        return MOODLE_P99_MS * self.ms("save", 50) / TYPICAL_THEN_MS


@contextmanager
def yardsticks() -> Iterator[Yardstick]:
    """Serve the typical application for the block."""
    with tempfile.TemporaryDirectory(prefix="caopan-yardstick-") as folder:
        url = f"sqlite:///{Path(folder) / 'typical.sqlite'}"
        accounts = typical.fill(url, CANDIDATES)
        port = free_port()
        command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--port", str(port)]
        command += ["--workers", str(WORKERS), "--blocking-threads", str(THREADS)]
        command += ["--backlog", "2048", "--no-access-log", "tests.bench.typical:application"]
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, "DATABASE_URL": url},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            wait_for(port)
            yield Yardstick(port, process.pid, accounts)
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
