"""The room's clock is a pure function of its events and a moment."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.rooms.clocks import TICK_MS, RoomClock, changed_clock
from tests.conftest import NOON

DURATION_TICKS = 360


def seconds(n: float) -> timedelta:
    return timedelta(seconds=n)


@pytest.fixture
def clock() -> RoomClock:
    return RoomClock.starting(NOON, 4, DURATION_TICKS)


class TestTickAt:
    def test_stands_at_zero_during_the_countdown(self, clock):
        assert clock.tick_at(NOON - seconds(10)) == 0
        assert not clock.has_started(NOON - seconds(1))
        assert clock.has_started(NOON)

    def test_runs_four_times_as_fast_as_the_wall(self, clock):
        assert clock.tick_at(NOON + seconds(1.249)) == 0
        assert clock.tick_at(NOON + seconds(1.25)) == 1
        assert clock.tick_at(NOON + seconds(60)) == 48

    def test_does_not_go_beyond_the_end(self, clock):
        assert clock.tick_at(NOON + timedelta(days=1)) == DURATION_TICKS
        assert clock.is_over(clock.ends_at())
        assert not clock.is_over(clock.ends_at() - seconds(1))

    def test_never_goes_back_when_the_servers_clock_is_set_back(self, clock):
        later = clock.paused(NOON + seconds(100)).resumed(NOON + seconds(100))

        assert later.tick_at(NOON - timedelta(hours=2)) == later.tick_at(NOON + seconds(100))

    def test_says_when_the_next_tick_comes(self, clock):
        assert clock.ms_to_next_tick(NOON) == TICK_MS // 4
        assert clock.ms_to_next_tick(NOON + seconds(1)) == 250
        assert clock.ms_to_next_tick(NOON - seconds(2)) == 2000
        assert clock.paused(NOON).ms_to_next_tick(NOON) is None


class TestSameUntil:
    @pytest.mark.parametrize("offset_s", [-5, 0, 0.3, 1.2499, 1.25, 77.7])
    def test_the_tick_is_the_same_until_just_before_it(self, clock, offset_s):
        now = NOON + seconds(offset_s)

        until = clock.same_until(now)

        before = until - timedelta(microseconds=1)
        assert until > now or clock.ms_to_next_tick(now) == 1
        assert clock.tick_at(max(now, before)) == clock.tick_at(now)
        assert clock.has_started(max(now, before)) == clock.has_started(now)

    def test_a_clock_that_stands_is_asked_again_in_a_minute(self, clock):
        assert clock.paused(NOON).same_until(NOON + seconds(5)) == NOON + seconds(65)


class TestChangedClock:
    def test_a_pause_stops_room_time_and_the_end(self, clock):
        paused = clock.paused(NOON + seconds(10))

        assert paused.room_ms_at(NOON + seconds(500)) == 40_000
        assert paused.ends_at() is None
        resumed = paused.resumed(NOON + seconds(500))
        assert resumed.room_ms_at(NOON + seconds(501)) == 44_000

    def test_a_speed_counts_from_its_moment_on(self, clock):
        faster = clock.at_speed(NOON + seconds(10), 8)

        assert faster.room_ms_at(NOON + seconds(10)) == 40_000
        assert faster.room_ms_at(NOON + seconds(11)) == 48_000

    def test_a_step_goes_on_by_whole_ticks(self, clock):
        stepped = clock.paused(NOON + seconds(2)).stepped(NOON + seconds(9), 12)

        assert stepped.tick_at(NOON + seconds(9)) == 1 + 12
        assert stepped.stepped(NOON, 10_000).is_over(NOON)

    def test_a_step_to_the_end_ends_a_paused_room(self, clock):
        stepped = clock.paused(NOON).stepped(NOON + seconds(5), DURATION_TICKS)

        assert stepped.ends_at() == NOON + seconds(5)

    def test_folding_events_in_order_gives_the_same_clock_every_time(self, clock):
        events = [
            ("opened", {"epoch": 1}, 1),
            ("paused", {}, 20),
            ("stepped", {"ticks": 12}, 30),
            ("speed", {"speed": 8}, 31),
            ("resumed", {}, 40),
            ("acted", {}, 41),
        ]

        def folded():
            one = clock
            for kind, payload, at in events:
                one = changed_clock(one, kind, payload, NOON + seconds(at))
            return one

        assert folded() == folded()
        assert folded().room_ms_at(NOON + seconds(50)) == 80_000 + 60_000 + 80_000
