"""Forecasts in a room, on both databases: asked for, given once, final, in the chain."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from app.core.db import db, transaction
from app.core.errors import IdempotencyKeyReusedError, SupersededSessionError
from app.rooms import forecasts, queries
from app.rooms.acting import RoomNotStartedError, RoomOverError
from app.rooms.chains import event_hash
from app.rooms.forecasts import (
    ForecastGivenError,
    NoForecastAskedError,
    SentForecast,
    forecast_body,
    forecasts_of,
)
from simulations.forecasting import Forecast, judge_forecast
from tests import cast
from tests.app.rooms.playing import START, Player, opened
from tests.conftest import NOON
from tests.factories.full_rooms import full_scenario, start_full_exam

pytestmark = pytest.mark.both_databases

STATED = Forecast(300_000, 400_000, 520_000)
ASKED_WALL_S = 30 * 60 / 4
"""The first forecast is asked for after half an hour of the room, at 4 times the speed."""


@pytest.fixture
def exam(app, db_session, person_of) -> Player:
    return opened(db_session, start_full_exam(db_session, person_of(cast.ALICE).id, now=NOON))


def give(player, *, at, key="forecast-1", forecast=STATED, epoch=1):
    with transaction() as db_session:
        room = queries.room_of(db_session, player.public_id, player.person_id, lock=True)
        sent = SentForecast(key, forecast, epoch)
        now = START + timedelta(seconds=at)
        return forecasts.give_forecast(db_session, room, full_scenario(), sent, now=now)


def given(player):
    with transaction() as db_session:
        room = queries.room_of(db_session, player.public_id, player.person_id)
        return forecasts_of(db_session, room)


def body_at(player, tick):
    with transaction() as db_session:
        room = queries.room_of(db_session, player.public_id, player.person_id)
        return forecast_body(full_scenario(), tick, lambda: forecasts_of(db_session, room))


class TestGiveForecast:
    def test_is_an_event_of_the_chain(self, exam):
        stated = give(exam, at=ASKED_WALL_S + 2)

        event = exam.events()[-1]
        assert event.kind == "forecast"
        assert json.loads(event.payload) == {
            "prompt": 0,
            "tick": 361,
            "p10_fen": 300_000,
            "p50_fen": 400_000,
            "p90_fen": 520_000,
        }
        assert event.hash == event_hash(
            exam.public_id,
            event.sequence,
            event.kind,
            event.key,
            event.payload,
            event.at,
            event.previous_hash,
        )
        assert given(exam) == [stated]
        assert stated.sequence == event.sequence

    def test_can_be_judged_as_it_stands_in_the_log(self, exam, db_session):
        exam.act({"verb": "pin", "product": "jeans"}, at=10)
        stated = give(exam, at=ASKED_WALL_S)

        room = queries.room_of(db.session(), exam.public_id, exam.person_id)
        log = queries.log_of(db.session(), room)
        judged = judge_forecast(
            full_scenario(), room.keys, log, stated.tick, stated.forecast, futures=5
        )
        assert judged.tick == 360
        assert 0 <= judged.points <= 100

    def test_a_repeat_of_the_same_key_changes_nothing(self, exam):
        first = give(exam, at=ASKED_WALL_S)
        again = give(exam, at=ASKED_WALL_S + 20)

        assert again == first
        assert len(given(exam)) == 1

    def test_a_key_is_not_reused_for_other_amounts(self, exam):
        give(exam, at=ASKED_WALL_S)

        with pytest.raises(IdempotencyKeyReusedError):
            give(exam, at=ASKED_WALL_S + 1, forecast=Forecast(1, 2, 3))
        assert [one.forecast for one in given(exam)] == [STATED]

    def test_is_final(self, exam):
        give(exam, at=ASKED_WALL_S)

        with pytest.raises(ForecastGivenError):
            give(exam, at=ASKED_WALL_S + 1, key="forecast-2", forecast=Forecast(1, 2, 3))
        assert [one.forecast for one in given(exam)] == [STATED]

    @pytest.mark.parametrize("at", [ASKED_WALL_S - 2, ASKED_WALL_S + 150])
    def test_is_refused_before_and_after_its_time(self, exam, at):
        with pytest.raises(NoForecastAskedError):
            give(exam, at=at)
        assert given(exam) == []

    def test_is_refused_during_the_countdown_and_when_all_is_over(self, exam):
        with pytest.raises(RoomNotStartedError):
            give(exam, at=-5)
        with pytest.raises(RoomOverError):
            give(exam, at=3600 / 4)

    def test_is_refused_from_a_page_that_operates_no_more(self, exam):
        with pytest.raises(SupersededSessionError):
            give(exam, at=ASKED_WALL_S, epoch=0)

    def test_actions_go_on_behind_it(self, exam):
        give(exam, at=ASKED_WALL_S + 2)

        done = exam.act({"verb": "pin", "product": "jeans"}, at=ASKED_WALL_S + 1)

        assert done.tick == 361


class TestForecastBody:
    def test_tells_what_is_asked_and_what_was_given(self, exam):
        assert body_at(exam, 359) == {"open": None, "until_s": None, "given": []}
        assert body_at(exam, 400) == {"open": 0, "until_s": 2400, "given": []}

        give(exam, at=ASKED_WALL_S)

        assert body_at(exam, 400) == {
            "open": None,
            "until_s": None,
            "given": [{"at_s": 1800, "p10_fen": 300_000, "p50_fen": 400_000, "p90_fen": 520_000}],
        }
