"""What a sign-in leaves behind: cookies, sessions and their ends, staff in production."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pyotp
import pytest
from sqlalchemy import select

from app.accounts import queries, services
from app.accounts.models import WebSession
from app.core import clock
from app.core.db import db, transaction
from tests import cast
from tests.app.accounts.signing import (
    HTTPS,
    another_app,
    enrol,
    post,
    post_sign_in,
    shift_sessions,
)
from tests.conftest import sign_in


class TestCookies:
    def flags(self, page, name):
        found = [
            value for value in page.headers.getlist("Set-Cookie") if value.startswith(name + "=")
        ]
        assert len(found) == 1
        return {part.strip().split("=")[0] for part in found[0].split(";")[1:]}, found[0]

    @pytest.mark.parametrize("name", ["caopan", "caopan-device"])
    def test_on_plain_http(self, stranger, name):
        flags, text = self.flags(post_sign_in(stranger), name)

        assert {"HttpOnly", "SameSite", "Path"} <= flags
        assert "SameSite=Lax" in text
        assert "Domain" not in flags

    @pytest.mark.parametrize("name", ["__Host-caopan", "__Host-caopan-device"])
    def test_on_https_they_are_bound_to_the_host(self, app, database, name):
        settings = replace(database, public_base_url="https://localhost")
        with another_app(settings) as secure:
            client = secure.test_client()
            page = client.get("/sign-in", **HTTPS)
            token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.text)[1]
            data = {
                "csrf_token": token,
                "account": cast.ALICE.account,
                "password": cast.PASSWORD,
            }

            flags, text = self.flags(client.post("/sign-in", data=data, **HTTPS), name)

        assert {"HttpOnly", "Secure", "SameSite", "Path"} <= flags
        assert "Path=/;" in text + ";"
        assert "Domain" not in flags

    def test_the_database_does_not_know_the_secret(self, as_alice):
        secret = as_alice.get_cookie("caopan").value

        rows = db.session().scalars(select(WebSession.id_hash)).all()

        assert secret not in rows

    def test_nothing_behind_the_door_is_cached(self, as_alice):
        page = as_alice.get("/account")

        assert page.headers["Cache-Control"] == "no-store"
        assert "Cookie" in page.headers["Vary"]


class TestSessionEnds:
    def test_after_half_an_hour_without_a_request(self, as_alice):
        shift_sessions(seen_at=clock.now() - timedelta(minutes=31))

        assert as_alice.get("/account").status_code == 302

    def test_not_while_requests_come(self, as_alice):
        shift_sessions(
            seen_at=clock.now() - timedelta(minutes=29),
            created_at=clock.now() - timedelta(hours=11),
        )
        assert as_alice.get("/account").status_code == 200

        seen = db.session().scalar(select(WebSession.seen_at))

        assert clock.now() - seen < timedelta(minutes=1)

    def test_after_twelve_hours_whatever_happens(self, as_alice):
        shift_sessions(created_at=clock.now() - timedelta(hours=12, seconds=1))

        assert as_alice.get("/account").status_code == 302

    def test_a_program_hears_401(self, as_alice):
        shift_sessions(seen_at=clock.now() - timedelta(minutes=31))

        page = as_alice.get("/account", headers={"Accept": "application/json"})

        assert page.status_code == 401
        assert page.json["type"] == "login_required"

    def test_a_copied_cookie_is_worth_nothing_after_signing_out(self, app):
        client = sign_in(app, cast.ALICE)
        thief = app.test_client()
        thief.set_cookie("caopan", client.get_cookie("caopan").value)
        assert thief.get("/account").status_code == 200

        post(client, "/sign-out")

        assert thief.get("/account").status_code == 302

    def test_at_once_when_the_account_is_disabled(self, as_alice):
        with transaction() as db_session:
            person = queries.person_of_account_or_none(db_session, cast.ALICE.account)
            services.disable_person(db_session, person, actor="cli:test", now=clock.now())

        assert as_alice.get("/account").status_code == 302

    @pytest.mark.parametrize("secret", ["", "short", "x" * 43, "x" * 65, "\u00e9" * 43])
    def test_a_made_up_cookie_opens_nothing(self, stranger, secret):
        stranger.set_cookie("caopan", secret)

        assert stranger.get("/account").status_code == 302


class TestStaffInProduction:
    """Outside the demonstration every role but the candidate's needs a second factor."""

    @pytest.fixture
    def production(self, app, database):
        settings = replace(
            database,
            deployment="production",
            public_base_url="https://localhost",
            trusted_hosts=("localhost",),
        )
        with another_app(settings) as production:
            yield production

    def go_in(self, production, member, **fields):
        client = production.test_client()
        page = client.get("/sign-in", **HTTPS)
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.text)[1]
        data = {
            "csrf_token": token,
            "account": member.account,
            "password": cast.PASSWORD,
            **fields,
        }
        assert client.post("/sign-in", data=data, **HTTPS).status_code == 303
        return client

    def test_is_sent_to_enrol_one(self, production):
        client = self.go_in(production, cast.AUD)

        page = client.get("/admin/audit", **HTTPS)

        assert page.status_code == 303
        assert page.headers["Location"] == "/account/second-factor"
        assert client.get("/account/second-factor", **HTTPS).status_code == 200

    def test_a_program_hears_why(self, production):
        client = self.go_in(production, cast.AUD)

        page = client.get(
            "/admin/audit",
            base_url="https://localhost",
            headers={"Accept": "application/json"},
        )

        assert page.status_code == 403
        assert page.json["type"] == "second_factor_required"

    def test_works_once_it_is_enrolled(self, app, production):
        secret = enrol(cast.AUD, app)
        code = pyotp.TOTP(secret).at(clock.now())

        client = self.go_in(production, cast.AUD, code=code)

        assert client.get("/admin/audit", **HTTPS).status_code == 200

    def test_a_candidate_needs_none(self, production):
        client = self.go_in(production, cast.ALICE)

        assert client.get("/account", **HTTPS).status_code == 200
        assert client.get("/exams/attempts/x3k9", **HTTPS).status_code == 404

    def test_who_lacks_the_role_hears_no_more_than_that(self, production):
        client = self.go_in(production, cast.SYS)

        assert client.get("/admin/audit", **HTTPS).status_code == 403
