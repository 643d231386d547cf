"""What is known about a draft before it is decided on: checks, luck, tricks, twins, its trial."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.studio import queries as versions
from app.studio import realism
from app.studio.drafts import queries
from app.studio.drafts.bodies import parsed
from app.studio.drafts.evidence_words import (
    STOPPED_BY,
    check_figures,
    check_words,
    remedy_words,
    repeat_words,
    strategy_words,
)
from app.studio.drafts.labels import place_words
from app.studio.drafts.models import ScenarioDraft, ScenarioRun
from app.studio.drafts.standing import Stage
from app.studio.models import ScenarioVersion
from simulations.errors import ScenarioError
from simulations.near_twins import NEAR, likeness, near_twins
from simulations.publishing import LEAST_RELIABILITY, MOST_OVER_REFERENCE
from simulations.scenarios import Scenario

Json = dict[str, Any]

SHOWN_EFFECTS = 24
SHOWN_REPEATS = 8


def evidence_page(db_session: Session, draft: ScenarioDraft) -> Json:
    """Return what the page of a draft's checks shows.

    Returns:
        `run` and what it found (None before the first one ended), `twins`, `trial`, `steps`.
    """
    try:
        scenario = parsed(draft.body, draft.scenario_id, draft.version)
    except ScenarioError:
        scenario = None
    run = _newest_result(db_session, draft)
    found = None if run is None or run.result is None else _found(run.result)
    return {
        "scenario": scenario,
        "run": run,
        "is_current": run is not None
        and scenario is not None
        and run.content_hash == scenario.content_hash(),
        "found": found,
        "twins": None if scenario is None else _twins(db_session, scenario),
        "near": NEAR,
        "trial": _trial(db_session, draft),
    }


def _newest_result(db_session: Session, draft: ScenarioDraft) -> ScenarioRun | None:
    """Return the newest finished run; a release knows more than the fine one before it."""
    done = [
        run
        for kind in ("release", "fine")
        if (run := queries.newest_run_or_none(db_session, draft, kind, "done")) is not None
    ]
    return max(done, key=lambda run: (run.revision, run.kind == "release"), default=None)


def _found(result: Json) -> Json:
    report = result["calibration"]
    reference = report["policies"]["reference"]["score"]["mean"]
    cut = report["default_cut"]["cut"]
    checks = shown_checks(report)
    return {
        "checks": checks,
        "failed": [one for one in checks if not one["passed"]],
        "luck": _luck(report),
        "cheats": _tried(report["exploits"], strategy_words, cut),
        "repeats": [
            {
                **_strategy(repeat_words(one["action"]), one, cut),
                "every_min": one["every_min"],
            }
            for one in report["repeats"][:SHOWN_REPEATS]
        ],
        "hunted": _tried(
            report["hunt"]["adversaries"], strategy_words, reference + MOST_OVER_REFERENCE
        ),
        "cut": cut,
        "reference": reference,
        "effects": [
            {
                "label": place_words(one["parameter"].replace(".*", "")),
                "factor": one["factor"],
                "novice": one["novice_points"],
                "competent": one["competent_points"],
            }
            for one in report["sensitivity"][:SHOWN_EFFECTS]
        ],
    }


def shown_checks(report: Json) -> list[Json]:
    """Return the publishing checks with their words and figures, in the reader's language."""
    return [
        {
            **one,
            "title": check_words(one["code"], one["title"]),
            "remedy": remedy_words(
                one["code"],
                one["remedy"],
                is_low=one["least"] is not None and one["value"] < one["least"],
            ),
            "figures": check_figures(one["code"], one["value"], one["least"], one["most"]),
        }
        for one in report["checks"]
    ]


def tricks(report: Json) -> list[Json]:
    """Return every strategy that lives by a trick, the most successful first.

    Extreme ones, each single action repeated at its best and, once there was a search, what it
    found: each with its score, what stopped it, and whether it is a hole.
    """
    cut = report["default_cut"]["cut"]
    most = report["policies"]["reference"]["score"]["mean"] + MOST_OVER_REFERENCE
    repeats: dict[str, Json] = {}
    for one in sorted(report["repeats"], key=lambda one: -float(one["score"])):
        name = gettext(
            "%(action)s，每 %(minutes)s 分钟",
            action=repeat_words(one["action"]),
            minutes=f"{one['every_min']:g}",
        )
        repeats.setdefault(one["action"].split(" ")[0], _strategy(name, one, cut))
    found = [
        *_tried(report["exploits"], strategy_words, cut),
        *_tried(report["hunt"]["adversaries"], strategy_words, most),
        *repeats.values(),
    ]
    return sorted(found, key=lambda one: (not one["is_hole"], -float(one["score"])))


def _luck(report: Json) -> Json:
    score, raw = report["reliability"], report["reliability_of_raw_gmv"]
    is_much = score["own_keys"] < LEAST_RELIABILITY
    return {
        "share": score["luck_share"],
        "raw_share": raw["luck_share"],
        "sem_points": score["sem_points"],
        "sd_person": score["sd_person"],
        "three": score["own_keys_3_sessions"],
        "most": 1.0 - LEAST_RELIABILITY,
        "is_much": is_much,
        "remedy": gettext(
            "收窄突发的时间窗，减小场次质量、公域波动或隐藏款的倍数；连考三场的信度见右侧"
        )
        if is_much
        else "",
    }


def _tried(rows: Json, words: Any, most: float) -> list[Json]:
    """Return strategies, the most successful first."""
    found = [_strategy(words(code), one, most) for code, one in rows.items()]
    return sorted(found, key=lambda one: -float(one["score"]))


def _strategy(name: str, one: Json, most: float) -> Json:
    return {
        "name": name,
        "score": one["score"],
        "raw": one["raw_score"],
        "stopped_by": str(STOPPED_BY.get(one["stopped_by"], one["stopped_by"])),
        "is_hole": one["score"] > most,
    }


def _twins(db_session: Session, scenario: Scenario) -> Json:
    """Return the published rooms that this one is too like, and the likest one otherwise."""
    others = [
        versions.scenario_of(db_session, row.ref)
        for row in queries.live_versions(db_session)
        if row.scenario_id != scenario.id and not row.scenario_id.startswith("drill-")
    ]
    near = near_twins(scenario, others)
    all_of_them = (likeness(scenario, other) for other in others)
    likest = max(all_of_them, key=lambda one: one.total, default=None)
    return {"near": near, "likest": likest}


def _trial(db_session: Session, draft: ScenarioDraft) -> Json:
    """Return the trial (试行) of what is in use of this scenario, and what is still to be done."""
    ref = draft.published_ref
    if ref is None:
        ref = _newest_ref(db_session, draft.scenario_id)
    row = None if ref is None else versions.version_of(db_session, ref)
    trial = None if row is None else realism.trial_of(db_session, row)
    is_published = draft.stage == Stage.PUBLISHED
    if is_published and trial is not None and trial.is_over:
        step = gettext("试行已通过：可用于认证。")
    elif is_published and trial is not None and trial.rejected:
        step = gettext("有委员不认可：看他指出的分钟，改出下一版，再从头试行。")
    elif is_published and trial is not None:
        step = gettext(
            "还差 %(n)s 位操盘过直播间、没有参与编写和评审的委员：到场景库盲玩并表态。",
            n=max(0, realism.NEEDED - trial.confirmed),
        )
    else:
        step = gettext(
            "发布后从头试行：%(n)s 位操盘过直播间的委员盲玩并确认之前，不计入正式证书。",
            n=realism.NEEDED,
        )
    return {"ref": ref, "trial": trial, "needed": realism.NEEDED, "step": step}


def _newest_ref(db_session: Session, scenario_id: str) -> str | None:
    row = db_session.scalar(
        select(ScenarioVersion)
        .where(ScenarioVersion.scenario_id == scenario_id)
        .order_by(ScenarioVersion.version.desc())
        .limit(1)
    )
    return None if row is None else row.ref
