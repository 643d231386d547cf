"""Everybody at the deadline (F8)."""

from __future__ import annotations

import pytest

from app.core.config import Settings
from tests.faults.runs import Plan, new_seed, sit_exam, until
from tests.faults.server import running

pytestmark = pytest.mark.faults


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
