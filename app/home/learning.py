"""The home's learning: where somebody stands beside others of their level, and what to study next.

Only reads, and puts into words, what the training features know.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import url_for
from flask_babel import gettext
from sqlalchemy.orm import Session

from app.core.i18n import is_english, local_time
from app.training import averages, queries
from app.training.courses import queries as courses
from app.training.profiles import SkillProfile, evidence_mark, profile_of
from app.training.skill_map import shipped_skill_map
from app.training.today import gaps_of, goal_level

ENTRIES_SHOWN = 4

CARDS_KEPT = 1000
"""Cards that a process keeps, of some 2 kB each."""

KEPT_S = 3600
"""Others' means, and what old evidence is worth, change slowly."""

_cards: dict[tuple[object, ...], SkillCard] = {}

AXIS = (8.0, 192.0)
"""Where 0 and 100 stand across the small picture of a skill, in its own units."""


@dataclass(frozen=True)
class SkillRow:
    """One skill: own mastery and the others' mean, in percent; None where nothing is known."""

    skill: str
    title: str
    own_percent: int | None
    mean_percent: int | None

    @property
    def own_x(self) -> float | None:
        return _x_of(self.own_percent)

    @property
    def mean_x(self) -> float | None:
        return _x_of(self.mean_percent)

    @property
    def is_behind(self) -> bool:
        """Whether the others are ahead: by more than rounding."""
        own, mean = self.own_percent, self.mean_percent
        return own is not None and mean is not None and own < mean - 1


@dataclass(frozen=True)
class SkillCard:
    """Who am I: every skill against the mean of those with the same aim, and what to do first.

    Attributes:
        level: The level aimed at; its questions are meant.
        rows: In the order of the skill map.
        next_row: The skill furthest below the goal, if one is.
        people_count: How many people the means rest on; 0 without any.
    """

    level: str
    rows: tuple[SkillRow, ...]
    next_row: SkillRow | None
    people_count: int


@dataclass(frozen=True)
class StudyEntry:
    """Something to study: what, why, where.

    Attributes:
        url: Where it leads; empty for a section of the handbook.
        section: Of the handbook, such as `4.3`; its address is the handbook's own matter.
        done_percent: How far one is with what was begun.
    """

    icon: str
    title: str
    line: str
    url: str
    button: str
    section: str = ""
    done_percent: int | None = None


@dataclass(frozen=True)
class Learning:
    """What the home shows of learning; no card before anything is known of somebody."""

    card: SkillCard | None
    entries: tuple[StudyEntry, ...]


def learning_of(db_session: Session, person_id: int, *, now: datetime) -> Learning:
    """Return somebody's card of skills and what to study next, inside a request."""
    card = _card_of(db_session, person_id, now)
    entries = [
        *_section(card),
        *_cohorts(db_session, person_id, now),
        *_reviews(db_session, person_id, now),
    ]
    return Learning(card, tuple(entries[:ENTRIES_SHOWN]))


def _card_of(db_session: Session, person_id: int, now: datetime) -> SkillCard | None:
    """Return somebody's card, kept while nothing is added to what it rests on, an hour at most."""
    mark = evidence_mark(db_session, person_id)
    if not any(mark):
        return None
    level = goal_level(db_session, person_id, now=now)
    key = (person_id, level, is_english(), mark, int(now.timestamp()) // KEPT_S)
    held = _cards.get(key)
    if held is not None:
        return held
    profile = profile_of(db_session, person_id, now=now, level=level)
    if profile.is_empty:
        return None
    card = skill_card(profile, averages.means_of(db_session, level))
    if len(_cards) >= CARDS_KEPT:
        _cards.clear()
    _cards[key] = card
    return card


def skill_card(profile: SkillProfile, means: dict[str, averages.LevelMean]) -> SkillCard:
    """Return the card of a profile beside its level's means; pure in both."""
    rows = {
        one.skill: SkillRow(
            one.skill,
            one.title,
            None if one.value_fraction is None else round(100 * one.value_fraction),
            round(100 * means[one.skill].value_fraction) if one.skill in means else None,
        )
        for one in profile.entries
    }
    gaps = gaps_of(profile)
    worst = max(gaps, key=lambda one: gaps[one])
    people = max((one.people_count for one in means.values()), default=0)
    next_row = rows[worst] if gaps[worst] > 0 else None
    return SkillCard(profile.level, tuple(rows.values()), next_row, people)


def _section(card: SkillCard | None) -> Sequence[StudyEntry]:
    if card is None or card.next_row is None:
        return ()
    skill = shipped_skill_map().by_id[card.next_row.skill]
    return (
        StudyEntry(
            "book",
            gettext("手册 %(number)s：%(skill)s", number=skill.sections[0], skill=skill.title),
            gettext("离目标最远的一项 · 约 8 分钟"),
            "",
            gettext("去读"),
            section=skill.sections[0],
        ),
    )


def _cohorts(db_session: Session, person_id: int, now: datetime) -> Sequence[StudyEntry]:
    out = []
    for cohort, course, member in courses.own_cohorts(db_session, person_id):
        done = len(courses.done_parts(db_session, member.id))
        meeting = next(
            (one for one in courses.meetings_of(db_session, cohort.id) if one.starts_at > now), None
        )
        line = gettext("第 %(n)s / %(all)s 节", n=done, all=len(course.parts))
        if meeting is not None:
            line = gettext("%(line)s · %(at)s 直播课", line=line, at=local_time(meeting.starts_at))
        out.append(
            StudyEntry(
                "play",
                course.title,
                line,
                url_for("training.courses.cohort", public_id=cohort.public_id),
                gettext("继续"),
                done_percent=round(100 * done / max(1, len(course.parts))),
            )
        )
    return out


def _reviews(db_session: Session, person_id: int, now: datetime) -> Sequence[StudyEntry]:
    cards = queries.cards_of(db_session, person_id)
    due = sum(one.due_at <= now for one in cards)
    mistakes = [one for one in cards if queries.is_mistake(one)]
    out = []
    if due:
        out.append(
            StudyEntry(
                "refresh",
                gettext("今日复习"),
                gettext("%(n)s 题到期", n=due),
                url_for("training.practice", mode="today"),
                gettext("复习"),
            )
        )
    if mistakes:
        out.append(
            StudyEntry(
                "x",
                gettext("错题重练"),
                gettext("%(n)s 题还没有连对两次", n=len(mistakes)),
                url_for("training.practice", mode="mistakes"),
                gettext("重练"),
            )
        )
    return out


def _x_of(percent: int | None) -> float | None:
    low, high = AXIS
    return None if percent is None else round(low + (high - low) * percent / 100, 1)
