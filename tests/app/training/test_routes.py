"""Training through its pages and JSON: what is shown, and every refusal."""

from __future__ import annotations

import json
import re

import pytest

from app.bank.services import publish_bank
from app.core import clock
from app.core.db import db, transaction
from app.exams.models import Attempt
from app.studio.services import publish_scenarios
from app.training import mocking
from app.training.models import MockExam, PracticeAnswer
from question_bank.banks import ItemBank
from question_bank.blueprints import ExamBlueprint
from simulations.drill_loading import shipped_drills
from tests import cast
from tests.conftest import csrf_token
from tests.factories.training import practice_items, publish_practice


@pytest.fixture
def client(app, db_session, as_alice):
    publish_practice(db_session, now=clock.now())
    db_session.commit()
    db.session.remove()
    return as_alice


def data_of(page):
    return json.loads(re.search(r'id="desk-data"[^>]*>(.*?)</script>', page.text, re.S)[1])


def post(client, path, body):
    return client.post(f"/training/{path}", json=body, headers={"X-CSRFToken": csrf_token(client)})


def answered(client, choice="a", **changes):
    body = {
        "key": "practice-1",
        "item_ref": "p-traffic-0@1",
        "value": {"selected": [choice]},
        "mode": "mixed",
        "confidence": 2,
        "seconds": 12,
        "ago_s": 0,
        **changes,
    }
    return post(client, "answers", body)


class TestPractice:
    def test_shows_items_and_never_a_key(self, client):
        for query in (
            "",
            "?mode=weak",
            "?mode=skill&skill=traffic",
            "?mode=x",
            "?mode=skill&skill=x",
        ):
            page = client.get(f"/training/practice{query}")

            assert page.status_code == 200, query
            assert len(data_of(page)["items"]) in range(8, 11)
            for word in ("因为甲是对的", "错因", "distractors", '"key"', "live-one"):
                assert word not in page.text

    def test_an_empty_queue_says_so_in_data(self, client):
        assert data_of(client.get("/training/practice?mode=today"))["items"] == []

    def test_more_goes_on_counting(self, client):
        body = client.get("/training/practice/items?mode=mixed&first=11").json

        assert [one["position"] for one in body["items"]] == list(range(11, 21))


class TestAnswer:
    def test_explains_at_once_and_links_nothing_that_is_not_there(self, client):
        told = answered(client, "b")

        assert told.status_code == 200
        assert (told.json["outcome"], told.json["keys"], told.json["mistakes"]) == (
            "wrong",
            ["a"],
            ["b"],
        )
        assert "因为甲是对的" in told.json["html"]
        assert "错因b" in told.json["html"]

    def test_a_repeat_is_explained_again_and_counted_once(self, client):
        first, second = answered(client).json, answered(client).json

        assert first == second
        with transaction() as db_session:
            assert db_session.query(PracticeAnswer).count() == 1

    def test_refuses_and_changes_nothing(self, client):
        for changes, status, code in (
            ({"key": "short"}, 400, "bad_json"),
            ({"mode": "exam"}, 400, "bad_json"),
            ({"confidence": 4}, 400, "bad_json"),
            ({"confidence": True}, 400, "bad_json"),
            ({"seconds": -1}, 400, "bad_json"),
            ({"ago_s": "1"}, 400, "bad_json"),
            ({"value": {"selected": []}}, 422, "practice_blank"),
            ({"value": {"selected": ["z"]}}, 422, "invalid"),
            ({"item_ref": "live-one@1"}, 404, "not_found"),
            ({"item_ref": None}, 404, "not_found"),
        ):
            told = answered(client, **changes)
            assert (told.status_code, told.json["type"]) == (status, code), changes
        with transaction() as db_session:
            assert db_session.query(PracticeAnswer).count() == 0

    def test_needs_the_token(self, client):
        assert client.post("/training/answers", json={}).json["type"] == "csrf_failed"

    def test_rating_and_reason_belong_to_the_one_who_answered(self, client, as_bob):
        held = answered(client, "b").json["answer"]

        assert post(client, f"answers/{held}/recall", {"recall": 4}).json["days"] > 2
        assert post(client, f"answers/{held}/reason", {"reason": "concept"}).status_code == 200
        assert post(client, f"answers/{held}/recall", {"recall": 5}).status_code == 400
        assert post(client, f"answers/{held}/reason", {"reason": "x"}).status_code == 422
        assert post(as_bob, f"answers/{held}/recall", {"recall": 4}).status_code == 404
        assert post(as_bob, f"answers/{held}/reason", {"reason": "concept"}).status_code == 404
        page = client.get("/training/mistakes?reason=concept")
        assert "p-traffic-0 题" in page.text


class TestPages:
    def test_stand_before_anything_was_done(self, client):
        paths = (
            "",
            "/mistakes",
            "/profile",
            "/profile?level=senior",
            "/pace",
            "/placement",
            "/mocks",
        )
        for path in paths:
            assert client.get(f"/training{path}").status_code == 200, path

    def test_are_a_candidates(self, as_carol, stranger):
        for path in ("", "/practice", "/mocks"):
            assert as_carol.get(f"/training{path}").status_code == 403
            assert stranger.get(f"/training{path}").status_code == 302

    def test_a_newcomer_is_sent_to_the_placement_test(self, client):
        assert "先做一次定位测评" in client.get("/training").text

    def test_a_newcomer_reads_of_no_skill_stars_or_mistakes_that_are_not_there(self, client):
        with transaction() as db_session:
            publish_scenarios(
                db_session,
                [shipped_drills()["drill-encore"]],
                is_public=True,
                actor="cli:test",
                now=clock.now(),
            )

        today, profile, mistakes = (
            client.get(f"/training{path}").text for path in ("", "/profile", "/mistakes")
        )

        assert "专项都拿满了星" not in today
        assert "/rooms/drills/drill-encore" in today
        assert 'class="unknown" x="0" y="6" width="0.0"' in today
        assert "data-chart" not in profile
        assert "chip-links" not in mistakes

    def test_a_pace_that_makes_no_sense_is_shown_again(self, client):
        form = {"csrf_token": csrf_token(client), "retention": "0.9", "daily_most": "1000"}

        page = client.post("/training/pace", data=form)

        assert page.status_code == 422
        assert "请填 5 到 200" in page.text
        assert client.post("/training/pace", data={**form, "daily_most": "20"}).status_code == 303
        assert 'value="20"' in client.get("/training/pace").text


class TestPlacement:
    def test_goes_from_question_to_question_to_the_result(self, client, as_bob):
        form = {"csrf_token": csrf_token(client)}
        target = client.post("/training/placement/start", data=form).location
        data = data_of(client.get(target))
        public_id = target.rsplit("/", 1)[1]
        path, body = f"placement/{public_id}/answers", {}
        while "redirect" not in body:
            key = f"place-{data['position']:04}"
            choice = "true" if data["items"][0]["kind"] == "true_false" else "a"
            sent = {"key": key, "position": data["position"], "value": {"selected": [choice]}}
            body = post(client, path, sent).json
            data = body if "items" in body else data

        assert data["position"] >= 16
        page = client.get(body["redirect"])
        assert "你的学习路径" in page.text
        assert client.get(target).status_code == 303
        assert post(client, path, {**sent, "key": "other-key"}).status_code == 409
        assert as_bob.get(body["redirect"]).status_code == 404
        assert post(as_bob, path, sent).status_code == 404


EXAM = {
    "id": "exam",
    "version": 1,
    "title": "考试",
    "level": "junior",
    "pool": "exam",
    "item_count": 20,
    "quotas": [{"topic": "traffic", "least": 4, "most": 6}],
}


class TestMock:
    """A mock sits on the exam's own page and counts nowhere."""

    def test_is_drawn_from_the_practice_half_and_kept_apart(self, app, db_session, person_of):
        exam = ExamBlueprint.model_validate(EXAM)
        publish_bank(
            db_session,
            ItemBank(practice_items()),
            [exam],
            is_public=False,
            actor="cli:test",
            now=clock.now(),
        )
        alice = person_of(cast.ALICE).id
        plan = mocking.plan_of(db_session, exam)
        offer = mocking.MockOffer("junior", "初级", exam, plan, 1200, 1200, 0.6, None)
        form = mocking.draw_mock(db_session, alice, plan)

        with app.test_request_context():
            attempt = mocking.start_mock(db_session, alice, offer, form, now=clock.now())
            again = mocking.start_mock(db_session, alice, offer, form, now=clock.now())

        assert again.id == attempt.id
        assert (attempt.programme_ref, attempt.blueprint_ref) == ("", "mock-exam@1")
        assert len(attempt.form) == 20
        assert not [ref for ref in attempt.item_refs if ref.startswith("live")]
        assert db_session.query(MockExam).count() == 1
        assert db_session.query(Attempt).one().exam_code == "mock:junior"

    def test_a_level_without_a_programme_is_not_found(self, client):
        form = {"csrf_token": csrf_token(client)}

        assert client.post("/training/mocks/nonsense/start", data=form).status_code == 404
