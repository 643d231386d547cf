"""How far others of the same aim have come, skill by skill: a daily mean that names nobody."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import fmean

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from app.core.db import db, transaction
from app.exams.models import Attempt
from app.rooms.models import RoomSession
from app.training.models import PlacementTest, PracticeAnswer, SkillMean
from app.training.profiles import SkillProfile, profiles_of
from app.training.today import goal_level

logger = logging.getLogger(__name__)

FEWEST_PEOPLE = 5
"""Below so many people a mean would tell of single ones; there is none then."""

MOST_PEOPLE = 400
"""Of a level, those who were busy last: enough for a mean, and some seconds of CPU."""

LOOKS_BACK = timedelta(days=180)
"""Who has done nothing for so long does not count."""

KEPT = timedelta(hours=20)
"""A mean is worked out anew when it is older: once a day, whenever the scheduler was started."""


@dataclass(frozen=True, slots=True)
class LevelMean:
    """The mean mastery of a skill among people who aim at the same level.

    Attributes:
        value_fraction: In [0, 1].
        people_count: How many people's evidence it rests on, at least `FEWEST_PEOPLE`.
    """

    value_fraction: float
    people_count: int


def means_of(db_session: Session, level: str) -> dict[str, LevelMean]:
    """Return the newest means of a level by skill; a skill that too few practised has none."""
    rows = db_session.scalars(select(SkillMean).where(SkillMean.level == level))
    return {one.skill: LevelMean(one.value_fraction, one.people_count) for one in rows}


def refresh_means(*, now: datetime, force: bool = False) -> int:
    """Work the means of every level out anew, once a day; return how many there are.

    Profiles are read before the write lock is taken.

    Args:
        now: The moment (aware).
        force: Also if those that stand are not a day old.
    """
    db_session = db.session()
    newest = db_session.scalar(select(func.max(SkillMean.at)))
    if newest is not None and now - newest < KEPT and not force:
        return 0
    found = [
        SkillMean(
            level=level,
            skill=skill,
            value_fraction=mean.value_fraction,
            people_count=mean.people_count,
            at=now,
        )
        for level, people in people_by_level(db_session, now=now).items()
        for skill, mean in level_means(
            list(profiles_of(db_session, people, now=now, level=level).values())
        ).items()
    ]
    db_session.rollback()
    with transaction() as writing:
        writing.execute(delete(SkillMean))
        writing.add_all(found)
    logger.info("skill means: %d", len(found))
    return len(found)


def level_means(profiles: Sequence[SkillProfile]) -> dict[str, LevelMean]:
    """Return the means of skills over profiles of one level; pure in them."""
    values: dict[str, list[float]] = {}
    for profile in profiles:
        for one in profile.entries:
            if one.value_fraction is not None:
                values.setdefault(one.skill, []).append(one.value_fraction)
    return {
        skill: LevelMean(fmean(held), len(held))
        for skill, held in values.items()
        if len(held) >= FEWEST_PEOPLE
    }


def people_by_level(db_session: Session, *, now: datetime) -> Mapping[str, Sequence[int]]:
    """Return who practised, was placed, examined or in a room lately, by the level aimed at."""
    since = now - LOOKS_BACK
    last: dict[int, datetime] = {}
    for person_column, at_column in (
        (PracticeAnswer.person_id, PracticeAnswer.at),
        (PlacementTest.person_id, PlacementTest.started_at),
        (Attempt.person_id, Attempt.closed_at),
        (RoomSession.person_id, RoomSession.closed_at),
    ):
        rows = db_session.execute(
            select(person_column, func.max(at_column))
            .where(at_column >= since)
            .group_by(person_column)
        )
        for person_id, at in rows:
            assert at is not None, "asked for only where there is one"
            last[person_id] = max(at, last.get(person_id, at))
    out: dict[str, list[int]] = {}
    for person_id in sorted(last, key=lambda one: last[one], reverse=True):
        people = out.setdefault(goal_level(db_session, person_id, now=now), [])
        if len(people) < MOST_PEOPLE:
            people.append(person_id)
    return out
