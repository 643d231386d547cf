"""Rooms through their services, on both databases; `now` is an argument everywhere."""

from __future__ import annotations

import json
import threading
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.core.db import db, transaction
from app.core.errors import InvalidInputError, NotFoundError
from app.core.hashing import GENESIS
from app.rooms import again, queries, scoring, services
from app.rooms.acting import RoomOverError
from app.rooms.chains import event_hash
from app.rooms.clocks import START_COUNTDOWN, RoomClock, changed_clock
from app.rooms.models import RoomDebrief, RoomEvent, RoomScore, RoomSession
from app.rooms.sat import counted_rooms, sat_rooms
from app.rooms.starting import commitment_of
from app.studio.queries import reference_of, scenario_of
from app.studio.services import publish_scenarios
from simulations.scoring import room_result
from tests import cast
from tests.app.rooms.playing import Player, start_exam, start_practice
from tests.conftest import NOON
from tests.factories.rooms import (
    EXAM_TERMS,
    little_scenario,
    publish_little_room,
    start_little_exam,
)

pytestmark = pytest.mark.both_databases

START = NOON + START_COUNTDOWN
EXAM_LENGTH = timedelta(minutes=30) / 4
END = START + EXAM_LENGTH


@pytest.fixture
def exam(app, db_session, person_of) -> Player:
    return start_exam(db_session, person_of(cast.ALICE).id)


@pytest.fixture
def practice(app, db_session, person_of) -> Player:
    return start_practice(db_session, person_of(cast.ALICE).id)


class TestStartRoom:
    def test_a_second_start_returns_the_open_room(self, exam):
        with transaction() as db_session:
            again = services.start_room(db_session, exam.person_id, EXAM_TERMS, now=NOON)
            assert again.public_id == exam.public_id

    def test_twenty_simultaneous_starts_give_one_room(self, app, db_session, person_of):
        person_id = person_of(cast.ALICE).id
        publish_little_room(db_session, now=NOON)
        db_session.commit()
        db.session.remove()
        found, barrier = [], threading.Barrier(20)

        def start():
            with app.app_context():
                barrier.wait()
                with transaction() as session:
                    room = services.start_room(session, person_id, EXAM_TERMS, now=NOON)
                    found.append(room.public_id)
                db.session.remove()

        threads = [threading.Thread(target=start) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert len(found) == 20
        assert len(set(found)) == 1
        with transaction() as session:
            assert session.scalar(select(func.count()).select_from(RoomSession)) == 1

    def test_pins_the_terms_and_commits_to_its_keys(self, exam):
        with transaction() as db_session:
            room = db_session.get_one(RoomSession, exam.id)
            started = queries.events_of(db_session, exam.id)[0]
            payload = json.loads(started.payload)

            assert (room.cut_score, room.clock_speed, room.duration_ticks) == (25, 4, 360)
            assert room.ends_at == END
            assert payload["commitment"] == commitment_of(room)
            assert payload["scenario"] == "little@1"

    def test_keys_are_random_and_in_no_repr_and_no_event(self, app, db_session, person_of):
        rooms = [
            start_little_exam(db_session, person_of(member).id, now=NOON)
            for member in (cast.ALICE, cast.BOB)
        ]

        assert rooms[0].keys != rooms[1].keys
        for room in rooms:
            seen = repr(room) + "".join(
                event.payload for event in queries.events_of(db_session, room.id)
            )
            for secret in (room.macro_key, room.micro_key):
                number = int.from_bytes(secret, "big")
                assert secret.hex() not in seen
                assert str(number) not in seen

    def test_a_scenario_without_reference_cannot_be_started(self, app, db_session, person_of):
        scenario = little_scenario()
        publish_scenarios(db_session, [scenario], is_public=True, actor="cli:test", now=NOON)

        with pytest.raises(services.RoomNotReadyError):
            services.start_practice(
                db_session, person_of(cast.ALICE).id, scenario, is_demo=True, now=NOON
            )


class TestRetryPractice:
    def test_gives_other_customers_and_leaves_the_old_room_unscored(self, practice):
        with transaction() as db_session:
            room = db_session.get_one(RoomSession, practice.id)
            keys = room.keys
            fresh = again.retry_practice(db_session, room, now=START)

            assert fresh.public_id != practice.public_id
            assert fresh.keys != keys
            assert room.closing == "abandoned"
        with transaction() as db_session:
            assert services.close_finished_rooms(db_session, now=START) == 0

    def test_a_room_that_counts_is_not_begun_anew(self, exam):
        with transaction() as db_session:
            room = db_session.get_one(RoomSession, exam.id)
            with pytest.raises(services.NotPracticeError):
                again.retry_practice(db_session, room, now=START)


class TestChangeClock:
    def test_a_paused_room_stands_and_goes_on(self, practice):
        practice.clock("paused", now=START + timedelta(seconds=10))
        practice.clock("resumed", now=START + timedelta(seconds=500))

        assert practice.tick(START + timedelta(seconds=501)) == 8
        assert practice.act({"verb": "pin", "product": "jeans"}, at=501).tick == 8

    def test_the_projection_is_the_fold_of_the_events(self, practice):
        practice.clock("paused", now=START + timedelta(seconds=3))
        practice.clock("stepped", {"ticks": 12}, now=START + timedelta(seconds=4))
        practice.clock("speed", {"speed": 8}, now=START + timedelta(seconds=5))
        practice.clock("resumed", now=START + timedelta(seconds=6))

        with transaction() as db_session:
            room = db_session.get_one(RoomSession, practice.id)
            events = queries.events_of(db_session, practice.id)
            folded = RoomClock.starting(room.starts_at, 4, room.duration_ticks)
            for event in events:
                folded = changed_clock(folded, event.kind, json.loads(event.payload), event.at)
            assert room.clock == folded
            assert room.ends_at == folded.ends_at()

    def test_a_repeat_of_the_same_key_steps_once(self, practice):
        for _ in range(3):
            practice.clock("stepped", {"ticks": 12}, now=START, key="same-key")

        assert practice.tick(START) == 12

    @pytest.mark.parametrize("change", ["paused", "resumed", "stepped", "speed"])
    def test_an_exam_has_none_of_it(self, exam, change):
        with pytest.raises(services.NoPauseInExamError):
            exam.clock(change, {"ticks": 1, "speed": 1}, now=START)

        assert [event.kind for event in exam.events()] == ["started", "opened"]

    @pytest.mark.parametrize(
        ("change", "payload"),
        [
            ("speed", {"speed": 3}),
            ("speed", {"speed": None}),
            ("stepped", {"ticks": 0}),
            ("stepped", {"ticks": 121}),
            ("stepped", {"ticks": 1.5}),
            ("rewound", {}),
        ],
    )
    def test_odd_changes_are_refused(self, practice, change, payload):
        with pytest.raises(InvalidInputError):
            practice.clock(change, payload, now=START)

    def test_a_room_that_is_over_takes_none(self, practice):
        with pytest.raises(RoomOverError):
            practice.clock("paused", now=END)


class TestFinishing:
    def test_the_scheduler_closes_and_scores_it_once(self, exam):
        exam.act({"verb": "pin", "product": "jeans"}, at=60)

        with transaction() as db_session:
            assert services.close_finished_rooms(db_session, now=END - timedelta(seconds=1)) == 0
        for _ in range(3):
            with transaction() as db_session:
                services.close_finished_rooms(db_session, now=END + timedelta(seconds=1))

        with transaction() as db_session:
            room = db_session.get_one(RoomSession, exam.id)
            assert (room.closing, room.is_open) == ("finished", False)
            assert room.score is not None
            assert db_session.scalar(select(func.count()).select_from(RoomScore)) == 1
        assert [event.kind for event in exam.events()].count("closed") == 1

    def test_the_score_is_that_of_the_events(self, exam):
        exam.act({"verb": "pin", "product": "jeans"}, at=60)
        exam.act({"verb": "lucky_bag", "prize_fen": 5000, "minutes": 5}, at=90)
        exam.finish_by_scheduler(END + timedelta(seconds=1))

        with transaction() as db_session:
            room = db_session.get_one(RoomSession, exam.id)
            scenario = scenario_of(db_session, room.scenario_ref)
            result = room_result(
                scenario,
                room.keys,
                queries.log_of(db_session, room),
                reference_of(db_session, scenario),
            )
            score = queries.score_or_none(db_session, room.id)
            assert score.score == room.score == result.points
            assert score.head_hash == room.head_hash
            assert score.result["scenario_hash"] == scenario.content_hash()

    def test_who_does_nothing_is_the_house_and_scores_exactly_zero(self, exam):
        exam.finish_by_scheduler(END + timedelta(seconds=1))

        with transaction() as db_session:
            score = queries.score_or_none(db_session, exam.id)
            assert score.score == 0
            assert score.result["uplift_ratio"] == 0
            assert score.curves["twin"]["candidate"] == score.curves["twin"]["house"]

    def test_the_debrief_is_worked_out_once(self, exam):
        exam.act({"verb": "pin", "product": "jeans"}, at=60)
        for _ in range(3):
            exam.finish_by_scheduler(END + timedelta(seconds=1))

        with transaction() as db_session:
            score = queries.score_or_none(db_session, exam.id)
            assert db_session.scalar(select(func.count()).select_from(RoomDebrief)) == 1
            effects = queries.debrief_or_none(db_session, score.id).effects
            assert [effect["action"]["verb"] for effect in effects] == ["pin"]

    def test_a_room_judged_before_a_later_action_is_judged_again(self, exam):
        with transaction() as db_session:
            stale = scoring.judge(db_session, db_session.get_one(RoomSession, exam.id))
        exam.act({"verb": "pin", "product": "jeans"}, at=60)

        with transaction() as db_session:
            assert not services.finish_judged(db_session, stale, now=END + timedelta(seconds=1))
        exam.finish_by_scheduler(END + timedelta(seconds=1))
        with transaction() as db_session:
            assert len(db_session.scalars(select(RoomScore)).all()) == 1

    def test_a_counted_score_is_what_certification_reads(self, exam):
        exam.finish_by_scheduler(END + timedelta(seconds=1))

        with transaction() as db_session:
            (counted,) = counted_rooms(sat_rooms(db_session, exam.person_id), "little@1")
            assert (counted.score, counted.passed, counted.cut_score) == (0, False, 25)
            assert counted_rooms(sat_rooms(db_session, exam.person_id), "other@1") == []

    def test_practice_counts_for_nothing(self, practice):
        practice.finish_by_scheduler(END + timedelta(seconds=1))

        with transaction() as db_session:
            assert db_session.get_one(RoomSession, practice.id).score is not None
            assert counted_rooms(sat_rooms(db_session, practice.person_id), "") == []

    def test_a_paused_room_is_never_closed(self, practice):
        practice.clock("paused", now=START)

        practice.finish_by_scheduler(END + timedelta(days=3))

        assert [event.kind for event in practice.events()][-1] == "paused"


class TestFinishEarly:
    def test_gives_every_lever_back_and_takes_no_more(self, exam):
        exam.act({"verb": "pin", "product": "coat"}, at=30)
        exam.act({"verb": "pace", "pace": "push"}, at=31)
        exam.finish_early(now=START + timedelta(seconds=60))

        with pytest.raises(RoomOverError):
            exam.act({"verb": "pin", "product": "jeans"}, at=61)
        kinds = [event.kind for event in exam.events()]
        handed = [
            json.loads(event.payload)["action"]["lever"]
            for event in exam.events()
            if '"hand_back"' in event.payload
        ]
        assert kinds[-1] == "closed"
        assert handed == ["pin", "pace"]

    def test_the_score_is_that_of_the_full_session(self, exam):
        exam.finish_early(now=START + timedelta(seconds=60))
        exam.finish_by_scheduler(START + timedelta(seconds=61))

        with transaction() as db_session:
            score = queries.score_or_none(db_session, exam.id)
            assert score.score == 0
            assert score.curves["minutes"] == 30
            assert score.reason == "early"

    def test_a_repeat_changes_nothing(self, exam):
        for _ in range(3):
            exam.finish_early(now=START + timedelta(seconds=60))

        assert [event.kind for event in exam.events()].count("closed") == 1

    def test_after_the_end_the_session_counts_as_played_to_the_end(self, exam):
        exam.finish_early(now=END + timedelta(seconds=1))

        with transaction() as db_session:
            assert db_session.get_one(RoomSession, exam.id).closing == "finished"


class TestChain:
    def test_each_event_is_bound_to_its_predecessor_and_content(self, exam):
        exam.act({"verb": "pin", "product": "jeans"}, at=10)
        exam.finish_early(now=START + timedelta(seconds=60))

        previous = GENESIS
        for number, event in enumerate(exam.events(), start=1):
            assert event.sequence == number
            assert event.previous_hash == previous
            assert event.hash == event_hash(
                exam.public_id,
                number,
                event.kind,
                event.key,
                event.payload,
                event.at,
                previous,
            )
            previous = event.hash
        with transaction() as db_session:
            room = db_session.get_one(RoomSession, exam.id)
            assert (room.head_hash, room.event_count) == (previous, number)

    def test_an_altered_payload_no_longer_fits_its_hash(self, exam):
        exam.act({"verb": "pin", "product": "jeans"}, at=10)
        event = exam.events()[-1]
        altered = event.payload.replace("jeans", "coat")

        assert event.hash != event_hash(
            exam.public_id,
            event.sequence,
            event.kind,
            event.key,
            altered,
            event.at,
            event.previous_hash,
        )


class TestRoomOf:
    def test_somebody_elses_room_is_not_found(self, exam):
        with transaction() as db_session, pytest.raises(NotFoundError):
            queries.room_of(db_session, exam.public_id, exam.person_id + 1)

    def test_events_are_only_of_the_room_asked_for(self, exam):
        with transaction() as db_session:
            rows = db_session.scalars(select(RoomEvent)).all()
            assert {row.room_session_id for row in rows} == {exam.id}
