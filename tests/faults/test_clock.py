"""F4: the machine's clock is set, forward and back, while exams run on the server."""

from __future__ import annotations

import json
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import libfaketime
import pytest

from app.core.config import Settings
from tests.faults.browsers import OutsideClock, signed_in
from tests.faults.clients import Candidate
from tests.faults.ground import account_of, close_overdue, start_attempts
from tests.faults.server import Server

pytestmark = [
    pytest.mark.faults,
    pytest.mark.skipif(sys.platform != "linux", reason="preloading a library is Linux's way"),
]

LIBRARY = Path(libfaketime.__file__).parent / "vendor/libfaketime/src/libfaketime.so.1"
HALF_AN_HOUR_S, TWO_HOURS_S = 1800, -7200
SHORT_S = 4
GRACE_S = 2.0


class SetServer(Server):
    """A server on a machine whose wall clock somebody sets; its steady clock goes on."""

    @property
    def environ(self) -> dict[str, str]:
        return {
            **super().environ,
            "LD_PRELOAD": str(LIBRARY),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "LOG_LEVEL": "ERROR",
        }

    @property
    def _file(self) -> Path:
        return Path(self.settings.instance_dir) / "wall-clock"

    def set_clock(self, by_s: int) -> None:
        """Set the wall clock to this many seconds off the true time."""
        fresh = self._file.with_suffix(".new")
        fresh.write_text(f"{by_s:+d}\n")
        fresh.replace(self._file)

    @property
    def clock_step_s(self) -> int:
        with urllib.request.urlopen(f"{self.address}/healthz", timeout=20) as answer:
            return int(json.load(answer)["clock_step_s"])


@contextmanager
def running(settings: Settings) -> Iterator[SetServer]:
    server = SetServer(settings)
    server.set_clock(0)
    try:
        server.start()
        yield server
    finally:
        server.stop()


@contextmanager
def sitting(server: SetServer, limits_s: list[int]) -> Iterator[list[Candidate]]:
    """Let candidates sit, each with a time limit; their pages are open."""
    seats = [
        start_attempts(server.settings, [number], limit_s)[0]
        for number, limit_s in enumerate(limits_s)
    ]
    clock = OutsideClock()
    accounts = [account_of(number) for number in range(len(limits_s))]
    with signed_in(server.address, accounts) as browsers:
        candidates = [
            Candidate(browser, seat, clock, seed=number, think_s=(0.0, 0.0))
            for number, (browser, seat) in enumerate(zip(browsers, seats, strict=True))
        ]
        for candidate in candidates:
            candidate.enter()
        yield candidates


def state(candidate: Candidate) -> dict[str, object]:
    answer = candidate.browser.request("GET", f"{candidate.path}/state")
    assert answer.status == 200, answer.text[:300]
    return answer.json


def off_s(candidate: Candidate) -> float:
    """Return by how much the server's time differs from the true one."""
    told = datetime.fromisoformat(str(state(candidate)["server_now"]))
    return abs((told - datetime.now(UTC)).total_seconds())  # noqa: TID251 - the true time


def save(candidate: Candidate) -> int | None:
    operation = candidate.change(1)
    candidate.save(operation)
    return operation.sends[-1].status


def test_a_clock_that_is_set_neither_ends_nor_prolongs_an_exam(sqlite_instance: Settings):
    with running(sqlite_instance) as server, sitting(server, [600, SHORT_S]) as (long, short):
        began = time.monotonic()
        due_at = state(long)["due_at"]
        assert (save(long), save(short)) == (200, 200)

        server.set_clock(HALF_AN_HOUR_S)  # beyond the end of both exams
        assert save(long) == 200
        assert server.clock_step_s == pytest.approx(HALF_AN_HOUR_S, abs=2)
        assert off_s(long) < 3

        server.set_clock(TWO_HOURS_S)
        assert save(long) == 200
        assert server.clock_step_s == pytest.approx(TWO_HOURS_S, abs=2)
        time.sleep(max(0.0, SHORT_S + GRACE_S + 0.5 - (time.monotonic() - began)))
        assert save(short) == 409  # its time is over, whatever the wall clock says

        close_overdue(server.settings)
        assert state(short)["closed"] is True
        server.set_clock(0)
        assert save(short) == 409  # closed stays closed
        assert save(long) == 200
        assert server.clock_step_s == 0
        assert (state(long)["due_at"], state(long)["closed"]) == (due_at, False)

        log = server.log_path.read_text()
    assert "the wall clock was set by +1800 s" in log
    assert "the wall clock was set by -7200 s" in log
