"""Objections to settled figures: who may, until when, and what an accepted one leaves behind."""

from __future__ import annotations

import io
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from app.core import clock
from app.core.db import db, transaction
from app.core.errors import NotFoundError, SecondPersonRequiredError
from app.providers.models import IndicatorImport, MonthlyIndicator
from app.providers.months import last_complete_month, month_before, settled_at
from app.providers.objections import queries, services
from app.providers.objections.models import ScoreObjection
from app.providers.rules import snapshots
from app.providers.telling.models import ProviderMail
from tests import cast
from tests.conftest import csrf_token, sign_in
from tests.factories.providers import MIDDLING, MODULES, OCTOBER, report

DAY = settled_at(OCTOBER)
COLUMN = MODULES[0]
FILE = services.fact_of("对账单.pdf", b"%PDF")


@pytest.fixture
def settled(app, db_session, provider, rival):
    """October, settled for both; reported by carol's hand."""
    report(db_session, ("YF-1", OCTOBER, MIDDLING), ("LX-2", OCTOBER, MIDDLING), now=DAY)
    snapshots.settle_month(db_session, OCTOBER, now=DAY, include_demo=True)
    return services.revisions_of(db_session, provider.id, OCTOBER)[-1]


@pytest.fixture
def column(db_session, settled):
    scheme = services.settled_scheme(db_session, settled)
    return scheme.modules[0]


def filed(db_session, provider, column, claimed="20", **changes):
    values = {
        "claimed": Decimal(claimed),
        "reason": "平台对账单上是二十",
        "files": [FILE],
        "actor": "person:dave",
        "now": DAY + timedelta(days=1),
        **changes,
    }
    return services.file_objection(db_session, provider, OCTOBER, column.id, **values)


def accepted(db_session, objection, value="20", actor="person:carol"):
    return services.accept_objection(
        db_session,
        objection,
        Decimal(value),
        answer="核对属实，按对账单更正",
        include_demo=True,
        actor=actor,
        now=DAY + timedelta(days=2),
    )


@pytest.mark.both_databases
def test_an_accepted_one_is_a_newer_fact_and_a_further_settlement(
    db_session, provider, rival, settled, column
):
    before = settled.total_e2

    after = accepted(db_session, filed(db_session, provider, column))

    rows = services.revisions_of(db_session, provider.id, OCTOBER)
    assert [row.revision for row in rows] == [1, 2]
    assert (rows[0].total_e2, rows[1].total_e2) == (before, after.total_e2)
    assert after.total_e2 > before
    assert len(services.revisions_of(db_session, rival.id, OCTOBER)) == 1
    values = db_session.scalars(
        select(MonthlyIndicator.value_e4)
        .where(
            MonthlyIndicator.provider_id == provider.id,
            MonthlyIndicator.month == OCTOBER,
            MonthlyIndicator.module_id == column.id,
        )
        .order_by(MonthlyIndicator.id)
    ).all()
    assert values == [175_000, 200_000]
    count, differing = snapshots.prove_month(db_session, OCTOBER, now=DAY, include_demo=True)
    assert (count, differing) == (2, [])


def test_nobody_answers_an_own_objection_or_an_own_report(db_session, provider, settled, column):
    objection = filed(db_session, provider, column)
    reporter = db_session.scalar(select(IndicatorImport.actor))

    assert queries.waiting_count(db_session, "person:carol") == 1
    for actor in ("person:dave", reporter):
        assert queries.waiting_count(db_session, actor) == 0
        with pytest.raises(SecondPersonRequiredError):
            accepted(db_session, objection, actor=actor)
        with pytest.raises(SecondPersonRequiredError):
            services.decline_objection(
                db_session, objection, answer="不", actor=actor, now=DAY + timedelta(days=2)
            )
    assert objection.state == "open"


def test_what_may_not_be_objected_to(db_session, provider, settled, column):
    last = services.objectable_until(settled)

    with pytest.raises(services.SameValueError):
        filed(db_session, provider, column, claimed="17.5")
    with pytest.raises(services.ObjectionLateError):
        filed(db_session, provider, column, now=last + timedelta(seconds=1))
    with pytest.raises(services.NotSettledError):
        services.file_objection(
            db_session,
            provider,
            month_before(OCTOBER),
            column.id,
            claimed=Decimal(1),
            reason="x",
            files=(),
            actor="person:dave",
            now=last,
        )
    filed(db_session, provider, column, now=last)
    with pytest.raises(services.ObjectionOpenError):
        filed(db_session, provider, column, claimed="21")


def test_answered_is_answered(db_session, provider, settled, column):
    objection = filed(db_session, provider, column)
    services.decline_objection(
        db_session, objection, answer="对账单不含退款", actor="person:carol", now=DAY
    )

    assert queries.waiting_count(db_session, "person:erin") == 0
    with pytest.raises(services.ObjectionClosedError):
        accepted(db_session, objection)
    with pytest.raises(services.ObjectionClosedError):
        services.withdraw_objection(db_session, objection, actor="person:dave", now=DAY)
    assert len(services.revisions_of(db_session, provider.id, OCTOBER)) == 1
    assert filed(db_session, provider, column).state == "open"  # with better evidence, again


def test_another_provider_does_not_find_it(db_session, provider, rival, settled, column):
    objection = filed(db_session, provider, column)

    with pytest.raises(NotFoundError):
        queries.own_objection(db_session, objection.public_id, rival.id)


def test_who_may_answer_is_told_once_and_again_before_it_is_due(
    db_session, provider, settled, column
):
    objection = filed(db_session, provider, column)
    told = select(ProviderMail.kind).order_by(ProviderMail.id)

    assert set(db_session.scalars(told)) == {"objection_waiting"}
    assert services.warn_of_due(db_session, now=objection.due_at - timedelta(days=4)) == 0
    assert services.warn_of_due(db_session, now=objection.due_at - timedelta(days=3)) > 0
    assert services.warn_of_due(db_session, now=objection.due_at) == 0


def test_from_the_managers_form_to_the_committees_answer(app, db_session, provider):
    now = clock.now()
    month = month_before(last_complete_month(now))
    report(db_session, ("YF-1", month, MIDDLING), now=now)
    snapshots.settle_month(db_session, month, now=now, include_demo=True)
    db_session.commit()
    db.session.remove()
    as_dave, as_carol = sign_in(app, cast.DAVE), sign_in(app, cast.CAROL)
    data = {"csrf_token": csrf_token(as_dave), "month": f"{month:%Y-%m}", "column": COLUMN}

    form = as_dave.get(f"/provider/objections/new?month={month:%Y-%m}")
    bare = as_dave.post("/provider/objections", data=data | {"claimed": "20", "reason": "太短"})
    done = as_dave.post(
        "/provider/objections",
        data=data
        | {
            "claimed": "20%",
            "reason": "平台对账单上是百分之二十",
            "files": (io.BytesIO(b"%PDF"), "对账单.pdf"),
        },
    )

    assert form.status_code == 200
    assert "17.5" in form.text
    assert bare.status_code == 422
    assert "例如 31.4%" in bare.text  # a rate without its sign could be read in two ways
    assert done.status_code == 303, done.text
    public_id = done.location.rsplit("/", 1)[1]
    page = as_dave.get(done.location)
    assert FILE.sha256[:16] in page.text
    answer = {
        "csrf_token": csrf_token(as_carol),
        "decision": "accept",
        "value": "20%",
        "answer": "核对属实，按对账单更正",
    }
    address = f"/office/five-force/objections/{public_id}"
    own = answer | {"csrf_token": csrf_token(as_dave)}
    assert as_dave.post(f"{address}/answer", data=own).status_code == 403
    assert as_carol.post(f"{address}/answer", data=answer | {"value": "二十"}).status_code == 422
    assert as_carol.post(f"{address}/answer", data=answer).status_code == 303
    assert as_carol.post(f"{address}/answer", data=answer).status_code == 409
    card = as_dave.get(f"/provider?month={month:%Y-%m}").text
    assert "第 2 版" in card
    assert "已采纳" in card
    told = as_dave.get(f"/api/v1/provider/scorecard?month={month:%Y-%m}").json
    assert [one["revision"] for one in told["settlements"]] == [1, 2]
    with transaction() as session:
        assert session.scalar(select(ScoreObjection.state)) == "accepted"
