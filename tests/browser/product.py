"""An instance as a newcomer gets it: prepared by `caopan prepare`, served with its scheduler."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from flask import Flask
from sqlalchemy.orm import Session

from app.core.config import ROOT, Settings
from app.core.db import db
from app.factory import create_app
from tests.conftest import close
from tests.faults.server import Server

PREPARE_WAIT_S = 300.0
STOP_WAIT_S = 10.0


class Product(Server):
    """Web server and scheduler, each a process of its own, as `app.serve` starts them."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._scheduler: subprocess.Popen[bytes] | None = None

    @property
    def _swift_environ(self) -> dict[str, str]:
        """Whoever weighs rooms replays each some hundred times: in plain Python, half a minute."""
        return {**self.environ, "CAOPAN_ENGINE": "auto"}

    def prepare(self) -> None:
        """Migrate, load the shipped content and the demonstration's people."""
        done = subprocess.run(
            [Path(sys.executable).with_name("caopan"), "prepare"],
            cwd=ROOT,
            env=self._swift_environ,
            capture_output=True,
            text=True,
            timeout=PREPARE_WAIT_S,
            check=False,
        )
        assert done.returncode == 0, (done.stdout + done.stderr)[-4000:]

    def start_scheduler(self) -> None:
        with self.log_path.open("ab") as log:
            self._scheduler = subprocess.Popen(
                [sys.executable, "-m", "flask", "--app", "wsgi", "jobs", "run"],
                cwd=ROOT,
                env=self._swift_environ,
                stdout=log,
                stderr=log,
            )

    def stop(self) -> None:
        if self._scheduler is not None:
            self._scheduler.terminate()
            try:
                self._scheduler.wait(STOP_WAIT_S)
            except subprocess.TimeoutExpired:
                self._scheduler.kill()
                self._scheduler.wait()
        super().stop()


class Records:
    """The instance's database seen from the tests, beside the server that works on it."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.settings: Settings = app.config["SETTINGS"]

    @contextlib.contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that sees what is committed now."""
        with self.app.app_context():
            try:
                yield db.session()
            finally:
                db.session.remove()


@contextlib.contextmanager
def records_of(settings: Settings) -> Iterator[Records]:
    """Open the instance's database for the block."""
    app = create_app(settings)
    try:
        yield Records(app)
    finally:
        with app.app_context():
            close(app)
