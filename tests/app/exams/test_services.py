"""Attempts through their services, on both databases; `now` is an argument everywhere."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.core.db import db, transaction
from app.core.errors import (
    IdempotencyKeyReusedError,
    NotFoundError,
    SupersededSessionError,
)
from app.core.hashing import GENESIS
from app.exams import queries, services
from app.exams.drawing import NoFormError
from app.exams.models import Attempt, AttemptEvent, AttemptScore
from app.exams.saving import (
    SAVE_GRACE,
    AttemptClosedError,
    Change,
    DeadlinePassedError,
    event_hash,
    save_response,
)
from tests import cast
from tests.conftest import NOON
from tests.factories.exams import TERMS, start_little_attempt

pytestmark = pytest.mark.both_databases


@pytest.fixture
def attempt(app, db_session, person_of):
    """Alice's attempt, committed, with her page open (epoch 1)."""
    attempt = start_little_attempt(db_session, person_of(cast.ALICE).id, now=NOON)
    services.open_page(db_session, attempt, now=NOON)
    db_session.commit()
    held = Held(attempt.public_id, attempt.person_id, attempt.id, list(attempt.item_refs))
    db_session.close()
    db.session.remove()
    return held


class Held:
    def __init__(self, public_id, person_id, row_id, refs):
        self.public_id, self.person_id, self.id, self.refs = public_id, person_id, row_id, refs

    def position_of(self, kind: str) -> int:
        return next(i for i, ref in enumerate(self.refs, 1) if ref.startswith(kind))

    def save(self, n: int = 1, *, now=NOON, kind="single", **changes):
        values = {
            "key": f"key-{n:08}",
            "position": self.position_of(kind),
            "value": {"selected": ["a"]},
            "flagged": False,
            "client_sequence": n,
            "writer_epoch": 1,
            **changes,
        }
        return save_response(self.public_id, self.person_id, Change(**values), now=now)

    def values(self):
        with transaction() as db_session:
            return queries.values_of(db_session, self.id)

    def events(self):
        with transaction() as db_session:
            return [
                (e.sequence, e.kind, e.key, e.payload, e.at, e.previous_hash, e.hash)
                for e in queries.events_of(db_session, self.id)
            ]


class TestStartAttempt:
    def test_a_second_start_returns_the_open_attempt(self, attempt):
        with transaction() as db_session:
            again = services.start_attempt(db_session, attempt.person_id, TERMS, now=NOON)
            assert again.public_id == attempt.public_id

    def test_uses_each_prepared_form_once(self, attempt):
        with transaction() as db_session:
            assert queries.unused_form_count(db_session, "little@1") == 2

    def test_refuses_when_no_form_is_left(self, app, db_session, person_of):
        with pytest.raises(NoFormError):
            services.start_attempt(db_session, person_of(cast.BOB).id, TERMS, now=NOON)


class TestSaveResponse:
    def test_acknowledges_what_the_database_holds(self, attempt):
        done = attempt.save(1)

        assert (done.ack, done.duplicate) == (1, False)
        assert attempt.values() == {attempt.position_of("single"): {"selected": ["a"]}}

    def test_a_repeat_is_acknowledged_and_not_applied_again(self, attempt):
        first = attempt.save(1)

        again = attempt.save(1)

        assert again.duplicate
        assert again.server_sequence == first.server_sequence
        assert [event[1] for event in attempt.events()].count("saved") == 1

    def test_a_key_with_another_payload_is_refused(self, attempt):
        attempt.save(1)

        with pytest.raises(IdempotencyKeyReusedError):
            attempt.save(1, value={"selected": ["b"]})
        assert list(attempt.values().values()) == [{"selected": ["a"]}]

    def test_an_older_change_that_arrives_late_does_not_win(self, attempt):
        attempt.save(2, value={"selected": ["b"]})

        attempt.save(1, value={"selected": ["a"]})

        assert list(attempt.values().values()) == [{"selected": ["b"]}]
        assert len(attempt.events()) == 4  # started, opened, both saves are on record

    def test_counts_until_the_grace_is_over(self, attempt):
        due = NOON + timedelta(seconds=TERMS.limit_s)

        attempt.save(1, now=due + SAVE_GRACE)

        with pytest.raises(DeadlinePassedError):
            attempt.save(2, now=due + SAVE_GRACE + timedelta(milliseconds=1))

    def test_an_acknowledged_change_is_acknowledged_again_even_when_late(self, attempt):
        attempt.save(1)

        again = attempt.save(1, now=NOON + timedelta(hours=2))

        assert again.duplicate

    def test_a_page_that_was_taken_over_is_refused(self, attempt):
        with transaction() as db_session:
            held = queries.attempt_of(db_session, attempt.public_id, attempt.person_id, lock=True)
            services.open_page(db_session, held, now=NOON)

        with pytest.raises(SupersededSessionError):
            attempt.save(1)
        attempt.save(1, writer_epoch=2)

    def test_somebody_elses_attempt_is_not_found(self, attempt):
        change = Change("key-00000001", 1, {"selected": ["a"]}, False, 1, 1)

        with pytest.raises(NotFoundError):
            save_response(attempt.public_id, attempt.person_id + 1, change, now=NOON)

    def test_a_position_outside_the_form_is_not_found(self, attempt):
        with pytest.raises(NotFoundError):
            attempt.save(1, position=7)
        assert attempt.values() == {}

    def test_events_form_an_unbroken_chain(self, attempt):
        attempt.save(1)
        attempt.save(2, value={"selected": ["b"]})

        previous = GENESIS
        for sequence, kind, key, payload, at, before, hashed in attempt.events():
            assert before == previous
            assert hashed == event_hash(attempt.public_id, sequence, kind, key, payload, at, before)
            previous = hashed
        with transaction() as db_session:
            assert db_session.get(Attempt, attempt.id).head_hash == previous


class TestSubmitAttempt:
    def submit(self, attempt, *, key="submit-0001", now=NOON):
        with transaction() as db_session:
            held = queries.attempt_of(db_session, attempt.public_id, attempt.person_id, lock=True)
            score = services.submit_attempt(db_session, held, key=key, now=now)
            return score.fraction, score.passed, held.closing

    def test_scores_the_newest_response_to_each_item(self, attempt):
        attempt.save(1, value={"selected": ["b"]})
        attempt.save(2, value={"selected": ["a"]})
        attempt.save(3, kind="multiple", value={"selected": ["a"]})
        attempt.save(4, kind="numeric", value={"number": "2.50"})

        fraction, passed, closing = self.submit(attempt)

        assert fraction == pytest.approx(2.5 / 6)
        assert not passed
        assert closing == "submitted"

    def test_a_repeat_gives_the_same_score_and_no_second_event(self, attempt):
        attempt.save(1)
        first = self.submit(attempt)

        assert self.submit(attempt) == first
        assert self.submit(attempt, key="another-submit") == first
        assert [event[1] for event in attempt.events()].count("submitted") == 1
        with transaction() as db_session:
            assert db_session.scalar(select(func.count()).select_from(AttemptScore)) == 1

    def test_takes_no_more_answers(self, attempt):
        self.submit(attempt)

        with pytest.raises(AttemptClosedError):
            attempt.save(1)

    def test_a_submission_after_the_grace_counts_what_was_saved(self, attempt):
        attempt.save(1)

        late = NOON + timedelta(seconds=TERMS.limit_s) + SAVE_GRACE + timedelta(seconds=1)
        fraction, _, closing = self.submit(attempt, now=late)

        assert closing == "overdue"
        assert fraction == pytest.approx(1 / 6)

    def test_the_score_names_the_events_it_was_made_from(self, attempt):
        self.submit(attempt)

        with transaction() as db_session:
            score = queries.score_of(db_session, attempt.id)
            assert score.head_hash == db_session.get(Attempt, attempt.id).head_hash
            assert len(score.credits) == 6
            assert sum(topic[2] for topic in score.topics) == 6


class TestCloseOverdueAttempts:
    def test_closes_and_scores_what_is_saved_once(self, attempt):
        attempt.save(1)
        late = NOON + timedelta(seconds=TERMS.limit_s) + SAVE_GRACE + timedelta(seconds=1)

        with transaction() as db_session:
            assert services.close_overdue_attempts(db_session, now=late) == 1
        with transaction() as db_session:
            assert services.close_overdue_attempts(db_session, now=late) == 0
            held = db_session.get(Attempt, attempt.id)
            assert held.closing == "overdue"
            assert held.score_fraction == pytest.approx(1 / 6)

    def test_leaves_running_attempts_alone(self, attempt):
        with transaction() as db_session:
            assert services.close_overdue_attempts(db_session, now=NOON) == 0

    def test_closed_stays_closed_when_the_clock_jumps_back(self, attempt):
        late = NOON + timedelta(seconds=TERMS.limit_s + 10)
        with transaction() as db_session:
            services.close_overdue_attempts(db_session, now=late)

        with pytest.raises(AttemptClosedError):
            attempt.save(1, now=NOON)


def test_events_hold_answers_and_never_keys(attempt):
    attempt.save(1)

    for _, _, _, payload, *_ in attempt.events():
        assert not {"key", "rationale", "correct"} & set(json.loads(payload))


def test_a_stored_event_cannot_be_told_twice(attempt):
    attempt.save(1)

    with pytest.raises(Exception, match=r"(?i)unique"), transaction() as db_session:
        event = db_session.scalars(select(AttemptEvent)).first()
        db_session.add(
            AttemptEvent(
                attempt_id=event.attempt_id,
                sequence=event.sequence,
                kind="saved",
                key="another-key",
                fingerprint="x",
                payload="{}",
                at=NOON,
                previous_hash="x",
                hash="x",
            )
        )
