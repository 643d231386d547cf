"""When a room asks for a forecast (预判): moments, and how long each may be answered."""

from typing import NamedTuple

from simulations.checks import LEAST_ANSWER_WALL_S
from simulations.scenarios import TICK_S, TICKS_PER_MINUTE, Scenario

ASKED_MIN = (30, 90, 180)
"""Minutes at which a forecast is asked for. Half an hour into six hours a good operator says what
the session will make, and looks again later (source: the case material's forecasts)."""

LATEST_SHARE = 2 / 3
"""No forecast is asked for behind this share of the session: little is left to foresee then."""

OPEN_MIN = 10
"""Minutes of room time in which a forecast may be given."""

ASKING_LEVELS = ("intermediate", "senior")
"""初级 reads the room; forecasting it is asked from 中级 on."""


class Prompt(NamedTuple):
    """One request for a forecast: may be answered from `tick` until before `until_tick`."""

    tick: int
    until_tick: int


def forecast_prompts(scenario: Scenario) -> tuple[Prompt, ...]:
    """Return the moments at which the room asks for a forecast, in order."""
    if scenario.level not in ASKING_LEVELS:
        return ()
    open_ticks = max(OPEN_MIN * TICKS_PER_MINUTE, least_window_ticks(scenario.speed.exam))
    return tuple(
        Prompt(minute * TICKS_PER_MINUTE, minute * TICKS_PER_MINUTE + open_ticks)
        for minute in ASKED_MIN
        if minute <= scenario.duration_min * LATEST_SHARE
    )


def open_prompt(scenario: Scenario, tick: int) -> int | None:
    """Return the position of the prompt that may be answered at a tick, if there is one."""
    for number, prompt in enumerate(forecast_prompts(scenario)):
        if prompt.tick <= tick < prompt.until_tick:
            return number
    return None


def least_window_ticks(speed: float) -> int:
    """Return the shortest window for a human answer at a speed, in ticks.

    Args:
        speed: Room seconds in a second of the wall.
    """
    return -int(-LEAST_ANSWER_WALL_S * speed // TICK_S)
