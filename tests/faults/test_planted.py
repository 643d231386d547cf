"""A checker that was never shown a bug proves nothing: each planted one must be found.

The same candidates as in the run that must find nothing work here, fewer and faster, on a
product with one bug (`planted.py`). The bugs of rooms are beside their checker's tests.
"""

from __future__ import annotations

import time

import pytest

from app.core.config import Settings
from tests.faults.ground import drop_key_constraint
from tests.faults.history import FaultKind
from tests.faults.runs import Plan, Run, new_seed, pause, sit_exam
from tests.faults.server import Server, running

pytestmark = pytest.mark.faults

WORK_S = 3.5
"""How long the candidates work; the shortest time limit and its grace end 0.5 s before."""


def run_with(settings: Settings, bug: str, *, kill: bool = False) -> Run:
    """Let a few hasty candidates sit the exam on a product with a bug."""
    plan = Plan(candidates=6, short=2, short_s=1, think_s=(0.02, 0.1), seed=new_seed())
    print(plan)
    with running(settings, planted=bug) as server:
        run = sit_exam(server, plan, (lambda: kill_once(server)) if kill else pause(WORK_S))
    print(run.report)
    return run


def kill_once(server: Server) -> None:
    time.sleep(WORK_S)
    server.kill()
    server.start()


def test_without_a_bug_nothing_is_found(sqlite_instance):
    run = run_with(sqlite_instance, "")

    assert run.faults == []
    assert run.tally.acknowledged > 60
    assert run.tally.refused > 0
    assert run.tally.duplicate_acks > 0


@pytest.mark.parametrize(
    ("bug", "kind"),
    [
        ("ack_before_commit", FaultKind.LOST),
        ("no_key_check", FaultKind.DUPLICATE),
        ("check_then_insert", FaultKind.DUPLICATE),
        ("last_arrival_wins", FaultKind.STALE),
        ("broken_chain", FaultKind.BROKEN_CHAIN),
        ("client_clock", FaultKind.MIS_STAMPED),
        ("accept_late", FaultKind.LATE),
        ("accept_after_close", FaultKind.AFTER_CLOSE),
        ("refuse_after_commit", FaultKind.REFUSED_BUT_APPLIED),
        ("payload_altered", FaultKind.ALTERED),
        ("score_before_last_answer", FaultKind.SCORE),
    ],
)
def test_a_planted_bug_is_found(sqlite_instance, bug, kind):
    if bug in {"no_key_check", "check_then_insert"}:
        drop_key_constraint(sqlite_instance)

    run = run_with(sqlite_instance, bug, kill=bug == "ack_before_commit")

    assert kind in {fault.kind for fault in run.faults}
