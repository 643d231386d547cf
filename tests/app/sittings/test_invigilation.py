"""The console\'s acts: for one, some and all, once, with their refusals."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.core.errors import (
    IdempotencyKeyReusedError,
    InvalidInputError,
    NotFoundError,
    SecondPersonRequiredError,
)
from app.exams.models import Attempt
from app.exams.presence import QUIET_AFTER
from app.sittings import accommodations, invigilation, queries, seats
from app.sittings.invigilation import ActRequest
from tests import cast
from tests.conftest import NOON
from tests.factories.sittings import add_sitting, book, enrolled_sitting, seat_started

pytestmark = pytest.mark.both_databases

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


@pytest.fixture
def hall(app, db_session, person_of):
    """Alice and Bob sit, both having begun at noon."""
    people = [person_of(cast.ALICE), person_of(cast.BOB)]
    sitting = enrolled_sitting(app, db_session, people, opens_at=NOON)
    alice, bob = (seat_started(app, db_session, sitting, one, now=NOON) for one in people)
    return Hall(db_session, sitting, alice, bob)


class Hall:
    def __init__(self, db_session, sitting, alice, bob):
        self.db_session, self.sitting, self.alice, self.bob = db_session, sitting, alice, bob

    def act(self, kind, *seats_chosen, now=NOON, key="console-0001", minutes=None, text="停电"):
        ids = tuple(seat.public_id for seat in seats_chosen)
        wanted = ActRequest(kind, ids, minutes, text, key)
        return invigilation.perform_act(
            self.db_session, self.sitting, wanted, actor="person:ines", now=now
        )

    def attempt(self, seat):
        return self.db_session.get(Attempt, seat.attempt_id)


class TestPerformAct:
    def test_extends_one_and_leaves_the_other(self, hall):
        act = hall.act("extend", hall.alice, minutes=5)

        assert act.seat_ids == [hall.alice.public_id]
        assert hall.attempt(hall.alice).due_at == NOON + 15 * MINUTE
        assert hall.attempt(hall.bob).due_at == NOON + 10 * MINUTE

    def test_extends_everybody_and_those_who_come_later(self, hall):
        hall.act("extend", minutes=5)

        for seat in (hall.alice, hall.bob):
            assert hall.attempt(seat).due_at == NOON + 15 * MINUTE
        assert hall.sitting.ends_at == NOON + 65 * MINUTE

    def test_a_repeat_does_nothing_more(self, hall):
        first = hall.act("extend", minutes=5)
        again = hall.act("extend", minutes=5, now=NOON + MINUTE)

        assert again.id == first.id
        assert hall.attempt(hall.alice).due_at == NOON + 15 * MINUTE
        assert hall.sitting.ends_at == NOON + 65 * MINUTE

    def test_a_key_with_another_act_is_refused(self, hall):
        hall.act("extend", minutes=5)

        with pytest.raises(IdempotencyKeyReusedError):
            hall.act("extend", minutes=50)

    def test_pause_and_resume_give_the_time_back(self, hall):
        hall.act("pause", now=NOON + MINUTE)
        hall.act("resume", now=NOON + 4 * MINUTE, key="console-0002")

        assert hall.attempt(hall.bob).due_at == NOON + 13 * MINUTE

    def test_a_break_needs_break_time(self, hall):
        with pytest.raises(invigilation.NobodyReachedError):
            hall.act("break", hall.alice)
        hall.attempt(hall.alice).break_left_s = 60
        act = hall.act("break", hall.alice, hall.bob, key="console-0002")

        assert act.seat_ids == [hall.alice.public_id]

    def test_an_announcement_reaches_pages_and_waiting_room(self, hall):
        hall.act("announce", text="请注意时间")

        assert hall.attempt(hall.alice).notices[0]["text"] == "请注意时间"
        told = queries.announcements_of(hall.db_session, hall.sitting.id)
        assert [one.text for one in told] == ["请注意时间"]

    def test_ending_closes_scores_and_notes_who_stayed_away(self, app, hall, db_session, person_of):
        hall.act("end", text="时间到")

        for seat in (hall.alice, hall.bob):
            attempt = hall.attempt(seat)
            assert attempt.closing == "ended"
            assert attempt.score_fraction is None  # held back until the release
        assert not hall.sitting.is_live

    @pytest.mark.parametrize(
        ("kind", "values"),
        [
            ("extend", {"minutes": None}),
            ("extend", {"minutes": 0}),
            ("extend", {"minutes": 241}),
            ("extend", {"minutes": 5, "text": ""}),
            ("pause", {"text": "x" * 301}),
            ("announce", {"text": ""}),
            ("delete", {}),
            ("pause", {"key": "short"}),
        ],
    )
    def test_refuses_what_makes_no_sense(self, hall, kind, values):
        with pytest.raises(InvalidInputError):
            hall.act(kind, **values)
        assert queries.acts_of(hall.db_session, hall.sitting.id) == []

    def test_a_seat_of_another_sitting_is_not_found(self, app, hall, db_session, person_of):
        other = add_sitting(db_session, opens_at=NOON + DAY, is_practice=True)
        seat = book(app, db_session, other, person_of(cast.ALICE), now=NOON)

        with pytest.raises(NotFoundError):
            hall.act("pause", seat)

    def test_nobody_invigilates_their_own_exam(self, hall, person_of):
        own = f"person:{person_of(cast.ALICE).public_id}"
        wanted = ActRequest("extend", (), 5, "停电", "console-0009")

        with pytest.raises(seats.OwnSeatError):
            invigilation.perform_act(hall.db_session, hall.sitting, wanted, actor=own, now=NOON)


class TestConsoleRows:
    def test_show_who_fell_silent(self, hall):
        rows = invigilation.console_rows(hall.db_session, hall.sitting, now=NOON + QUIET_AFTER)
        later = invigilation.console_rows(
            hall.db_session, hall.sitting, now=NOON + QUIET_AFTER + timedelta(seconds=1)
        )

        assert [row.state for row in rows] == ["running", "running"]
        assert [row.state for row in later] == ["silent", "silent"]

    def test_cost_the_same_for_any_number(self, app, hall, db_session, person_of):
        from sqlalchemy import event

        from app.core.db import db

        seen = []
        event.listen(db.engine, "before_cursor_execute", lambda *a: seen.append(a[2]))
        invigilation.console_rows(db_session, hall.sitting, now=NOON)
        assert len(seen) <= 8


class TestAccommodations:
    def propose(self, db_session, person, **values):
        fields = {"time_percent": 125, "break_minutes": 0, "reason": "证明", **values}
        return accommodations.propose_accommodation(
            db_session, person, actor="person:a", now=NOON, **fields
        )

    def test_wants_a_second_person(self, app, db_session, person_of):
        alice = person_of(cast.ALICE)
        granted = self.propose(db_session, alice)

        for one in ("person:a", f"person:{alice.public_id}"):
            with pytest.raises(SecondPersonRequiredError):
                accommodations.approve_accommodation(db_session, granted, actor=one, now=NOON)
        assert queries.accommodation_in_force(db_session, alice.id) is None
        accommodations.approve_accommodation(db_session, granted, actor="person:b", now=NOON)
        assert queries.accommodation_in_force(db_session, alice.id).id == granted.id

    @pytest.mark.parametrize(
        "values",
        [
            {"time_percent": 99},
            {"time_percent": 301},
            {"break_minutes": 121},
            {"time_percent": 100},
        ],
    )
    def test_refuses_figures_out_of_range(self, app, db_session, person_of, values):
        with pytest.raises(InvalidInputError):
            self.propose(db_session, person_of(cast.ALICE), **values)

    def test_ends_once(self, app, db_session, person_of):
        granted = self.propose(db_session, person_of(cast.ALICE))
        accommodations.end_accommodation(db_session, granted, actor="person:a", now=NOON)

        with pytest.raises(accommodations.AccommodationEndedError):
            accommodations.approve_accommodation(db_session, granted, actor="person:b", now=NOON)
