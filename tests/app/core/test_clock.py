"""A clock that follows small corrections and refuses to be set."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta

import pytest

from app.core import clock
from app.core.clock import SteadyClock

BEGAN = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)


class Machine:
    """A machine's two clocks: the one that is set, and the one that is not."""

    def __init__(self):
        self.wall_s, self.steady_s = BEGAN.timestamp(), 1000.0
        self.clock = SteadyClock(lambda: self.wall_s, lambda: self.steady_s)

    def pass_time(self, seconds, *, off_s=0.0):
        self.wall_s += seconds + off_s
        self.steady_s += seconds


@pytest.fixture
def machine():
    return Machine()


def test_goes_with_the_wall_clock(machine):
    machine.pass_time(3600)

    assert machine.clock.now() == BEGAN + timedelta(hours=1)
    assert machine.clock.step_s() == 0


@pytest.mark.parametrize("set_by_s", [1800, -7200, 6, -6])
def test_a_clock_that_is_set_moves_nothing_and_is_told_once(machine, set_by_s, caplog, monkeypatch):
    monkeypatch.setattr(clock.logger, "disabled", False)  # a linter run beside switches it off
    machine.pass_time(60, off_s=set_by_s)
    with caplog.at_level(logging.ERROR, "app.core.clock"):
        seen = [machine.clock.now() for _ in range(3)]

    assert seen == [BEGAN + timedelta(minutes=1)] * 3
    assert machine.clock.step_s() == set_by_s
    assert len(caplog.records) == 1


def test_set_back_again_it_goes_with_it(machine):
    machine.pass_time(60, off_s=1800)
    machine.clock.now()
    machine.pass_time(60, off_s=-1800)

    assert machine.clock.now() == BEGAN + timedelta(minutes=2)
    assert machine.clock.step_s() == 0


def test_small_corrections_are_followed_however_many(machine):
    for _ in range(100):
        machine.pass_time(60, off_s=1)
        machine.clock.now()

    assert machine.clock.now() == BEGAN + timedelta(seconds=100 * 61)
    assert machine.clock.step_s() == 0
