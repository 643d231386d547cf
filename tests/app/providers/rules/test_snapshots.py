"""Settled scores: once, again after a correction, and provable to the last digit."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select, text

from app.providers import queries
from app.providers.exact import from_hundredths
from app.providers.months import settled_at
from app.providers.rules import snapshots
from app.providers.rules.models import SettledScore
from app.providers.standings import scorecard_of
from tests.conftest import NOON
from tests.factories.providers import MIDDLING, OCTOBER, SEPTEMBER, report

BETTER = ("25", "3.5", "1800", "1.25", "6")


@pytest.fixture
def figures(app, db_session, provider, rival):
    for month in (SEPTEMBER, OCTOBER):
        report(db_session, ("YF-1", month, MIDDLING), ("LX-2", month, BETTER), now=NOON)


def settle(db_session, month=SEPTEMBER, now=NOON):
    return snapshots.settle_month(db_session, month, now=now, include_demo=True)


def prove(db_session, month=SEPTEMBER):
    return snapshots.prove_month(db_session, month, now=NOON, include_demo=True)


def test_writes_what_the_page_shows_once(db_session, figures, provider):
    assert settle(db_session) == 2
    assert settle(db_session) == 0

    own = next(
        one
        for one in snapshots.newest_scores(db_session, SEPTEMBER)
        if one.provider_id == provider.id
    )
    page = scorecard_of(
        db_session, provider.id, SEPTEMBER, at=settled_at(SEPTEMBER), include_demo=True
    )
    assert from_hundredths(own.total_e2) == page.total
    assert (own.revision, own.scheme_ref, own.rating) == (1, "little@1", page.rating)


def test_only_months_that_are_settled_wait(db_session, figures):
    day = settled_at(SEPTEMBER)

    assert snapshots.months_to_settle(db_session, now=day - timedelta(seconds=1)) == []
    assert snapshots.months_to_settle(db_session, now=day) == [SEPTEMBER]


def test_a_correction_adds_a_revision_for_nobody_else(db_session, figures, provider):
    settle(db_session)
    report(db_session, ("YF-1", SEPTEMBER, BETTER), now=NOON)

    assert [one.what for one in prove(db_session)[1]] == ["facts"]
    assert settle(db_session) == 1
    assert prove(db_session) == (2, [])
    rows = db_session.scalars(
        select(SettledScore.revision).where(SettledScore.provider_id == provider.id)
    )
    assert sorted(rows) == [1, 2]


def test_the_proof_finds_a_score_that_was_changed(db_session, figures):
    settle(db_session)
    db_session.execute(text("DROP TRIGGER provider_settled_score_no_update"))
    db_session.execute(text("UPDATE provider_settled_score SET total_e2 = total_e2 + 1"))
    db_session.expire_all()

    count, differences = prove(db_session)

    assert (count, {one.what for one in differences}) == (2, {"stored"})


def test_inputs_survive_packing(db_session, figures):
    settle(db_session)
    row = snapshots.newest_scores(db_session, SEPTEMBER)[0]
    scheme = queries.schemes(db_session)[0]

    readings, operators = snapshots.unpacked_inputs(scheme, row.inputs)

    assert readings["share"].value == Decimal("17.5")
    assert set(operators.values()) == {0}
