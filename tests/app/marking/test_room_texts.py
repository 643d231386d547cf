"""What somebody writes about a 高级 room is marked in the same way."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.bank.services import publish_bank
from app.certification.models import RoomTextCredit
from app.core import clock
from app.core.db import db
from app.core.errors import InvalidInputError, NotFoundError
from app.marking import dealing, room_texts
from app.marking.models import MarkingTask
from question_bank.banks import ItemBank
from tests import cast
from tests.conftest import NOON, csrf_token
from tests.factories.certification import (
    add_room,
    little_programme,
    publish_little_programme,
    room_fact,
)
from tests.factories.kinds import short_item
from tests.factories.marking import FULL, NONE, add_markers, mark_by

DIAGNOSIS = "停留由 78 秒掉到 46 秒，卡在留人。"
REVIEW = "差 12 万，出在第 70 到 110 分钟；下一场断货一分钟内换讲。"
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def no_controls_by_chance(monkeypatch):
    monkeypatch.setattr(dealing, "control_is_due", lambda *args, **kwargs: False)


BOTH = {"texts": ["diagnosis", "review"], "cut_fraction": 0.6}
"""What the programme asks to be written."""


def senior_room(db_session, person_id, *, at, written=BOTH, diagnosis=DIAGNOSIS, tell=True):
    """A finished exam room of a programme, with what was written before it."""
    items = [short_item(one) for one in room_texts.RUBRIC_ID.values()]
    publish_bank(db_session, ItemBank(items), [], is_public=False, actor="cli:test", now=at)
    programme = little_programme(id="senior-little", level="senior", written=written)
    publish_little_programme(db_session, programme, now=at)
    room = add_room(db_session, person_id, 60.0, at=at, programme=programme, tell=False)
    room.diagnosis = diagnosis
    db_session.flush()
    if tell:
        room_texts.on_room_scored(db_session, room_fact(room))
    return room


@pytest.fixture
def alice(person_of):
    return person_of(cast.ALICE)


@pytest.mark.both_databases
class TestTexts:
    def submit(self, db_session, room, body=REVIEW, *, after=HOUR):
        return room_texts.submit_review(
            db_session, room, body, actor="person:alice", now=room.closed_at + after
        )

    def test_both_are_marked_by_two_and_told_to_the_writer(
        self, app, db_session, alice, password_hash
    ):
        room = senior_room(db_session, alice.id, at=NOON)
        self.submit(db_session, room)
        mary, milo, _ = add_markers(db_session, password_hash, now=NOON)
        for points in (FULL, NONE):
            for marker in (mary, milo):
                mark_by(db_session, marker, points, now=NOON + 2 * HOUR)

        diagnosis, review = room_texts.texts_of(db_session, room)

        assert (diagnosis.body, review.body) == (DIAGNOSIS, REVIEW)
        assert (diagnosis.mark.credit, review.mark.credit) == (1, 0)
        told = db_session.query(RoomTextCredit).filter_by(room_session_id=room.id)
        assert {one.part: one.credit for one in told} == {"diagnosis": 1.0, "review": 0.0}

    def test_the_writer_is_never_dealt_it(self, db_session, alice):
        senior_room(db_session, alice.id, at=NOON)

        with pytest.raises(dealing.NothingToMarkError):
            dealing.deal_next(db_session, alice.id, is_arbiter=True, now=NOON)

    def test_a_rescored_room_opens_no_second_task(self, db_session, alice):
        room = senior_room(db_session, alice.id, at=NOON)
        task = room_texts.texts_of(db_session, room)[0].task

        room_texts.on_room_scored(db_session, room_fact(room))

        assert room_texts.texts_of(db_session, room)[0].task is task

    @pytest.mark.parametrize(
        "changes",
        [
            {"written": None},
            {"written": {**BOTH, "texts": ["review"]}},
            {"diagnosis": None},
            {"diagnosis": "  "},
        ],
        ids=["no-texts", "review-alone", "nothing", "blank"],
    )
    def test_no_other_room_opens_one(self, db_session, alice, changes):
        room = senior_room(db_session, alice.id, at=NOON, **changes)

        assert [one.task for one in room_texts.texts_of(db_session, room) if one.task] == []

    def test_a_bank_without_the_rubric_does_not_stop_the_scoring(
        self, db_session, alice, monkeypatch
    ):
        room = senior_room(db_session, alice.id, at=NOON, tell=False)
        monkeypatch.setitem(room_texts.RUBRIC_ID, "diagnosis", "no-such-item")

        room_texts.on_room_scored(db_session, room_fact(room))

        assert room_texts.texts_of(db_session, room)[0].task is None

    def test_the_same_review_twice_is_one_and_another_is_refused(self, db_session, alice):
        room = senior_room(db_session, alice.id, at=NOON)
        first = self.submit(db_session, room)

        assert self.submit(db_session, room, f" {REVIEW} ").id == first.id
        with pytest.raises(room_texts.ReviewWrittenError):
            self.submit(db_session, room, REVIEW + "改过")
        assert first.body == REVIEW

    def test_is_taken_until_two_days_after_the_end(self, db_session, alice):
        room = senior_room(db_session, alice.id, at=NOON)

        with pytest.raises(room_texts.ReviewClosedError):
            self.submit(db_session, room, after=room_texts.REVIEW_WITHIN + timedelta(seconds=1))
        assert self.submit(db_session, room, after=room_texts.REVIEW_WITHIN).part == "review"

    @pytest.mark.parametrize("body", ["太短", "长" * 201], ids=["short", "long"])
    def test_keeps_to_the_length_of_its_rubric(self, db_session, alice, body):
        room = senior_room(db_session, alice.id, at=NOON)

        with pytest.raises(InvalidInputError):
            self.submit(db_session, room, body)

    def test_a_programme_without_texts_asks_for_none(self, db_session, alice):
        room = senior_room(db_session, alice.id, at=NOON, written=None)

        with pytest.raises(NotFoundError):
            self.submit(db_session, room)
        assert not room_texts.rooms_awaiting_review(db_session, alice.id, now=NOON + HOUR)

    def test_waits_on_the_writers_list_until_it_is_written(self, db_session, alice):
        room = senior_room(db_session, alice.id, at=NOON)
        waiting = room_texts.rooms_awaiting_review

        assert waiting(db_session, alice.id, now=NOON + HOUR) == [room]
        assert waiting(db_session, alice.id, now=NOON + 49 * HOUR) == []
        self.submit(db_session, room)
        assert waiting(db_session, alice.id, now=NOON + HOUR) == []


class TestPage:
    @pytest.fixture
    def path(self, db_session, alice):
        room = senior_room(db_session, alice.id, at=clock.now() - HOUR)
        found = f"/marking/rooms/{room.public_id}"
        db_session.commit()
        db.session.remove()
        return found

    def send(self, client, path, body):
        data = {"csrf_token": csrf_token(client), "body": body}
        return client.post(path, data=data)

    def test_takes_the_review_once(self, path, as_alice):
        assert "评分看什么" in as_alice.get(path).text
        assert self.send(as_alice, path, "").status_code == 422
        assert self.send(as_alice, path, "太短").status_code == 422

        assert self.send(as_alice, path, REVIEW).status_code == 303

        page = as_alice.get(path).text
        assert REVIEW in page
        assert "提交复盘" not in page
        assert self.send(as_alice, path, REVIEW + "改过").status_code == 409

    def test_is_the_writers_alone(self, path, as_bob, as_carol, stranger):
        assert as_bob.get(path).status_code == 404
        assert self.send(as_bob, path, REVIEW).status_code == 404
        assert as_carol.get(path).status_code == 403
        assert stranger.get(path).status_code == 302

    def test_home_tells_that_it_is_to_be_written(self, path, as_alice):
        assert path in as_alice.get("/").text

    def test_the_coordinator_sees_which_text_it_is(self, path, as_alice, as_carol, db_session):
        self.send(as_alice, path, REVIEW)
        (task,) = [one for one in db_session.query(MarkingTask) if one.part == "review"]

        page = as_carol.get(f"/marking/desk/tasks/{task.public_id}").text

        assert "复盘" in page
        assert "Alice" not in page
