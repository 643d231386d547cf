"""What a preview costs for each shipped room, and how soon a slider's change is on the screen.

`python -m tests.bench.studio [ROOM…]` prints how many keys a first answer has, and what a round of
a preview costs: its processor time by cores as it was spent beside the machine's other work, and
the least of some runs of each task, which is nearest to what it takes on idle cores.
`python -m tests.bench.studio --page ADDRESS ACCOUNT PASSWORD` moves a slider of a draft's page in
Chromium (`ADDRESS` is the draft's) and prints the time from the input event to the drawn chart; it
leaves the draft unsaved. Both say under which load they were taken.
`python -m tests.bench.studio --errors KEYS ROOM…` prints how far the change that a preview tells is
from the full calibration's, in points, mean and most, by tick; minutes for a room.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from playwright.sync_api import sync_playwright

from app.studio.drafts.previewing import STEP_S
from simulations.batch import seeds
from simulations.calibration import CALIBRATION_BASE
from simulations.engines.registry import warm_up
from simulations.errors import PlanRefusedError, ReferenceMissingError, ScenarioError
from simulations.loading import parse_scenario, shipped_scenarios
from simulations.policies import Reference, competent, novice, planned, reference
from simulations.preview import (
    CLOSE,
    COARSENESS,
    PREVIEW_KEYS,
    QUICK_COARSENESS,
    STEP_KEYS,
    Look,
    Preview,
    coarse_points,
    looks_at,
)
from simulations.scenarios import TICK_S, Scenario
from simulations.sensitivity import FACTORS, varied
from tests.browser.chromium import ARGUMENTS, chromium_or_skip
from tests.browser.signing_in import sign_in

MOVES = 8
REPEATS = 3
"""Of each task, of which the least disturbed counts."""

VARIED = (
    ("audience", "public_per_min"),
    ("audience", "leave_per_min", "*"),
    ("market", "bid_fen"),
    ("market", "pool"),
    ("products", "*", "stock"),
    ("products", "*", "refund_fraction"),
    ("products", "*", "cost_fen"),
    ("benefits", "lucky_bag", "half_fen"),
    ("incidents", "*", "lasts_min"),
    ("incidents", "*", "effects", "leave_ratio"),
)
"""Numbers of a room whose changes a preview is to tell."""

MOVE = """async () => {
  const state = document.querySelector("[data-coarse]");
  const pause = (ms) => new Promise((done) => setTimeout(done, ms));
  while (!/300/.test(state.textContent) || /\\//.test(state.textContent)) await pause(50);
  await pause(300);
  const slider = document.querySelector("#sheet [data-slides]");
  const plot = document.querySelector("[data-plot=scores]");
  const painted = new Promise((done) => {
    const watch = new MutationObserver(() => {
      watch.disconnect();
      requestAnimationFrame(() => setTimeout(() => done(performance.now()), 0));
    });
    watch.observe(plot, { childList: true });
  });
  const [least, most] = [Number(slider.min), Number(slider.max)];
  slider.value = String(least + (most - least) * Math.random());
  const began = performance.now();
  slider.dispatchEvent(new Event("input", { bubbles: true }));
  return [(await painted) - began, state.textContent];
}"""


def words_of(look: Look) -> str:
    """Return a look as the tables name it."""
    return f"{'lived' if look.is_lived else 'twin':6}{look.coarseness * TICK_S:3} s"


def _is_past(moment: float) -> bool:
    return time.monotonic() >= moment


def print_costs(rooms: list[str]) -> None:
    """Print a line for each round of each shipped room that has a reference, or of some of them."""
    engine = warm_up()
    workers = os.cpu_count() or 1
    print(f"load {os.getloadavg()[0]:.1f}; compiled: {engine.is_compiled}; {workers} threads")
    print(
        f"{'room':12} {'look':>11} {'first keys':>10} {'wall s':>7} {'all: wall':>10} {'cpu s':>7}"
        f" {'by cores s':>11} {'least, by cores s':>18}"
    )
    with ThreadPoolExecutor(workers) as pool:
        for scenario in shipped_scenarios().values():
            if rooms and scenario.id not in rooms:
                continue
            try:
                yardstick = reference(scenario)
            except ReferenceMissingError:
                continue
            for look in looks_at(scenario):
                growing = Preview(scenario, yardstick, look=look)
                wall, cpu = time.perf_counter(), time.process_time()
                until = time.monotonic() + STEP_S
                growing.grow(pool, workers, partial(_is_past, until))
                first, keys = time.perf_counter() - wall, growing.keys
                growing.grow(pool, workers, lambda: False)
                spent = time.process_time() - cpu
                print(
                    f"{scenario.id:12} {words_of(look)} {keys:10} {first:7.3f}"
                    f" {time.perf_counter() - wall:10.2f} {spent:7.2f} {spent / workers:11.2f}"
                    f" {_least_s(scenario, yardstick, look) / workers:18.2f}"
                )


def _least_s(scenario: Scenario, yardstick: Reference, look: Look) -> float:
    """Return the processor time of a whole round with as little of other work in it as can be.

    Each task is run some times, and its least time counts: what shares a core or its caches with
    others for a while makes a task dearer, and nothing makes it cheaper.
    """
    ladder = [novice(scenario), competent(scenario), yardstick.policy]
    total = 0.0
    for at in range(0, PREVIEW_KEYS, STEP_KEYS):
        pairs = seeds(STEP_KEYS, CALIBRATION_BASE, at)
        took = []
        for _ in range(REPEATS):
            began = time.thread_time()
            coarse_points(scenario, ladder, pairs, yardstick, look)
            took.append(time.thread_time() - began)
        total += min(took)
    return total


def print_errors(keys: int, rooms: list[str]) -> None:
    """Print a line for each room and tick: errors on changes of some of its numbers."""
    warm_up()
    for room in rooms:
        scenario = shipped_scenarios()[room]
        yardstick = reference(scenario)
        data = scenario.model_dump(mode="json", exclude={"plan", "opening", "cards"})
        cases = [scenario]
        for path in VARIED:
            for factor in FACTORS:
                try:
                    case = parse_scenario(varied(data, path, factor))
                    planned(case, yardstick.plan)
                except (ScenarioError, PlanRefusedError):
                    continue
                cases.append(case)
        cases = [one for one in cases if one is scenario or one != scenario]
        full = [_means(one, yardstick, keys, Look(1, is_lived=True)) for one in cases]
        for look in (Look(QUICK_COARSENESS, False), Look(COARSENESS, False), CLOSE):
            told = [_means(one, yardstick, keys, look) for one in cases]
            errors = [
                [abs((a - a0) - (b - b0)) for a, a0, b, b0 in zip(*rows, strict=True)]
                for rows in (
                    (now, told[0], true, full[0]) for now, true in zip(told, full, strict=True)
                )
            ][1:]
            columns = zip(*errors, strict=True)
            figures = "; ".join(f"{statistics.fmean(one):.1f}, {max(one):.1f}" for one in columns)
            print(f"{room:6} {words_of(look)}  {figures}  ({len(errors)} changes)")


def _means(scenario: Scenario, yardstick: Reference, keys: int, look: Look) -> list[float]:
    growing = Preview(scenario, yardstick, keys, look)
    growing.grow(None, 1, lambda: False)
    return [statistics.fmean(values) for values in growing.points.values()]


def print_page(address: str, account: str, password: str) -> None:
    """Print how long a slider's move takes to the drawn chart, over some moves."""
    origin, _, path = address.partition("//")[2].partition("/")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_or_skip(), args=ARGUMENTS)
        page = browser.new_context(locale="zh-CN", base_url=f"http://{origin}").new_page()
        sign_in(page, account, password, target=f"/{path}")
        page.locator("[data-plot=scores] svg").wait_for()
        found = [page.evaluate(MOVE) for _ in range(MOVES)]
        browser.close()
    took = [row[0] for row in found]
    print(f"load {os.getloadavg()[0]:.1f}; {MOVES} moves")
    print(f"slider to chart: median {statistics.median(took):.0f} ms, most {max(took):.0f} ms")
    print("; ".join(str(row[1]) for row in found))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--page"]:
        print_page(*sys.argv[2:5])
    elif sys.argv[1:2] == ["--errors"]:
        print_errors(int(sys.argv[2]), sys.argv[3:])
    else:
        print_costs(sys.argv[1:])
