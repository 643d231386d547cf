"""Re-verification, transfer, overlap, growth and consent, through the services."""

from __future__ import annotations

from datetime import timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.core.db import db, transaction
from app.core.errors import NotFoundError
from app.providers import staffing
from app.providers.models import Employment, StaffInvitation
from app.providers.queries import running_employment_or_none
from app.providers.team import checking, consents, queries
from app.providers.team.growth import Growth
from app.providers.team.models import StaffCheck
from tests import cast
from tests.conftest import NOON, csrf_token, sign_in
from tests.factories.providers import employ

DAY = timedelta(days=1)
OVERDUE = NOON + checking.TERM + DAY


@pytest.fixture
def alice(person_of):
    return person_of(cast.ALICE)


@pytest.fixture
def bob(person_of):
    return person_of(cast.BOB)


@pytest.fixture
def keys(app):
    return app.extensions["field_keys"]


def interval(db_session, provider, person, start, end):
    """Put an employment into the table as no service would."""
    invitation = StaffInvitation(
        provider_id=provider.id,
        account=f"{person.email}-{start}",
        note="",
        invited_at=NOON,
        invited_by="cli:test",
    )
    db_session.add(invitation)
    db_session.flush()
    made = Employment(
        provider_id=provider.id,
        person_id=person.id,
        invitation_id=invitation.id,
        started_at=NOON + start * DAY,
        ended_at=None if end is None else NOON + end * DAY,
        ended_by=None if end is None else "cli:test",
    )
    db_session.add(made)
    db_session.flush()
    return made


@pytest.mark.both_databases
class TestOverlap:
    def test_the_database_refuses_it(self, db_session, provider, rival, alice):
        interval(db_session, provider, alice, 0, 5)

        for start, end in ((-1, 1), (1, 2), (4, None), (-5, None), (0, 5)):
            with pytest.raises(IntegrityError), db_session.begin_nested():
                interval(db_session, rival, alice, start, end)

    def test_touching_intervals_and_other_people_are_no_overlap(
        self, db_session, provider, rival, alice, bob
    ):
        interval(db_session, provider, alice, 0, 5)

        interval(db_session, rival, alice, 5, None)
        interval(db_session, rival, alice, -2, 0)
        interval(db_session, rival, bob, 1, 3)

    def test_an_interval_cannot_grow_into_another(self, db_session, provider, rival, alice):
        first = interval(db_session, provider, alice, 0, 5)
        interval(db_session, rival, alice, 6, None)
        first.ended_at = NOON + 7 * DAY

        with pytest.raises(IntegrityError), db_session.begin_nested():
            db_session.flush()

    def test_two_at_once_that_the_services_never_saw(self, app, db_session, provider, rival, alice):
        ids, person_id, email = (provider.id, rival.id), alice.id, alice.email
        for provider_id, end in zip(ids, (4, 5), strict=True):
            db_session.add(
                StaffInvitation(
                    provider_id=provider_id,
                    account=email,
                    note=str(end),
                    invited_at=NOON,
                    invited_by="cli:test",
                )
            )
        db_session.commit()
        invitations = {
            one.provider_id: one.id for one in db_session.scalars(select(StaffInvitation))
        }
        db_session.commit()
        ready, outcomes = Barrier(2), []

        def put(provider_id, end):
            with app.app_context():
                ready.wait()
                try:
                    with transaction() as own:
                        own.add(
                            Employment(
                                provider_id=provider_id,
                                person_id=person_id,
                                invitation_id=invitations[provider_id],
                                started_at=NOON,
                                ended_at=NOON + end * DAY,
                                ended_by="cli:test",
                            )
                        )
                    outcomes.append("in")
                except IntegrityError:
                    outcomes.append("refused")
                finally:
                    db.session.remove()

        threads = [
            Thread(target=put, args=(one, end)) for one, end in zip(ids, (4, 5), strict=True)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert sorted(outcomes) == ["in", "refused"]


class TestTransfer:
    def test_ends_and_begins_at_one_moment(self, db_session, provider, rival, alice):
        old = employ(db_session, provider, alice, now=NOON)
        sent = staffing.invite_staff(
            db_session, rival, alice.email, "", actor="person:erin", now=NOON
        )

        new = staffing.accept_invitation(
            db_session, alice.id, sent.public_id, now=NOON + DAY, leaves_other=True
        )

        assert old.ended_at == new.started_at == NOON + DAY
        assert old.ended_by == f"person:{alice.public_id}"
        assert running_employment_or_none(db_session, alice.id).provider_id == rival.id

    def test_by_the_page(self, app, db_session, provider, rival, alice):
        employ(db_session, provider, alice, now=NOON)
        sent = staffing.invite_staff(
            db_session, rival, alice.email, "", actor="person:erin", now=NOON
        )
        url, rival_id, alice_id = f"/invitations/{sent.public_id}/transfer", rival.id, alice.id
        db_session.commit()
        client = sign_in(app, cast.ALICE)

        shown = client.get("/invitations").text
        answer = client.post(url, data={"csrf_token": csrf_token(client)})

        assert "转到这里任职" in shown
        assert "确认我在这里任职" not in shown
        assert answer.status_code == 303
        assert running_employment_or_none(db_session, alice_id).provider_id == rival_id


class TestDraw:
    def test_draws_a_tenth_rounded_up(self):
        assert [checking.drawn_count(n) for n in (0, 1, 10, 11, 100)] == [0, 1, 1, 2, 10]

    def test_draws_each_provider_once_a_month(self, db_session, provider, alice, bob):
        employ(db_session, provider, alice, now=NOON)
        employ(db_session, provider, bob, now=NOON)

        assert checking.draw_monthly(db_session, now=NOON) == 1
        assert checking.draw_monthly(db_session, now=NOON + DAY) == 0
        assert checking.draw_monthly(db_session, now=NOON + 31 * DAY) <= 1
        (line, *_) = queries.draws_of(db_session, provider.id)[-1:]
        assert (line.staff_count, line.drawn_count, line.waiting) == (2, 1, 1)

    def test_confirming_takes_the_own_identity_number(self, db_session, provider, alice, bob, keys):
        employ(db_session, provider, alice, now=NOON)
        checking.draw_monthly(db_session, now=NOON)
        (check,) = queries.waiting_checks_of(db_session, alice.id)

        def confirm(person, number):
            checking.confirm(
                db_session, person.id, check.public_id, number=number, keys=keys, now=NOON + DAY
            )

        with pytest.raises(checking.WrongIdentityError):
            confirm(alice, cast.BOB.number)
        with pytest.raises(NotFoundError):
            confirm(bob, cast.BOB.number)
        confirm(alice, cast.ALICE.number.lower())
        confirm(alice, "")

        assert queries.waiting_checks_of(db_session, alice.id) == []
        assert checking.end_unconfirmed(db_session, now=OVERDUE) == 0

    def test_who_does_not_confirm_no_longer_works_there(self, db_session, provider, alice, keys):
        employment = employ(db_session, provider, alice, now=NOON)
        checking.draw_monthly(db_session, now=NOON)
        check = db_session.scalars(select(StaffCheck)).one()

        assert checking.end_unconfirmed(db_session, now=check.due_at) == 0
        assert checking.end_unconfirmed(db_session, now=OVERDUE) == 1
        assert checking.end_unconfirmed(db_session, now=OVERDUE) == 0

        assert not employment.is_running
        assert (employment.ended_by, employment.end_reason) == (checking.ACTOR, checking.LAPSED)
        with pytest.raises(checking.CheckAnsweredError):
            checking.confirm(
                db_session,
                alice.id,
                check.public_id,
                number=cast.ALICE.number,
                keys=keys,
                now=OVERDUE,
            )

    def test_an_employment_that_ended_meanwhile_stays_as_it_ended(
        self, db_session, provider, alice
    ):
        employment = employ(db_session, provider, alice, now=NOON)
        checking.draw_monthly(db_session, now=NOON)
        staffing.end_employment(db_session, employment, actor="person:a", reason="", now=NOON + DAY)

        assert checking.end_unconfirmed(db_session, now=OVERDUE) == 0
        assert employment.ended_by == "person:a"
        assert db_session.scalars(select(StaffCheck.answer)).one() == "ended"

    def test_tries_are_counted(self, db_session, alice):
        for _ in range(checking.TRIES):
            checking.count_try(db_session, alice.id, now=NOON)

        with pytest.raises(checking.TooManyTriesError):
            checking.count_try(db_session, alice.id, now=NOON)

    def test_by_the_page(self, app, db_session, provider, alice):
        employ(db_session, provider, alice, now=NOON)
        checking.draw_monthly(db_session, now=NOON)
        check = db_session.scalars(select(StaffCheck)).one()
        check.due_at = NOON + 3650 * DAY
        url = f"/staff-checks/{check.public_id}/confirm"
        db_session.commit()
        client = sign_in(app, cast.ALICE)

        assert "请重新确认任职" in client.get("/invitations").text
        wrong = client.post(
            url,
            data={"csrf_token": csrf_token(client), "number": cast.BOB.number},
            follow_redirects=True,
        )
        right = client.post(
            url,
            data={"csrf_token": csrf_token(client), "number": cast.ALICE.number},
            follow_redirects=True,
        )

        assert "身份证号与登记的不一致" in wrong.text
        assert "请重新确认任职" not in right.text


class TestGrowth:
    @pytest.mark.parametrize(
        ("before", "after", "is_sudden"),
        [(0, 2, False), (0, 3, True), (6, 8, False), (6, 9, True), (7, 10, False), (5, 2, False)],
    )
    def test_is_sudden_from_three_more_and_half_more(self, before, after, is_sudden):
        assert Growth(before, after, 0, 0).is_sudden is is_sudden

    def test_asks_only_who_joined_of_late_and_once(self, db_session, provider, alice, bob):
        employ(db_session, provider, alice, now=NOON - 40 * DAY)
        employ(db_session, provider, bob, now=NOON - 3 * DAY)

        assert checking.draw_for_growth(db_session, provider, actor="person:c", now=NOON) == 1
        assert checking.draw_for_growth(db_session, provider, actor="person:c", now=NOON) == 0
        assert queries.waiting_checks_of(db_session, alice.id) == []
        assert len(queries.waiting_checks_of(db_session, bob.id)) == 1

    def test_no_re_check_without_an_alert(self, app, db_session, provider):
        db_session.commit()
        client = sign_in(app, cast.CAROL)

        answer = client.post("/provider/alerts/YF-1/draw", data={"csrf_token": csrf_token(client)})

        assert answer.status_code == 404
        assert "没有突增的服务商" in client.get("/provider/alerts").text


class TestConsent:
    def test_nothing_is_seen_without_it_and_at_once_no_longer_after_it(
        self, db_session, provider, alice
    ):
        employment = employ(db_session, provider, alice, now=NOON)
        actor = f"person:{alice.public_id}"

        def seen():
            return [name for name, _ in queries.shared_progress(db_session, provider.id, now=NOON)]

        assert seen() == []
        for _ in range(2):
            consents.share_progress(db_session, employment, is_shared=True, actor=actor, now=NOON)
        assert seen() == [alice.display_name]
        consents.share_progress(db_session, employment, is_shared=False, actor=actor, now=NOON)
        assert seen() == []

    def test_ends_with_the_employment(self, db_session, provider, alice):
        employment = employ(db_session, provider, alice, now=NOON)
        consents.share_progress(db_session, employment, is_shared=True, actor="person:a", now=NOON)
        staffing.end_employment(db_session, employment, actor="person:a", reason="", now=NOON)

        assert queries.shared_progress(db_session, provider.id, now=NOON + DAY) == []
        with pytest.raises(staffing.EmploymentEndedError):
            consents.share_progress(
                db_session, employment, is_shared=True, actor="person:a", now=NOON
            )


MATRIX = [
    ("get", "/provider/board", {cast.DAVE, cast.ERIN}),
    ("get", "/provider/alerts", {cast.CAROL, cast.SYS}),
    ("get", "/provider/staff", {cast.DAVE, cast.ERIN}),
    ("get", "/provider/sessions", {cast.CAROL, cast.SYS}),
    ("get", "/provider/uplift", {cast.DAVE, cast.ERIN}),
    ("get", "/provider/listing", {cast.DAVE, cast.ERIN}),
    ("get", "/provider/indicators", {cast.CAROL, cast.SYS}),
]


def test_who_may_open_what(app, db_session, provider, rival):
    db_session.commit()
    for member in (cast.ALICE, cast.CAROL, cast.DAVE, cast.ERIN, cast.SYS, cast.SEC):
        client = sign_in(app, member)
        got = {path: getattr(client, method)(path).status_code for method, path, _ in MATRIX}
        assert got == {path: 200 if member in who else 403 for _, path, who in MATRIX}, member


def test_another_providers_things_are_not_found(app, db_session, provider, rival, alice):
    employment = employ(db_session, rival, alice, now=NOON)
    key = employment.public_id
    db_session.commit()
    client = sign_in(app, cast.DAVE)
    data = {"csrf_token": csrf_token(client), "reason": "不在我们这里"}

    assert client.post(f"/provider/staff/{key}/end", data=data).status_code == 404
    assert client.post(f"/employments/{key}/progress", data=data).status_code == 404
