"""The publishing checks: may a scenario be released, and if not, what would mend it?

Each check reads the calibration report alone, so that the list on the studio's page, in the shell
and in the tests is one list.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

CUTS: Mapping[str, float] = {"junior": 25.0, "intermediate": 40.0, "senior": 55.0}
"""The room cut of each level until a committee sets one (初级 25, 中级 40, 高级 55)."""

NOVICE_BELOW = 25.0
"""Points that a novice's mean stays under and a competent operator's exceeds, at every level."""

LEAST_RELIABILITY = 0.85
LEAST_COHEN_D = 1.5
LEAST_REFERENCE = 90.0
MOST_OVER_REFERENCE = 5.0
MOST_REFERENCE_RATIO = 3.0
LEAST_REFERENCE_RATIO = 1.2
"""Net GMV of reference over house: session operating alone brought 1.5 to 2 times in the cases."""

LEAST_HOUSE_MARGIN = 0.02
MOST_HOUSE_MARGIN = 0.7
"""A house that loses money, or that keeps over two thirds, is no shop of the cases' kind."""

MOST_TWIN_BIAS_LOG = 0.05
"""By how much the lived room's mean may differ from its twin's: rounding of small stocks."""


@dataclass(frozen=True, slots=True)
class Check:
    """One condition: what was measured, what is allowed, and what an author can do about it."""

    code: str
    title: str
    passed: bool
    value: float
    least: float | None
    most: float | None
    remedy: str

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-able data."""
        return asdict(self)


def _between(
    code: str, title: str, value: float, remedy: str, least: float | None, most: float | None
) -> Check:
    passed = (least is None or value >= least) and (most is None or value <= most)
    return Check(code, title, passed, round(value, 4), least, most, "" if passed else remedy)


def publishing_checks(report: Mapping[str, Any]) -> list[Check]:
    """Return all checks of a calibration report, in the order in which an author reads them."""
    return [
        *_ladder(report),
        *_reliability(report),
        *_hunts(report),
        *_house(report),
    ]


def _ladder(report: Mapping[str, Any]) -> Iterator[Check]:
    means = {name: row["score"]["mean"] for name, row in report["policies"].items()}
    house = report["policies"]["house"]["score"]
    yield _between(
        "house_is_zero",
        "主播自播恰为 0 分",
        max(abs(house["mean"]), house["sd"]),
        "引擎或计分有误：空操作必须与主播自播逐位相同，请停止发布并报告",
        None,
        0.0,
    )
    yield _between(
        "random_below_house",
        "随机操作不胜过主播自播",
        means["random"],
        "收紧毛利、退货或违规的限值，或降低权益与投流的单次效果",
        None,
        0.0,
    )
    yield _between(
        "novice_below_25",
        "新手均分低于 25",
        means["novice"],
        "照本宣科就能得分：加大轮换、库存或突发的难度，或提高高手能争取的空间",
        None,
        NOVICE_BELOW,
    )
    yield _between(
        "competent_above_25",
        "熟手均分高于 25",
        means["competent"],
        "熟手也过不了：检查毛利与退货限值是否过紧，突发是否来不及处理",
        NOVICE_BELOW,
        None,
    )
    yield _between(
        "reference_unshrunk",
        "参考策略不被门槛压低",
        means["reference"],
        "参考策略自己碰到了门槛：重新搜索参考策略，或放宽过紧的限值",
        LEAST_REFERENCE,
        None,
    )
    for pair, found in report["separation"].items():
        yield _between(
            f"separates_{pair}",
            f"相邻水平拉开距离（{pair}）",
            found["cohen_d"],
            "两档水平分不开：让区分两者的操作（选品、补货、处置、投流）影响更大",
            LEAST_COHEN_D,
            None,
        )


def _reliability(report: Mapping[str, Any]) -> Iterator[Check]:
    yield _between(
        "reliability",
        "单场得分的信度（各用各的种子）",
        report["reliability"]["own_keys"],
        "运气占比过大：减小突发时间窗、隐藏款倍数或场次质量的波动",
        LEAST_RELIABILITY,
        None,
    )


def _hunts(report: Mapping[str, Any]) -> Iterator[Check]:
    cut = report["default_cut"]["cut"]
    worst = max(report["exploits"].values(), key=lambda found: found["score"])
    yield _between(
        "degenerate_below_cut",
        "手工极端打法到不了合格线",
        worst["score"],
        "找出得分最高的极端打法（exploits），收紧能拦住它的门槛或降低该操作的效果",
        None,
        cut,
    )
    if report["repeats"]:
        yield _between(
            "repeat_below_cut",
            "单一重复操作到不了合格线",
            report["repeats"][0]["score"],
            "重复一个操作就能合格（repeats 首行）：加强疲劳、冷却或成本",
            None,
            cut,
        )
    hunted = [one["score"] for one in report["hunt"]["adversaries"].values()]
    if hunted:
        yield _between(
            "nothing_beats_reference",
            "对抗搜索不超过参考策略 5 分",
            max(hunted) - report["policies"]["reference"]["score"]["mean"],
            "搜索找到了更强的打法：若合理就重新搜索参考策略，若取巧就补上拦它的门槛",
            None,
            MOST_OVER_REFERENCE,
        )


def _house(report: Mapping[str, Any]) -> Iterator[Check]:
    rows = report["policies"]
    yield _between(
        "house_margin",
        "主播自播的毛利率合理",
        rows["house"]["margin_fraction"],
        "调整成本、退货或自播投流，使不操作也不亏、也不暴利",
        LEAST_HOUSE_MARGIN,
        MOST_HOUSE_MARGIN,
    )
    yield _between(
        "reference_ratio",
        "参考策略的净成交倍数在案例范围内",
        rows["reference"]["net_ratio"],
        "可争取的空间超出案例：调整流量、库存或价格弹性",
        LEAST_REFERENCE_RATIO,
        MOST_REFERENCE_RATIO,
    )
    yield _between(
        "twin_bias",
        "实况与孪生均值一致（对数差）",
        max(abs(row["lived_over_twin_log"]) for row in rows.values()),
        "小库存的取整在实况里咬得更重：加大过小的库存或合并规格",
        None,
        MOST_TWIN_BIAS_LOG,
    )


def problems_of(checks: list[Check]) -> list[str]:
    """Return a line for each check that failed: what was measured, what is allowed, the remedy."""
    lines = []
    for check in checks:
        if check.passed:
            continue
        bounds = " 且 ".join(
            text
            for text in (
                f"≥ {check.least:g}" if check.least is not None else "",
                f"≤ {check.most:g}" if check.most is not None else "",
            )
            if text
        )
        lines.append(f"{check.code}: {check.title}：{check.value:g}，应 {bounds}。{check.remedy}")
    return lines
