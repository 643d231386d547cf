"""Issuing many at once: each once, resumable, two runs side by side."""

from __future__ import annotations

import json
from datetime import timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy import func, select

from app.certification import bulk
from app.certification.models import CredentialRecord, PdfFingerprint
from app.core.db import db
from tests import cast
from tests.conftest import NOON
from tests.factories.certification import add_attempt, add_room, enrol_little

DAY = timedelta(days=1)


@pytest.fixture
def passed(app, db_session, programme, issuer_keys, person_of):
    """Alice and Bob have passed, and nobody was told."""
    for member in (cast.ALICE, cast.BOB):
        person_id = person_of(member).id
        enrol_little(app, db_session, person_id, programme, now=NOON - 2 * DAY)
        options = {"programme": programme, "tell": False}
        add_attempt(db_session, person_id, 0.9, at=NOON - DAY, **options)
        add_room(db_session, person_id, 50.0, at=NOON - DAY, **options)
    db_session.commit()


def run(app, programme_id=None, progress=lambda done, total: None):
    return bulk.issue_waiting(
        app.config["SETTINGS"],
        app.extensions["field_keys"],
        programme_id=programme_id,
        now=NOON,
        progress=progress,
    )


def count(db_session, model):
    found = db_session.scalar(select(func.count()).select_from(model))
    db_session.rollback()
    return found


class TestIssueWaiting:
    def test_issues_and_signs_each_once(self, app, db_session, passed):
        told = []

        first = run(app, progress=lambda done, total: told.append((done, total)))

        assert (first.considered, len(first.numbers), first.sealed) == (2, 2, 2)
        assert told == [(1, 2), (2, 2)]
        assert run(app) == bulk.BulkIssue(0, (), 0)
        assert count(db_session, PdfFingerprint) == 2

    def test_goes_on_after_a_stop(self, app, db_session, passed):
        def stop(done, total):
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            run(app, progress=stop)
        assert count(db_session, CredentialRecord) == 1

        assert len(run(app).numbers) == 1
        assert count(db_session, CredentialRecord) == 2

    def test_takes_one_programme_alone(self, app, passed):
        assert run(app, "other").considered == 0

    @pytest.mark.both_databases
    def test_two_runs_at_once_issue_nothing_twice(self, app, db_session, passed):
        barrier, issued = Barrier(2), []

        def one() -> None:
            with app.app_context():
                barrier.wait()
                issued.extend(run(app).numbers)
                db.session.remove()

        threads = [Thread(target=one) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert len(issued) == len(set(issued)) == 2
        assert count(db_session, CredentialRecord) == 2


class TestCommand:
    def test_tells_what_it_did(self, app, passed):
        done = app.test_cli_runner().invoke(args=["certificates", "issue", "--json"])

        assert done.exit_code == 0, done.output
        assert len(json.loads(done.stdout)["issued"]) == 2

    def test_names_a_programme_that_is_not_there(self, app, passed):
        done = app.test_cli_runner().invoke(args=["certificates", "issue", "--programme", "x"])

        assert done.exit_code == 1
        assert "programme x" in done.output
