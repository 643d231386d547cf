"""Does a drill measure its skill? Search its reference, measure it, and check it for publishing.

A drill is short and has few products, so its reference is searched in a space of its own, in which
every lever may also be left alone. What the publishing check of a full scenario asks of the ladder
of operators, this one asks of four people: nobody, somebody who presses anything, a novice, and the
reference itself without the drill's one skill.
"""

from collections.abc import Mapping
from concurrent.futures import Executor
from contextlib import nullcontext
from statistics import fmean
from typing import Any

from simulations.batch import AnyPolicy, seeds
from simulations.calibration import Judged, describe, judge
from simulations.drills import MOST_STARS, Drill, stars_of
from simulations.engines.v1.operators import THETA
from simulations.executors import opened
from simulations.exploits import best_repeats
from simulations.limits import derived_limits, house_normals
from simulations.policies import Policy, Reference, house, novice, policy_of, random_presses
from simulations.publishing import Check, problems_of
from simulations.scenarios import Scenario
from simulations.search import Bounds, Effort, gated_growth, reference_data, search, search_space

SCHEMA = "caopan-drill/1"

DRILL_BASE = 13_000
"""Base of the seeds that drills are measured on; no search and no room uses it."""

DRILL_EFFORT = Effort(rounds=24, population=60, elite=10, seeds_per_round=12)
"""A drill is a fifteenth of a long room: this much takes some seconds of one core."""

DRILL_KEYS = 200
REPEAT_KEYS = 12

LEAST_SKILL_POINTS = 25.0
"""Points that the reference loses without the drill's skill: a quarter of what can be won."""

LEAST_RATIO = 1.1
"""Net GMV of the reference over the house's: below that a drill is about noise."""

LEAST_REFERENCE = 90.0

LEAST_THREE_STAR_FRACTION = 0.85
"""Rooms in which the reference earns three stars: who plays as well must nearly always see them."""


def drill_space(scenario: Scenario) -> Bounds:
    """Return what is searched for a drill, and between which values.

    Gaps below 0 leave a gift alone, a share of less than 0 never reorders.
    """
    duration = float(scenario.duration_min)
    return {
        **search_space(scenario),
        "rotate_min": (1, duration),
        "bag_gap_min": (-duration / 3, duration),
        "packet_gap_min": (-duration / 3, duration),
        "coupon_gap_min": (-duration / 3, duration),
        "coupon_min": (1, scenario.benefits.coupon.most_min),
        "cover_min": (1, duration),
        "restock_share": (-0.3, 1.5),
        "freight_from": (0, duration * 2),
    }


def search_drill(
    scenario: Scenario,
    effort: Effort = DRILL_EFFORT,
    seed: int = 1,
    executor: Executor | None = None,
) -> dict[str, Any]:
    """Search a drill's reference; return what is stored, with its provenance."""
    objective = gated_growth(scenario.scoring)
    space = drill_space(scenario)
    found = search(scenario, objective, space, effort, seed=seed, executor=executor)
    return reference_data(scenario, found, effort, seed)


def unskilled(yardstick: Reference, drill: Drill) -> Policy:
    """Return the reference as somebody plays it who lacks the drill's skill."""
    theta = dict(zip(THETA, yardstick.policy.theta, strict=True)) | drill.without
    return policy_of("unskilled", theta, yardstick.plan)


def measure_drill(
    scenario: Scenario,
    yardstick: Reference,
    count: int = DRILL_KEYS,
    executor: Executor | None = None,
) -> dict[str, Any]:
    """Return a drill's report: scores and stars of each operator, and the publishing checks.

    Args:
        scenario: A drill.
        yardstick: Its reference.
        count: Keys that every operator plays.
        executor: Where to run; a worker for each processor if left out.
    """
    drill = scenario.drill
    assert drill is not None, scenario.id
    keys = seeds(count, DRILL_BASE)
    people: list[AnyPolicy] = [
        house(),
        random_presses(),
        novice(scenario),
        Policy("reference", yardstick.policy.theta, yardstick.plan),
    ]
    if drill.without:
        people.append(unskilled(yardstick, drill))
    with opened() if executor is None else nullcontext(executor) as pool:
        judged = judge(scenario, people, keys, yardstick, pool)
        repeats = best_repeats(scenario, keys[:REPEAT_KEYS], yardstick, pool)
    report: dict[str, Any] = {
        "schema": SCHEMA,
        "scenario_ref": scenario.ref,
        "scenario_hash": scenario.content_hash(),
        "engine_version": scenario.engine,
        "reference_is_stale": yardstick.is_stale,
        "skill": drill.skill,
        "keys": count,
        "policies": {
            one.policy.name: describe(one, judged[0].runs) | {"stars": _star_shares(one, drill)}
            for one in judged
        },
        "repeats": repeats,
        "limits": derived_limits(scenario, keys[:40]),
        "house_normals": house_normals(scenario, keys[:20]),
    }
    checks = drill_checks(report, drill)
    report["checks"] = [check.to_dict() for check in checks]
    report["problems"] = problems_of(checks)
    return report


def _star_shares(judged: Judged, drill: Drill) -> list[float]:
    """Return the share of rooms that end with 0, 1, 2 and 3 stars."""
    stars = [stars_of(points, drill.stars) for points in judged.points]
    return [round(fmean(one == count for one in stars), 4) for count in range(MOST_STARS + 1)]


def drill_checks(report: Mapping[str, Any], drill: Drill) -> list[Check]:
    """Return the checks of a drill's report, in the order in which an author reads them."""
    rows = report["policies"]
    one, two, three = drill.stars.points
    reference = rows["reference"]["score"]
    worst_repeat = report["repeats"][0]["score"] if report["repeats"] else 0.0
    checks = [
        _check(
            "house_is_zero",
            "不动手恰为 0 分",
            max(abs(rows["house"]["score"]["mean"]), rows["house"]["score"]["sd"]),
            "引擎或计分有误：空操作必须与主播自播逐位相同，请停止发布并报告",
            most=0.0,
        ),
        _check(
            "random_below_one_star",
            "乱按拿不到一星",
            rows["random"]["score"]["mean"],
            "收紧毛利或退货的限值，或提高一星的分数",
            most=one,
        ),
        _check(
            "novice_below_two_stars",
            "新手均分不到两星",
            rows["novice"]["score"]["mean"],
            "照本宣科就能得分：加大这一项能力的影响，或提高两星的分数",
            most=two,
        ),
        _check(
            "reference_unshrunk",
            "参考策略不被门槛压低",
            reference["mean"],
            "参考策略自己碰到了门槛：重新搜索，或放宽过紧的限值",
            least=LEAST_REFERENCE,
        ),
        _check(
            "reference_three_stars",
            "参考策略拿三星的场次占比",
            rows["reference"]["stars"][MOST_STARS],
            "三星定得太高，或房间的运气太大",
            least=LEAST_THREE_STAR_FRACTION,
        ),
        _check(
            "repeat_below_three_stars",
            "单一重复操作拿不到三星",
            worst_repeat,
            "重复一个操作就能三星（repeats 首行）：加强疲劳、冷却或成本",
            most=three,
        ),
        _check(
            "reference_ratio",
            "参考策略明显胜过主播自播",
            rows["reference"]["net_ratio"],
            "可争取的空间太小，分数只剩噪声",
            least=LEAST_RATIO,
        ),
    ]
    if drill.without:
        lost = reference["mean"] - rows["unskilled"]["score"]["mean"]
        checks.append(
            _check(
                "measures_its_skill",
                "缺了这一项能力，参考策略少得的分",
                lost,
                "这一关考的不是它说的能力：减小其他操作的作用，或加大这一项的影响",
                least=LEAST_SKILL_POINTS,
            )
        )
        checks.append(
            _check(
                "unskilled_below_three_stars",
                "缺了这一项能力拿不到三星",
                rows["unskilled"]["score"]["mean"],
                "不会这一项也能三星：提高三星的分数，或加大这一项的影响",
                most=three,
            )
        )
    return checks


def _check(
    code: str,
    title: str,
    value: float,
    remedy: str,
    *,
    least: float | None = None,
    most: float | None = None,
) -> Check:
    passed = (least is None or value >= least) and (most is None or value <= most)
    return Check(code, title, passed, round(value, 4), least, most, "" if passed else remedy)
