"""Schemes, providers and monthly indicators through the services, on both databases."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from app.accounts.roles import Role
from app.bank.services import VersionChangedError
from app.core.errors import InvalidInputError, NotFoundError
from app.providers import queries, services
from app.providers.indicators import parse_indicators
from app.providers.models import ProviderManager
from app.providers.schemes import Scheme
from app.providers.services import (
    ProviderTakenError,
)
from tests import cast
from tests.conftest import NOON
from tests.factories.providers import (
    MIDDLING,
    OCTOBER,
    appoint,
    indicator_csv,
    little_provider,
    publish_little_scheme,
)
from tests.factories.schemes import LITTLE_SCHEME, scheme_body

pytestmark = pytest.mark.both_databases


def changed_scheme() -> Scheme:
    return Scheme.model_validate(scheme_body(title="改过的规则"))


class TestPublishSchemes:
    def test_stores_what_can_be_read_back(self, db_session):
        publish_little_scheme(db_session, now=NOON)

        assert queries.schemes(db_session) == (LITTLE_SCHEME,)

    def test_of_the_same_again_is_nothing(self, db_session):
        publish_little_scheme(db_session, now=NOON)

        again = services.publish_schemes(db_session, [LITTLE_SCHEME], actor="cli:test", now=NOON)

        assert again == 0

    def test_refuses_other_content_under_the_same_version(self, db_session):
        publish_little_scheme(db_session, now=NOON)

        with pytest.raises(VersionChangedError):
            services.publish_schemes(db_session, [changed_scheme()], actor="cli:test", now=NOON)

    def test_replaces_it_when_redrafting(self, db_session):
        publish_little_scheme(db_session, now=NOON)

        services.publish_schemes(
            db_session, [changed_scheme()], actor="cli:test", now=NOON, redraft=True
        )

        assert [one.title for one in queries.schemes(db_session)] == ["改过的规则"]


class TestAdmitProvider:
    def test_refuses_a_code_that_is_taken(self, db_session):
        little_provider(db_session, "YF-1", now=NOON)

        with pytest.raises(ProviderTakenError):
            little_provider(db_session, "YF-1", now=NOON)

    @pytest.mark.parametrize("code", ["", "云帆", "-YF", "A" * 33, "YF 1"])
    def test_refuses_a_code_that_no_file_could_name(self, db_session, code):
        with pytest.raises(InvalidInputError):
            little_provider(db_session, code, now=NOON)

    @pytest.mark.parametrize("code", ["YF-0571", "a", "0" * 32])
    def test_takes_only_codes_that_a_file_can_name(self, db_session, code):
        little_provider(db_session, code, now=NOON)

        file = parse_indicators(
            indicator_csv((code, OCTOBER, MIDDLING)),
            LITTLE_SCHEME,
            last_month=OCTOBER,
            provider_codes=queries.provider_ids_by_code(db_session),
        )

        assert file.errors == ()


class TestAppointManager:
    def test_gives_the_role_with_it_and_once(self, db_session, person_of):
        provider = little_provider(db_session, now=NOON)
        alice = person_of(cast.ALICE)

        for _ in range(2):
            appoint(db_session, provider, alice, now=NOON)

        db_session.refresh(alice, ["grants"])
        assert Role.PROVIDER_MANAGER in alice.roles
        assert queries.provider_of_manager(db_session, alice.id).id == provider.id
        assert db_session.scalar(select(func.count()).select_from(ProviderManager)) == 1

    def test_somebody_else_manages_nothing(self, db_session, provider, person_of):
        with pytest.raises(NotFoundError):
            queries.provider_of_manager(db_session, person_of(cast.ERIN).id)
