"""Authors play their drafts: begin, operate, jump, compare; nobody else, and nothing counts."""

import json
from datetime import timedelta

import pytest

from app.accounts.queries import person_of_account_or_none
from app.core import clock
from app.core.db import db, transaction
from app.library.playing import presenting, services, weighing
from app.library.playing.models import Playtest
from app.rooms.models import RoomSession
from app.studio.drafts import drafting
from app.studio.drafts.queries import draft_of
from app.studio.queries import version_of
from simulations.policies import competent, log_of
from simulations.scenarios import TICKS_PER_MINUTE
from tests import cast
from tests.conftest import NOON, csrf_token, sign_in
from tests.factories.planned_rooms import PLAN, publish_planned_room
from tests.factories.rooms import publish_little_room

PIN = {"verb": "pin", "product": "jeans"}


def carol_id():
    found = person_of_account_or_none(db.session(), cast.CAROL.account).id
    db.session().rollback()
    return found


@pytest.fixture
def draft_id(app):
    """A draft that Carol wrote, made of the little room."""
    author_id = carol_id()
    with transaction() as db_session:
        publish_little_room(db_session, now=NOON)
        draft = drafting.begin_from(
            db_session,
            version_of(db_session, "little@1"),
            as_version=False,
            title="夜场清仓",
            author_id=author_id,
            actor="test",
            now=clock.now(),
        )
        return draft.public_id


class Author:
    """Carol's page at a playtest, spoken to as its scripts do."""

    def __init__(self, app, draft_id, minute=0, player="house"):
        self.client = sign_in(app, cast.CAROL)
        self.token = csrf_token(self.client)
        self.of = f"/playtests/of/{draft_id}"
        form = {"csrf_token": self.token, "player": player, "minute": str(minute)}
        self.url = self.client.post(self.of, data=form).location
        self.sent = 0
        self.epoch = self.post("state", {"take_over": True})["writer_epoch"]

    @property
    def public_id(self):
        return self.url.rpartition("/")[2]

    def post(self, what, body, status=200):
        page = self.client.post(
            f"{self.url}/{what}", json=body, headers={"X-CSRFToken": self.token}
        )
        assert page.status_code == status, page.text[:600]
        db.session.remove()
        return page.json

    def get(self, what=""):
        page = self.client.get(self.url + what)
        db.session.remove()
        return page

    def act(self, action=PIN, status=200, **changes):
        self.sent += 1
        body = {"key": f"client-key-{self.sent}", "action": action, "writer_epoch": self.epoch}
        return self.post("actions", {**body, "queued_ms": 0, **changes}, status)

    def jump(self, minute, player, status=303):
        form = {"csrf_token": self.token, "minute": str(minute), "player": player}
        page = self.client.post(f"{self.url}/jump", data=form)
        assert page.status_code == status, page.text[:600]
        db.session.remove()
        if status == 303:
            self.epoch = self.post("state", {"take_over": True})["writer_epoch"]

    def change(self, change, **payload):
        self.sent += 1
        return self.post("clock", {"key": f"clock-key-{self.sent}", "change": change, **payload})

    def started(self):
        """Let the countdown be over."""
        with transaction() as db_session:
            row = services.playtest_of(db_session, self.public_id, carol_id_in(db_session))
            row.starts_at = row.clock_at = row.starts_at - timedelta(seconds=30)
        db.session.remove()
        return self

    def row(self):
        db.session.remove()
        return db.session().query(Playtest).filter_by(public_id=self.public_id).one()


def carol_id_in(db_session):
    return person_of_account_or_none(db_session, cast.CAROL.account).id


@pytest.fixture
def author(app, draft_id):
    return Author(app, draft_id).started()


class TestOperating:
    def test_an_action_is_taken_once_and_shown_by_the_next_poll(self, author):
        done = author.act(key="the-very-same-key")
        again = author.act(key="the-very-same-key")

        polled = author.get("/poll?after=0&series=1").json
        assert (done["sequence"], again["duplicate"]) == (1, True)
        assert [one["sequence"] for one in polled["log"]] == [1]
        assert polled["observation"]["levers"]["pin"] == "candidate"
        assert "series" in polled

    def test_what_the_room_refuses_is_not_logged(self, author):
        author.act({"verb": "set_price", "product": "jeans", "price_fen": 1}, status=409)

        assert author.row().log == []

    def test_an_older_page_cannot_operate(self, author):
        author.post("state", {"take_over": True})

        assert author.act(status=409)["type"] == "superseded_session"

    def test_the_clock_stands_steps_and_runs_on(self, author):
        stands = author.change("pause")["clock"]
        stepped = author.change("step", ticks=12)["clock"]

        assert stands["state"] == "paused"
        assert stepped["tick"] == stands["tick"] + 12
        assert author.change("resume")["clock"]["state"] == "live"

    def test_the_page_shows_the_cockpit_and_what_is_hidden(self, author):
        page = author.get().text
        hidden = author.get("/hidden").json

        assert 'id="cockpit"' in page
        assert f"/playtests/{author.public_id}/hidden" in page
        assert "/retry" not in page
        assert hidden["groups"][0]["title"] == "观众池"
        incidents = next(one for one in hidden["groups"] if one["title"] == "突发与合规")
        assert len(incidents["rows"]) == len(author.row().body["incidents"]) + 2


class TestJumping:
    def test_a_player_operates_until_the_minute(self, author):
        author.jump(12, "competent")

        row = author.row()
        scenario = services.scenario_of(row)
        expected = [
            one.tick
            for one in log_of(scenario, competent(scenario), row.keys)
            if one.tick < 12 * TICKS_PER_MINUTE
        ]
        assert [one["tick"] for one in row.log] == expected
        assert expected
        assert author.get("/poll").json["clock"]["tick"] == 12 * TICKS_PER_MINUTE
        assert author.get("/poll").json["clock"]["state"] == "paused"

    def test_going_back_forgets_what_came_after(self, author):
        author.jump(3, "house")
        author.act()
        author.jump(10, "own")
        author.act({"verb": "unpin"})

        author.jump(5, "own")

        assert [one["action"]["verb"] for one in author.row().log] == ["pin"]
        state = services.state_in(author.row(), now=clock.now())
        assert state.tick == 5 * TICKS_PER_MINUTE

    @pytest.mark.parametrize(
        ("minute", "player"), [("-1", "own"), ("9999", "own"), ("x", "own"), ("3", "god")],
        ids=["before", "after", "word", "nobody"],
    )  # fmt: skip
    def test_a_minute_or_player_that_is_none_changes_nothing(self, author, minute, player):
        author.jump(minute, player, status=422)

        assert author.row().jumps == 0


class TestComparing:
    def test_who_touches_nothing_is_the_house(self, author):
        redirect = author.post("finish", {"key": "finish-key-1"})["redirect"]

        page = author.client.get(redirect)
        found = presenting.comparison(author.row())
        rows = {one["code"]: one for one in found["rows"]}
        curves = found["bands"]["policies"]
        assert page.status_code == 200
        assert rows["own"]["points"] == 0.0
        assert curves["own"] == curves["house"]
        assert rows["reference"]["points"] > rows["novice"]["points"]

    def test_playing_like_the_competent_operator_is_worth_as_much(self, app, draft_id):
        author = Author(app, draft_id, minute=2, player="competent")
        minutes = author.row().duration_ticks // TICKS_PER_MINUTE
        author.jump(minutes - 1, "competent")
        author.change("step", ticks=12)

        assert author.get().status_code == 303
        rows = {one["code"]: one for one in presenting.comparison(author.row())["rows"]}
        assert rows["own"]["points"] == pytest.approx(rows["competent"]["points"], abs=2.0)

    def test_an_ended_one_takes_no_more(self, author):
        author.post("finish", {"key": "finish-key-1"})

        assert author.act(status=409)["type"] == "room_over"
        assert author.get("/poll").json["room"]["is_closed"]


class TestWorth:
    def test_an_ended_one_is_weighed_once_in_the_background(self, app, draft_id):
        author = Author(app, draft_id, minute=12, player="competent")
        assert weighing.weigh_playtests(now=clock.now()) is None
        author.post("finish", {"key": "finish-key-1"})
        assert 'data-waiting="4"' in author.get("/result").text

        done = weighing.weigh_playtests(now=clock.now())

        assert author.public_id in (done or "")
        assert weighing.weigh_playtests(now=clock.now()) is None
        found = author.row().worth
        acted = {json.dumps(one["action"]) for one in author.row().log}
        assert found["effects"]
        assert {json.dumps(one["action"]) for one in found["effects"]} <= acted
        page = author.get("/result").text
        assert 'data-waiting="4"' not in page
        assert page.count("data-effect=") >= min(8, len(found["effects"]))


class TestForecasts:
    @pytest.fixture
    def asked(self, author):
        """An hour's room of 中级 at minute 31, where a forecast is asked for."""
        with transaction() as db_session:
            row = services.playtest_of(db_session, author.public_id, carol_id_in(db_session))
            longer = {"level": "intermediate", "duration_min": 60}
            row.body = {**row.body, **longer, "phases": [{"title": "全场", "until_min": 60}]}
            row.duration_ticks = 60 * TICKS_PER_MINUTE
        author.jump(31, "house")
        return author

    def give(self, author, key="forecast-key-1", status=200, **changes):
        body = {"p10_fen": 100, "p50_fen": 200, "p90_fen": 300, "writer_epoch": author.epoch}
        return author.post("forecasts", {"key": key, **body, **changes}, status)

    def test_one_is_taken_once_shown_and_judged(self, asked):
        assert asked.get("/poll").json["forecast"]["open"] == 0

        given = self.give(asked)
        again = self.give(asked)

        assert given["entry"] == again["entry"]
        assert self.give(asked, key="another-key", status=409)["type"] == "forecast_given"
        polled = asked.get("/poll?after=0").json
        assert polled["forecast"]["open"] is None
        assert [one["lane"] for one in polled["log"]] == ["forecast"]
        asked.post("finish", {"key": "finish-key-1"})
        weighing.weigh_playtests(now=clock.now())
        (judged,) = asked.row().worth["forecasts"]
        assert judged["forecast_fen"] == [100, 200, 300]
        assert presenting.comparison(asked.row())["rows"][0]["actions"] == 0

    def test_going_back_takes_it_back(self, asked):
        self.give(asked)

        asked.jump(30, "own")

        assert asked.get("/poll").json["forecast"]["open"] == 0

    def test_none_is_taken_when_none_is_asked(self, asked):
        asked.jump(5, "own")

        assert self.give(asked, status=409)["type"] == "no_forecast_asked"
        assert asked.row().log == []


class TestPlanning:
    @pytest.fixture
    def planner(self, app):
        """Carol at the plan of a draft with a planning phase."""
        with transaction() as db_session:
            scenario = publish_planned_room(db_session, now=NOON)
            draft = drafting.begin_from(
                db_session,
                version_of(db_session, scenario.ref),
                as_version=False,
                author_id=carol_id_in(db_session),
                actor="test",
                now=clock.now(),
            )
            public_id = draft.public_id
        return Author(app, public_id, player="own")

    def plan(self, planner, method, status=200, **changes):
        body = {"key": f"plan-key-{method}", "writer_epoch": planner.epoch, "plan": PLAN, **changes}
        page = getattr(planner.client, method)(
            f"{planner.url}/plan", json=body, headers={"X-CSRFToken": planner.token}
        )
        assert page.status_code == status, page.text[:600]
        db.session.remove()
        return page.json

    def test_the_authors_plan_is_kept_fixed_and_played(self, planner):
        assert planner.get().location == f"{planner.url}/plan"
        assert "开播前规划" in planner.get("/plan").text
        kept = self.plan(planner, "put", diagnosis="卡在新客")
        assert kept["plan"]["preheat_videos"] == 2
        assert planner.get("/plan.json").json["diagnosis"] == "卡在新客"

        self.plan(planner, "post")

        assert planner.get("/plan").status_code == 303
        assert planner.get().status_code == 200
        planner.started()
        planner.act({"verb": "pin", "product": "socks"})
        planner.post("finish", {"key": "finish-key-1"})
        rows = {one["code"]: one for one in presenting.comparison(planner.row())["rows"]}
        assert rows["own"]["points"] != 0.0  # the plan itself is worth something
        assert self.plan(planner, "post", status=409)["type"] == "plan_closed"

    def test_nothing_runs_before_the_plan_is_fixed(self, planner):
        planner.act(status=409)
        planner.post("finish", {"key": "finish-key-1"}, status=409)
        planner.jump(3, "house", status=409)

        assert (planner.row().log, planner.row().is_planning) == ([], True)
        assert planner.get("/poll").json["clock"]["tick"] == 0

    def test_a_plan_that_the_room_forbids_changes_nothing(self, planner):
        refused = self.plan(planner, "post", status=422, plan={**PLAN, "tray": ["jeans"]})

        assert refused["type"] == "tray_too_small"
        assert planner.row().is_planning


class TestAccess:
    def test_a_member_who_did_not_write_it_stays_blind(self, app, draft_id, db_session):
        author_id = person_of_account_or_none(db_session, cast.DAVE.account).id
        draft = draft_of(db_session, draft_id, author_id)
        with pytest.raises(services.NotAnAuthorError):
            services.own_draft(db_session, draft.public_id, author_id)

    def test_somebody_elses_is_not_found(self, app, author):
        other = sign_in(app, cast.DAVE)

        assert other.get(author.url).status_code == 404
        assert other.get(f"{author.url}/hidden").status_code == 404
        assert other.get(author.of).status_code == 403

    def test_candidates_have_no_such_page(self, app, author):
        assert sign_in(app, cast.ALICE).get(author.url).status_code == 403

    def test_a_draft_that_contradicts_itself_is_not_played(self, app, draft_id):
        with transaction() as db_session:
            draft = draft_of(db_session, draft_id, 0)
            draft.body = {**draft.body, "phases": []}
        client = sign_in(app, cast.CAROL)
        form = {"csrf_token": csrf_token(client), "player": "house", "minute": "0"}

        page = client.post(f"/playtests/of/{draft_id}", data=form)

        assert page.status_code == 409
        assert db.session().query(Playtest).count() == 0

    def test_nothing_of_it_is_a_room(self, author):
        author.act()
        author.post("finish", {"key": "finish-key-1"})

        assert db.session().query(RoomSession).count() == 0
