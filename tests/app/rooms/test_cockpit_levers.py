"""Every lever that only some rooms offer: done, read back by the crew, or refused by its rule."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from app.core.db import db, transaction
from app.core.error_pages import message_of
from app.rooms import labels, presenting, queries, services
from app.rooms.acting import ActionNotAdmissibleError
from app.rooms.starting import COCKPIT_CONTROLS, has_cockpit
from simulations.cockpit import order_fates
from simulations.engines.v1.codes import REFUSALS
from simulations.loading import shipped_scenarios
from simulations.policies import competent, log_of
from simulations.rooms import observe
from tests import cast
from tests.app.rooms.playing import START, Player, opened
from tests.conftest import NOON
from tests.factories.full_rooms import (
    FULL_TERMS,
    full_scenario,
    publish_full_room,
    start_full_exam,
    start_full_practice,
)

SPEED = 4
TICK_WALL_S = 5 / SPEED


@pytest.fixture
def exam(app, db_session, person_of) -> Player:
    return opened(db_session, start_full_exam(db_session, person_of(cast.ALICE).id, now=NOON))


def seen(player, *, at):
    """Return what the page sees `at` wall seconds after the start."""
    room = queries.room_of(db.session(), player.public_id, player.person_id)
    state = queries.state_of(db.session(), room, full_scenario(), now=START + timedelta(seconds=at))
    db.session.remove()
    return observe(full_scenario(), state, exam=True)


class TestWhatIsDone:
    def test_a_hold_is_read_back_and_carried_out_after_the_lag(self, exam):
        hold = {"verb": "hold", "product": "jeans", "minutes": 3, "price_fen": 6900, "quantity": 40}
        exam.act(hold, at=60)

        ordered = seen(exam, at=61)
        held = seen(exam, at=70)

        assert ordered["crew"]["orders"][-1]["status"] == "open"
        assert ordered["hold"]["held"] is None
        assert held["crew"]["orders"][-1]["status"] == "confirmed"
        assert held["hold"]["held"]["price_fen"] == 6900
        exam.act({"verb": "release"}, at=80)
        assert seen(exam, at=90)["hold"]["released"]["product"] == "jeans"

    def test_a_host_goes_and_another_comes(self, exam):
        exam.act({"verb": "switch_host", "host": "amei"}, at=60)

        assert seen(exam, at=61)["stage"]["host"] == "lead"
        assert seen(exam, at=90)["stage"]["host"] == "amei"
        exam.act({"verb": "break", "minutes": 4}, at=120)
        assert seen(exam, at=130)["stage"]["break_left_s"] > 0

    def test_money_goes_where_it_was_sent(self, exam):
        before = seen(exam, at=10)
        exam.act({"verb": "top_up", "amount_fen": 20_000}, at=10)
        exam.act({"verb": "staff", "count": 1}, at=11)
        exam.act({"verb": "boost", "amount_fen": 5000}, at=12)

        after = seen(exam, at=40)

        assert after["traffic"]["budget_fen"] == before["traffic"]["budget_fen"] + 20_000
        assert after["service"]["staff"] == 1
        assert after["boost"]["left_s"] > 0 or after["boost"]["cooldown_s"] > 0
        assert after["cash"]["at_hand_fen"] < before["cash"]["at_hand_fen"]

    def test_promises_clips_goals_and_pre_sales(self, exam):
        exam.act({"verb": "trust", "lever": "instant_refund", "on": True}, at=10)
        exam.act({"verb": "presale", "product": "coat", "ship_days": 5}, at=11)
        exam.act(
            {"verb": "traffic", "bid_fen": 80, "rate_fen_per_min": 1500, "goal": "orders"}, at=12
        )
        exam.act({"verb": "clip", "product": "socks"}, at=60)

        after = seen(exam, at=61)

        assert after["trust"] == {"instant_refund": True}
        assert after["tray"][2]["presale"]["is_open"]
        assert after["traffic"]["goal"] == "orders"
        assert after["traffic"]["learning_s"] > 0
        assert after["clips"]["cutting"] == "socks"

    def test_the_stage_can_be_handed_back(self, exam):
        exam.act({"verb": "switch_host", "host": "amei"}, at=10)
        assert seen(exam, at=30)["levers"]["stage"] == "candidate"

        exam.act({"verb": "hand_back", "lever": "stage"}, at=30)

        assert seen(exam, at=31)["levers"]["stage"] == "house"


REFUSED = {
    "hold_out_of_range": [{"verb": "hold", "product": "jeans", "minutes": 9}],
    "hold_over_stock": [
        {"verb": "hold", "product": "jeans", "minutes": 3, "price_fen": 6900, "quantity": 9999}
    ],
    "nothing_held": [{"verb": "release"}],
    "clip_no_material": [{"verb": "clip", "product": "coat"}],
    "unknown_host": [{"verb": "switch_host", "host": "nobody"}],
    "host_on_stage": [{"verb": "switch_host", "host": "lead"}],
    "break_out_of_range": [{"verb": "break", "minutes": 30}],
    "presale_not_offered": [{"verb": "presale", "product": "jeans"}],
    "presale_open": [
        {"verb": "presale", "product": "coat", "ship_days": 5},
        {"verb": "presale", "product": "coat", "ship_days": 4},
    ],
    "staff_over_limit": [{"verb": "staff", "count": 9}],
    "staff_pending": [{"verb": "staff", "count": 1}, {"verb": "staff", "count": 1}],
    "boost_out_of_range": [{"verb": "boost", "amount_fen": 100}],
    "top_up_over_limit": [{"verb": "top_up", "amount_fen": 60_000}],
    "trust_not_offered": [{"verb": "trust", "lever": "tenfold", "on": True}],
    "trust_unchanged": [
        {"verb": "trust", "lever": "instant_refund", "on": True},
        {"verb": "trust", "lever": "instant_refund", "on": True},
    ],
    "order_pending": [
        {"verb": "pin", "product": "coat"},
        {"verb": "pin", "product": "coat"},
    ],
}


class TestWhatIsRefused:
    @pytest.mark.parametrize("code", list(REFUSED))
    def test_by_its_rule_with_words_and_nothing_is_kept(self, exam, app, code):
        *allowed, refused = REFUSED[code]
        for number, action in enumerate(allowed):
            exam.act(action, at=10 + number)
        before = [event.hash for event in exam.events()]

        with pytest.raises(ActionNotAdmissibleError) as error:
            exam.act(refused, at=10 + len(allowed))

        assert error.value.code == code
        assert [event.hash for event in exam.events()] == before
        with app.test_request_context("/"):
            assert message_of(code) != code

    def test_every_rule_of_the_room_has_words(self, app):
        with app.test_request_context("/"):
            for code in REFUSALS[1:]:
                assert str(labels.MESSAGES[code])


class TestOrderEntries:
    def test_are_found_in_the_log_by_moment_and_words(self, exam, app):
        exam.act({"verb": "pin", "product": "coat"}, at=10)
        exam.act({"verb": "set_price", "product": "coat", "price_fen": 15_000}, at=11)
        with transaction() as db_session, app.test_request_context("/"):
            room = queries.room_of(db_session, exam.public_id, exam.person_id)
            scenario = full_scenario()
            log = queries.log_of(db_session, room)
            fates = order_fates(scenario, room.keys, log, 60)
            entries = presenting.order_entries(scenario, fates)
            logged = [
                presenting.log_entry(scenario, event)
                for event in queries.events_of(db_session, room.id)
                if event.kind == "acted"
            ]

        assert [(one["tick"], one["words"]) for one in entries] == [
            (one["tick"], one["words"]) for one in logged
        ]
        assert {one["status"] for one in entries} == {"confirmed"}

    def test_orders_of_the_observation_carry_the_same_words(self, exam, app):
        exam.act({"verb": "pin", "product": "coat"}, at=10)
        room = queries.room_of(db.session(), exam.public_id, exam.person_id)
        state = queries.state_of(
            db.session(), room, full_scenario(), now=START + timedelta(seconds=11)
        )
        with app.test_request_context("/"):
            shown = presenting.shown_observation(full_scenario(), state, exam=True)

        assert [order["words"] for order in shown["crew"]["orders"]] == ["讲解 03 大衣"]


class TestHasCockpit:
    def test_knows_a_panel_for_everything_a_scenario_can_offer(self):
        assert full_scenario().limits.keys() == COCKPIT_CONTROLS

    def test_offers_every_shipped_room_that_needs_no_plan(self):
        bare = [one for one in shipped_scenarios().values() if one.planning is None]

        assert [one.id for one in bare if not has_cockpit(one)] == []
        assert {"f2", "f3", "f4", "f8"} <= {one.id for one in bare}


class TestSpeed:
    def test_a_programme_cannot_make_a_room_too_fast_to_answer(self, app, db_session, person_of):
        publish_full_room(db_session, now=NOON)
        terms = replace(FULL_TERMS, speed=8)

        with pytest.raises(services.RoomNotReadyError, match="at most 4"):
            services.start_room(db_session, person_of(cast.ALICE).id, terms, now=NOON)


class TestAWholeRoom:
    def test_with_two_hosts_and_a_crew_is_played_and_scored(self, app, db_session, person_of):
        """A sound operator plays all of it, as a page would send it, and gains on the house."""
        player = opened(
            db_session, start_full_practice(db_session, person_of(cast.BOB).id, now=NOON)
        )
        scenario = full_scenario()
        keys = queries.room_of(db.session(), player.public_id, player.person_id).keys
        play = log_of(scenario, competent(scenario), keys)
        assert {"switch_host", "hold", "pin"} <= {entry.action.verb for entry in play}

        # Each with the wall second in which its tick lies; twice a second is the most a page may.
        at = 0.0
        for entry in play:
            at = max(at + 0.51, entry.tick * TICK_WALL_S + 0.01)
            try:
                player.act(entry.action.to_dict(), at=at)
            except ActionNotAdmissibleError:
                continue  # some hundred milliseconds later things may have changed
        player.finish_by_scheduler(START + timedelta(seconds=3600 / SPEED + 1))

        with transaction() as own:
            room = queries.room_of(own, player.public_id, player.person_id)
            log = queries.log_of(own, room)
            fates = order_fates(scenario, room.keys, log, scenario.duration_ticks)
            score = room.score
        assert room.closing == "finished"
        assert len(log) > 0.8 * len(play)
        assert len(fates) > 0.5 * len(log)
        assert {fate.status for fate in fates} >= {"confirmed"}
        assert score is not None
        assert score > 0

    def test_ends_early_with_every_lever_handed_back(self, exam):
        exam.act({"verb": "switch_host", "host": "amei"}, at=10)
        exam.finish_early(now=START + timedelta(seconds=60))

        payloads = [json.loads(one.payload) for one in exam.events() if one.kind == "acted"]
        assert payloads[-1]["action"] == {"verb": "hand_back", "lever": "stage"}
        with transaction() as own:
            services.close_finished_rooms(own, now=START + timedelta(hours=1))
