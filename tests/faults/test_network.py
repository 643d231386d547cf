"""A bad network loses nothing and doubles nothing, and who sends slowly stops nobody (F5, F6)."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack, contextmanager, suppress
from datetime import datetime
from urllib.parse import urlsplit

import pytest

from tests.faults.clients import PatientCandidate
from tests.faults.history import Operation
from tests.faults.proxy import ROUGH, Proxy
from tests.faults.runs import LONGEST_WORK_S, Exam, Plan, new_seed, sit_exam, until
from tests.faults.server import running

pytestmark = pytest.mark.faults

ENOUGH = 100
"""Acknowledged operations after which each kind of trouble has happened more than once."""

TRICKLERS = {
    "headers": (12, "GET / HTTP/1.1\r\nHost: {host}\r\nX-Slow: "),
    "bodies": (
        50,
        "POST /sign-in HTTP/1.1\r\nHost: {host}\r\nContent-Length: 4096\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n\r\n",
    ),
}
"""How many there are, and how they begin; each would hold one of the few that work at once.

The type belongs to it: a body of which nothing is known is not read, and holds nobody.
"""


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


HOLE_S = float(os.environ.get("BLACK_HOLE_S", "8"))
"""How long the network swallows everything; the plan's own figure is 180."""

HEALED_WITHIN_S = 30.0
"""What waited is on the server so soon after the network is back: 10 s by the plan, on a machine
that is not busy with other tests at the same time."""


def test_a_network_that_swallows_everything_for_one_of_three(sqlite_instance):
    """F6: who is cut off goes on answering, and the others never notice."""
    plan = Plan(6, 0, 0, think_s=(0.2, 0.8), seed=new_seed(), patient=2)
    print(plan)
    waited: list[Operation] = []
    acknowledged: list[int] = []
    healed_at: list[datetime] = []
    with running(sqlite_instance) as server:
        proxy = Proxy(server.address, plan.seed)

        def cut_two_off(crowd: Exam) -> None:
            until(20)(crowd)
            away = [one for one in crowd.members if isinstance(one, PatientCandidate)]
            proxy.is_black_hole = True
            before = crowd.acknowledged_count
            time.sleep(HOLE_S)
            acknowledged.append(crowd.acknowledged_count - before)
            waited.extend(operation for one in away for operation in list(one.queue))
            proxy.is_black_hole = False
            healed_at.append(crowd.clock.now())
            _wait_for(waited)

        with proxy.running():
            run = sit_exam(server, plan, cut_two_off, patient_address=proxy.address)

    acks = [send.ended_at for one in waited for send in one.sends if send.is_ack]
    last_s = (max(acks) - healed_at[0]).total_seconds()
    print(
        f"{len(waited)} waited, the last was saved {last_s:.1f} s after; {acknowledged[0]} others"
    )
    assert run.faults == [], run.report
    assert len(waited) >= HOLE_S / 2  # they went on answering
    assert all(one.acks for one in waited), run.report
    assert last_s <= HEALED_WITHIN_S
    assert acknowledged[0] >= HOLE_S / 2


def _wait_for(operations: Sequence[Operation]) -> None:
    began = time.monotonic()
    while time.monotonic() - began < LONGEST_WORK_S and not all(one.acks for one in operations):
        time.sleep(0.1)


@contextmanager
def trickling(address: str, what: str):
    """Connections that send a byte of their headers or bodies now and then, and never the last."""
    parts = urlsplit(address)
    count, words = TRICKLERS[what]
    head = words.format(host=parts.netloc).encode()
    stop = threading.Event()
    with ExitStack() as open_sockets:
        held = [
            open_sockets.enter_context(socket.create_connection((parts.hostname, parts.port), 5))
            for _ in range(count)
        ]

        def drip() -> None:
            for one in held:
                one.sendall(head)
            while not stop.wait(0.2):
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


def test_clients_that_never_end_their_requests_stop_nobody(sqlite_instance):
    plan = Plan(candidates=6, short=0, short_s=0, think_s=(0.05, 0.2), seed=new_seed())
    counted: list[int] = []
    with running(sqlite_instance) as server:

        def beside_the_slow(crowd: Exam) -> None:
            with trickling(server.address, "headers"), trickling(server.address, "bodies"):
                before = crowd.acknowledged_count
                until(before + 40)(crowd)
                counted.append(crowd.acknowledged_count - before)

        run = sit_exam(server, plan, beside_the_slow)

    assert run.faults == [], run.report
    assert counted[0] >= 40  # as many as a server gives whose threads are free
