"""The hot routes before Flask: the same answers as Flask's own, to good and to bad requests.

Every request goes both ways, on two attempts (or rooms) that stand alike: through the whole
application, and past the front straight into Flask. Status, body and headers must be the same, and
what is in order must not have needed Flask.
"""

from __future__ import annotations

import contextvars
import io
import json
import re
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.accounts.models import Person, WebSession
from app.accounts.services import open_web_session
from app.core import clock
from app.core.db import db, raw_transaction, transaction
from app.core.errors import StorageUnavailableError
from app.exams import queries, saving, services
from app.exams.models import Attempt
from app.exams.signals import signals_of
from app.rooms.clocks import START_COUNTDOWN
from app.rooms.models import RoomSession
from tests import cast
from tests.conftest import csrf_token
from tests.factories.exams import TERMS, publish_little_bank, start_attempt
from tests.factories.rooms import publish_little_room, start_little_practice

CHANGING = re.compile(r'"(server_now|due_at|since)":"[^"]*"|"(next_tick_ms|room_ms)":\d+')
"""Moments of the server's clock: the two ways are asked one after the other."""


@dataclass(frozen=True)
class Got:
    """An answer as the network sees it."""

    status: str
    headers: dict[str, str]
    body: str

    @property
    def plain(self) -> tuple[str, dict[str, str], str]:
        """The answer without moments and without the session cookie's signature time."""
        headers = {k: v for k, v in self.headers.items() if k != "Set-Cookie"}
        body = CHANGING.sub("", self.body)
        if len(body) != len(self.body):
            headers.pop("Content-Length", None)
        return self.status, headers, body


class Ways:
    """A signed-in browser whose requests go both ways."""

    def __init__(self, app, secret):
        self.app = app
        self.client = app.test_client()
        self.client.set_cookie("caopan", secret)
        self.token = csrf_token(self.client, "/account")
        self.front = app.extensions["front"]
        self.attempts: list[str] = []
        self.room = ""

    def ask(self, through, method, path, query="", data=b"", **changes: Any) -> Got:
        cookies = "; ".join(f"{one.key}={one.value}" for one in self.client._cookies.values())
        environ = {
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "SCRIPT_NAME": "",
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "HTTP_HOST": "localhost",
            "HTTP_COOKIE": cookies,
            "HTTP_ACCEPT": "application/json",
            "wsgi.input": io.BytesIO(data),
            "wsgi.url_scheme": "http",
            "wsgi.errors": io.StringIO(),
            **changes,
        }
        if method == "POST":
            environ.setdefault("HTTP_X_CSRFTOKEN", self.token)
            environ.setdefault("CONTENT_TYPE", "application/json")
            environ["CONTENT_LENGTH"] = str(len(data))
        out: dict[str, Any] = {}

        def start(status, headers, error=None):
            out.update(status=status, headers=dict(headers))

        def run() -> str:
            chunks = through({k: v for k, v in environ.items() if v is not None}, start)
            body = b"".join(chunks).decode()
            getattr(chunks, "close", lambda: None)()
            return body

        # A context of its own, as a request in a server has: `g` must not outlive it.
        body = contextvars.Context().run(run)
        return Got(out["status"], out["headers"], body)

    def both(self, method, path, other_path="", **asked: Any) -> tuple[Got, bool]:
        """Ask both ways; return the answer, and whether Flask was spared the first one."""
        before = self.front.answered_count
        fast = self.ask(self.front, method, path, **asked)
        was_spared = self.front.answered_count > before
        slow = self.ask(self.front._behind, method, other_path or path, **asked)
        assert fast.plain == slow.plain
        return fast, was_spared


@pytest.fixture
def ways(app, person_of):
    """Alice's browser, with two attempts and two rooms of hers that stand alike."""
    now = clock.now()
    with transaction() as db_session:
        alice = person_of(cast.ALICE)
        secret = open_web_session(
            db_session, alice, address="127.0.0.1", user_agent="tests", now=now
        )
        publish_little_bank(db_session, now=now)
        publish_little_room(db_session, now=now)
        one, two = (
            start_attempt(
                db_session, alice.id, replace(TERMS, exam_code=f"little@1:{code}"), now=now
            )
            for code in ("a", "b")
        )
        two.form = one.form
        one.writer_epoch = two.writer_epoch = 1
        room = start_little_practice(db_session, alice.id, now=now - START_COUNTDOWN)
        room.is_paused = True  # its clock stands: the two ways ask at different moments
        attempts, room_id = [one.public_id, two.public_id], room.public_id
        bob = open_web_session(
            db_session, person_of(cast.BOB), address="127.0.0.1", user_agent="tests", now=now
        )
        carol = open_web_session(
            db_session, person_of(cast.CAROL), address="127.0.0.1", user_agent="tests", now=now
        )
    db.session.remove()
    ways = Ways(app, secret)
    ways.attempts, ways.room = attempts, room_id
    ways.bob, ways.carol = Ways(app, bob), Ways(app, carol)
    return ways


def body_of(n=1, **changes: Any) -> dict[str, Any]:
    return {
        "key": f"a-key-of-{n:04d}",
        "position": 1,
        "value": {"selected": ["a"]},
        "flagged": False,
        "sequence": n,
        "writer_epoch": 1,
        **changes,
    }


def save(ways, body, **asked: Any) -> tuple[Got, bool]:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    one, two = ways.attempts
    paths = [f"/exams/attempts/{public_id}/save" for public_id in (one, two)]
    return ways.both("POST", paths[0], paths[1], data=data, **asked)


class TestSave:
    @pytest.mark.both_databases
    def test_saves_without_flask(self, ways):
        got, was_spared = save(ways, body_of(1))

        assert (got.status, was_spared) == ("200 OK", True)
        assert json.loads(got.body)["ack"] == 1
        for public_id in ways.attempts:
            attempt = db.session.scalar(select(Attempt).where(Attempt.public_id == public_id))
            assert queries.values_of(db.session(), attempt.id) == {1: {"selected": ["a"]}}

    def test_a_repeat_is_a_duplicate(self, ways):
        save(ways, body_of(1))

        got, was_spared = save(ways, body_of(1))

        assert json.loads(got.body)["duplicate"] is True
        assert was_spared

    def test_the_key_may_stand_in_the_header(self, ways):
        body = body_of(1)
        del body["key"]

        got, was_spared = save(ways, body, HTTP_IDEMPOTENCY_KEY="in-the-header")

        assert (got.status, was_spared) == ("200 OK", True)

    @pytest.mark.parametrize(
        ("changes", "status"),
        [
            ({"key": None}, 400),
            ({"key": "short"}, 400),
            ({"position": 0}, 422),
            ({"position": 7}, 422),
            ({"position": True}, 422),
            ({"sequence": -1}, 422),
            ({"value": {"selected": ["z"]}}, 422),
            ({"value": None}, 422),
            ({"writer_epoch": 99}, 409),
        ],
    )
    def test_refuses_as_flask_does(self, ways, changes, status):
        got, was_spared = save(ways, body_of(1, **changes))

        assert int(got.status[:3]) == status
        assert not was_spared

    def test_refuses_a_key_that_came_with_another_payload(self, ways):
        save(ways, body_of(1))

        got, _ = save(ways, body_of(1, flagged=True))

        assert json.loads(got.body)["type"] == "idempotency_key_reused"

    @pytest.mark.parametrize(
        "data", [b"", b"[]", b"nonsense", b'{"a":' * 3000, b"NaN", b"\xff\xfe", b"{}" * 40_000]
    )
    def test_refuses_what_is_no_object(self, ways, data):
        got, was_spared = save(ways, data)

        assert got.status[:3] in {"400", "413"}
        assert not was_spared

    @pytest.mark.parametrize(
        "changes",
        [
            {"HTTP_X_CSRFTOKEN": None},
            {"HTTP_X_CSRFTOKEN": "forged"},
            {"HTTP_X_CSRFTOKEN": ""},
            {"CONTENT_TYPE": "text/plain"},
            {"CONTENT_TYPE": "application/x-www-form-urlencoded"},
        ],
    )
    def test_refuses_without_a_good_token_or_type(self, ways, changes):
        save(ways, body_of(1))  # the good token is remembered; that helps nobody else

        got, was_spared = save(ways, body_of(2), **changes)

        assert got.status.startswith("400")
        assert not was_spared

    def test_the_token_of_another_session_is_refused(self, ways):
        save(ways, body_of(1))

        got, was_spared = save(ways, body_of(2), HTTP_X_CSRFTOKEN=ways.bob.token)

        assert json.loads(got.body)["type"] == "csrf_failed"
        assert not was_spared

    def test_over_tls_the_referrer_counts(self, ways):
        ways.app.config["WTF_CSRF_SSL_STRICT"] = True
        tls = {"wsgi.url_scheme": "https", "SERVER_PORT": "443"}

        good, was_spared = save(ways, body_of(1), HTTP_REFERER="https://localhost/exams", **tls)
        foreign, _ = save(ways, body_of(2), HTTP_REFERER="https://evil.example/", **tls)
        bare, _ = save(ways, body_of(3), **tls)

        assert (good.status, was_spared) == ("200 OK", True)
        assert [foreign.status[:3], bare.status[:3]] == ["400", "400"]

    def test_another_candidate_does_not_find_it(self, ways):
        ways.bob.attempts = ways.attempts

        got, was_spared = save(ways.bob, body_of(1))

        assert got.status.startswith("404")
        assert not was_spared

    def test_an_examiner_is_refused(self, ways):
        ways.carol.attempts = ways.attempts

        assert save(ways.carol, body_of(1))[0].status.startswith("403")

    @pytest.mark.parametrize("cookie", ["", "caopan=x", "caopan=" + "y" * 43])
    def test_a_stranger_is_refused(self, ways, cookie):
        got, was_spared = save(ways, body_of(1), HTTP_COOKIE=cookie)

        assert got.status[:3] in {"400", "401"}
        assert not was_spared

    def test_a_session_that_ended_is_refused_at_once(self, ways):
        save(ways, body_of(1))
        with transaction() as db_session:
            for row in db_session.scalars(select(WebSession)):
                db_session.delete(row)

        got, was_spared = save(ways, body_of(2))

        assert got.status.startswith("401")
        assert not was_spared

    def test_a_late_answer_is_kept_and_refused(self, ways):
        with transaction() as db_session:
            for attempt in db_session.scalars(select(Attempt)):
                attempt.due_at = clock.now() - timedelta(minutes=1)

        got, was_spared = save(ways, body_of(1))

        assert json.loads(got.body)["type"] == "deadline_passed"
        assert not was_spared
        for public_id in ways.attempts:
            attempt = db.session.scalar(select(Attempt).where(Attempt.public_id == public_id))
            assert len(queries.late_answers_of(db.session(), attempt.id)) == 1

    def test_a_pause_asks_to_send_again(self, ways):
        with transaction() as db_session:
            for attempt in db_session.scalars(select(Attempt)):
                attempt.paused_at = clock.now() - timedelta(minutes=1)

        got, _ = save(ways, body_of(1))

        assert (got.status[:3], got.headers["Retry-After"]) == ("429", "5")

    def test_a_busy_database_is_asked_once(self, ways, monkeypatch):
        asked = []

        def away(*arguments, **options):
            asked.append(arguments)
            raise StorageUnavailableError("held")

        monkeypatch.setattr(saving, "raw_transaction", away)

        got, _ = save(ways, body_of(1))

        assert got.status.startswith("503")
        assert json.loads(got.body)["saved"] is False
        assert len(asked) == 2  # one for each way: Flask does not try what the front tried

    def test_an_attempt_that_wants_the_safe_browser_is_left_to_flask(self, ways):
        with transaction() as db_session:
            for attempt in db_session.scalars(select(Attempt)):
                attempt.safe_browser = {"config_keys": ["k" * 64], "browser_keys": []}

        assert not save(ways, body_of(1))[1]
        assert not ways.both("GET", f"/exams/attempts/{ways.attempts[0]}/state")[1]

    def test_a_host_that_is_not_trusted_is_left_to_flask(self, ways):
        ways.front._hosts = frozenset({"localhost"})

        _, was_spared = save(ways, body_of(1), HTTP_HOST="elsewhere.example")
        _, is_spared_here = save(ways, body_of(2))

        assert (was_spared, is_spared_here) == (False, True)


class TestPenAndHandingIn:
    """What comes once or twice an attempt, from the whole hall within minutes."""

    def ask_both(self, ways, door, body, **asked: Any) -> tuple[Got, bool]:
        one, two = (f"/exams/attempts/{public_id}/{door}" for public_id in ways.attempts)
        before = ways.front.answered_count
        data = json.dumps(body).encode()
        fast = ways.ask(ways.front, "POST", one, data=data, **asked)
        was_spared = ways.front.answered_count > before
        slow = ways.ask(ways.front._behind, "POST", two, data=data, **asked)
        ids = dict(zip(ways.attempts, ("<id>", "<id>"), strict=True))
        for public_id, word in ids.items():
            fast = replace(fast, body=fast.body.replace(public_id, word))
            slow = replace(slow, body=slow.body.replace(public_id, word))
        assert fast.plain == slow.plain
        return fast, was_spared

    @pytest.mark.both_databases
    def test_go_without_flask_and_leave_the_same(self, ways):
        agent = {"HTTP_USER_AGENT": "a browser", "REMOTE_ADDR": "10.1.2.3"}

        pen, pen_spared = self.ask_both(ways, "state", {"take_over": True}, **agent)
        save(ways, body_of(1, writer_epoch=2))
        end, end_spared = self.ask_both(ways, "submit", {"key": "the-end-of-it"})
        again, _ = self.ask_both(ways, "submit", {"key": "the-end-of-it"})

        assert (pen.status, json.loads(pen.body)["writer_epoch"], pen_spared) == ("200 OK", 2, True)
        assert (end.status, end_spared, again.body) == ("200 OK", True, end.body)
        left = []
        for public_id in ways.attempts:
            attempt = db.session.scalar(select(Attempt).where(Attempt.public_id == public_id))
            score = queries.score_of(db.session(), attempt.id)
            signals = signals_of(db.session(), attempt.id)
            kinds = [one.kind for one in queries.events_of(db.session(), attempt.id)]
            seen = [(one.kind, one.device, one.address, one.user_agent) for one in signals]
            left.append((attempt.closing, score.fraction, score.passed, kinds, seen))
        assert left[0] == left[1]
        assert left[0][4][0][2:] == ("10.1.2.3", "a browser")

    @pytest.mark.parametrize(
        ("door", "body", "status"),
        [
            ("state", {"take_over": 1}, 400),
            ("state", {}, 400),
            ("submit", {}, 400),
            ("submit", {"key": "short"}, 400),
        ],
    )
    def test_refuse_as_flask_does(self, ways, door, body, status):
        got, was_spared = self.ask_both(ways, door, body)

        assert (int(got.status[:3]), was_spared) == (status, False)

    @pytest.mark.parametrize("body", [{"key": "the-end-of-it"}, {}])
    def test_another_candidate_finds_nothing(self, ways, body):
        ways.bob.attempts = ways.attempts

        got, was_spared = self.ask_both(ways.bob, "submit", body)

        assert got.status[:3] in {"400", "404"}
        assert not was_spared

    def test_what_nobody_foresaw_is_told_by_flask(self, ways, monkeypatch):
        def broken(*arguments, **options):
            raise RuntimeError("a fault of ours")

        monkeypatch.setattr(services, "submit_attempt", broken)
        ways.app.config["PROPAGATE_EXCEPTIONS"] = False

        got, was_spared = self.ask_both(ways, "submit", {"key": "the-end-of-it"})

        assert (got.status[:3], json.loads(got.body)["type"]) == ("500", "internal")
        assert not was_spared


class TestState:
    def path(self, ways):
        return f"/exams/attempts/{ways.attempts[0]}/state"

    @pytest.mark.both_databases
    def test_tells_without_flask(self, ways):
        got, was_spared = ways.both("GET", self.path(ways), query="waiting=0")

        assert (got.status, was_spared) == ("200 OK", True)
        assert got.headers["Cache-Control"] == "no-store"
        assert "default-src 'none'" in got.headers["Content-Security-Policy"]

    def test_shows_notices_and_a_pause(self, ways, app):
        from app.exams import running

        with transaction() as db_session:
            attempt = queries.attempt_by_public_id(db_session, ways.attempts[0], lock=True)
            running.pause_attempt(
                db_session, attempt, reason="消防警报", key="pause-key", actor="t", now=clock.now()
            )

        got, was_spared = ways.both("GET", self.path(ways))

        assert "消防警报" in got.body
        assert was_spared

    def test_notes_the_sign_of_life(self, ways):
        ways.ask(ways.front, "GET", self.path(ways), query="waiting=7")

        attempt = queries.attempt_by_public_id(db.session(), ways.attempts[0])
        presence = queries.presences_of(db.session(), [attempt.id])[attempt.id]
        assert presence.waiting_count == 7

    def test_another_candidate_does_not_find_it(self, ways):
        got, was_spared = ways.bob.both("GET", self.path(ways))

        assert got.status.startswith("404")
        assert not was_spared


class TestPoll:
    def path(self, ways):
        return f"/rooms/{ways.room}/poll"

    @pytest.mark.both_databases
    def test_the_second_look_needs_no_flask(self, ways):
        _, first = ways.both("GET", self.path(ways), query="after=0&series=1")
        got, second = ways.both("GET", self.path(ways), query="after=0&series=1")

        assert (first, second, got.status) == (False, True, "200 OK")
        assert json.loads(got.body)["observation"]

    def test_an_unchanged_room_is_a_304(self, ways):
        tag = ways.ask(ways.front, "GET", self.path(ways), query="after=1").headers["ETag"]

        got, was_spared = ways.both("GET", self.path(ways), query="after=1", HTTP_IF_NONE_MATCH=tag)

        assert (got.status[:3], got.body, was_spared) == ("304", "", True)

    def kept_tag(self, ways) -> str:
        """Return the tag of a poll that the front answers from what it kept."""
        tag = ways.ask(ways.front, "GET", self.path(ways), query="after=1").headers["ETag"]
        ways.ask(ways.front, "GET", self.path(ways), query="after=1", HTTP_IF_NONE_MATCH=tag)
        return tag

    def test_what_is_kept_is_not_understood_again(self, ways, monkeypatch):
        tag = self.kept_tag(ways)
        monkeypatch.setattr(ways.front, "_identify", None)

        got, was_spared = ways.both("GET", self.path(ways), query="after=1", HTTP_IF_NONE_MATCH=tag)

        assert (got.status[:3], was_spared) == ("304", True)

    @pytest.mark.parametrize(
        ("change", "status"),
        [
            ("UPDATE room_session SET event_count = event_count + 1", "200"),
            ("UPDATE room_session SET clock_ms = clock_ms + 60000", "200"),
            ("UPDATE room_session SET closed_at = clock_at, closing = 'early'", "200"),
            ("UPDATE person SET disabled_at = created_at", "401"),
            ("UPDATE role_grant SET ended_at = granted_at", "403"),
            ("UPDATE web_session SET limited_to = 'another'", "403"),
            ("DELETE FROM web_session", "401"),
        ],
        ids=["event", "clock", "closed", "disabled", "role", "limited", "ended"],
    )
    def test_what_changes_ends_what_was_kept(self, ways, change, status):
        tag = self.kept_tag(ways)
        with db.engine.begin() as connection:
            connection.exec_driver_sql(change)

        got, _ = ways.both("GET", self.path(ways), query="after=1", HTTP_IF_NONE_MATCH=tag)

        assert got.status[:3] == status

    def test_time_ends_what_was_kept(self, ways, monkeypatch):
        with transaction() as db_session:
            db_session.scalars(select(RoomSession)).one().is_paused = False
        tag = self.kept_tag(ways)
        *_, still = ways.front._still.values()
        monkeypatch.setattr(clock, "now", lambda: still.until + timedelta(milliseconds=2))

        got, _ = ways.both("GET", self.path(ways), query="after=1", HTTP_IF_NONE_MATCH=tag)

        assert got.status[:3] == "200"

    @pytest.mark.parametrize("tag", ['W/"0-1-1-0"', '"a", "b"', "*", '"other"'])
    def test_other_tags_answer_alike(self, ways, tag):
        ways.both("GET", self.path(ways))

        ways.both("GET", self.path(ways), HTTP_IF_NONE_MATCH=tag)

    @pytest.mark.parametrize("query", ["after=x", "after=-1", "after=", "after=99999999999"])
    def test_odd_questions_answer_alike(self, ways, query):
        ways.both("GET", self.path(ways))

        ways.both("GET", self.path(ways), query=query)

    @pytest.mark.parametrize("language", ["en", "zh_CN"])
    def test_writes_the_log_in_the_readers_language(self, ways, language):
        from app.rooms import services

        with transaction() as db_session:
            room = db_session.scalars(select(RoomSession)).one()
            db_session.get(Person, room.person_id).locale = language
            for change in ("resumed", "paused"):
                services.change_clock(
                    db_session, room, change, {}, key=f"key-of-{change}", now=clock.now()
                )
        ways.both("GET", self.path(ways))

        got, was_spared = ways.both("GET", self.path(ways))

        assert ("暂停" in got.body) == (language != "en")
        assert was_spared

    def test_another_operator_does_not_find_it(self, ways):
        ways.both("GET", self.path(ways))

        assert ways.bob.both("GET", self.path(ways))[0].status.startswith("404")

    def test_a_closed_room_says_where_its_result_is(self, ways):
        ways.both("GET", self.path(ways))
        with transaction() as db_session:
            room = db_session.scalars(select(RoomSession)).one()
            room.closed_at, room.closing = clock.now(), "early"

        got, was_spared = ways.both("GET", self.path(ways))

        assert json.loads(got.body)["room"]["is_closed"] is True
        assert not was_spared


class TestSession:
    def test_seen_at_is_written_once_a_minute(self, ways):
        with transaction() as db_session:
            for row in db_session.scalars(select(WebSession)):
                row.seen_at = clock.now() - timedelta(minutes=5)

        ways.ask(ways.front, "GET", f"/exams/attempts/{ways.attempts[0]}/state")

        db.session.rollback()
        newest = max(row.seen_at for row in db.session.scalars(select(WebSession)))
        assert clock.now() - newest < timedelta(minutes=1)


class TestDriverConnections:
    @pytest.mark.both_databases
    def test_a_failed_unit_leaves_nothing_behind(self, app):
        with pytest.raises(ZeroDivisionError), raw_transaction() as cursor:
            cursor.execute("DELETE FROM web_session")
            cursor.execute(
                "INSERT INTO rate_count (key_hash, window_at, count)"
                " VALUES ('x', '2026-01-01 00:00:00', 1)"
            )
            raise ZeroDivisionError

        with raw_transaction() as cursor:
            cursor.execute("SELECT count(*) FROM rate_count")
            assert cursor.fetchone()[0] == 0

    @pytest.mark.both_databases
    def test_a_connection_that_the_server_closed_is_replaced(self, app):
        with raw_transaction() as cursor:
            cursor.execute("SELECT 1")
        if db.engine.dialect.name == "postgresql":
            with db.engine.connect() as connection:
                connection.exec_driver_sql(
                    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
        with raw_transaction() as cursor:
            cursor.execute("SELECT 1")
            assert cursor.fetchone()[0] == 1

    def test_disposing_the_engine_closes_what_is_kept(self, app):
        with raw_transaction() as cursor:
            cursor.execute("SELECT 1")
        kept = app.extensions["raw_engines"].writers._free
        assert len(kept) == 1

        db.engine.dispose()

        assert len(kept) == 0
