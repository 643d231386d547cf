"""Forecasts (预判) that an operator gives in a room: asked for at fixed moments, final, logged.

A forecast is an event of the room's chain like an action, but no action: it changes nothing in
the room. It is judged when the room is over (`simulations.forecasting.judge_forecast`), on the
room as it stood at the tick at which it was given.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import inf
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.errors import ConflictError, SupersededSessionError
from app.core.hashing import canonical_json
from app.rooms.acting import RoomHaltedError, RoomNotStartedError, RoomOverError
from app.rooms.chains import append_to, is_known
from app.rooms.models import RoomEvent, RoomSession
from app.rooms.standing import RunningRoom
from simulations.asking import forecast_prompts, open_prompt
from simulations.forecasting import Forecast
from simulations.scenarios import TICK_S, Scenario

KIND = "forecast"

QUANTILE_FIELDS = ("p10_fen", "p50_fen", "p90_fen")


class NoForecastAskedError(ConflictError):
    """Raised when no forecast is asked for now, or the time to give it has passed."""

    code = "no_forecast_asked"


class ForecastGivenError(ConflictError):
    """Raised when the forecast that is asked for was given: it is final."""

    code = "forecast_given"


@dataclass(frozen=True)
class SentForecast:
    """A forecast as the client sent it; `key` is its idempotency key."""

    key: str
    forecast: Forecast
    writer_epoch: int

    @property
    def sent(self) -> str:
        """What a repeat must match."""
        return canonical_json(_amounts(self.forecast))


@dataclass(frozen=True)
class GivenForecast:
    """A forecast of the log.

    Attributes:
        sequence: Its place in the log.
        prompt: Position of the request that it answers, from 0.
        tick: When it was given; it is judged on the room as it stood then.
        forecast: What was stated.
    """

    sequence: int
    prompt: int
    tick: int
    forecast: Forecast

    def to_dict(self) -> dict[str, Any]:
        """Return the event's payload."""
        return {"prompt": self.prompt, "tick": self.tick, **_amounts(self.forecast)}


def give_forecast(
    db_session: Session,
    room: RoomSession,
    scenario: Scenario,
    sent: SentForecast,
    *,
    now: datetime,
) -> GivenForecast:
    """Log a forecast; a repeat of the same key returns what was logged.

    Args:
        db_session: The session of the caller's transaction.
        room: A locked room.
        scenario: The room's scenario.
        sent: The forecast.
        now: The moment (aware).

    Raises:
        RoomOverError, RoomNotStartedError: Not any more, or not yet.
        SupersededSessionError: Another page operates the room.
        RoomHaltedError: The clocks of a contest's round stand.
        NoForecastAskedError: None is asked for at this tick.
        ForecastGivenError: This one was given before; nothing is changed.
        IdempotencyKeyReusedError: The key came before with something else.
    """
    if is_known(db_session, room, sent.key, sent.sent):
        return next(one for one in forecasts_of(db_session, room) if one.forecast == sent.forecast)
    if not room.is_open or room.clock.is_over(now):
        raise RoomOverError(f"{room!r}")
    if sent.writer_epoch != room.writer_epoch:
        raise SupersededSessionError(f"{room!r}: {sent.writer_epoch} < {room.writer_epoch}")
    if not room.clock.has_started(now):
        raise RoomNotStartedError(f"{room!r}")
    if room.is_exam and room.is_paused:
        raise RoomHaltedError(f"{room!r}")
    tick = max(room.clock.tick_at(now), room.last_tick)
    prompt = open_prompt(scenario, tick)
    if prompt is None:
        raise NoForecastAskedError(f"{room!r} at tick {tick}")
    if any(one.prompt == prompt for one in forecasts_of(db_session, room)):
        raise ForecastGivenError(f"{room!r}: forecast {prompt}")
    payload = GivenForecast(room.event_count + 1, prompt, tick, sent.forecast).to_dict()
    append_to(db_session, room, KIND, payload, now=now, key=sent.key, sent=sent.sent)
    # An action never stands before a forecast that was given later: ticks of a log never fall.
    room.last_tick = tick
    db_session.flush()
    return GivenForecast(room.event_count, prompt, tick, sent.forecast)


def forecast_body(
    scenario: Scenario, tick: int, stated_so_far: Callable[[], Sequence[GivenForecast]]
) -> dict[str, Any] | None:
    """Return which forecast is asked for at a tick and what was given, None if none ever is.

    Args:
        scenario: The room's scenario.
        tick: The moment.
        stated_so_far: Gives the room's forecasts; asked only once one could be among them.
    """
    prompts = forecast_prompts(scenario)
    if not prompts:
        return None
    stated = stated_so_far() if tick >= prompts[0].tick else ()
    number = open_prompt(scenario, tick)
    if number is not None and any(one.prompt == number for one in stated):
        number = None
    return {
        "open": number,
        "until_s": None if number is None else prompts[number].until_tick * TICK_S,
        "given": [{"at_s": one.tick * TICK_S, **_amounts(one.forecast)} for one in stated],
    }


def asked_from_tick(scenario: Scenario) -> float:
    """Return the tick from which a forecast may have been given; infinite where none is asked."""
    prompts = forecast_prompts(scenario)
    return prompts[0].tick if prompts else inf


def forecasts_of(db_session: Session, room: RoomSession | RunningRoom) -> list[GivenForecast]:
    """Return the forecasts that were given in a room, in order."""
    rows = db_session.execute(
        select(RoomEvent.sequence, RoomEvent.payload)
        .where(RoomEvent.room_session_id == room.id, RoomEvent.kind == KIND)
        .order_by(RoomEvent.sequence)
    )
    return [given(row.sequence, json.loads(row.payload)) for row in rows]


def given(sequence: int, payload: dict[str, Any]) -> GivenForecast:
    """Return the forecast of an event's payload."""
    forecast = Forecast(*(payload[field] for field in QUANTILE_FIELDS))
    return GivenForecast(sequence, payload["prompt"], payload["tick"], forecast)


def _amounts(forecast: Forecast) -> dict[str, int]:
    return dict(zip(QUANTILE_FIELDS, forecast.quantiles, strict=True))
