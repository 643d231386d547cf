"""Start the product: migrate, then the web server and the scheduler, each its own process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request

from app.core.config import ROOT, Settings
from app.core.db import SAFE_SQLITE, sqlite

READY_WAIT_S = 30.0
STOP_WAIT_S = 10.0


def server_numbers(settings: Settings) -> tuple[int, int]:
    """Return (workers, threads) for this database (performance D.1, ruling 14).

    SQLite: two workers of one thread, more only wait for its one write lock; one worker where
    the system's SQLite may corrupt a WAL database. PostgreSQL: a worker for each core.
    """
    if settings.is_sqlite:
        safe = sqlite.sqlite_version_info >= SAFE_SQLITE
        workers, threads = (2 if safe else 1), 1
    else:
        workers, threads = os.cpu_count() or 1, 2
    return settings.web_workers or workers, settings.web_threads or threads


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
        "--blocking-threads",
        str(threads),
        "--backlog",
        "2048",
        # One thread beside Python's own: more of them only hand requests to each other.
        "--runtime-mode",
        "st",
        "--no-access-log",
        "--respawn-failed-workers",
        "--workers-kill-timeout",
        "5",
        "wsgi:app",
    ]


def run(settings: Settings, *, announce: str = "") -> int:
    """Run server and scheduler until one ends or a signal comes.

    Args:
        settings: Where to listen, which database.
        announce: Printed once the first answer came.

    Returns:
        Exit status: 0 after a signal, else that of the process which ended by itself.
    """
    environ = {
        **os.environ,
        "INSTANCE_DIR": str(settings.instance_dir),
        "HOST": settings.host,
        "PORT": str(settings.port),
    }
    children: list[subprocess.Popen[bytes]] = []

    def start(command: list[str]) -> None:
        children.append(subprocess.Popen(command, cwd=ROOT, env=environ))  # noqa: S603

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
        while not stopping:
            ended = [child.poll() for child in children]
            if any(code is not None for code in ended):
                return next(code for code in ended if code is not None) or 1
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
