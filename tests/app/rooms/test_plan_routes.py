"""The plan page and its JSON: what is shown, what never is in an exam, and every refusal."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest

from app.core import clock
from app.core.db import db, transaction
from app.rooms import planning, queries, services
from app.rooms.models import RoomSession
from app.rooms.plan_forms import MOST_DIAGNOSIS
from app.rooms.planning import SentPlan
from app.rooms.starting import PLAN_GRACE
from app.rooms.terms import PLAN_MIN
from app.studio.content import publish_shipped_scenarios
from simulations.loading import shipped_scenarios
from simulations.plans import parse_plan
from tests import cast
from tests.conftest import csrf_token
from tests.factories.planned_rooms import PLAN, start_planned_exam, start_planned_practice

NOTE = "备注只给练习看"


class PlanDesk:
    """A candidate's plan page, spoken to as its script does."""

    def __init__(self, client, room):
        self.client, self.url, self.id = client, f"/rooms/{room.public_id}", room.id
        self.public_id = room.public_id
        self.token = csrf_token(client)
        self.sent = 0
        self.epoch = 0

    def open(self):
        answer = self.send("POST", "state", {"take_over": True})
        self.epoch = answer.json["writer_epoch"]
        return self

    def send(self, method, what, body, **headers):
        return self.client.open(
            f"{self.url}/{what}",
            method=method,
            json=body,
            headers={"X-CSRFToken": self.token, **headers},
        )

    def body(self, **parts):
        self.sent += 1
        return {"key": f"plan-key-{self.sent}", "writer_epoch": self.epoch, **parts}

    def save(self, **parts):
        return self.send("PUT", "plan", self.body(**parts))

    def submit(self, **parts):
        return self.send("POST", "plan", self.body(**parts))

    def state(self):
        return self.client.get(f"{self.url}/plan.json")

    def page(self):
        return self.client.get(f"{self.url}/plan")

    def room(self):
        with transaction() as db_session:
            room = db_session.get_one(RoomSession, self.id)
            db_session.expunge(room)
            return room


def _desk(db_session, client, room):
    db_session.commit()
    desk = PlanDesk(client, room)
    db.session.remove()
    return desk.open()


@pytest.fixture
def exam(app, db_session, person_of, as_alice):
    room = start_planned_exam(db_session, person_of(cast.ALICE).id, now=clock.now())
    return _desk(db_session, as_alice, room)


@pytest.fixture
def practice(app, db_session, person_of, as_alice):
    room = start_planned_practice(db_session, person_of(cast.ALICE).id, now=clock.now())
    return _desk(db_session, as_alice, room)


def page_data(page):
    block = re.search(r'<script type="application/json" id="plan-data">(.*?)</script>', page.text)
    return json.loads(block[1])


class TestPage:
    def test_the_cockpit_leads_to_the_plan_until_it_is_fixed(self, exam):
        page = exam.client.get(exam.url)
        assert page.status_code == 303
        assert page.location == f"{exam.url}/plan"
        poll = exam.client.get(f"{exam.url}/poll", headers={"Accept": "application/json"}).json
        assert poll["room"] == {
            "is_closed": False,
            "is_planning": True,
            "plan_url": f"{exam.url}/plan",
        }

        assert exam.submit(plan=PLAN).json == {"redirect": exam.url}
        assert exam.client.get(exam.url).status_code == 200
        assert exam.page().location == exam.url

    def test_shows_the_account_and_the_tray(self, practice):
        text = practice.page().text

        assert "往场 8 场，主播自己播" in text
        for name in ("袜子", "牛仔裤", "大衣"):
            assert name in text
        assert NOTE in text

    def test_an_exam_has_a_clock_and_no_hints(self, exam):
        page = exam.page()

        assert NOTE not in page.text
        assert 'id="advice"' not in page.text
        assert 'id="timer"' in page.text
        assert exam.save(plan=PLAN).json["advice"] == []
        assert 0 < page_data(page)["left_ms"] <= PLAN_MIN * 60_000

    def test_practice_has_hints_and_no_clock(self, practice):
        page = practice.page()

        assert 'id="advice"' in page.text
        assert 'id="timer"' not in page.text
        assert practice.save(plan=PLAN).json["advice"]
        assert page_data(page)["left_ms"] is None

    def test_tells_no_secret(self, exam):
        with transaction() as db_session:
            room = db_session.get_one(RoomSession, exam.id)
            keys = room.macro_key.hex(), room.micro_key.hex()
        seen = exam.page().text + exam.state().text

        for secret in (*keys, "macro", "micro", "appeal", "size-comments", "theta"):
            assert secret not in seen

    def test_a_list_row_leads_back_to_the_planning(self, practice):
        text = practice.client.get("/rooms").text

        assert "规划中" in text
        assert "继续规划" in text


class TestSave:
    def test_keeps_plan_and_words_apart(self, exam):
        answer = exam.save(plan=PLAN)
        assert answer.status_code == 200
        assert answer.json["plan"]["tray"] == PLAN["tray"]
        assert answer.json["totals"]["preparing_fen"] == 70_000
        assert answer.json["totals"]["stock_fen"] == 40 * 495

        refused = exam.save(plan={**PLAN, "tray": ["jeans"]})
        assert refused.status_code == 422
        assert refused.json["type"] == "tray_too_small"
        assert refused.json["saved"] is False
        assert exam.save(diagnosis="先留人，再卖贵的。").status_code == 200
        state = exam.state().json
        assert state["plan"]["tray"] == PLAN["tray"]
        assert state["diagnosis"] == "先留人，再卖贵的。"

    def test_tells_every_rule_that_is_broken_with_its_field(self, exam):
        answer = exam.save(plan={**PLAN, "tray": ["jeans"], "traffic_budget_fen": 390_000})

        assert answer.json["errors"] == [
            {"field": "tray", "code": "tray_too_small"},
            {"field": "total", "code": "plan_over_purse"},
            {"field": "total", "code": "plan_over_cash"},
        ]

    @pytest.mark.parametrize(
        ("parts", "field"),
        [
            ({"plan": []}, "plan"),
            ({"plan": {"grade": "Z"}}, "plan.grade"),
            ({"plan": {"preheat_videos": "2"}}, "plan.preheat_videos"),
            ({"plan": {"preheat_videos": -1}}, "plan.preheat_videos"),
            ({"plan": {"luck": 1}}, "plan.luck"),
            ({"plan": {"traffic_budget_fen": 1.5}}, "plan.traffic_budget_fen"),
            ({"diagnosis": 7}, "diagnosis"),
            ({"diagnosis": "长" * (MOST_DIAGNOSIS + 1)}, "diagnosis"),
            ({"plan": PLAN, "writer_epoch": "1"}, "writer_epoch"),
        ],
        ids=[
            "list",
            "grade",
            "text",
            "negative",
            "unknown",
            "fraction",
            "words",
            "too-long",
            "epoch",
        ],
    )
    def test_what_is_no_plan_is_refused_with_its_field(self, exam, parts, field):
        answer = exam.save(**parts)

        assert answer.status_code == 422
        assert [one["field"] for one in answer.json["errors"]] == [field]
        assert exam.room().plan_draft is None

    def test_words_lose_what_no_database_keeps(self, exam):
        assert exam.save(diagnosis="  一\r\n二\x00\x07  ").status_code == 200
        assert exam.room().diagnosis == "一\n二"

    def test_needs_a_key_and_the_token(self, exam):
        assert exam.send("PUT", "plan", {"plan": PLAN, "writer_epoch": 1}).status_code == 400
        answer = exam.client.put(f"{exam.url}/plan", json=exam.body(plan=PLAN))
        assert answer.json["type"] == "csrf_failed"

    def test_an_older_page_is_refused(self, exam):
        older = exam.epoch
        exam.open()
        exam.epoch = older

        assert exam.save(plan=PLAN).json["type"] == "superseded_session"

    def test_somebody_else_does_not_find_it(self, exam, as_bob):
        token = csrf_token(as_bob)

        assert as_bob.get(f"{exam.url}/plan").status_code == 404
        assert as_bob.get(f"{exam.url}/plan.json").status_code == 404
        for method in ("PUT", "POST"):
            answer = as_bob.open(
                f"{exam.url}/plan",
                method=method,
                json=exam.body(plan=PLAN),
                headers={"X-CSRFToken": token},
            )
            assert answer.status_code == 404


class TestTimeOver:
    def over(self, desk):
        with transaction() as db_session:
            room = db_session.get_one(RoomSession, desk.id)
            room.plan_due_at = clock.now() - PLAN_GRACE

    def test_a_look_takes_the_draft(self, exam):
        exam.save(plan=PLAN)
        self.over(exam)

        assert exam.submit(plan={**PLAN, "grade": "B"}).json["type"] == "plan_time_over"
        assert exam.state().json["is_planning"] is False
        assert exam.room().plan == PLAN
        assert exam.page().location == exam.url

    def test_the_cockpit_does_as_well(self, exam):
        self.over(exam)

        assert exam.client.get(exam.url).status_code == 200
        assert exam.room().plan == {}


def test_the_result_of_a_room_whose_draft_was_taken(app, db_session, person_of, as_alice):
    begun = clock.now() - timedelta(hours=2)
    room = start_planned_exam(db_session, person_of(cast.ALICE).id, now=begun)
    sent = SentPlan("draft-key", room.writer_epoch, parse_plan(PLAN), "先留人。")
    planning.save_draft(db_session, room, sent, now=begun)
    desk = _desk(db_session, as_alice, room)
    page = desk.client.get(f"{desk.url}/result")

    assert page.status_code == 200
    assert "新增粉丝" in page.text  # the goal that the plan declared
    scored = desk.room()
    assert scored.closing == "finished"
    assert scored.plan == PLAN
    assert scored.diagnosis == "先留人。"
    assert scored.score is not None


def test_every_shipped_plan_page_opens(app, db_session, person_of, as_alice):
    publish_shipped_scenarios(False)
    shipped = [one for one in shipped_scenarios().values() if one.planning is not None]
    assert len(shipped) >= 3
    rooms = []
    with transaction() as session:
        person_id = person_of(cast.ALICE).id
        for scenario in shipped:
            room = services.start_practice(
                session, person_id, scenario, is_demo=True, now=clock.now()
            )
            rooms.append((room.public_id, scenario))
    for public_id, scenario in rooms:
        page = as_alice.get(f"/rooms/{public_id}/plan")
        assert page.status_code == 200
        assert ('name="grade"' in page.text) == bool(scenario.planning.grades)
        assert ('id="cash"' in page.text) == (scenario.cash is not None)
        assert ('name="units"' in page.text) == (scenario.planning.stock_ratio > 0)


class TestGiveUp:
    def give_up(self, desk):
        data = {"csrf_token": desk.token}
        return desk.client.post(f"{desk.url}/plan/give-up", data=data)

    def test_ends_a_practice_room_before_it_began(self, practice):
        assert self.give_up(practice).location == "/rooms"
        assert practice.room().closing == "abandoned"

    def test_not_one_that_runs(self, practice):
        practice.submit(plan=PLAN)

        assert self.give_up(practice).status_code == 409
        assert practice.room().is_open

    def test_not_one_that_counts(self, exam):
        assert self.give_up(exam).status_code == 409
        assert exam.room().is_planning


def test_a_room_without_planning_has_no_plan_page(app, db_session, person_of, as_alice):
    from tests.factories.rooms import start_little_practice

    room = start_little_practice(db_session, person_of(cast.ALICE).id, now=clock.now())
    desk = _desk(db_session, as_alice, room)

    assert desk.page().location == desk.url
    assert desk.save(plan=PLAN).json["type"] == "plan_closed"
    with transaction() as session:
        assert queries.events_of(session, room.id, after=0)[-1].kind == "opened"


def test_the_earlier_plan_is_offered_in_the_next_room(practice):
    practice.submit(plan=PLAN)
    with transaction() as db_session:
        room = db_session.get_one(RoomSession, practice.id)
        services.give_up(db_session, room, now=clock.now())
    start = practice.client.post("/rooms/practice/planned", data={"csrf_token": practice.token})
    data = page_data(practice.client.get(f"{start.location}/plan"))

    assert data["earlier"]["tray"] == PLAN["tray"]
    assert data["plan"]["tray"] == ["socks", "jeans", "coat"]
