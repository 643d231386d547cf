"""Booking, check-in and start, on both databases; every refusal changes nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.certification import queries as certification_queries
from app.certification import services as certification
from app.certification.services import RetakeTooEarlyError
from app.core.audit.models import AuditEntry
from app.core.db import db, transaction
from app.core.errors import InvalidInputError, NotFoundError, RateLimitedError
from app.exams import drawing
from app.exams import queries as exams
from app.exams.models import Attempt, PreparedForm
from app.exams.services import submit_attempt
from app.scheduler import prepare_forms
from app.sittings import accommodations, preparing, queries, seats, services
from app.sittings.models import Seat
from tests import cast
from tests.conftest import NOON
from tests.factories.certification import add_attempt, little_programme
from tests.factories.sittings import add_sitting, book, enrolled_sitting, seat_started

pytestmark = pytest.mark.both_databases

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


@pytest.fixture
def alice(person_of):
    return person_of(cast.ALICE)


@pytest.fixture
def bob(person_of):
    return person_of(cast.BOB)


@pytest.fixture
def sitting(app, db_session, alice, bob):
    return enrolled_sitting(app, db_session, [alice, bob], opens_at=NOON)


def start(app, db_session, sitting, seat, *, now=NOON):
    return seats.start_seat(db_session, sitting, seat, settings=app.config["SETTINGS"], now=now)


class TestPlanSitting:
    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"closes_at": NOON - MINUTE}, "closes_at"),
            ({"ends_at": NOON + 30 * MINUTE}, "ends_at"),
            ({"seat_count": 0}, "seat_count"),
        ],
    )
    def test_refuses_moments_out_of_order(self, app, db_session, sitting, changes, field):
        with pytest.raises(InvalidInputError) as refused:
            add_sitting(db_session, opens_at=NOON, **changes)
        assert field in [one["field"] for one in refused.value.errors]

    def test_refuses_an_unknown_programme(self, app, db_session, sitting):
        with pytest.raises(NotFoundError):
            add_sitting(db_session, opens_at=NOON, programme_id="nowhere")


class TestBookSeat:
    def test_gives_the_lowest_free_number_and_a_ticket(self, app, db_session, sitting, alice, bob):
        one = book(app, db_session, sitting, alice, now=NOON - 2 * DAY)
        two = book(app, db_session, sitting, bob, now=NOON - 2 * DAY)

        assert (one.number, two.number) == (1, 2)
        assert one.ticket.startswith("261121")
        assert one.ticket != two.ticket

    def test_a_second_booking_returns_the_same_seat(self, app, db_session, sitting, alice):
        one = book(app, db_session, sitting, alice, now=NOON - 2 * DAY)

        assert book(app, db_session, sitting, alice, now=NOON - 2 * DAY).id == one.id

    def test_refuses_when_full(self, app, db_session, alice, bob):
        full = enrolled_sitting(app, db_session, [alice, bob], opens_at=NOON, seat_count=1)
        book(app, db_session, full, alice, now=NOON - 2 * DAY)

        with pytest.raises(seats.SittingFullError):
            book(app, db_session, full, bob, now=NOON - 2 * DAY)

    def test_refuses_a_second_sitting_of_the_same_exam(self, app, db_session, sitting, alice):
        other = add_sitting(db_session, opens_at=NOON + 7 * DAY)
        book(app, db_session, sitting, alice, now=NOON - 2 * DAY)

        with pytest.raises(seats.AlreadyBookedError):
            book(app, db_session, other, alice, now=NOON - 2 * DAY)

    def test_refuses_who_is_not_enrolled(self, app, db_session, person_of, sitting):
        with pytest.raises(NotFoundError):
            book(app, db_session, sitting, person_of(cast.DAVE), now=NOON - 2 * DAY)

    def test_refuses_by_the_retake_rules_of_that_day(self, app, db_session, sitting, alice):
        add_attempt(db_session, alice.id, 0.2, at=NOON - DAY, programme=little_programme())

        with pytest.raises(RetakeTooEarlyError):
            book(app, db_session, sitting, alice, now=NOON - DAY)
        later = add_sitting(db_session, opens_at=NOON + 3 * DAY)
        book(app, db_session, later, alice, now=NOON - DAY)

    def test_refuses_who_has_passed(self, app, db_session, sitting, alice):
        add_attempt(db_session, alice.id, 0.9, at=NOON - 3 * DAY, programme=little_programme())

        with pytest.raises(certification.PartPassedError):
            book(app, db_session, sitting, alice, now=NOON - DAY)

    def test_refuses_after_the_last_entry(self, app, db_session, sitting, alice):
        with pytest.raises(seats.BookingClosedError):
            book(app, db_session, sitting, alice, now=sitting.closes_at + MINUTE)

    def test_a_practice_sitting_is_open_to_every_candidate(self, app, db_session, sitting, alice):
        practice = add_sitting(db_session, opens_at=NOON + DAY, is_practice=True)
        book(app, db_session, sitting, alice, now=NOON - 2 * DAY)

        seat = book(app, db_session, practice, alice, now=NOON - 2 * DAY)

        assert seat.terms["programme_ref"] == "practice@1"


class TestChangeSeat:
    def test_moving_is_both_or_neither(self, app, db_session, alice, bob, sitting):
        other = add_sitting(db_session, opens_at=NOON + 7 * DAY, seat_count=1)
        seat = book(app, db_session, sitting, alice, now=NOON - 3 * DAY)
        settings = app.config["SETTINGS"]

        moved = seats.move_seat(
            db_session,
            seat,
            sitting,
            other,
            settings=settings,
            actor="person:x",
            now=NOON - 2 * DAY,
        )

        assert moved.sitting_id == other.id
        assert [one.id for one, _ in queries.seats_of_person(db_session, alice.id)] == [moved.id]

    def test_the_number_goes_to_the_next(self, app, db_session, sitting, alice, bob):
        seat = book(app, db_session, sitting, alice, now=NOON - 3 * DAY)
        seats.give_back_seat(db_session, seat, sitting, actor="person:x", now=NOON - 2 * DAY)

        assert book(app, db_session, sitting, bob, now=NOON - 2 * DAY).number == 1

    def test_is_refused_within_a_day_of_the_window(self, app, db_session, sitting, alice):
        seat = book(app, db_session, sitting, alice, now=NOON - 3 * DAY)

        seats.give_back_seat(db_session, seat, sitting, actor="person:x", now=NOON - DAY)
        again = book(app, db_session, sitting, alice, now=NOON - DAY)
        with pytest.raises(seats.TooLateToChangeError):
            seats.give_back_seat(
                db_session, again, sitting, actor="person:x", now=NOON - DAY + MINUTE
            )


class TestCheckIn:
    def check(self, db_session, sitting, seat, now, actor="person:ines"):
        return seats.check_in(db_session, sitting, seat, document="id_card", actor=actor, now=now)

    def test_opens_half_an_hour_before(self, app, db_session, sitting, alice):
        seat = book(app, db_session, sitting, alice, now=NOON - 2 * DAY)

        with pytest.raises(seats.CheckInClosedError):
            self.check(db_session, sitting, seat, NOON - 31 * MINUTE)
        self.check(db_session, sitting, seat, NOON - 30 * MINUTE)
        assert seat.checked_in_at == NOON - 30 * MINUTE

    def test_a_re_entry_is_a_new_identity_check(self, app, db_session, sitting, alice):
        seat = seat_started(app, db_session, sitting, alice, now=NOON)

        self.check(db_session, sitting, seat, NOON + 10 * MINUTE)

        assert queries.identity_checks(db_session, [seat.id]) == {seat.id: 2}
        assert seat.checked_in_at == NOON

    def test_nobody_identifies_people_in_their_own_exam(self, app, db_session, sitting, alice, bob):
        seat = book(app, db_session, sitting, alice, now=NOON - 2 * DAY)
        book(app, db_session, sitting, bob, now=NOON - 2 * DAY)

        with pytest.raises(seats.OwnSeatError):
            self.check(db_session, sitting, seat, NOON, actor=f"person:{bob.public_id}")


class TestStartSeat:
    def test_reads_the_form_that_was_assigned(self, app, db_session, sitting, alice):
        seat = book(app, db_session, sitting, alice, now=NOON - DAY)
        assert preparing.assign_forms(db_session, now=NOON - DAY) == 1
        form = seat.form
        left = exams.unused_form_count(db_session, "little@1")
        seats.check_in(db_session, sitting, seat, document="id_card", actor="person:i", now=NOON)

        attempt = start(app, db_session, sitting, seat)

        assert attempt.form == form
        assert exams.unused_form_count(db_session, "little@1") == left
        assert start(app, db_session, sitting, seat, now=NOON + MINUTE).id == attempt.id

    def test_the_window_includes_its_last_moment(self, app, db_session, sitting, alice, bob):
        one = book(app, db_session, sitting, alice, now=NOON - DAY)
        two = book(app, db_session, sitting, bob, now=NOON - DAY)
        for seat in (one, two):
            seats.check_in(
                db_session, sitting, seat, document="id_card", actor="person:i", now=NOON
            )

        with pytest.raises(seats.NotYetOpenError):
            start(app, db_session, sitting, one, now=NOON - timedelta(seconds=1))
        start(app, db_session, sitting, one, now=sitting.closes_at)
        with pytest.raises(seats.EntryClosedError):
            start(app, db_session, sitting, two, now=sitting.closes_at + timedelta(seconds=1))

    def test_needs_somebody_who_saw_who_sits_there(self, app, db_session, sitting, alice):
        seat = book(app, db_session, sitting, alice, now=NOON - DAY)

        with pytest.raises(seats.NotCheckedInError):
            start(app, db_session, sitting, seat)

    def test_an_approved_accommodation_counts(self, app, db_session, sitting, alice):
        granted = accommodations.propose_accommodation(
            db_session,
            alice,
            time_percent=150,
            break_minutes=10,
            reason="证明一份",
            actor="person:a",
            now=NOON - DAY,
        )
        proposed = seat_started(app, db_session, sitting, alice, now=NOON)
        plain = db_session.get(Attempt, proposed.attempt_id)
        assert plain.due_at == NOON + 10 * MINUTE  # a proposal alone grants nothing
        submit_attempt(db_session, plain, key="submit-0001", now=NOON)
        plain.is_held = False
        accommodations.approve_accommodation(db_session, granted, actor="person:b", now=NOON)
        later = add_sitting(db_session, opens_at=NOON + 7 * DAY)

        seat = seat_started(app, db_session, later, alice, now=NOON + 7 * DAY)

        attempt = db_session.get(Attempt, seat.attempt_id)
        assert attempt.due_at == NOON + 7 * DAY + 15 * MINUTE
        assert attempt.break_left_s == 600

    def test_the_code_of_the_room_is_counted_and_limited(self, app, db_session, alice, bob):
        coded = enrolled_sitting(app, db_session, [alice, bob], opens_at=NOON, has_access_code=True)
        seat = book(app, db_session, coded, alice, now=NOON - DAY)

        code = f" {coded.access_code.lower()} "
        assert seats.check_access_code(db_session, coded, seat, code, now=NOON)
        for _ in range(9):
            assert not seats.check_access_code(db_session, coded, seat, "AAAAAA", now=NOON)
        with pytest.raises(RateLimitedError):
            seats.check_access_code(db_session, coded, seat, coded.access_code, now=NOON)

    def test_who_holds_a_seat_starts_by_no_other_door(self, app, db_session, sitting, alice):
        book(app, db_session, sitting, alice, now=NOON - DAY)
        enrolment = certification_queries.active_enrolment(db_session, alice.id, "little")

        with pytest.raises(seats.SeatBookedError):
            certification.start_theory(
                db_session, enrolment, settings=app.config["SETTINGS"], now=NOON
            )


class TestMarkAbsences:
    def test_after_the_last_entry_and_once(self, app, db_session, sitting, alice, bob):
        missed = book(app, db_session, sitting, alice, now=NOON - DAY)
        present = seat_started(app, db_session, sitting, bob, now=NOON)

        assert seats.mark_absences(db_session, now=sitting.closes_at) == 0
        assert seats.mark_absences(db_session, now=sitting.closes_at + MINUTE) == 1
        assert seats.mark_absences(db_session, now=sitting.closes_at + MINUTE) == 0

        assert missed.absent_at is not None
        assert present.absent_at is None


class TestCancelSitting:
    def test_gives_every_seat_back(self, app, db_session, sitting, alice):
        seat = book(app, db_session, sitting, alice, now=NOON - DAY)

        services.cancel_sitting(
            db_session, sitting, reason="停电", actor="person:x", now=NOON - DAY
        )

        assert db_session.get(Seat, seat.id).cancelled_at is not None
        other = add_sitting(db_session, opens_at=NOON + DAY)
        book(app, db_session, other, alice, now=NOON - DAY)

    def test_is_refused_once_somebody_has_begun(self, app, db_session, sitting, alice):
        seat_started(app, db_session, sitting, alice, now=NOON)

        with pytest.raises(seats.SittingClosedError):
            services.cancel_sitting(db_session, sitting, reason="停电", actor="person:x", now=NOON)


class TestAssignForms:
    @pytest.fixture
    def seen(self, db_session, alice):
        """Alice has sat the little exam before; the items of a first form that she saw."""

        def show(*item_ids):
            attempt = add_attempt(
                db_session,
                alice.id,
                0.1,
                at=NOON - 9 * DAY,
                programme=little_programme(),
                tell=False,
            )
            attempt.form = [[f"{one}@1", []] for one in item_ids]
            db_session.flush()
            return set(item_ids)

        return show

    def test_takes_a_form_without_what_was_seen_last(self, app, db_session, sitting, alice, seen):
        forms = db_session.scalars(select(PreparedForm).order_by(PreparedForm.id)).all()
        singles = {one: drawing.item_ids(one.form) for one in forms}
        first = next(iter(singles.values())) - {"multiple-0", "multiple-1"}
        single = next(one for one in first if one.startswith("single"))
        shown = seen(single)
        seat = book(app, db_session, sitting, alice, now=NOON - DAY)

        assert preparing.assign_forms(db_session, now=NOON - DAY) == 1

        assert not drawing.item_ids(seat.form) & shown

    def test_draws_one_for_a_seat_where_every_form_repeats(
        self, app, db_session, sitting, alice, seen
    ):
        shown = seen("single-0", "single-1", "single-2", "single-3", "multiple-0", "numeric-1")
        seat = book(app, db_session, sitting, alice, now=NOON - DAY)
        forms = db_session.scalars(select(PreparedForm)).all()
        for prepared in forms:
            prepared.form = [["single-0@1", []]]
        db_session.flush()
        assert preparing.assign_forms(db_session, now=NOON - DAY) == 0
        assert preparing.seat_to_draw_for(db_session, now=NOON - DAY) is seat

        drawn = preparing.draw_for_seat(db_session, seat, include_public=False)

        assert preparing.give_form(db_session, seat, drawn, now=NOON - DAY)
        assert not drawing.item_ids(seat.form) & shown
        assert preparing.seat_to_draw_for(db_session, now=NOON - DAY) is None
        assert not preparing.give_form(db_session, seat, drawn, now=NOON - DAY)
        assert exams.unused_form_count(db_session, "little@1") == len(forms)  # it is nobody else's

    def test_a_bank_that_cannot_do_without_names_what_it_lacks(
        self, app, db_session, sitting, alice, seen
    ):
        seen("multiple-0", "multiple-1")  # every form has one of the two
        seat = book(app, db_session, sitting, alice, now=NOON - DAY)

        drawn = preparing.draw_for_seat(db_session, seat, include_public=False)
        assert preparing.give_form(db_session, seat, drawn, now=NOON - DAY)

        assert seat.form is not None
        entry = db_session.scalars(
            select(AuditEntry).where(AuditEntry.action == "seat.items_repeated")
        ).one()
        assert "kind=multiple_choice: 1 too few" in str(entry.details)

    def test_who_begins_alone_gets_what_repeats_least(self, app, db_session, sitting, alice, seen):
        forms = db_session.scalars(select(PreparedForm).order_by(PreparedForm.id)).all()
        forms[0].form = [["single-0@1", []]]
        forms[1].form = [["single-0@1", []]]
        forms[2].form = [["single-4@1", []]]
        db_session.flush()
        seen("single-0")

        form = drawing.take_form(db_session, alice.id, "little@1", now=NOON)

        assert drawing.item_ids(form) == {"single-4"}
        assert forms[2].used_at == NOON

    def test_the_job_draws_ahead_and_for_the_seat_that_needs_its_own(
        self, app, db_session, sitting, alice, seen
    ):
        shown = seen("single-0", "multiple-0")
        seat_id = book(app, db_session, sitting, alice, now=NOON - DAY).id
        for prepared in db_session.scalars(select(PreparedForm)):
            prepared.form = [["single-0@1", []]]
        db_session.commit()
        db.session.remove()

        drawn = prepare_forms(db.session(), NOON - DAY)
        with transaction() as again:
            # The form for everybody may happen to be without them; then she needs no own one.
            preparing.assign_forms(again, now=NOON - DAY)

        assert drawn >= 1
        with transaction() as again:
            assert not drawing.item_ids(again.get_one(Seat, seat_id).form) & shown

    def test_waits_until_two_days_before(self, app, db_session, sitting, alice):
        book(app, db_session, sitting, alice, now=NOON - 3 * DAY)

        assert preparing.assign_forms(db_session, now=NOON - 3 * DAY) == 0
        assert preparing.wanted_forms(db_session, now=NOON - 2 * DAY) == {"little@1": 1}
