"""Drills (专项练习): starting one, the stars of what was played, and what to practise next.

A drill's room is a practice room like any other. Stars are never stored: they follow from the
room's score and the thresholds of the scenario version that the room pinned, so that a new version
of a drill takes nobody's stars away.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.errors import InvalidInputError
from app.rooms import queries
from app.rooms.models import RoomSession
from app.rooms.services import PRACTICE_CODE, start_room
from app.rooms.terms import RoomTerms
from app.studio.queries import public_drills, scenario_of
from simulations.drills import DRILL_PREFIX, MOST_STARS, Drill, points_to_next, stars_of
from simulations.scenarios import Scenario
from simulations.skills import SkillId

DRILL_CODE = PRACTICE_CODE + DRILL_PREFIX
"""How the exam codes of drills' rooms begin; one that goes on from a moment has an `@` more."""

SHOWN_TRIES = 12
"""Attempts of one drill that its page lists."""


@dataclass(frozen=True)
class Try:
    """One scored attempt at a drill."""

    room: RoomSession
    points: float
    stars: int


@dataclass(frozen=True)
class DrillRecord:
    """What a person has made of one drill so far.

    Attributes:
        tries: Scored attempts, newest first.
        best: The attempt with the most points; of equal ones the earliest. None before the first.
        open_room: The room of it that is not closed yet, if there is one.
    """

    tries: tuple[Try, ...] = ()
    best: Try | None = None
    open_room: RoomSession | None = None

    @property
    def stars(self) -> int:
        """The most stars of any attempt."""
        return max((one.stars for one in self.tries), default=0)


NO_RECORD = DrillRecord()


@dataclass(frozen=True)
class DrillResult:
    """What a drill's room was worth, for its debrief.

    Attributes:
        scenario: The version that the room pinned.
        drill: Its drill part.
        stars: Stars of this room, 0 to 3.
        points_to_next: Points missing to the next star; none with three.
        is_best: Whether no earlier attempt reached as many points.
        best_points: The most points of any attempt, this one included.
        tries: How many attempts there were, this one included.
        next_drill: What to practise next; none when every drill has three stars.
    """

    scenario: Scenario
    drill: Drill
    stars: int
    points_to_next: float | None
    is_best: bool
    best_points: float
    tries: int
    next_drill: Scenario | None


def is_drill_room(room: RoomSession) -> bool:
    """Say whether a room is a whole drill; practising from a moment of one earns no stars."""
    return room.exam_code.startswith(DRILL_CODE) and room.origin_id is None


def start_drill(
    db_session: Session,
    person_id: int,
    scenario: Scenario,
    speed: float,
    *,
    is_demo: bool,
    now: datetime,
) -> RoomSession:
    """Start a drill at a speed, or return the room of it that is open.

    Args:
        db_session: The session of the caller's transaction.
        person_id: Who practises.
        scenario: A drill.
        speed: One of its practice speeds.
        is_demo: Whether the deployment is a demonstration.
        now: The moment (aware).

    Raises:
        InvalidInputError: If the drill is not offered at this speed.
        RoomNotReadyError: If nothing marks 100 points in it yet.
    """
    if speed not in scenario.speed.practice:
        raise InvalidInputError(f"speed {speed}", [{"field": "speed", "code": "out_of_range"}])
    terms = RoomTerms(
        exam_code=PRACTICE_CODE + scenario.id,
        programme_ref="",
        title=scenario.title,
        scenario_ref=scenario.ref,
        speed=speed,
        cut_score=None,
        is_demo=is_demo,
        mode="practice",
    )
    return start_room(db_session, person_id, terms, now=now)


def records_of(db_session: Session, person_id: int) -> Mapping[str, DrillRecord]:
    """Return a person's record of each drill that was ever started, by scenario id."""
    rooms = db_session.scalars(
        select(RoomSession)
        .where(
            RoomSession.person_id == person_id,
            RoomSession.exam_code.startswith(DRILL_CODE, autoescape=True),
            RoomSession.origin_id.is_(None),
        )
        .order_by(RoomSession.ordinal.desc())
    )
    by_id: dict[str, list[RoomSession]] = {}
    for room in rooms:
        by_id.setdefault(room.exam_code.removeprefix(PRACTICE_CODE), []).append(room)
    return {name: _record(db_session, held) for name, held in by_id.items()}


def record_of(db_session: Session, person_id: int, scenario_id: str) -> DrillRecord:
    """Return a person's record of one drill."""
    rooms = db_session.scalars(
        select(RoomSession)
        .where(
            RoomSession.person_id == person_id, RoomSession.exam_code == PRACTICE_CODE + scenario_id
        )
        .order_by(RoomSession.ordinal.desc())
    ).all()
    return _record(db_session, rooms)


def result_of(db_session: Session, room: RoomSession) -> DrillResult | None:
    """Return what a scored room was worth as a drill; none if it is no drill or has no score."""
    if not is_drill_room(room) or room.score is None:
        return None
    scenario = queries.room_scenario(db_session, room)
    drill = scenario.drill
    if drill is None:
        return None
    records = records_of(db_session, room.person_id)
    record = records[scenario.id]
    earlier = [one.points for one in record.tries if one.room.ordinal < room.ordinal]
    upcoming = recommended(public_drills(db_session), records, after=scenario.id)
    return DrillResult(
        scenario=scenario,
        drill=drill,
        stars=stars_of(room.score, drill.stars),
        points_to_next=points_to_next(room.score, drill.stars),
        is_best=all(room.score > points for points in earlier),
        best_points=max(one.points for one in record.tries),
        tries=len(record.tries),
        next_drill=upcoming,
    )


def recommended(
    drills: Iterable[Scenario], records: Mapping[str, DrillRecord], *, after: str = ""
) -> Scenario | None:
    """Return the drill to practise next: of the weakest skill, the one with the fewest stars.

    A skill is as strong as the mean of the stars of its drills. Of equal skills and drills the
    first in the list comes first, so that a beginner follows the list's order.

    Args:
        drills: In the order of the list.
        records: By scenario id.
        after: The drill that was just played; another one is recommended while there is one.

    Returns:
        A drill with fewer than three stars; none if there is none left.
    """
    trained = [one for one in drills if one.drill is not None and one.drill.skill is not None]
    strength = skill_strengths(trained, records)
    open_ones = [one for one in trained if _stars(records, one) < MOST_STARS]
    others = [one for one in open_ones if one.id != after] or open_ones

    def rank(one: Scenario) -> tuple[float, int]:
        skill = one.drill.skill if one.drill is not None else None
        return (strength[skill] if skill is not None else 0.0), _stars(records, one)

    return min(others, key=rank, default=None)


def skill_strengths(
    drills: Iterable[Scenario], records: Mapping[str, DrillRecord]
) -> dict[SkillId, float]:
    """Return the mean stars of each skill's drills, 0 to 3; skills without drills are out."""
    stars: dict[SkillId, list[int]] = {}
    for one in drills:
        if one.drill is not None and one.drill.skill is not None:
            stars.setdefault(one.drill.skill, []).append(_stars(records, one))
    return {skill: sum(held) / len(held) for skill, held in stars.items()}


def _stars(records: Mapping[str, DrillRecord], drill: Scenario) -> int:
    return records.get(drill.id, NO_RECORD).stars


def _record(db_session: Session, rooms: Sequence[RoomSession]) -> DrillRecord:
    """Return the record of a drill's rooms, which come newest first."""
    refs = {room.scenario_ref for room in rooms}
    drills = {ref: scenario_of(db_session, ref).drill for ref in refs}
    tries = []
    for room in rooms:
        drill = drills[room.scenario_ref]
        if room.score is not None and drill is not None:
            tries.append(Try(room, room.score, stars_of(room.score, drill.stars)))
    best = max(reversed(tries), key=lambda one: one.points, default=None)
    return DrillRecord(tuple(tries), best, next((one for one in rooms if one.is_open), None))
