"""Data of the editor's page: what the scripts draw, and the state of the calibrations."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import gettext
from sqlalchemy.orm import Session

from app.studio.drafts import queries
from app.studio.drafts.bodies import Body, faults_of, parsed, value_at
from app.studio.drafts.evidence import shown_checks, tricks
from app.studio.drafts.labels import (
    FACT,
    POLICY,
    fault_words,
    place_words,
)
from app.studio.drafts.models import ScenarioDraft, ScenarioRun
from simulations.errors import ScenarioError

Json = dict[str, Any]

SHOWN_SENSITIVITIES = 6
SHOWN_TRICKS = 4


def fault_lines(draft: ScenarioDraft) -> list[str]:
    """Return what contradicts what in a draft, in words."""
    found = faults_of(draft.body, draft.scenario_id, draft.version)
    return [f"{place_words(path)}：{fault_words(message)}" for path, message in found]


def runs_json(db_session: Session, draft: ScenarioDraft, *, now: datetime) -> Json:
    """Return the newest runs of a draft, and the newest finished one of each kind, for a page."""
    out: Json = {"revision": draft.revision}
    try:
        current = parsed(draft.body, draft.scenario_id, draft.version).content_hash()
    except ScenarioError:
        current = ""
    for kind in ("fine", "release"):
        newest = queries.newest_run_or_none(db_session, draft, kind)
        done = queries.newest_run_or_none(db_session, draft, kind, "done")
        out[kind] = None if newest is None else _run_json(newest, current, now=now)
        if done is not None and done.result is not None:
            out[f"{kind}_result"] = {
                "id": done.public_id,
                "is_current": done.content_hash == current,
                **result_json(done.result),
            }
    return out


def _run_json(run: ScenarioRun, current: str, *, now: datetime) -> Json:
    left_s = None
    if run.status == "running" and run.started_at is not None and run.done_units > 0:
        spent_s = (now - run.started_at).total_seconds()
        left_s = max(1, round(spent_s * (run.all_units - run.done_units) / run.done_units))
    return {
        "id": run.public_id,
        "status": run.status,
        "done": run.done_units,
        "all": run.all_units,
        "left_s": left_s,
        "is_current": run.content_hash == current,
    }


def result_json(result: Json) -> Json:
    """Return what a page shows of a finished run."""
    report = result["calibration"]
    return {
        "policies": {
            name: {"score": row["score"], "histogram": row["histogram"]}
            for name, row in report["policies"].items()
            if name in ("novice", "competent", "reference")
        },
        "separation": report["separation"],
        "reliability": report["reliability"]["own_keys"],
        "luck": {
            "share": report["reliability"]["luck_share"],
            "raw_share": report["reliability_of_raw_gmv"]["luck_share"],
            "sem_points": report["reliability"]["sem_points"],
        },
        "tricks": tricks(report)[:SHOWN_TRICKS],
        "checks": shown_checks(report),
        "sensitivity": [
            {
                "label": place_words(row["parameter"].replace(".*", "")),
                "points": row["competent_points"],
                "factor": row["factor"],
            }
            for row in sorted(
                report["sensitivity"], key=lambda row: -abs(float(row["competent_points"]))
            )[:SHOWN_SENSITIVITIES]
        ],
        "bands": result["bands"],
        "incidents": result["incidents"],
    }


def timeline(body: Body) -> Json:
    """Return the incidents' windows for the picture of the session."""
    duration = value_at(body, "duration_min") or 1
    return {
        "duration_min": duration,
        "incidents": [
            {
                "title": one.get("title", ""),
                "path": f"incidents.{place}",
                "sign_min": one.get("sign_min", 0),
                "from_min": one.get("from_min", 0),
                "until_min": one.get("until_min", 0),
                "lasts_min": one.get("lasts_min", 0),
                "chance_fraction": one.get("chance_fraction", 0),
            }
            for place, one in enumerate(body.get("incidents") or [])
        ],
        "phases": [
            {"title": one.get("title", ""), "until_min": one.get("until_min", 0)}
            for one in body.get("phases") or []
        ],
    }


def history(db_session: Session, draft: ScenarioDraft) -> list[Json]:
    """Return what happened to a draft, newest first."""
    facts = queries.facts_of(db_session, draft)
    names = queries.names_of(db_session, [one.person_id for one in facts])
    return [
        {
            "words": str(FACT[one.kind]),
            "who": names.get(one.person_id, ""),
            "at": one.at,
            "remark": one.payload.get("remark", ""),
        }
        for one in reversed(facts)
    ]


def script_words() -> Json:
    """Return the words that the editor's scripts say."""
    return {
        "saved": gettext("已保存"),
        "saving": gettext("正在保存"),
        "not_saved": gettext("没有保存"),
        "offline": gettext("连不上服务器，修改还没有保存"),
        "coarse": gettext("粗算已更新 · {keys} 个种子"),
        "coarse_part": gettext("粗算 {keys} / {of} 个种子"),
        "coarse_finer": gettext("粗算已更新，正在细化 {keys} / {of}"),
        "corrected": gettext("，已按精算校准"),
        "computing": gettext("正在粗算"),
        "cut_best": gettext("分得最开"),
        "cut_level": gettext("本级常用"),
        "take_cut": gettext("采用"),
        "take_cut_of": gettext("采用合格线 {cut}"),
        "hole": gettext("漏洞"),
        "trick_points": gettext("{points} 分"),
        "no_incidents": gettext("这个场景没有突发。"),
        "incident_takes": gettext("熟手 {competent} · 自播 {house}"),
        "fine_waits": gettext("精算排队中"),
        "fine_runs": gettext("精算 {percent}%"),
        "fine_left": gettext("约 {seconds} 秒"),
        "fine_done": gettext("精算已完成"),
        "fine_old": gettext("精算早于最近的修改"),
        "fine_failed": gettext("精算没有成功"),
        "cancelled": gettext("精算已取消"),
        "contradiction": gettext("先改好矛盾处，再看难度"),
        "before": gettext("改动前"),
        "cut": gettext("合格线 {cut}"),
        "mean": gettext("{name} {mean} 分"),
        "points": gettext("得分，0 为主播自播，100 为参考策略"),
        "passes": gettext("{name}通过 {share}"),
        "gmv": gettext("成交额（万元），中间八成区间"),
        **{f"policy_{name}": str(words) for name, words in POLICY.items()},
        "distribution": gettext("三类操盘手的得分分布"),
        "remedy": gettext("怎样改："),
        "timeline": gettext("突发时间线"),
        "timeline_move": gettext("{title}：{from} 到 {until} 之间开始，左右键整段移动"),
        "timeline_from": gettext("{title}：最早 {from} 开始"),
        "timeline_until": gettext("{title}：最晚 {until} 开始"),
    }
