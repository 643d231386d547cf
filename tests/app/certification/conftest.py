"""The little programme, published, with Alice enrolled or certified."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.certification import keys
from app.certification.models import CredentialRecord, Enrolment
from certificates.programmes import CertificationProgramme
from tests import cast
from tests.conftest import NOON
from tests.factories.certification import certify, enrol_little, publish_little_programme


@pytest.fixture(scope="session")
def fresh_keys() -> list[keys.NewKey]:
    """A root and one key for each use; making them takes a second."""
    return keys.make_keys(now=NOON - timedelta(days=30))


@pytest.fixture
def issuer_keys(app, db_session, fresh_keys) -> list[keys.NewKey]:
    """The same keys, in service in this test's database."""
    keys.add_keys(
        db_session,
        fresh_keys,
        field_keys=app.extensions["field_keys"],
        actor="cli:test",
        now=NOON - timedelta(days=30),
    )
    db_session.commit()
    return fresh_keys


@pytest.fixture
def programme(app, db_session) -> CertificationProgramme:
    return publish_little_programme(db_session, now=NOON)


@pytest.fixture
def alice_id(person_of) -> int:
    return person_of(cast.ALICE).id


@pytest.fixture
def enrolment(app, db_session, alice_id, programme) -> Enrolment:
    return enrol_little(app, db_session, alice_id, programme, now=NOON)


@pytest.fixture
def certified(app, db_session, alice_id, programme, issuer_keys) -> CredentialRecord:
    """Alice's credential, committed so that requests see it, and free of the session.

    Reading an attribute of an attached row after a commit would take the write lock again.
    """
    record = certify(app, db_session, alice_id, programme, at=NOON)
    db_session.refresh(record)
    db_session.expunge(record)
    db_session.commit()
    return record
