"""The product as processes of their own, started as `caopan run` starts them, and killed."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from app.core.config import ROOT, Settings
from app.serve import server_command, server_environ
from tests.conftest import SECRET

START_WAIT_S = 120.0
"""After this a server that does not answer is broken, however busy the machine."""


class Server:
    """One web server on a loopback port, in a process group of its own.

    Attributes:
        log_path: Where everything goes that the processes print.
        starts_s: How long each start took until the first 200, seconds.
    """

    def __init__(self, settings: Settings, *, planted: str = "") -> None:
        self.settings = settings
        self.log_path = Path(settings.instance_dir) / "server.log"
        self.starts_s: list[float] = []
        self._planted = planted
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.settings.port}"

    @property
    def environ(self) -> dict[str, str]:
        return {
            **server_environ(self.settings),
            "DEPLOYMENT": "demo",
            "SECRET_KEY": SECRET,
            "DATABASE_URL": self.settings.database_url,
            "LOG_LEVEL": "ERROR",
            # Nothing to compile or load after a kill; the checker's own replay may be compiled.
            "CAOPAN_ENGINE": "python",
            "PLANTED": self._planted,
        }

    def start(self) -> None:
        """Start and wait for the first 200."""
        command = server_command(self.settings)
        if self._planted:
            command[-1] = "tests.faults.planted:application"
        began = time.monotonic()
        with self.log_path.open("ab") as log:
            self._process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=self.environ,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        while time.monotonic() - began < START_WAIT_S:
            assert self._process.poll() is None, self.log_path.read_text()[-4000:]
            if self._answers():
                self.starts_s.append(time.monotonic() - began)
                return
            time.sleep(0.02)
        raise AssertionError(f"no answer in {START_WAIT_S} s: {self.log_path.read_text()[-4000:]}")

    def _answers(self) -> bool:
        """Ask for a 200; once the socket listens, the question waits in its queue like others."""
        address = f"{self.address}/healthz"
        try:
            with urllib.request.urlopen(address, timeout=START_WAIT_S) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def kill(self) -> None:
        """End every process of the server at once, as a machine that loses power would."""
        assert self._process is not None
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def stop(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self.kill()

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run one of the application's own commands on the same instance."""
        return subprocess.run(
            [sys.executable, "-m", "flask", "--app", "wsgi", *arguments],
            cwd=ROOT,
            env={**self.environ, "PLANTED": ""},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )


@contextlib.contextmanager
def running(settings: Settings, *, planted: str = "") -> Iterator[Server]:
    """A server that answers; whatever is left of it ends with the block."""
    server = Server(settings, planted=planted)
    try:
        server.start()
        yield server
    finally:
        server.stop()
