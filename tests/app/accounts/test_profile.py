"""The own account through its pages: opened, changed, its password and second factor."""

from __future__ import annotations

import re
from datetime import timedelta

import pyotp
import pytest
from sqlalchemy import select

from app.accounts import queries
from app.accounts.models import LegalIdentity, Person
from app.core import clock
from app.core.db import db, transaction
from tests import cast
from tests.app.accounts.signing import (
    NEW,
    post,
    post_sign_in,
    shift_sessions,
)
from tests.conftest import csrf_token, sign_in


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
