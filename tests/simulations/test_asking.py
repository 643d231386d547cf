import pytest

from simulations.asking import forecast_prompts, least_window_ticks, open_prompt
from simulations.checks import LEAST_ANSWER_WALL_S
from simulations.loading import parse_scenario, shipped_scenarios
from simulations.scenarios import TICK_S


@pytest.fixture
def long_room(mapping):
    """Return a maker: the tiny room of another level and length."""

    def make(level, minutes, speed=2):
        mapping["level"], mapping["duration_min"] = level, minutes
        mapping["speed"] = {"exam": speed, "practice": [1]}
        mapping["phases"] = [{"title": "全场", "until_min": minutes}]
        return parse_scenario(mapping)

    return make


class TestForecastPrompts:
    @pytest.mark.parametrize(
        ("minutes", "asked"),
        [(40, []), (60, [30]), (120, [30]), (180, [30, 90]), (240, [30, 90]), (360, [30, 90, 180])],
    )
    def test_lie_in_the_first_two_thirds(self, long_room, minutes, asked):
        prompts = forecast_prompts(long_room("senior", minutes))

        assert [prompt.tick / 12 for prompt in prompts] == asked

    def test_the_lowest_level_is_not_asked(self, long_room):
        assert forecast_prompts(long_room("junior", 360)) == ()

    def test_leave_time_to_answer_at_every_speed(self):
        for scenario in shipped_scenarios().values():
            for prompt in forecast_prompts(scenario):
                wall_s = (prompt.until_tick - prompt.tick) * TICK_S / scenario.speed.exam
                assert wall_s >= LEAST_ANSWER_WALL_S


class TestOpenPrompt:
    def test_is_open_from_its_tick_until_before_its_end(self, long_room):
        room = long_room("senior", 180)

        assert [open_prompt(room, tick) for tick in (359, 360, 479, 480, 1080)] == [
            None,
            0,
            0,
            None,
            1,
        ]


class TestLeastWindowTicks:
    @pytest.mark.parametrize(("speed", "ticks"), [(1, 9), (2, 18), (4, 36), (0.8, 8)])
    def test_is_long_enough_on_the_wall(self, speed, ticks):
        assert least_window_ticks(speed) == ticks
        assert ticks * TICK_S / speed >= LEAST_ANSWER_WALL_S > (ticks - 1) * TICK_S / speed
