"""What a programme asks beside its results, how one person stands to it, and what to do."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime

from flask import url_for
from flask_babel import gettext
from sqlalchemy.orm import Session

from app.certification import claims, labels, presenting, queries
from app.certification.queries import HeldCredential
from app.core.i18n import local_date
from certificates.levels import Level
from certificates.outcomes import Logged
from certificates.programmes import (
    CertificationProgramme,
    Prerequisite,
    SessionsPrerequisite,
    TrainingPrerequisite,
)
from certificates.validity import CredentialStatus


@dataclass(frozen=True)
class PrerequisiteLine:
    """One thing to have beside the results.

    Attributes:
        demand: What is asked, in words.
        standing: How the person stands to it, in words.
        is_met: Whether it is there now.
        advice: What to do about it; empty if it is there.
        url, button: Where that is done, and the link's words; empty if it is there.
    """

    demand: str
    standing: str
    is_met: bool
    advice: str = ""
    url: str = ""
    button: str = ""


@dataclass(frozen=True)
class _Facts:
    """What is known of one person, read once for all programmes."""

    held: Sequence[HeldCredential]
    levels: Set[Level]
    logged: Logged
    waiting: Mapping[str, float]
    published: Sequence[CertificationProgramme]
    enrolled: Collection[str]


def prerequisite_lines(
    db_session: Session,
    person_id: int,
    programmes: Sequence[CertificationProgramme],
    *,
    enrolled: Collection[str],
    now: datetime,
    include_demo: bool,
) -> dict[str, list[PrerequisiteLine]]:
    """Return a line for each prerequisite of each programme, in its order.

    Args:
        db_session: A session to read with.
        person_id: The candidate.
        programmes: The versions enrolled in, or the newest.
        enrolled: Ids of the programmes that the person is enrolled in.
        now: The moment (aware).
        include_demo: Whether credentials of a demonstration meet a prerequisite.

    Returns:
        By the programme's id; a programme that asks for nothing has no entry.
    """
    asking = [programme for programme in programmes if programme.prerequisites]
    if not asking:
        return {}
    facts = _Facts(
        held=queries.credentials_of(db_session, person_id, at=now),
        levels=queries.held_levels(db_session, person_id, at=now, include_demo=include_demo),
        logged=claims.logged_of(db_session, person_id, at=now),
        waiting=claims.waiting_of(db_session, person_id),
        published=queries.programmes(db_session),
        enrolled=enrolled,
    )
    return {
        programme.id: [
            _line(one, demand, facts)
            for one, demand in zip(
                programme.prerequisites, presenting.prerequisite_words(programme), strict=True
            )
        ]
        for programme in asking
    }


def _line(one: Prerequisite, demand: str, facts: _Facts) -> PrerequisiteLine:
    if isinstance(one, SessionsPrerequisite):
        return _sessions_line(demand, one.count, facts)
    if isinstance(one, TrainingPrerequisite):
        return _training_line(demand, one.hours, facts)
    own = [each for each in facts.held if each.record.level == one.level.value]
    if one.level in facts.levels:
        return _held_line(demand, own)
    return _lacking_level(demand, one.level, own, facts)


def _held_line(demand: str, own: Sequence[HeldCredential]) -> PrerequisiteLine:
    until = max(each.record.valid_until for each in own if each.is_valid)
    standing = gettext("已持有，有效至 %(day)s", day=local_date(until))
    return PrerequisiteLine(demand, standing, is_met=True)


def _lacking_level(
    demand: str, level: Level, own: Sequence[HeldCredential], facts: _Facts
) -> PrerequisiteLine:
    word = str(labels.LEVEL[level])
    newest = next(iter(own), None)
    standing = gettext("你还没有%(level)s证书", level=word)
    if newest is not None:
        status = str(labels.STATUS[newest.status])
        standing = gettext("你的%(level)s证书%(status)s", level=word, status=status)
    if newest is not None and newest.status is CredentialStatus.SUSPENDED:
        return PrerequisiteLine(
            demand,
            standing,
            is_met=False,
            advice=gettext("暂停结束后才算持有；有疑问请联系管理员。"),
            url=url_for("certification.mine"),
            button=gettext("查看证书"),
        )
    return PrerequisiteLine(
        demand,
        standing,
        is_met=False,
        advice=gettext("取得之前可以先报名，但不能开始这里的考试。"),
        url=_way_to(level, facts),
        button=gettext("去考%(level)s", level=word),
    )


def _way_to(level: Level, facts: _Facts) -> str:
    """Return where somebody goes on to a level: its enrolment, or its exams once enrolled."""
    # Demonstrations come last: where there is a regular programme, that one is meant.
    programme = next((one for one in facts.published if one.level is level), None)
    if programme is None:
        return url_for("certification.exams")
    if programme.id in facts.enrolled:
        return url_for("certification.exams", _anchor=programme.id)
    return url_for("certification.enrol_page", programme_id=programme.id)


def _sessions_line(demand: str, least: int, facts: _Facts) -> PrerequisiteLine:
    there, waiting = facts.logged.sessions, facts.waiting.get("sessions", 0)
    if there >= least:
        standing = gettext("已确认 %(there)s 场", there=there)
        return PrerequisiteLine(demand, standing, is_met=True)
    return PrerequisiteLine(
        demand,
        gettext("已确认 %(there)s 场，还差 %(missing)s 场", there=there, missing=least - there)
        + _waiting_words(waiting, str(labels.CLAIM_UNIT["sessions"])),
        is_met=False,
        advice=gettext(
            "由你任职的服务商、讲师或考官登记，另一人确认后计入；可以先考试，发证前补齐。"
        ),
        url=url_for("providers.invitations"),
        button=gettext("我的服务商"),
    )


def _waiting_words(amount: float, unit: str) -> str:
    """Return what is entered and not confirmed yet; nothing if there is nothing."""
    if not amount:
        return ""
    words = gettext("；另有 %(n)s %(unit)s等待确认", n=presenting.points(amount), unit=unit)
    return str(words)


def _training_line(demand: str, least: int, facts: _Facts) -> PrerequisiteLine:
    there, waiting = facts.logged.training_hours, facts.waiting.get("training", 0)
    hours = presenting.points(there)
    if there >= least:
        return PrerequisiteLine(demand, gettext("已确认 %(there)s 学时", there=hours), is_met=True)
    # From what is shown, rounded down as it is, so that the two add up.
    missing = presenting.points(least - int(there * 10 + 1e-6) / 10)
    return PrerequisiteLine(
        demand,
        gettext("已确认 %(there)s 学时，还差 %(missing)s 学时", there=hours, missing=missing)
        + _waiting_words(waiting, str(labels.CLAIM_UNIT["training"])),
        is_met=False,
        advice=gettext("参加课程班，完成后由讲师登记、另一人确认；可以先考试，发证前补齐。"),
        url=url_for("training.courses.index"),
        button=gettext("看课程班"),
    )
