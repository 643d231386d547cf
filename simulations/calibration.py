"""Calibration: does a scenario measure skill, and where should its cut stand?

Everything is measured on keys that no search has seen. A policy lives each room and its log is
then judged on the room's twin, exactly as a candidate is. The report is plain data whose shape is
`SCHEMA`: the studio draws it, `simulations.reporting` writes it as text, and the publishing checks
(`simulations.publishing`) read nothing else.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from itertools import pairwise
from math import log
from statistics import fmean, quantiles, stdev
from typing import Any

from simulations.adversaries import HUNT_EFFORT, adversaries
from simulations.batch import (
    AnyPolicy,
    Progress,
    Run,
    judged_run,
    run_policies,
    seeds,
    twin_outcome,
)
from simulations.crowd import exploits, population
from simulations.distributions import best_cut, histogram, pass_rates, percentiles, separation
from simulations.engines.v1.operators import THETA
from simulations.executors import opened
from simulations.exploits import best_repeats, verdict_of
from simulations.limits import derived_limits, house_normals
from simulations.policies import (
    Policy,
    Reference,
    competent,
    house,
    novice,
    random_presses,
    reference,
)
from simulations.publishing import CUTS, problems_of, publishing_checks
from simulations.reliability import ranking_study, reliability, seeds_to_tell
from simulations.scenarios import Scenario
from simulations.scoring import Score
from simulations.search import Effort
from simulations.sensitivity import sensitivities
from simulations.stamps import reference_hash, stamp_of
from simulations.states import RoomKeys

SCHEMA = "caopan-calibration/2"

CALIBRATION_BASE = 11_000
"""Base of the calibration seeds; training seeds and rooms never use it."""


@dataclass(frozen=True, slots=True)
class Depth:
    """How much to measure; the default takes about a minute of two cores.

    `hunt` None leaves the adversarial searches out, `sensitivity_keys` 0 the sensitivities: then
    the report says less, and its checks are fewer.
    """

    keys: int = 300
    persons: int = 24
    worlds: int = 40
    repeat_keys: int = 12
    hunt: Effort | None = HUNT_EFFORT
    hunt_keys: int = 60
    sensitivity_keys: int = 6


@dataclass(frozen=True, slots=True)
class Judged:
    """One policy's scores over keys, on the twin as they count."""

    policy: AnyPolicy
    runs: list[Run]
    scores: list[Score]

    @property
    def points(self) -> list[float]:
        """Return the scores' points."""
        return [score.points for score in self.scores]


def judge(
    scenario: Scenario,
    policies: Sequence[AnyPolicy],
    keys: Sequence[RoomKeys],
    yardstick: Reference,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> list[Judged]:
    """Run policies over keys and score each run as a candidate's."""
    houses = [twin_outcome(scenario, house(), pair) for pair in keys]
    references = [twin_outcome(scenario, yardstick.policy, pair) for pair in keys]
    table = run_policies(scenario, policies, keys, executor, progress)
    return [
        Judged(
            policy,
            runs,
            [
                judged_run(scenario, run, base, best, yardstick, policy.plan)
                for run, base, best in zip(runs, houses, references, strict=True)
            ],
        )
        for policy, runs in zip(policies, table, strict=True)
    ]


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
        "histogram": histogram(judged.points),
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


def calibrate(
    scenario: Scenario,
    depth: Depth | None = None,
    yardstick: Reference | None = None,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Return the calibration report of a scenario, as JSON-able data.

    Args:
        scenario: The scenario.
        depth: How much to measure.
        yardstick: The reference; the stored one if left out.
        executor: Where to run; a worker for each processor if left out.
        progress: Told (units done, units in all), a unit being about one run.

    Raises:
        ReferenceMissingError: If no reference is given and none is stored.
    """
    yardstick = yardstick or reference(scenario)
    with opened() if executor is None else nullcontext(executor) as pool:
        return _Study(scenario, depth or Depth(), yardstick, pool, progress).report()


class _Study:
    """One calibration in the making: what its parts share, and the progress through all of them."""

    def __init__(
        self,
        scenario: Scenario,
        depth: Depth,
        yardstick: Reference,
        executor: Executor,
        progress: Progress | None,
    ) -> None:
        self.scenario, self.depth, self.yardstick = scenario, depth, yardstick
        self.executor, self.progress = executor, progress
        self.keys = seeds(depth.keys, CALIBRATION_BASE)
        self.few = self.keys[: max(20, depth.keys // 3)]
        self.ladder = [
            house(),
            random_presses(),
            novice(scenario),
            competent(scenario),
            Policy("reference", yardstick.policy.theta, yardstick.plan),
        ]
        self.cheats = list(exploits(scenario).values())
        hunt = depth.hunt.rounds * 100 if depth.hunt is not None else 0
        self.parts = {
            "ladder": len(self.ladder) * depth.keys,
            "exploits": len(self.cheats) * len(self.few),
            "crowd": depth.persons * depth.worlds,
            "hunt": hunt,
            "sensitivity": 100 * depth.sensitivity_keys,
        }

    def tell(self, part: str) -> Progress:
        """Return a reporter that maps a part's progress to the whole's."""
        names = list(self.parts)
        before = sum(self.parts[name] for name in names[: names.index(part)])
        total = sum(self.parts.values())

        def report(done: int, of: int) -> None:
            if self.progress is not None:
                self.progress(before + self.parts[part] * done // max(of, 1), total)

        return report

    def judged(
        self, policies: Sequence[AnyPolicy], keys: Sequence[RoomKeys], part: str
    ) -> list[Judged]:
        """Judge policies as a part of the study."""
        return judge(self.scenario, policies, keys, self.yardstick, self.executor, self.tell(part))

    def report(self) -> dict[str, Any]:
        """Measure everything and return the report."""
        scenario, depth = self.scenario, self.depth
        judged = self.judged(self.ladder, self.keys, "ladder")
        by_name = {one.policy.name: one for one in judged}
        weak, strong = by_name["novice"].points, by_name["competent"].points
        cut = CUTS[scenario.level]
        report: dict[str, Any] = {
            "schema": SCHEMA,
            **stamp_of(scenario),
            "reference_hash": reference_hash(self.yardstick),
            "reference_is_stale": self.yardstick.is_stale,
            "keys": depth.keys,
            "policies": {one.policy.name: describe(one, by_name["house"].runs) for one in judged},
            "cut": best_cut(weak, strong),
            "default_cut": {
                "cut": cut,
                "false_pass_fraction": round(fmean(x >= cut for x in weak), 4),
                "false_fail_fraction": round(fmean(x < cut for x in strong), 4),
            },
            "cut_line": pass_rates({one.policy.name: one.points for one in judged}),
            "separation": {
                f"{a.policy.name}-{b.policy.name}": separation(a.points, b.points)
                for a, b in pairwise(judged[1:])
            },
            "exploits": {
                one.policy.name: describe_exploit(one)
                for one in self.judged(self.cheats, self.few, "exploits")
            },
            **self.luck(by_name),
            "repeats": best_repeats(
                scenario, self.few[: depth.repeat_keys], self.yardstick, self.executor
            ),
            "hunt": self.hunt(),
            "sensitivity": self.sensitivity(),
            "limits": derived_limits(scenario, self.few),
            "house_normals": house_normals(scenario, self.few[:20]),
        }
        checks = publishing_checks(report)
        report["checks"] = [check.to_dict() for check in checks]
        report["problems"] = problems_of(checks)
        return report

    def luck(self, by_name: Mapping[str, Judged]) -> dict[str, Any]:
        """Return what is luck in a score, in the lived GMV, and in telling two people apart."""
        people = population(self.scenario, self.yardstick.policy, self.depth.persons)
        worlds = seeds(self.depth.worlds, CALIBRATION_BASE + 1)
        crowd = self.judged(people, worlds, "crowd")
        lived = [[log(max(run.lived.gmv_fen, 1.0)) for run in one.runs] for one in crowd]
        able, green = by_name["competent"], by_name["novice"]
        pairs = zip(able.runs, green.runs, strict=True)
        return {
            "reliability": reliability([one.points for one in crowd]),
            "reliability_of_raw_gmv": reliability(lived),
            "ranking": ranking_study(
                self.scenario,
                competent(self.scenario),
                novice(self.scenario),
                self.few,
                self.executor,
            ),
            "seeds_for_5_percent": seeds_to_tell(
                [log(max(a.lived.net_fen, 1.0) / max(b.lived.net_fen, 1.0)) for a, b in pairs]
            ),
        }

    def hunt(self) -> dict[str, Any]:
        """Search for adversaries and judge them with all gates on, on keys they have not seen."""
        effort = self.depth.hunt
        if effort is None:
            return {"effort": None, "adversaries": {}}
        found = adversaries(self.scenario, self.yardstick, effort, self.executor, self.tell("hunt"))
        judged = judge(
            self.scenario,
            list(found.values()),
            self.keys[: self.depth.hunt_keys],
            self.yardstick,
            self.executor,
        )
        return {
            "effort": asdict(effort),
            "adversaries": {
                one.policy.name: {
                    **verdict_of(one.scores).to_dict(),
                    "net_ratio": round(
                        fmean(
                            run.twin.net_fen / max(score_house, 1.0)
                            for run, score_house in zip(
                                one.runs, self.house_nets(len(one.runs)), strict=True
                            )
                        ),
                        4,
                    ),
                    "theta": _told_theta(found[one.policy.name]),
                }
                for one in judged
            },
        }

    def house_nets(self, count: int) -> list[float]:
        """Return the house's net GMV on the twins of the first keys, fen."""
        return [twin_outcome(self.scenario, house(), pair).net_fen for pair in self.keys[:count]]

    def sensitivity(self) -> list[dict[str, Any]]:
        """Return the effect of each of the scenario's numbers, greatest first."""
        count = self.depth.sensitivity_keys
        if count == 0:
            return []
        effects = sensitivities(
            self.scenario,
            self.keys[:count],
            self.yardstick,
            self.executor,
            self.tell("sensitivity"),
        )
        return [asdict(effect) for effect in effects]


def _told_theta(policy: Policy) -> dict[str, float]:
    return {name: value for name, value in zip(THETA, policy.theta, strict=True) if value != 0.0}


def describe_exploit(judged: Judged) -> dict[str, Any]:
    """Return an exploit's score, without and with gates, and what stops it."""
    return {
        **verdict_of(judged.scores).to_dict(),
        "p95": round(quantiles(judged.points, n=20, method="inclusive")[18], 1),
        "strikes": round(fmean(run.twin.strikes for run in judged.runs), 2),
    }
