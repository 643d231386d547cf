"""What the candidate's cards show, put together from the features below."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import url_for
from flask_babel import gettext
from sqlalchemy.orm import Session

from app.certification.path import RENEWAL_DAYS, Path
from app.contests.telling.queries import unseen_notices
from app.core.i18n import local_date
from app.exams import queries as exam_queries
from app.marking import room_texts
from app.providers import queries as provider_queries
from app.providers.roster.own import waiting_shifts
from app.providers.team.queries import waiting_checks_of
from app.rooms import queries as room_queries
from app.rooms.models import RoomSession
from app.rooms.tutorial import TUTORIAL_ID, needs_tutorial
from app.studio import queries as studio_queries
from certificates.validity import issue_day

SHOWN = 4
"""Rows of a card."""


@dataclass(frozen=True)
class PracticeRoom:
    """A room that can be practised: its scenario, and the best score so far."""

    scenario_id: str
    title: str
    minutes: int
    best_score: float | None
    tries: int


@dataclass(frozen=True)
class Notice:
    """Something to know: tone `bad`, `info` or `good`, a head, a line and where it leads."""

    tone: str
    title: str
    text: str
    url: str


def practice_of(db_session: Session, person_id: int) -> list[PracticeRoom]:
    """Return the rooms that are open for practice, with the person's own best."""
    own = [
        room
        for room in room_queries.rooms_of(db_session, person_id)
        if room.mode == "practice" and room.score is not None
    ]
    out = []
    for scenario in studio_queries.public_scenarios(db_session):
        scores = [room.score for room in own if room.scenario_ref.split("@")[0] == scenario.id]
        out.append(
            PracticeRoom(
                scenario_id=scenario.id,
                title=scenario.title,
                minutes=round(scenario.duration_ticks / 12),
                best_score=max((score for score in scores if score is not None), default=None),
                tries=len(scores),
            )
        )
    return out[:SHOWN]


def recent_rooms_of(db_session: Session, person_id: int) -> list[RoomSession]:
    """Return the person's newest finished rooms."""
    rooms = room_queries.rooms_of(db_session, person_id)
    return [room for room in rooms if room.closed_at is not None][:SHOWN]


def notices_of(db_session: Session, person_id: int, path: Path, *, now: datetime) -> list[Notice]:
    """Return what the person should know, derived from facts; nothing is stored for it."""
    out = [
        Notice(
            "info",
            gettext("%(name)s 请你确认任职", name=invitation.provider_name),
            gettext("确认后，你的证书会计入该服务商"),
            url_for("providers.invitations"),
        )
        for invitation in provider_queries.invitations_for(db_session, person_id)
    ]
    out += [
        Notice(
            "bad",
            gettext("请确认你仍在%(name)s任职", name=check.provider_name),
            gettext("%(day)s 前没有确认，任职自动结束", day=local_date(check.due_at)),
            url_for("providers.invitations", _anchor="checks"),
        )
        for check in waiting_checks_of(db_session, person_id)
    ]
    out += [
        Notice(told.tone, told.title, told.line, told.path)
        for told in unseen_notices(db_session, person_id, now=now)[:2]
    ]
    shifts = waiting_shifts(db_session, person_id, now=now)
    if shifts:
        out.append(
            Notice(
                "info",
                gettext("有 %(n)s 场排班等你确认", n=len(shifts)),
                shifts[0].planned.title,
                url_for("providers.shifts.index"),
            )
        )
    if needs_tutorial(db_session, person_id):
        out.append(
            Notice(
                "info",
                gettext("第一次来？三分钟认识操盘台"),
                gettext("一步一步看每块面板，动一次手再往下走"),
                url_for("rooms.drills.drill", scenario_id=TUTORIAL_ID),
            )
        )
    for held in path.credentials:
        left = held.days_left(issue_day(now))
        if held.is_valid and left <= RENEWAL_DAYS:
            out.append(
                Notice(
                    "bad",
                    gettext("证书还有 %(days)s 天到期", days=left),
                    held.record.number,
                    url_for("certification.mine"),
                )
            )
    for room in room_texts.rooms_awaiting_review(db_session, person_id, now=now):
        out.append(
            Notice(
                "bad",
                gettext("还要写复盘：%(title)s", title=room.title),
                gettext("这一场结束后 48 小时内提交"),
                url_for("marking.texts.texts", public_id=room.public_id),
            )
        )
    for attempt in exam_queries.attempts_of(db_session, person_id)[:2]:
        if attempt.closed_at is not None:
            words = gettext("通过") if attempt.passed else gettext("未通过")
            if attempt.passed is None:  # the result is held back until its release
                words = gettext("已交卷，成绩待发布")
            out.append(
                Notice(
                    "good" if attempt.passed else "info",
                    gettext("%(title)s：%(result)s", title=attempt.title, result=words),
                    local_date(attempt.closed_at),
                    url_for("exams.result", public_id=attempt.public_id),
                )
            )
    return out[:SHOWN]
