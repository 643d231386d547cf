"""Monte Carlo: many keys x many policies, on any `concurrent.futures` executor.

A task is a plain function of plain arguments, so the same call runs here, on threads (compiled
code releases the interpreter's lock), on processes, or on a cluster's executor. Results are equal
bits however the work is cut, and the memory does not grow with the number of runs beyond them.
"""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass

from simulations.engines.registry import engine_for, warm_up
from simulations.engines.v1.operators import THETA
from simulations.outcomes import Outcome
from simulations.policies import Policy, play
from simulations.scenarios import Scenario
from simulations.states import RoomKeys, keys_of_seed, prepared_for

Progress = Callable[[int, int], None]
"""Called with (runs done, runs in all)."""

CHUNK = 16
"""Keys of one task: some 50 ms of compiled work."""


@dataclass(frozen=True, slots=True)
class Run:
    """One policy in one room: what it lived, and its own log replayed on the fluid twin."""

    lived: Outcome
    twin: Outcome
    actions: int


def seeds(count: int, base: int = 0) -> list[RoomKeys]:
    """Return keys of `count` seeds; different bases give different keys."""
    return [keys_of_seed(base * 1_000_000 + index) for index in range(count)]


def run_policies(
    scenario: Scenario,
    policies: Sequence[Policy],
    keys: Sequence[RoomKeys],
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> list[list[Run]]:
    """Run every policy with every pair of keys.

    Args:
        scenario: The scenario.
        policies: The policies.
        keys: The keys.
        executor: Where to run; by default a thread for each processor, if code is compiled.
        progress: Told as tasks end.

    Returns:
        Runs by policy, then by keys, in the order given.
    """
    warm_up()
    chunks = [keys[at : at + CHUNK] for at in range(0, len(keys), CHUNK)]
    results: list[list[list[Run]]] = [[] for _ in chunks]
    total = len(keys) * len(policies)
    done = 0

    def collect(index: int, runs: list[list[Run]]) -> None:
        nonlocal done
        results[index] = runs
        done += sum(map(len, runs))
        if progress is not None:
            progress(done, total)

    if executor is None and not engine_for(scenario.engine).is_compiled:
        for index, chunk in enumerate(chunks):
            collect(index, run_chunk(scenario, policies, chunk))
    else:
        own = None if executor is not None else ThreadPoolExecutor(os.cpu_count() or 1)
        try:
            pool = executor or own
            assert pool is not None
            futures: dict[Future[list[list[Run]]], int] = {
                pool.submit(run_chunk, scenario, policies, chunk): index
                for index, chunk in enumerate(chunks)
            }
            for future in as_completed(futures):
                collect(futures[future], future.result())
        finally:
            if own is not None:
                own.shutdown()
    return [[run for chunk in results for run in chunk[number]] for number in range(len(policies))]


def run_chunk(
    scenario: Scenario, policies: Sequence[Policy], keys: Sequence[RoomKeys]
) -> list[list[Run]]:
    """Run every policy with a few keys; the unit of distributed work."""
    return [[run_once(scenario, policy, pair) for pair in keys] for policy in policies]


def run_once(scenario: Scenario, policy: Policy, keys: RoomKeys) -> Run:
    """Let a policy live a room, then replay its log on the room's twin."""
    engine = engine_for(scenario.engine)
    setting = prepared_for(scenario, engine)
    played = play(scenario, policy, keys)
    twin = engine.begin(setting, keys.macro)
    engine.advance(
        twin, setting, (keys.macro, 0), played.rows, played.count, scenario.duration_ticks
    )
    return Run(Outcome.of(played.summary), Outcome.of(engine.summary(twin)), played.count)


def twin_outcome(scenario: Scenario, theta: Sequence[float], keys: RoomKeys) -> Outcome:
    """Return what a parametric operator makes of the twin itself, as the reference is judged."""
    assert len(theta) == len(THETA)
    return Outcome.of(play(scenario, Policy("", tuple(theta)), keys.twin).summary)
