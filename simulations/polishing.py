"""Polish a reference: what cross-entropy ended with is improved by parents and children.

Cross-entropy finds the right region and stops at its mean; a hunt that begins there would find
more (`simulations.adversaries`). So the same kind of search, in the sane operator's space and on
training seeds of its own, has the last word.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import Executor

from simulations.batch import seeds, twin_outcome
from simulations.evolution import evolve
from simulations.executors import in_order
from simulations.policies import Policy, house
from simulations.scenarios import Scenario
from simulations.search import (
    FIXED,
    MEMBERS_OF_TASK,
    TRAINING_BASE,
    Effort,
    Objective,
    search_space,
    worth_of,
)
from simulations.states import keys_of_seed

POLISH_BASE = TRAINING_BASE + 800
POLISH_EFFORT = Effort(rounds=24, population=40, elite=6, seeds_per_round=10)


def polished(
    scenario: Scenario,
    policy: Policy,
    objective: Objective,
    effort: Effort = POLISH_EFFORT,
    seed: int = 1,
    executor: Executor | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Policy:
    """Return the policy improved on training seeds; its plan stays.

    Args:
        scenario: The scenario.
        policy: Where to begin.
        objective: What to maximise.
        effort: How much to search.
        seed: Which draws and training seeds to use.
        executor: Where to run; here if left out.
        progress: Told (rounds done, rounds).
    """
    keys = seeds(effort.seeds_per_round, POLISH_BASE + seed)
    houses = [twin_outcome(scenario, house(), pair) for pair in keys]

    def worths(members: Sequence[Policy]) -> list[float]:
        tasks = (
            (scenario, objective, members[at : at + MEMBERS_OF_TASK], keys, houses)
            for at in range(0, len(members), MEMBERS_OF_TASK)
        )
        return [worth for part in in_order(executor, worth_of, tasks) for worth in part]

    return evolve(
        policy,
        search_space(scenario),
        FIXED,
        effort,
        keys_of_seed(POLISH_BASE + seed).macro,
        worths,
        progress,
    )
