"""Signing in through the pages, and what every page refuses; every refusal is one test."""

from __future__ import annotations

import re
from urllib.parse import quote

import pyotp
import pytest

from app.accounts import queries, services
from app.accounts.roles import Role
from app.core import clock
from app.core.db import transaction
from app.core.web import safe_next
from tests import cast
from tests.app.accounts.signing import (
    enrol,
    post,
    post_sign_in,
)
from tests.conftest import csrf_token, sign_in

HARMFUL = [
    "//evil.example",
    "///evil.example",
    "////evil.example/a",
    "/\\evil.example",
    "\\\\evil.example",
    "/\\/evil.example",
    "https://evil.example",
    "http:evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "/\t/evil.example",
    "/\n/evil.example",
    "/account\r\nSet-Cookie: a=b",
    "\t//evil.example",
    " //evil.example",
    "evil.example",
    "@evil.example",
    "/a\\b",
    "/a\x7fb",
    "/" + "a" * 600,
]


class TestSignIn:
    def test_a_wrong_password_says_the_same_as_an_unknown_account(self, stranger):
        pages = [
            post_sign_in(stranger, account, "nonsense-1")
            for account in (cast.ALICE.account, "nobody@example.cn")
        ]

        assert [page.status_code for page in pages] == [422, 422]
        assert all("账号或密码不正确" in page.text for page in pages)
        shown = [re.sub(r'value="[^"]*"', "", page.text) for page in pages]
        assert shown[0] == shown[1]

    def test_needs_the_token(self, stranger):
        page = stranger.post("/sign-in", data={"account": "a", "password": "b"})

        assert page.status_code == 400

    def test_what_was_typed_stays_but_the_password(self, stranger):
        page = post_sign_in(stranger, "lin@example.cn", "a-secret-word")

        assert 'value="lin@example.cn"' in page.text
        assert "a-secret-word" not in page.text

    def test_an_empty_form_says_what_is_missing(self, stranger):
        page = post_sign_in(stranger, "", "")

        assert page.status_code == 422
        assert "请填写邮箱或手机号" in page.text
        assert "请填写密码" in page.text

    def test_the_sixth_guess_waits_and_says_how_long(self, stranger):
        statuses = [post_sign_in(stranger, password=f"guess-{n}").status_code for n in range(5)]

        page = post_sign_in(stranger)

        assert statuses == [422] * 5
        assert page.status_code == 429
        assert 0 < int(page.headers["Retry-After"]) <= 31
        assert f"请等 {page.headers['Retry-After']} 秒再试" in page.text

    def test_guesses_of_a_stranger_do_not_lock_a_known_device_out(self, app, stranger):
        alice = sign_in(app, cast.ALICE)
        post(alice, "/sign-out")
        for n in range(5):
            post_sign_in(stranger, password=f"guess-{n}")
        assert post_sign_in(app.test_client()).status_code == 429

        assert post_sign_in(alice).status_code == 303

    def test_guesses_do_not_end_the_sign_in_that_is_open(self, as_alice, stranger):
        for n in range(6):
            post_sign_in(stranger, password=f"guess-{n}")

        assert as_alice.get("/account").status_code == 200

    def test_somebody_disabled_hears_the_same_as_a_guesser(self, app, stranger):
        with transaction() as db_session:
            person = queries.person_of_account_or_none(db_session, cast.ALICE.account)
            services.disable_person(db_session, person, actor="cli:test", now=clock.now())

        page = post_sign_in(stranger)

        assert page.status_code == 422
        assert "账号或密码不正确" in page.text

    def test_gives_a_new_session_and_a_new_token(self, app):
        client = sign_in(app, cast.ALICE)
        first = client.get_cookie("caopan").value
        token = csrf_token(client, "/account")

        post_sign_in(client)

        assert client.get_cookie("caopan").value != first
        assert csrf_token(client, "/account") != token

    def test_a_cookie_planted_before_signing_in_is_worth_nothing(self, app, stranger):
        planted = "p" * 43
        stranger.set_cookie("caopan", planted)

        post_sign_in(stranger)

        assert stranger.get_cookie("caopan").value != planted
        thief = app.test_client()
        thief.set_cookie("caopan", planted)
        assert thief.get("/account").status_code == 302


class TestSignInWithSecondFactor:
    def test_asks_for_the_code_only_after_the_right_password(self, app, stranger):
        enrol(cast.ALICE, app)

        right, wrong = post_sign_in(stranger), post_sign_in(stranger, password="nonsense-1")

        assert right.status_code == 422
        assert "请再输一次密码" in right.text
        assert "请再输一次密码" not in wrong.text

    def test_the_code_opens_the_door_once(self, app, stranger):
        secret = enrol(cast.ALICE, app)
        code = pyotp.TOTP(secret).at(clock.now())

        first = post_sign_in(stranger, code=code)
        again = post_sign_in(app.test_client(), code=code)

        assert first.status_code == 303
        assert again.status_code == 422
        assert "已经用过" in again.text

    def test_guessing_codes_waits_like_guessing_passwords(self, app, stranger):
        enrol(cast.ALICE, app)
        for n in range(5):
            assert post_sign_in(stranger, code=f"00000{n}").status_code == 422

        assert post_sign_in(stranger, code="000005").status_code == 429

    def test_a_forgotten_code_counts_as_no_guess(self, app, stranger):
        secret = enrol(cast.ALICE, app)
        for _ in range(6):
            post_sign_in(stranger)

        assert post_sign_in(stranger, code=pyotp.TOTP(secret).at(clock.now())).status_code == 303


class TestSafeNext:
    @pytest.mark.parametrize("target", HARMFUL)
    def test_a_harmful_target_leads_home(self, target):
        assert safe_next(target) == "/"

    @pytest.mark.parametrize("target", ["", None])
    def test_so_does_none(self, target):
        assert safe_next(target) == "/"

    @pytest.mark.parametrize("target", ["/account", "/exams/attempts/x?page=2#item-3", "/中文"])
    def test_a_page_of_ours_stays(self, target):
        assert safe_next(target) == target

    def test_signing_in_goes_where_it_is_safe(self, stranger):
        for asked, gone_to in (
            ("/account?x=1", "/account?x=1"),
            ("//evil.example", "/"),
            ("/\\evil.example", "/"),
        ):
            page = post_sign_in(stranger, query="?next=" + quote(asked, safe=""))
            assert page.status_code == 303
            assert page.headers["Location"] == gone_to

    def test_a_stranger_is_brought_back_to_the_page_that_was_asked_for(self, stranger):
        page = stranger.get("/account/second-factor")

        assert page.headers["Location"] == "/sign-in?next=/account/second-factor"


class TestCsrf:
    def test_json_needs_the_token_too(self, as_alice):
        page = as_alice.post("/exams/attempts/x3k9/submit", json={"key": "k" * 12})

        assert page.status_code == 400
        assert page.json["type"] == "csrf_failed"
        assert page.json["saved"] is False

    def test_text_that_looks_like_json_needs_it_as_well(self, as_alice):
        page = as_alice.post(
            "/exams/attempts/x3k9/submit", data='{"key": "kkkkkkkkkkkk"}', content_type="text/plain"
        )

        assert page.status_code == 400

    def test_the_header_is_where_a_script_puts_it(self, as_alice):
        token = csrf_token(as_alice)

        page = as_alice.post(
            "/exams/attempts/x3k9/submit",
            json={"key": "k" * 12},
            headers={"X-CSRFToken": token},
        )

        assert page.status_code == 404  # past the token: there is no such attempt

    def test_somebody_elses_token_is_worth_nothing(self, as_alice, as_bob):
        token = csrf_token(as_bob)

        page = as_alice.post(
            "/exams/attempts/x3k9/submit",
            json={"key": "k" * 12},
            headers={"X-CSRFToken": token},
        )

        assert page.status_code == 400

    def test_every_form_of_the_account_needs_it(self, as_alice):
        for path in (
            "/sign-out",
            "/account/profile",
            "/account/password",
            "/account/sessions/end-others",
            "/account/second-factor",
        ):
            assert as_alice.post(path, data={"x": "y"}).status_code == 400, path

    def test_signing_out_by_a_link_does_nothing(self, as_alice):
        assert as_alice.get("/sign-out").status_code == 405
        assert as_alice.get("/account").status_code == 200


class TestRoles:
    def test_a_role_that_ends_closes_its_pages_at_once(self, app):
        client = sign_in(app, cast.SEC)
        assert client.get("/admin/people").status_code == 200
        with transaction() as db_session:
            person = queries.person_of_account_or_none(db_session, cast.SEC.account)
            services.end_role(
                db_session,
                person,
                Role.SECURITY_ADMIN,
                actor="cli:test",
                reason="轮岗",
                now=clock.now(),
            )

        assert client.get("/admin/people").status_code == 403


class TestLanguage:
    def test_follows_the_browser_until_somebody_chooses(self, stranger):
        english = {"Accept-Language": "en-GB,en;q=0.9"}
        assert '<html lang="en"' in stranger.get("/sign-in", headers=english).text

        page = stranger.get("/language/zh_CN?next=/sign-in", headers=english)

        assert page.headers["Location"] == "/sign-in"
        assert '<html lang="zh-CN"' in stranger.get("/sign-in", headers=english).text

    def test_chinese_is_what_everybody_else_gets(self, stranger):
        page = stranger.get("/sign-in", headers={"Accept-Language": "fr"})

        assert '<html lang="zh-CN"' in page.text

    def test_stays_over_signing_out(self, app):
        client = sign_in(app, cast.ALICE)
        client.get("/language/en")

        post(client, "/sign-out")

        assert '<html lang="en"' in client.get("/sign-in").text

    def test_a_language_we_do_not_have_changes_nothing(self, stranger):
        page = stranger.get("/language/fr?next=/sign-in")

        assert page.headers["Location"] == "/"
        assert '<html lang="zh-CN"' in stranger.get("/sign-in").text

    def test_leads_to_no_other_site(self, stranger):
        for target in HARMFUL:
            page = stranger.get("/language/en", query_string={"next": target})
            assert page.headers["Location"] == "/", target
