"""The demonstration's certificate says what it is, and comes once."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from app.certification import queries
from app.certification.demo import ISSUED_AGO, add_demo_credential
from app.certification.models import CredentialEvent, CredentialEvidence, DecisionRecord
from app.core.audit.services import verify_audit
from tests import cast
from tests.conftest import NOON
from tests.factories.certification import little_programme, publish_little_programme


@pytest.fixture
def person(db_session, person_of):
    person = person_of(cast.ALICE)
    person.is_demo = True
    publish_little_programme(db_session, little_programme(id="junior"), now=NOON)
    return person


@pytest.mark.both_databases
class TestAddDemoCredential:
    def test_is_marked_everywhere(self, app, db_session, person):
        record = add_demo_credential(db_session, person, settings=app.config["SETTINGS"], now=NOON)

        assert record.is_demo
        assert record.snapshot["is_demo"] is True
        assert record.issued_at == NOON - ISSUED_AGO
        event = db_session.scalars(select(CredentialEvent)).one()
        assert event.reason == "demonstration"
        decision = db_session.scalars(select(DecisionRecord)).one()
        assert all(one.startswith("demo:") for one in decision.evidence_ids)
        evidence = db_session.scalars(select(CredentialEvidence.evidence_id)).all()
        assert len(evidence) == 2
        assert queries.held_credential(db_session, record, at=NOON).is_valid
        assert verify_audit(db_session)[1] == []

    def test_comes_once(self, app, db_session, person):
        settings = app.config["SETTINGS"]
        add_demo_credential(db_session, person, settings=settings, now=NOON)

        assert add_demo_credential(db_session, person, settings=settings, now=NOON) is None

    def test_is_not_made_in_production(self, app, db_session, person):
        production = replace(app.config["SETTINGS"], deployment="production")

        assert add_demo_credential(db_session, person, settings=production, now=NOON) is None

    def test_is_not_made_for_a_real_person(self, app, db_session, person):
        person.is_demo = False

        made = add_demo_credential(db_session, person, settings=app.config["SETTINGS"], now=NOON)

        assert made is None
