"""Safe Exam Browser: every request of an attempt proves the agreed configuration, or is refused."""

from __future__ import annotations

import hashlib

import pytest
from werkzeug.datastructures import Headers

from app.core import clock
from app.core.db import db, transaction
from app.core.errors import InvalidInputError
from app.exams import queries
from app.exams.safe_browser import (
    BROWSER_HEADER,
    CONFIG_HEADER,
    SafeBrowserRequiredError,
    check_safe_browser,
    read_keys,
)
from app.exams.services import start_attempt
from app.exams.terms import Arrangement
from tests import cast
from tests.conftest import csrf_token
from tests.factories.exams import TERMS, publish_little_bank

CONFIG_KEY, OTHER_KEY, BROWSER_KEY = "a" * 64, "b" * 64, "c" * 64
URL = "https://exam.example/exams/attempts/abc/save"


def hashed(url, key):
    return hashlib.sha256((url + key).encode()).hexdigest()


class TestCheckSafeBrowser:
    def test_the_hash_of_address_and_any_of_the_keys_passes(self):
        check_safe_browser(
            {"config_keys": [OTHER_KEY, CONFIG_KEY]},
            URL,
            Headers({CONFIG_HEADER: hashed(URL, CONFIG_KEY).upper()}),
        )

    @pytest.mark.parametrize(
        "headers",
        [
            {},
            {CONFIG_HEADER: ""},
            {CONFIG_HEADER: CONFIG_KEY},
            {CONFIG_HEADER: hashed(URL, OTHER_KEY)},
            {CONFIG_HEADER: hashed(URL + "?x=1", CONFIG_KEY)},
            {BROWSER_HEADER: hashed(URL, CONFIG_KEY)},
        ],
        ids=["none", "empty", "bare key", "other key", "other address", "other header"],
    )
    def test_anything_else_is_refused(self, headers):
        with pytest.raises(SafeBrowserRequiredError):
            check_safe_browser({"config_keys": [CONFIG_KEY]}, URL, Headers(headers))

    def test_both_kinds_are_wanted_where_both_are_given(self):
        keys = {"config_keys": [CONFIG_KEY], "browser_keys": [BROWSER_KEY]}
        one = {CONFIG_HEADER: hashed(URL, CONFIG_KEY)}

        with pytest.raises(SafeBrowserRequiredError):
            check_safe_browser(keys, URL, Headers(one))
        check_safe_browser(keys, URL, Headers({**one, BROWSER_HEADER: hashed(URL, BROWSER_KEY)}))


class TestReadKeys:
    def test_one_a_line_without_repeats(self):
        text = f" {CONFIG_KEY.upper()}\n{CONFIG_KEY}\r\n\n"

        assert read_keys(text, "") == {"config_keys": [CONFIG_KEY], "browser_keys": []}

    def test_nothing_means_any_browser(self):
        assert read_keys(" \n", "") is None

    @pytest.mark.parametrize("text", ["abc", "g" * 64, CONFIG_KEY + "0", "x " * 3])
    def test_refuses_what_is_no_key_and_names_the_field(self, text):
        with pytest.raises(InvalidInputError) as caught:
            read_keys("", text)

        assert caught.value.errors == [{"field": "browser_keys", "code": "key"}]


class TestEveryRequest:
    @pytest.fixture
    def attempt_id(self, app, db_session, person_of):
        publish_little_bank(db_session, now=clock.now())
        attempt = start_attempt(
            db_session,
            person_of(cast.ALICE).id,
            TERMS,
            now=clock.now(),
            arrangement=Arrangement(safe_browser={"config_keys": [CONFIG_KEY]}),
        )
        public_id = attempt.public_id
        db_session.commit()
        db.session.remove()
        return public_id

    def ask(self, client, method, path, *, proves=True, body=None, token=""):
        url = f"http://localhost{path}"
        headers = {"X-CSRFToken": token} if token else {}
        if proves:
            headers[CONFIG_HEADER] = hashed(url, CONFIG_KEY)
        return client.open(path, method=method, json=body, headers=headers)

    REQUESTS = (
        ("GET", "", None),
        ("GET", "/state?waiting=1", None),
        ("POST", "/state", {"take_over": True}),
        ("POST", "/save", {"key": "client-key-1", "position": 1, "value": {"selected": []}}),
        ("POST", "/sections", {"section": 1, "writer_epoch": 0, "key": "leave-0001"}),
        ("POST", "/break", {"is_over": False, "key": "break-0001"}),
        ("POST", "/submit", {"key": "submit-0001"}),
    )

    @pytest.mark.parametrize(
        ("method", "what", "body"), REQUESTS, ids=[what or "/" for _, what, _ in REQUESTS]
    )
    def test_without_proof_is_refused_and_changes_nothing(
        self, as_alice, attempt_id, method, what, body
    ):
        path = f"/exams/attempts/{attempt_id}{what}"
        token = csrf_token(as_alice)

        answer = self.ask(as_alice, method, path, proves=False, body=body, token=token)

        assert answer.status_code == 403
        assert "安全考试浏览器" in answer.get_data(as_text=True) or (
            answer.json["type"] == "seb_required"
        )
        with transaction() as db_session:
            attempt = queries.attempt_by_public_id(db_session, attempt_id)
            assert (attempt.is_open, attempt.event_count) == (True, 1)

    def test_with_proof_all_goes_its_way(self, as_alice, attempt_id):
        base = f"/exams/attempts/{attempt_id}"
        token = csrf_token(as_alice)

        page = self.ask(as_alice, "GET", base)
        state = self.ask(as_alice, "GET", f"{base}/state?waiting=0")
        done = self.ask(
            as_alice, "POST", f"{base}/submit", body={"key": "submit-0001"}, token=token
        )

        assert (page.status_code, state.status_code, done.status_code) == (200, 200, 200)
        result = as_alice.get(f"{base}/result")  # the result may be read with any browser
        assert result.status_code == 200

    def test_somebody_else_learns_nothing(self, as_bob, stranger, attempt_id):
        assert self.ask(as_bob, "GET", f"/exams/attempts/{attempt_id}").status_code == 404
        assert stranger.get(f"/exams/attempts/{attempt_id}").status_code == 302
