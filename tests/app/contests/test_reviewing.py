"""The written 复盘 of a round: when it may be written, how it is marked, and by whom unseen."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.accounts.roles import Role
from app.contests import judging, jury_queries, queries, reviewing
from app.core import clock
from app.core.errors import InvalidInputError
from tests import cast
from tests.app.contests.stages import AT_START, LENGTH, Field
from tests.conftest import csrf_token, sign_in
from tests.factories.contests import (
    GOOD_LOG,
    PLANNER,
    give_role,
    little_rules,
    operate,
    with_jurors,
)

END = AT_START + LENGTH
WORDS = "第十二分钟先换到牛仔裤，点击率回升；下一场把福袋提前到第二分钟，并按库存分两段投放。" * 5


@pytest.fixture
def over(app: Flask, db_session: Session) -> Field:
    """A contest whose final was played by two of three, and is judged."""
    field = Field(app, db_session, rules=little_rules(with_review=True))
    first, second, _ = field.ready()
    operate(db_session, first, GOOD_LOG, now=AT_START)
    operate(db_session, second, (), now=AT_START)
    field.judge()
    return field


def write(field: Field, lane: int, words: str = WORDS, *, now: Any = END + timedelta(minutes=5)):
    place, entry = queries.places_of(field.db_session, field.round.id)[lane - 1]
    return reviewing.write_review(
        field.db_session,
        field.contest,
        field.round,
        place,
        entry,
        words,
        actor="person:x",
        now=now,
    )


def test_it_is_written_in_the_window_by_who_came_and_stands(over: Field):
    for lane, now in ((1, END - timedelta(seconds=1)), (1, END + timedelta(minutes=61)), (3, None)):
        with pytest.raises(reviewing.ReviewClosedError):
            write(over, lane, now=now or END + timedelta(minutes=5))

    first = write(over, 1)

    assert write(over, 1).id == first.id  # asked again by a page that saw no answer
    with pytest.raises(reviewing.ReviewWrittenError):
        write(over, 1, WORDS + "再补一句。")


def test_it_tells_no_juror_whose_it_is(over: Field):
    name = queries.places_of(over.db_session, over.round.id)[0][1].public_name

    with pytest.raises(InvalidInputError) as refused:
        write(over, 1, f"我是{name}。" + WORDS)

    assert refused.value.errors[0]["code"] == "names_itself"


def test_jurors_are_dealt_rooms_when_nobody_writes_any_more(over: Field):
    with_jurors(over.db_session, over.contest, 2, now=AT_START)
    deal = {"actor": PLANNER, "now": END + timedelta(minutes=6)}
    write(over, 1)
    with pytest.raises(judging.ReviewsOpenError):
        judging.deal_tasks(over.db_session, over.contest, over.round, **deal)

    write(over, 2)  # the third never came

    assert judging.deal_tasks(over.db_session, over.contest, over.round, **deal) == 6


def test_what_nobody_wrote_earns_nothing_and_what_was_written_counts(over: Field):
    write(over, 1)
    with_jurors(over.db_session, over.contest, 2, now=AT_START)
    late = END + timedelta(hours=2)
    judging.deal_tasks(over.db_session, over.contest, over.round, actor=PLANNER, now=late)
    criteria = queries.rules_of(over.db_session, over.contest).jury.criteria_of(2)
    even = {one.code: 2 for one in criteria}
    unwritten = queries.places_of(over.db_session, over.round.id)[1][0].id
    points = []
    for place, _ in queries.places_of(over.db_session, over.round.id)[:2]:
        for task, _, _ in jury_queries.tasks_of_place(over.db_session, place.id):
            marks = dict(even, review=4)
            if place.id == unwritten:
                with pytest.raises(InvalidInputError) as refused:
                    _hand_in(over, task, marks, late)
                assert refused.value.errors == [{"field": "review", "code": "nothing_written"}]
                marks["review"] = 0
            _hand_in(over, task, marks, late)
        found = queries.standing_results(
            over.db_session, over.contest, queries.rules_of(over.db_session, over.contest)
        )
        entry = {one.id: one for one in queries.entries_of(over.db_session, over.contest.id)}[
            place.entry_id
        ]
        points.append(next(one.jury_points for one in found if one.entry == entry.public_id))

    # 0.8 of the weight at 2 of 4, and 0.2 at 4 of 4 or at 0
    assert points == [60.0, 40.0]


def test_the_page_takes_it_and_the_juror_reads_it_without_a_name(
    over: Field, app: Flask, person_of: Any, monkeypatch: Any
):
    carol = person_of(cast.CAROL)
    give_role(over.db_session, carol, Role.JUROR, now=AT_START)
    entry = queries.places_of(over.db_session, over.round.id)[0][1]
    contestant = over.db_session.get_one(Person, entry.person_id)
    contestant.password_hash = carol.password_hash
    player = cast.CastMember("选手", str(contestant.email), (Role.CANDIDATE,))
    path = f"/contests/{over.contest.public_id}/rounds/{over.round.public_id}/review"
    name = entry.public_name
    over.db_session.commit()
    as_player = sign_in(app, player)
    stranger, as_carol = sign_in(app, cast.BOB), sign_in(app, cast.CAROL)
    monkeypatch.setattr(clock, "now", lambda: END + timedelta(minutes=5))

    assert stranger.get(path).status_code == 404
    token = csrf_token(as_player)
    assert as_player.post(path, data={"csrf_token": token, "body": "短"}).status_code == 422
    assert as_player.post(path, data={"csrf_token": token, "body": WORDS}).status_code == 303
    assert as_player.post(path, data={"csrf_token": token, "body": WORDS * 2}).status_code == 409
    over.db_session.rollback()
    judging.appoint(over.db_session, over.contest, carol, actor="x", now=END)
    with_jurors(over.db_session, over.contest, 1, now=AT_START)
    late = END + timedelta(hours=2)
    judging.deal_tasks(over.db_session, over.contest, over.round, actor=PLANNER, now=late)
    tasks = [
        one[0].public_id
        for one in jury_queries.tasks_of_juror(over.db_session, carol.id)
        if one[2].id == entry.id
    ]
    over.db_session.commit()
    page = as_carol.get(f"/contests/jury/{tasks[0]}")

    assert WORDS[:20] in page.text
    assert name not in page.text


def _hand_in(field: Field, task: Any, marks: dict[str, int], now: Any) -> None:
    judging.hand_in(
        field.db_session, task, field.contest, marks, comment="", actor="person:j", now=now
    )
