"""A demonstration of standard setting: a cut that was set and approved, a meeting in round 1.

The judgements, the real results and the cohort of the finished meeting are invented; they go
through the same services as a committee's own.
"""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts import services as accounts
from app.accounts.models import Person
from app.accounts.passwords import hash_password
from app.accounts.queries import person_of_account_or_none
from app.accounts.roles import Role
from app.bank import queries as bank
from app.core import clock
from app.core.db import transaction
from app.demo import DEMO_PASSWORD
from app.exams import queries as exams
from app.exams.treating import version_of
from app.standards import judging, minutes, panel, queries, services
from app.standards.judging import Judgement
from app.standards.models import StandardMeeting
from app.standards.services import RealResults
from question_bank.expectations import expected_credit

BLUEPRINT_REF = "junior-theory@1"
LEADER = "committee@demo.example"
APPROVER = "reviewer@demo.example"
ACTOR = "cli:demo"
SEED = 20261122

COLLEAGUES = (
    ("committee2@demo.example", "罗以宁"),
    ("committee3@demo.example", "江述白"),
    ("committee4@demo.example", "韩予诗"),
    ("committee5@demo.example", "邵闻舟"),
    ("committee6@demo.example", "贺兰亭"),
    ("committee7@demo.example", "温时雨"),
)
"""Members of the committee besides the one on the first page; all with the same password."""

DEFINITION = (
    "能独立上一场两小时的日常直播：照货盘排品、挂链、改价、补库存不出错，知道哪些话不能说。"
    "看得懂进房、停留、点击、成交四个数，能说出哪一环掉了，但还不会把几个数合起来找原因。"
    "遇到断货、差评、违规提醒会按流程处理，需要别人提醒下一步。不会做投流预算和预测。"
)

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)

CANDIDATES, MEAN, SPREAD = 212, 0.68, 0.12
"""The invented cohort: persons, mean score and standard deviation."""


def load_demo_standards() -> None:
    """Hold the demonstration's meetings, unless there are any."""
    now = clock.now()
    hashed = hash_password(DEMO_PASSWORD)
    with transaction() as db_session:
        if db_session.scalar(select(StandardMeeting.id).limit(1)) is not None:
            return
        leader = person_of_account_or_none(db_session, LEADER)
        approver = person_of_account_or_none(db_session, APPROVER)
        if leader is None or approver is None:
            return
        if not exams.newest_forms(db_session, BLUEPRINT_REF, limit=1):
            return
        colleagues = _add_colleagues(db_session, hashed, now=now)
        chance = random.Random(SEED)  # noqa: S311 - invented figures, the same every time
        _hold_finished(db_session, leader, colleagues[:5], approver, chance, now=now - 40 * DAY)
        _hold_open(db_session, colleagues[5], [leader, *colleagues[:4]], chance, now=now - DAY)


def _add_colleagues(db_session: Session, hashed: str, *, now: datetime) -> list[Person]:
    out = []
    for account, name in COLLEAGUES:
        person = person_of_account_or_none(db_session, account)
        if person is None:
            person = accounts.register_person(
                db_session,
                account=account,
                display_name=name,
                password_hash=hashed,
                now=now,
                roles=(Role.COMMITTEE_MEMBER,),
                actor=ACTOR,
                is_demo=True,
            )
        out.append(person)
    return out


def _prepare(
    db_session: Session, leader: Person, judges: list[Person], *, now: datetime
) -> StandardMeeting:
    """Convene, declare, agree, and begin the training."""
    meeting = panel.convene(
        db_session,
        BLUEPRINT_REF,
        method="angoff",
        coordinator_id=leader.id,
        judge_ids=[one.id for one in judges],
        actor=_actor(leader),
        now=now,
    )
    definition = panel.write_definition(
        db_session, meeting, DEFINITION, person_id=leader.id, now=now + 10 * MINUTE
    )
    for person in judges:
        member = queries.member_or_none(db_session, meeting.id, person.id)
        assert member is not None, "just invited"
        at = now + 15 * MINUTE
        panel.declare_interest(db_session, meeting, member, "", actor=_actor(person), now=at)
        panel.agree(db_session, meeting, member, definition.number, now=at)
    services.begin_training(db_session, meeting, actor=_actor(leader), now=now + 20 * MINUTE)
    return meeting


def _judge(
    db_session: Session,
    meeting: StandardMeeting,
    chance: random.Random,
    *,
    noise: float,
    now: datetime,
) -> None:
    """Let every judge judge the present round: the bank's expectation, a severity, some noise."""
    items = bank.items_of(db_session, meeting.refs_now)
    expected = {ref: expected_credit(one) for ref, one in zip(meeting.refs_now, items, strict=True)}
    for place, member in enumerate(queries.sitting_members(db_session, meeting.id)):
        severity = (place - 2) * noise / 3
        for number, ref in enumerate(meeting.refs_now):
            share = expected[ref] + severity + chance.gauss(0, noise)
            steps = min(max(round(share * 20), 1), 20)
            judging.save_judgement(
                db_session,
                meeting,
                member,
                ref,
                Judgement(expected_fraction=steps * 5 / 100),
                round_number=meeting.round,
                key=f"demo-{meeting.round}-{number:03}",
                now=now + number * timedelta(seconds=25),
            )


def _results(db_session: Session, meeting: StandardMeeting, chance: random.Random) -> RealResults:
    items = bank.items_of(db_session, meeting.item_refs)
    facilities = {
        version_of(ref): (
            min(max(expected_credit(one) + 0.06 + chance.gauss(0, 0.1), 0.08), 0.97),
            chance.randint(64, CANDIDATES),
        )
        for ref, one in zip(meeting.item_refs, items, strict=True)
    }
    counts: dict[float, int] = {}
    count = len(meeting.item_refs)
    for _ in range(CANDIDATES):
        marks = min(max(round(chance.gauss(MEAN, SPREAD) * count), 0), count)
        score = round(marks / count, services.SCORE_DIGITS)
        counts[score] = counts.get(score, 0) + 1
    return RealResults(facilities, sorted(counts.items()))


COMMENTS = (
    "刚好合格的人会被“降价”带走，我给得低。",
    "培训里专门练过这一步，日常天天见，应该更高。",
    "要算两步，考场上一半人会漏掉退货。",
    "题干给了正常范围，照着比就行，不难。",
)


def _hold_finished(
    db_session: Session,
    leader: Person,
    judges: list[Person],
    approver: Person,
    chance: random.Random,
    *,
    now: datetime,
) -> None:
    meeting = _prepare(db_session, leader, judges, now=now)
    actor = _actor(leader)
    results = _results(db_session, meeting, chance)
    for number, noise in ((0, 0.1), (1, 0.11), (2, 0.06)):
        at = now + (number + 1) * 60 * MINUTE
        if number:
            services.begin_round(db_session, meeting, actor=actor, now=at)
        _judge(db_session, meeting, chance, noise=noise, now=at)
        services.begin_discussion(db_session, meeting, results, actor=actor, now=at + 30 * MINUTE)
        _talk(db_session, meeting, judges, chance, now=at + 35 * MINUTE)
    at = now + 260 * MINUTE
    services.ask_for_bounds(db_session, meeting, actor=actor, now=at)
    for place, member in enumerate(queries.sitting_members(db_session, meeting.id)):
        shares = [0.55, 0.65 + 0.05 * (place % 3), 0.1, 0.35 + 0.05 * (place % 2)]
        judging.save_bounds(db_session, meeting, member, shares, now=at + place * MINUTE)
    drawn_up = minutes.close_meeting(db_session, meeting, actor=actor, now=at + 10 * MINUTE)
    for place, person in enumerate([leader, *judges]):
        minutes.sign(
            db_session,
            meeting,
            person_id=person.id,
            name=person.display_name,
            content_hash=drawn_up.content_hash,
            actor=_actor(person),
            now=at + (20 + 7 * place) * MINUTE,
        )
    minutes.decide(
        db_session,
        meeting,
        outcome="approved",
        reason="两轮收敛，与真实难度一致，合格率在预期内",
        content_hash=drawn_up.content_hash,
        person_id=approver.id,
        actor=_actor(approver),
        now=at + 2 * DAY,
    )


def _talk(
    db_session: Session,
    meeting: StandardMeeting,
    judges: list[Person],
    chance: random.Random,
    *,
    now: datetime,
) -> None:
    for place, text in enumerate(COMMENTS):
        judging.add_comment(
            db_session,
            meeting,
            chance.choice(meeting.refs_now),
            text,
            person_id=judges[place].id,
            now=now + place * MINUTE,
        )


def _hold_open(
    db_session: Session,
    leader: Person,
    judges: list[Person],
    chance: random.Random,
    *,
    now: datetime,
) -> None:
    """Leave a meeting in round 1: the first page's member has not begun, another has."""
    meeting = _prepare(db_session, leader, judges, now=now)
    _judge(db_session, meeting, chance, noise=0.1, now=now + 30 * MINUTE)
    results = services.real_results(db_session, meeting.blueprint_ref)
    actor = _actor(leader)
    services.begin_discussion(db_session, meeting, results, actor=actor, now=now + 50 * MINUTE)
    services.begin_round(db_session, meeting, actor=actor, now=now + 60 * MINUTE)
    second = queries.member_or_none(db_session, meeting.id, judges[1].id)
    assert second is not None, "just invited"
    for number, ref in enumerate(meeting.item_refs[:24]):
        judging.save_judgement(
            db_session,
            meeting,
            second,
            ref,
            Judgement(expected_fraction=chance.randint(8, 18) * 5 / 100),
            round_number=1,
            key=f"demo-1-{number:03}",
            now=now + 70 * MINUTE + number * timedelta(seconds=30),
        )


def _actor(person: Person) -> str:
    return f"person:{person.public_id}"
