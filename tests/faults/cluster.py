"""A PostgreSQL cluster of one test's own, which it may kill as a machine that loses power would."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Iterator

import psycopg

from tests.postgres import PostgresServer, postgres_or_skip, programs

RECOVERY_WAIT_S = 30.0


class Cluster:
    """A running cluster with the command that starts it again."""

    def __init__(self, server: PostgresServer) -> None:
        self.server = server
        folder = programs()
        assert folder is not None
        data = self._ask("SHOW data_directory")[0]
        port = str(server.port)
        self._command = [
            str(folder / "postgres"),
            "-D",
            data,
            "-p",
            port,
            "-h",
            "127.0.0.1",
            "-k",
            "",
        ]

    def _ask(self, query: str) -> list[str]:
        address = f"host=127.0.0.1 port={self.server.port} user={self.server.user} dbname=postgres"
        with psycopg.connect(address, autocommit=True) as connection:
            return [row[0] for row in connection.execute(query)]

    def kill(self) -> None:
        """End the postmaster and every process of its, at once."""
        children = [int(pid) for pid in self._ask("SELECT pid::text FROM pg_stat_activity")]
        os.kill(self.server.process.pid, signal.SIGKILL)
        for pid in children:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.server.process.wait()

    def start(self) -> None:
        """Start on the same data and wait until it has recovered."""
        account = self.server.user if os.geteuid() == 0 else None
        began = time.monotonic()
        while True:
            if self.server.process.poll() is not None:
                # A dying process may hold the shared memory for a moment: then it ends at once.
                self.server.process = subprocess.Popen(
                    self._command,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    start_new_session=True,
                    user=account,
                )
            try:
                self.server.execute("SELECT 1")
            except psycopg.OperationalError:
                assert time.monotonic() - began < RECOVERY_WAIT_S, "the cluster does not recover"
                time.sleep(0.05)
            else:
                return

    def stop(self) -> None:
        if self.server.process.poll() is None:
            self.server.process.send_signal(signal.SIGINT)
            self.server.process.wait(10)

    def forget_to_wait_for_the_disk(self, database: str) -> None:
        """Acknowledge commits that only memory holds, as `synchronous_commit=off` does."""
        self.server.execute("ALTER SYSTEM SET wal_writer_delay = '10s'")
        self.server.execute("ALTER SYSTEM SET wal_writer_flush_after = '500MB'")
        self.server.execute("SELECT pg_reload_conf()")
        self.server.execute(f'ALTER DATABASE "{database}" SET synchronous_commit = off')


@contextlib.contextmanager
def own_cluster() -> Iterator[Cluster]:
    """A fresh cluster; where PostgreSQL is missing the test is skipped by name."""
    with postgres_or_skip() as server:
        cluster = Cluster(server)
        try:
            yield cluster
        finally:
            cluster.stop()
