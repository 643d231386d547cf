"""What a cockpit is told at each poll, and the tag by which it knows that nothing changed."""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.rooms import forecasts, presenting, queries, replaying
from app.rooms.clocks import RoomClock
from app.rooms.models import RoomSession
from app.rooms.standing import RunningRoom
from simulations.cockpit import order_fates
from simulations.rooms import minute_series
from simulations.scenarios import Scenario

SCENARIOS_KEPT = 2000
"""Rooms whose scenario a process remembers; many rooms share one object."""

_SCENARIOS: OrderedDict[str, Scenario] = OrderedDict()


def etag_of(clock: RoomClock, event_count: int, after: int, now: datetime) -> str:
    """Return the tag of a poll's answer: another tick, event or question makes another."""
    return f"{clock.tick_at(now)}-{event_count}-{clock.has_started(now):d}-{after}"


def poll_answer(
    db_session: Session,
    room: RoomSession | RunningRoom,
    *,
    after: int,
    with_series: bool,
    now: datetime,
) -> dict[str, Any]:
    """Return everything that may have changed since the page's last look.

    Args:
        db_session: A session to read with.
        room: A running room whose plan, if it has one, is fixed.
        after: The newest event of the log that the page has.
        with_series: Whether the curves and the crew's orders are wanted too.
        now: The moment (aware).
    """
    scenario = _scenario_of(db_session, room)
    state = queries.state_of(db_session, room, scenario, now=now)
    events = queries.events_of(db_session, room.id, after=after) if room.event_count > after else ()
    body = presenting.poll_body(room, scenario, state, events, now=now)
    asked = forecasts.forecast_body(db_session, room, scenario, state.tick)
    if asked is not None:
        body["forecast"] = asked
    if with_series:
        log = queries.log_of(db_session, room)
        fates = order_fates(scenario, room.keys, log, state.tick)
        body["orders"] = presenting.order_entries(scenario, fates)
        body["series"] = presenting.series_body(minute_series(scenario, room.keys, log, state.tick))
    return body


def is_known(public_id: str) -> bool:
    """Say whether this process looked at the room before, so that `RunningRoom` is enough."""
    return public_id in _SCENARIOS and replaying.is_known(public_id)


def _scenario_of(db_session: Session, room: RoomSession | RunningRoom) -> Scenario:
    """Return the room's scenario with its plan: both stand fast once it runs."""
    known = _SCENARIOS.get(room.public_id)
    if known is None:
        assert isinstance(room, RoomSession), "unknown rooms come as rows"
        known = queries.room_scenario(db_session, room)
        _SCENARIOS[room.public_id] = known
        while len(_SCENARIOS) > SCENARIOS_KEPT:
            _SCENARIOS.popitem(last=False)
    return known
