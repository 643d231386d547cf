"""A demonstration of marking: written answers, some settled, some waiting for whoever signs in."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import product
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.accounts.queries import person_of_account_or_none
from app.bank.queries import items_of
from app.core import clock
from app.core.db import transaction
from app.exams.models import AttemptResponse
from app.exams.queries import newest_forms
from app.exams.services import (
    append_to_chain,
    close_attempt,
    open_page,
    start_attempt,
)
from app.exams.terms import Arrangement, ExamTerms
from app.marking import controls, dealing, queries, services
from app.marking.models import ControlAnswer, MarkingTask
from app.providers.demo import COLLEAGUES
from question_bank.answers import Rubric

BLUEPRINT_REF = "junior-kinds@1"
MARKERS = ("marker@demo.example", "marker2@demo.example", "marker3@demo.example")
ARBITER = "examiner@demo.example"
SEED = 20261122

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)

Parts = dict[str, dict[int, str]]
"""By criterion, what an answer says that earns so many points."""

REVIEW_REF = "junior-short-answer-004@1"
REVIEW: Parts = {
    "fact": {
        2: "事实：第 60 分钟福袋发完，停留由 70 秒掉到 35 秒，每 10 分钟成交由 40 单掉到 15 单。",
        1: "事实：后半场成交掉到了 15 单。",
        0: "事实：后半场明显不行了，大家都没什么劲头。",
    },
    "cause": {
        2: "原因：人是冲福袋来的，发完以后没有接上留人的福利和主推款。",
        1: "原因：福袋发完了。",
        0: "原因：这天来的观众质量不高，主播也有点累。",
    },
    "action": {
        2: (
            "动作：下一场在第 30、60、90 分钟各发一次福袋，发完立刻讲主推款，"
            "看之后 10 分钟停留能否守住 55 秒。"
        ),
        1: "动作：下一场多准备几个福袋。",
        0: "动作：下一场继续努力，争取更好的状态。",
    },
}
CAUSE_REF = "junior-short-answer-001@1"
CAUSE: Parts = {
    "cause": {
        2: "同一款连讲了 11 分钟，想点的人已经点完，点击的意愿下降。",
        1: "商品点击率在下降。",
        0: "价格没有吸引力，观众觉得贵。",
    },
    "evidence": {
        2: "点击率由 12% 降到 7%，点了的人成交率还是 10%，所以不是价格和货的问题。",
        1: "点击率只剩 7% 了。",
        0: "从数据看情况不太好。",
    },
    "action": {
        2: "接下来换讲一款有货的承接款，再盯 5 分钟点击率，回到 10% 以上就按新节奏走。",
        1: "接下来先换一款讲。",
        0: "接下来降价 20 元，再加投一笔。",
    },
}

SETTLED_COUNT = 24
"""Responses of the first item that are settled: enough for the figures of agreement."""


@dataclass(frozen=True)
class Written:
    """An answer made of one sentence for each criterion.

    Attributes:
        ref: The item.
        points: What each sentence earns.
        text: The answer.
    """

    ref: str
    points: dict[str, int]
    text: str


def load_demo_marking() -> None:
    """Let colleagues write, and the demonstration's markers mark most of it, unless it is done."""
    now = clock.now()
    with transaction() as db_session:
        if db_session.scalar(select(MarkingTask.id).limit(1)) is not None:
            return
        drawn = newest_forms(db_session, BLUEPRINT_REF, limit=1)
        writers = _people(db_session, [one.account for one in COLLEAGUES])
        markers = _people(db_session, [*MARKERS, ARBITER])
        if not drawn or not writers or len(markers) <= len(MARKERS):
            return
        form = drawn[0]
        chance = random.Random(SEED)  # noqa: S311 - invented figures, the same every time
        reviews, causes = _written(REVIEW_REF, REVIEW), _written(CAUSE_REF, CAUSE)
        chance.shuffle(reviews)
        chance.shuffle(causes)
        _add_controls(db_session, [*reviews[SETTLED_COUNT:], *causes[-3:]], now - 6 * DAY)
        settled, waiting = reviews[:SETTLED_COUNT], causes[:6]
        for n, one in enumerate(settled):
            _write(db_session, writers[n % len(writers)], one, form, n, now=now - 4 * DAY)
        _mark(db_session, markers, {one.text: one for one in settled}, chance, now=now - 3 * DAY)
        for n, one in enumerate(waiting, SETTLED_COUNT):
            ago = 6 * DAY if n == SETTLED_COUNT else timedelta(hours=n)
            _write(db_session, writers[n % len(writers)], one, form, n, now=now - ago)


def _people(db_session: Session, accounts: list[str]) -> list[Person]:
    found = (person_of_account_or_none(db_session, one) for one in accounts)
    return [one for one in found if one is not None]


def _written(ref: str, parts: Parts) -> list[Written]:
    names = list(parts)
    return [
        Written(
            ref,
            dict(zip(names, points, strict=True)),
            "".join(parts[name][given] for name, given in zip(names, points, strict=True)),
        )
        for points in product(*(parts[name] for name in names))
    ]


def _write(
    db_session: Session,
    writer: Person,
    one: Written,
    entries: list[list[Any]],
    number: int,
    *,
    now: datetime,
) -> None:
    """Sit a practice exam of one's own in which only the written answer is given."""
    refs = [ref for ref, _ in entries]
    kinds = [item.kind.is_marked_by_people for item in items_of(db_session, refs)]
    place = kinds.index(True)
    form = [[one.ref, []] if n == place else entry for n, entry in enumerate(entries)]
    terms = ExamTerms(
        exam_code=f"practice:written-{number}",
        programme_ref="practice@1",
        title="初级题型练习",
        blueprint_ref=BLUEPRINT_REF,
        limit_s=2400,
        cut_fraction=0.6,
        is_demo=True,
    )
    attempt = start_attempt(
        db_session, writer.id, terms, now=now, arrangement=Arrangement(form=form, is_seated=True)
    )
    open_page(db_session, attempt, now=now)
    saved = {"position": place + 1, "flagged": False, "client_sequence": 1}
    value = {"text": one.text}
    append_to_chain(db_session, attempt, "saved", {**saved, "value": value}, now=now + 5 * MINUTE)
    db_session.add(
        AttemptResponse(
            attempt_id=attempt.id,
            value=json.dumps(value, ensure_ascii=False),
            at=now + 5 * MINUTE,
            **saved,
        )
    )
    db_session.flush()
    close_attempt(
        db_session, attempt, "submitted", key=f"written-{number:04}", now=now + 6 * MINUTE
    )


def _add_controls(db_session: Session, written: list[Written], now: datetime) -> None:
    for one in written:
        control = controls.propose_control(
            db_session,
            one.ref,
            body=one.text,
            points=one.points,
            reason="两位组长各自评分后一致",
            actor=_actor(db_session, ARBITER),
            now=now,
        )
        controls.confirm_control(
            db_session, control, actor=_actor(db_session, "committee@demo.example"), now=now
        )


def _mark(
    db_session: Session,
    markers: list[Person],
    known: dict[str, Written],
    chance: random.Random,
    *,
    now: datetime,
) -> None:
    """Let the markers mark in turn until nothing waits that any of them may mark."""
    idle = 0
    at = now
    while idle < len(markers):
        marker = markers.pop(0)
        markers.append(marker)
        at += 2 * MINUTE
        is_arbiter = marker.email == ARBITER
        try:
            sheet = dealing.deal_next(db_session, marker.id, is_arbiter=is_arbiter, now=at)
        except (dealing.NothingToMarkError, dealing.MarkerStoppedError):
            idle += 1
            continue
        idle = 0
        _item, rubric = queries.rubric_of(db_session, sheet.rubric_ref)
        body = queries.sheet_body(db_session, sheet)
        true = known[body].points if body in known else _control_points(db_session, body)
        services.submit_mark(
            db_session,
            sheet,
            points=_given(true, rubric, chance),
            comment="",
            key=f"demo-{sheet.public_id}",
            actor=f"person:{marker.public_id}",
            now=at + timedelta(seconds=chance.randint(40, 150)),
        )


def _control_points(db_session: Session, body: str) -> dict[str, int]:
    control = db_session.scalars(select(ControlAnswer).where(ControlAnswer.body == body)).one()
    return control.points


def _given(true: dict[str, int], rubric: Rubric, chance: random.Random) -> dict[str, int]:
    """Return points as a careful marker gives them: one criterion in eight a level off."""
    out = {}
    for criterion in rubric.criteria:
        levels = sorted(level.points for level in criterion.levels)
        place = levels.index(true[criterion.id])
        if chance.random() < 0.12:
            place = min(max(place + chance.choice((-1, 1)), 0), len(levels) - 1)
        out[criterion.id] = levels[place]
    return out


def _actor(db_session: Session, account: str) -> str:
    found = person_of_account_or_none(db_session, account)
    return "cli:demo" if found is None else f"person:{found.public_id}"
