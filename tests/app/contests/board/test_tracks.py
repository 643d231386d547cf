"""A track that was followed tick by tick stands where a replay from the start stands."""

import pytest

from app.contests.board.tracks import Tracks
from simulations.actions import parse_action
from simulations.rooms import LoggedAction, keys_of_seed, minute_series
from tests.factories.rooms import little_scenario

KEYS = keys_of_seed(5)


def acted(tick: int, code: str) -> LoggedAction:
    return LoggedAction(tick, parse_action({"verb": "pin", "product": code}))


@pytest.fixture(scope="module")
def log() -> list[LoggedAction]:
    codes = [one.code for one in little_scenario().products]
    return [acted(12 * n + 5, codes[n % len(codes)]) for n in range(4)]


class TestLived:
    def test_following_equals_starting_anew(self, log):
        scenario, tracks = little_scenario(), Tracks()

        for tick in range(0, scenario.duration_ticks + 1, 7):
            known = [entry for entry in log if entry.tick <= tick]
            followed = tracks.lived("room", scenario, KEYS, known, tick)
            assert followed == Tracks().lived("room", scenario, KEYS, known, tick)

        gmv = minute_series(scenario, KEYS, log, tick)["gmv_fen"]
        assert followed[0].by_minute_fen[-1] == pytest.approx(sum(gmv), abs=1)

    def test_what_comes_after_the_tick_does_not_count(self, log):
        scenario = little_scenario()

        with_future, _ = Tracks().lived("room", scenario, KEYS, log, 20)
        without, _ = Tracks().lived("room", scenario, KEYS, log[:2], 20)

        assert with_future == without

    def test_an_action_that_came_late_is_seen(self, log):
        scenario, tracks = little_scenario(), Tracks()
        tracks.lived("room", scenario, KEYS, log[:1], 40)

        found = tracks.lived("room", scenario, KEYS, log, 40)

        assert found == Tracks().lived("room", scenario, KEYS, log, 40)
