"""Points beside the score: given once by each source, shown by themselves, moving nobody."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.core.errors import InvalidInputError, NotFoundError
from app.providers.league import points, seasons
from app.providers.league.rules import shipped_rules
from app.providers.months import settled_at
from tests import cast
from tests.conftest import NOON, sign_in
from tests.factories.providers import AUGUST, MIDDLING, OCTOBER, SEPTEMBER, report


@pytest.fixture
def season(app, db_session, provider, rival):
    return seasons.open_season(db_session, SEPTEMBER, shipped_rules(), actor="cli:test", now=NOON)


def award(db_session, provider, count=30, **changes):
    values = {
        "season": "2026-09",
        "reason": "中级赛第 2 名",
        "source_ref": "contest:abc",
        "actor": "system:contest",
        "now": NOON,
        **changes,
    }
    return points.award(db_session, provider_id=provider.id, points=count, **values)


@pytest.mark.both_databases
def test_a_source_gives_once_and_a_correction_is_a_further_fact(db_session, season, provider):
    first = award(db_session, provider)

    assert award(db_session, provider) is first
    with pytest.raises(points.PointsTakenError):
        award(db_session, provider, 31)
    award(db_session, provider, -30, source_ref="contest:abc:taken-back", reason="成绩撤销")

    rows = points.points_of(db_session, season.id)[provider.id]
    assert [row.points for row in rows] == [30, -30]


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"count": 0}, InvalidInputError),
        ({"count": 10_001}, InvalidInputError),
        ({"reason": ""}, InvalidInputError),
        ({"season": "2020-01"}, NotFoundError),
    ],
    ids=["nothing", "too many", "no reason", "no season"],
)
def test_what_is_no_award(db_session, season, provider, changes, error):
    with pytest.raises(error):
        award(db_session, provider, **changes)


def test_a_revealed_season_takes_no_more(db_session, season, provider):
    kept = award(db_session, provider)
    season.revealed_at = NOON + timedelta(days=60)

    with pytest.raises(points.SeasonOverError):
        award(db_session, provider, source_ref="contest:late")
    assert award(db_session, provider) is kept


def test_the_running_season_is_the_one_of_the_month(db_session, season):
    assert points.running_season(db_session, NOON) is season
    assert points.running_season(db_session, settled_at(AUGUST) - timedelta(days=40)) is None


def test_the_board_shows_them_beside_places_that_do_not_move(app, db_session, season, provider):
    report(db_session, ("YF-1", SEPTEMBER, MIDDLING), ("YF-1", OCTOBER, MIDDLING), now=NOON)
    before = seasons.board_of(db_session, season, now=NOON, include_demo=True).divisions
    award(db_session, provider)
    after = seasons.board_of(db_session, season, now=NOON, include_demo=True).divisions
    db_session.commit()

    page = sign_in(app, cast.DAVE).get("/league?season=2026-09").text

    assert before == after
    assert "赛事积分" in page
    assert "中级赛第 2 名" in page
