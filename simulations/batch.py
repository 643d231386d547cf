"""Monte Carlo: many keys x many policies, on any `concurrent.futures` executor.

A task is a plain function of plain arguments, so the same call runs here, on threads, on processes
or on a cluster (`simulations.executors`). Keys are cut into chunks of a fixed size and collected
in order: results have equal bits however many workers there are. `run_policies` returns every
run; `tally_policies` keeps only running figures, and its memory does not grow with the runs.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any

from simulations.engines.registry import engine_for, warm_up
from simulations.engines.v1.arithmetic import log_
from simulations.executors import in_order, opened
from simulations.operating import Written, log_of_operator
from simulations.outcomes import LEAST_NET_FEN, Outcome, outcome_of
from simulations.planning import Plan
from simulations.policies import Policy, Reference, house, planned, play
from simulations.scenarios import Scenario
from simulations.scoring import Score, score_of
from simulations.states import RoomKeys, keys_of_seed, prepared_for
from simulations.tallies import Tally

AnyPolicy = Policy | Written

Progress = Callable[[int, int], None]
"""Called with (runs done, runs in all)."""

CHUNK = 16
"""Keys of one task: some 50 ms of compiled work a policy. Part of the results' definition, since
tallies are merged chunk by chunk."""

GROWTH_BIN = 0.01
SCORE_BIN = 1.0

_KEPT_SCENARIOS = 64
_scenarios: dict[str, Scenario] = {}


@dataclass(frozen=True, slots=True)
class Run:
    """One policy in one room: what it lived, and its own log replayed on the fluid twin."""

    lived: Outcome
    twin: Outcome
    actions: int


@dataclass(slots=True)
class PolicyTally:
    """Running figures of one policy; growth and score are on the twin, money as lived."""

    gmv_fen: Tally = field(default_factory=lambda: Tally(1e9))
    net_fen: Tally = field(default_factory=lambda: Tally(1e9))
    twin_net_fen: Tally = field(default_factory=lambda: Tally(1e9))
    orders: Tally = field(default_factory=lambda: Tally(1e6))
    margin_fraction: Tally = field(default_factory=Tally)
    strikes: Tally = field(default_factory=Tally)
    actions: Tally = field(default_factory=lambda: Tally(1e6))
    growth_log: Tally = field(default_factory=lambda: Tally(GROWTH_BIN))
    score: Tally = field(default_factory=lambda: Tally(SCORE_BIN))

    def add(self, run: Run, house_net_fen: float, score: Score | None) -> None:
        """Count one run; without a reference there is no score."""
        self.gmv_fen.add(run.lived.gmv_fen)
        self.net_fen.add(run.lived.net_fen)
        self.twin_net_fen.add(run.twin.net_fen)
        self.orders.add(run.lived.orders)
        self.margin_fraction.add(run.lived.margin_fraction)
        self.strikes.add(run.lived.strikes)
        self.actions.add(run.actions)
        self.growth_log.add(
            log_(max(run.twin.net_fen, LEAST_NET_FEN) / max(house_net_fen, LEAST_NET_FEN))
        )
        if score is not None:
            self.score.add(score.points)

    def merge(self, later: "PolicyTally") -> None:
        """Take in the figures of later keys."""
        for name in self.__slots__:
            getattr(self, name).merge(getattr(later, name))

    def to_dict(self) -> dict[str, Any]:
        """Return means, spreads and the two distributions as JSON-able data."""
        return {
            "runs": self.gmv_fen.count,
            "gmv_fen": round(self.gmv_fen.mean),
            "gmv_sd_fen": round(self.gmv_fen.sd),
            "net_fen": round(self.net_fen.mean),
            "twin_net_fen": round(self.twin_net_fen.mean),
            "orders": round(self.orders.mean, 1),
            "margin_fraction": round(self.margin_fraction.mean, 4),
            "strikes": round(self.strikes.mean, 3),
            "actions": round(self.actions.mean, 1),
            "growth_log": self.growth_log.to_dict(4),
            "score": self.score.to_dict() if self.score.count else None,
            "score_histogram": self.score.histogram() if self.score.count else None,
        }


def seeds(count: int, base: int = 0, start: int = 0) -> list[RoomKeys]:
    """Return keys of `count` seeds from the `start`-th on; another base gives other keys."""
    return [keys_of_seed(base * 1_000_000 + index) for index in range(start, start + count)]


def run_policies(
    scenario: Scenario,
    policies: Sequence[AnyPolicy],
    keys: Sequence[RoomKeys],
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> list[list[Run]]:
    """Run every policy with every pair of keys.

    Args:
        scenario: The scenario.
        policies: The policies.
        keys: The keys.
        executor: Where to run; by default a worker for each processor.
        progress: Told as chunks end.

    Returns:
        Runs by policy, then by keys, in the order given.
    """
    warm_up()
    total = len(keys) * len(policies)
    table: list[list[Run]] = [[] for _ in policies]
    tasks = ((scenario, policies, keys[at : at + CHUNK]) for at in range(0, len(keys), CHUNK))
    with _given_or_own(executor) as pool:
        for part in in_order(pool, run_chunk, tasks):
            for column, runs in zip(table, part, strict=True):
                column.extend(runs)
            if progress is not None:
                progress(sum(map(len, table)), total)
    return table


def tally_policies(
    scenario: Scenario,
    policies: Sequence[AnyPolicy],
    count: int,
    base: int = 0,
    yardstick: Reference | None = None,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> list[PolicyTally]:
    """Run every policy with `count` seeds and keep running figures only.

    Args:
        scenario: The scenario.
        policies: The policies.
        count: Seeds, as many as one likes.
        base: Base of the seeds.
        yardstick: The reference that scores are measured by; no scores if left out.
        executor: Where to run; by default a worker for each processor.
        progress: Told as chunks end.
    """
    warm_up()
    tallies = [PolicyTally() for _ in policies]
    tasks = (
        (scenario, policies, base, at, min(CHUNK, count - at), yardstick)
        for at in range(0, count, CHUNK)
    )
    done = 0
    with _given_or_own(executor) as pool:
        for part in in_order(pool, tally_chunk, tasks):
            done += part[0].gmv_fen.count
            for whole, piece in zip(tallies, part, strict=True):
                whole.merge(piece)
            if progress is not None:
                progress(done * len(policies), count * len(policies))
    return tallies


def _given_or_own(executor: Executor | None) -> Any:
    return opened() if executor is None else nullcontext(executor)


def run_chunk(
    scenario: Scenario, policies: Sequence[AnyPolicy], keys: Sequence[RoomKeys]
) -> list[list[Run]]:
    """Run every policy with a few keys; the unit of distributed work."""
    scenario = _one_of(scenario)
    return [[run_once(scenario, policy, pair) for pair in keys] for policy in policies]


def tally_chunk(
    scenario: Scenario,
    policies: Sequence[AnyPolicy],
    base: int,
    start: int,
    count: int,
    yardstick: Reference | None,
) -> list[PolicyTally]:
    """Run every policy with a few seeds and count what came out."""
    scenario = _one_of(scenario)
    keys = seeds(count, base, start)
    houses = [twin_outcome(scenario, house(), pair) for pair in keys]
    references = None
    if yardstick is not None:
        references = [twin_outcome(scenario, yardstick.policy, pair) for pair in keys]
    tallies = [PolicyTally() for _ in policies]
    for policy, tally in zip(policies, tallies, strict=True):
        for index, pair in enumerate(keys):
            run = run_once(scenario, policy, pair)
            score = None
            if yardstick is not None and references is not None:
                score = judged_run(
                    scenario, run, houses[index], references[index], yardstick, policy.plan
                )
            tally.add(run, houses[index].net_fen, score)
    return tallies


def judged_run(
    scenario: Scenario,
    run: Run,
    base: Outcome,
    best: Outcome,
    yardstick: Reference,
    plan: Plan | None = None,
) -> Score:
    """Return a run's score as a candidate's: on the twin, strikes no more than were lived."""
    return score_of(
        run.twin,
        base,
        best,
        scenario.scoring,
        yardstick.span_floor_log,
        run.lived.strikes,
        None if plan is None else plan.aim,
    )


def run_once(scenario: Scenario, policy: AnyPolicy, keys: RoomKeys) -> Run:
    """Let a policy live a room, then replay its log on the room's twin."""
    scenario = planned(scenario, policy.plan)
    if isinstance(policy, Written):
        log = log_of_operator(scenario, policy, keys)
        return Run(outcome_of(scenario, keys, log), outcome_of(scenario, keys.twin, log), len(log))
    engine = engine_for(scenario.engine)
    setting = prepared_for(scenario, engine)
    played = play(scenario, policy, keys)
    twin = engine.begin(setting, keys.macro)
    engine.advance(
        twin, setting, (keys.macro, 0), played.rows, played.count, scenario.duration_ticks
    )
    return Run(Outcome.of(played.summary), Outcome.of(engine.summary(twin)), played.count)


def twin_outcome(scenario: Scenario, policy: Policy, keys: RoomKeys) -> Outcome:
    """Return what a parametric operator makes of the twin itself, as the reference is judged."""
    return Outcome.of(play(scenario, policy, keys.twin).summary)


def _one_of(scenario: Scenario) -> Scenario:
    """Return one object for all copies of a scenario that tasks bring into a process.

    Caches compare their keys; a copy that is not the very object costs more than a tick.
    """
    warm_up()
    if len(_scenarios) >= _KEPT_SCENARIOS:
        _scenarios.clear()
    return _scenarios.setdefault(scenario.content_hash(), scenario)
