"""A bad network between candidates and server (F5, F6), and everybody at the deadline (F8)."""

from __future__ import annotations

import time
from dataclasses import dataclass

import pytest

from app.core.config import Settings
from tests.faults.proxy import proxied
from tests.faults.runs import Exam, Plan, new_seed, sit_exam, until
from tests.faults.server import running

pytestmark = pytest.mark.faults

MODES = ("cut_reply", "reset", "slow", "trickle")
PER_MODE = 12
"""Operations that succeed in each mode before the next one begins."""

CUT_OFF_S = 4.0
"""How long nothing passes at all."""


@dataclass(frozen=True)
class Way:
    """A server as its clients reach it."""

    address: str
    settings: Settings


def test_a_bad_network_loses_and_doubles_nothing(sqlite_instance: Settings):
    """F5: replies lost, connections reset, slow and trickling requests; F6: nothing passes."""
    plan = Plan(candidates=6, short=0, short_s=0, think_s=(0.05, 0.3), seed=new_seed())
    print(plan)
    with (
        running(sqlite_instance) as server,
        proxied(server.address, seed=plan.seed) as proxy,
    ):

        def worsen(crowd: Exam) -> None:
            for mode in MODES:
                proxy.mode = mode
                until(crowd.acknowledged_count + PER_MODE)(crowd)
            proxy.mode = "blackhole"
            before = crowd.acknowledged_count
            time.sleep(CUT_OFF_S)
            # A reply that had left the server may still be read; nothing new gets through.
            assert crowd.acknowledged_count <= before + plan.candidates
            proxy.mode = "open"
            until(crowd.acknowledged_count + PER_MODE)(crowd)

        run = sit_exam(Way(proxy.address, server.settings), plan, worsen)  # type: ignore[arg-type]
        print(run.report, proxy.hurt)

    assert run.faults == [], run.report
    assert set(run.tally.statuses) <= {200, 409, 429, 503, None}, run.report
    assert all(proxy.hurt[mode] > 0 for mode in (*MODES, "blackhole"))
    assert min(run.tally.retried, run.tally.duplicate_acks) > 0


def test_the_deadline_race_keeps_nothing_late_and_closes_everybody(sqlite_instance: Settings):
    """F8: all save and submit until a second after the grace; the score is of what is stored."""
    plan = Plan(candidates=8, short=8, short_s=4, think_s=(0.02, 0.15), seed=new_seed())
    print(plan)
    past_the_grace_s = plan.short_s + 2 + 1

    with running(sqlite_instance) as server:
        run = sit_exam(server, plan, until(0, least_s=past_the_grace_s))
    print(run.report)

    assert run.faults == [], run.report
    assert run.tally.refused > 0
    assert run.tally.acknowledged > plan.candidates
