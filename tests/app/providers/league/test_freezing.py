"""A hidden month leaks nowhere: every page and program of a provider is read twice and compared."""

from __future__ import annotations

import re

import pytest

from app.core import clock
from app.core.db import db, transaction
from app.directory import listings
from app.directory.matching import NATIONWIDE, Stage
from app.providers.league import seasons
from app.providers.league.rules import shipped_rules
from app.providers.months import last_complete_month, month_before
from app.providers.trade import Category
from tests import cast
from tests.conftest import sign_in
from tests.factories.providers import MIDDLING, report

BETTER = ("25", "3.5", "1800", "1.25", "6")
FEATURES = {"providers", "directory", "api", "home", "checks", "certification", "accounts"}
"""Whatever may read providers' figures, and what else a manager opens."""
SCORES = ("/provider", "/api/v1/provider")
WORST = ("5", "1", "400", "5", "0")
CHANGING = re.compile(
    r'(?s)name="csrf[-_]token"[^>]*>|nonce-[\w-]+|"computed_at":"[^"]+"|截至[^，]+'
)


@pytest.fixture
def month():
    return last_complete_month(clock.now())


@pytest.fixture
def season(app, db_session, provider, rival, month):
    """Three months with figures of both; the last one is hidden."""
    now = clock.now()
    for back in (2, 1, 0):
        one = month_before(month, back)
        report(db_session, ("YF-1", one, MIDDLING), ("LX-2", one, BETTER), now=now)
    made = seasons.open_season(
        db_session, month_before(month, 2), shipped_rules(), actor="cli:test", now=now
    )
    draft = listings.ListingDraft(
        home="浙江",
        categories=[Category.FASHION],
        regions=[NATIONWIDE],
        stages=list(Stage),
        introduction="服务女装商家",
    )
    listings.save_listing(db_session, rival, draft, actor="cli:test", now=now)
    return made


def done(db_session):
    db_session.commit()
    db.session.remove()


def read(app, client, month, begins="/"):
    """Every address of theirs that takes no argument, and those of the hidden month."""
    rules = [
        rule.rule
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ())
        and not rule.arguments
        and rule.endpoint.partition(".")[0] in FEATURES
    ]
    asked = [
        *sorted(rules),
        f"/provider?month={month:%Y-%m}",
        f"/provider/scorecard.csv?month={month:%Y-%m}",
        f"/api/v1/provider/scorecard?month={month:%Y-%m}",
        f"/provider/plan?junior=2&month={month_before(month, -3):%Y-%m}",
        "/match?gmv=60&category=fashion&region=浙江",
    ]
    found = {}
    for path in (one for one in asked if one.startswith(begins)):
        answer = client.get(path)
        if answer.status_code == 200 and answer.mimetype.startswith(("text/", "application/json")):
            found[path] = CHANGING.sub("", answer.get_data(as_text=True))
    return found


def differing(before, after):
    return sorted(path for path in before if before[path] != after.get(path))


def test_nothing_of_a_rivals_hidden_month_is_told(app, db_session, season, month):
    done(db_session)
    as_dave = sign_in(app, cast.DAVE)
    before = read(app, as_dave, month)

    with transaction() as writing:
        report(writing, ("LX-2", month, WORST), now=clock.now())

    assert "/provider" in before
    assert "/league" in before
    assert "/provider/plan" in before
    assert differing(before, read(app, as_dave, month)) == []


def test_the_same_change_is_told_once_the_season_is_revealed(app, db_session, season, month):
    """The crawl sees what there is to see: without the freeze it finds the difference."""
    season.revealed_at = clock.now()
    done(db_session)
    as_dave = sign_in(app, cast.DAVE)
    before = read(app, as_dave, month, SCORES)

    with transaction() as writing:
        report(writing, ("LX-2", month, WORST), now=clock.now())

    moved = differing(before, read(app, as_dave, month, SCORES))
    assert {"/provider", "/api/v1/provider/scorecard", "/provider/scorecard.csv"} <= set(moved)
