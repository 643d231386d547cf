"""The exam through its pages and JSON: what is shown, and every refusal."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest

from app.core import clock
from app.core.db import db, transaction
from app.exams import queries
from app.exams.models import Attempt
from tests import cast
from tests.conftest import csrf_token
from tests.factories.exams import start_little_attempt


@pytest.fixture
def attempt_id(app, db_session, person_of):
    """Alice's running attempt."""
    attempt = start_little_attempt(db_session, person_of(cast.ALICE).id, now=clock.now())
    public_id = attempt.public_id
    db_session.commit()
    db.session.remove()
    return public_id


class Desk:
    """A candidate's page, spoken to as its script does."""

    def __init__(self, client, public_id):
        self.client, self.url = client, f"/exams/attempts/{public_id}"
        self.token = csrf_token(client)
        self.epoch = 0

    def post(self, what, body, **headers):
        return self.client.post(
            f"{self.url}/{what}", json=body, headers={"X-CSRFToken": self.token, **headers}
        )

    def open(self):
        answer = self.post("state", {"take_over": True})
        self.epoch = answer.json["writer_epoch"]
        return answer

    def save(self, n=1, **changes):
        body = {
            "key": f"client-key-{n}",
            "position": 1,
            "value": {"selected": ["a"]},
            "sequence": n,
            "writer_epoch": self.epoch,
            "flagged": False,
            **changes,
        }
        return self.post("save", body)


@pytest.fixture
def desk(as_alice, attempt_id):
    desk = Desk(as_alice, attempt_id)
    assert desk.open().status_code == 200
    return desk


class TestTake:
    def test_shows_the_items_and_never_a_key(self, as_alice, attempt_id):
        page = as_alice.get(f"/exams/attempts/{attempt_id}")

        assert page.status_code == 200
        data = json.loads(re.search(r'id="exam-data"[^>]*>(.*?)</script>', page.text, re.S)[1])
        assert len(data["items"]) == 6
        for word in ("rationale", "distractors", "错因", "因为甲是对的", "skeleton", '"key"'):
            assert word not in page.text
        assert page.headers["Cache-Control"] == "no-store"

    def test_another_candidate_does_not_find_it(self, as_bob, attempt_id):
        assert as_bob.get(f"/exams/attempts/{attempt_id}").status_code == 404

    def test_an_examiner_is_refused(self, as_carol, attempt_id):
        assert as_carol.get(f"/exams/attempts/{attempt_id}").status_code == 403

    def test_a_stranger_is_sent_to_sign_in(self, stranger, attempt_id):
        page = stranger.get(f"/exams/attempts/{attempt_id}")

        assert page.status_code == 302
        assert page.location.startswith("/sign-in?next=")


class TestSave:
    def test_acknowledges_with_the_servers_time(self, desk):
        answer = desk.save(1)

        assert answer.status_code == 200
        assert answer.json["ack"] == 1
        assert answer.json["duplicate"] is False
        assert {"server_now", "due_at", "server_sequence"} <= set(answer.json)

    def test_a_repeat_is_a_duplicate(self, desk):
        desk.save(1)

        assert desk.save(1).json["duplicate"] is True

    def test_needs_the_token_for_json_too(self, desk):
        answer = desk.client.post(f"{desk.url}/save", json={})

        assert (answer.status_code, answer.json["type"]) == (400, "csrf_failed")

    @pytest.mark.parametrize(
        ("changes", "status", "code"),
        [
            ({"key": None}, 400, "bad_json"),
            ({"key": "short"}, 400, "bad_json"),
            ({"position": 0}, 422, "invalid"),
            ({"position": 7}, 422, "invalid"),
            ({"position": True}, 422, "invalid"),
            ({"position": "1"}, 422, "invalid"),
            ({"sequence": -1}, 422, "invalid"),
            ({"value": {"selected": ["z"]}}, 422, "invalid"),
            ({"value": {"number": "1"}}, 422, "invalid"),
            ({"value": None}, 422, "invalid"),
            ({"writer_epoch": 99}, 409, "superseded_session"),
        ],
    )
    def test_refuses_and_changes_nothing(self, desk, changes, status, code):
        answer = desk.save(1, **changes)

        assert (answer.status_code, answer.json["type"], answer.json["saved"]) == (
            status,
            code,
            False,
        )
        with transaction() as db_session:
            attempt = db_session.query(Attempt).one()
            assert queries.values_of(db_session, attempt.id) == {}

    @pytest.mark.parametrize("body", ["", "[]", "nonsense", '{"a":' * 3000, "NaN"])
    def test_refuses_what_is_no_object(self, desk, body):
        answer = desk.client.post(
            f"{desk.url}/save",
            data=body,
            content_type="application/json",
            headers={"X-CSRFToken": desk.token},
        )

        assert answer.status_code == 400

    def test_another_candidate_does_not_find_it(self, as_bob, attempt_id):
        thief = Desk(as_bob, attempt_id)

        assert thief.save(1).status_code == 404

    def test_an_older_page_becomes_read_only(self, desk):
        newer = Desk(desk.client, desk.url.rsplit("/", 1)[1])
        newer.open()

        answer = desk.save(1)

        assert (answer.status_code, answer.json["type"]) == (409, "superseded_session")
        assert newer.save(1).status_code == 200


class TestSubmit:
    def test_leads_to_the_result(self, desk):
        desk.save(1)

        answer = desk.post("submit", {"key": "submit-key-1"})

        assert answer.status_code == 200
        page = desk.client.get(answer.json["redirect"])
        assert page.status_code == 200
        assert "因为甲是对的" in page.text  # the rationale is shown after the exam

    def test_then_takes_no_more(self, desk):
        desk.post("submit", {"key": "submit-key-1"})

        answer = desk.save(1)

        assert (answer.status_code, answer.json["type"]) == (409, "attempt_closed")


class TestOverdue:
    def test_the_next_look_closes_and_scores(self, desk):
        desk.save(1)
        with transaction() as db_session:
            attempt = db_session.query(Attempt).one()
            attempt.due_at = clock.now() - timedelta(minutes=1)

        page = desk.client.get(desk.url)

        assert page.status_code == 303
        with transaction() as db_session:
            attempt = db_session.query(Attempt).one()
            assert attempt.closing == "overdue"
            assert attempt.score_fraction > 0  # what was saved counts

    def test_a_late_save_says_so(self, desk):
        with transaction() as db_session:
            attempt = db_session.query(Attempt).one()
            attempt.due_at = clock.now() - timedelta(minutes=1)

        answer = desk.save(1)

        assert (answer.status_code, answer.json["type"]) == (409, "deadline_passed")
        assert "没有保存" in answer.json["message"]
