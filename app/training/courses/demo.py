"""A certified lecturer with a running course, and answers to decisions, to look at."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.accounts import queries as accounts
from app.accounts.models import Person
from app.core import clock
from app.core.clock import BEIJING
from app.core.db import transaction
from app.training.courses import authoring, classes, finishing, lecturers, queries
from app.training.decisions import queries as decisions
from app.training.decisions import services as deciding
from app.training.reading.services import note_position

LECTURER, VOTERS = "lecturer@demo.example", ("committee@demo.example", "examiner@demo.example")
LEARNERS = ("candidate@demo.example", "operator@demo.example")
APPLICANT = "marker@demo.example"
ANSWERERS = (
    "operator@demo.example",
    "lecturer@demo.example",
    "reviewer@demo.example",
    "reviewer2@demo.example",
    "marker@demo.example",
    "marker2@demo.example",
    "marker3@demo.example",
    "examiner@demo.example",
    "invigilator@demo.example",
)

PARTS: tuple[dict[str, object], ...] = (
    {"kind": "chapter", "title": "先读：讲解、节奏与返场", "chapter": 6},
    {
        "kind": "text",
        "title": "讲义：返场的四个条件",
        "text": "**有人要、有货、凉透了、人在。**\n\n"
        "1. 有人要：评论在问，或前一轮点击成交率高于全场；\n"
        "2. 有货：够再卖一轮，或补货赶得上；\n"
        "3. 凉透了：离上一轮有一阵子；\n4. 人在：在线正在上来。",
    },
    {"kind": "drill", "title": "练一关：返场", "drill": "drill-encore"},
    {
        "kind": "assignment",
        "title": "作业：写一次你自己的返场",
        "task": "写下最近一场的一次返场：第几分钟、哪一款、四个条件各是什么、返场五分钟卖了多少。",
        "rubric": "四个条件各 20 分，有数字；结果和下一次怎么改 20 分。",
    },
)

READ = ((1, "part-5", True), (3, "part-8", True), (6, "s6-4", False))
"""Chapter, section, whether it is the last one."""


def load_demo_courses() -> None:
    """Give the demonstration a lecturer, a course with a cohort, decisions' answers, a reader."""
    now = clock.now()
    with transaction() as db_session:
        lecturer = _person(db_session, LECTURER)
        if queries.applications(db_session, person_id=lecturer.id):
            return
        _certify(db_session, lecturer, now)
        _apply(db_session, now)
        _course(db_session, lecturer, now)
        _answers(db_session, now)
        learner = _person(db_session, LEARNERS[0])
        for chapter, anchor, is_end in READ:
            note_position(
                db_session,
                learner.id,
                chapter=chapter,
                anchor=anchor,
                is_end=is_end,
                now=now - timedelta(minutes=10 - chapter),
            )


def _certify(db_session: Session, lecturer: Person, now: datetime) -> None:
    made = lecturers.apply(
        db_session,
        lecturer,
        subjects="实时操盘与返场",
        evidence="两年操盘一百二十场，其中大场九场；为两家服务商做过内训，讲义与签到表可查。",
        now=now - timedelta(days=40),
    )
    for account in VOTERS:
        lecturers.vote(
            db_session,
            made,
            _person(db_session, account),
            approves=True,
            reason="场次与讲义核对属实",
            now=now - timedelta(days=38),
        )


def _apply(db_session: Session, now: datetime) -> None:
    lecturers.apply(
        db_session,
        _person(db_session, APPLICANT),
        subjects="复盘与书面表达",
        evidence="评阅书面复盘三百余份，整理过常见失分点；愿意开一门两次课的复盘写作。",
        now=now - timedelta(days=2),
    )


def _course(db_session: Session, lecturer: Person, now: datetime) -> None:
    actor = f"person:{lecturer.public_id}"
    begun = now - timedelta(days=12)
    course = authoring.add_course(
        db_session,
        lecturer,
        title="返场：把讲过的好款再卖一次",
        summary="两次课之后，能在一场里判断什么时候返、返哪款、返之前货够不够。",
        level="junior",
        now=begun,
    )
    for data in PARTS:
        authoring.add_part(db_session, course, dict(data))
    authoring.publish_course(db_session, course, actor=actor, now=begun)
    cohort = authoring.open_cohort(
        db_session,
        course,
        title="十一月班",
        seats=30,
        provider_code=None,
        actor=actor,
        now=begun,
    )
    evening = begun.astimezone(BEIJING).replace(hour=19, minute=30, second=0, microsecond=0)
    meetings = [
        classes.add_meeting(
            db_session,
            cohort,
            starts_at=evening + timedelta(days=days),
            minutes=90,
            place="线上教室 302",
            now=begun,
        )
        for days in (2, 9, 16)
    ]
    people = [_person(db_session, account) for account in LEARNERS]
    for person in people:
        classes.join(db_session, cohort, course, person.id, provider_codes=(), now=begun)
    held = [one for one in meetings if one.starts_at < now]
    for meeting in held:
        classes.attend_by_lecturer(
            db_session,
            cohort,
            meeting.public_id,
            [one.id for one in people],
            actor=actor,
            now=meeting.starts_at + timedelta(minutes=20),
        )
    for rating, words in ((5, "算返场的那张表，当晚就用上了"), (4, "想多看一场真实的回放")):
        classes.say(
            db_session,
            cohort,
            people[5 - rating].id,
            held[0].public_id,
            rating=rating,
            words=words,
            now=now - timedelta(days=8),
        )
    _, found, member = queries.own_membership(db_session, cohort.public_id, people[0].id)
    for part in found.parts[:2]:
        finishing.finish_part(db_session, cohort, found, member, part["id"], "", now=now)
    finishing.finish_part(
        db_session,
        cohort,
        found,
        member,
        found.parts[3]["id"],
        "第七十二分钟返场高腰牛仔裤：评论问了六次，库存三十八条，离上一轮四十分钟，在线从九十回到一百三。"
        "五分钟卖了十四条，比换讲新款多约六百元。下次提前十分钟补货。",
        now=now,
    )


def _answers(db_session: Session, now: datetime) -> None:
    """Let people answer every decision, more of them rightly than not."""
    for number, case in enumerate(decisions.published_cases(db_session)):
        worths = decisions.worths_of_case(case)
        order = sorted(range(len(worths)), key=lambda at: -worths[at].net_fen)
        for place, account in enumerate(ANSWERERS):
            rank = (0, 0, 1, 0, 2, 0, 1, 0, 3)[(place + number) % 9]
            person = _person(db_session, account)
            at = now - timedelta(days=1, minutes=9 * place)
            deciding.start(db_session, case, person.id, now=at)
            deciding.answer(
                db_session,
                case,
                person.id,
                order[min(rank, len(order) - 1)],
                day=at.astimezone(BEIJING).date(),
                now=at + timedelta(seconds=30 + 5 * place),
            )


def _person(db_session: Session, account: str) -> Person:
    found = accounts.person_of_account_or_none(db_session, account)
    assert found is not None
    return found
