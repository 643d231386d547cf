"""What the back office reads, on both databases."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import pytest

from app.accounts import queries as account_queries
from app.admin import queries
from app.core.audit.services import record_act
from app.core.jobs.services import claim_slot, finish_slot, slot_of
from question_bank.mocks import MOCK_PREFIX
from tests import cast
from tests.conftest import NOON
from tests.factories.exams import TERMS, publish_little_bank, start_attempt

pytestmark = pytest.mark.both_databases


class TestJobRuns:
    def test_gives_each_jobs_newest_slot_and_last_success(self, db_session):
        early, late = slot_of(NOON - timedelta(minutes=5), 5), slot_of(NOON, 5)
        claim_slot(db_session, "tidy", early, "host:1", now=early)
        finish_slot(db_session, "tidy", early, "host:1", now=early)
        claim_slot(db_session, "tidy", late, "host:2", now=NOON)
        claim_slot(db_session, "prepare-forms", early, "host:1", now=early)

        runs = {run.job: run for run in queries.job_runs(db_session)}

        assert set(runs) == {"tidy", "prepare-forms"}
        assert (runs["tidy"].slot, runs["tidy"].holder) == (late, "host:2")
        assert (runs["tidy"].done_at, runs["tidy"].last_done_at) == (None, early)
        assert runs["prepare-forms"].last_done_at is None


class TestOpenCounts:
    def test_counts_what_is_open_and_what_is_overdue(self, db_session, person_of):
        publish_little_bank(db_session, now=NOON)
        for member, start in ((cast.ALICE, NOON), (cast.BOB, NOON - timedelta(hours=1))):
            start_attempt(db_session, person_of(member).id, TERMS, now=start)

        counts = queries.open_counts(db_session, now=NOON + timedelta(minutes=1))

        assert (counts["attempts"], counts["overdue"]) == (2, 1)
        assert (counts["rooms"], counts["unscored"]) == (0, 0)
        assert counts["people"] == len(cast.CAST)


class TestPreparedForms:
    def test_counts_the_forms_that_wait(self, db_session, person_of):
        publish_little_bank(db_session, now=NOON, forms=3)
        start_attempt(db_session, person_of(cast.ALICE).id, TERMS, now=NOON)

        assert queries.prepared_forms(db_session) == [("little@1", "小卷", 2)]

    def test_leave_out_mock_exams_whose_forms_are_drawn_for_the_one_who_asks(
        self, db_session, monkeypatch
    ):
        held = [
            SimpleNamespace(id=name, ref=f"{name}@1", title=name)
            for name in (f"{MOCK_PREFIX}junior-theory", "junior-theory")
        ]
        monkeypatch.setattr(queries.bank_queries, "blueprints", lambda _: held)

        assert queries.prepared_forms(db_session) == [("junior-theory@1", "junior-theory", 0)]


class TestAuditLines:
    def write(self, db_session, subject, action, count=1):
        for n in range(count):
            record_act(
                db_session,
                subject=subject,
                action=action,
                actor="system:test",
                now=NOON,
                details={"n": n},
            )

    def test_is_narrowed_by_beginnings_and_pages_by_id(self, db_session):
        self.write(db_session, "attempt:aaaa", "attempt.started", 3)
        self.write(db_session, "attempt:bbbb", "attempt.submitted", 2)

        everything = queries.audit_lines(db_session, subject="attempt:")

        assert [line.details["n"] for line in everything] == [1, 0, 2, 1, 0]
        older = queries.audit_lines(
            db_session, subject="attempt:", before_id=everything[1].id, limit=2
        )
        assert [line.id for line in older] == [line.id for line in everything[2:4]]
        assert len(queries.audit_lines(db_session, action="attempt.sub")) == 2
        assert queries.audit_lines(db_session, subject="attempt_") == []

    def test_names_the_people_in_it(self, db_session, person_of):
        alice = person_of(cast.ALICE)
        record_act(
            db_session,
            subject="item:traffic-001@1",
            action="item.viewed",
            actor=f"person:{alice.public_id}",
            now=NOON,
        )

        line = queries.audit_lines(db_session, action="item.viewed")[0]

        assert (line.actor_name, line.subject_name) == ("Alice", "")


class TestPeopleFound:
    def find(self, db_session, text="", role="", page=1, size=50):
        rows, total = account_queries.people_found(
            db_session, text=text, role=role, page=page, size=size
        )
        return [person.display_name for person in rows], total

    def test_finds_by_text_by_role_and_by_page(self, db_session, person_of):
        assert self.find(db_session, "ALI") == (["Alice"], 1)
        assert self.find(db_session, "bob@") == (["Bob"], 1)
        assert self.find(db_session, person_of(cast.CAROL).public_id) == (["Carol"], 1)
        assert self.find(db_session, role="provider_manager") == (["Erin", "Dave"], 2)
        assert self.find(db_session, "%") == ([], 0)
        assert self.find(db_session, page=2, size=3)[0] == ["Erin", "Dave", "Carol"]


class TestStorage:
    def test_knows_the_database_and_the_disk(self, db_session, tmp_path):
        held = queries.storage(db_session, tmp_path)

        assert held.database_bytes > 4096
        assert 0 < held.free_bytes <= held.total_bytes


class TestDatabaseVersion:
    def test_is_the_databases_own(self, db_session):
        assert queries.database_version(db_session)[0].isdigit()
