"""Look-ups before Flask: the same page and the same JSON as Flask's, for every status.

Each look-up goes both ways: through the front, and past it straight into Flask.
"""

from __future__ import annotations

import contextvars
import io
import re
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Any

import pytest
import segno

from app.certification import likeness, page_parts, public_page
from app.certification.models import CredentialRecord
from app.core import clock
from certificates.levels import Level
from certificates.numbers import new_number
from certificates.pdf import symbols
from tests.app.certification.test_acts import revoke, supersede, suspend
from tests.conftest import NOON
from tests.factories.certification import certify, little_programme, publish_little_programme

DAY = timedelta(days=1)
TOKEN = re.compile(r'(name="csrf_token"[^>]*value=")[^"]+')
COOKIE = re.compile(r"^([\w-]+)=[^;]+")
LANGUAGES = ("zh-CN,zh;q=0.9", "en-GB,en;q=0.8")


@dataclass(frozen=True)
class Got:
    """An answer as the network sees it; `plain` without what every reader gets anew."""

    status: str
    headers: dict[str, str]
    body: str

    @property
    def plain(self) -> tuple[str, dict[str, str], str]:
        cookie = COOKIE.sub(r"\1", self.headers.get("Set-Cookie", ""))
        return self.status, {**self.headers, "Set-Cookie": cookie}, TOKEN.sub(r"\1", self.body)


def ask(through, path, **changes: Any) -> Got:
    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SCRIPT_NAME": "",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": "localhost",
        "wsgi.input": io.BytesIO(),
        "wsgi.url_scheme": "http",
        "wsgi.errors": io.StringIO(),
        **changes,
    }
    out: dict[str, Any] = {}

    def start(status, headers, error=None):
        out.update(status=status, headers=dict(headers))

    def run() -> str:
        chunks = through(environ, start)
        body = b"".join(chunks).decode()
        getattr(chunks, "close", lambda: None)()
        return body

    # A context of its own, as a request in a server has.
    body = contextvars.Context().run(run)
    return Got(out["status"], out["headers"], body)


@pytest.fixture
def both(app, monkeypatch):
    """Ask both ways; returns the front's answer, and checks that it needed no Flask."""
    front = app.extensions["lookup_front"]
    monkeypatch.setattr(public_page, "LOOKUP_LIMIT", 10_000)
    ask(front, "/healthz")  # a process's first request is Flask's

    def go(path, *, spared=True, **changes):
        before = front.answered_count
        fast = ask(front, path, **changes)
        assert (front.answered_count > before) is spared
        slow = ask(front._behind, path, **changes)
        assert fast.plain == slow.plain
        return fast

    return go


@pytest.fixture
def moment(monkeypatch):
    held = {"now": NOON + DAY}
    monkeypatch.setattr(clock, "now", lambda: held["now"])
    return held


def looked_up(both, number) -> Got:
    """Look a certificate up in both languages, twice each: rendered, then from its parts."""
    both(f"/api/v1/credentials/{number}")
    for language in LANGUAGES:
        for _ in range(2):
            got = both(f"/v/{number}", HTTP_ACCEPT_LANGUAGE=language)
    return got


class TestTheSameAnswer:
    @pytest.mark.both_databases
    def test_running_suspended_and_revoked(self, both, moment, db_session, certified):
        assert looked_up(both, certified.number).status == "200 OK"

        suspend(db_session, certified, NOON + DAY, until_at=NOON + 9 * DAY)
        db_session.commit()
        moment["now"] = NOON + 2 * DAY
        looked_up(both, certified.number)

        revoke(db_session, certified, NOON + 3 * DAY)
        db_session.commit()
        moment["now"] = NOON + 4 * DAY
        looked_up(both, certified.number)

    def test_its_last_day_and_after_it(self, both, moment, db_session, certified):
        for now in (
            certified.expires_at - timedelta(seconds=1),
            certified.expires_at,
            certified.expires_at + 15 * DAY,
            certified.issued_at - DAY,
        ):
            moment["now"] = now
            looked_up(both, certified.number)

    def test_revoked_on_its_last_day_and_after_it(self, both, moment, db_session, certified):
        revoke(db_session, certified, certified.expires_at - timedelta(seconds=1))
        db_session.commit()
        for later in (timedelta(0), 15 * DAY):
            moment["now"] = certified.expires_at + later
            looked_up(both, certified.number)

    def test_replaced(self, app, both, moment, db_session, alice_id, certified):
        other = little_programme(id="other", is_demo=False)
        publish_little_programme(db_session, other, now=NOON)
        successor = certify(app, db_session, alice_id, other, at=NOON + DAY)
        supersede(db_session, certified, successor, NOON + DAY)
        db_session.commit()
        moment["now"] = NOON + 2 * DAY

        assert successor.number in looked_up(both, certified.number).body
        looked_up(both, successor.number)

    def test_a_record_that_was_altered(self, both, moment, db_session, certified):
        looked_up(both, certified.number)
        db_session.connection().exec_driver_sql("DROP TRIGGER credential_record_no_update")
        changed = {**certified.snapshot, "holder_name": "<Mallory> & 'Co'"}
        db_session.query(CredentialRecord).update({"snapshot": changed})
        db_session.commit()

        assert "&lt;" in looked_up(both, certified.number).body

    def test_a_number_that_nobody_issued(self, both, moment, certified):
        number = new_number(Level.SENIOR, 2099, Random(7).randrange)
        for language in LANGUAGES:
            for _ in range(2):
                got = both(f"/v/{number}", HTTP_ACCEPT_LANGUAGE=language)

        assert got.status == "404 NOT FOUND"
        words = set()
        for language in LANGUAGES:
            for _ in range(2):
                told = both(f"/api/v1/credentials/{number}", HTTP_ACCEPT_LANGUAGE=language)
                words.add(told.body)
        assert told.status == "404 NOT FOUND"
        assert len(words) == 2


class TestWhatIsLeftToFlask:
    @pytest.mark.parametrize(
        "changes",
        [
            {"REQUEST_METHOD": "HEAD"},
            {"HTTP_COOKIE": "caopan-form=x"},
            {"QUERY_STRING": "a=1"},
            {"HTTP_ACCEPT_LANGUAGE": "en," * 80},
        ],
        ids=["head", "cookie", "query", "languages"],
    )
    def test_what_is_not_plain(self, both, moment, certified, changes):
        both(f"/v/{certified.number}", spared=False, **changes)

    @pytest.mark.parametrize("typed", [str.lower, lambda number: number.replace("-", "")])
    def test_a_number_typed_otherwise(self, both, moment, certified, typed):
        both(f"/v/{typed(certified.number)}", spared=False)

    def test_whoever_asked_too_often(self, app, both, moment, certified, monkeypatch):
        monkeypatch.setattr(public_page, "LOOKUP_LIMIT", 2)
        both(f"/v/{certified.number}")  # both ways count

        got = ask(app.extensions["lookup_front"], f"/v/{certified.number}")

        assert got.status.startswith("429")


def test_each_reader_gets_a_token_that_their_own_form_accepts(app, certified, moment):
    front = app.extensions["lookup_front"]
    ask(front, "/healthz")
    one, other = (ask(front, f"/v/{certified.number}") for _ in range(2))
    tokens = [TOKEN.search(got.body)[0].rpartition('"')[2] for got in (one, other)]

    def posted(cookie_of, token):
        client = app.test_client()
        name, _, value = cookie_of.headers["Set-Cookie"].partition(";")[0].partition("=")
        client.set_cookie(name, value)
        return client.post(
            f"/v/{certified.number}/name", data={"csrf_token": token, "name": "A"}
        ).status_code

    assert posted(one, tokens[0]) == 200
    assert posted(one, tokens[1]) == 400


@pytest.mark.parametrize("base", ["https://v.cn", "https://verify.example.cn", "https://证书.cn/x"])
def test_a_code_is_drawn_as_its_symbol_is(base):
    chance = Random(3)
    for _ in range(5):
        text = f"{base}/v/{new_number(Level.JUNIOR, 2026, chance.randrange)}"
        path, modules = likeness.qr_path(text)
        drawn = [bytearray(modules) for _ in range(modules)]
        for line in path.split("M")[1:]:
            x, y = 0, int(line.split("m")[0].split()[1])
            for step, length in re.findall(r"m(\d+) 0(?:h(\d+)v1h-\d+z)?", line):
                x += int(step)
                drawn[y][x : x + int(length or 0)] = b"\1" * int(length or 0)

        assert drawn == [*segno.make_qr(text, error="m", mask=symbols.MASK).matrix]


def test_a_cut_page_prefers_the_longest_stand_in():
    cut = page_parts.cut_at(
        "2026-01-01 10:00|2026-01-01|—",
        {"day": "2026-01-01", "at": "2026-01-01 10:00", "none": "—"},
    )

    assert cut.filled({"day": b"D", "at": b"A", "none": b"N"}) == "A|D|—".encode()
