"""今天: what waits, what the path says, and one next step with its reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import current_app, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session

from app.certification.queries import held_levels
from app.core.clock import BEIJING
from app.core.config import Settings
from app.rooms import drills as drill_records
from app.rooms.tutorial import TUTORIAL_ID, needs_tutorial
from app.studio import queries as studio
from app.training import queries
from app.training.models import ReviewCard
from app.training.pool import PracticePool
from app.training.profiles import SkillProfile
from app.training.skill_map import shipped_skill_map
from certificates.levels import Level
from question_bank.mastery import Mastery
from question_bank.spacing import due_by_day, expected_load, streak_days
from question_bank.study_paths import GOAL, PathStep, hours_of, study_path
from simulations.drills import MOST_STARS
from simulations.scenarios import Scenario

STREAK_LOOKS_BACK = timedelta(days=400)
FORECAST_DAYS = (14, 30)


@dataclass(frozen=True)
class NextStep:
    """The one thing to do next, and why."""

    title: str
    text: str
    url: str
    button: str


@dataclass(frozen=True)
class DrillAdvice:
    """A drill to play, with the reason."""

    scenario: Scenario
    stars: int
    reason: str
    best_score: float | None
    best_room: str | None  # public id of the room of the best run


@dataclass(frozen=True)
class Today:
    """What the page shows.

    Attributes:
        due_count: Items due now.
        queue_count: Of those, how many the day's limit lets in.
        done_today: Answers given today.
        streak: Days practised in a row.
        days: (day, answers) of the last two weeks, oldest first.
        step: The next step.
        path: Steps to the goal, the largest gap first.
        hours: Their length.
        drills: Drills that fit the path; if none does, others that lack stars.
    """

    due_count: int
    queue_count: int
    done_today: int
    streak: int
    days: tuple[tuple[str, int], ...]
    step: NextStep
    path: tuple[PathStep, ...]
    hours: float
    drills: tuple[DrillAdvice, ...]


def goal_level(db_session: Session, person_id: int, *, now: datetime) -> str:
    """Return the lowest level that the person does not hold; the highest if all are held."""
    settings: Settings = current_app.config["SETTINGS"]
    held = held_levels(db_session, person_id, at=now, include_demo=settings.is_demo)
    return next((one.value for one in Level if one not in held), Level.SENIOR.value)


def today_of(
    db_session: Session,
    profile: SkillProfile,
    pool: PracticePool,
    cards: Sequence[ReviewCard],
    *,
    now: datetime,
) -> Today:
    """Return what the person's page shows, inside a request (words are the request's)."""
    person_id = profile.person_id
    choice = queries.choice_of(db_session, person_id)
    due = sum(one.due_at <= now and one.item_id in pool.items for one in cards)
    today = now.astimezone(BEIJING).date()
    counts = queries.practice_days(db_session, person_id, since=now - STREAK_LOOKS_BACK)
    done = counts.get(today, 0)
    path, advice, others = path_of(db_session, profile, pool)
    days = [today - timedelta(days=back) for back in reversed(range(FORECAST_DAYS[0]))]
    queue = max(0, min(due, choice.daily_most - done))
    return Today(
        due,
        queue,
        done,
        streak_days(counts, today),
        tuple((f"{day.month}-{day.day}", counts.get(day, 0)) for day in days),
        _next_step(db_session, profile, queue, path, advice),
        path,
        hours_of(path),
        advice or others,
    )


def path_of(
    db_session: Session, profile: SkillProfile, pool: PracticePool
) -> tuple[tuple[PathStep, ...], tuple[DrillAdvice, ...], tuple[DrillAdvice, ...]]:
    """Return the steps to the goal, the drills among them with their reasons, and other drills.

    Those others lack stars too, though their skill is not known or reached its goal.
    """
    skill_map = shipped_skill_map()
    records = drill_records.records_of(db_session, profile.person_id)
    by_skill: dict[str, list[Scenario]] = {}
    for drill in studio.public_drills(db_session):
        held = drill.drill.skill if drill.drill is not None else None
        skill = None if held is None else skill_map.skill_of_room(held.value)
        record = records.get(drill.id, drill_records.NO_RECORD)
        if skill is not None and record.stars < MOST_STARS:
            by_skill.setdefault(skill, []).append(drill)
    counts: dict[str, int] = {}
    for skill in pool.skills.values():
        counts[skill] = counts.get(skill, 0) + 1
    steps = study_path(
        profile.masteries,
        {one.id: one.sections for one in skill_map.skills},
        {skill: [one.id for one in drills] for skill, drills in by_skill.items()},
        counts,
    )
    masteries = {one.skill: one for one in profile.masteries}

    def advised(skill: str, drill: Scenario) -> DrillAdvice:
        record = records.get(drill.id, drill_records.NO_RECORD)
        best = record.best
        return DrillAdvice(
            drill,
            record.stars,
            _drill_reason(masteries[skill], record.stars),
            None if best is None else best.points,
            None if best is None else best.room.public_id,
        )

    known = {one.id: one for drills in by_skill.values() for one in drills}
    advice = [advised(step.skill, known[one]) for step in steps for one in step.drills]
    on_path = {step.skill for step in steps}
    others = [
        advised(skill, one)
        for skill, drills in by_skill.items()
        if skill not in on_path
        for one in drills
    ]
    return steps, tuple(advice), tuple(others)


def _drill_reason(mastery: Mastery, stars: int) -> str:
    title = shipped_skill_map().by_id[mastery.skill].title
    if mastery.weight == 0:
        words = gettext("「%(skill)s」还没有练过，先从这里认识", skill=title)
    elif stars:
        words = gettext(
            "「%(skill)s」掌握度 %(percent)s，这个专项还差 %(stars)s 颗星",
            skill=title,
            percent=f"{round(100 * mastery.value)}%",
            stars=MOST_STARS - stars,
        )
    elif mastery.value >= GOAL:
        words = gettext("「%(skill)s」的题到了目标，还没有上手操盘过", skill=title)
    else:
        words = gettext(
            "「%(skill)s」掌握度 %(percent)s，离目标还差 %(gap)s",
            skill=title,
            percent=f"{round(100 * mastery.value)}%",
            gap=f"{round(100 * (GOAL - mastery.value))}%",
        )
    return str(words)


def _next_step(
    db_session: Session,
    profile: SkillProfile,
    queue: int,
    path: Sequence[PathStep],
    advice: Sequence[DrillAdvice],
) -> NextStep:
    if queries.open_placement_or_none(db_session, profile.person_id) is not None:
        return NextStep(
            gettext("接着做定位测评"),
            gettext("上次停在半路，已答的都在。"),
            url_for("training.placement.index"),
            gettext("继续测评"),
        )
    if profile.is_empty:
        return NextStep(
            gettext("先做一次定位测评"),
            gettext("16 到 30 题，约 25 分钟。系统按你的作答挑题，结束后给出能力画像和学习路径。"),
            url_for("training.placement.index"),
            gettext("开始测评"),
        )
    if queue:
        return NextStep(
            gettext("复习 %(n)s 题", n=queue),
            gettext("这些题快要忘了，现在复习最省时间。"),
            url_for("training.practice", mode="today"),
            gettext("开始复习"),
        )
    if needs_tutorial(db_session, profile.person_id):
        return NextStep(
            gettext("认识操盘台"),
            gettext("题练过了，上手操盘之前先用三分钟认识每块面板。"),
            url_for("rooms.drills.drill", scenario_id=TUTORIAL_ID),
            gettext("看操盘台"),
        )
    if path:
        step = path[0]
        title = shipped_skill_map().by_id[step.skill].title
        return NextStep(
            gettext("练「%(skill)s」", skill=title),
            gettext("离目标最远的一项，建议 %(n)s 题。", n=step.items),
            url_for("training.practice", mode="skill", skill=step.skill),
            gettext("开始练习"),
        )
    if advice:
        return NextStep(
            gettext("练「%(title)s」", title=advice[0].scenario.title),
            advice[0].reason,
            url_for("rooms.drills.drill", scenario_id=advice[0].scenario.id),
            gettext("去专项练习"),
        )
    return NextStep(
        gettext("做一次模拟考试"),
        gettext("各项都到了目标，用一整张卷检验。"),
        url_for("training.mocks.index"),
        gettext("去模拟考试"),
    )


def load_chart(
    cards: Sequence[ReviewCard], *, now: datetime, days: int, retention: float
) -> dict[str, Any]:
    """Return the coming days' reviews as a chart: due as it stands, and if every day is done."""
    offset = now.astimezone(BEIJING).utcoffset()
    assert offset is not None  # a zone that has one
    today = now.astimezone(BEIJING).date()
    names = [today + timedelta(days=one) for one in range(days)]
    due = due_by_day([one.due_at for one in cards], today=today, days=days, zone_offset=offset)
    load = expected_load(
        [queries.state_of(one) for one in cards],
        now=now,
        days=days,
        zone_offset=offset,
        retention=retention,
    )
    return {
        "kind": "bar",
        "title": "",
        "unit": gettext("题"),
        "x": [f"{one.month}-{one.day}" for one in names],
        "series": [
            {"name": gettext("现在已排的"), "values": due, "role": "candidate"},
            {"name": gettext("每天都复习完"), "values": load, "role": "baseline", "kind": "line"},
        ],
    }


def skill_chart(profile: SkillProfile) -> dict[str, Any]:
    """Return the profile as a radar: mastery and the goal, in percent."""
    titles = [one.title for one in profile.entries]
    return {
        "kind": "radar",
        "minimum": 0,
        "maximum": 100,
        "axes": titles,
        "series": [
            {
                "role": "candidate",
                "name": gettext("现在"),
                "values": [round(100 * one.mastery.value) for one in profile.entries],
            },
            {
                "role": "reference",
                "name": gettext("目标"),
                "values": [round(100 * GOAL)] * len(titles),
            },
        ],
    }


def gaps_of(profile: SkillProfile) -> Mapping[str, float]:
    """Return how far each skill lies below the goal, in [0, 1]."""
    return {one.skill: max(0.0, GOAL - one.value) for one in profile.masteries}
