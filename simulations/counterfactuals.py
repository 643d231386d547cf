"""What each action was worth: the debrief's "what if you had not"."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from simulations.scenarios import Scenario
from simulations.states import LoggedAction, RoomKeys
from simulations.whatif import Removal, effects_of


@dataclass(frozen=True, slots=True)
class Counterfactual:
    """What one action was worth: the session with it against the session without it."""

    index: int
    tick: int
    action: dict[str, Any]
    net_worth_fen: int
    margin_worth_fen: int
    lived_noise_fen: int | None


def one_change_counterfactuals(
    scenario: Scenario,
    keys: RoomKeys,
    log: Sequence[LoggedAction],
    *,
    most: int = 200,
    noise_seeds: int = 0,
) -> list[Counterfactual]:
    """Return the worth of each action, greatest effect first.

    Each action is dropped in turn and the rest replayed on the twin, so that the difference is the
    action's and not luck's. What only it made possible is then refused, as it would have been.

    Args:
        scenario: The scenario.
        keys: The room's keys.
        log: The log.
        most: At most so many actions are tried, evenly spread over the log.
        noise_seeds: If positive, how much the same difference would vary on lived paths is
            measured over so many micro keys (64 is usual) and given as a standard deviation.
    """
    chosen = list(range(len(log)))
    if len(log) > most:
        chosen = sorted({i * len(log) // most for i in range(most)})
    changes = [Removal(index) for index in chosen]
    found = [
        Counterfactual(
            index=index,
            tick=effect.tick,
            action=effect.action,
            # Worth is what the session loses without the action.
            net_worth_fen=-effect.net_effect_fen,
            margin_worth_fen=-effect.margin_effect_fen,
            lived_noise_fen=effect.lived_noise_fen,
        )
        for index, effect in zip(
            chosen,
            effects_of(scenario, keys, log, changes, noise_seeds=noise_seeds),
            strict=True,
        )
    ]
    return sorted(found, key=lambda one: -abs(one.net_worth_fen))
