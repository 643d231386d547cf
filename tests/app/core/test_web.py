"""What every answer carries, and what every refusal says."""

from __future__ import annotations

import re
import time

import pytest
from itsdangerous import TimestampSigner

from app.core.error_pages import MESSAGE_OF
from app.core.security import CSP
from tests import cast
from tests.conftest import csrf_token, sign_in


class TestHeaders:
    @pytest.mark.parametrize(
        "path", ["/", "/sign-in", "/healthz", "/nowhere", "/static/0/favicon.svg"]
    )
    def test_every_answer_is_hardened(self, stranger, path):
        page = stranger.get(path)
        page.close()  # a static file's answer holds it open
        headers = page.headers

        assert headers["Content-Security-Policy"] == CSP
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin"

    def test_the_policy_has_no_loophole(self):
        assert "unsafe" not in CSP
        assert "*" not in CSP
        assert "frame-ancestors 'none'" in CSP

    def test_pages_behind_sign_in_are_not_kept(self, as_alice):
        page = as_alice.get("/account")

        assert page.headers["Cache-Control"] == "no-store"
        assert "Cookie" in page.headers["Vary"]


class TestForms:
    @pytest.mark.parametrize("body", ['{"display_name": 5}', '"x"', "1", "null", "[[1]]"])
    def test_json_is_a_form_in_which_nothing_was_filled_in(self, as_alice, body):
        headers = {"X-CSRFToken": csrf_token(as_alice), "Content-Type": "application/json"}

        page = as_alice.post("/account/profile", data=body, headers=headers)

        assert page.status_code == 422


class TestTokens:
    def test_nothing_is_done_without_the_forms_token_but_for_programs(self, app, as_alice):
        # Global, so that no route has to remember it; only what reads no cookie is spared.
        spared = {
            "api.feeds.take_report",
            "api.filings.file_objection",
            "api.filings.withdraw_objection",
            "api.verify",
        }
        adapter = app.url_map.bind("localhost")
        sample = {"IntegerConverter": 1, "AnyConverter": None}
        open_doors = {}
        for rule in app.url_map.iter_rules():
            for method in {"POST", "PUT", "PATCH", "DELETE"} & (rule.methods or set()):
                values = {
                    name: sample.get(type(converter).__name__, "x") or next(iter(converter.items))
                    for name, converter in rule._converters.items()
                }
                path = adapter.build(rule.endpoint, values, method=method)
                answer = as_alice.open(path, method=method, headers={"Accept": "application/json"})
                if (answer.status_code, (answer.json or {}).get("type")) != (400, "csrf_failed"):
                    open_doors[rule.endpoint] = answer.status_code

        assert open_doors.keys() == spared


HERE = {"Sec-Fetch-Site": "same-origin"}
TYPED = {"display_name": "<b>晓岚</b>", "locale": "zh_CN"}


class TestTyped:
    """A form that comes after its sign-in ended is handed back, to be sent once more."""

    def test_it_survives_a_sign_in_that_ended_and_is_sent_again(self, app, as_alice):
        token = csrf_token(as_alice)
        as_alice.delete_cookie("caopan")

        kept = as_alice.post("/account/profile", data={**TYPED, "csrf_token": token}, headers=HERE)
        assert kept.status_code == 401
        assert 'name="display_name" value="&lt;b&gt;晓岚&lt;/b&gt;"' in kept.text
        assert 'action="/account/profile"' in kept.text

        again = sign_in(app, cast.ALICE)  # in another tab: its token is another one
        asked = again.post("/account/profile", data={**TYPED, "csrf_token": token}, headers=HERE)
        assert asked.status_code == 400
        fresh = re.search(r'name="csrf_token" value="([^"]+)"', asked.text.partition("<main")[2])
        saved = again.post("/account/profile", data={**TYPED, "csrf_token": fresh[1]}, headers=HERE)
        assert saved.status_code == 303

    @pytest.mark.parametrize(
        ("headers", "data"),
        [
            ({"Sec-Fetch-Site": "cross-site"}, TYPED),
            ({"Origin": "https://elsewhere.example"}, TYPED),
            ({}, TYPED),
            (HERE, {"current": "secret", "password": "other", "repeat": "other"}),
            (HERE, {}),
        ],
    )
    def test_words_of_another_site_and_passwords_are_not_shown(self, stranger, headers, data):
        sent = {**data, "csrf_token": csrf_token(stranger)}

        page = stranger.post("/account/profile", data=sent, headers=headers)

        assert page.status_code == 302


class TestRefusals:
    def test_a_page_and_json_say_the_same(self, as_alice):
        page = as_alice.get("/exams/attempts/nothing")
        answer = as_alice.get("/exams/attempts/nothing", headers={"Accept": "application/json"})

        assert page.status_code == answer.status_code == 404
        assert answer.json["type"] == "not_found"
        assert answer.json["message"] in page.text

    def test_a_stranger_is_sent_to_sign_in_and_json_is_told(self, stranger):
        page = stranger.get("/account?x=1")
        answer = stranger.get("/account", headers={"Accept": "application/json"})

        assert (page.status_code, page.location) == (302, "/sign-in?next=/account?x%3D1")
        assert (answer.status_code, answer.json["type"]) == (401, "login_required")

    def test_the_wrong_method_is_named(self, stranger):
        assert stranger.delete("/sign-in").status_code in {400, 405}

    def test_a_number_beyond_every_row_names_nothing(self, as_alice):
        token = csrf_token(as_alice)
        page = as_alice.get("/schemes/junior?version=9223372036854775808")
        sent = as_alice.post("/training/decisions/99999999999999999999", data={"csrf_token": token})

        assert page.status_code == 404
        assert sent.status_code < 500

    @pytest.mark.parametrize("path", ["/%00", "/v/%F0%9F%98%80", "/static/../wsgi.py", "/a" * 900])
    def test_odd_addresses_are_not_found(self, stranger, path):
        assert stranger.get(path).status_code == 404

    def test_an_unexpected_error_shows_no_trace(self, app, stranger):
        def broken() -> str:
            raise RuntimeError("secret /etc/passwd detail")

        app.view_functions["home.index"] = broken
        page = stranger.get("/")

        assert page.status_code == 500
        assert "secret" not in page.text
        assert "Traceback" not in page.text
        assert str(MESSAGE_OF["internal"]._args[0]) in page.text

    def test_a_body_beyond_the_limit_is_too_large(self, stranger):
        page = stranger.post("/sign-in", data={"account": "x" * (9 * 1024 * 1024)})

        assert page.status_code == 413


def test_a_form_outlives_a_clock_that_is_set_back(stranger, monkeypatch):
    with monkeypatch.context() as ahead:
        ahead.setattr(TimestampSigner, "get_timestamp", lambda self: int(time.time()) + 7200)
        token = csrf_token(stranger)

    page = stranger.post("/sign-in", data={"account": "", "password": "", "csrf_token": token})

    assert page.status_code == 422


def test_health_names_version_database_and_schema(app, stranger):
    from sqlalchemy import text

    from app.core.db import transaction

    with transaction() as db_session:
        db_session.execute(text("CREATE TABLE alembic_version (version_num VARCHAR)"))
        db_session.execute(text("INSERT INTO alembic_version VALUES ('0001')"))

    answer = stranger.get("/healthz")

    assert answer.json == {
        "status": "ok",
        "version": answer.json["version"],
        "database": "sqlite",
        "schema": "0001",
        "clock_step_s": 0,
    }
