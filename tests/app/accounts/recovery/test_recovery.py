"""A forgotten password: nothing is betrayed, a link is good once and not for long."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.accounts import queries
from app.accounts import services as accounts
from app.accounts.models import SignInFailure, WebSession
from app.accounts.recovery import services
from app.accounts.recovery.models import PasswordReset
from app.core import clock, outbox
from app.core.db import db, transaction
from app.core.errors import RateLimitedError
from app.core.hashing import secret_hash
from tests import cast
from tests.conftest import NOON, csrf_token, make_settings, sign_in

FRESH = "yi-ge-xin-mima-2026"
REASON = "电话核实，工单 2026-118"


def person_of(member):
    return queries.person_of_account_or_none(db.session(), member.account)


def handed_out(member=cast.ALICE, now=None):
    with transaction() as db_session:
        return services.hand_out_reset(
            db_session, person_of(member), actor="person:sec", reason=REASON, now=now or clock.now()
        )


def post(client, path, **fields):
    return client.post(path, data={"csrf_token": csrf_token(client), **fields})


@pytest.fixture
def letters(monkeypatch):
    """What would have been mailed."""
    sent = []
    monkeypatch.setattr(outbox, "send_mail", lambda url, mail: sent.append(mail))
    return sent


@pytest.fixture
def settings(tmp_path):
    return make_settings(tmp_path, smtp_url="smtp://mail.example", mail_from="noreply@example.cn")


def asked(account, now=NOON):
    with transaction() as db_session:
        services.ask_for_reset(db_session, account, now=now)


class TestMail:
    def test_the_mailed_link_sets_the_password_once(self, app, stranger, settings, letters):
        asked(cast.ALICE.account, clock.now())

        assert services.send_waiting(settings, now=clock.now()) == 1
        path = re.search(r"/password/reset/\S+", letters[0].get_content())[0]
        first = post(stranger, path, password=FRESH, repeat=FRESH)
        again = post(stranger, path, password=FRESH + "!", repeat=FRESH + "!")

        assert letters[0]["To"] == cast.ALICE.account
        assert (first.status_code, first.location) == (303, "/sign-in")
        assert again.status_code == 404
        signed_in = post(stranger, "/sign-in", account=cast.ALICE.account, password=FRESH)
        assert signed_in.status_code == 303

    def test_what_waits_holds_no_secret(self, app, settings, letters):
        asked(cast.ALICE.account)
        assert db.session().scalars(select(PasswordReset.secret_hash)).all() == [None]

        services.send_waiting(settings, now=NOON + timedelta(minutes=services.MAILED_MIN))

        assert letters == []  # a mail server that was away too long: the wish is stale

    @pytest.mark.parametrize("account", ["nobody@example.cn", "13900001111", ""])
    def test_who_has_no_account_gets_no_mail(self, app, account):
        asked(account)

        assert db.session().scalars(select(PasswordReset)).all() == []

    def test_one_account_gets_three_mails_an_hour(self, app):
        for _ in range(5):
            asked(cast.ALICE.account)

        assert len(db.session().scalars(select(PasswordReset)).all()) == services.ACCOUNT_LIMIT

    def test_an_address_that_asks_for_everybody_has_to_wait(self, app):
        with transaction() as db_session, pytest.raises(RateLimitedError):
            for _ in range(services.ADDRESS_LIMIT + 1):
                services.guard_wish(db_session, address="10.0.0.7", now=NOON)


class TestPages:
    def test_without_a_mail_server_the_page_names_the_other_way(self, stranger):
        page = stranger.get("/password/forgot")

        assert "安全管理员" in page.text
        assert 'name="account"' not in page.text

    @pytest.mark.parametrize("token", ["x" * 43, "1", "a" * 2000])
    def test_an_unknown_link_leads_to_a_new_one(self, stranger, token):
        page = stranger.get(f"/password/reset/{token}")

        assert page.status_code == 404
        assert "/password/forgot" in page.text

    def test_a_weak_password_is_refused_and_the_link_stays_good(self, app, stranger):
        path = f"/password/reset/{handed_out()}"

        weak = post(stranger, path, password="12345678", repeat="12345678")
        unequal = post(stranger, path, password=FRESH, repeat=FRESH + "x")

        assert (weak.status_code, unequal.status_code) == (422, 422)
        assert "太常见" in weak.text
        assert stranger.get(path).status_code == 200

    def test_the_form_needs_its_token(self, app, stranger):
        assert stranger.post(f"/password/reset/{handed_out()}").status_code == 400


class TestResetPassword:
    def test_ends_sign_ins_other_links_and_waits(self, app, as_alice):
        older = handed_out()
        secret = handed_out()
        name = secret_hash(cast.ALICE.account)
        with transaction() as db_session:
            later = clock.now() + timedelta(minutes=15)
            db_session.add(
                SignInFailure(account_hash=name, count=9, last_at=clock.now(), wait_until=later)
            )

        with transaction() as db_session:
            services.reset_password(db_session, secret, "hash", now=clock.now())

        with pytest.raises(services.ResetEndedError):
            services.person_of_reset(db.session(), older, now=clock.now())
        assert db.session().get(SignInFailure, name) is None
        assert db.session().scalars(select(WebSession)).all() == []

    def test_a_link_ends_by_itself(self, app):
        secret = handed_out(now=NOON)
        last = NOON + timedelta(hours=services.HANDED_H)

        services.person_of_reset(db.session(), secret, now=last - timedelta(seconds=1))
        with pytest.raises(services.ResetEndedError):
            services.person_of_reset(db.session(), secret, now=last)

    def test_a_disabled_account_is_not_opened_by_an_old_link(self, app):
        secret = handed_out(now=NOON)
        with transaction() as db_session:
            accounts.disable_person(db_session, person_of(cast.ALICE), actor="cli:test", now=NOON)

        with pytest.raises(services.ResetEndedError):
            services.person_of_reset(db.session(), secret, now=NOON)


class TestHandedOver:
    def test_the_security_administrator_sees_the_link_once(self, app):
        client = sign_in(app, cast.SEC)
        address = f"/admin/people/{person_of(cast.ALICE).public_id}"

        page = post(client, f"{address}/reset-link", reason=REASON)

        link = re.search(r"/password/reset/[\w-]{43}", page.text)
        assert link is not None
        assert link[0] not in client.get(address).text
        assert "发出重设密码链接" in client.get(address).text

    def test_it_wants_a_reason_and_another_person(self, app):
        client = sign_in(app, cast.SEC)
        alice, own = (person_of(member).public_id for member in (cast.ALICE, cast.SEC))

        assert post(client, f"/admin/people/{alice}/reset-link", reason="").status_code == 422
        assert post(client, f"/admin/people/{own}/reset-link", reason=REASON).status_code == 403
        assert db.session().scalars(select(PasswordReset)).all() == []
