"""A checker that was never shown a bug proves nothing: each planted one must be found.

The same candidates as in the run that must find nothing work here, fewer and faster, on a
product with one bug (`planted.py`).
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.core.config import Settings
from tests.faults.clients import Crowd
from tests.faults.ground import drop_key_constraint
from tests.faults.history import FaultKind
from tests.faults.operators import RoomOperator
from tests.faults.runs import Exam, Plan, Run, new_seed, operate_rooms, sit_exam, until
from tests.faults.server import running

pytestmark = [pytest.mark.faults, pytest.mark.long]

ENOUGH = 60
"""Acknowledged operations after which each of these bugs has shown itself many times."""

ENOUGH_ACTIONS = 16
"""The same for rooms, where a person acts less often than the product's limit of rate."""

PAST_THE_GRACE_S = 4.5
"""When the shortest time limit and its grace are over for a while."""


def one_process(settings: Settings) -> Settings:
    """A server of one process starts in half the time; its threads race as well as two would."""
    return replace(settings, web_workers=1, web_threads=4)


def run_with(settings: Settings, bug: str, *, least_s: float = 0.0, kill: bool = False) -> Run:
    """Let a few hasty candidates sit the exam on a product with a bug."""
    plan = Plan(candidates=6, short=2, short_s=2, think_s=(0.02, 0.1), seed=new_seed())
    print(plan)
    with running(one_process(settings) if bug else settings, planted=bug) as server:

        def meanwhile(crowd: Exam) -> None:
            until(ENOUGH, least_s)(crowd)
            if kill:
                server.kill()
                server.start()

        run = sit_exam(server, plan, meanwhile)
    print(run.report)
    return run


def test_without_a_bug_nothing_is_found(sqlite_instance):
    run = run_with(sqlite_instance, "", least_s=PAST_THE_GRACE_S, kill=True)

    assert run.faults == []
    assert run.tally.acknowledged >= ENOUGH
    assert min(run.tally.refused, run.tally.retried, run.tally.duplicate_acks) > 0


EXAM_BUGS = {
    "ack_before_commit": {FaultKind.LOST},
    "no_key_check": {FaultKind.DUPLICATE},
    "check_then_insert": {FaultKind.DUPLICATE},
    "last_arrival_wins": {FaultKind.STALE, FaultKind.PROJECTION},
    "broken_chain": {FaultKind.BROKEN_CHAIN},
    "client_clock": {FaultKind.MIS_STAMPED},
    "accept_late": {FaultKind.LATE, FaultKind.LATE_OUTSIDE},
    "accept_after_close": {FaultKind.AFTER_CLOSE},
    "refuse_after_commit+payload_altered+score_before_last_answer": {
        FaultKind.REFUSED_BUT_APPLIED,
        FaultKind.ALTERED,
        FaultKind.SCORE,
    },
}
"""What each bug must be found as, at least."""


@pytest.mark.parametrize("bug", EXAM_BUGS)
def test_a_planted_bug_is_found(sqlite_instance, bug):
    if bug in {"no_key_check", "check_then_insert"}:
        drop_key_constraint(sqlite_instance, "attempt_event")

    least_s = PAST_THE_GRACE_S if bug == "accept_late" else 0.0
    run = run_with(sqlite_instance, bug, least_s=least_s, kill=bug == "ack_before_commit")

    assert EXAM_BUGS[bug] <= {fault.kind for fault in run.faults}


def operate_with(settings: Settings, bug: str, *, kill: bool = False) -> Run:
    """Let a few people operate rooms on a product with a bug."""
    with running(one_process(settings), planted=bug) as server:

        def meanwhile(operators: Crowd[RoomOperator]) -> None:
            until(ENOUGH_ACTIONS)(operators)
            if kill:
                server.kill()
                server.start()

        run = operate_rooms(server, range(4), meanwhile)
    print(run.report)
    return run


ROOM_BUGS = {
    "room_acks_before_commit": {FaultKind.LOST},
    "room_no_key_check+room_client_queue+room_score_in_favour": {
        FaultKind.DUPLICATE,
        FaultKind.MIS_STAMPED,
        FaultKind.SCORE,
    },
}


@pytest.mark.parametrize("bug", ROOM_BUGS)
def test_a_bug_planted_into_rooms_is_found(sqlite_instance, bug):
    if "room_no_key_check" in bug:
        drop_key_constraint(sqlite_instance, "room_event")

    run = operate_with(sqlite_instance, bug, kill=bug == "room_acks_before_commit")

    assert ROOM_BUGS[bug] <= {fault.kind for fault in run.faults}
