"""The write path of an action, on both databases: exactly once, in order, or visibly refused."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from app.core.db import db, transaction
from app.core.errors import (
    IdempotencyKeyReusedError,
    InvalidInputError,
    NotFoundError,
    RateLimitedError,
    SupersededSessionError,
)
from app.rooms import queries, replaying, services
from app.rooms.acting import (
    SNAPSHOT_TICKS,
    ActionExpiredError,
    ActionNotAdmissibleError,
    RoomNotStartedError,
    RoomOverError,
    read_action,
)
from app.rooms.models import RoomSession
from app.studio.queries import scenario_of
from simulations.rooms import observe, replay
from tests import cast
from tests.app.rooms.playing import START, start_exam
from tests.conftest import NOON

pytestmark = pytest.mark.both_databases

JEANS = {"verb": "pin", "product": "jeans"}
COAT = {"verb": "pin", "product": "coat"}


@pytest.fixture
def exam(app, db_session, person_of):
    return start_exam(db_session, person_of(cast.ALICE).id)


def acted(player):
    return [event for event in player.events() if event.kind == "acted"]


class TestPerformAction:
    def test_is_stamped_with_the_servers_tick_and_applies_at_its_start(self, exam):
        done = exam.act(JEANS, at=60)

        assert (done.tick, done.sequence, done.duplicate) == (48, 3, False)
        shown = observe(done.scenario, done.state, exam=True)
        assert shown["tick"] == 48
        assert shown["pitch"]["product"] == "jeans"
        assert shown["levers"]["pin"] == "candidate"

    def test_a_repeat_is_acknowledged_and_not_done_again(self, exam):
        first = exam.act(JEANS, at=60, key="the-same-key")
        again = exam.act(JEANS, at=75, key="the-same-key")

        assert (again.sequence, again.tick, again.duplicate) == (first.sequence, first.tick, True)
        assert len(acted(exam)) == 1

    def test_a_repeat_after_the_end_is_still_acknowledged(self, exam):
        exam.act(JEANS, at=60, key="the-same-key")
        exam.finish_early(now=START + timedelta(seconds=70))

        assert exam.act(JEANS, at=10_000, key="the-same-key").duplicate

    def test_a_key_with_another_action_is_refused(self, exam):
        exam.act(JEANS, at=60, key="the-same-key")

        with pytest.raises(IdempotencyKeyReusedError):
            exam.act(COAT, at=61, key="the-same-key")
        assert len(acted(exam)) == 1

    def test_ten_sends_at_once_do_it_once(self, app, exam):
        results, barrier = [], threading.Barrier(10)

        def send():
            with app.app_context():
                barrier.wait()
                results.append(exam.act(JEANS, at=60, key="the-same-key"))
                db.session.remove()

        threads = [threading.Thread(target=send) for _ in range(10)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert [result.duplicate for result in results].count(False) == 1
        assert len({result.sequence for result in results}) == 1
        assert len(acted(exam)) == 1

    def test_two_in_one_tick_keep_their_order(self, exam):
        first, second = exam.act(JEANS, at=60), exam.act(COAT, at=60.5)

        assert first.tick == second.tick
        assert observe(second.scenario, second.state, exam=True)["pitch"]["product"] == "coat"

    def test_ticks_never_fall_when_the_servers_clock_is_set_back(self, exam):
        exam.act(JEANS, at=120)

        assert exam.act(COAT, at=30).tick == 96

    def test_reordered_sends_of_a_page_take_effect_in_the_order_of_their_arrival(self, exam):
        exam.act(COAT, at=61, key="second-click")
        exam.act(JEANS, at=62, key="first-click")

        with transaction() as db_session:
            room = db_session.get_one(RoomSession, exam.id)
            log = queries.log_of(db_session, room)
        assert [entry.action.product for entry in log] == ["coat", "jeans"]
        assert [entry.tick for entry in log] == sorted(entry.tick for entry in log)

    @pytest.mark.parametrize(
        ("action", "code"),
        [
            ({"verb": "pin", "product": "hat"}, "unknown_product"),
            ({"verb": "set_price", "product": "jeans", "price_fen": 100}, "price_out_of_range"),
            ({"verb": "lucky_bag", "prize_fen": 100_000, "minutes": 5}, "benefit_out_of_range"),
            ({"verb": "restock", "product": "coat", "units": 5}, "restock_not_offered"),
            ({"verb": "respond", "incident": "size-comments", "choice": "try-on"}, None),
            ({"verb": "hand_back", "lever": "pin"}, "lever_not_held"),
        ],
    )
    def test_what_the_room_refuses_writes_nothing(self, exam, action, code):
        before = exam.events()

        with pytest.raises(ActionNotAdmissibleError) as refused:
            exam.act(action, at=60)

        assert refused.value.code == (code or "incident_not_active")
        assert len(exam.events()) == len(before)

    def test_nothing_is_accepted_before_the_first_tick(self, exam):
        with pytest.raises(RoomNotStartedError):
            exam.act(JEANS, at=-1)

    def test_nothing_is_accepted_after_the_end(self, exam):
        with pytest.raises(RoomOverError):
            exam.act(JEANS, at=450)
        assert acted(exam) == []

    def test_what_waited_too_long_is_refused(self, exam):
        exam.act(JEANS, at=60, queued_s=30)

        with pytest.raises(ActionExpiredError):
            exam.act(COAT, at=61, queued_s=31)

    def test_more_than_two_a_second_are_too_many(self, exam):
        for n in range(4):
            exam.act([JEANS, COAT][n % 2], at=60 + n / 10)

        with pytest.raises(RateLimitedError):
            exam.act(JEANS, at=60.5)
        assert exam.act(JEANS, at=62.5).tick == 50

    def test_a_second_page_takes_over_and_the_first_is_refused(self, exam):
        with transaction() as db_session:
            room = queries.room_of(db_session, exam.public_id, exam.person_id, lock=True)
            assert services.open_page(db_session, room, now=NOON) == 2

        with pytest.raises(SupersededSessionError):
            exam.act(JEANS, at=60, epoch=1)
        assert exam.act(JEANS, at=60, epoch=2).sequence == 4

    def test_the_new_page_may_send_what_the_old_one_had_queued(self, exam):
        first = exam.act(JEANS, at=60, key="queued-key")
        with transaction() as db_session:
            room = queries.room_of(db_session, exam.public_id, exam.person_id, lock=True)
            services.open_page(db_session, room, now=NOON)

        again = exam.act(JEANS, at=62, key="queued-key", epoch=2)

        assert (again.duplicate, again.sequence) == (True, first.sequence)

    def test_somebody_elses_room_is_not_found(self, exam):
        exam.person_id += 1

        with pytest.raises(NotFoundError):
            exam.act(JEANS, at=60)


class TestReplaying:
    def test_the_state_is_the_replay_of_the_stored_events_whatever_is_kept(self, exam):
        for n in range(12):
            exam.act([JEANS, COAT][n % 2], at=20 * (n + 1))
        now = START + timedelta(seconds=300)

        states = []
        for forget in (False, True):
            if forget:
                replaying.forget(exam.public_id)
            with transaction() as db_session:
                room = db_session.get_one(RoomSession, exam.id)
                assert room.snapshot_tick >= SNAPSHOT_TICKS
                scenario = scenario_of(db_session, room.scenario_ref)
                states.append(queries.state_of(db_session, room, scenario, now=now))
                log = queries.log_of(db_session, room)
                states.append(replay(scenario, room.keys, log, 240))
        assert len({state.to_bytes() for state in states}) == 1

    def test_a_state_that_an_action_overtook_is_replayed_anew(self, exam):
        exam.act(JEANS, at=60)
        with transaction() as db_session:
            room = db_session.get_one(RoomSession, exam.id)
            scenario = scenario_of(db_session, room.scenario_ref)
            # Another request looked a little later, before this action was committed.
            queries.state_of(db_session, room, scenario, now=START + timedelta(seconds=90))

        exam.act(COAT, at=70)

        with transaction() as db_session:
            room = db_session.get_one(RoomSession, exam.id)
            state = queries.state_of(db_session, room, scenario, now=START + timedelta(seconds=90))
            fresh = replay(scenario, room.keys, queries.log_of(db_session, room), 72)
        assert state.to_bytes() == fresh.to_bytes()

    def test_an_older_look_does_not_see_newer_actions(self, exam):
        exam.act(JEANS, at=60)

        assert len(replaying.log_until(exam.public_id, 2, lambda after: [])) == 0


class TestReadAction:
    @pytest.mark.parametrize(
        ("data", "field", "code"),
        [
            (None, "action", "wrong_type"),
            ([], "action", "wrong_type"),
            ({}, "action.verb", "unknown_verb"),
            ({"verb": "win"}, "action.verb", "unknown_verb"),
            ({"verb": "pin"}, "action.product", "missing_field"),
            ({"verb": "pin", "product": "jeans", "gmv_fen": 1}, "action.gmv_fen", "unknown_field"),
            ({"verb": "pin", "product": "jeans", "tick": 3}, "action.tick", "unknown_field"),
            ({"verb": "coupon", "depth_fraction": 5, "minutes": 1}, None, "out_of_range"),
            ({"verb": "pace", "pace": "slow", "speed": 9}, "action.speed", "unknown_field"),
        ],
    )
    def test_says_which_field_is_wrong_and_why(self, data, field, code):
        with pytest.raises(InvalidInputError) as refused:
            read_action(data)

        assert refused.value.errors[0]["code"] == code
        if field is not None:
            assert refused.value.errors[0]["field"] == field
