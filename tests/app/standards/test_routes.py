"""Standard setting through its pages: who may, what stays blind, every refusal."""

from __future__ import annotations

import io

import pypdf
import pytest
from sqlalchemy import func, select

from app.core import clock
from app.core.db import db
from app.programmes.cuts import cut_of
from app.standards.models import StandardMeeting, StandardRating
from tests.conftest import csrf_token, sign_in
from tests.factories.standards import (
    APPROVER,
    BLUEPRINT,
    COMMITTEE,
    DEFINITION,
    Meeting,
    add_committee,
    publish_panel_bank,
)


class World:
    """Judge 1 leads; judges 2 to 6 judge; Rita approves."""

    def __init__(self, app, db_session, password_hash):
        self.app = app
        self.now = clock.now()
        publish_panel_bank(db_session, now=self.now)
        self.people = add_committee(db_session, password_hash, now=self.now)
        self.ids = [one.public_id for one in self.people]
        db_session.commit()

    def convene(self, db_session, stage="prepared", method="angoff"):
        """Bring a meeting to a stage: prepared, judged (two rounds), closed or signed."""
        meeting = Meeting(db_session, self.people, now=self.now, method=method)
        if stage == "prepared":
            meeting.prepare()
        else:
            meeting.judge_rounds(2)
        if stage in ("closed", "signed"):
            meeting.close()
        if stage == "signed":
            meeting.sign_all()
        path = f"/standards/{meeting.row.public_id}"
        db_session.commit()
        db.session.remove()
        return path

    def client(self, place):
        return sign_in(self.app, (*COMMITTEE, APPROVER)[place])

    def post(self, client, path, **data):
        return client.post(path, data={**data, "csrf_token": csrf_token(client)})

    def send(self, client, path, **body):
        token = csrf_token(client)
        return client.post(path, json=body, headers={"X-CSRFToken": token})

    def count(self, model=StandardRating):
        found = db.session().scalar(select(func.count()).select_from(model))
        db.session.remove()  # the next look must see what was written since
        return found


@pytest.fixture
def world(app, db_session, password_hash):
    return World(app, db_session, password_hash)


class TestConvening:
    def test_five_judges_and_the_meeting_stands(self, world):
        client = world.client(0)
        few = world.post(
            client,
            "/standards/new",
            blueprint_ref=BLUEPRINT.ref,
            method="angoff",
            judges=world.ids[1:5],
        )
        assert few.status_code == 422
        assert "请选 5 到 10 位专家" in few.text
        assert world.count(StandardMeeting) == 0

        page = world.post(
            client,
            "/standards/new",
            blueprint_ref=BLUEPRINT.ref,
            method="angoff",
            judges=world.ids[1:6],
        )
        assert page.status_code == 303
        early = world.post(client, f"{page.location}/stage/training")
        assert (early.status_code, "还有专家没有申报利益关系" in early.text) == (409, True)

        judge = world.client(1)
        unsaid = world.post(judge, f"{page.location}/interest", has_interest="yes")
        assert (unsaid.status_code, "请写明是什么关系" in unsaid.text) == (422, True)
        assert world.post(judge, f"{page.location}/definition", text="太短").status_code == 422
        for path, data in (
            ("interest", {"has_interest": "no"}),
            ("definition", {"text": DEFINITION}),
            ("agreement", {"number": "1"}),
        ):
            assert world.post(judge, f"{page.location}/{path}", **data).status_code == 303
        stale = world.post(judge, f"{page.location}/agreement", number="7")
        assert stale.status_code == 409
        foreign = world.post(judge, f"{page.location}/stage/training")
        assert foreign.status_code == 404  # led by somebody else


class TestAccess:
    def test_a_meeting_is_its_own_peoples(self, world, db_session, as_alice, as_carol, stranger):
        path = world.convene(db_session, "judged")

        assert stranger.get(path).status_code == 302
        assert as_alice.get(path).status_code == 403
        for inside in (path, f"{path}/rounds/1", f"{path}/rounds/1/figures", f"{path}/minutes"):
            assert as_carol.get(inside).status_code == 404  # of the committee, not of the meeting
        assert world.client(6).get(f"{path}/minutes").status_code == 404  # not signed yet

    def test_the_coordinator_does_not_judge(self, world, db_session):
        path = world.convene(db_session)

        assert world.client(0).get(f"{path}/rate/1").status_code == 404
        assert world.client(1).get(f"{path}/rate/9").status_code == 404


class TestRating:
    @pytest.mark.both_databases
    def test_saved_at_once_and_a_repeat_adds_nothing(self, world, db_session):
        path = world.convene(db_session)
        client = world.client(1)
        assert client.get(f"{path}/rate/1").status_code == 200
        body = {"round": 0, "expected": 65, "key": "abcdefgh"}

        for _ in range(2):
            page = world.send(client, f"{path}/rate/1", **body)
            assert page.json == {"ack": "abcdefgh", "done": 1, "wanted": 3}
        assert world.count() == 1
        reused = world.send(client, f"{path}/rate/1", **{**body, "expected": 70})
        assert (reused.status_code, reused.json["type"]) == (422, "idempotency_key_reused")
        odd = world.send(client, f"{path}/rate/1", **{**body, "expected": 63, "key": "ijklmnop"})
        assert odd.json["errors"] == [{"field": "expected", "code": "no_step"}]
        late = world.send(client, f"{path}/rate/1", **{**body, "round": 1, "key": "qrstuvwx"})
        assert (late.status_code, late.json["type"]) == (409, "meeting_moved_on")
        assert client.post(f"{path}/rate/1", json=body).status_code == 400  # no token
        assert world.count() == 1

    def test_works_without_scripts(self, world, db_session):
        path = world.convene(db_session)
        client = world.client(1)

        page = world.post(client, f"{path}/rate/1", round="0", expected="65", key="abcdefgh")
        assert page.location == f"{path}/rate/2"
        empty = world.post(client, f"{path}/rate/2", round="0", key="ijklmnop")
        assert (empty.status_code, "以 5% 为一档" in empty.text) == (422, True)

    def test_nobody_sees_another_before_the_round_is_over(self, world, db_session):
        path = world.convene(db_session)
        world.send(world.client(1), f"{path}/rate/1", round=0, expected=95, key="abcdefgh")
        other = world.client(2)

        for inside in ("rounds/0", "rounds/0/figures"):
            assert other.get(f"{path}/{inside}").status_code == 404
        assert "checked" not in other.get(f"{path}/rate/1").text

    def test_ebels_grid_is_nine_cells_of_one_page(self, world, db_session):
        path = world.convene(db_session, method="ebel")
        client = world.client(1)
        page = world.post(
            client,
            f"{path}/rate/1",
            round="0",
            difficulty="easy",
            importance="important",
            key="abcdefgh",
        )
        assert page.location == f"{path}/rate/2"
        cells = {
            f"cell:{one}/{other}": "60"
            for one in ("easy", "medium", "hard")
            for other in ("essential", "important", "nice_to_know")
        }

        lacking = {**cells, "cell:easy/essential": ""}
        page = world.post(client, f"{path}/rate/4", round="0", key="ijklmnop", **lacking)
        assert page.status_code == 422
        assert world.count() == 1  # all nine or none
        assert client.get(f"{path}/rate/4").status_code == 200
        world.post(client, f"{path}/rate/4", round="0", key="qrstuvwx", **cells)
        assert world.count() == 10


class TestDiscussion:
    def test_shows_the_readers_own_place_and_comments_without_names(self, world, db_session):
        path = world.convene(db_session, "judged")
        client = world.client(2)  # rated 0.70, 0.90, 0.50, 0.80

        page = client.get(f"{path}/rounds/2")
        assert "你的合格线" in page.text
        assert "作答不到 30 人" in page.text
        assert "Judge" not in page.text.split("<main")[1]
        said = world.post(client, f"{path}/rounds/2/comments", position="1", text="要算两步")
        assert said.status_code == 303
        other = world.client(3).get(f"{path}/rounds/2").text.split("<main")[1]
        assert "要算两步" in other
        assert "Judge" not in other
        assert "你的合格线" not in world.client(0).get(f"{path}/rounds/2").text
        assert client.get(f"{path}/rounds/2/figures").json["own"]["cut"] == pytest.approx(0.725)

    def test_the_coordinator_leaves_an_item_out(self, world, db_session):
        path = world.convene(db_session, "judged")
        data = {"position": "3", "excluded": "yes", "reason": "题干有歧义"}

        assert world.post(world.client(1), f"{path}/exclusions", **data).status_code == 404
        leader = world.client(0)
        assert world.post(leader, f"{path}/exclusions", **data).status_code == 303
        assert "70.0%" in leader.get(f"{path}/rounds/2").text
        assert world.post(leader, f"{path}/exclusions", **data).status_code == 409


class TestMinutes:
    def test_signed_approved_and_printed(self, world, db_session):
        path = world.convene(db_session, "signed")
        held = world.client(6).get(f"{path}/minutes")
        assert "65.0%" in held.text
        content_hash = held.text.split('name="content_hash" value="')[1].split('"')[0]
        data = {"outcome": "approved", "reason": "与培训目标一致", "content_hash": content_hash}

        inside = world.post(world.client(0), f"{path}/minutes/decision", **data)
        assert (inside.status_code, "不能是这次会议" in inside.text) == (403, True)
        changed = {**data, "content_hash": "sha256:other"}
        assert world.post(world.client(6), f"{path}/minutes/decision", **changed).status_code == 409
        assert world.post(world.client(6), f"{path}/minutes/decision", **data).status_code == 303

        kept = cut_of(db.session(), path.rpartition("/")[2])
        assert (kept.cut_fraction, kept.minutes_hash) == (0.65, content_hash)
        db.session.remove()
        file = world.client(6).get(f"{path}/minutes.pdf")
        text = "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(file.data)).pages)
        assert "定标纪要" in text
        assert "65.0%" in text
        assert "Rita" in text
        assert content_hash in text
        assert [text.count(f"Judge {n}") >= 1 for n in range(1, 7)] == [True] * 6

    def test_ebels_grid_is_printed_too(self, world, db_session):
        path = world.convene(db_session, "closed", method="ebel")

        file = world.client(0).get(f"{path}/minutes.pdf")
        text = "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(file.data)).pages)
        assert "Ebel 法" in text
        assert "70.0%" in text
        assert text.count("容易1") >= 10  # two items of five judges
        assert "还没有人签名" in text

    def test_another_name_is_refused(self, world, db_session):
        path = world.convene(db_session, "closed")
        client = world.client(1)
        held = client.get(f"{path}/minutes").text
        content_hash = held.split('name="content_hash" value="')[1].split('"')[0]

        page = world.post(
            client, f"{path}/minutes/signature", name="Judge 9", content_hash=content_hash
        )
        assert (page.status_code, "一字不差" in page.text) == (422, True)
        data = {"name": "Judge 2", "content_hash": content_hash}
        assert world.post(client, f"{path}/minutes/signature", **data).status_code == 303
        assert world.post(client, f"{path}/minutes/signature", **data).status_code == 409
