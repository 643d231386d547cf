"""Sittings through their pages and JSON: the way of a candidate, the console, every refusal."""

from __future__ import annotations

import io
import json
import re
from datetime import timedelta

import pytest

from app.core import clock
from app.core.db import db, transaction
from app.exams.models import Attempt
from app.sittings import queries, seats
from app.sittings.models import Seat, Sitting
from tests import cast
from tests.conftest import csrf_token, sign_in
from tests.factories.sittings import (
    EVA,
    INES,
    add_sitting,
    add_staff,
    book,
    enrolled_sitting,
)

MINUTE = timedelta(minutes=1)


class World:
    """A sitting that is open just now: Alice has booked; the staff have accounts."""

    def __init__(self, app, db_session, person_of, password_hash):
        now = clock.now()
        self.app = app
        add_staff(db_session, password_hash, now=now)
        self.alice = person_of(cast.ALICE)
        sitting = enrolled_sitting(
            app, db_session, [self.alice], opens_at=now - MINUTE, has_access_code=True
        )
        seat = book(app, db_session, sitting, self.alice, now=now)
        self.sitting_id, self.seat_id = sitting.public_id, seat.public_id
        self.code = sitting.access_code
        db_session.commit()
        db.session.remove()

    def check_in(self):
        with transaction() as db_session:
            sitting = queries.sitting(db_session, self.sitting_id)
            seat = queries.seat_in_sitting(db_session, sitting.id, self.seat_id)
            seats.check_in(
                db_session,
                sitting,
                seat,
                document="id_card",
                actor="person:x",
                now=clock.now(),
            )

    def post(self, client, path, **data):
        data["csrf_token"] = csrf_token(client)
        return client.post(path, data=data)

    def start(self, client, code=None):
        path = f"/sittings/seats/{self.seat_id}/start"
        return self.post(client, path, access_code=self.code if code is None else code)

    def act(self, client, kind, *, key="console-0001", scope="all", **data):
        path = f"/sittings/manage/{self.sitting_id}/act"
        return self.post(client, path, kind=kind, scope=scope, key=key, **data)

    def attempt(self):
        with transaction() as db_session:
            found = db_session.query(Attempt).one()
            db_session.expunge(found)
            return found


@pytest.fixture
def world(app, db_session, person_of, password_hash):
    return World(app, db_session, person_of, password_hash)


@pytest.fixture
def as_ines(world, app):
    return sign_in(app, INES)


class TestCandidate:
    def test_books_gets_a_ticket_and_gives_it_back(self, app, db_session, world, as_alice):
        practice = add_sitting(
            db_session, opens_at=clock.now() + timedelta(days=2), is_practice=True
        )
        public_id = practice.public_id
        db_session.commit()
        assert "小考第一场" in as_alice.get("/sittings").text

        page = world.post(as_alice, f"/sittings/{public_id}/book")
        seat = as_alice.get(page.location)
        gone = world.post(as_alice, f"{page.location}/cancel")

        assert page.status_code == 303
        assert "准考证" in seat.text
        assert "带居民身份证原件" not in seat.text  # nobody is identified at a practice sitting
        assert gone.status_code == 303

    def test_is_offered_no_sitting_twice(self, world, as_alice):
        page = as_alice.get("/sittings").text

        assert f"/sittings/seats/{world.seat_id}" in page
        assert f"/sittings/{world.sitting_id}/book" not in page

    def test_is_led_back_into_the_exam_and_then_to_its_result(self, world, as_alice):
        path = f"/sittings/seats/{world.seat_id}"
        world.check_in()
        exam = world.start(as_alice).location
        during = as_alice.get(path).text
        token = csrf_token(as_alice)
        as_alice.post(
            f"{exam}/submit", json={"key": "submit-key-1"}, headers={"X-CSRFToken": token}
        )
        after = as_alice.get(path).text

        assert ("回到考试" in during, "查看结果" in during) == (True, False)
        assert ("回到考试" in after, f'href="{exam}/result"' in after) == (False, True)
        assert "已交卷" in as_alice.get("/sittings").text

    def test_waits_until_somebody_has_seen_who_they_are(self, world, as_alice):
        before = as_alice.get(f"/sittings/seats/{world.seat_id}/state").json
        refused = world.start(as_alice)
        world.check_in()
        after = as_alice.get(f"/sittings/seats/{world.seat_id}/state").json
        page = world.start(as_alice)

        assert (before["may_start"], after["may_start"]) == (False, True)
        assert refused.status_code == 409
        assert "核验身份" in refused.text
        assert page.status_code == 303
        assert page.location.startswith("/exams/attempts/")
        assert world.start(as_alice, code="").location == page.location  # back into it

    def test_needs_the_code_of_the_room(self, world, as_alice):
        world.check_in()

        page = world.start(as_alice, code="WRONG2")

        assert page.status_code == 422
        assert "口令不对" in page.text
        with transaction() as db_session:
            assert db_session.query(Attempt).count() == 0

    def test_is_refused_by_the_other_door(self, world, as_alice):
        page = world.post(as_alice, "/programmes/little/theory")

        assert page.status_code == 409
        assert "候考室" in page.text

    def test_does_not_find_somebody_elses_seat(self, world, as_bob):
        for path in ("", "/state"):
            assert as_bob.get(f"/sittings/seats/{world.seat_id}{path}").status_code == 404
        assert world.start(as_bob).status_code == 404

    def test_cannot_move_so_late(self, world, as_alice):
        page = world.post(
            as_alice, f"/sittings/seats/{world.seat_id}/move", target=world.sitting_id
        )

        assert page.status_code == 409
        assert "24 小时" in page.text

    def test_sees_no_score_before_the_release(self, world, as_alice):
        world.check_in()
        exam = world.start(as_alice).location
        token = csrf_token(as_alice)
        as_alice.post(
            f"{exam}/submit", json={"key": "submit-key-1"}, headers={"X-CSRFToken": token}
        )

        result = as_alice.get(f"{exam}/result")
        exams = as_alice.get("/exams").text

        assert "回执号" in result.text
        assert world.attempt().head_hash in result.text
        assert "0.0%" not in result.text
        assert "还没有考过" in exams  # the list of results shows none either
        assert "成绩待发布" in as_alice.get("/").text


class TestConsole:
    def test_extends_and_the_page_learns_it(self, world, as_alice, as_ines):
        world.check_in()
        exam = world.start(as_alice).location
        before = as_alice.get(f"{exam}/state?waiting=3").json

        done = world.act(as_ines, "extend", minutes="5", text="停电补时")
        told = world.act(as_ines, "announce", key="console-0002", text="请安静")
        after = as_alice.get(f"{exam}/state").json

        assert (done.status_code, told.status_code) == (303, 303)
        assert after["due_at"] > before["due_at"]
        assert [one["text"] for one in after["notices"]] == ["请安静"]
        assert after["poll_after_ms"] <= 4000
        rows = as_ines.get(f"/sittings/manage/{world.sitting_id}/rows").json
        assert rows["rows"][0]["waiting"] == 3
        assert rows["behind"] == 1

    def test_a_pause_is_told_with_its_reason(self, world, as_alice, as_ines):
        world.check_in()
        exam = world.start(as_alice).location

        world.act(as_ines, "pause", text="消防警报")
        paused = as_alice.get(f"{exam}/state").json["paused"]
        world.act(as_ines, "resume", key="console-0002")

        assert paused["text"] == "消防警报"
        assert as_alice.get(f"{exam}/state").json["paused"] is None

    @pytest.mark.parametrize(
        ("data", "status", "words"),
        [
            ({"kind": "extend", "text": "停电", "minutes": "0"}, 422, "1 到 240"),
            ({"kind": "extend", "text": "", "minutes": "5"}, 422, "写明事由"),
            ({"kind": "pause", "text": "停电", "scope": "some"}, 422, "先勾选"),
            ({"kind": "resume"}, 409, "没有人适用"),
            ({"kind": "burn", "text": "停电"}, 422, "内容有误"),
        ],
    )
    def test_refuses_with_words_and_changes_nothing(
        self, world, as_alice, as_ines, data, status, words
    ):
        world.check_in()
        world.start(as_alice)
        due_at = world.attempt().due_at

        page = world.act(as_ines, **data)

        assert page.status_code == status
        assert words in page.text
        assert world.attempt().due_at == due_at

    def test_a_refused_act_keeps_what_was_typed(self, world, as_ines):
        typed = {"text": "停电 <5 分钟>", "minutes": "999", "scope": "some", "seat": world.seat_id}

        page = world.act(as_ines, "extend", **typed).text

        assert "停电 &lt;5 分钟&gt;</textarea>" in page
        assert 'value="999"' in page
        assert re.search(rf'name="seat" value="{world.seat_id}" checked', page)

    def test_checks_in_and_takes_a_file(self, world, as_alice, as_ines):
        base = f"/sittings/manage/{world.sitting_id}/seats/{world.seat_id}"
        assert world.post(as_ines, f"{base}/check-in", document="id_card").status_code == 303
        world.start(as_alice)
        attempt = world.attempt()
        position = next(n for n, ref in enumerate(attempt.item_refs, 1) if ref.startswith("single"))
        change = {
            "sequence": 1,
            "key": "client-key-1",
            "position": position,
            "value": {"selected": ["a"]},
            "flagged": False,
        }
        body = json.dumps({"attempt": attempt.public_id, "changes": [change]}).encode()

        page = world.post(
            as_ines, f"{base}/upload", key="upload-key-1", file=(io.BytesIO(body), "unsent.json")
        )
        other = world.post(
            as_ines, f"{base}/upload", key="upload-key-2", file=(io.BytesIO(b"{}"), "unsent.json")
        )

        assert page.status_code == 303
        assert other.status_code == 422
        console = as_ines.get(f"/sittings/manage/{world.sitting_id}").text
        assert "新存 1" in console
        assert re.search(r'data-field="answered">1/6<', console)

    def test_is_shut_to_candidates_and_other_staff(self, world, as_alice, as_dave, stranger):
        path = f"/sittings/manage/{world.sitting_id}"
        for client in (as_alice, as_dave):
            assert client.get(path).status_code == 403
            assert client.get(f"{path}/rows").status_code == 403
            assert world.act(client, "end", text="时间到").status_code == 403
        assert stranger.get(path).status_code == 302

    def test_an_act_needs_the_token(self, world, as_ines):
        answer = as_ines.post(f"/sittings/manage/{world.sitting_id}/act", data={"kind": "end"})

        assert answer.status_code == 400

    def test_an_invigilator_plans_nothing(self, world, as_ines):
        assert as_ines.get("/sittings/manage/new").status_code == 403
        assert as_ines.get("/sittings/manage/accommodations").status_code == 403


class TestPlanning:
    def plan(self, world, client, **changes):
        data = {
            "programme": "little",
            "title": "加开场",
            "place": "二号考场",
            "seats": "30",
            "opens_at": "2099-01-01T09:00",
            "closes_at": "2099-01-01T09:15",
            "ends_at": "2099-01-01T10:15",
            **changes,
        }
        return world.post(client, "/sittings/manage/new", **data)

    def test_opens_a_sitting_in_beijing_time(self, world, as_carol):
        page = self.plan(world, as_carol)

        assert page.status_code == 303
        with transaction() as db_session:
            sitting = db_session.query(Sitting).filter_by(title="加开场").one()
            assert sitting.opens_at.isoformat() == "2099-01-01T01:00:00+00:00"
            assert sitting.access_code is None  # the box was not ticked

    @pytest.mark.parametrize(
        "changes",
        [
            {"title": ""},
            {"seats": "0"},
            {"seats": "many"},
            {"opens_at": "tomorrow"},
            {"closes_at": "2099-01-01T08:00"},
            {"ends_at": "2099-01-01T09:15"},
            {"programme": "nowhere"},
            {"blueprint": "little@1"},  # of the pool that counts, and it is no practice
            {"blueprint": "little@1", "is_practice": "y"},
            {"config_keys": "not a key"},
            {"browser_keys": "g" * 64},
        ],
    )
    def test_refuses_and_plans_nothing(self, world, as_carol, changes):
        page = self.plan(world, as_carol, **changes)

        assert page.status_code == 422
        with transaction() as db_session:
            assert db_session.query(Sitting).count() == 1

    def test_keys_of_the_safe_browser_are_demanded_from_the_start_on(
        self, world, as_carol, as_alice
    ):
        key = "a" * 64
        assert self.plan(world, as_carol, config_keys=key.upper()).status_code == 303
        with transaction() as db_session:
            planned = db_session.query(Sitting).filter_by(title="加开场").one()
            assert planned.safe_browser == {"config_keys": [key], "browser_keys": []}
            db_session.query(Sitting).filter_by(
                public_id=world.sitting_id
            ).one().safe_browser = planned.safe_browser
        path = f"/sittings/seats/{world.seat_id}"

        refused = world.post(as_alice, f"{path}/start", access_code="")

        assert refused.status_code == 403
        assert "安全考试浏览器" in refused.text
        assert "安全考试浏览器" in as_alice.get(path).text
        with transaction() as db_session:
            assert db_session.query(Seat).one().attempt_id is None

    def test_cancelling_gives_the_seats_back(self, world, as_carol):
        path = f"/sittings/manage/{world.sitting_id}/cancel"

        assert world.post(as_carol, path, reason="").status_code == 422
        assert world.post(as_carol, path, reason="停电").status_code == 303
        with transaction() as db_session:
            assert db_session.query(Seat).one().cancelled_at is not None


class TestAccommodations:
    def test_one_proposes_another_approves(self, app, world, as_carol):
        path = "/sittings/manage/accommodations"
        data = {
            "account": cast.ALICE.account,
            "time_percent": "125",
            "break_minutes": "0",
            "reason": "证明一份",
        }
        assert world.post(as_carol, path, **{**data, "account": "nobody@x.cn"}).status_code == 422
        assert world.post(as_carol, path, **{**data, "time_percent": "100"}).status_code == 422
        assert world.post(as_carol, path, **data).status_code == 303
        with transaction() as db_session:
            public_id = queries.accommodations(db_session)[0][0].public_id

        own = world.post(as_carol, f"{path}/{public_id}/approve")
        other = world.post(sign_in(app, EVA), f"{path}/{public_id}/approve")

        assert own.status_code == 403
        assert other.status_code == 303
        assert "125%" in as_carol.get(path).text
