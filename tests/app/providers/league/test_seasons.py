"""Seasons as they are opened, frozen and revealed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.providers.league import seasons
from app.providers.league.rules import shipped_rules
from app.providers.months import month_before, settled_at
from tests import cast
from tests.conftest import NOON, csrf_token, sign_in
from tests.factories.providers import (
    AUGUST,
    MIDDLING,
    OCTOBER,
    SEPTEMBER,
    publish_little_scheme,
    report,
)

BETTER = ("25", "3.5", "1800", "1.25", "6")
RULES = shipped_rules()


@pytest.fixture
def season(app, db_session, provider, rival):
    """August to October: YF-1 leads until the hidden month."""
    for month in (AUGUST, SEPTEMBER):
        report(db_session, ("YF-1", month, BETTER), ("LX-2", month, MIDDLING), now=NOON)
    worst = ("5", "1", "400", "5", "0")
    report(db_session, ("YF-1", OCTOBER, worst), ("LX-2", OCTOBER, BETTER), now=NOON)
    return seasons.open_season(db_session, AUGUST, RULES, actor="cli:test", now=NOON)


def board(db_session, season, now=NOON):
    return seasons.board_of(db_session, season, now=now, include_demo=True)


def order(found):
    return [line.provider_id for line in found.divisions["third"]]


def test_the_last_month_is_hidden_until_the_reveal(db_session, season, provider, rival):
    frozen = board(db_session, season)

    assert (frozen.months, frozen.hidden) == ((AUGUST, SEPTEMBER), (OCTOBER,))
    assert order(frozen) == [provider.id, rival.id]
    assert frozen.steps == {provider.id: 0, rival.id: 0}

    day = settled_at(OCTOBER)
    early = seasons.reveal_due_seasons(
        db_session, now=day - timedelta(seconds=1), include_demo=True
    )
    assert early == 0
    assert order(board(db_session, season, day)) == [provider.id, rival.id]
    assert seasons.reveal_due_seasons(db_session, now=day, include_demo=True) == 1
    final = board(db_session, season, day)

    assert final.is_final
    assert order(final) == [rival.id, provider.id]


def test_a_revealed_place_outlives_corrections(db_session, season, provider, rival):
    day = settled_at(OCTOBER)
    seasons.reveal_due_seasons(db_session, now=day, include_demo=True)

    report(db_session, ("YF-1", OCTOBER, BETTER), now=day)

    assert order(board(db_session, season, day)) == [rival.id, provider.id]
    assert seasons.reveal_due_seasons(db_session, now=day, include_demo=True) == 0


def test_seasons_do_not_overlap(db_session, season):
    with pytest.raises(seasons.SeasonTakenError, match="overlaps 2026-08"):
        seasons.open_season(db_session, OCTOBER, RULES, actor="cli:test", now=NOON)

    after = month_before(OCTOBER, -1)
    assert seasons.open_season(db_session, after, RULES, actor="cli:test", now=NOON)


def test_the_page_opens_a_season_for_the_committee_only(app, db_session):
    publish_little_scheme(db_session, now=NOON)
    db_session.commit()
    as_carol, as_dave = sign_in(app, cast.CAROL), sign_in(app, cast.DAVE)
    data = {"csrf_token": csrf_token(as_carol), "first_month": "2026-12"}

    assert as_carol.post("/league/seasons", data=data).status_code == 303
    assert as_carol.post("/league/seasons", data=data).status_code == 409
    assert as_carol.post("/league/seasons", data=data | {"first_month": "x"}).status_code == 422
    own = {"csrf_token": csrf_token(as_dave), "first_month": "2027-12"}
    assert as_dave.post("/league/seasons", data=own).status_code == 403
    assert "排位赛" in as_dave.get("/league").text
    assert as_dave.get("/league?season=2020-01").status_code == 404
