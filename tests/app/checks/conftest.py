"""Dave's provider and Alice's certificate, committed so that requests can write."""

import pytest

from app.providers.models import Provider
from tests import cast
from tests.app.certification.conftest import (  # noqa: F401 - fixtures
    alice_id,
    certified,
    fresh_keys,
    issuer_keys,
    programme,
)
from tests.conftest import NOON
from tests.factories.providers import appoint, little_provider


def managed(db_session, code, person) -> Provider:
    """A provider with its manager, free of the session."""
    made = little_provider(db_session, code, now=NOON)
    appoint(db_session, made, person, now=NOON)
    db_session.commit()
    db_session.refresh(made)
    db_session.expunge(made)
    db_session.commit()
    return made


@pytest.fixture
def provider(app, db_session, person_of) -> Provider:
    return managed(db_session, "YF-1", person_of(cast.DAVE))


@pytest.fixture
def rival(app, db_session, person_of, provider) -> Provider:
    return managed(db_session, "LX-2", person_of(cast.ERIN))
