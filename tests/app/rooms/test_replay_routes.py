"""The replay and the debrief as data: for the owner and by the link, and nothing hidden in them."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest

from app.core import clock
from app.core.db import db, transaction
from app.rooms import services
from app.rooms.models import RoomSession
from simulations.frames import FRAME_TICKS
from tests import cast
from tests.app.rooms.test_debrief_routes import LINK
from tests.app.rooms.test_routes import SECRETS, SINCE, Desk
from tests.conftest import sign_in
from tests.factories.rooms import start_little_exam

FILM = re.compile(r'id="film">(.*?)</script>', re.DOTALL)


@pytest.fixture
def running(app, db_session, person_of):
    """Alice's room, under way."""
    room = start_little_exam(db_session, person_of(cast.ALICE).id, now=clock.now() - SINCE)
    public_id = room.public_id
    db_session.commit()
    db.session.remove()
    desk = Desk(sign_in(app, cast.ALICE), public_id)
    desk.open()
    return desk


@pytest.fixture
def scored(running):
    """Ended early after one action, scored and weighed."""
    running.act({"verb": "pin", "product": "coat"})
    running.post("finish", {"key": "finish-key-1"})
    running.client.get(f"{running.url}/result")
    with transaction() as db_session:
        services.close_finished_rooms(db_session, now=clock.now() + timedelta(seconds=1))
    return running


@pytest.fixture
def shared(scored):
    """The address behind the link."""
    return LINK.search(scored.form("share").text)[0]


def keys_of(desk):
    with transaction() as db_session:
        room = db_session.query(RoomSession).filter_by(public_id=desk.public_id).one()
        return room.macro_key, room.micro_key


def frames_of(client, url):
    """Every frame of a session, made whole."""
    made = []
    for number in range(100):
        answer = client.get(f"{url}/frames/{number}")
        if answer.status_code == 404:
            return made
        before = {}
        for one in answer.json["frames"]:
            before = before | one
            made.append(before)
    raise AssertionError("the session has no end")


class TestReplay:
    def test_the_page_has_what_its_script_needs(self, scored):
        page = scored.client.get(f"{scored.url}/replay")
        film = json.loads(FILM.search(page.text)[1])

        assert page.status_code == 200
        assert film["products"] == ["袜子", "牛仔裤", "大衣"]
        assert film["frames_url"] == f"{scored.url}/frames/"
        assert [one["words"] for one in film["actions"]][:1] == ["讲解 03 大衣"]
        assert all(one["is_clear"] in (True, False) for one in film["actions"])
        assert "style=" not in page.text

    def test_frames_are_what_the_cockpit_showed(self, scored):
        frames = frames_of(scored.client, scored.url)

        assert [one["tick"] for one in frames] == list(range(0, 361, FRAME_TICKS))
        acted = json.loads(FILM.search(scored.client.get(f"{scored.url}/replay").text)[1])
        tick = acted["actions"][0]["tick"]
        after = next(one for one in frames if one["tick"] >= tick)
        assert after["pinned"] == 2
        assert frames[-1]["now"]["gmv_fen"] > 0

    def test_the_last_frame_has_the_lived_figures_of_the_result(self, scored):
        last = frames_of(scored.client, scored.url)[-1]
        data = scored.client.get(f"{scored.url}/debrief.json").json

        assert last["now"]["gmv_fen"] == data["result"]["lived"]["candidate"]["gmv_fen"]
        assert last["now"]["orders"] == data["result"]["lived"]["candidate"]["orders"]

    def test_frames_may_be_kept_and_are_asked_for_once(self, scored):
        first = scored.client.get(f"{scored.url}/frames/0")
        again = scored.client.get(
            f"{scored.url}/frames/0", headers={"If-None-Match": first.headers["ETag"]}
        )

        assert first.cache_control.private
        assert again.status_code == 304
        assert scored.client.get(f"{scored.url}/frames/1").headers["ETag"] != first.headers["ETag"]

    def test_nothing_hidden_leaks(self, scored, shared, stranger):
        texts = [
            stranger.get(f"{shared}/replay").text,
            stranger.get(f"{shared}/debrief.json").text,
            *(stranger.get(f"{shared}/frames/{number}").text for number in range(4)),
        ]

        for text in texts:
            for key in keys_of(scored):
                assert key.hex() not in text
                assert str(int.from_bytes(key, "big")) not in text
            for word in SECRETS:
                assert f'"{word}' not in text

    @pytest.mark.parametrize("what", ["replay", "frames/0", "debrief.json"])
    def test_somebody_else_finds_nothing(self, scored, as_bob, what):
        assert as_bob.get(f"{scored.url}/{what}").status_code == 404

    @pytest.mark.parametrize("what", ["replay", "frames/0", "debrief.json"])
    def test_a_running_room_shows_nothing_yet(self, running, what):
        assert running.client.get(f"{running.url}/{what}").status_code == 409

    @pytest.mark.parametrize("number", ["4", "999999"])
    def test_beyond_the_end_there_is_nothing(self, scored, number):
        assert scored.client.get(f"{scored.url}/frames/{number}").status_code == 404


class TestShared:
    @pytest.mark.parametrize("what", ["replay", "frames/0", "debrief.json"])
    def test_who_has_the_link_reads(self, shared, stranger, what):
        assert stranger.get(f"{shared}/{what}").status_code == 200

    def test_the_page_offers_nothing_to_do_and_no_index(self, shared, stranger):
        page = stranger.get(f"{shared}/replay").text

        assert 'content="noindex"' in page
        assert "<form" not in page.split("<main", 1)[1]
        assert f'"frames_url": "{shared}/frames/"' in page

    @pytest.mark.parametrize("what", ["replay", "frames/0", "debrief.json"])
    def test_ends_with_the_link(self, scored, shared, stranger, what):
        scored.form("share/end")

        assert stranger.get(f"{shared}/{what}").status_code == 404

    def test_a_guess_finds_nothing(self, shared, stranger):
        assert stranger.get(f"/rooms/shared/{'A' * 32}/frames/0").status_code == 404


class TestDebriefJson:
    def test_is_the_debrief(self, scored):
        data = scored.client.get(f"{scored.url}/debrief.json").json

        assert data["room"]["public_id"] == scored.public_id
        assert data["is_weighed"] is True
        assert {one["id"] for one in data["skills"]} >= {"selection", "compliance"}
        assert round(data["steps"][-1]["points"], 1) == data["score"]
        assert all(one["worth_fen"] > 0 for one in data["missed"])


class TestDebriefPage:
    def test_tells_what_was_missed_the_skills_and_what_to_practise(self, scored):
        page = scored.client.get(f"{scored.url}/result").text

        for words in ("如果多做这一步", "能力维度", "熟练操盘手", "下一步练什么", "回放"):
            assert words in page

    def test_before_it_is_weighed_the_verdict_stands_and_the_rest_is_announced(self, running):
        running.act()
        running.post("finish", {"key": "finish-key-1"})

        page = running.client.get(f"{running.url}/result").text

        assert "实操得分" in page
        assert "正在重演每一步" in page
        assert "能力维度" not in page
