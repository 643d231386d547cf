"""Sections: one is open, what was left stays shut, what lies ahead is not shown."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.core import clock
from app.core.db import db, transaction
from app.core.errors import InvalidInputError, SupersededSessionError
from app.exams import queries, running, services
from app.exams.models import Attempt, LateAnswer
from app.exams.saving import (
    SAVE_GRACE,
    AttemptClosedError,
    AttemptPausedError,
    Change,
    DeadlinePassedError,
    SectionLockedError,
    SectionOverError,
    SectionPassedError,
    save_response,
)
from tests import cast
from tests.conftest import NOON, csrf_token
from tests.factories.exams import TERMS
from tests.factories.sections import SECTION_S, start_parted_attempt

MINUTE = timedelta(minutes=1)
SECTION = timedelta(seconds=SECTION_S)
RIGHT = {"single_choice": ["a"], "multiple_choice": ["a", "b"]}


class Desk:
    """Alice's attempt in three sections, its page open."""

    def __init__(self, public_id, person_id):
        self.public_id, self.person_id = public_id, person_id

    def save(self, position, n, *, now=NOON, epoch=1):
        value = {"number": "2.5"} if position == 7 else {"selected": ["a"]}
        change = Change(f"key-{n:08}", position, value, False, n, epoch)
        return save_response(self.public_id, self.person_id, change, now=now)

    def leave(self, section, *, now=NOON, epoch=1, key=""):
        with transaction() as db_session:
            return running.pass_barrier(
                db_session,
                self.locked(db_session),
                section=section,
                writer_epoch=epoch,
                key=key or f"leave-{section}-0001",
                now=now,
            )

    def locked(self, db_session):
        return queries.attempt_of(db_session, self.public_id, self.person_id, lock=True)

    def act(self, name, **values):
        with transaction() as db_session:
            return getattr(running, name)(db_session, self.locked(db_session), **values)

    @property
    def row(self):
        with transaction() as db_session:
            attempt = self.locked(db_session)
            db_session.expunge(attempt)
            return attempt

    def events(self):
        with transaction() as db_session:
            return [one.kind for one in queries.events_of(db_session, self.row.id)]


@pytest.fixture
def desk(app, db_session, person_of):
    attempt = start_parted_attempt(db_session, person_of(cast.ALICE).id, now=NOON)
    services.open_page(db_session, attempt, now=NOON)
    db_session.commit()
    held = Desk(attempt.public_id, attempt.person_id)
    db_session.close()
    db.session.remove()
    return held


@pytest.mark.both_databases
class TestPassBarrier:
    def test_pins_the_sections_when_it_starts(self, desk):
        assert desk.row.sections == [
            ["单选", 1, 4, None],
            ["多选", 5, 6, SECTION_S],
            ["计算", 7, 7, None],
        ]
        assert (desk.row.section_at, desk.row.open_from, desk.row.open_to) == (0, 1, 4)
        assert desk.row.section_due_at is None

    def test_opens_the_next_and_shuts_the_one_behind(self, desk):
        desk.save(1, 1)

        assert desk.leave(1, now=NOON + MINUTE)

        assert (desk.row.open_from, desk.row.open_to) == (5, 6)
        assert desk.row.section_due_at == NOON + MINUTE + SECTION
        with pytest.raises(SectionPassedError):
            desk.save(2, 2, now=NOON + MINUTE)
        desk.save(5, 3, now=NOON + MINUTE)
        with transaction() as db_session:
            assert set(queries.values_of(db_session, desk.row.id)) == {1, 5}

    def test_what_comes_behind_it_is_kept_and_not_scored(self, desk):
        desk.leave(1)

        with pytest.raises(SectionPassedError):
            desk.save(2, 1)

        with transaction() as db_session:
            (late,) = queries.late_answers_of(db_session, desk.row.id)
            assert (late.position, late.reason) == (2, "section_passed")
            assert queries.values_of(db_session, desk.row.id) == {}

    def test_an_acknowledged_answer_is_acknowledged_again_behind_it(self, desk):
        desk.save(1, 1)
        desk.leave(1)

        assert desk.save(1, 1).duplicate

    def test_what_lies_ahead_takes_nothing(self, desk):
        with pytest.raises(SectionLockedError):
            desk.save(5, 1)

        with transaction() as db_session:
            assert db_session.scalars(select(LateAnswer)).all() == []

    def test_a_repeat_passes_once(self, desk):
        assert desk.leave(1)
        assert not desk.leave(1)
        with pytest.raises(SectionPassedError):
            desk.leave(1, key="another-0001")

        assert desk.row.section_at == 1
        assert desk.events().count("passed") == 1

    @pytest.mark.parametrize(
        ("section", "error"),
        [(0, InvalidInputError), (2, SectionLockedError), (3, running.NoSectionError)],
    )
    def test_leads_to_the_next_one_only(self, desk, section, error):
        with pytest.raises(error):
            desk.leave(section)

        assert desk.row.section_at == 0

    def test_an_older_page_leads_nobody_through(self, desk):
        with transaction() as db_session:
            services.open_page(db_session, desk.locked(db_session), now=NOON)

        with pytest.raises(SupersededSessionError):
            desk.leave(1, epoch=1)

        assert desk.row.section_at == 0
        assert desk.leave(1, epoch=2)

    def test_not_while_the_clock_stands_nor_after_the_end(self, desk):
        due = NOON + timedelta(seconds=TERMS.limit_s)
        desk.act("pause_attempt", reason="断电", key="act-00000001", actor="staff", now=NOON)
        with pytest.raises(AttemptPausedError):
            desk.leave(1)
        desk.act("resume_attempt", key="act-00000002", actor="staff", now=NOON)

        with pytest.raises(DeadlinePassedError):
            desk.leave(1, now=due + SAVE_GRACE + MINUTE)
        with transaction() as db_session:
            services.submit_attempt(db_session, desk.locked(db_session), key="end-0001", now=NOON)
        with pytest.raises(AttemptClosedError):
            desk.leave(1)

    def test_a_form_without_sections_has_no_barrier(self, app, db_session, person_of):
        from tests.factories.exams import start_little_attempt

        attempt = start_little_attempt(db_session, person_of(cast.ALICE).id, now=NOON)

        assert (attempt.sections, attempt.open_to) == (None, None)
        with pytest.raises(running.NoSectionError):
            running.pass_barrier(
                db_session, attempt, section=1, writer_epoch=0, key="leave-0001", now=NOON
            )


@pytest.mark.both_databases
class TestSectionTime:
    def test_counts_until_its_grace_is_over(self, desk):
        desk.leave(1)
        over = NOON + SECTION

        desk.save(5, 1, now=over + SAVE_GRACE)
        with pytest.raises(SectionOverError):
            desk.save(6, 2, now=over + SAVE_GRACE + timedelta(milliseconds=1))

        with transaction() as db_session:
            assert set(queries.values_of(db_session, desk.row.id)) == {5}
            (late,) = queries.late_answers_of(db_session, desk.row.id)
            assert late.reason == "section_over"

    def test_the_next_section_is_entered_after_it(self, desk):
        desk.leave(1)

        assert desk.leave(2, now=NOON + SECTION + MINUTE)

        desk.save(7, 1, now=NOON + SECTION + MINUTE)
        with transaction() as db_session:
            event = queries.last_event_of_kind(db_session, desk.row.id, "passed")
            assert json.loads(event.payload)["by"] == "time"

    def test_an_accommodation_stretches_it(self, app, db_session, person_of):
        attempt = start_parted_attempt(db_session, person_of(cast.ALICE).id, now=NOON)
        attempt.time_percent = 150

        running.pass_barrier(
            db_session, attempt, section=1, writer_epoch=0, key="leave-0001", now=NOON
        )

        assert attempt.section_due_at == NOON + 1.5 * SECTION

    def test_extensions_pauses_and_outages_move_it(self, desk):
        desk.leave(1)
        staff = {"actor": "staff"}
        desk.act("extend_attempt", minutes=5, reason="断电", key="act-00000001", now=NOON, **staff)
        desk.act("pause_attempt", reason="断电", key="act-00000002", now=NOON, **staff)
        desk.act("resume_attempt", key="act-00000003", now=NOON + 3 * MINUTE, **staff)

        assert desk.row.section_due_at == NOON + SECTION + 8 * MINUTE
        assert desk.row.due_at == NOON + timedelta(seconds=TERMS.limit_s) + 8 * MINUTE

    def test_a_section_does_not_end_while_the_clock_stands(self, desk):
        desk.leave(1)
        at = NOON + SECTION
        desk.act("pause_attempt", reason="断电", key="act-00000002", actor="staff", now=at)

        desk.save(5, 1, now=at + timedelta(seconds=5))  # the page had not learnt of it


class TestPage:
    @pytest.fixture
    def page(self, app, db_session, person_of, as_alice):
        attempt = start_parted_attempt(db_session, person_of(cast.ALICE).id, now=clock.now())
        public_id = attempt.public_id
        db_session.commit()
        db.session.remove()
        return Page(as_alice, public_id)

    def test_holds_no_item_that_lies_ahead(self, page):
        data = page.data

        assert [item["position"] for item in data["items"]] == [1, 2, 3, 4]
        assert [one["state"] for one in data["sections"]] == ["open", "ahead", "ahead"]
        assert "multiple" not in json.dumps(data["items"], ensure_ascii=False)

    def test_shows_what_lies_behind_as_passed(self, page):
        page.open()
        answer = page.leave(1)

        assert (answer.status_code, answer.json["section"]) == (200, 2)
        assert answer.json["section_due_at"] is not None
        data = page.data
        assert [item["position"] for item in data["items"] if item["is_passed"]] == [1, 2, 3, 4]
        assert [item["position"] for item in data["items"] if not item["is_passed"]] == [5, 6]
        assert [one["state"] for one in data["sections"]] == ["passed", "open", "ahead"]
        assert data["sections"][1]["minutes"] == SECTION_S // 60

    @pytest.mark.parametrize(
        ("body", "status", "code"),
        [
            ({"section": 2}, 409, "section_locked"),
            ({"section": "1"}, 422, "invalid"),
            ({"section": -1}, 422, "invalid"),
            ({"section": 1, "writer_epoch": 0}, 409, "superseded_session"),
            ({"section": 1, "key": "x"}, 400, "bad_json"),
        ],
    )
    def test_refuses_and_stays(self, page, body, status, code):
        page.open()

        answer = page.leave(body.pop("section"), **body)

        assert (answer.status_code, answer.json["type"]) == (status, code)
        assert page.data["section"] == 1

    def test_somebody_elses_is_not_found(self, page, as_bob):
        page.open()

        assert Page(as_bob, page.public_id).leave(1).status_code == 404
        assert page.data["section"] == 1

    def test_wants_the_token(self, page):
        body = {"section": 1, "writer_epoch": 1, "key": "leave-0001"}

        answer = page.client.post(f"{page.url}/sections", json=body)

        assert (answer.status_code, answer.json["type"]) == (400, "csrf_failed")


class Page:
    """The exam page, spoken to as its script does."""

    def __init__(self, client, public_id):
        self.client, self.public_id = client, public_id
        self.url = f"/exams/attempts/{public_id}"
        self.token = csrf_token(client)
        self.epoch = 1

    @property
    def data(self):
        text = self.client.get(self.url).text
        return json.loads(re.search(r'id="exam-data"[^>]*>(.*?)</script>', text, re.S)[1])

    def post(self, what, body):
        headers = {"X-CSRFToken": self.token}
        return self.client.post(f"{self.url}/{what}", json=body, headers=headers)

    def open(self):
        self.epoch = self.post("state", {"take_over": True}).json["writer_epoch"]

    def leave(self, section, **changes):
        body = {"section": section, "writer_epoch": self.epoch, "key": f"leave-{section}-01"}
        return self.post("sections", {**body, **changes})


@pytest.mark.both_databases
class TestOwnBreak:
    """A candidate's break stops the clock as far as break time was granted, and no further."""

    @pytest.fixture
    def granted(self, desk):
        with transaction() as db_session:
            desk.locked(db_session).break_left_s = 300
        return desk

    def begin(self, desk, *, now=NOON, key="break-0001"):
        return desk.act("begin_break", reason="考生休息", key=key, actor="alice", now=now)

    def test_is_given_back_and_used_up(self, granted):
        due = granted.row.due_at
        self.begin(granted)
        assert granted.row.is_on_break
        granted.act("end_break", key="back-0001", actor="alice", now=NOON + 2 * MINUTE)

        assert granted.row.due_at == due + 2 * MINUTE
        assert (granted.row.break_left_s, granted.row.is_on_break) == (180, False)

    def test_ends_by_itself_when_its_time_is_used_up(self, granted):
        due = granted.row.due_at
        self.begin(granted)

        def sweep(minutes):
            with transaction() as db_session:
                return running.end_spent_breaks(db_session, now=NOON + minutes * MINUTE)

        assert [sweep(4), sweep(6), sweep(7)] == [0, 1, 0]
        assert granted.row.paused_at is None
        assert granted.row.due_at == due + 5 * MINUTE
        with pytest.raises(running.NoBreakLeftError):
            self.begin(granted, now=NOON + 8 * MINUTE, key="break-0002")

    def test_needs_break_time(self, desk):
        with pytest.raises(running.NoBreakLeftError):
            self.begin(desk)

        assert desk.row.paused_at is None

    def test_nobody_ends_the_invigilators_pause(self, granted):
        granted.act("pause_attempt", reason="断电", key="act-00000001", actor="staff", now=NOON)

        with pytest.raises(running.NotOnBreakError):
            granted.act("end_break", key="back-0001", actor="alice", now=NOON + MINUTE)

        assert granted.row.paused_at == NOON

    def test_through_the_page(self, app, db_session, person_of, as_alice):
        attempt = start_parted_attempt(db_session, person_of(cast.ALICE).id, now=clock.now())
        attempt.break_left_s = 60
        public_id = attempt.public_id
        db_session.commit()
        db.session.remove()
        page = Page(as_alice, public_id)
        page.open()

        began = page.post("break", {"key": "break-0001", "is_over": False})
        again = page.post("break", {"key": "break-0002", "is_over": False})
        ended = page.post("break", {"key": "break-0003", "is_over": True})
        wrong = page.post("break", {"key": "break-0004", "is_over": "yes"})

        assert began.json["paused"]["is_break"] is True
        assert (again.status_code, again.json["type"]) == (409, "already_paused")
        assert (ended.status_code, ended.json["paused"]) == (200, None)
        assert wrong.status_code == 400


def test_every_open_attempt_of_before_stays_open_to_its_end(app, db_session, person_of):
    """A row without sections takes answers at every position."""
    attempt = start_parted_attempt(db_session, person_of(cast.ALICE).id, now=NOON)
    attempt.sections, attempt.open_to = None, None
    services.open_page(db_session, attempt, now=NOON)
    db_session.commit()
    public_id, person_id = attempt.public_id, attempt.person_id
    db.session.remove()

    save_response(
        public_id, person_id, Change("key-00000001", 7, {"number": "1"}, False, 1, 1), now=NOON
    )

    with transaction() as db_session:
        assert db_session.scalars(select(Attempt)).one().section_at == 0
