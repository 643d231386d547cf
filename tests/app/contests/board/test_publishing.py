"""Public and jury values side by side: the public's stand still while the jury's go on."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from app.contests.board import publishing, rounds, unveiling
from app.contests.board.models import BoardSnapshot
from app.contests.board.tracks import Tracks
from app.contests.models import ContestRound
from app.core.db import db, transaction
from app.rooms.clocks import START_COUNTDOWN
from tests import cast
from tests.factories.contest_boards import SESSION, SPEED, begin_round

NOON = datetime(2026, 9, 1, 4, tzinfo=UTC)
START = NOON + START_COUNTDOWN
DELAY = timedelta(seconds=30)
PIN = {"verb": "pin", "product": "coat"}
FREEZE = START + SESSION * 0.75


@pytest.fixture
def raced(app, db_session, person_of):
    people = [person_of(one) for one in (cast.ALICE, cast.BOB, cast.CAROL)]
    return begin_round(db_session, people, now=NOON)


def published(round_) -> BoardSnapshot:
    db.session.remove()
    return db.session().query(BoardSnapshot).filter_by(round_public_id=round_).one()


def publish(now) -> int:
    db.session.remove()
    return publishing.publish_boards(db.session(), now=now)


class TestPublishBoards:
    def test_the_public_trails_and_the_jury_does_not(self, raced):
        public_id = raced.round_

        publish(START + timedelta(minutes=5))

        held = published(public_id)
        board, jury = json.loads(held.board), json.loads(held.jury)
        assert jury["at_s"] == 5 * 60 * SPEED
        assert jury["at_s"] - board["at_s"] == DELAY.total_seconds() * SPEED
        assert board["phase"] == jury["phase"] == "live"
        assert len(json.loads(held.curves)["house_fen"]) == board["at_s"] // 60 + 1

    def test_everybody_who_does_nothing_lives_the_house(self, raced):
        publish(START + timedelta(minutes=6))

        board = json.loads(published(raced.round_).board)

        assert [row["uplift_ratio"] for row in board["rows"]] == [0.0, 0.0, 0.0]
        assert [row["rank"] for row in board["rows"]] == [1, 1, 1]

    def test_what_one_does_is_seen_after_the_delay(self, raced):
        public_id = raced.round_
        publish(START + timedelta(minutes=4))
        raced.seats[1].act(PIN, now=START + timedelta(minutes=4))

        moment = START + timedelta(minutes=4, seconds=29)
        publish(moment)
        jury = {row["seat"]: row for row in json.loads(published(public_id).jury)["rows"]}
        board = {row["seat"]: row for row in json.loads(published(public_id).board)["rows"]}

        assert jury[2]["gmv_fen"] != jury[1]["gmv_fen"]
        assert board[2]["gmv_fen"] == board[1]["gmv_fen"]
        publish(moment + timedelta(minutes=1))
        board = {row["seat"]: row for row in json.loads(published(public_id).board)["rows"]}
        assert board[2]["gmv_fen"] != board[1]["gmv_fen"]

    def test_a_frozen_board_stands_still_to_the_byte(self, raced):
        public_id = raced.round_
        publish(FREEZE + DELAY + timedelta(seconds=5))
        before = published(public_id)
        held = before.board, before.board_etag, before.curves, before.curves_etag, before.jury_etag
        assert json.loads(before.board)["phase"] == "frozen"
        raced.seats[0].act(PIN, now=FREEZE + DELAY * 2)

        publish(FREEZE + timedelta(minutes=3))

        after = published(public_id)
        now = after.board, after.board_etag, after.curves, after.curves_etag
        assert now == held[:4]
        assert after.jury_etag != held[4]

    def test_a_process_that_starts_anew_publishes_the_same(self, raced, db_session):
        moment = START + timedelta(minutes=7)
        publish(START + timedelta(minutes=2))
        publish(moment)
        held = published(raced.round_)
        round_ = db.session().get_one(ContestRound, held.round_id)

        found = publishing.bodies_of(db.session(), round_, now=moment, tracks=Tracks())

        assert found is not None
        assert [one.data for one in (*found[0], found[1])] == [held.board, held.curves, held.jury]

    def test_nothing_new_writes_nothing(self, raced):
        moment = START + timedelta(minutes=7)

        assert [publish(moment), publish(moment)] == [1, 0]

    def test_before_the_start_everybody_waits(self, raced):
        publish(NOON)

        assert json.loads(published(raced.round_).board)["phase"] == "waiting"


class TestUnveil:
    def unveil(self, round_, *, now, everybody=False):
        with transaction() as db_session:
            row, contest = rounds.public_round(db_session, round_, include_demo=True, lock=True)
            return unveiling.unveil(
                db_session, row, contest, everybody=everybody, actor="person:carol", now=now
            )

    def test_not_before_the_end(self, raced):
        with pytest.raises(unveiling.NothingToUnveilError):
            self.unveil(raced.round_, now=FREEZE + timedelta(minutes=1))

    def test_the_last_is_told_first_and_in_the_end_all_are(self, raced):
        public_id = raced.round_
        raced.seats[2].act(PIN, now=FREEZE + timedelta(minutes=1))
        over = START + SESSION + timedelta(minutes=1)
        publish(over)
        assert json.loads(published(public_id).board)["phase"] == "over"
        jury = json.loads(published(public_id).jury)["rows"]

        assert self.unveil(public_id, now=over) == 2
        publish(over)

        board = json.loads(published(public_id).board)
        assert board["phase"] == "unveiling"
        assert [row["is_final"] for row in board["rows"]] == [False, False, True]
        assert board["rows"][2]["gmv_fen"] == jury[2]["gmv_fen"]
        assert board["rows"][2]["seat"] == jury[2]["seat"]
        curves = json.loads(published(public_id).curves)["curves"]
        assert {len(one) for one in curves.values()} == {23, 31}

        self.unveil(public_id, now=over, everybody=True)
        publish(over)
        board = json.loads(published(public_id).board)
        assert board["phase"] == "final"
        assert [row["gmv_fen"] for row in board["rows"]] == [row["gmv_fen"] for row in jury]
        with pytest.raises(unveiling.NothingToUnveilError):
            self.unveil(public_id, now=over)
