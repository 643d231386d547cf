"""Acts on a running attempt, late answers, outages and files of unsent answers."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.core.db import db, transaction
from app.exams import outages, queries, running, services, unsent
from app.exams.models import Attempt, LateAnswer, Outage, ServerBeat
from app.exams.saving import (
    PAUSE_GRACE,
    SAVE_GRACE,
    AttemptClosedError,
    AttemptPausedError,
    Change,
    DeadlinePassedError,
    save_response,
)
from tests import cast
from tests.conftest import NOON
from tests.factories.exams import TERMS, start_little_attempt

pytestmark = pytest.mark.both_databases

DUE = NOON + timedelta(seconds=TERMS.limit_s)
MINUTE = timedelta(minutes=1)


class Desk:
    def __init__(self, attempt):
        self.id, self.public_id, self.person_id = attempt.id, attempt.public_id, attempt.person_id
        self.position = next(
            n for n, ref in enumerate(attempt.item_refs, 1) if ref.startswith("single")
        )

    def save(self, n=1, *, now=NOON, choice="a"):
        change = Change(f"key-{n:08}", self.position, {"selected": [choice]}, False, n, 1)
        return save_response(self.public_id, self.person_id, change, now=now)

    def act(self, name, *, now, key="act-00000001", **values):
        with transaction() as db_session:
            attempt = queries.attempt_by_public_id(db_session, self.public_id, lock=True)
            doer = getattr(running, f"{name}_attempt")
            done = doer(db_session, attempt, key=key, actor="person:ines", now=now, **values)
            return done, attempt.due_at

    def row(self):
        with transaction() as db_session:
            attempt = db_session.get(Attempt, self.id)
            db_session.expunge(attempt)
            return attempt

    def kinds(self):
        with transaction() as db_session:
            return [event.kind for event in queries.events_of(db_session, self.id)]


@pytest.fixture
def desk(app, db_session, person_of):
    """Alice's attempt, committed, with her page open (epoch 1)."""
    attempt = start_little_attempt(db_session, person_of(cast.ALICE).id, now=NOON)
    services.open_page(db_session, attempt, now=NOON)
    db_session.commit()
    held = Desk(attempt)
    db.session.remove()
    return held


class TestExtendAttempt:
    def test_moves_the_deadline_that_saving_reads(self, desk):
        desk.act("extend", minutes=5, reason="停电", now=NOON)

        desk.save(1, now=DUE + 5 * MINUTE + SAVE_GRACE)
        with pytest.raises(DeadlinePassedError):
            desk.save(2, now=DUE + 5 * MINUTE + SAVE_GRACE + timedelta(milliseconds=1))

    def test_a_repeat_of_its_key_extends_once(self, desk):
        first = desk.act("extend", minutes=5, reason="停电", now=NOON)
        again = desk.act("extend", minutes=5, reason="停电", now=NOON + MINUTE)

        assert first == (True, DUE + 5 * MINUTE)
        assert again == (False, DUE + 5 * MINUTE)
        assert desk.kinds().count("extended") == 1

    def test_is_too_late_once_the_attempt_is_closed(self, desk):
        with transaction() as db_session:
            services.close_overdue_attempts(db_session, now=DUE + MINUTE)

        with pytest.raises(AttemptClosedError):
            desk.act("extend", minutes=5, reason="停电", now=DUE + MINUTE)


class TestPauseAttempt:
    def test_gives_the_whole_pause_back(self, desk):
        desk.act("pause", reason="消防警报", now=NOON + MINUTE)

        _, due_at = desk.act("resume", key="act-00000002", now=NOON + 11 * MINUTE)

        assert due_at == DUE + 10 * MINUTE

    def test_a_save_under_way_still_counts_then_waits_and_is_not_lost(self, desk):
        desk.act("pause", reason="消防警报", now=NOON)

        desk.save(1, now=NOON + PAUSE_GRACE)
        with pytest.raises(AttemptPausedError) as refused:
            desk.save(2, now=NOON + PAUSE_GRACE + timedelta(milliseconds=1))
        desk.act("resume", key="act-00000002", now=NOON + MINUTE)
        desk.save(2, now=NOON + 2 * MINUTE)

        assert refused.value.retry_after_s == 5
        with transaction() as db_session:
            assert db_session.scalar(select(func.count()).select_from(LateAnswer)) == 0

    def test_nobody_runs_out_of_time_while_the_clock_stands(self, desk):
        desk.act("pause", reason="消防警报", now=DUE - MINUTE)

        with transaction() as db_session:
            assert services.close_overdue_attempts(db_session, now=DUE + 30 * MINUTE) == 0
        _, due_at = desk.act("resume", key="act-00000002", now=DUE + 30 * MINUTE)

        assert due_at == DUE + 31 * MINUTE

    def test_is_refused_when_time_is_over_or_the_clock_stands(self, desk):
        with pytest.raises(running.TimeOverError):
            desk.act("pause", reason="晚了", now=DUE + MINUTE)
        desk.act("pause", reason="警报", key="act-00000002", now=NOON)
        with pytest.raises(running.AlreadyPausedError):
            desk.act("pause", reason="警报", key="act-00000003", now=NOON)
        desk.act("resume", key="act-00000004", now=NOON)
        with pytest.raises(running.NotPausedError):
            desk.act("resume", key="act-00000005", now=NOON)

    def test_a_break_is_given_back_only_as_far_as_it_was_granted(self, desk):
        with transaction() as db_session:
            db_session.get(Attempt, desk.id).break_left_s = 300
        desk.act("pause", reason="休息", is_break=True, now=NOON)

        _, due_at = desk.act("resume", key="act-00000002", now=NOON + 7 * MINUTE)

        assert due_at == DUE + 5 * MINUTE
        assert desk.row().break_left_s == 0


class TestTellAttempt:
    def test_the_page_is_told_once(self, desk):
        desk.act("tell", text="还有一小时", now=NOON)
        desk.act("tell", text="还有一小时", now=NOON)

        assert [one["text"] for one in desk.row().notices] == ["还有一小时"]


class TestLateAnswers:
    def test_are_kept_once_and_not_scored(self, desk):
        desk.save(1, choice="b")
        late = DUE + SAVE_GRACE + timedelta(seconds=1)

        for _ in range(2):
            with pytest.raises(DeadlinePassedError):
                desk.save(2, now=late)
        with transaction() as db_session:
            services.close_overdue_attempts(db_session, now=late)
        with pytest.raises(AttemptClosedError):
            desk.save(3, now=late)

        with transaction() as db_session:
            kept = queries.late_answers_of(db_session, desk.id)
            assert [(one.client_sequence, one.reason) for one in kept] == [
                (2, "deadline_passed"),
                (3, "attempt_closed"),
            ]
            assert queries.score_of(db_session, desk.id).fraction == 0
            assert queries.values_of(db_session, desk.id) == {desk.position: {"selected": ["b"]}}


class TestOutages:
    def beat(self, now, **values):
        with transaction() as db_session:
            found = outages.note_beat(db_session, now=now, **values)
            return None if found is None else (found.began_at, found.ended_at, found.attempt_count)

    def test_a_silence_is_credited_once(self, desk):
        self.beat(NOON)

        outage = self.beat(NOON + MINUTE)
        again = self.beat(NOON + MINUTE + timedelta(seconds=2))

        assert outage == (NOON, NOON + MINUTE, 1)
        assert again is None
        assert desk.row().due_at == DUE + MINUTE
        assert desk.kinds().count("outage") == 1

    def test_beats_in_time_credit_nothing(self, desk):
        for n in range(5):
            assert self.beat(NOON + timedelta(seconds=5 * n)) is None
        assert desk.row().due_at == DUE

    def test_a_jump_of_the_wall_clock_is_no_outage(self, desk):
        self.beat(NOON)

        jumped = NOON + 30 * MINUTE
        assert self.beat(jumped, alive_since=jumped - timedelta(seconds=4)) is None
        assert desk.row().due_at == DUE

    def test_nobody_is_closed_while_the_server_is_away(self, desk):
        self.beat(DUE - MINUTE)
        back = DUE + MINUTE

        with transaction() as db_session:
            assert services.close_overdue_attempts(db_session, now=back) == 0
        self.beat(back)

        assert desk.row().due_at == DUE + 2 * MINUTE
        desk.save(1, now=back)

    def test_time_that_was_over_before_stays_over(self, desk):
        self.beat(DUE + MINUTE)

        assert self.beat(DUE + 5 * MINUTE)[2] == 0
        assert desk.row().due_at == DUE

    def test_a_paused_attempt_gets_it_back_by_its_pause_alone(self, desk):
        self.beat(NOON)
        desk.act("pause", reason="警报", now=NOON)

        self.beat(NOON + MINUTE)
        _, due_at = desk.act("resume", key="act-00000002", now=NOON + MINUTE)

        assert due_at == DUE + MINUTE

    def test_the_record_cannot_be_changed(self, desk):
        self.beat(NOON)
        self.beat(NOON + MINUTE)

        with pytest.raises(Exception, match="append-only"), transaction() as db_session:
            db_session.scalars(select(Outage)).one().attempt_count = 7
        with transaction() as db_session:
            assert db_session.scalar(select(func.count()).select_from(ServerBeat)) == 1


class TestUnsentFile:
    def file(self, desk, *changes, attempt=None):
        body = {"attempt": attempt or desk.public_id, "changes": list(changes)}
        return json.dumps(body).encode()

    def change(self, desk, n, **values):
        return {
            "sequence": n,
            "key": f"key-{n:08}",
            "position": desk.position,
            "value": {"selected": ["a"]},
            "flagged": False,
            **values,
        }

    def take(self, desk, data, *, now=NOON):
        changes = unsent.read_unsent(data, desk.public_id)
        return unsent.take_unsent(db.session, desk.row(), changes, now=now)

    def test_takes_the_one_write_path(self, desk):
        desk.save(1, choice="a")
        known, fresh = self.change(desk, 1), self.change(desk, 2, value={"selected": ["b"]})

        outcome = self.take(desk, self.file(desk, fresh, known))

        assert (outcome.saved, outcome.known, outcome.late, outcome.refused) == (1, 1, 0, [])
        with transaction() as db_session:
            assert queries.values_of(db_session, desk.id) == {desk.position: {"selected": ["b"]}}

    def test_what_comes_after_the_end_is_kept_and_not_scored(self, desk):
        outcome = self.take(desk, self.file(desk, self.change(desk, 1)), now=DUE + MINUTE)

        assert (outcome.saved, outcome.late) == (0, 1)
        with transaction() as db_session:
            assert queries.values_of(db_session, desk.id) == {}

    def test_a_wrong_value_is_named_by_its_row(self, desk):
        wrong = self.change(desk, 1, value={"selected": ["z"]})
        outcome = self.take(desk, self.file(desk, wrong, self.change(desk, 2)))

        assert outcome.saved == 1
        assert outcome.refused == [{"row": 1, "field": "value", "code": "invalid"}]

    @pytest.mark.parametrize(
        "data",
        [b"", b"no json", b"[]", b'{"attempt": "x", "changes": []}', b"\xff\xfe", b"[" * 9000],
    )
    def test_other_files_are_refused(self, desk, data):
        with pytest.raises(unsent.UnsentFileError):
            unsent.read_unsent(data, desk.public_id)

    def test_a_file_of_another_attempt_is_refused(self, desk):
        with pytest.raises(unsent.UnsentFileError):
            unsent.read_unsent(
                self.file(desk, self.change(desk, 1), attempt="another"), desk.public_id
            )

    def test_all_wrong_rows_are_named(self, desk):
        bad = self.change(desk, 1, key="x"), self.change(desk, 2, position=0), {"a": 1}

        with pytest.raises(unsent.UnsentFileError) as refused:
            unsent.read_unsent(self.file(desk, *bad), desk.public_id)
        assert [one["row"] for one in refused.value.errors] == [1, 2, 3]
