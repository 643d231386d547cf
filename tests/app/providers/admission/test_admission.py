"""Admission: what is missing is said at once; two people decide, and only what is met enters."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from app.core import clock
from app.core.db import db
from app.core.errors import SecondPersonRequiredError
from app.providers import queries as providers
from app.providers.admission import checking, services
from app.providers.loading import load_schemes
from app.providers.models import ProviderField
from app.providers.schemes import Unit
from app.providers.services import publish_schemes
from app.providers.wording import value_text
from certificates.levels import Level
from tests import cast
from tests.conftest import NOON, csrf_token, sign_in
from tests.factories.certification import certify, little_programme, publish_little_programme
from tests.factories.providers import employ, little_provider

SCHEME = max(load_schemes(), key=lambda one: (one.effective_on, one.version))
FULL = {one.id: one.full for one in SCHEME.modules} | {
    "served-merchants": Decimal(10),
    "monthly-gmv": Decimal(60_000_000),
}


@pytest.fixture
def published(db_session):
    publish_schemes(db_session, [SCHEME], actor="cli:test", now=NOON)


def draft(numbers=(), **changes):
    values = {
        "name": "新帆互动",
        "city": "杭州",
        "field": ProviderField.MCN,
        "introduction": "服务女装商家三年",
        "declared": FULL,
        "numbers": numbers,
        **changes,
    }
    return services.Draft(**values)


def decided(db_session, one, actor, *, admit=True, now=NOON):
    return services.decide(
        db_session, one, admit=admit, reason="核对过", include_demo=True, actor=actor, now=now
    )


@pytest.fixture
def number(app, db_session, person_of):
    """Alice's certificate; she works nowhere."""
    programme = publish_little_programme(
        db_session, little_programme(), now=NOON - timedelta(days=9)
    )
    return certify(app, db_session, person_of(cast.ALICE).id, programme, at=NOON).number


def held_against(db_session, numbers, field="mcn"):
    return checking.check(db_session, SCHEME, field, FULL, numbers, include_demo=True, now=NOON)


def test_a_certificate_counts_once_and_not_for_who_works_elsewhere(
    app, db_session, published, number, person_of
):
    found = held_against(db_session, [number, "CPS1-26-3333333333-3"])

    assert found.operators[Level.JUNIOR] + found.operators[Level.INTERMEDIATE] == 1
    assert found.unknown == ("CPS1-26-3333333333-3",)

    employ(db_session, little_provider(db_session, now=NOON), person_of(cast.ALICE), now=NOON)
    again = checking.check(
        db_session, SCHEME, "mcn", FULL, [number], include_demo=True, now=NOON + timedelta(days=1)
    )
    assert sum(again.operators.values()) == 0
    assert again.elsewhere == (number,)


def test_a_tier_by_invitation_is_never_offered(db_session, published):
    assert {one.cell.tier for one in held_against(db_session, ()).cells} == {"core", "quality"}


def test_nobody_is_admitted_who_lacks_a_requirement(db_session, published, person_of):
    one = services.apply(db_session, person_of(cast.BOB).id, draft(), now=NOON)
    missing = held_against(db_session, ()).least.missing

    assert missing
    with pytest.raises(services.AdmissionNotEarnedError):
        decided(db_session, one, "person:carol")
    assert services.verdicts_of(db_session, one.id) == []


@pytest.mark.both_databases
def test_two_who_agree_decide_and_the_applicant_may_come_again(db_session, published, person_of):
    bob = person_of(cast.BOB)
    one = services.apply(db_session, bob.id, draft(), now=NOON)
    with pytest.raises(services.ApplicationOpenError):
        services.apply(db_session, bob.id, draft(), now=NOON)
    with pytest.raises(SecondPersonRequiredError):
        decided(db_session, one, f"person:{bob.public_id}", admit=False)

    decided(db_session, one, "person:carol", admit=False)
    with pytest.raises(services.AlreadyVotedError):
        decided(db_session, one, "person:carol", admit=False)
    assert one.state == "open"
    waits = [
        services.waiting_count(db_session, "person:carol", 0),
        services.waiting_count(db_session, f"person:{bob.public_id}", bob.id),
        services.waiting_count(db_session, "person:dan", 0),
    ]
    assert waits == [0, 0, 1]
    decided(db_session, one, "person:dan", admit=False)

    assert one.state == "declined"
    with pytest.raises(services.ApplicationClosedError):
        decided(db_session, one, "person:eve", admit=False)
    with pytest.raises(services.ApplicationEarlyError):
        services.apply(db_session, bob.id, draft(), now=NOON + services.AGAIN_AFTER / 2)
    later = services.apply(db_session, bob.id, draft(), now=NOON + services.AGAIN_AFTER)
    assert later.previous_id == one.id


def test_who_is_admitted_manages_the_provider_in_the_tier_that_is_met(
    app, db_session, published, person_of, monkeypatch
):
    bob = person_of(cast.BOB)
    easy = SCHEME.model_copy(
        update={
            "matrix": tuple(cell.model_copy(update={"operators": ()}) for cell in SCHEME.matrix)
        }
    )
    monkeypatch.setattr(services, "scheme_now", lambda db_session, now: easy)
    one = services.apply(db_session, bob.id, draft(), now=NOON)

    assert decided(db_session, one, "person:carol") is None
    admitted = decided(db_session, one, "person:dan")

    assert admitted is not None
    assert (admitted.tier, admitted.field, admitted.name) == ("core", "mcn", "新帆互动")
    assert providers.provider_of_manager(db_session, bob.id).id == admitted.id
    assert one.provider_id == admitted.id


def test_the_page_says_what_is_missing_and_stores_nothing_until_it_is_sent(app, db_session):
    publish_schemes(db_session, [SCHEME], actor="cli:test", now=clock.now())
    db_session.commit()
    db.session.remove()
    as_bob, as_carol = sign_in(app, cast.BOB), sign_in(app, cast.CAROL)
    data = {
        "csrf_token": csrf_token(as_bob),
        "name": "新帆互动",
        "city": "杭州",
        "field": "mcn",
        "introduction": "服务女装商家三年以上",
        "value-paid-traffic": "三成",
    }

    bad = as_bob.post("/provider/apply", data=data | {"act": "apply"})
    looked = as_bob.post("/provider/apply", data=data | {"value-paid-traffic": "", "act": "check"})

    assert bad.status_code == 422
    assert "不是数" in bad.text
    assert looked.status_code == 200
    assert "还差" in looked.text
    assert "新帆互动" not in as_carol.get("/office/admissions").text
    sent = as_bob.post("/provider/apply", data=data | {"value-paid-traffic": "", "act": "apply"})
    assert sent.status_code == 303
    assert "等待决定" in as_bob.get("/provider/apply").text
    listed = as_carol.get("/office/admissions")
    assert "新帆互动" in listed.text
    assert as_bob.get("/office/admissions").status_code == 403


def test_the_committee_reads_declared_figures_in_their_units(app, db_session, published, person_of):
    one = services.apply(db_session, person_of(cast.BOB).id, draft(), now=NOON)
    db_session.commit()
    address = f"/office/admissions/{one.public_id}"
    db.session.remove()

    page = sign_in(app, cast.CAROL).get(address).text

    share = next(module for module in SCHEME.modules if module.unit is Unit.PERCENT)
    assert f'<b class="num">{value_text(share, share.full)}</b>' in page
    assert '<b class="num">¥6,000 万</b>' in page
