"""Rooms through their pages and JSON: what is shown, what never is, and every refusal."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.core import clock
from app.core.db import db, transaction
from app.rooms import acting, queries, services
from app.rooms.models import RoomScore, RoomSession
from tests import cast
from tests.conftest import csrf_token, sign_in
from tests.factories.rooms import (
    publish_little_room,
    start_little_exam,
    start_little_practice,
)

SINCE = timedelta(minutes=2)
"""Rooms of these tests were opened so long ago: their sessions run."""

SECRETS = ("macro", "micro", "heat", "wave", "day_public", "day_buying", "risk_at", "theta")


PIN_JEANS = {"verb": "pin", "product": "jeans"}


class Desk:
    """A candidate's page, spoken to as its script does."""

    def __init__(self, client, public_id):
        self.client, self.url, self.public_id = client, f"/rooms/{public_id}", public_id
        self.token = csrf_token(client)
        self.epoch = 0
        self.sent = 0

    def post(self, what, body, **headers):
        return self.client.post(
            f"{self.url}/{what}", json=body, headers={"X-CSRFToken": self.token, **headers}
        )

    def open(self):
        answer = self.post("state", {"take_over": True})
        self.epoch = answer.json["writer_epoch"]
        return answer

    def act(self, action=PIN_JEANS, **changes):
        self.sent += 1
        body = {
            "key": f"client-key-{self.sent}",
            "action": action,
            "writer_epoch": self.epoch,
            "queued_ms": 0,
            **changes,
        }
        return self.post("actions", body)

    def poll(self, **headers):
        return self.client.get(f"{self.url}/poll", headers=headers)

    def form(self, what):
        token = {"csrf_token": self.token}
        return self.client.post(f"{self.url}/{what}", data=token)

    def move_start(self, ago):
        """Let the session have started so long ago."""
        with transaction() as db_session:
            room = db_session.query(RoomSession).filter_by(public_id=self.public_id).one()
            room.starts_at = room.clock_at = clock.now() - ago
            room.ends_at = room.clock.ends_at()


@pytest.fixture
def desk_of(app, db_session, person_of):
    def make(start, member=cast.ALICE, ago=SINCE):
        room = start(db_session, person_of(member).id, now=clock.now() - ago)
        public_id = room.public_id
        db_session.commit()
        db.session.remove()
        return Desk(sign_in(app, member), public_id)

    return make


@pytest.fixture
def exam(desk_of):
    desk = desk_of(start_little_exam)
    desk.open()
    return desk


@pytest.fixture
def practice(desk_of):
    desk = desk_of(start_little_practice)
    desk.open()
    return desk


class TestIndex:
    def test_shows_what_can_be_practised_and_the_own_sessions(self, practice):
        page = practice.client.get("/rooms")

        assert "小房间" in page.text
        assert "继续这一场" in page.text

    def test_an_empty_catalogue_says_so(self, as_alice):
        assert "还没有可练的房间" in as_alice.get("/rooms").text

    def test_somebody_elses_sessions_are_not_listed(self, practice, as_bob):
        assert practice.public_id not in as_bob.get("/rooms").text

    def test_a_stranger_is_sent_to_sign_in(self, stranger):
        assert stranger.get("/rooms").status_code == 302

    def test_other_roles_have_no_rooms(self, as_carol):
        assert as_carol.get("/rooms").status_code == 403


class TestStart:
    @pytest.fixture
    def published(self, app, db_session):
        publish_little_room(db_session, now=clock.now())
        db_session.commit()
        db.session.remove()

    def start(self, client, scenario_id="little"):
        data = {"csrf_token": csrf_token(client)}
        return client.post(f"/rooms/practice/{scenario_id}", data=data)

    def test_opens_one_room_however_often_it_is_pressed(self, published, as_alice):
        first, second = self.start(as_alice), self.start(as_alice)

        assert first.status_code == 303
        assert first.location == second.location
        assert as_alice.get(first.location).status_code == 200

    def test_an_unknown_scenario_is_not_found(self, published, as_alice):
        assert self.start(as_alice, "nothing").status_code == 404

    def test_needs_the_token(self, published, as_alice):
        assert as_alice.post("/rooms/practice/little").status_code == 400


class TestCockpit:
    def test_is_whole_before_any_script_runs(self, exam):
        page = exam.client.get(exam.url)

        assert page.status_code == 200
        for words in ("货盘", "投流", "权益", "突发与提醒", "操作记录", "转化漏斗", "提前收播"):
            assert words in page.text
        assert "style=" not in page.text

    def test_an_exam_offers_no_pause_and_no_notes(self, exam):
        page = exam.client.get(exam.url).text

        assert 'id="pause"' not in page
        assert "retry" not in page
        assert "备注只给练习看" not in page

    def test_practice_has_them(self, practice):
        page = practice.client.get(practice.url).text

        assert 'id="pause"' in page
        assert "备注只给练习看" in page

    def test_no_page_and_no_answer_tells_a_secret(self, exam):
        answers = [
            exam.client.get(exam.url).text,
            exam.poll().text,
            exam.act().text,
            exam.act({"verb": "hand_back", "lever": "pace"}).text,
            exam.client.get(f"{exam.url}/poll?series=1").text,
        ]
        with transaction() as db_session:
            room = queries.room_of(db_session, exam.public_id, self.person_id(db_session, exam))
            secrets = [room.macro_key, room.micro_key]
        exam.post("finish", {"key": "finish-key"})
        answers.append(exam.client.get(f"{exam.url}/result").text)

        for text in answers:
            for secret in secrets:
                assert secret.hex() not in text
                assert str(int.from_bytes(secret, "big")) not in text
            for word in SECRETS:
                assert f'"{word}' not in text

    def person_id(self, db_session, desk):
        return db_session.query(RoomSession).filter_by(public_id=desk.public_id).one().person_id

    def test_an_exam_describes_the_host_in_words(self, exam, practice):
        assert "energy_fraction" not in exam.poll().json["observation"]["host"]
        assert "energy_fraction" in practice.poll().json["observation"]["host"]

    def test_a_foreign_room_is_not_found_by_any_door(self, exam, as_bob):
        bob = Desk(as_bob, exam.public_id)
        answers = [
            as_bob.get(exam.url),
            bob.poll(),
            as_bob.get(f"{exam.url}/result"),
            bob.post("state", {"take_over": True}),
            bob.act(),
            bob.post("clock", {"key": "clock-key", "change": "pause"}),
            bob.post("finish", {"key": "finish-key"}),
            bob.form("retry"),
        ]

        assert [answer.status_code for answer in answers] == [404] * len(answers)


class TestPoll:
    def test_tells_the_room_the_clock_and_the_log(self, exam):
        exam.act()
        body = exam.poll().json

        assert body["clock"]["state"] == "live"
        assert body["clock"]["tick"] == body["observation"]["tick"] > 80
        assert [entry["words"] for entry in body["log"]] == ["讲解 02 牛仔裤"]
        assert body["room"]["sequence"] == 3

    def test_says_nothing_while_nothing_changed(self, practice):
        practice.post("clock", {"key": "clock-key", "change": "pause"})
        etag = practice.poll().headers["ETag"]

        again = practice.poll(**{"If-None-Match": etag})

        assert (again.status_code, again.data) == (304, b"")
        practice.act()
        assert practice.poll(**{"If-None-Match": etag}).status_code == 200

    def test_gives_only_the_log_behind_what_the_page_has(self, exam):
        first = exam.act().json["sequence"]
        exam.act({"verb": "pin", "product": "coat"})

        log = exam.client.get(f"{exam.url}/poll?after={first}").json["log"]

        assert [entry["words"] for entry in log] == ["讲解 03 大衣"]

    def test_a_late_look_joins_in_the_middle(self, exam):
        body = exam.client.get(f"{exam.url}/poll?series=1").json

        minutes = body["observation"]["tick"] // 12
        assert len(body["series"]["gmv_per_min_fen"]) == minutes > 6

    def test_counts_down_before_the_first_tick(self, desk_of):
        desk = desk_of(start_little_exam, ago=timedelta())

        clock_body = desk.poll().json["clock"]

        assert clock_body["state"] == "countdown"
        assert clock_body["tick"] == 0

    def test_closes_a_room_whose_time_is_over(self, exam):
        exam.move_start(timedelta(minutes=8))

        body = exam.poll().json

        assert body == {"room": {"is_closed": True, "result_url": f"{exam.url}/result"}}
        assert exam.client.get(exam.url).location == f"{exam.url}/result"


class TestAct:
    def test_acknowledges_with_the_room_after_it(self, exam):
        body = exam.act().json

        assert body["duplicate"] is False
        assert body["observation"]["pitch"]["product"] == "jeans"
        assert body["entry"] == {
            "sequence": 3,
            "tick": body["tick"],
            "at_s": body["tick"] * 5,
            "lane": "pin",
            "words": "讲解 02 牛仔裤",
        }

    def test_refuses_in_the_rooms_own_words_and_writes_nothing(self, exam):
        exam.act()

        answer = exam.act()

        assert answer.status_code == 409
        assert answer.json == {
            "type": "already_pinned",
            "message": "正在讲解这个商品",
            "saved": False,
        }
        assert exam.poll().json["room"]["sequence"] == 3

    @pytest.mark.parametrize(
        ("changes", "status", "code"),
        [
            ({"key": "short"}, 400, "bad_json"),
            ({"key": None}, 400, "bad_json"),
            ({"action": None}, 422, "invalid"),
            ({"action": {"verb": "pin", "product": "jeans", "gmv_fen": 9}}, 422, "invalid"),
            ({"writer_epoch": "1"}, 422, "invalid"),
            ({"writer_epoch": 0}, 409, "superseded_session"),
            ({"queued_ms": -1}, 422, "invalid"),
            ({"queued_ms": 40_000}, 409, "action_expired"),
        ],
    )
    def test_refuses_what_is_no_action_of_this_page(self, exam, changes, status, code):
        answer = exam.act(**({"action": {"verb": "unpin"}} | changes))

        assert (answer.status_code, answer.json["type"]) == (status, code)
        assert answer.json["saved"] is False

    def test_a_body_that_is_no_object_is_refused(self, exam):
        headers = {"X-CSRFToken": exam.token, "Content-Type": "application/json"}
        for body in ("[1]", "{", "[" * 5000):
            answer = exam.client.post(f"{exam.url}/actions", data=body, headers=headers)
            assert answer.status_code == 400

    def test_needs_the_token(self, exam):
        answer = exam.client.post(f"{exam.url}/actions", json={"key": "client-key-x"})

        assert (answer.status_code, answer.json["type"]) == (400, "csrf_failed")

    def test_a_stranger_is_turned_away(self, exam, stranger):
        headers = {"X-CSRFToken": csrf_token(stranger)}
        answer = stranger.post(f"{exam.url}/actions", json={}, headers=headers)

        assert (answer.status_code, answer.json["type"]) == (401, "login_required")

    def test_a_repeat_is_acknowledged_as_one(self, exam):
        first = exam.act(key="the-same-key").json
        again = exam.act(key="the-same-key").json

        assert (again["duplicate"], again["sequence"]) == (True, first["sequence"])

    def test_too_many_are_told_when_to_come_back(self, exam, monkeypatch):
        monkeypatch.setattr(acting, "RATE_WINDOW", timedelta(minutes=1))
        for n in range(acting.RATE_ACTIONS):
            exam.act({"verb": "pin", "product": ["jeans", "coat"][n % 2]})

        answer = exam.act()

        assert (answer.status_code, answer.json["type"]) == (429, "rate_limited")
        assert answer.headers["Retry-After"] == "1"


class TestClock:
    def test_an_exam_has_no_pause(self, exam):
        answer = exam.post("clock", {"key": "clock-key", "change": "pause"})

        assert (answer.status_code, answer.json["type"]) == (409, "clock_is_fixed")
        assert "时钟由考试规定" in answer.json["message"]

    def test_practice_pauses_steps_and_speeds(self, practice):
        paused = practice.post("clock", {"key": "clock-key-1", "change": "pause"}).json["clock"]
        practice.post("clock", {"key": "clock-key-2", "change": "step", "ticks": 12})
        fast = practice.post("clock", {"key": "clock-key-3", "change": "speed", "speed": 8})

        assert paused["state"] == "paused"
        assert fast.json["clock"]["tick"] == paused["tick"] + 12
        assert fast.json["clock"]["speed"] == 8

    @pytest.mark.parametrize("change", ["rewind", None, 7, "speed"])
    def test_odd_changes_are_refused(self, practice, change):
        answer = practice.post("clock", {"key": "clock-key", "change": change, "speed": 99})

        assert answer.status_code == 422

    def test_needs_a_key(self, practice):
        assert practice.post("clock", {"change": "pause"}).status_code == 400


class TestFinishAndResult:
    def test_the_result_waits_until_the_session_is_over(self, exam):
        assert exam.client.get(f"{exam.url}/result").location == exam.url

    def test_an_early_end_leads_to_the_result_of_the_full_session(self, exam):
        exam.act()
        first = exam.post("finish", {"key": "finish-key-1"})
        again = exam.post("finish", {"key": "finish-key-2"})
        page = exam.client.get(first.json["redirect"])

        assert again.json == first.json
        assert page.status_code == 200
        for words in (
            "实操得分",
            "主播自播",
            "这一分是怎么来的",
            "毛利门槛",
            "本场实录成交额",
            "提前收了播",
        ):
            assert words in page.text
        assert "style=" not in page.text

    def test_who_did_nothing_reads_zero(self, exam):
        exam.move_start(timedelta(minutes=8))

        page = exam.client.get(f"{exam.url}/result")

        assert page.status_code == 200
        assert ">0.0</p>" in page.text
        assert "+0.0%" not in page.text

    def test_looks_and_scheduler_score_it_once(self, exam):
        exam.move_start(timedelta(minutes=8))
        for _ in range(3):
            exam.client.get(f"{exam.url}/result")
            with transaction() as db_session:
                services.close_finished_rooms(db_session, now=clock.now())

        with transaction() as db_session:
            room = db_session.query(RoomSession).filter_by(public_id=exam.public_id).one()
            kinds = [event.kind for event in queries.events_of(db_session, room.id)]
            assert kinds.count("closed") == 1
            assert db_session.query(RoomScore).filter_by(room_session_id=room.id).count() == 1

    def test_a_look_shows_the_verdict_and_the_scheduler_weighs_the_actions(self, exam):
        exam.act()
        exam.post("finish", {"key": "finish-key-1"})
        assert "正在重演每一步" in exam.client.get(f"{exam.url}/result").text

        with transaction() as db_session:
            services.close_finished_rooms(db_session, now=clock.now())

        assert "data-effect" in exam.client.get(f"{exam.url}/result").text

    def test_a_given_up_practice_says_so(self, practice):
        answer = practice.form("retry")
        page = practice.client.get(f"{practice.url}/result")

        assert answer.status_code == 303
        assert answer.location != practice.url
        assert "这一场已放弃" in page.text

    def test_an_exam_is_not_begun_anew(self, exam):
        assert exam.form("retry").status_code == 409


class TestTakeOver:
    def test_the_older_page_is_read_only(self, exam):
        older = exam.epoch
        exam.open()

        answer = exam.act(writer_epoch=older)

        assert (answer.status_code, answer.json["type"]) == (409, "superseded_session")
        assert exam.act().status_code == 200
        assert exam.poll().json["room"]["writer_epoch"] == exam.epoch

    def test_a_closed_room_cannot_be_taken_over(self, exam):
        exam.post("finish", {"key": "finish-key-1"})

        answer = exam.post("state", {"take_over": True})

        assert (answer.status_code, answer.json["type"]) == (409, "room_over")

    def test_must_be_asked_for(self, exam):
        assert exam.post("state", {}).status_code == 400
