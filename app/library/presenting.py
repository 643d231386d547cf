"""Page data of the library: families, the coverage map, a room's trial, people beside policies."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import fmean, quantiles
from typing import Any

from flask_babel import gettext
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.library import labels
from app.rooms.models import RoomSession
from app.studio import realism
from app.studio.drafts.bodies import own_body
from app.studio.drafts.differing import shown_differences
from app.studio.models import ScenarioVersion
from app.studio.queries import finding_or_none, scenario_of, version_of, versions
from simulations.coverage import LEVELS, coverage, families
from simulations.near_twins import near_twins
from simulations.scenarios import Scenario
from simulations.skills import SKILLS

LEAST_PILOT = 5
"""People from whom on a distribution is shown: below, it would show persons."""

MANY_PLAYS = 200
"""Plays from which on a room is said to be widely known."""


@dataclass(frozen=True)
class Room:
    """A room of the library as its list shows it."""

    ref: str
    title: str
    level: str
    minutes: int
    problem: str
    plays: int
    trial: realism.Trial
    is_public: bool


def live_versions(db_session: Session) -> list[ScenarioVersion]:
    """Return the newest live version of each scenario."""
    newest: dict[str, ScenarioVersion] = {}
    for row in versions(db_session):
        if row.retired_at is None:
            newest.setdefault(row.scenario_id, row)
    return list(newest.values())


def library_page(db_session: Session) -> dict[str, Any]:
    """Return the families with their rooms, and the coverage map."""
    rows = live_versions(db_session)
    scenarios = {row.scenario_id: scenario_of(db_session, row.ref) for row in rows}
    plays = plays_by_ref(db_session)
    rooms = {
        row.scenario_id: Room(
            row.ref,
            row.title,
            row.level,
            scenarios[row.scenario_id].duration_min,
            scenarios[row.scenario_id].problem,
            plays.get(row.ref, 0),
            realism.trial_of(db_session, row),
            row.is_public,
        )
        for row in rows
        if scenarios[row.scenario_id].drill is None
    }
    grouped = [
        (family, [rooms.pop(one) for one in family.scenarios if one in rooms])
        for family in families()
    ]
    table = coverage(scenarios.values())
    return {
        "families": [(family, found) for family, found in grouped if found],
        "others": sorted(rooms.values(), key=lambda one: (LEVELS.index(one.level), one.ref)),
        "room_count": sum(len(found) for _, found in grouped) + len(rooms),
        "levels": LEVELS,
        "coverage": [
            (
                skill,
                [
                    (
                        level,
                        [one for one in table[skill.id][level] if one.drill is None],
                        [one for one in table[skill.id][level] if one.drill is not None],
                    )
                    for level in LEVELS
                ],
            )
            for skill in SKILLS.values()
        ],
    }


def plays_by_ref(db_session: Session) -> dict[str, int]:
    """Return how many rooms of each version were started."""
    rows = db_session.execute(
        select(RoomSession.scenario_ref, func.count()).group_by(RoomSession.scenario_ref)
    )
    return {ref: int(count) for ref, count in rows}


def room_page(db_session: Session, version: ScenarioVersion) -> dict[str, Any]:
    """Return a room's trial, exposure, twins, and how people did beside the policies."""
    scenario = scenario_of(db_session, version.ref)
    others = [
        scenario_of(db_session, row.ref)
        for row in live_versions(db_session)
        if row.scenario_id != version.scenario_id
    ]
    trial = realism.trial_of(db_session, version)
    return {
        "version": version,
        "scenario": scenario,
        "trial": trial,
        "needed": realism.NEEDED,
        "trial_chart": _trial_chart(trial),
        "exposure": exposure_of(db_session, version.ref),
        "twins": near_twins(scenario, others) if scenario.drill is None else [],
        "pilot": pilot_of(db_session, scenario),
        "versions": versions_of(db_session, version.scenario_id),
    }


def versions_of(db_session: Session, scenario_id: str) -> list[ScenarioVersion]:
    """Return the published versions of a scenario, newest first."""
    return [row for row in versions(db_session) if row.scenario_id == scenario_id]


def changes_page(db_session: Session, ref: str, other: int) -> dict[str, Any]:
    """Return what differs between a published version and another one of the same scenario.

    Args:
        db_session: A session to read with.
        ref: Of the one version.
        other: Number of the other one; 0: the one before it, or the one behind the first.

    Returns:
        `new` and `old`, the later version first; `rows` of differences and how many were
        `left_out`; `others` to compare with. `old` is None if there is but one version.

    Raises:
        NotFoundError: If there is no such version.
    """
    version = version_of(db_session, ref)
    others = [row for row in versions_of(db_session, version.scenario_id) if row.id != version.id]
    page: dict[str, Any] = {"version": version, "others": others, "rows": [], "left_out": 0}
    if other:
        second = version_of(db_session, f"{version.scenario_id}@{other}")
    else:
        before = [row for row in others if row.version < version.version]
        second = next(iter([*before, *reversed(others)]), version)
    if second.id == version.id:
        return {**page, "new": version, "old": None}
    old, new = sorted((version, second), key=lambda row: row.version)
    page["rows"], page["left_out"] = shown_differences(
        own_body(scenario_of(db_session, old.ref)), own_body(scenario_of(db_session, new.ref))
    )
    return {**page, "new": new, "old": old}


def _trial_chart(trial: realism.Trial) -> dict[str, Any] | None:
    if not trial.minutes:
        return None
    return {
        "kind": "bar",
        "title": gettext("每分钟认为真实的委员比例"),
        "unit": "%",
        "x": [str(at + 1) for at in range(len(trial.minutes))],
        "series": [
            {
                "name": gettext("真实"),
                "role": "candidate",
                "values": [round(100 * share) for share in trial.minutes],
            }
        ],
    }


def exposure_of(db_session: Session, ref: str) -> dict[str, Any]:
    """Return how often a version was played, by how many, and when last."""
    row = db_session.execute(
        select(
            func.count(),
            func.count(RoomSession.person_id.distinct()),
            func.max(RoomSession.created_at),
        ).where(RoomSession.scenario_ref == ref)
    ).one()
    return {
        "plays": int(row[0]),
        "people": int(row[1]),
        "last_at": row[2],
        "is_much": int(row[0]) >= MANY_PLAYS,
    }


def pilot_of(db_session: Session, scenario: Scenario) -> dict[str, Any]:
    """Return people's first finished rooms beside what the policies score in the calibration.

    First rooms only: who plays again has learned the room.
    """
    first = (
        select(func.min(RoomSession.id))
        .where(RoomSession.scenario_ref == scenario.ref, RoomSession.origin_id.is_(None))
        .group_by(RoomSession.person_id)
    )
    scores = [
        float(score)
        for score in db_session.scalars(
            select(RoomSession.score).where(
                RoomSession.id.in_(first),
                RoomSession.closing == "finished",
                RoomSession.score.is_not(None),
            )
        )
        if score is not None
    ]
    rows: list[dict[str, Any]] = []
    report = finding_or_none(db_session, scenario.content_hash(), "calibration")
    if report is not None and "policies" in report:
        rows = [
            {
                "name": str(labels.POLICY.get(name, name)),
                "mean": found["score"]["mean"],
                "low": found["score"]["p5"],
                "high": found["score"]["p95"],
                "is_people": False,
            }
            for name, found in report["policies"].items()
        ]
    if len(scores) >= LEAST_PILOT:
        tens = quantiles(scores, n=20, method="inclusive")
        rows.append(
            {
                "name": gettext("真人（第一次玩）"),
                "mean": round(fmean(scores), 1),
                "low": round(tens[0], 1),
                "high": round(tens[18], 1),
                "is_people": True,
            }
        )
    return {
        "rows": rows,
        "people": len(scores),
        "least": LEAST_PILOT,
        "verdict": _pilot_verdict(rows),
    }


def _pilot_verdict(rows: list[dict[str, Any]]) -> str:
    """Return what people's mean says about the policies that the room was calibrated with."""
    means = {one["name"]: one["mean"] for one in rows if not one["is_people"]}
    people = next((one["mean"] for one in rows if one["is_people"]), None)
    novice, able = (
        means.get(str(labels.POLICY["novice"])),
        means.get(str(labels.POLICY["competent"])),
    )
    if people is None or novice is None or able is None:
        return ""
    if people < novice:
        return str(
            gettext("真人均分低于“新手”策略：房间比校准所想的难，先看是不是操作不到或看不懂")
        )
    if people > able:
        return str(gettext("真人均分高于“熟手”策略：房间比校准所想的容易，合格线要重看"))
    return str(gettext("真人均分在“新手”与“熟手”之间，与校准相符"))
