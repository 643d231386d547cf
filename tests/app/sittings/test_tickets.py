"""The exam ticket opens one seat and its exam, and nothing else, while the sitting allows it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.accounts.models import RoleGrant, WebSession
from app.core import clock
from app.sittings import seats, tickets
from tests import cast
from tests.conftest import NOON, csrf_token
from tests.factories.sittings import add_staff, book, enrolled_sitting

MINUTE = timedelta(minutes=1)
ALICES_TAIL = cast.ALICE.number[-6:]


@pytest.fixture
def seat(app, db_session, person_of, password_hash, monkeypatch):
    """Alice's seat in a sitting that opens at noon; it is ten minutes before."""
    alice = person_of(cast.ALICE)
    add_staff(db_session, password_hash, now=NOON - timedelta(days=5))
    sitting = enrolled_sitting(app, db_session, [alice], opens_at=NOON, allows_tickets=True)
    own = book(app, db_session, sitting, alice, now=NOON - timedelta(days=2))
    monkeypatch.setattr(clock, "now", lambda: NOON - 10 * MINUTE)
    db_session.commit()
    return own


@pytest.fixture
def sitting(db_session, seat):
    from app.sittings.queries import sitting_by_id

    return sitting_by_id(db_session, seat.sitting_id)


@pytest.fixture
def checked_in(db_session, seat, sitting):
    seats.check_in(
        db_session,
        sitting,
        seat,
        document="id_card",
        actor="person:somebody",
        now=NOON - 12 * MINUTE,
    )
    db_session.commit()
    return seat


def tried(ticket, tail=ALICES_TAIL, address="10.0.0.7"):
    return tickets.TicketTry(ticket=ticket, tail=tail, address=address, user_agent="hall")


def open_by(app, db_session, ticket, tail=ALICES_TAIL, now=NOON - 10 * MINUTE):
    keys = app.extensions["field_keys"]
    return tickets.sign_in_by_ticket(db_session, tried(ticket, tail), keys=keys, now=now)


class TestSignInByTicket:
    def test_waits_for_the_invigilator(self, app, db_session, seat):
        with pytest.raises(tickets.TicketBeforeCheckInError):
            open_by(app, db_session, seat.ticket)

    @pytest.mark.parametrize(
        ("ticket", "tail"),
        [(None, "000000"), ("000000000000", ALICES_TAIL), (None, ""), ("", "")],
        ids=["other-tail", "unknown-ticket", "no-tail", "nothing"],
    )
    def test_refuses_all_wrong_pairs_alike(self, app, db_session, checked_in, ticket, tail):
        ticket = checked_in.ticket if ticket is None else ticket

        with pytest.raises(tickets.TicketRefusedError) as refused:
            open_by(app, db_session, ticket, tail)

        assert refused.value.code == "ticket_refused"

    @pytest.mark.parametrize("change", ["not_allowed", "too_early", "given_back", "cancelled"])
    def test_is_open_only_while_the_sitting_is_held(
        self, app, db_session, checked_in, sitting, change
    ):
        now = NOON - 10 * MINUTE
        if change == "not_allowed":
            sitting.allows_tickets = False
        elif change == "too_early":
            now = NOON - 31 * MINUTE
        elif change == "given_back":
            checked_in.cancelled_at = NOON
        else:
            sitting.cancelled_at = NOON

        with pytest.raises(tickets.TicketRefusedError) as refused:
            open_by(app, db_session, checked_in.ticket, now=now)

        assert refused.value.code == "ticket_refused"

    def test_a_second_device_ends_the_first(self, app, db_session, checked_in):
        open_by(app, db_session, checked_in.ticket)
        open_by(app, db_session, checked_in.ticket)

        limits = db_session.scalars(
            select(WebSession.limited_to).where(WebSession.limited_to.is_not(None))
        ).all()
        assert limits == [checked_in.public_id]


def post_ticket(client, ticket, tail=ALICES_TAIL):
    data = {"csrf_token": csrf_token(client, "/sittings/ticket"), "ticket": ticket, "tail": tail}
    return client.post("/sittings/ticket", data=data)


class TestDoor:
    def test_leads_through_the_exam_and_nowhere_else(
        self, app, stranger, db_session, checked_in, monkeypatch
    ):
        ticket, seat_id = checked_in.ticket, checked_in.public_id
        db_session.rollback()
        entered = post_ticket(stranger, f" {ticket[:6]} {ticket[6:]}")
        assert entered.status_code == 303
        assert entered.location == f"/sittings/seats/{seat_id}"
        assert stranger.get(entered.location).status_code == 200

        for path in ("/account", "/certificates", "/sittings", "/handbook", "/verify"):
            refused = stranger.get(path)
            assert (path, refused.status_code) == (path, 403)
            assert "只能打开这场考试" in refused.text
        assert stranger.get("/").location == entered.location

        monkeypatch.setattr(clock, "now", lambda: NOON + MINUTE)
        token = csrf_token(stranger, entered.location)
        started = stranger.post(f"{entered.location}/start", data={"csrf_token": token})
        assert started.status_code == 303
        exam = started.location
        attempt = exam.rsplit("/", 1)[1]
        assert stranger.get(exam).status_code == 200
        headers = {"X-CSRFToken": token}
        opened = stranger.post(f"{exam}/state", json={"take_over": True}, headers=headers)
        save = {
            "key": "client-key-1",
            "position": 1,
            "value": {"selected": ["a"]},
            "sequence": 1,
            "flagged": False,
            "writer_epoch": opened.json["writer_epoch"],
        }
        answered = app.extensions["front"].answered_count
        saved = stranger.post(f"{exam}/save", json=save, headers=headers)
        assert saved.status_code == 200, saved.text
        assert app.extensions["front"].answered_count == answered + 1
        assert attempt in db_session.scalar(
            select(WebSession.limited_to).where(WebSession.limited_to.is_not(None))
        )

    def test_another_ones_exam_is_not_in_the_limit(self, app, stranger, db_session, checked_in):
        """The hot routes too: they ask the session's limit before they answer."""
        from app.exams.models import Attempt
        from tests.factories.certification import add_attempt, little_programme

        ticket, person_id = checked_in.ticket, checked_in.person_id
        other = add_attempt(
            db_session, person_id, 0.5, at=NOON, programme=little_programme(), tell=False
        ).public_id
        db_session.commit()
        assert post_ticket(stranger, ticket).status_code == 303

        for path in (f"/exams/attempts/{other}", f"/exams/attempts/{other}/state"):
            assert stranger.get(path).status_code == 403
        assert db_session.scalar(select(Attempt.id).where(Attempt.public_id == other))

    def test_wrong_tries_are_counted_and_stopped(self, stranger, db_session, checked_in):
        ticket = checked_in.ticket
        db_session.rollback()
        answers = [post_ticket(stranger, ticket, "000000").status_code for _ in range(6)]

        assert answers == [403] * 5 + [429]
        assert post_ticket(stranger, ticket).status_code == 429

    def test_the_printed_code_fills_the_number_in(self, as_alice, stranger, db_session, seat):
        ticket, seat_id = seat.ticket, seat.public_id
        db_session.rollback()

        assert "准考证登录的二维码" in as_alice.get(f"/sittings/seats/{seat_id}").text
        assert f'value="{ticket}"' in stranger.get(f"/sittings/ticket?number={ticket}").text
        assert 'value=""' in stranger.get("/sittings/ticket?number=<b>").text

    def test_the_next_candidate_signs_in_on_the_same_device(
        self, app, stranger, db_session, checked_in, sitting, person_of
    ):
        from tests.factories.certification import enrol_little, little_programme

        bob = person_of(cast.BOB)
        enrol_little(app, db_session, bob.id, little_programme(), now=NOON - timedelta(days=4))
        second = book(app, db_session, sitting, bob, now=NOON - timedelta(days=2))
        second.checked_in_at = NOON - 11 * MINUTE
        first, next_ticket, next_id = checked_in.ticket, second.ticket, second.public_id
        db_session.commit()
        assert post_ticket(stranger, first).status_code == 303

        entered = post_ticket(stranger, next_ticket, cast.BOB.number[-6:])

        assert entered.location == f"/sittings/seats/{next_id}"
        assert stranger.get(entered.location).status_code == 200


def test_staff_roles_do_not_come_along(stranger, db_session, checked_in, sitting):
    grant = RoleGrant(
        person_id=checked_in.person_id,
        role="committee_member",
        granted_at=NOON,
        granted_by="cli:test",
    )
    # Even an address that the limit names is a candidate's only.
    checked_in.public_id = sitting.public_id
    ticket, seat_id = checked_in.ticket, checked_in.public_id
    db_session.add(grant)
    db_session.commit()
    assert post_ticket(stranger, ticket).status_code == 303

    assert stranger.get(f"/sittings/seats/{seat_id}").status_code == 200
    assert stranger.get(f"/sittings/manage/{seat_id}").status_code == 403
