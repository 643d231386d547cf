"""Calibration: does a scenario measure skill, and where should its cut stand?

Everything is measured on keys that no search has seen. A policy lives each room and its log is
then judged on the room's twin, exactly as a candidate is.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from itertools import pairwise
from math import log
from statistics import NormalDist, fmean, pvariance, quantiles, stdev
from typing import Any

from simulations.batch import Progress, Run, run_policies, seeds, twin_outcome
from simulations.crowd import exploits, population
from simulations.dashboard import FUNNEL_MIN, METRICS, Window
from simulations.economics import break_even_roi_ratio
from simulations.policies import (
    Policy,
    Reference,
    competent,
    house,
    novice,
    random_presses,
    reference,
)
from simulations.scenarios import Scenario
from simulations.scoring import Score, score_of
from simulations.series import SOLD_AT, marks_until
from simulations.states import RoomKeys

CALIBRATION_BASE = 11_000
"""Base of the calibration seeds; training seeds and rooms never use it."""

DEFAULT_CUT = 25.0
"""The room cut of 初级 until a committee sets one."""

LEAST_RELIABILITY = 0.85
LEAST_COHEN_D = 1.5

MARGIN_TOLERANCE = 0.75
"""Margin limit as a share of the house's margin: growth may cost a quarter of the rate."""

REFUND_TOLERANCE = 0.08
"""Refund limit above the house's rate: selling more of what fits worse is allowed so far."""

ROI_TOLERANCE = 0.70
"""ROI limit as a share of break-even: bought visitors also become fans and lift the room's heat,
which attribution does not see."""


@dataclass(frozen=True, slots=True)
class Judged:
    """One policy's scores over keys, on the twin as they count."""

    policy: Policy
    runs: list[Run]
    scores: list[Score]

    @property
    def points(self) -> list[float]:
        """Return the scores' points."""
        return [score.points for score in self.scores]


def judge(
    scenario: Scenario,
    policies: Sequence[Policy],
    keys: Sequence[RoomKeys],
    yardstick: Reference,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> list[Judged]:
    """Run policies over keys and score each run as a candidate's."""
    houses = [twin_outcome(scenario, house().theta, pair) for pair in keys]
    references = [twin_outcome(scenario, yardstick.policy.theta, pair) for pair in keys]
    judged = []
    for policy, runs in zip(
        policies, run_policies(scenario, policies, keys, executor, progress), strict=True
    ):
        scores = [
            score_of(
                run.twin,
                base,
                best,
                scenario.scoring,
                yardstick.span_floor_log,
                run.lived.strikes,
            )
            for run, base, best in zip(runs, houses, references, strict=True)
        ]
        judged.append(Judged(policy, runs, scores))
    return judged


def percentiles(values: Sequence[float]) -> dict[str, float]:
    """Return mean, sd and the 5th, 50th and 95th percentile, to two decimals."""
    cuts = quantiles(values, n=20, method="inclusive")
    return {
        "mean": round(fmean(values), 2),
        "sd": round(stdev(values), 2),
        "p5": round(cuts[0], 2),
        "p50": round(cuts[9], 2),
        "p95": round(cuts[18], 2),
    }


def describe(judged: Judged, houses: Sequence[Run]) -> dict[str, Any]:
    """Return a policy's distribution and what it did."""
    runs = judged.runs
    ratio = [
        run.twin.net_fen / max(base.twin.net_fen, 1.0)
        for run, base in zip(runs, houses, strict=True)
    ]
    twin_bias = [log(max(r.lived.net_fen, 1.0) / max(r.twin.net_fen, 1.0)) for r in runs]
    return {
        "score": percentiles(judged.points),
        "raw_score": percentiles([score.raw for score in judged.scores]),
        "net_ratio": round(fmean(ratio), 4),
        "gmv_fen": round(fmean(run.lived.gmv_fen for run in runs)),
        "margin_fraction": round(fmean(run.twin.margin_fraction for run in runs), 4),
        "refund_fraction": round(fmean(run.twin.refund_fraction for run in runs), 4),
        "roi_ratio": round(fmean(run.twin.roi_ratio or 0.0 for run in runs), 3),
        "spend_fen": round(fmean(run.twin.spend_fen for run in runs)),
        "gifts_fen": round(fmean(run.twin.gifts_fen for run in runs)),
        "strikes": round(fmean(run.twin.strikes for run in runs), 3),
        "orders": round(fmean(run.lived.orders for run in runs), 1),
        "visitors": round(fmean(run.lived.visitors for run in runs), 1),
        "actions": round(fmean(run.actions for run in runs), 1),
        "gates": {
            gate.code: round(fmean(score.gates[i].factor for score in judged.scores), 4)
            for i, gate in enumerate(judged.scores[0].gates)
        },
        "lived_over_twin_log": round(fmean(twin_bias), 4),
        "lived_over_twin_sd_log": round(stdev(twin_bias), 4),
    }


def best_cut(low: Sequence[float], high: Sequence[float]) -> dict[str, float]:
    """Return the whole-point cut where two groups separate best.

    The sum of false passes (of the weaker) and false fails (of the stronger) is least; of equal
    cuts the middle one is taken.
    """
    errors = {}
    for cut in range(-20, 121):
        false_pass = fmean(score >= cut for score in low)
        false_fail = fmean(score < cut for score in high)
        errors[cut] = (false_pass + false_fail, false_pass, false_fail)
    least = min(error for error, _, _ in errors.values())
    equal = [cut for cut, (error, _, _) in errors.items() if error <= least + 1e-12]
    cut = equal[len(equal) // 2]
    return {
        "cut": float(cut),
        "false_pass_fraction": round(errors[cut][1], 4),
        "false_fail_fraction": round(errors[cut][2], 4),
        "lowest_equal_cut": float(equal[0]),
        "highest_equal_cut": float(equal[-1]),
    }


def separation(low: Sequence[float], high: Sequence[float]) -> dict[str, float]:
    """Return Cohen's d and the chance that one of `high` beats one of `low` (AUC)."""
    spread = ((pvariance(low) + pvariance(high)) / 2.0) ** 0.5
    wins = sum((a > b) + 0.5 * (a == b) for a in high for b in low)
    return {
        "cohen_d": round((fmean(high) - fmean(low)) / spread, 3) if spread > 0.0 else 0.0,
        "auc_fraction": round(wins / (len(low) * len(high)), 4),
    }


def reliability(table: Sequence[Sequence[float]]) -> dict[str, float]:
    """Return variance components of a table person x keys, one observation a cell.

    `own_keys` is the reliability of one session when everybody meets different keys, which is how
    exams are held; the rest of its variance is luck.
    """
    persons, worlds = len(table), len(table[0])
    grand = fmean(fmean(row) for row in table)
    by_person = [fmean(row) for row in table]
    by_world = [fmean(row[k] for row in table) for k in range(worlds)]
    between = worlds * sum((mean - grand) ** 2 for mean in by_person) / (persons - 1)
    across = persons * sum((mean - grand) ** 2 for mean in by_world) / (worlds - 1)
    rest = sum(
        (table[i][k] - by_person[i] - by_world[k] + grand) ** 2
        for i in range(persons)
        for k in range(worlds)
    ) / ((persons - 1) * (worlds - 1))
    person = max(0.0, (between - rest) / worlds)
    world = max(0.0, (across - rest) / persons)
    total = person + world + rest
    return {
        "same_keys": round(person / (person + rest), 4),
        "own_keys": round(person / total, 4),
        "luck_share": round(1.0 - person / total, 4),
        "sd_person": round(person**0.5, 3),
        "sd_keys": round(world**0.5, 3),
        "sd_residual": round(rest**0.5, 3),
    }


def seeds_to_tell(differences: Sequence[float], gap: float = 0.05) -> int:
    """Return how many common keys show a true gap in net GMV at 5 % with 95 % power."""
    z = NormalDist().inv_cdf(0.975) + NormalDist().inv_cdf(0.95)
    return max(1, int(-(-(z**2 * stdev(differences) ** 2) // log(1.0 + gap) ** 2)))


def derived_limits(scenario: Scenario, keys: Sequence[RoomKeys]) -> dict[str, float]:
    """Return the gates' limits that the house's own rates and the products' margins imply."""
    runs = [twin_outcome(scenario, house().theta, pair) for pair in keys]
    units = [0.0] * len(scenario.products)
    for pair in keys[:20]:
        marks, _ = marks_until(scenario, pair.twin, [], scenario.duration_ticks)
        for p in range(len(units)):
            units[p] += marks[-1][SOLD_AT + p]
    return {
        "house_margin_fraction": round(fmean(run.margin_fraction for run in runs), 4),
        "house_refund_fraction": round(fmean(run.refund_fraction for run in runs), 4),
        "break_even_roi_ratio": round(break_even_roi_ratio(scenario, units), 3),
        "margin_limit_fraction": round(
            MARGIN_TOLERANCE * fmean(run.margin_fraction for run in runs), 3
        ),
        "refund_limit_fraction": round(
            fmean(run.refund_fraction for run in runs) + REFUND_TOLERANCE, 3
        ),
        "roi_limit_ratio": round(ROI_TOLERANCE * break_even_roi_ratio(scenario, units), 2),
    }


def house_normals(scenario: Scenario, keys: Sequence[RoomKeys]) -> dict[str, list[float]]:
    """Return P10 and P90 of the house's ten-minute windows: the normal ranges of the cockpit."""
    found: dict[str, list[float]] = {}
    for pair in keys:
        marks, _ = marks_until(scenario, pair, [], scenario.duration_ticks)
        for minute in range(FUNNEL_MIN, len(marks), 5):
            window = Window(marks[minute], marks[minute - FUNNEL_MIN], FUNNEL_MIN)
            for name, formula in METRICS.items():
                value = formula(window)
                if value is not None:
                    found.setdefault(name, []).append(value)
            found.setdefault("saw_fraction", []).append(window["exposures"] / window.visitors)
    return {
        name: [round(cut, 4) for cut in (tens[0], tens[8])]
        for name, values in found.items()
        for tens in [quantiles(values, n=10, method="inclusive")]
    }


def calibrate(
    scenario: Scenario,
    count: int = 300,
    persons: int = 24,
    worlds: int = 40,
    yardstick: Reference | None = None,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Return the calibration report of a scenario, as JSON-able data.

    Args:
        scenario: The scenario.
        count: Keys for the distributions.
        persons: Operators of the reliability study.
        worlds: Keys of the reliability study.
        yardstick: The reference; the stored one if left out.
        executor: Where to run.
        progress: Told (runs done, runs in all).
    """
    yardstick = yardstick or reference(scenario)
    keys = seeds(count, CALIBRATION_BASE)
    few = keys[: max(20, count // 3)]
    ladder = [
        house(),
        random_presses(),
        novice(scenario),
        competent(scenario),
        Policy("reference", yardstick.policy.theta),
    ]
    degenerate = list(exploits(scenario).values())
    people = population(scenario, yardstick.policy, persons)
    total = len(ladder) * count + len(degenerate) * len(few) + persons * worlds
    before = 0

    def tell(done: int, _: int) -> None:
        if progress is not None:
            progress(before + done, total)

    judged = judge(scenario, ladder, keys, yardstick, executor, tell)
    before = len(ladder) * count
    cheats = judge(scenario, degenerate, few, yardstick, executor, tell)
    before += len(degenerate) * len(few)
    crowd = judge(scenario, people, seeds(worlds, CALIBRATION_BASE + 1), yardstick, executor, tell)
    by_name = {one.policy.name: one for one in judged}
    weak, strong = by_name["novice"].points, by_name["competent"].points
    lived = [[log(max(run.lived.gmv_fen, 1.0)) for run in one.runs] for one in crowd]
    pairs = zip(by_name["competent"].runs, by_name["novice"].runs, strict=True)
    return {
        "scenario_ref": scenario.ref,
        "scenario_hash": scenario.content_hash(),
        "engine_version": scenario.engine,
        "keys": count,
        "policies": {one.policy.name: describe(one, by_name["house"].runs) for one in judged},
        "cut": best_cut(weak, strong),
        "default_cut": {
            "cut": DEFAULT_CUT,
            "false_pass_fraction": round(fmean(x >= DEFAULT_CUT for x in weak), 4),
            "false_fail_fraction": round(fmean(x < DEFAULT_CUT for x in strong), 4),
        },
        "separation": {
            f"{a.policy.name}-{b.policy.name}": separation(a.points, b.points)
            for a, b in pairwise(judged[1:])
        },
        "reliability": reliability([one.points for one in crowd]),
        "reliability_of_raw_gmv": reliability(lived),
        "seeds_for_5_percent": seeds_to_tell(
            [log(a.lived.net_fen / b.lived.net_fen) for a, b in pairs]
        ),
        "exploits": {one.policy.name: describe_exploit(one) for one in cheats},
        "limits": derived_limits(scenario, few),
        "house_normals": house_normals(scenario, few[:20]),
    }


def describe_exploit(judged: Judged) -> dict[str, Any]:
    """Return an exploit's score, without and with gates, and the gate that bites most."""
    gates = {
        gate.code: round(fmean(score.gates[i].factor for score in judged.scores), 3)
        for i, gate in enumerate(judged.scores[0].gates)
    }
    return {
        "score": round(fmean(judged.points), 1),
        "p95": round(quantiles(judged.points, n=20, method="inclusive")[18], 1),
        "raw_score": round(fmean(score.raw for score in judged.scores), 1),
        "strikes": round(fmean(run.twin.strikes for run in judged.runs), 2),
        "gates": gates,
    }


def release_problems(report: Mapping[str, Any]) -> list[str]:
    """Return why a scenario must not be released; nothing if it may."""
    scores = {name: row["score"] for name, row in report["policies"].items()}
    cut = report["default_cut"]["cut"]
    problems = []
    if not scores["novice"]["mean"] < cut < scores["competent"]["mean"]:
        problems.append(f"the cut {cut:g} does not stand between novice and competent")
    if scores["random"]["mean"] > 0.0:
        problems.append("random presses beat the house")
    if scores["house"]["mean"] != 0.0 or scores["house"]["sd"] != 0.0:
        problems.append("the house does not score 0")
    if scores["reference"]["mean"] < 90.0:
        problems.append("the reference's own gates shrink it below 90")
    if report["reliability"]["own_keys"] < LEAST_RELIABILITY:
        problems.append(f"one session's reliability is below {LEAST_RELIABILITY}")
    for name, found in report["exploits"].items():
        if found["score"] >= cut:
            problems.append(f"the exploit {name} scores {found['score']}")
    for pair, found in report["separation"].items():
        if found["cohen_d"] < LEAST_COHEN_D:
            problems.append(f"{pair} separate with d = {found['cohen_d']} only")
    return problems
