"""The server that a bench measures, how much is measured, and how a tally is told."""

from __future__ import annotations

import os
import signal
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from app.core.config import ROOT, Settings
from app.serve import server_command
from tests.bench.hall import Hall
from tests.bench.load import Tally
from tests.faults.server import Server
from tests.postgres import free_port


@dataclass(frozen=True)
class Size:
    """How much is measured.

    Attributes:
        seconds: Of each closed loop.
        candidates: Who arrive; a third of them for what is slow.
        arrivals_per_s: Planned rate of the arrival.
        durable_answers: Acknowledged answers before the kill.
        rooms: Rooms polled at the same time.
        rows: Events of other attempts that stand in the way when growth is measured.
    """

    seconds: float
    candidates: int
    arrivals_per_s: float
    durable_answers: int
    rooms: int
    rows: int


FULL = Size(8.0, 240, 20.0, 10_000, 300, 300_000)

EMPTY_WAIT_S = 20.0
"""After this a server that serves nothing is broken."""

SMALL = Size(1.5, 12, 4.0, 300, 20, 5_000)


class HallServer(Server):
    """The server with everything that a deployment has, the compiled engine too."""

    @property
    def environ(self) -> dict[str, str]:
        return {name: word for name, word in super().environ.items() if name != "CAOPAN_ENGINE"}

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid


@contextmanager
def serving(hall: Hall) -> Iterator[HallServer]:
    """Serve a hall for the block."""
    server = HallServer(hall.settings)
    try:
        server.start()
        yield server
    finally:
        server.stop()


@contextmanager
def empty_server(settings: Settings) -> Iterator[tuple[int, int]]:
    """Serve nothing, by the same server with the same numbers; gives its port and process.

    What it takes for a request is the server's own part of every other figure of the run.
    """
    own = replace(settings, port=free_port())
    command = [*server_command(own)[:-1], "tests.bench.empty:application"]
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        wait_for(own.port)
        yield own.port, process.pid
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def wait_for(port: int) -> None:
    """Wait until a server answers there."""
    until = time.monotonic() + EMPTY_WAIT_S
    while True:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2).close()
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)
        else:
            return


def roots_of(hall: Hall, server: HallServer) -> list[int]:
    return [server.pid] + ([hall.postgres.process.pid] if hall.postgres else [])


def seen(tally: Tally) -> str:
    """Write what a budget does not name."""
    words = f"n={tally.count} p50={tally.at_ms(0.5):.1f} p95={tally.at_ms(0.95):.1f} "
    words += f"p99={tally.at_ms(0.99):.1f} max={tally.at_ms(1):.0f} ms"
    if tally.errors:
        words += " ERRORS " + "; ".join(f"{n} x {one}" for one, n in tally.errors.items())
    return words
