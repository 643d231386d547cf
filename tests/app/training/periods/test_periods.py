"""A 营期 end to end: sessions that go on where the last one ended, and one verdict on all."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.core import clock
from app.core.db import db, transaction
from app.rooms import ghosts, moments
from app.rooms import queries as rooms
from app.rooms import services as room_services
from app.rooms.again import LinkedRoomError, retry_practice
from app.rooms.chains import append_to
from app.rooms.models import RoomSession
from app.rooms.services import start_practice
from app.training.periods import queries, services
from app.training.periods.errors import PeriodOverError, SessionRunsError
from app.training.periods.models import PeriodRun
from simulations.actions import parse_action
from simulations.linked import period_result, replay_period
from simulations.periods import parse_period
from simulations.policies import Reference
from simulations.rooms import LoggedAction
from tests import cast
from tests.conftest import NOON, csrf_token
from tests.factories.rooms import publish_little_room

HOUR = timedelta(hours=1)

RULES = {
    "start_cash_fen": 20_000_000,
    "settle_days": 1,
    "return_days": 1,
    "supply_per_day_fraction": 0.1,
    "follow_keep_fraction": 0.85,
    "refund_normal_fraction": 0.2,
    "trust_per_refund": 1.0,
    "trust_per_strike": 0.05,
    "trust_per_lost_share": 0.3,
    "trust_per_discount": 0.8,
    "trust_days": 12.0,
    "tired_per_order": 3.0,
    "tired_days": 2.0,
    "mood_rest": 0.55,
    "mood_days": 1.0,
    "strain_days": 0.5,
}


def day(number: int, title: str, **ratios: float) -> dict[str, object]:
    names = ("fans_ratio", "public_ratio", "traffic_ratio", "benefit_ratio", "stock_ratio")
    return {"title": title, "kind": "daily", "day": number, "note": "这一天先看货，再看人。"} | {
        name: ratios.get(name, 1.0) for name in names
    }


LITTLE_PERIOD = parse_period(
    {
        "lang": "zh-Hans",
        "id": "little-days",
        "version": 1,
        "scenario": "little",
        "title": "两场营期",
        "story": "两场连着播，第二场接着第一场的粉丝和库存，看合计的净成交。",
        "source": "测试",
        "rules": RULES,
        "sessions": [day(0, "第一天"), day(1, "第二天", public_ratio=1.5)],
    }
)


@pytest.fixture
def offer(app, db_session, monkeypatch):
    """The little period on the little room, with the room's own reference."""
    scenario = publish_little_room(db_session, now=NOON)
    body = rooms.reference_of(db_session, scenario)
    found = queries.Offer(LITTLE_PERIOD, scenario, Reference(body.policy, 0.2, False))
    monkeypatch.setattr(queries, "shipped_periods", lambda: {"little-days": LITTLE_PERIOD})
    monkeypatch.setattr(queries, "period_reference", lambda period, scenario: found.reference)
    db_session.commit()
    return found


class Trainee:
    """Plays a run by its public id, so that each step has its own unit of work."""

    def __init__(self, person_id, offer):
        self.person_id = person_id
        with transaction() as db_session:
            run = services.start_run(db_session, person_id, offer, now=NOON)
            self.run_id = run.public_id

    def run(self, db_session, **more):
        return queries.run_of(db_session, self.run_id, self.person_id, **more)

    def next_session(self, *, now=NOON):
        with transaction() as db_session:
            run = self.run(db_session, lock=True)
            number, carry = services.carry_of(db_session, run)
            room = services.start_session(db_session, run, number, carry, is_demo=True, now=now)
            return room.id

    def play(self, *actions, now=NOON):
        """Play the next session with actions at ticks, and let it run to its end."""
        room_id = self.next_session(now=now)
        with transaction() as db_session:
            room = db_session.get_one(RoomSession, room_id, with_for_update=True)
            for tick, action in actions:
                append_to(db_session, room, "acted", {"action": action, "tick": tick}, now=now)
                room.last_tick = tick
        with transaction() as db_session:
            room_services.close_finished_rooms(db_session, now=now + HOUR)
        return room_id


@pytest.fixture
def alice(offer, person_of):
    return Trainee(person_of(cast.ALICE).id, offer)


DEAR = (12, {"verb": "set_price", "product": "socks", "price_fen": 600})


def room(room_id):
    return db.session().get_one(RoomSession, room_id)


class TestSessions:
    def test_the_next_one_begins_where_the_last_one_ended(self, alice, offer):
        alice.play(DEAR)
        second = alice.next_session(now=NOON + HOUR)

        run = alice.run(db.session())
        log = (LoggedAction(DEAR[0], parse_action(DEAR[1])),)
        sat = replay_period(
            LITTLE_PERIOD, offer.scenario, run.keys, [queries.Sitting(log), queries.Sitting(())]
        )
        expected = sat.sessions[1].before
        scenario = rooms.room_scenario(db.session(), room(second))
        assert scenario.opening.followers == round(expected.followers) > 800
        stock = {one.product: one.units for one in scenario.opening.stock}
        assert tuple(stock.values()) == expected.stock
        assert stock["socks"] < 200  # sold yesterday; a tenth comes back in a night
        assert scenario.audience.public_per_min == pytest.approx(1.5 * 25)

    def test_runs_one_at_a_time_and_cannot_be_had_again(self, alice):
        first = alice.next_session()

        with pytest.raises(SessionRunsError):
            alice.next_session()
        with pytest.raises(LinkedRoomError), transaction() as db_session:
            held = db_session.get_one(RoomSession, first, with_for_update=True)
            retry_practice(db_session, held, now=NOON)
        assert room(first).is_open

    def test_an_idle_trainee_is_the_house_to_the_last_digit(self, alice):
        alice.play()
        alice.play(now=NOON + HOUR)

        assert services.judge_waiting(now=NOON + 2 * HOUR) == 1
        assert services.judge_waiting(now=NOON + 2 * HOUR) == 0
        run = alice.run(db.session())
        played = queries.played_in(db.session(), run.id)
        assert [one.room.score for one in played] == [0.0, 0.0]
        assert (run.ending, run.result["score"], run.result["uplift_ratio"]) == ("finished", 0, 0)

    def test_the_verdict_is_that_of_the_whole(self, alice, offer):
        alice.play(DEAR)
        alice.play(now=NOON + HOUR)
        services.judge_waiting(now=NOON + 2 * HOUR)

        run = alice.run(db.session())
        log = (LoggedAction(DEAR[0], parse_action(DEAR[1])),)
        sittings = [queries.Sitting(log), queries.Sitting(())]
        expected = period_result(LITTLE_PERIOD, offer.scenario, run.keys, sittings, offer.reference)
        assert run.result == expected.to_dict()
        with pytest.raises(PeriodOverError):
            alice.next_session(now=NOON + 2 * HOUR)

    def test_a_run_that_is_given_up_has_no_verdict_and_another_can_begin(self, alice, offer):
        alice.play()
        with transaction() as db_session:
            services.give_run_up(db_session, alice.run(db_session, lock=True), now=NOON + HOUR)

        assert services.judge_waiting(now=NOON + 2 * HOUR) == 0
        assert alice.run(db.session()).result is None
        assert Trainee(alice.person_id, offer).run_id != alice.run_id

    def test_a_moment_of_a_session_is_practised_on_its_own_day(self, alice):
        origin = alice.play(DEAR)
        with transaction() as db_session:
            held = db_session.get_one(RoomSession, origin, with_for_update=True)
            again = moments.start_from(db_session, held, 60, now=NOON + HOUR).id

        day_of = rooms.room_scenario(db.session(), room(origin))
        assert rooms.room_scenario(db.session(), room(again)) == day_of


class TestGhost:
    def test_is_the_best_earlier_run_of_the_same_day(self, alice, offer):
        with transaction() as db_session:
            single = start_practice(
                db_session, alice.person_id, offer.scenario, is_demo=True, now=NOON
            ).id
        first = alice.play(DEAR)
        with transaction() as db_session:
            services.give_run_up(db_session, alice.run(db_session, lock=True), now=NOON + HOUR)
        again = Trainee(alice.person_id, offer)
        second = again.play(now=NOON + 2 * HOUR)

        found = ghosts.ghost_of(db.session(), room(second))
        assert found is not None  # not `single`: no other day lends its curve
        assert found.public_id == room(first).public_id != room(single).public_id
        assert len(found.gmv_fen) == 31
        assert ghosts.ghost_of(db.session(), room(first)) is None

    def test_a_room_that_counts_has_none(self, alice, offer):
        alice.play(DEAR)
        held = room(alice.play(now=NOON + HOUR))
        held.mode = "exam"

        assert ghosts.ghost_of(db.session(), held) is None
        db.session().rollback()


class TestPage:
    def test_leads_from_the_plan_through_every_session(self, offer, as_alice, as_bob):
        page = as_alice.get("/training/rooms")
        assert "两场营期" in page.text
        begin = "/training/rooms/periods/little-days"
        as_alice.post(begin, data={"csrf_token": csrf_token(as_alice)})
        run_id = db.session().query(PeriodRun).one().public_id
        db.session.remove()
        go_on = f"/training/rooms/runs/{run_id}/next"

        theirs = as_bob.post(go_on, data={"csrf_token": csrf_token(as_bob)})
        begun = as_alice.post(go_on, data={"csrf_token": csrf_token(as_alice)})
        twice = as_alice.post(go_on, data={"csrf_token": csrf_token(as_alice)})

        none = as_alice.post(begin + "-x", data={"csrf_token": csrf_token(as_alice)})
        assert [theirs.status_code, none.status_code] == [404, 404]
        assert begun.status_code == 303
        assert twice.status_code == 409
        assert "回到第 1 场" in as_alice.get("/training/rooms").text
        cockpit = as_alice.get(begun.location)
        assert "重来" not in cockpit.text
        with transaction() as db_session:
            room_services.close_finished_rooms(db_session, now=clock.now() + HOUR)
        shown = as_alice.get("/training/rooms").text
        assert "开第 2 场：第二天" in shown
        assert "回练习室，接着播" in as_alice.get(f"{begun.location}/result").text
