"""What a cockpit is told at each poll, and the tag by which it knows that nothing changed."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.rooms import forecasts, presenting, queries, replaying
from app.rooms.clocks import RoomClock
from app.rooms.forecasts import GivenForecast
from app.rooms.models import RoomSession
from app.rooms.standing import RunningRoom
from simulations.cockpit import order_fates
from simulations.rooms import LoggedAction, RoomState, minute_series
from simulations.scenarios import Scenario

ROOMS_KEPT = 2000
"""Rooms whose scenario and forecasts a process remembers; many rooms share one scenario."""

_SCENARIOS: OrderedDict[tuple[str, str | None], Scenario] = OrderedDict()
"""By room and the cards that were played in it."""

_STATED: OrderedDict[str, tuple[int, tuple[GivenForecast, ...]]] = OrderedDict()
"""By room: its newest event then, and the forecasts up to it."""


def etag_of(clock: RoomClock, event_count: int, after: int, now: datetime) -> str:
    """Return the tag of a poll's answer: another tick, event or question makes another."""
    return f"{clock.tick_at(now)}-{event_count}-{clock.has_started(now):d}-{after}"


def poll_answer(
    sessions: Callable[[], Session],
    room: RoomSession | RunningRoom,
    *,
    after: int,
    with_series: bool,
    now: datetime,
) -> dict[str, Any]:
    """Return everything that may have changed since the page's last look.

    Args:
        sessions: Gives a session to read with, if one is needed.
        room: A running room whose plan, if it has one, is fixed.
        after: The newest event of the log that the page has.
        with_series: Whether the curves and the crew's orders are wanted too.
        now: The moment (aware).
    """
    scenario = _scenario_of(sessions, room)
    state = _state_of(sessions, room, scenario, now)
    events = queries.events_of(sessions(), room.id, after=after) if room.event_count > after else ()
    body = presenting.poll_body(room, scenario, state, events, now=now)
    asked = forecasts.forecast_body(scenario, state.tick, lambda: _stated(sessions, room))
    if asked is not None:
        body["forecast"] = asked
    if with_series:
        log = queries.log_of(sessions(), room)
        fates = order_fates(scenario, room.keys, log, state.tick)
        body["orders"] = presenting.order_entries(scenario, fates)
        body["series"] = presenting.series_body(minute_series(scenario, room.keys, log, state.tick))
    return body


def tick_answer(room: RunningRoom, *, after: int, now: datetime) -> dict[str, Any] | None:
    """Return `poll_answer` of a room in which only time passed since the page's last look.

    It needs neither the database nor a language; None if the answer does, or if this process does
    not know the room.
    """
    scenario = _SCENARIOS.get((room.public_id, room.cards))
    log = replaying.known_log(room.public_id, room.event_count)
    if scenario is None or log is None or room.event_count > after or scenario.crew is not None:
        return None
    held = _STATED.get(room.public_id)
    if held is not None and held[0] != room.event_count:
        return None
    state = _known_state(room, scenario, log, now)
    if held is None and state.tick >= forecasts.asked_from_tick(scenario):
        return None
    body = presenting.poll_body(room, scenario, state, (), now=now)
    asked = forecasts.forecast_body(scenario, state.tick, lambda: held[1] if held else ())
    if asked is not None:
        body["forecast"] = asked
    return body


def _stated(
    sessions: Callable[[], Session], room: RoomSession | RunningRoom
) -> Sequence[GivenForecast]:
    """Return the room's forecasts; they are read again only when its log has grown."""
    held = _STATED.get(room.public_id)
    if held is None or held[0] != room.event_count:
        held = room.event_count, tuple(forecasts.forecasts_of(sessions(), room))
        _STATED[room.public_id] = held
        while len(_STATED) > ROOMS_KEPT:
            _STATED.popitem(last=False)
    return held[1]


def is_known(room: RunningRoom) -> bool:
    """Say whether this process looked at the room before, so that `RunningRoom` is enough."""
    return (room.public_id, room.cards) in _SCENARIOS and replaying.is_known(room.public_id)


def _state_of(
    sessions: Callable[[], Session],
    room: RoomSession | RunningRoom,
    scenario: Scenario,
    now: datetime,
) -> RoomState:
    """Return the room's state now; where this process knows all its events, without a session."""
    log = replaying.known_log(room.public_id, room.event_count)
    if log is None:
        return queries.state_of(sessions(), room, scenario, now=now)
    return _known_state(room, scenario, log, now)


def _known_state(
    room: RoomSession | RunningRoom,
    scenario: Scenario,
    log: tuple[LoggedAction, ...],
    now: datetime,
) -> RoomState:
    tick = max(room.clock.tick_at(now), room.last_tick)
    return replaying.state_at(
        room.public_id, scenario, room.keys, log, tick, sequence=room.event_count
    )


def _scenario_of(sessions: Callable[[], Session], room: RoomSession | RunningRoom) -> Scenario:
    """Return the room's scenario with its plan, which stands fast once it runs, and its cards."""
    known = _SCENARIOS.get((room.public_id, room.cards))
    if known is None:
        assert isinstance(room, RoomSession), "unknown rooms come as rows"
        known = queries.room_scenario(sessions(), room)
        _SCENARIOS[room.public_id, room.cards] = known
        while len(_SCENARIOS) > ROOMS_KEPT:
            _SCENARIOS.popitem(last=False)
    return known
