"""A request that solves equations does not end its worker: threads have room for OpenBLAS."""

from __future__ import annotations

import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterable
from pathlib import Path
from wsgiref.types import StartResponse, WSGIEnvironment

import numpy as np
import pytest

from app.core.config import ROOT
from app.serve import server_command, server_environ
from tests.faults.ground import settings_at
from tests.postgres import free_port

pytestmark = pytest.mark.faults

ITEMS = 400
"""Equations as a calibration of a large bank solves them."""


def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Solve them in the thread of the request, and say how exactly."""
    del environ
    numbers = np.random.default_rng(1).normal(size=(ITEMS, ITEMS))
    inverse = np.linalg.inv(numbers @ numbers.T + np.eye(ITEMS))
    found = np.linalg.solve(numbers, inverse)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"{np.abs(numbers @ found - inverse).max():.3f}".encode()]


def test_a_large_calibration_is_answered(tmp_path: Path):
    settings = settings_at(tmp_path, free_port(), workers=1)
    command = [*server_command(settings)[:-1], f"{__name__}:application"]
    with (tmp_path / "server.log").open("wb") as log:
        server = subprocess.Popen(
            command, cwd=ROOT, env=server_environ(settings), stdout=log, stderr=log
        )
    try:
        assert [asked(settings.port) for _ in range(3)] == [b"0.000"] * 3
    finally:
        server.terminate()
        server.wait()


def asked(port: int) -> bytes:
    """Ask until the server stands; what it then answers, or that it went away."""
    for _ in range(600):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=60) as answer:
                return bytes(answer.read())
        except ConnectionRefusedError:
            time.sleep(0.1)
        except urllib.error.URLError as error:
            if not isinstance(error.reason, ConnectionRefusedError):
                raise
            time.sleep(0.1)
        except OSError as error:
            return repr(error).encode()
    raise AssertionError("no server")
