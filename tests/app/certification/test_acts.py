"""Suspend, reinstate, revoke, supersede: two persons, a reason, nothing deleted."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.certification import acts, queries
from app.certification.models import CredentialEvent
from app.certification.reasons import (
    ReinstatementReason,
    RevocationReason,
    SupersessionReason,
    SuspensionReason,
)
from app.core.audit.models import AuditEntry
from app.core.errors import InvalidInputError, SecondPersonRequiredError
from certificates.validity import CredentialStatus
from tests import cast
from tests.conftest import NOON
from tests.factories.certification import certify, publish_little_programme

pytestmark = pytest.mark.both_databases

DAY = timedelta(days=1)
TWO = {"actor": "person:carol", "second_person": "person:dan"}


def suspend(db_session, record, at, **changes):
    values = {"reason": SuspensionReason.INVESTIGATION, **TWO, "now": at, **changes}
    return acts.suspend_credential(db_session, record, **values)


def reinstate(db_session, record, at):
    return acts.reinstate_credential(
        db_session, record, reason=ReinstatementReason.CLEARED, **TWO, now=at
    )


def revoke(db_session, record, at, **changes):
    values = {"reason": RevocationReason.CHEATING, **TWO, "now": at, **changes}
    return acts.revoke_credential(db_session, record, **values)


def supersede(db_session, record, successor, at):
    return acts.supersede_credential(
        db_session, record, successor, reason=SupersessionReason.NAME_CORRECTION, **TWO, now=at
    )


def status(db_session, record, at):
    return queries.held_credential(db_session, record, at=at).status


class TestSuspend:
    def test_is_over_at_its_planned_end(self, db_session, certified):
        suspend(db_session, certified, NOON + DAY, until_at=NOON + 3 * DAY)

        moments = [NOON, NOON + DAY, NOON + 3 * DAY - timedelta(seconds=1), NOON + 3 * DAY]
        assert [status(db_session, certified, at).value for at in moments] == [
            "valid",
            "suspended",
            "suspended",
            "valid",
        ]

    def test_is_over_when_reinstated(self, db_session, certified):
        suspend(db_session, certified, NOON + DAY)
        reinstate(db_session, certified, NOON + 2 * DAY)
        suspend(db_session, certified, NOON + 5 * DAY)

        assert status(db_session, certified, NOON + 2 * DAY) is CredentialStatus.VALID
        assert status(db_session, certified, NOON + 6 * DAY) is CredentialStatus.SUSPENDED

    def test_refuses_an_end_before_the_beginning(self, db_session, certified):
        with pytest.raises(InvalidInputError):
            suspend(db_session, certified, NOON, until_at=NOON)

    @pytest.mark.parametrize("days", [0, 366])
    def test_refuses_what_is_suspended_or_expired(self, db_session, certified, days):
        suspend(db_session, certified, NOON + DAY)

        with pytest.raises(acts.CredentialEndedError):
            suspend(db_session, certified, NOON + DAY + days * DAY)


class TestReinstate:
    def test_refuses_what_is_not_suspended(self, db_session, certified):
        with pytest.raises(acts.NotSuspendedError):
            reinstate(db_session, certified, NOON + DAY)


class TestRevoke:
    def test_is_final_and_audited(self, db_session, certified):
        revoke(db_session, certified, NOON + DAY)

        assert status(db_session, certified, NOON + 1000 * DAY) is CredentialStatus.REVOKED
        entry = db_session.scalars(
            select(AuditEntry).where(AuditEntry.action == "credential.revoked")
        ).one()
        assert entry.actor == "person:carol"
        assert '"second_person":"person:dan"' in entry.details
        assert '"reason":"cheating"' in entry.details

    @pytest.mark.parametrize("act", [revoke, suspend, reinstate])
    def test_cannot_be_followed(self, db_session, certified, act):
        revoke(db_session, certified, NOON + DAY)

        with pytest.raises((acts.CredentialEndedError, acts.NotSuspendedError)):
            act(db_session, certified, NOON + 2 * DAY)

    def test_of_an_expired_one_is_still_said(self, db_session, certified):
        revoke(db_session, certified, NOON + 400 * DAY)

        assert status(db_session, certified, NOON + 400 * DAY) is CredentialStatus.REVOKED

    def test_deletes_nothing(self, db_session, certified):
        revoke(db_session, certified, NOON + DAY)

        kinds = db_session.scalars(select(CredentialEvent.kind).order_by(CredentialEvent.id)).all()
        assert kinds == ["issued", "revoked"]


class TestTwoPersons:
    @pytest.mark.parametrize("act", [revoke, suspend])
    def test_one_person_is_not_two(self, db_session, certified, act):
        with pytest.raises(SecondPersonRequiredError):
            act(db_session, certified, NOON + DAY, second_person="person:carol")

    @pytest.mark.parametrize("role", ["actor", "second_person"])
    def test_the_holder_is_neither(self, db_session, certified, person_of, role):
        holder = f"person:{person_of(cast.ALICE).public_id}"

        with pytest.raises(SecondPersonRequiredError):
            revoke(db_session, certified, NOON + DAY, **{role: holder})


class TestSupersede:
    @pytest.fixture
    def successor(self, app, db_session, alice_id, certified, programme):
        from tests.factories.certification import little_programme

        other = little_programme(id="other")
        publish_little_programme(db_session, other, now=NOON)
        return certify(app, db_session, alice_id, other, at=NOON + DAY)

    def test_names_the_successor(self, db_session, certified, successor):
        supersede(db_session, certified, successor, NOON + 2 * DAY)

        held = queries.held_credential(db_session, certified, at=NOON + 2 * DAY)
        assert held.status is CredentialStatus.SUPERSEDED
        assert held.successor == successor.number
        assert queries.held_credential(db_session, successor, at=NOON + 2 * DAY).is_valid

    def test_refuses_somebody_elses(self, app, db_session, certified, person_of, programme):
        other = certify(app, db_session, person_of(cast.BOB).id, programme, at=NOON)

        with pytest.raises(InvalidInputError):
            supersede(db_session, certified, other, NOON + DAY)

    def test_refuses_itself(self, db_session, certified):
        with pytest.raises(InvalidInputError):
            supersede(db_session, certified, certified, NOON + DAY)
