"""The calibration report as text, for the shell: tables, a histogram a policy, the checks."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Json = Mapping[str, Any]

BAR = "█"
BAR_MOST = 40
MOST_SENSITIVITIES = 8


def wide(text: str, columns: int) -> str:
    """Return text padded to columns of a terminal, where a Chinese character takes two."""
    taken = sum(2 if ord(letter) > 0x2E80 else 1 for letter in text)
    return text + " " * max(0, columns - taken)


def calibration_lines(report: Json) -> list[str]:
    """Return the whole report for a person to read."""
    return [
        f"{report['scenario_ref']}  种子 {report['keys']} 个"
        + ("  （参考策略已过期）" if report["reference_is_stale"] else ""),
        "",
        *_policies(report["policies"]),
        "",
        *_separation(report),
        "",
        *_luck(report),
        "",
        *_hunts(report),
        "",
        *_sensitivity(report["sensitivity"]),
        *_checks(report["checks"]),
    ]


def _policies(policies: Json) -> Iterator[str]:
    yield wide("策略", 12) + "   均分    标准差     P5    P50    P95   净成交倍数"
    for name, row in policies.items():
        score = row["score"]
        yield (
            f"{name:<12}{score['mean']:>7.1f}{score['sd']:>9.1f}{score['p5']:>8.1f}"
            f"{score['p50']:>7.1f}{score['p95']:>7.1f}{row['net_ratio']:>10.2f}"
        )
    for name, row in policies.items():
        yield ""
        yield f"{name} 得分分布"
        yield from histogram_lines(row["histogram"])


def histogram_lines(histogram: Json) -> Iterator[str]:
    """Yield a line for each bar; bars are to scale within one histogram."""
    counts: Sequence[int] = histogram["counts"]
    most = max(counts, default=1)
    for number, count in enumerate(counts):
        start = histogram["start"] + number * histogram["width"]
        bar = BAR * round(BAR_MOST * count / most)
        yield f"{start:>8.0f} {bar} {count}"


def _separation(report: Json) -> Iterator[str]:
    for pair, found in report["separation"].items():
        yield f"{pair:<24}d = {found['cohen_d']:.2f}  AUC = {found['auc_fraction']:.3f}"
    cut, best = report["default_cut"], report["cut"]
    yield (
        f"合格线 {cut['cut']:g}：新手误过 {cut['false_pass_fraction']:.1%}，"
        f"熟手误挂 {cut['false_fail_fraction']:.1%}；最佳分界 {best['cut']:g}"
    )
    line = report["cut_line"]
    yield wide("合格线", 12) + "".join(f"{cut:>6}" for cut in line["cuts"])
    for name, shares in line["pass_fraction"].items():
        yield f"{name:<12}" + "".join(f"{share:>6.0%}" for share in shares)


def _luck(report: Json) -> Iterator[str]:
    score, raw = report["reliability"], report["reliability_of_raw_gmv"]
    yield (
        f"单场信度 {score['own_keys']:.3f}（三场 {score['own_keys_3_sessions']:.3f}），"
        f"运气占 {score['luck_share']:.1%}，测量标准误 {score['sem_points']:.1f} 分；"
        f"只看成交额则信度 {raw['own_keys']:.3f}"
    )
    for path, title in (("twin", "孪生"), ("lived", "实况")):
        row = report["ranking"][path]
        yield (
            f"相差 5% 的两人（{title}）：同种子 {row['seeds_to_rank_paired']} 个排对、"
            f"{row['seeds_to_tell_paired']} 个显著；"
            f"各用各的种子 {row['seeds_to_rank_unpaired']} 个排对、"
            f"{row['seeds_to_tell_unpaired']} 个显著"
        )


def _hunts(report: Json) -> Iterator[str]:
    yield wide("极端打法", 34) + "得分   不设门槛   拦住它的"
    for name, found in report["exploits"].items():
        yield _hunted(name, found)
    for found in report["repeats"][:3]:
        yield _hunted(f"只做 {found['action']}（每 {found['every_min']:g} 分钟）", found)
    for name, found in report["hunt"]["adversaries"].items():
        yield _hunted(f"搜索 {name}", found)


def _hunted(name: str, found: Json) -> str:
    stopped = found["stopped_by"] or "—"
    return wide(name, 32) + f"{found['score']:>6.1f}{found['raw_score']:>10.1f}   {stopped}"


def _sensitivity(rows: Sequence[Json]) -> Iterator[str]:
    if not rows:
        return
    yield wide("最敏感的参数", 50) + "倍数   新手   熟手"
    for row in rows[:MOST_SENSITIVITIES]:
        yield (
            f"{row['parameter']:<50}{row['factor']:>4.2f}{row['novice_points']:>+7.1f}"
            f"{row['competent_points']:>+7.1f}"
        )
    yield ""


def _checks(checks: Sequence[Json]) -> Iterator[str]:
    yield "发布检查"
    for check in checks:
        mark = "通过" if check["passed"] else "未过"
        yield f"  {mark}  {wide(check['title'], 44)}{check['value']:g}"
        if not check["passed"]:
            yield f"        → {check['remedy']}"
