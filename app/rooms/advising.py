"""What to practise next in rooms: the drill of each weak skill, and a whole room that asks for it.

Weak is what debriefs say (`app.rooms.findings`); stars and best scores say what is left to gain.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.rooms import drills
from app.rooms.findings import NEXT_STEPS, UNWEIGHTED_LOG, WEAK_POINTS
from app.rooms.models import RoomDebrief, RoomScore, RoomSession
from app.rooms.skill_words import SHOWN_SKILLS, ShownSkill
from app.rooms.starting import has_cockpit
from app.studio import queries as studio
from simulations.coverage import skills_of
from simulations.drills import MOST_STARS
from simulations.scenarios import Scenario
from simulations.skills import SkillId

LOOKED_AT = 5
"""Newest weighed rooms from which weak skills are told; older ones say how it was."""

LEVELS = ("junior", "intermediate", "senior")


@dataclass(frozen=True)
class DrillTip:
    """A drill of a weak skill, and the stars that the person has in it."""

    scenario: Scenario
    stars: int


@dataclass(frozen=True)
class RoomTip:
    """A whole room that asks for weak skills.

    Attributes:
        scenario: The room.
        skills: Those of the weak skills that it asks for.
        tries: Scored practice runs of it so far.
        best: The most points of them; None before the first.
    """

    scenario: Scenario
    skills: tuple[ShownSkill, ...]
    tries: int
    best: float | None


@dataclass(frozen=True)
class WeakSkill:
    """A skill that the newest debriefs show below the mark.

    Attributes:
        skill: Which.
        points: Mean points, 0 to 100.
        rooms: How many rooms measured it.
    """

    skill: ShownSkill
    points: float
    rooms: int


@dataclass(frozen=True)
class DebriefTips:
    """What a debrief recommends: a drill by skill, and at most one whole room."""

    drills: Mapping[str, DrillTip]
    room: RoomTip | None


def tips_of(db_session: Session, room: RoomSession, debrief: Mapping[str, Any]) -> DebriefTips:
    """Return what to practise after a debrief, by the skills that it calls weak.

    Args:
        db_session: A session to read with.
        room: The person's own, scored.
        debrief: Of `app.rooms.debriefing.debrief_of`.
    """
    skills = [step["skill"] for step in debrief["next"]]
    scenario: Scenario = debrief["scenario"]
    rooms = room_tips(db_session, room.person_id, skills, level=scenario.level, without=scenario.id)
    return DebriefTips(drill_tips(db_session, room.person_id, skills), rooms[0] if rooms else None)


def weak_skills(db_session: Session, person_id: int) -> list[WeakSkill]:
    """Return a person's weak skills of the newest debriefs, the one that costs most first.

    What a skill costs is the share of its greatest worth that was not reached, as in one debrief.
    """
    rows = db_session.scalars(
        select(RoomDebrief.findings)
        .join(RoomScore, RoomScore.id == RoomDebrief.room_score_id)
        .join(RoomSession, RoomSession.id == RoomScore.room_session_id)
        .where(
            RoomSession.person_id == person_id,
            RoomSession.is_held.is_(False),
            RoomDebrief.findings.is_not(None),
        )
        .order_by(RoomDebrief.id.desc())
        .limit(LOOKED_AT)
    )
    measured: dict[str, list[Mapping[str, Any]]] = {}
    for found in rows:
        for one in (found or {}).get("skills", ()):
            if one["points"] is not None:
                measured.setdefault(one["skill"], []).append(one)
    weak = []
    for name, scores in measured.items():
        points = fmean(one["points"] for one in scores)
        lost = fmean((100 - one["points"]) * (one["best_log"] or UNWEIGHTED_LOG) for one in scores)
        if points < WEAK_POINTS:
            weak.append((-lost, WeakSkill(SHOWN_SKILLS[SkillId(name)], points, len(scores))))
    return [one for _, one in sorted(weak, key=lambda entry: entry[0])][:NEXT_STEPS]


def drill_tips(db_session: Session, person_id: int, skills: Iterable[str]) -> dict[str, DrillTip]:
    """Return for each skill its drill with the fewest stars; none where all have three."""
    records = drills.records_of(db_session, person_id)
    tips: dict[str, DrillTip] = {}
    wanted = set(skills)
    for one in studio.public_drills(db_session):
        skill = one.drill.skill if one.drill is not None else None
        if skill is None or skill.value not in wanted:
            continue
        stars = records.get(one.id, drills.NO_RECORD).stars
        held = tips.get(skill.value)
        if stars < MOST_STARS and (held is None or stars < held.stars):
            tips[skill.value] = DrillTip(one, stars)
    return tips


def room_tips(
    db_session: Session, person_id: int, skills: Sequence[str], *, level: str, without: str = ""
) -> list[RoomTip]:
    """Return whole rooms that ask for the skills, best first: most of them, then least practised.

    Args:
        db_session: A session to read with.
        person_id: Who practises.
        skills: Weak skills.
        level: The highest level that is recommended.
        without: A scenario's id that is left out: the one just played.
    """
    rows = db_session.execute(
        select(RoomSession.scenario_ref, RoomSession.score).where(
            RoomSession.person_id == person_id,
            RoomSession.mode == "practice",
            RoomSession.origin_id.is_(None),
            RoomSession.score.is_not(None),
        )
    )
    scores: dict[str, list[float]] = {}
    for ref, score in rows:
        scores.setdefault(ref.partition("@")[0], []).append(score or 0.0)
    allowed = LEVELS[: LEVELS.index(level) + 1]
    tips = []
    for scenario in studio.public_scenarios(db_session):
        asked = skills_of(scenario) & {SkillId(one) for one in skills}
        if scenario.id == without or scenario.level not in allowed or not has_cockpit(scenario):
            continue
        if asked:
            held = scores.get(scenario.id, [])
            found = tuple(SHOWN_SKILLS[one] for one in SHOWN_SKILLS if one in asked)
            tips.append(RoomTip(scenario, found, len(held), max(held, default=None)))
    return sorted(
        tips,
        key=lambda one: (
            -len(one.skills),
            -LEVELS.index(one.scenario.level),
            one.tries,
            one.scenario.id,
        ),
    )
