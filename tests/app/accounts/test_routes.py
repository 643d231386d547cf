"""Accounts through their pages; every refusal is one test."""

from __future__ import annotations

from tests import cast
from tests.conftest import csrf_token, sign_in


class TestSignIn:
    def test_a_wrong_password_says_the_same_as_an_unknown_account(self, stranger):
        token = csrf_token(stranger)
        pages = [
            stranger.post(
                "/sign-in", data={"csrf_token": token, "account": account, "password": "nonsense-1"}
            )
            for account in (cast.ALICE.account, "nobody@example.cn")
        ]

        assert [page.status_code for page in pages] == [422, 422]
        assert all("账号或密码不正确" in page.text for page in pages)

    def test_needs_the_token(self, stranger):
        page = stranger.post("/sign-in", data={"account": "a", "password": "b"})

        assert page.status_code == 400

    def test_a_copied_cookie_is_worth_nothing_after_signing_out(self, app):
        client = sign_in(app, cast.ALICE)
        thief = app.test_client()
        cookie = client.get_cookie("caopan")
        thief.set_cookie("caopan", cookie.value)
        assert thief.get("/account").status_code == 200

        client.post("/sign-out", data={"csrf_token": csrf_token(client, "/account")})

        assert thief.get("/account").status_code == 302
