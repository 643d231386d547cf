"""升层规划: tiers, the fewest exams and the what-if, on the page and as JSON."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import numpy as np
import pytest

from app.core import clock
from app.core.db import db
from app.providers import planning, services
from app.providers.five_force import Reading, score
from app.providers.month_inputs import MonthInputs, inputs_by_month
from app.providers.months import last_complete_month, month_before
from app.providers.quadrant import quadrant_of
from app.providers.schemes import Scheme
from app.providers.what_if import loss_of_one
from certificates.levels import Level
from tests import cast
from tests.conftest import NOON, sign_in
from tests.factories.certification import certify, little_programme, publish_little_programme
from tests.factories.providers import MIDDLING, OCTOBER, employ, report
from tests.factories.schemes import RICH_SCHEME, rich_body


@pytest.fixture
def rich(app, db_session, provider, rival):
    """The rich scheme is in effect; both report nothing but the modules."""
    now = clock.now()
    months = {OCTOBER, last_complete_month(now)}
    for month in months:
        report(db_session, ("YF-1", month, MIDDLING), ("LX-2", month, MIDDLING), now=now)
    scheme = Scheme.model_validate(rich_body(effective_on=date(2026, 2, 1)))
    services.publish_schemes(db_session, [scheme], actor="cli:test", now=now)
    return scheme


def planned(db_session, provider, month, added):
    inputs = inputs_by_month(db_session, [OCTOBER], now=NOON, include_demo=True)[OCTOBER]
    card = inputs.scorecard(inputs.provider_ids.index(provider.id))
    return planning.plan(
        db_session,
        provider,
        inputs.scheme,
        card,
        scored_month=OCTOBER,
        month=month,
        added=added,
        now=NOON,
        include_demo=True,
    )


def test_reckons_with_who_joins_and_who_expires(app, db_session, provider, rich, person_of):
    programme = publish_little_programme(db_session, little_programme(), now=NOON)
    certified = certify(app, db_session, person_of(cast.ALICE).id, programme, at=NOON)
    employ(db_session, provider, person_of(cast.ALICE), now=NOON)
    end = certified.expires_at
    before = month_before(end.date().replace(day=1), 3)
    behind = month_before(end.date().replace(day=1), -1)

    soon = planned(db_session, provider, before, {Level.SENIOR: 2})
    late = planned(db_session, provider, behind, {Level.SENIOR: 2})

    # Nobody reported merchants: 0.40 of 0.05 + 2 × 0.39 = 0.83 is 0.332; of 0.05 alone 0.02.
    assert soon.now.certified.points == Decimal("0.02")
    assert soon.gain == Decimal("0.31")
    assert (soon.expiring[Level.JUNIOR], late.expiring[Level.JUNIOR]) == (0, 1)
    assert late.without.total == late.now.total - Decimal("0.02")
    assert late.then.total == late.without.total + Decimal("0.31")


def test_the_page_and_the_json_say_the_same(app, db_session, provider, rich):
    db_session.commit()
    db.session.remove()
    as_dave = sign_in(app, cast.DAVE)
    by = f"{month_before(last_complete_month(clock.now()), -4):%Y-%m}"

    page = as_dave.get(f"/provider/plan?senior=3&month={by}")
    told = as_dave.get(f"/api/v1/provider/plan?senior=3&month={by}").get_json()

    assert told["what_if"]["gain"] == "0.44"  # 1.00 + 0.6 × 0.17 = 1.10; × 0.40
    assert f"+{told['what_if']['gain']}" in page.text
    assert told["next"]["tier"] == "strategic"
    assert [cell["id"] for cell in told["cells"]] == ["strategic", "core", "quality"]


@pytest.mark.parametrize("query", ["senior=-1", "senior=201", "senior=x", "month=2020-01"])
def test_says_what_it_did_not_understand(app, db_session, provider, rich, query):
    db_session.commit()
    page = sign_in(app, cast.DAVE).get(f"/provider/plan?{query}")

    assert page.status_code == 200
    assert 'role="alert"' in page.text


def test_is_a_managers_own(app, db_session, provider, rich):
    db_session.commit()

    assert sign_in(app, cast.CAROL).get("/provider/plan").status_code == 403
    assert app.test_client().get("/api/v1/provider/plan").status_code == 401


def test_an_operators_contribution_is_what_their_leaving_costs():
    merchants = {"merchants": Reading(Decimal(10))}
    card = score(RICH_SCHEME, merchants, {Level.INTERMEDIATE: 2, Level.SENIOR: 3})

    # 0.24 + 1.17 = 1.41: 1.00 + 0.6 × 0.41 = 1.25. Without a 高级 1.02: 1.01. A 中级: 1.29: 1.17.
    assert loss_of_one(RICH_SCHEME, card, Level.SENIOR) == Decimal("0.24")
    assert loss_of_one(RICH_SCHEME, card, Level.INTERMEDIATE) == Decimal("0.08")
    assert loss_of_one(RICH_SCHEME, card, Level.JUNIOR) == 0


def test_the_quadrant_lies_at_the_medians():
    """Four providers: the stronger two with 8 and 1 million, the weaker with 6 and none told."""
    values = np.zeros((4, 7), dtype=np.int64)
    values[:, 0] = (300_000, 250_000, 200_000, 100_000)
    values[:, 6] = (80_000_000_000, 10_000_000_000, 60_000_000_000, 0)
    known = np.ones((4, 7), dtype=np.bool_)
    known[3, 6] = False
    inputs = MonthInputs(
        scheme=RICH_SCHEME,
        month=OCTOBER,
        at=NOON,
        provider_ids=(1, 2, 3, 4),
        values_e4=values,
        is_reported=known,
        is_carried=~known,
        operator_counts=np.zeros((4, 3), dtype=np.int64),
    )

    second = quadrant_of(inputs, 2)

    assert (second.is_able, second.is_large) == (True, False)
    assert second.scale_median == 6_000_000
    assert sum(second.counts.values()) == 3
    assert quadrant_of(inputs, 4) is None
