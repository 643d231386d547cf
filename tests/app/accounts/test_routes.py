"""Accounts through their pages; every refusal is one test."""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from urllib.parse import quote

import pyotp
import pytest
from sqlalchemy import select, update

from app.accounts import queries, second_factors, services
from app.accounts.models import LegalIdentity, Person, WebSession
from app.accounts.roles import Role
from app.core import clock
from app.core.db import db, transaction
from app.core.web import safe_next
from app.exams import outages
from app.factory import create_app
from tests import cast
from tests.conftest import IsolatedClient, close, csrf_token, sign_in

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
HTTPS = {"base_url": "https://localhost", "headers": {"Referer": "https://localhost/"}}

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


def post_sign_in(client, account=cast.ALICE.account, password=cast.PASSWORD, **extra):
    query = extra.pop("query", "")
    data = {
        "csrf_token": csrf_token(client),
        "account": account,
        "password": password,
        **extra,
    }
    return client.post(f"/sign-in{query}", data=data)


def post(client, path, **fields):
    return client.post(path, data={"csrf_token": csrf_token(client), **fields})


def enrol(member, app):
    """Give somebody a second factor; returns the secret."""
    before = clock.now() - timedelta(hours=1)
    with transaction() as db_session:
        person = queries.person_of_account_or_none(db_session, member.account)
        second_factors.enrol_second_factor(
            db_session,
            person,
            secret=SECRET,
            code=pyotp.TOTP(SECRET).at(before),
            keys=app.extensions["field_keys"],
            now=before,
        )
    return SECRET


def shift_sessions(**columns):
    """Move the sign-ins of the test into the past."""
    with transaction() as db_session:
        db_session.execute(update(WebSession).values(**columns))


@contextmanager
def another_app(settings):
    """Another deployment on the test's database."""
    other = create_app(settings)
    other.test_client_class = IsolatedClient
    with pytest.MonkeyPatch.context() as patched, other.app_context():
        # A deployment beats for as long as its process runs: here, into the tests that follow.
        patched.setattr(outages, "_beat_on", lambda app: None)
        yield other
        close(other)


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


class TestRegister:
    def go(self, client, **changes):
        fields = {
            "account": "frank@example.cn",
            "display_name": "弗兰克",
            "password": "quiet-harbour-3",
            "repeat": "quiet-harbour-3",
            **changes,
        }
        return post(client, "/register", **fields)

    def test_opens_the_account_signs_in_and_can_sign_in_again(self, app, stranger):
        page = self.go(stranger)

        assert page.status_code == 303
        assert stranger.get("/account").status_code == 200
        again = post_sign_in(app.test_client(), "Frank@example.cn", "quiet-harbour-3")
        assert again.status_code == 303

    def test_a_phone_number_will_do(self, app, stranger):
        self.go(stranger, account="+86 138-0013-8000")

        assert post_sign_in(app.test_client(), "13800138000", "quiet-harbour-3").status_code == 303

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"account": ""}, "请填写邮箱或手机号"),
            ({"account": "frank@"}, "邮箱格式不对"),
            ({"account": "frank@example"}, "邮箱格式不对"),
            ({"account": "12345"}, "手机号应为 11 位数字"),
            ({"account": "12800138000"}, "手机号应为 11 位数字"),
            ({"display_name": ""}, "请填写称呼"),
            ({"display_name": "\u200b\u202e"}, "请填写称呼"),
            ({"display_name": "长" * 41}, "称呼最多 40 个字"),
            ({"password": "k3v9p2x", "repeat": "k3v9p2x"}, "密码至少 8 个字符"),
            ({"password": "x1" * 65, "repeat": "x1" * 65}, "密码最多 128 个字符"),
            ({"password": "12345678", "repeat": "12345678"}, "这个密码太常见"),
            ({"password": "frank-2026-x", "repeat": "frank-2026-x"}, "不要包含账号或姓名"),
            ({"repeat": "quiet-harbour-4"}, "两次输入的密码不一致"),
        ],
    )
    def test_says_what_is_wrong_and_opens_nothing(self, stranger, changes, words):
        page = self.go(stranger, **changes)

        assert page.status_code == 422
        assert words in page.text
        assert db.session().scalar(select(Person.id).where(Person.display_name == "弗兰克")) is None

    def test_a_taken_account_is_refused_by_name(self, stranger):
        for account in (
            "alice@example.cn",
            " ALICE@example.cn ",
            "ａｌｉｃｅ＠ｅｘａｍｐｌｅ．ｃｎ",
        ):
            page = self.go(stranger, account=account)
            assert page.status_code == 422
            assert "已经注册过" in page.text

    def test_needs_the_token(self, stranger):
        assert stranger.post("/register", data={"account": "a@example.cn"}).status_code == 400

    def test_nobody_registers_with_a_role_of_his_choice(self, stranger):
        self.go(stranger, role="system_admin", roles="system_admin")

        person = queries.person_of_account_or_none(db.session(), "frank@example.cn")

        assert person.roles == {"candidate"}


class TestProfile:
    def test_shows_what_is_kept_but_never_the_number(self, as_alice):
        page = as_alice.get("/account")

        assert "A****" in page.text
        assert cast.ALICE.number not in page.text
        assert "考生" in page.text

    def test_lists_the_own_sign_ins_and_marks_this_one(self, app, as_alice):
        other = app.test_client()
        data = {
            "csrf_token": csrf_token(other),
            "account": cast.ALICE.account,
            "password": cast.PASSWORD,
        }
        other.post(
            "/sign-in", data=data, headers={"User-Agent": "Mozilla/5.0 (iPhone) Safari/605.1"}
        )

        page = as_alice.get("/account")

        assert page.text.count("这台设备</span>") == 1
        assert "Safari · iPhone" in page.text

    def test_a_sign_in_that_ended_by_itself_is_not_listed(self, app, as_alice):
        other = sign_in(app, cast.ALICE)
        shift_sessions(seen_at=clock.now() - timedelta(minutes=31))
        data = {"csrf_token": csrf_token(other), "account": cast.ALICE.account}
        other.post("/sign-in", data={**data, "password": cast.PASSWORD})

        assert other.get("/account").text.count("最近使用") == 1

    def test_changes_name_and_language(self, as_alice):
        page = post(as_alice, "/account/profile", display_name="  爱  丽丝\u202e ", locale="en")

        assert page.status_code == 303
        person = queries.person_of_account_or_none(db.session(), cast.ALICE.account)
        assert (person.display_name, person.locale) == ("爱 丽丝", "en")
        assert '<html lang="en"' in as_alice.get("/account").text

    @pytest.mark.parametrize("changes", [{"display_name": ""}, {"locale": "fr"}])
    def test_refuses_what_it_cannot_use_and_keeps_the_old(self, as_alice, changes):
        fields = {"display_name": "新名字", "locale": "zh_CN", **changes}

        page = post(as_alice, "/account/profile", **fields)

        assert page.status_code == 422
        person = queries.person_of_account_or_none(db.session(), cast.ALICE.account)
        assert person.display_name == "Alice"

    def test_markup_in_a_name_stays_text(self, as_alice):
        post(as_alice, "/account/profile", display_name="<b>x</b>", locale="zh_CN")

        page = as_alice.get("/account")

        assert "<b>x</b>" not in page.text
        assert "&lt;b&gt;x&lt;/b&gt;" in page.text

    def test_somebody_without_identity_is_told_when_it_is_needed(self, app, as_alice):
        with transaction() as db_session:
            db_session.execute(LegalIdentity.__table__.delete())

        assert "还没有登记" in as_alice.get("/account").text

    def test_ends_the_other_sign_ins_alone(self, app, as_alice, as_bob):
        other = sign_in(app, cast.ALICE)

        page = post(as_alice, "/account/sessions/end-others")

        assert page.status_code == 303
        assert as_alice.get("/account").status_code == 200
        assert other.get("/account").status_code == 302
        assert as_bob.get("/account").status_code == 200

    def test_a_stranger_is_sent_to_sign_in(self, stranger):
        assert stranger.get("/account").status_code == 302


NEW = {"password": "a-better-word-9", "repeat": "a-better-word-9"}


class TestChangePassword:
    def test_ends_every_sign_in_and_the_old_password(self, app, as_alice):
        other = sign_in(app, cast.ALICE)

        page = post(as_alice, "/account/password", current=cast.PASSWORD, **NEW)

        assert page.status_code == 303
        assert as_alice.get("/account").status_code == 302
        assert other.get("/account").status_code == 302
        assert post_sign_in(app.test_client()).status_code == 422
        assert post_sign_in(app.test_client(), password="a-better-word-9").status_code == 303

    @pytest.mark.parametrize(
        ("fields", "words"),
        [
            ({"current": "wrong-one-1", **NEW}, "现在的密码不对"),
            ({"current": "", **NEW}, "请填写现在的密码"),
            (
                {"current": cast.PASSWORD, "password": "short", "repeat": "short"},
                "密码至少 8 个字符",
            ),
            (
                {"current": cast.PASSWORD, "password": "alice-2026", "repeat": "alice-2026"},
                "不要包含账号或姓名",
            ),
            (
                {"current": cast.PASSWORD, "password": NEW["password"], "repeat": "another-1"},
                "两次输入的密码不一致",
            ),
        ],
    )
    def test_is_refused_and_the_old_one_stays(self, app, as_alice, fields, words):
        page = post(as_alice, "/account/password", **fields)

        assert page.status_code == 422
        assert words in page.text
        assert 'value="Alice"' in page.text  # the other form of the page keeps its values
        assert post_sign_in(app.test_client()).status_code == 303

    def test_a_stolen_session_cannot_guess_the_password(self, as_alice):
        statuses = [
            post(as_alice, "/account/password", current=f"guess-{n}", **NEW).status_code
            for n in range(11)
        ]

        assert statuses == [422] * 10 + [429]

    def test_needs_the_token(self, as_alice):
        assert as_alice.post("/account/password", data=NEW).status_code == 400


class TestSecondFactor:
    def draft(self, client):
        page = client.get("/account/second-factor")
        return re.search(r"<code>([A-Z2-7 ]+)</code>", page.text)[1].replace(" ", "")

    def test_is_switched_on_by_code_and_password(self, app, as_alice):
        secret = self.draft(as_alice)
        code = pyotp.TOTP(secret).at(clock.now())

        page = post(as_alice, "/account/second-factor", code=code, current=cast.PASSWORD)

        assert page.status_code == 303
        assert "已开启" in as_alice.get("/account").text
        assert post_sign_in(app.test_client()).status_code == 422

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"code": "000000"}, "验证码不对"),
            ({"code": ""}, "请填写 6 位数字"),
            ({"current": "wrong-one-1"}, "现在的密码不对"),
            ({"current": ""}, "请填写现在的密码"),
        ],
    )
    def test_is_refused_otherwise(self, as_alice, changes, words):
        code = pyotp.TOTP(self.draft(as_alice)).at(clock.now())
        fields = {"code": code, "current": cast.PASSWORD, **changes}

        page = post(as_alice, "/account/second-factor", **fields)

        assert page.status_code == 422
        assert words in page.text
        assert "未开启" in as_alice.get("/account").text

    def test_reloading_shows_the_same_secret(self, as_alice):
        assert self.draft(as_alice) == self.draft(as_alice)

    def test_without_a_drafted_secret_it_begins_anew(self, as_alice):
        page = post(as_alice, "/account/second-factor", code="123456", current=cast.PASSWORD)

        assert page.status_code == 303
        assert page.headers["Location"] == "/account/second-factor"


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
