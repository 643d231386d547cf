"""Results come in, decisions are recorded, credentials are issued exactly once."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from app.certification import acts, deciding, queries, services
from app.certification.models import (
    CredentialEvent,
    CredentialEvidence,
    CredentialRecord,
    DecisionRecord,
)
from app.certification.reasons import RevocationReason
from app.core.audit.models import AuditEntry
from app.core.audit.services import verify_audit
from app.core.db import db, transaction
from tests import cast
from tests.conftest import NOON
from tests.factories.certification import (
    add_attempt,
    add_room,
    attempt_fact,
    certify,
    enrol_little,
    publish_little_programme,
    room_fact,
)

pytestmark = pytest.mark.both_databases

DAY = timedelta(days=1)

CASES = [
    # theory results, room results as (score, days before now) -> verdict, reason codes
    ([(0.59, 1)], [], "failed", ["theory_not_met", "room_missing"]),
    ([(0.60, 1)], [], "incomplete", ["theory_met", "room_missing"]),
    ([(0.60, 1)], [(24.9, 0)], "failed", ["theory_met", "room_not_met"]),
    ([(0.60, 1)], [(25.0, 0)], "passed", ["theory_met", "room_met"]),
    ([(0.59, 1)], [(80.0, 0)], "failed", ["theory_not_met", "room_met"]),
    ([(0.30, 9), (0.90, 1)], [(10.0, 5), (40.0, 0)], "passed", ["theory_met", "room_met"]),
    ([(0.90, 200)], [(40.0, 0)], "incomplete", ["theory_lapsed", "room_met"]),
    ([(0.90, 200), (0.70, 1)], [(40.0, 0)], "passed", ["theory_met", "room_met"]),
    ([], [(40.0, 0)], "incomplete", ["theory_missing", "room_met"]),
]


FACT_TABLES = (
    "credential_record",
    "credential_event",
    "decision_record",
    "credential_evidence",
)


def count(db_session, model) -> int:
    return db_session.scalar(select(func.count()).select_from(model))


class TestDecisions:
    @pytest.mark.parametrize(("theory", "rooms", "verdict", "codes"), CASES)
    def test_follow_from_the_results(
        self, app, db_session, alice_id, enrolment, programme, theory, rooms, verdict, codes
    ):
        for fraction, days in theory:
            add_attempt(
                db_session,
                alice_id,
                fraction,
                at=NOON - days * DAY,
                programme=programme,
                tell=False,
            )
        for score, days in rooms:
            add_room(
                db_session, alice_id, score, at=NOON - days * DAY, programme=programme, tell=False
            )

        issued = deciding.reconsider(
            db_session, enrolment, settings=app.config["SETTINGS"], now=NOON
        )

        record = queries.last_decision_or_none(db_session, enrolment.id)
        assert record.verdict == verdict
        assert [reason["code"] for reason in record.reasons] == codes
        assert (issued is not None) == (verdict == "passed")
        assert enrolment.is_active == (verdict != "passed")

    def test_say_which_results_they_rest_on(self, db_session, alice_id, enrolment, programme):
        attempt = add_attempt(db_session, alice_id, 0.7, at=NOON - DAY, programme=programme)
        room = add_room(db_session, alice_id, 30.0, at=NOON, programme=programme)

        record = queries.last_decision_or_none(db_session, enrolment.id)

        assert record.evidence_ids == [attempt.public_id, room.public_id]
        assert record.reasons[0] == {
            "code": "theory_met",
            "achieved": 0.7,
            "required": 0.6,
            "counts_until": "2027-05-20T16:00:00+00:00",
        }

    def test_are_not_recorded_again_while_they_say_the_same(
        self, db_session, alice_id, enrolment, programme
    ):
        attempt = add_attempt(db_session, alice_id, 0.7, at=NOON, programme=programme)
        services.on_attempt_scored(db_session, attempt_fact(attempt))
        services.on_attempt_scored(db_session, attempt_fact(attempt))

        assert count(db_session, DecisionRecord) == 1

    def test_of_a_programme_without_enrolment_are_not_made(self, db_session, alice_id, programme):
        add_attempt(db_session, alice_id, 0.9, at=NOON, programme=programme)
        add_room(db_session, alice_id, 90.0, at=NOON, programme=programme)

        assert count(db_session, DecisionRecord) == 0
        assert count(db_session, CredentialRecord) == 0

    def test_count_a_result_committed_by_somebody_faster(
        self, db_session, alice_id, enrolment, programme
    ):
        # The room was scored a second after this handler's own moment, but seen before it.
        add_room(
            db_session,
            alice_id,
            40.0,
            at=NOON + timedelta(seconds=1),
            programme=programme,
            tell=False,
        )
        add_attempt(db_session, alice_id, 0.9, at=NOON, programme=programme)

        record = db_session.scalars(select(CredentialRecord)).one()
        assert record.issued_at == NOON + timedelta(seconds=1)


class TestIssue:
    def test_pins_what_the_certificate_prints(self, app, db_session, alice_id, programme):
        record = certify(app, db_session, alice_id, programme, at=NOON)

        snapshot = record.snapshot
        assert snapshot["holder_name"] == "Alice"
        assert (snapshot["theory_points"], snapshot["room_points"]) == ("88.3", "47.6")
        assert (snapshot["theory_cut_points"], snapshot["room_cut_points"]) == ("60.0", "25.0")
        assert record.number.startswith("CPS1-26-")
        assert (record.valid_from.isoformat(), record.valid_until.isoformat()) == (
            "2026-11-21",
            "2027-11-20",
        )
        assert record.expires_at.isoformat() == "2027-11-20T16:00:00+00:00"
        assert record.is_demo  # every deployment but production is a demonstration
        assert record.content_hash == acts.snapshot_of(record).content_hash()

    def test_writes_credential_event_evidence_and_audit_together(
        self, app, db_session, alice_id, programme
    ):
        record = certify(app, db_session, alice_id, programme, at=NOON)

        event = db_session.scalars(select(CredentialEvent)).one()
        assert (event.kind, event.reason, event.credential_id) == ("issued", "decision", record.id)
        assert count(db_session, CredentialEvidence) == 2
        actions = db_session.scalars(select(AuditEntry.action)).all()
        assert actions.count("credential.issued") == 1
        assert actions.count("decision.passed") == 1
        assert verify_audit(db_session)[1] == []

    def test_leaves_nothing_behind_when_the_audit_fails(
        self, app, db_session, alice_id, enrolment, programme, monkeypatch
    ):
        add_attempt(db_session, alice_id, 0.9, at=NOON - DAY, programme=programme)
        room = add_room(db_session, alice_id, 40.0, at=NOON, programme=programme, tell=False)
        fact = room_fact(room)
        db_session.commit()

        def fail(*args, **kwargs):
            raise RuntimeError("no audit")

        monkeypatch.setattr(acts, "record_act", fail)
        with pytest.raises(RuntimeError), transaction() as session:
            services.on_room_scored(session, fact)

        with transaction() as session:
            assert count(session, CredentialRecord) == 0
            assert count(session, CredentialEvent) == 0
            assert queries.active_enrolment(session, alice_id, programme.id).is_active

    def test_happens_once_under_twenty_threads(
        self, app, db_session, alice_id, enrolment, programme
    ):
        add_attempt(db_session, alice_id, 0.9, at=NOON - DAY, programme=programme)
        room = add_room(db_session, alice_id, 40.0, at=NOON, programme=programme, tell=False)
        fact = room_fact(room)
        db_session.commit()
        db.session.remove()
        failures, barrier = [], threading.Barrier(20)

        def tell():
            with app.app_context():
                barrier.wait()
                try:
                    with transaction() as session:
                        services.on_room_scored(session, fact)
                except Exception as error:
                    failures.append(error)
                finally:
                    db.session.remove()

        threads = [threading.Thread(target=tell) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert failures == []
        with transaction() as session:
            assert count(session, CredentialRecord) == 1
            passed = select(func.count()).where(DecisionRecord.verdict == "passed")
            assert session.scalar(passed) == 1
            assert count(session, CredentialEvent) == 1
            assert verify_audit(session)[1] == []

    def test_does_not_follow_a_better_result_afterwards(self, app, db_session, alice_id, programme):
        certify(app, db_session, alice_id, programme, at=NOON)

        add_attempt(db_session, alice_id, 1.0, at=NOON + DAY, programme=programme)
        add_room(db_session, alice_id, 99.0, at=NOON + DAY, programme=programme)

        assert count(db_session, CredentialRecord) == 1

    def test_needs_new_results_after_a_revocation(self, app, db_session, alice_id, programme):
        record = certify(app, db_session, alice_id, programme, at=NOON)
        acts.revoke_credential(
            db_session,
            record,
            reason=RevocationReason.ISSUED_IN_ERROR,
            actor="person:carol",
            second_person="person:dan",
            now=NOON + DAY,
        )
        enrol_little(app, db_session, alice_id, programme, now=NOON + 2 * DAY)

        room = add_room(db_session, alice_id, 40.0, at=NOON + 3 * DAY, programme=programme)
        assert count(db_session, CredentialRecord) == 1  # the old theory result is used up

        add_attempt(db_session, alice_id, 0.7, at=NOON + 4 * DAY, programme=programme)
        fresh = queries.credentials_of(db_session, alice_id, at=NOON + 5 * DAY)[0]
        assert count(db_session, CredentialRecord) == 2
        assert fresh.is_valid
        assert fresh.record.number != record.number
        evidence = db_session.scalars(
            select(CredentialEvidence.evidence_id).where(
                CredentialEvidence.credential_id == fresh.record.id
            )
        ).all()
        assert f"room:{room.public_id}" in evidence

    def test_is_refused_by_the_table_for_evidence_that_was_used(
        self, app, db_session, alice_id, person_of, programme
    ):
        record = certify(app, db_session, alice_id, programme, at=NOON)
        used = db_session.scalars(select(CredentialEvidence.evidence_id)).first()
        other = certify(app, db_session, person_of(cast.BOB).id, programme, at=NOON)
        assert other.id != record.id

        db_session.add(CredentialEvidence(credential_id=other.id, part="other", evidence_id=used))
        with pytest.raises(DBAPIError):
            db_session.flush()


class TestFacts:
    def test_are_neither_changed_nor_deleted(self, app, db_session, alice_id, programme):
        certify(app, db_session, alice_id, programme, at=NOON)

        for table in FACT_TABLES:
            for act in (f"UPDATE {table} SET id = id", f"DELETE FROM {table}"):
                with pytest.raises(DBAPIError, match="append-only"), db_session.begin_nested():
                    db_session.execute(text(act))


class TestPrerequisite:
    def test_keeps_the_next_level_incomplete(self, app, db_session, alice_id):
        from tests.factories.certification import little_programme

        higher = little_programme(
            id="higher",
            level="intermediate",
            prerequisites=[{"kind": "credential", "level": "junior"}],
        )
        lower = publish_little_programme(db_session, little_programme(), higher, now=NOON)
        enrolment = enrol_little(app, db_session, alice_id, higher, now=NOON)
        add_attempt(db_session, alice_id, 0.9, at=NOON, programme=higher)
        add_room(db_session, alice_id, 60.0, at=NOON, programme=higher)
        before = queries.last_decision_or_none(db_session, enrolment.id)
        assert before.verdict == "incomplete"
        assert before.reasons[-1] == {"code": "prerequisite_missing", "level": "junior"}

        certify(app, db_session, alice_id, lower, at=NOON + DAY)
        add_room(db_session, alice_id, 61.0, at=NOON + 2 * DAY, programme=higher)

        levels = [
            one.record.level
            for one in queries.credentials_of(db_session, alice_id, at=NOON + 3 * DAY)
        ]
        assert levels == ["intermediate", "junior"]
