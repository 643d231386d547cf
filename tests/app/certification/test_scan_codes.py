"""The code that a holder shows: page, verdict of whoever scans it, keys, offline check."""

from __future__ import annotations

import json
import re

import pytest

from app.certification import scan_codes
from app.core import clock
from certificates.__main__ import main
from certificates.scan_tokens import split_address
from tests.app.certification.test_pages import post
from tests.conftest import NOON

ADDRESS = re.compile(r'data-copy="(http://localhost/v/[^"#]+#[A-Za-z0-9_-]{104})"')


@pytest.fixture(autouse=True)
def noon(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOON)


@pytest.fixture
def scan_key(app, db_session):
    made = scan_codes.add_scan_key(
        db_session, field_keys=app.extensions["field_keys"], actor="cli:test", now=NOON
    )
    kid = made.kid
    db_session.commit()  # nothing is read after it: that would hold the write lock
    return kid


@pytest.fixture
def shown(as_alice, certified, scan_key) -> str:
    """What Alice's code says."""
    page = as_alice.get(f"/certificates/{certified.number}/code")
    found = ADDRESS.search(page.text)
    assert found, page.text
    return found[1]


class TestShowCode:
    def test_is_the_holders_alone(self, as_bob, stranger, certified, scan_key):
        assert as_bob.get(f"/certificates/{certified.number}/code").status_code == 404
        assert stranger.get(f"/certificates/{certified.number}/code").status_code == 302

    def test_says_that_there_is_no_key(self, as_alice, certified):
        assert as_alice.get(f"/certificates/{certified.number}/code").status_code == 503


class TestCheckCode:
    def check(self, client, number, token):
        return post(client, f"/v/{number}/code", token=token)

    def test_shows_the_full_result_to_who_was_shown_it(self, stranger, shown):
        number, token = split_address(shown)

        page = self.check(stranger, number, token)

        assert page.status_code == 200
        assert "核验码有效" in page.text
        assert "Alice" in page.text

    def test_shows_nothing_more_for_a_forged_one(self, stranger, shown):
        number, token = split_address(shown)
        forged = token[:-2] + ("AA" if token[-2:] != "AA" else "BA")

        page = self.check(stranger, number, forged)

        assert "核验码无效" in page.text
        assert "Alice" not in page.text

    def test_the_public_page_does_not_speak_of_codes(self, stranger, shown):
        number, _ = split_address(shown)

        assert "核验码有效" not in stranger.get(f"/v/{number}").text
        assert "code_valid" not in stranger.get(f"/api/v1/credentials/{number}").json["checks"]

    def test_a_compromised_key_proves_nothing(self, db_session, stranger, shown, scan_key):
        number, token = split_address(shown)
        scan_codes.compromise_scan_key(db_session, scan_key, since=NOON, actor="cli:test", now=NOON)
        db_session.commit()

        page = self.check(stranger, number, token)

        assert "核验码无法判断" in page.text
        assert "Alice" not in page.text

    def test_an_unknown_number_is_not_found(self, stranger):
        assert self.check(stranger, "CPS1-26-3333333333-3", "A" * 104).status_code == 404


class TestOffline:
    def test_the_command_line_reads_it_with_the_published_keys(
        self, stranger, shown, tmp_path, capsys
    ):
        keys = tmp_path / "jwks.json"
        keys.write_text(json.dumps(stranger.get("/.well-known/jwks.json").json))
        asked = ["scan", shown, "--keys", str(keys), "--at", NOON.isoformat(), "--json"]

        assert main([*asked, "--name", "Alice"]) == 3  # revoked since? only the register knows
        told = json.loads(capsys.readouterr().out)
        assert told["findings"]["credential_signed"]["answer"] == "yes"
        assert told["findings"]["name_matches"]["answer"] == "yes"
        assert main([*asked, "--name", "Bob"]) == 1


class TestKeys:
    def test_a_new_key_retires_the_old_one_and_both_verify(self, app, db_session, stranger, shown):
        number, token = split_address(shown)
        scan_codes.add_scan_key(
            db_session, field_keys=app.extensions["field_keys"], actor="cli:test", now=NOON
        )
        db_session.commit()

        retired, running = scan_codes.scan_keys(db_session)

        assert (retired.retired_at, running.retired_at) == (NOON, None)
        db_session.rollback()
        page = post(stranger, f"/v/{number}/code", token=token)
        assert "核验码有效" in page.text


def test_only_the_page_that_scans_may_ask_for_the_camera(stranger):
    assert "camera=(self)" in stranger.get("/verify").headers["Permissions-Policy"]
    assert "camera=()" in stranger.get("/sign-in").headers["Permissions-Policy"]
