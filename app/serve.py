"""Start the product: migrate, then the web server and the scheduler, each its own process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request

from app.core.bodies import RESERVE
from app.core.config import ROOT, Settings
from app.core.db import SAFE_SQLITE, sqlite

READY_WAIT_S = 30.0
STOP_WAIT_S = 10.0


def server_numbers(settings: Settings) -> tuple[int, int]:
    """Return (workers, requests that one works on at once) for this database.

    SQLite: two workers of one thread, more only wait for its one write lock; one worker where
    the system's SQLite may corrupt a WAL database. PostgreSQL: a worker for each core.
    """
    if settings.is_sqlite:
        safe = sqlite.sqlite_version_info >= SAFE_SQLITE
        workers, threads = (2 if safe else 1), 1
    else:
        workers, threads = os.cpu_count() or 1, 2
    return settings.web_workers or workers, settings.web_threads or threads


STACK_BYTES = 16 * 1024 * 1024
"""Stack of each thread that answers requests. The server's own 2 MB do not hold what OpenBLAS takes
for solving equations: a calibration of a hundred items ended the whole worker process. Only what is
used of it becomes memory."""


def server_command(settings: Settings) -> list[str]:
    """Return granian's command line."""
    workers, threads = server_numbers(settings)
    return [
        sys.executable,
        "-m",
        "granian",
        "--interface",
        "wsgi",
        "--host",
        settings.host,
        "--port",
        str(settings.port),
        "--workers",
        str(workers),
        # Beyond those that work: they wait for bodies, and are only started when they are needed.
        "--blocking-threads",
        str(threads + RESERVE),
        "--backlog",
        "2048",
        # One thread beside Python's own: more of them only hand requests to each other.
        "--runtime-mode",
        "st",
        "--no-access-log",
        "--respawn-failed-workers",
        "--workers-kill-timeout",
        "5",
        "wsgi:application",
    ]


def server_environ(settings: Settings) -> dict[str, str]:
    """Return the environment of the server's processes."""
    return {
        "RUST_MIN_STACK": str(STACK_BYTES),
        # Two heaps for all threads: each of its own would keep the 19 MB of a password check.
        "MALLOC_ARENA_MAX": "2",
        **os.environ,
        "INSTANCE_DIR": str(settings.instance_dir),
        "HOST": settings.host,
        "PORT": str(settings.port),
    }


def run(settings: Settings, *, announce: str = "") -> int:
    """Run server and scheduler until one ends or a signal comes.

    Args:
        settings: Where to listen, which database.
        announce: Printed once the first answer came.

    Returns:
        Exit status: 0 after a signal, else that of the process which ended by itself.
    """
    environ = server_environ(settings)
    children: list[subprocess.Popen[bytes]] = []

    def start(command: list[str], *, stdout: int | None = None) -> None:
        children.append(subprocess.Popen(command, cwd=ROOT, env=environ, stdout=stdout))  # noqa: S603

    stopping = False

    def stop(signum: int, frame: object) -> None:
        nonlocal stopping
        stopping = True

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    try:
        start(server_command(settings))
        if _wait_ready(settings, children[0]) and announce:
            print(announce, flush=True)  # noqa: T201 - the one line a newcomer waits for
        # After the first answer, for while both start they take the processor from each other.
        start([sys.executable, "-m", "flask", "--app", "wsgi", "jobs", "run"])
        # Set-up has compiled the engine, but maybe for another user, or its cache is gone.
        # Where it is there this takes a second; else all processes use it as soon as it is.
        start([sys.executable, "-m", "simulations", "warm"], stdout=subprocess.DEVNULL)
        while not stopping:
            server, scheduler, _ = (child.poll() for child in children)
            if server is not None or scheduler is not None:
                return server or scheduler or 1
            time.sleep(0.2)
        return 0
    finally:
        for child in children:
            if child.poll() is None:
                child.terminate()
        for child in children:
            try:
                child.wait(STOP_WAIT_S)
            except subprocess.TimeoutExpired:
                child.kill()


def _wait_ready(settings: Settings, server: subprocess.Popen[bytes]) -> bool:
    host = "127.0.0.1" if settings.host in {"0.0.0.0", "::"} else settings.host  # noqa: S104
    address = f"http://{host}:{settings.port}/healthz"
    deadline = time.monotonic() + READY_WAIT_S
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=2):
                return True
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)
    return False
