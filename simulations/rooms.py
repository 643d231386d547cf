"""The room as its callers see it: keys, log, state, and the questions to a state.

Everything here is a pure function. A room's state at a tick follows from scenario, keys and log
(`replay`); whether an action is allowed (`admissible`) and what the cockpit shows (`observe`)
follow from scenario and state; curves (`minute_series`) follow from the log again.
"""

from simulations.actions import Action, encode
from simulations.briefing import brief
from simulations.engines.v1.codes import REFUSALS
from simulations.engines.v1.orders import refusal
from simulations.errors import ActionRefusedError
from simulations.observing import observe
from simulations.scenarios import Scenario
from simulations.series import minute_series
from simulations.states import (
    LoggedAction,
    RoomKeys,
    RoomState,
    keys_of_seed,
    new_keys,
    replay,
    setting_for,
)

__all__ = [
    "LoggedAction",
    "RoomKeys",
    "RoomState",
    "admissible",
    "brief",
    "keys_of_seed",
    "minute_series",
    "new_keys",
    "observe",
    "replay",
]


def admissible(scenario: Scenario, state: RoomState, action: Action) -> None:
    """Check that the room accepts an action at its present tick.

    Args:
        scenario: The scenario of the state.
        state: The room, with every action logged so far folded in, those of this tick included.
        action: The action.

    Raises:
        ActionRefusedError: With the rule's code; the action must not be logged.
    """
    verb, target, amount, extra = encode(action, scenario)
    why = refusal(state.numbers, setting_for(scenario), verb, int(target), amount, extra)
    if why > 0:
        raise ActionRefusedError(REFUSALS[why])
