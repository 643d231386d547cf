"""A bad network loses nothing and doubles nothing, and who sends slowly stops nobody (F5)."""

from __future__ import annotations

import socket
import threading
from contextlib import ExitStack, contextmanager, suppress
from urllib.parse import urlsplit

import pytest

from tests.faults.proxy import ROUGH, Proxy
from tests.faults.runs import Exam, Plan, new_seed, sit_exam, until
from tests.faults.server import running

pytestmark = pytest.mark.faults

ENOUGH = 100
"""Acknowledged operations after which each kind of trouble has happened more than once."""

TRICKLERS = 12
"""More than the server has threads."""


def test_lost_answers_resets_delays_and_single_bytes(sqlite_instance):
    plan = Plan(candidates=12, short=0, short_s=0, think_s=(0.05, 0.3), seed=new_seed())
    print(plan)
    with running(sqlite_instance) as server:
        proxy = Proxy(server.address, plan.seed)

        def through_the_storm(crowd: Exam) -> None:
            proxy.weather = ROUGH  # also while everybody hands in
            until(ENOUGH)(crowd)

        with proxy.running():
            run = sit_exam(server, plan, through_the_storm, address=proxy.address)
        print(run.tally, dict(proxy.happened))
        verified = server.command("audit", "verify")

    assert run.faults == [], run.report
    assert set(run.tally.statuses) <= {200, 409, 429, 503, None}, run.report
    assert run.tally.acknowledged >= ENOUGH
    assert run.tally.retried > 20
    assert min(proxy.happened[one] for one in ("cut_reply", "reset", "slow", "trickle")) > 2
    assert verified.returncode == 0, verified.stdout + verified.stderr


@contextmanager
def trickling(address: str):
    """Connections that send a byte of their headers now and then, and never the last one.

    A form that never ends would hold a thread of the server: taking requests in whole is what the
    proxy in front of it is for (docs/operations.md).
    """
    parts = urlsplit(address)
    head = f"GET / HTTP/1.1\r\nHost: {parts.netloc}\r\nX-Slow: ".encode()
    stop = threading.Event()
    with ExitStack() as open_sockets:
        held = [
            open_sockets.enter_context(socket.create_connection((parts.hostname, parts.port), 5))
            for _ in range(TRICKLERS)
        ]

        def drip() -> None:
            for one in held:
                one.sendall(head)
            while not stop.wait(0.1):
                for one in held:
                    with suppress(OSError):  # a server may lose patience with one of them
                        one.sendall(b"a")

        thread = threading.Thread(target=drip)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()


def test_clients_that_never_end_their_headers_stop_nobody(sqlite_instance):
    plan = Plan(candidates=6, short=0, short_s=0, think_s=(0.05, 0.2), seed=new_seed())
    counted: list[int] = []
    with running(sqlite_instance) as server:

        def beside_the_slow(crowd: Exam) -> None:
            with trickling(server.address):
                before = crowd.acknowledged_count
                until(before + 40)(crowd)
                counted.append(crowd.acknowledged_count - before)

        run = sit_exam(server, plan, beside_the_slow)

    assert run.faults == [], run.report
    assert counted[0] >= 40  # as many as a server gives whose threads are free
