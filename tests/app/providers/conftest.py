"""Dave's provider and the little scheme; Erin manages another."""

from __future__ import annotations

import pytest

from app.providers.models import Provider
from tests import cast
from tests.conftest import NOON
from tests.factories.providers import appoint, little_provider, publish_little_scheme


@pytest.fixture
def provider(app, db_session, person_of) -> Provider:
    """Dave's, with the little scheme published."""
    publish_little_scheme(db_session, now=NOON)
    made = little_provider(db_session, "YF-1", now=NOON)
    appoint(db_session, made, person_of(cast.DAVE), now=NOON)
    return made


@pytest.fixture
def rival(app, db_session, person_of, provider) -> Provider:
    """Erin's."""
    made = little_provider(db_session, "LX-2", now=NOON)
    appoint(db_session, made, person_of(cast.ERIN), now=NOON)
    return made
