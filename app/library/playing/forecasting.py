"""The author's forecasts in a playtest: asked for as in a room, kept in its log."""

from __future__ import annotations

from datetime import datetime

from app.core.errors import SupersededSessionError
from app.library.playing import services
from app.library.playing.models import Playtest
from app.rooms.acting import RoomNotStartedError
from app.rooms.forecasts import (
    ForecastGivenError,
    GivenForecast,
    NoForecastAskedError,
    SentForecast,
    given,
)
from simulations.asking import open_prompt


def forecasts_in(playtest: Playtest) -> list[GivenForecast]:
    """Return the forecasts that the author gave, in order."""
    return [
        given(place, {**one["forecast"], "tick": one["tick"]})
        for place, one in enumerate(playtest.log, 1)
        if "forecast" in one
    ]


def give_forecast(playtest: Playtest, sent: SentForecast, *, now: datetime) -> GivenForecast:
    """Log a forecast in a locked playtest, as a room would; a repeat of the same key does nothing.

    Raises:
        RoomOverError, RoomNotStartedError: Not any more, or not yet.
        SupersededSessionError: Another page operates it.
        NoForecastAskedError: None is asked for at this tick.
        ForecastGivenError: This one was given before.
    """
    stated = forecasts_in(playtest)
    for one in stated:
        if playtest.log[one.sequence - 1]["key"] == sent.key:
            return one
    services.check_open(playtest, now)
    if sent.writer_epoch != playtest.writer_epoch:
        raise SupersededSessionError(f"{playtest!r}: {sent.writer_epoch}")
    if not playtest.clock.has_started(now):
        raise RoomNotStartedError(f"{playtest!r}")
    tick = max(playtest.clock.tick_at(now), services.last_tick(playtest))
    prompt = open_prompt(services.scenario_of(playtest), tick)
    if prompt is None:
        raise NoForecastAskedError(f"{playtest!r} at tick {tick}")
    if any(one.prompt == prompt for one in stated):
        raise ForecastGivenError(f"{playtest!r}: forecast {prompt}")
    made = GivenForecast(playtest.event_count + 1, prompt, tick, sent.forecast)
    payload = {name: value for name, value in made.to_dict().items() if name != "tick"}
    entry = {"tick": tick, "forecast": payload, "key": sent.key, "by": services.OWN}
    playtest.log = [*playtest.log, entry]
    return made
