"""Operators written in Python: the way to try a policy that theta cannot express.

An operator looks at the cockpit at fixed intervals, sees what a candidate in an exam sees, and
answers with actions. Give the batch a `Written` policy that makes one, and it is run, judged and
compared like every other. Slower than a parametric operator (about 0.1 s a session), since each
look builds the whole cockpit. `docs/simulations.md` has an example.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from simulations.actions import Action
from simulations.errors import ActionRefusedError
from simulations.observing import brief, observe
from simulations.planning import Plan
from simulations.rooms import admissible
from simulations.scenarios import TICK_S, Scenario
from simulations.states import LoggedAction, RoomKeys, replay


class Operator(Protocol):
    """Somebody at the cockpit of one room; may remember what it likes between two looks."""

    every_s: int
    """Seconds of room time between two looks; a multiple of the tick, 5 s."""

    def decide(self, cockpit: Mapping[str, Any]) -> Sequence[Action]:
        """Return what to do now, in order; what the room refuses is dropped.

        Args:
            cockpit: What `simulations.observing.observe` shows in an exam.
        """


@dataclass(frozen=True, slots=True)
class Written:
    """A policy in Python. `make` must stand at a module's top level to run in other processes.

    It is called with the scenario and what `simulations.observing.brief` says of it, once a room.
    """

    name: str
    make: Callable[[Scenario, Mapping[str, Any]], Operator]
    plan: Plan | None = None


def log_of_operator(scenario: Scenario, policy: Written, keys: RoomKeys) -> list[LoggedAction]:
    """Let a new operator of this policy run a whole room and return what it did.

    The scenario is as planned already (`simulations.policies.planned`).
    """
    operator = policy.make(scenario, brief(scenario))
    every = max(1, operator.every_s // TICK_S)
    log: list[LoggedAction] = []
    state = None
    for tick in range(0, scenario.duration_ticks, every):
        state = replay(scenario, keys, log, tick, state)
        for action in operator.decide(observe(scenario, state, exam=True)):
            try:
                admissible(scenario, state, action)
            except ActionRefusedError:
                continue
            log.append(LoggedAction(tick, action))
            state = replay(scenario, keys, log, tick, state)
    return log
