"""What the day of a 营期 makes of a room: its scenario, and the policy that marks 100 points.

Pure in what the room pinned, `RoomSession.linked`; see `app.rooms.linking` for how it came there.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from simulations.linked import scenario_of_day
from simulations.periods import LinkedSession
from simulations.planning import Opening
from simulations.policies import Reference, parse_reference
from simulations.scenarios import Scenario


def on_its_day(scenario: Scenario, linked: Mapping[str, Any]) -> Scenario:
    """Return a scenario with the traffic of its day and what the sessions before left.

    Args:
        scenario: As published.
        linked: Of the room.
    """
    session = LinkedSession.model_validate_json(json.dumps(linked["session"]))
    opening = Opening.model_validate_json(json.dumps(linked["opening"]))
    return scenario_of_day(scenario, session).with_opening(opening)


def reference_of_period(scenario: Scenario, linked: Mapping[str, Any]) -> Reference:
    """Return the reference that was searched for the whole period, as the room pinned it."""
    body = linked["reference"]
    found = parse_reference(scenario, body)
    return Reference(found.policy, found.span_floor_log, bool(body["is_stale"]))
