"""What each action was worth: the debrief's "what if you had not"."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import stdev
from typing import Any

from simulations.outcomes import outcome_of
from simulations.scenarios import Scenario
from simulations.states import LoggedAction, RoomKeys, keys_of_seed


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
    base = outcome_of(scenario, keys.twin, log)
    paths = [RoomKeys(keys.macro, keys_of_seed(seed).micro) for seed in range(noise_seeds)]
    lived = [outcome_of(scenario, path, log).net_fen for path in paths]
    found = []
    for index in chosen:
        without = [*log[:index], *log[index + 1 :]]
        other = outcome_of(scenario, keys.twin, without)
        noise = None
        if paths:
            effects = [
                net - outcome_of(scenario, path, without).net_fen
                for net, path in zip(lived, paths, strict=True)
            ]
            noise = round(stdev(effects)) if len(effects) > 1 else 0
        found.append(
            Counterfactual(
                index=index,
                tick=log[index].tick,
                action=log[index].action.to_dict(),
                net_worth_fen=round(base.net_fen - other.net_fen),
                margin_worth_fen=round(base.margin_fen - other.margin_fen),
                lived_noise_fen=noise,
            )
        )
    return sorted(found, key=lambda one: -abs(one.net_worth_fen))
