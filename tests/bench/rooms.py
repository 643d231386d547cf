"""The rooms' engine: speed beside plain Python, SimPy and Mesa, cores, Dask, memory, start.

Everything is measured in one run; ratios interleave both sides, A B A B, and take medians. "must"
fails a release, "aim" is what the work goes toward; absolute times are this machine's.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from simulations.batch import tally_policies
from simulations.engines.binding import compiled_copies
from simulations.engines.engine import CompiledEngine, PlainEngine
from simulations.engines.registry import warm_up
from simulations.engines.v1 import arithmetic
from simulations.executors import opened, parse_place
from simulations.loading import parse_scenario, shipped_scenarios
from simulations.policies import competent, log_of, reference
from simulations.preview import preview
from simulations.scenarios import Scenario
from simulations.states import RoomKeys, keys_of_seed, prepared_for, rows_of
from simulations.whatif import all_changes, effects_of
from tests.bench.standins import mesa_viewers, simpy_ticks, simpy_viewers

KEYS = keys_of_seed(20_001)
ROUNDS = 5
SESSIONS = 10_000
DASK_SESSIONS = 4_000
STANDIN_MINUTES = 40
MEGABYTE = 1024


@dataclass(frozen=True)
class Aim:
    """One line of the table; `is_ratio` says that more is better."""

    work: str
    value: float
    unit: str
    must: float | None
    aim: float | None
    is_ratio: bool = False
    note: str = ""

    @property
    def verdict(self) -> str:
        for word, bound in (("aim", self.aim), ("must", self.must)):
            if bound is not None and (
                self.value >= bound if self.is_ratio else self.value <= bound
            ):
                return word
        return "" if self.must is None else "MISSED"


HEAD = f"{'rooms':58}{'measured':>10} {'unit':<9}{'must':>8}{'aim':>8}  holds"


def aim_line(row: Aim) -> str:
    """Write a row for a terminal."""
    sign = "≥" if row.is_ratio else "≤"
    must = "" if row.must is None else f"{sign}{row.must:g}"
    aim = "" if row.aim is None else f"{sign}{row.aim:g}"
    return f"{row.work:58}{row.value:>10,.3g} {row.unit:<9}{must:>8}{aim:>8}  {row.verdict}" + (
        f"  {row.note}" if row.note else ""
    )


def room_rows() -> Iterator[Aim]:
    """Yield the rows, each as soon as it is measured."""
    warm_up()
    scenarios = shipped_scenarios()
    widest = max(scenarios.values(), key=lambda one: (len(one.products), one.duration_min))
    yield from _ticks(widest)
    yield from _sessions(scenarios["f1"])
    yield from _frameworks()
    yield from _limit(widest)
    yield from _cores(scenarios["f1"])
    yield from _dask(scenarios["f1"])
    yield _preview(scenarios["f1"])
    yield _counterfactuals(scenarios["f1"])
    yield from _memory()
    yield from _starts()


def replayed(scenario: Scenario, engine: Any, keys: RoomKeys) -> Callable[[], None]:
    """Return a replay of a competent session as one call, everything prepared before."""
    setting = prepared_for(scenario, engine)
    log = log_of(scenario, competent(scenario), keys)
    rows = engine.rows(rows_of(scenario, log))

    def run() -> None:
        room = engine.begin(setting, keys.macro)
        engine.advance(
            room, setting, (keys.macro, keys.micro), rows, len(log), scenario.duration_ticks
        )

    return run


def cpu_s(run: Callable[[], object], times: int = 1) -> float:
    """Return the processor time of one call, seconds: the median of some rounds."""
    run()
    taken = []
    for _ in range(ROUNDS):
        start = time.process_time()
        for _ in range(times):
            run()
        taken.append((time.process_time() - start) / times)
    return statistics.median(taken)


def wall_s(run: Callable[[], object], rounds: int = ROUNDS) -> float:
    """Return the wall time of one call, seconds: the median of some rounds."""
    run()
    taken = []
    for _ in range(rounds):
        start = time.perf_counter()
        run()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def _ticks(widest: Scenario) -> Iterator[Aim]:
    for keys, path in ((KEYS, "lived"), (KEYS.twin, "twin")):
        took = cpu_s(replayed(widest, CompiledEngine(), keys), 50)
        yield Aim(
            f"one tick inside a run, compiled, {path}, {len(widest.products)} products",
            took / widest.duration_ticks * 1e6,
            "µs",
            1.0,
            0.5,
            note=widest.id,
        )


def stretched(scenario: Scenario, minutes: int) -> Scenario:
    """Return a scenario that lasts as long as asked."""
    data = scenario.model_dump(mode="json", exclude={"plan", "opening"})
    data["duration_min"] = minutes
    data["phases"][-1]["until_min"] = minutes
    return parse_scenario(data)


def _sessions(scenario: Scenario) -> Iterator[Aim]:
    for minutes, must, aim in ((180, 2.0, 1.0), (360, 4.0, 2.0)):
        longer = stretched(scenario, minutes)
        took = cpu_s(replayed(longer, CompiledEngine(), KEYS), 30)
        yield Aim(f"replay of a {minutes // 60}-hour session", took * 1e3, "ms", must, aim)


def _frameworks() -> Iterator[Aim]:
    short = stretched(shipped_scenarios()["f1-demo"], STANDIN_MINUTES)
    ticks = short.duration_ticks
    compiled = replayed(short, CompiledEngine(), KEYS)
    plain = replayed(short, PlainEngine(), KEYS)
    # Viewer models do less a tick and more with more viewers, so only the first two must hold.
    others: tuple[tuple[str, Callable[[], object], float | None, str], ...] = (
        ("plain Python, same source", plain, 80, ""),
        ("SimPy, a process stepping the room", lambda: simpy_ticks(short, KEYS, ticks), 80, ""),
        (
            "SimPy, a process a viewer",
            lambda: simpy_viewers(short, 1, STANDIN_MINUTES),
            None,
            "simpler model, some 100 viewers",
        ),
        (
            "Mesa, an agent a viewer",
            lambda: mesa_viewers(short, 1, STANDIN_MINUTES),
            None,
            "simpler model, some 100 viewers",
        ),
    )
    for name, other, must, note in others:
        pairs = []
        compiled()
        for _ in range(3):
            theirs = _once(other, 1)
            ours = _once(compiled, 20)
            pairs.append((theirs / ours, theirs))
        ratio = statistics.median(pair[0] for pair in pairs)
        took = statistics.median(pair[1] for pair in pairs) / ticks * 1e6
        detail = f"{took:,.0f} µs a tick" + (f", {note}" if note else "")
        yield Aim(f"compiled against {name}", ratio, "times", must, 120, True, detail)


def _once(run: Callable[[], object], times: int) -> float:
    start = time.process_time()
    for _ in range(times):
        run()
    return (time.process_time() - start) / times


COUNTED = ("draw_at", "exp_", "normal", "poisson")


def _limit(scenario: Scenario) -> Iterator[Aim]:
    """Compare a tick with the sum of its unavoidable parts, each at its measured unit cost."""
    counts = _calls_a_tick(scenario)
    costs = _unit_costs_ns()
    floor_us = sum(counts[name] * costs[name] for name in COUNTED) / 1e3
    took = cpu_s(replayed(scenario, CompiledEngine(), KEYS), 50)
    detail = ", ".join(f"{counts[name]:.1f} {name} à {costs[name]:.1f} ns" for name in COUNTED)
    yield Aim(
        "distance from the limit: a tick over its draws and functions",
        took / scenario.duration_ticks * 1e6 / floor_us,
        "times",
        None,
        None,
        note=f"limit {floor_us:.2f} µs: {detail}",
    )


def _calls_a_tick(scenario: Scenario) -> dict[str, float]:
    """Count the calls of the plain engine; what a counted function calls itself is its own."""
    counts = dict.fromkeys(COUNTED, 0)
    depth = [0]

    def counting(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*arguments: Any) -> Any:
            counts[name] += depth[0] == 0
            depth[0] += 1
            try:
                return function(*arguments)
            finally:
                depth[0] -= 1

        return counted

    modules = [
        module for name, module in sys.modules.items() if name.startswith("simulations.engines.v1.")
    ]
    kept: list[tuple[ModuleType, str, Any]] = []
    for name in COUNTED:
        original = getattr(arithmetic, name)
        wrapped = counting(name, original)
        for module in modules:
            if getattr(module, name, None) is original:
                kept.append((module, name, original))
                setattr(module, name, wrapped)
    try:
        replayed(scenario, PlainEngine(), KEYS)()
    finally:
        for module, name, original in kept:
            setattr(module, name, original)
    return {name: count / scenario.duration_ticks for name, count in counts.items()}


def _unit_costs_ns() -> dict[str, float]:
    import numba

    (compiled,) = compiled_copies([arithmetic])
    draw_at, exp_, normal, poisson = (getattr(compiled, name) for name in COUNTED)
    word = compiled.word

    @numba.njit(nogil=True)
    def draws(base: Any, count: int) -> float:
        total = 0.0
        for i in range(count):
            total += draw_at(base + word(i), i % 16)
        return total

    @numba.njit(nogil=True)
    def exps(base: Any, count: int) -> float:
        total = 0.0
        for i in range(count):
            total += exp_(-0.001 * (i % 1000))
        return total

    @numba.njit(nogil=True)
    def normals(base: Any, count: int) -> float:
        total = 0.0
        for i in range(count):
            total += normal((i % 997 + 0.5) / 997.0)
        return total

    @numba.njit(nogil=True)
    def poissons(base: Any, count: int) -> float:
        total = 0.0
        for i in range(count):
            total += poisson(0.3 + 0.002 * (i % 1000), (i % 997 + 0.5) / 997.0)
        return total

    many = 400_000
    start = compiled.word(12345)
    return {
        name: cpu_s(lambda loop=loop: loop(start, many)) / many * 1e9
        for name, loop in zip(COUNTED, (draws, exps, normals, poissons), strict=True)
    }


def _cores(scenario: Scenario) -> Iterator[Aim]:
    policy = [competent(scenario)]
    portion = SESSIONS // ROUNDS
    with opened(parse_place("threads:1")) as one, opened(parse_place("threads:2")) as two:
        pools = {"one": one, "two": two}
        for pool in pools.values():
            tally_policies(scenario, policy, 64, executor=pool)
        taken = dict.fromkeys(pools, 0.0)
        for number in range(ROUNDS):
            for name, pool in pools.items():
                start = time.perf_counter()
                tally_policies(scenario, policy, portion, number, executor=pool)
                taken[name] += time.perf_counter() - start
    yield Aim(
        f"{SESSIONS:,} sessions, two threads against one",
        taken["one"] / taken["two"],
        "times",
        1.8,
        1.95,
        True,
        f"{SESSIONS / taken['two']:,.0f} lived and twin sessions a second; "
        f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}",
    )


def _dask(scenario: Scenario) -> Iterator[Aim]:
    policy = [competent(scenario)]
    with opened(parse_place("processes:2")) as pool, opened(parse_place("dask:2")) as cluster:
        places = {"pool": pool, "cluster": cluster}
        results = {}
        for name, place in places.items():
            results[name] = tally_policies(scenario, policy, 256, executor=place)
        if results["pool"] != results["cluster"]:
            raise RuntimeError("Dask and the pool differ")
        taken: dict[str, list[float]] = {name: [] for name in places}
        for number in range(ROUNDS):
            for name, place in places.items():
                start = time.perf_counter()
                tally_policies(scenario, policy, DASK_SESSIONS // ROUNDS, number, executor=place)
                taken[name].append(time.perf_counter() - start)
    ratio = statistics.median(taken["cluster"]) / statistics.median(taken["pool"])
    yield Aim("Dask, two local workers, over two processes", ratio, "times", 1.1, 1.0)


def _preview(scenario: Scenario) -> Aim:
    yardstick = reference(scenario)
    with opened() as pool:
        took = wall_s(lambda: preview(scenario, yardstick, executor=pool))
        own = cpu_s(lambda: preview(scenario, yardstick, executor=pool))
    return Aim(
        "calibration preview, 300 seeds x 4 policies",
        took,
        "s",
        0.5,
        0.25,
        note=f"{own:.2f} s of processor time",
    )


def _counterfactuals(scenario: Scenario) -> Aim:
    log = log_of(scenario, competent(scenario), KEYS)
    changes = list(all_changes(scenario, KEYS, log))
    took = cpu_s(lambda: effects_of(scenario, KEYS, log, changes))
    return Aim(
        "all one-change counterfactuals of a session",
        took,
        "s",
        0.5,
        0.15,
        note=f"{len(changes)} of them, {len(log)} actions",
    )


BATCH = """
import resource, sys
from simulations.batch import tally_policies
from simulations.executors import opened, parse_place
from simulations.loading import shipped_scenarios
from simulations.policies import competent
scenario = shipped_scenarios()["f1"]
with opened(parse_place("threads:2")) as pool:
    tally_policies(scenario, [competent(scenario)], int(sys.argv[1]), executor=pool)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def _memory() -> Iterator[Aim]:
    small, large = (int(_python(BATCH, str(count))) / MEGABYTE for count in (200, 4_000))
    yield Aim("memory of a batch of 4,000 sessions", large, "MB", None, 150)
    yield Aim("the same over a batch of 200", large / small, "times", 1.05, 1.02)


def _starts() -> Iterator[Aim]:
    warm = "from simulations.engines.registry import warm_up; warm_up()"
    plain = "import simulations.rooms, simulations.scoring"
    started = _timed(warm)
    yield Aim("import with a warm cache, checked against the golden hash", started, "s", 0.8, 0.5)
    yield Aim("import without Numba", _timed(plain, CAOPAN_ENGINE="python"), "s", None, None)


def _timed(code: str, **environment: str) -> float:
    return wall_s(lambda: _python(code, **environment), 3)


def _python(code: str, *arguments: str, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
        env={**os.environ, **environment},
    )
    return done.stdout


def print_rooms() -> int:
    """Print the table line by line; return how many rows miss what they must hold."""
    print(HEAD)
    missed = 0
    for row in room_rows():
        print(aim_line(row), flush=True)
        missed += row.verdict == "MISSED"
    return missed


if __name__ == "__main__":
    sys.exit(1 if print_rooms() else 0)
