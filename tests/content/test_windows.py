"""What ships gives time to judge: 45 seconds on the wall for every answer, wherever it counts."""

from __future__ import annotations

import pytest

from certificates.loading import load_programmes
from simulations.asking import forecast_prompts
from simulations.checks import LEAST_ANSWER_WALL_S, MOST_SPEED, speed_problems
from simulations.loading import shipped_scenarios
from simulations.scenarios import TICK_S

SCENARIOS = {scenario.ref: scenario for scenario in shipped_scenarios().values()}

CONTEST_SPEED = 2.0
"""The most that a round of a contest may be set to, whatever the scenario's level."""

PROGRAMME_ROOMS = [
    (f"{programme.ref}:{part}", room.scenario_ref, room.speed)
    for programme in load_programmes()
    for part in ("room", "second_room")
    if (room := getattr(programme, part)) is not None
]


def wall_windows_s(ref: str, speed: float) -> dict[str, float]:
    """Return every time that a room gives for an answer, in seconds on the wall."""
    scenario = SCENARIOS[ref]
    minutes = {one.id: one.lasts_min for one in scenario.incidents}
    windows = {name: one * 60 / speed for name, one in minutes.items()}
    windows["warning"] = scenario.compliance.answer_min * 60 / speed
    for number, prompt in enumerate(forecast_prompts(scenario)):
        windows[f"forecast {number}"] = (prompt.until_tick - prompt.tick) * TICK_S / speed
    return windows


class TestWindows:
    @pytest.mark.parametrize(
        ("ref", "speed"),
        [pytest.param(ref, speed, id=name) for name, ref, speed in PROGRAMME_ROOMS],
    )
    def test_at_the_speed_that_a_programme_sets(self, ref, speed):
        windows = wall_windows_s(ref, speed)

        assert list(speed_problems(SCENARIOS[ref], speed)) == []
        assert min(windows.values()) >= LEAST_ANSWER_WALL_S, windows

    @pytest.mark.parametrize("ref", sorted(SCENARIOS))
    def test_at_its_own_speed_and_in_a_contest(self, ref):
        scenario = SCENARIOS[ref]

        for speed in (scenario.speed.exam, min(CONTEST_SPEED, MOST_SPEED[scenario.level])):
            windows = wall_windows_s(ref, speed)

            assert speed <= MOST_SPEED[scenario.level]
            assert min(windows.values()) >= LEAST_ANSWER_WALL_S, (speed, windows)
