"""A PostgreSQL server that a test run starts, uses and ends by itself."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

START_WAIT_S = 30.0


class PostgresServer:
    """A server on loopback, a child process of the tests."""

    def __init__(self, port: int, process: subprocess.Popen[bytes], user: str) -> None:
        self.port = port
        self.process = process
        self.user = user

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://{self.user}@127.0.0.1:{self.port}/{database}"

    def execute(self, statement: str) -> None:
        with psycopg.connect(
            f"host=127.0.0.1 port={self.port} user={self.user} dbname=postgres", autocommit=True
        ) as connection:
            connection.execute(statement)

    def create_database(self, name: str, template: str = "template0") -> None:
        self.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')

    def drop_database(self, name: str) -> None:
        self.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def programs() -> Path | None:
    """Return the folder of initdb and postgres, or None where they are not installed."""
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), reverse=True)
    return versions[0].parent if versions else None


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def postgres_or_skip(*, durable: bool = False) -> Iterator[PostgresServer]:
    """Run a server for the block; where there is none, skip by name (CI=true forbids that).

    Args:
        durable: Whether commits wait for the disk: only tests that kill the server need it.
    """
    folder = programs()
    if folder is None:
        if os.environ.get("CI") == "true":
            pytest.fail("PostgreSQL (initdb, postgres) is not installed")
        pytest.skip("PostgreSQL (initdb, postgres) is not installed")
    # The server refuses to run as root: a plain account of the system does it then.
    is_root = os.geteuid() == 0
    account = "postgres" if is_root else pwd.getpwuid(os.geteuid()).pw_name
    with tempfile.TemporaryDirectory(prefix="caopan-pg-") as root:
        data = Path(root) / "data"
        data.mkdir()
        if is_root:
            os.chmod(root, 0o711)
            shutil.chown(data, "postgres")
        options = {"user": "postgres"} if is_root else {}
        subprocess.run(
            [
                folder / "initdb",
                "-D",
                data,
                "-U",
                account,
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--no-locale",
            ],
            check=True,
            capture_output=True,
            **options,
        )
        port = free_port()
        process = subprocess.Popen(
            [
                folder / "postgres",
                "-D",
                data,
                "-p",
                str(port),
                "-h",
                "127.0.0.1",
                "-k",
                "",
                "-c",
                "max_connections=60",
                "-c",
                "log_min_messages=fatal",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            **options,
        )
        server = PostgresServer(port, process, account)
        try:
            _wait(server)
            yield server
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def _wait(server: PostgresServer) -> None:
    deadline = time.monotonic() + START_WAIT_S
    while True:
        try:
            server.execute("SELECT 1")
        except psycopg.OperationalError:
            if time.monotonic() > deadline or server.process.poll() is not None:
                raise
            time.sleep(0.1)
        else:
            return
