"""The ways into a contest: a certificate, points of a season, a place in another contest."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.contests import entering, queries
from app.contests.models import Contest, ContestResult
from app.contests.qualifying import Qualification, qualification_of
from app.contests.season.models import SeasonPoints
from tests.app.contests.stages import AT_START, Field
from tests.conftest import NOON
from tests.factories.contests import (
    GOOD_LOG,
    little_contest,
    little_rules,
    new_person,
    operate,
)

ENTRY = {
    "level": "senior",
    "season_points": 60,
    "place": {"rules": "little-contest", "best": 1, "within_days": 30},
}


@pytest.fixture
def earlier(app: Flask, db_session: Session) -> Field:
    """A contest that is over: its first has 100 points of the season, its second 80."""
    field = Field(app, db_session)
    first, second, _ = field.ready()
    operate(db_session, first, GOOD_LOG, now=AT_START)
    operate(db_session, second, (), now=AT_START)
    field.judge()
    field.mark()
    field.tell()
    field.finalise()
    return field


@pytest.fixture
def later(app: Flask, db_session: Session, earlier: Field) -> Contest:
    """The next contest, for seniors, or who did well."""
    rules = little_rules(id="grand-contest", entry=ENTRY)
    return little_contest(
        db_session,
        now=AT_START + timedelta(days=9),
        keys=earlier.keys,
        rules=rules,
    )


def look(app: Flask, db_session: Session, contest: Contest, person_id: int) -> Qualification:
    return qualification_of(
        db_session,
        contest,
        person_id,
        settings=app.config["SETTINGS"],
        now=AT_START + timedelta(days=9),
    )


def by_rank(field: Field, rank: int) -> int:
    return next(
        entry.person_id
        for result, entry in queries.final_results(field.db_session, field.contest)
        if result.rank == rank
    )


def test_the_second_comes_in_by_points_and_the_entry_remembers(
    app: Flask, db_session: Session, earlier: Field, later: Contest
):
    second = by_rank(earlier, 2)
    found = look(app, db_session, later, second)
    assert [(one.kind, one.is_met) for one in found.ways] == [
        ("certificate", False),
        ("season", True),
        ("place", False),
    ]

    entry = entering.enter(
        db_session,
        later,
        second,
        public_name="二",
        settings=app.config["SETTINGS"],
        now=AT_START + timedelta(days=9),
    )

    assert entry.qualified_by == "season:2026:80"


def test_a_result_that_is_opened_again_lets_nobody_in(
    app: Flask, db_session: Session, earlier: Field, later: Contest
):
    second = by_rank(earlier, 2)
    earlier.contest.state = "protest"
    db_session.flush()

    found = look(app, db_session, later, second)

    assert found.met is None
    assert [one.found for one in found.ways] == ["", "0", ""]


@pytest.mark.parametrize(
    ("days", "rank", "is_met"), [(0, 1, True), (40, 1, False), (0, 2, False)], ids=str
)
def test_a_place_counts_for_its_time_and_down_to_its_rank(
    app: Flask,
    db_session: Session,
    earlier: Field,
    later: Contest,
    days: int,
    rank: int,
    is_met: bool,
):
    assert earlier.contest.finalised_at is not None
    earlier.contest.finalised_at -= timedelta(days=days)
    db_session.flush()

    found = look(app, db_session, later, by_rank(earlier, rank))

    assert next(one for one in found.ways if one.kind == "place").is_met is is_met


def test_points_without_a_valid_certificate_are_not_enough(
    app: Flask, db_session: Session, later: Contest
):
    person = new_person(db_session, "无证", now=NOON)
    _points(db_session, person.id, 500)

    found = look(app, db_session, later, person.id)

    assert next(one for one in found.ways if one.kind == "season").is_met
    assert found.met is None
    with pytest.raises(entering.NotEligibleError):
        entering.enter(
            db_session,
            later,
            person.id,
            public_name="无证",
            settings=app.config["SETTINGS"],
            now=AT_START + timedelta(days=9),
        )


def _points(db_session: Session, person_id: int, points: int) -> None:
    line: Any = db_session.query(ContestResult).first()
    db_session.add(
        SeasonPoints(
            season="2026",
            contest_id=line.contest_id,
            entry_id=line.entry_id,
            person_id=person_id,
            result_version=99,
            rank=None,
            points=points,
            rules_ref="season@1",
            at=NOON,
        )
    )
    db_session.flush()
