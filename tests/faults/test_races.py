"""Many at once: one attempt of twenty starts, one score of twenty submissions, no update lost."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, TypeVar

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.core.db import db, transaction
from app.core.errors import ConflictError
from app.core.jobs.models import JobClaim
from app.core.jobs.services import LEASE, claim_slot, finish_slot, slot_of
from app.core.rate_limits import RateCount, count_hit
from app.exams import queries, services
from app.exams.models import Attempt, AttemptEvent, AttemptScore, PreparedForm
from app.rooms.models import RoomEvent, RoomSession
from app.rooms.services import start_room
from app.scheduler import Job, run_due
from tests import cast
from tests.conftest import NOON
from tests.factories.exams import TERMS, publish_little_bank
from tests.factories.rooms import EXAM_TERMS, publish_little_room
from tests.faults.desk import Desk

pytestmark = [pytest.mark.faults, pytest.mark.both_databases]

T = TypeVar("T")


def at_once(app: Flask, count: int, work: Callable[[int], T]) -> list[T]:
    """Run `work(0)` … `work(count - 1)` in threads that begin together, each with a context."""
    barrier = threading.Barrier(count)

    def run(number: int) -> T:
        with app.app_context():
            barrier.wait(10)
            try:
                return work(number)
            finally:
                db.session.remove()

    with ThreadPoolExecutor(count) as pool:
        return [done.result() for done in [pool.submit(run, number) for number in range(count)]]


@contextmanager
def reading() -> Iterator[Any]:
    """A session that sees what is committed now."""
    db.session.remove()
    yield db.session()
    db.session.remove()


def count_of(model: type) -> int:
    with reading() as db_session:
        return int(db_session.scalar(select(func.count()).select_from(model)))


class TestTwentyStartsAtOnce:
    @pytest.fixture
    def people(self, app, db_session, person_of):
        """Alice and Bob, and only three prepared forms for their many clicks."""
        publish_little_bank(db_session, now=NOON, forms=3)
        people = [person_of(member).id for member in (cast.ALICE, cast.BOB)]
        db_session.commit()
        db_session.close()
        return people

    def start(self, person_id: int) -> str:
        with transaction() as db_session:
            return services.start_attempt(db_session, person_id, TERMS, now=NOON).public_id

    def test_give_one_attempt_and_use_one_form(self, app, people):
        started = at_once(app, 20, lambda number: self.start(people[0]))

        assert len(set(started)) == 1
        assert count_of(Attempt) == 1
        assert count_of(AttemptEvent) == 1
        with reading() as db_session:
            used = select(func.count()).where(PreparedForm.used_at.is_not(None))
            assert db_session.scalar(used) == 1

    def test_of_two_people_give_two_attempts_on_two_forms(self, app, people):
        started = at_once(app, 10, lambda number: self.start(people[number % 2]))

        assert len(set(started)) == 2
        with reading() as db_session:
            first, second = db_session.scalars(select(Attempt.form)).all()
            assert first != second


def test_twenty_starts_of_a_room_at_once_give_one(app, db_session, person_of):
    publish_little_room(db_session, now=NOON)
    alice_id = person_of(cast.ALICE).id
    db_session.commit()
    db_session.close()

    def start(number: int) -> str:
        with transaction() as db_session:
            return start_room(db_session, alice_id, EXAM_TERMS, now=NOON).public_id

    started = at_once(app, 20, start)

    assert len(set(started)) == 1
    assert count_of(RoomSession) == 1
    assert count_of(RoomEvent) == 1


class TestTwentySubmissionsAtOnce:
    """F9: a double submission, and answers under way beside it."""

    @pytest.fixture
    def desk(self, app):
        return Desk(app)

    def test_make_one_event_one_score_and_twenty_equal_answers(self, app, desk):
        answers = at_once(app, 20, lambda number: desk.submit())

        assert {(answer.status_code, answer.text) for answer in answers} == {(200, answers[0].text)}
        assert count_of(AttemptScore) == 1
        with reading() as db_session:
            kinds = Counter(db_session.scalars(select(AttemptEvent.kind)))
            assert kinds == {"started": 1, "opened": 1, "submitted": 1}

    def test_leave_no_answer_behind_that_came_with_them(self, app, desk):
        answers = at_once(app, 12, lambda n: desk.save(n) if n % 2 else desk.submit())

        saves = answers[1::2]
        acked = {save.json["server_sequence"] for save in saves if save.status_code == 200}
        assert {save.status_code for save in saves} <= {200, 409}
        with reading() as db_session:
            events = db_session.scalars(select(AttemptEvent).order_by(AttemptEvent.sequence)).all()
            assert events[-1].kind == "submitted"
            assert {event.sequence for event in events if event.kind == "saved"} == acked
            attempt = db_session.scalars(select(Attempt)).one()
            score = queries.score_of(db_session, attempt.id)
            assert services.exam_score(db_session, attempt).fraction == score.fraction
            assert score.head_hash == events[-1].hash


def test_six_threads_that_read_and_write_lose_no_update(app):
    """Finding 1 of reliability.md: the stock stack counted 201 of 1,200 here, without an error."""
    with transaction() as db_session:
        db_session.add(RateCount(key_hash="probe", window_at=NOON, count=0))

    def read_then_write() -> None:
        with transaction() as db_session:
            row = db_session.scalars(select(RateCount).with_for_update()).one()
            row.count = row.count + 1

    at_once(app, 6, lambda number: [read_then_write() for _ in range(200)])

    with reading() as db_session:
        assert db_session.scalar(select(RateCount.count)) == 1200


def test_a_classroom_that_signs_in_at_once_is_counted_and_nobody_is_refused(app):
    def hit(number: int) -> int | None:
        with transaction() as db_session:
            return count_hit(db_session, "sign-in:1", limit=20, window_s=300, now=NOON)

    assert at_once(app, 20, hit) == [None] * 20
    assert hit(21) is not None


class TestTwoSchedulers:
    """Finding 8 and F13: without claims, two processes ran every job twice."""

    PERIOD_S = 5

    def job(self, work: Callable[[], object]) -> Job:
        return Job("probe", self.PERIOD_S, lambda db_session, now: work())

    def test_each_slot_runs_once(self, app):
        ran: list[int] = []

        def tick(holder: int) -> int:
            done = 0
            for slot in range(10):
                job = self.job(lambda slot=slot: ran.append(slot))
                done += run_due(
                    job, f"holder-{holder}", now=NOON + timedelta(seconds=slot * self.PERIOD_S)
                )
            return done

        done = at_once(app, 2, tick)

        assert Counter(ran) == dict.fromkeys(range(10), 1)
        assert sum(done) == 10
        with reading() as db_session:
            assert (
                db_session.scalar(select(func.count()).where(JobClaim.done_at.is_not(None))) == 10
            )

    def claim(self, holder: str, *, after: timedelta = timedelta()) -> bool:
        with transaction() as db_session:
            return claim_slot(db_session, "probe", NOON, holder, now=NOON + after)

    def test_a_dead_holders_slot_is_taken_over_when_its_lease_ends(self, app):
        assert self.claim("dead")

        assert not self.claim("second", after=LEASE - timedelta(seconds=1))
        assert self.claim("second", after=LEASE)
        assert not self.claim("third", after=LEASE)

    def test_a_holder_that_wakes_too_late_leaves_nothing(self, app):
        assert self.claim("sleeper")
        assert self.claim("second", after=LEASE)

        with pytest.raises(ConflictError, match="sleeper"):
            self.work_and_finish("sleeper")

        assert count_of(RateCount) == 0
        self.work_and_finish("second")
        assert count_of(RateCount) == 1

    def work_and_finish(self, holder: str) -> None:
        with transaction() as db_session:
            count_hit(db_session, "work", limit=9, window_s=60, now=NOON)
            finish_slot(db_session, "probe", NOON, holder, now=NOON + LEASE)

    def test_a_failed_slot_can_be_taken_over_too(self, app):
        def fail() -> None:
            raise ConflictError("work failed")

        with pytest.raises(ConflictError):
            run_due(self.job(fail), "first", now=NOON)

        assert slot_of(NOON, self.PERIOD_S) == NOON
        assert self.claim("second", after=LEASE)
