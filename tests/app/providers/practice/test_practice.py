"""Practice of own staff: stated by a manager, confirmed by nobody of that provider."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.accounts.queries import person_of_account_or_none
from app.certification import claims, services
from app.certification.models import EvidenceClaim
from app.core.db import db, transaction
from app.core.errors import InvalidInputError, NotFoundError, SecondPersonRequiredError
from app.providers import staffing
from app.providers.practice.services import belongs_to, state_practice, take_back
from tests import cast
from tests.app.certification.test_claims import sessions
from tests.conftest import NOON, csrf_token, sign_in
from tests.factories.providers import appoint, employ, little_provider
from tests.factories.workshop import AUTHOR, add_people

DAY = timedelta(days=1)
URL = "/provider/practice"


@pytest.fixture
def work(db_session, provider, person_of):
    """Alice works for Dave's provider for ten days."""
    return employ(db_session, provider, person_of(cast.ALICE), now=NOON - 10 * DAY)


def actor(person) -> str:
    return f"person:{person.public_id}"


def state(db_session, provider, work, person_of, *, now=NOON, **changes):
    return state_practice(
        db_session,
        provider,
        work.public_id,
        sessions(**changes),
        enterer=actor(person_of(cast.DAVE)),
        now=now,
    )


class TestState:
    def test_counts_when_somebody_outside_confirms_it(self, db_session, provider, work, person_of):
        claim = state(db_session, provider, work, person_of)

        services.decide_claim(db_session, claim, "confirmed", decider="person:x", now=NOON)

        alice = person_of(cast.ALICE).id
        assert claims.logged_of(db_session, alice, at=NOON).sessions == 3

    def test_nobody_of_the_provider_confirms_it(self, db_session, provider, work, person_of):
        appoint(db_session, provider, person_of(cast.ERIN), now=NOON)
        employ(db_session, provider, person_of(cast.BOB), now=NOON)
        claim = state(db_session, provider, work, person_of)

        for member in (cast.DAVE, cast.ERIN, cast.BOB):
            with pytest.raises(SecondPersonRequiredError):
                services.decide_claim(
                    db_session, claim, "confirmed", decider=actor(person_of(member)), now=NOON
                )
        assert claim.outcome is None

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"kind": "contest"}, "kind"),
            ({"happened_on": (NOON - 11 * DAY).date()}, "happened_on"),
            ({"amount": 2.5}, "amount"),
        ],
        ids=["contest", "before", "half"],
    )
    def test_refuses_what_the_provider_cannot_know(
        self, db_session, provider, work, person_of, changes, field
    ):
        with pytest.raises(InvalidInputError) as refused:
            state(db_session, provider, work, person_of, **changes)

        assert refused.value.errors[0]["field"] == field

    def test_the_last_day_of_an_employment_is_its_last(self, db_session, provider, work, person_of):
        staffing.end_employment(db_session, work, actor="cli:t", reason="离职", now=NOON - DAY)

        assert state(db_session, provider, work, person_of).amount == 3
        with pytest.raises(InvalidInputError):
            state(db_session, provider, work, person_of, happened_on=NOON.date())

    def test_other_providers_find_nothing(self, db_session, provider, rival, work, person_of):
        claim = state(db_session, provider, work, person_of)

        with pytest.raises(NotFoundError):
            state(db_session, rival, work, person_of)
        with pytest.raises(NotFoundError):
            take_back(db_session, rival, claim.public_id, actor="person:erin", now=NOON)
        assert belongs_to(db_session, actor(person_of(cast.DAVE)), provider.code)
        assert not belongs_to(db_session, actor(person_of(cast.DAVE)), rival.code)
        assert not belongs_to(db_session, "cli:demo", provider.code)


class TestPages:
    def test_stated_by_a_manager_and_confirmed_by_the_committee(self, app, password_hash):
        with transaction() as db_session:
            add_people(db_session, password_hash, now=NOON)
            people = {one: _person(db_session, one) for one in (cast.ALICE, cast.DAVE)}
            provider = little_provider(db_session, "YF-1", now=NOON - 20 * DAY)
            appoint(db_session, provider, people[cast.DAVE], now=NOON)
            work = employ(db_session, provider, people[cast.ALICE], now=NOON - 10 * DAY)
            work_id = work.public_id
        dave, committee = sign_in(app, cast.DAVE), sign_in(app, AUTHOR)
        said = {
            "csrf_token": csrf_token(dave),
            "employment": work_id,
            "kind": "sessions",
            "amount": "4",
            "happened_on": (NOON - DAY).date().isoformat(),
            "title": "小六家女装 日播",
            "source": "场次台账",
        }

        early = (NOON - 15 * DAY).date().isoformat()
        wrong = dave.post(URL, data=said | {"happened_on": early})
        done = dave.post(URL, data=said)
        again = dave.post(URL, data=said)

        assert (wrong.status_code, done.status_code, again.status_code) == (422, 303, 409)
        assert "不在任职期间" in wrong.text
        assert "服务商 YF-1 登记" in committee.get("/office/evidence").text
        public_id = db.session().query(EvidenceClaim).one().public_id
        confirmed = {"csrf_token": csrf_token(committee)}
        committee.post(f"/office/evidence/{public_id}/confirmed", data=confirmed)
        assert "已计入" in dave.get(URL).text
        late = dave.post(f"{URL}/{public_id}/take-back", data={"csrf_token": said["csrf_token"]})
        assert late.status_code == 409


def _person(db_session, member):
    found = person_of_account_or_none(db_session, member.account)
    assert found is not None
    return found
