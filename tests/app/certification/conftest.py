"""The little programme, published, with Alice enrolled or certified."""

from __future__ import annotations

import pytest

from app.certification.models import CredentialRecord, Enrolment
from certificates.programmes import CertificationProgramme
from tests import cast
from tests.conftest import NOON
from tests.factories.certification import certify, enrol_little, publish_little_programme


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
def certified(app, db_session, alice_id, programme) -> CredentialRecord:
    """Alice's credential, committed so that requests see it, and free of the session.

    Reading an attribute of an attached row after a commit would take the write lock again.
    """
    record = certify(app, db_session, alice_id, programme, at=NOON)
    db_session.refresh(record)
    db_session.expunge(record)
    db_session.commit()
    return record
