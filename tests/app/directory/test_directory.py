"""The public register: in by consent, out at once, found by looking and never by the list."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.certification import queries as certification
from app.core import clock
from app.core.db import transaction
from app.directory import queries, routes, services
from app.directory.models import DirectoryEntry
from app.directory.queries import Wanted
from app.directory.regions import Field
from app.directory.services import EntryDraft, NoCertificateError
from certificates.levels import Level
from tests import cast
from tests.app.certification.test_acts import reinstate, suspend
from tests.conftest import NOON, csrf_token, sign_in
from tests.factories.providers import employ

DAY = timedelta(days=1)
DRAFT = EntryDraft("浙江", [Field.FASHION, Field.FOOD], True, True, False, "做服饰三年")
FORM = {"region": "浙江", "fields": ["fashion"], "introduction": "", "consent": "y"}


@pytest.fixture(autouse=True)
def noon(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOON)


def join(person_id, draft=DRAFT):
    with transaction() as writing:
        return services.save_entry(
            writing, person_id, draft, include_demo=True, actor="person:a", now=NOON
        ).public_id


def found(db_session, at=NOON, include_demo=True, **wanted):
    return queries.operators(
        db_session, Wanted(**wanted), offset=0, at_most=9, include_demo=include_demo, at=at
    )


class TestRegister:
    def test_shows_what_the_holder_consented_to(
        self, db_session, certified, alice_id, provider, person_of
    ):
        employ(db_session, provider, person_of(cast.ALICE), now=NOON)
        db_session.commit()
        join(alice_id)

        (one,) = found(db_session)

        assert (one.name, one.level, one.region) == ("Alice", Level.JUNIOR, "浙江")
        assert one.fields == (Field.FASHION, Field.FOOD)
        assert (one.provider, one.valid_until) == (provider.name, certified.valid_until)

    @pytest.mark.both_databases
    @pytest.mark.parametrize(
        ("wanted", "is_found"),
        [
            ({"level": Level.JUNIOR}, True),
            ({"level": Level.SENIOR}, False),
            ({"region": "浙江"}, True),
            ({"region": "北京"}, False),
            ({"field": Field.FOOD}, True),
            ({"field": Field.BEAUTY}, False),
            ({"is_available": True}, True),
            ({"provider": "YF"}, False),  # works for nobody
            ({"provider": "%"}, False),
        ],
        ids=lambda value: "-".join(map(str, value.values())) if isinstance(value, dict) else "",
    )
    def test_is_looked_through_by_what_is_wanted(
        self, db_session, certified, alice_id, wanted, is_found
    ):
        join(alice_id)

        assert bool(found(db_session, **wanted)) is is_found

    def test_has_only_whose_certificate_is_valid_now(self, db_session, certified, alice_id):
        public_id = join(alice_id)

        with transaction() as writing:
            suspend(writing, certification.credential(writing, certified.number), NOON)
        assert found(db_session) == []
        with transaction() as writing:
            record = certification.credential(writing, certified.number)
            reinstate(writing, record, NOON + DAY)
        assert len(found(db_session, at=NOON + DAY)) == 1
        assert found(db_session, at=certified.expires_at) == []
        assert found(db_session, include_demo=False) == []
        with pytest.raises(queries.NotFoundError):
            queries.operator(db_session, public_id, include_demo=True, at=certified.expires_at)

    def test_takes_nobody_without_a_certificate(self, person_of, app):
        with pytest.raises(NoCertificateError):
            join(person_of(cast.BOB).id)

    def test_has_one_entry_of_a_person(self, db_session, certified, alice_id):
        assert join(alice_id) == join(alice_id)
        assert db_session.scalar(select(func.count()).select_from(DirectoryEntry)) == 1


class TestPages:
    @pytest.fixture
    def alice(self, app, certified):
        return sign_in(app, cast.ALICE)

    def save(self, client, **changes):
        token = csrf_token(client)
        data = {"csrf_token": token, **FORM, **changes}
        return client.post("/certificates/register", data=data)

    def test_in_and_out_at_once(self, alice, stranger, db_session):
        assert "Alice" not in stranger.get("/operators?region=浙江").text

        assert self.save(alice).status_code == 303
        assert "Alice" in stranger.get("/operators?region=浙江").text
        public_id = db_session.scalar(select(DirectoryEntry.public_id))
        db_session.rollback()
        assert stranger.get(f"/operators/{public_id}").status_code == 200

        token = csrf_token(alice)
        alice.post("/certificates/register/leave", data={"csrf_token": token})
        assert "Alice" not in stranger.get("/operators?region=浙江").text
        assert stranger.get(f"/operators/{public_id}").status_code == 404
        assert db_session.scalar(select(func.count()).select_from(DirectoryEntry)) == 0

    @pytest.mark.parametrize(
        "change",
        [{"consent": ""}, {"fields": []}, {"region": "火星"}, {"introduction": "长" * 201}],
        ids=lambda change: next(iter(change)),
    )
    def test_asks_again_and_shows_nobody(self, alice, stranger, change):
        assert self.save(alice, **change).status_code == 422
        assert "Alice" not in stranger.get("/operators?region=浙江").text

    def test_who_holds_no_certificate_cannot_join(self, as_bob):
        token = csrf_token(as_bob)
        data = {"csrf_token": token, **FORM}

        assert as_bob.post("/certificates/register", data=data).status_code == 409

    def test_shows_nobody_until_something_is_chosen(self, alice, stranger):
        self.save(alice)

        for address in ("/operators", "/operators?region=", "/operators?level=x&page=9"):
            assert "Alice" not in stranger.get(address).text

    @pytest.mark.parametrize("allowed", [True, False])
    def test_a_search_engine_keeps_only_who_allows_it(self, alice, stranger, db_session, allowed):
        self.save(alice, **({"is_indexable": "y"} if allowed else {}))
        public_id = db_session.scalar(select(DirectoryEntry.public_id))
        db_session.rollback()

        page = stranger.get(f"/operators/{public_id}")

        assert ("noindex" in page.headers.get("X-Robots-Tag", "")) is not allowed
        assert ("noindex" in page.text) is not allowed
        assert "noindex" in stranger.get("/operators?region=浙江").headers["X-Robots-Tag"]

    def test_is_not_harvested(self, stranger, app):
        for _ in range(routes.LOOKS):
            assert stranger.get("/operators?level=junior").status_code == 200

        assert stranger.get("/operators?level=junior").status_code == 429
        assert stranger.get("/operators/unknown").status_code == 429
