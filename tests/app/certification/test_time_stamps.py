"""A deployment with a time-stamping authority: stamped files, an authority away, odd answers."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from app.certification import queries, sealing, time_stamps
from app.core import clock
from app.core.audit.models import AuditEntry
from certificates.authority import to_pem
from certificates.errors import StampError
from certificates.stamps import MAX_ANSWER_BYTES
from tests.certificates.tsa import Authority, make_authority
from tests.conftest import csrf_token


@dataclass
class Served:
    """A time-stamping authority at an address; the test says how it behaves."""

    authority: Authority
    url: str = ""
    answer: bytes | None = None
    kind: str = "application/timestamp-reply"
    status: int = 200
    delay_s: float = 0.0
    asked: list[dict[str, str]] = field(default_factory=list)


@pytest.fixture(scope="module")
def held_authority(tmp_path_factory) -> Authority:
    return make_authority(tmp_path_factory.mktemp("tsa"))


@pytest.fixture
def served(held_authority) -> Iterator[Served]:
    told = Served(held_authority)
    over = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            told.asked.append(dict(self.headers))
            request = self.rfile.read(int(self.headers["Content-Length"]))
            over.wait(told.delay_s)
            answer = told.authority.answer(request) if told.answer is None else told.answer
            self.send_response(told.status)
            self.send_header("Content-Type", told.kind)
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *arguments):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    told.url = f"http://me:s%40crt@127.0.0.1:{server.server_port}/tsa"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield told
    over.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def moment(monkeypatch) -> dict[str, object]:
    """The machine's time: openssl stamps nothing else."""
    held = {"now": clock.now()}
    monkeypatch.setattr(clock, "now", lambda: held["now"])
    return held


@pytest.fixture
def stamping(app, served, moment, tmp_path):
    """The deployment, with the authority set."""
    roots = tmp_path / "tsa-roots.pem"
    roots.write_text(to_pem(served.authority.root))
    settings = app.config["SETTINGS"]
    app.config["SETTINGS"] = replace(settings, tsa_url=served.url, tsa_roots=roots)
    time_stamps._authority.cache_clear()
    yield app.config["SETTINGS"]
    app.config["SETTINGS"] = settings
    time_stamps._authority.cache_clear()


def told_of_file(db_session) -> dict[str, object]:
    entry = db_session.query(AuditEntry).filter_by(action="credential.file_registered").one()
    return json.loads(entry.details)


class TestAuthority:
    @pytest.fixture
    def authority(self, stamping) -> time_stamps.TimeAuthority:
        return time_stamps.authority_of(stamping)

    def test_is_asked_as_the_standard_says_with_the_operator_s_password(self, authority, served):
        stamp = authority.stamp(b"value")

        assert stamp.is_over(b"value")
        headers = served.asked[0]
        assert headers["Content-Type"] == "application/timestamp-query"
        assert headers["Authorization"] == "Basic bWU6c0BjcnQ="

    @pytest.mark.parametrize(
        ("odd", "code"),
        [
            ({"status": 500}, "http_status"),
            ({"status": 302}, "http_status"),
            ({"kind": "text/html"}, "content_type"),
            ({"answer": b"busy"}, "unreadable"),
            ({"answer": b"\x30" * (MAX_ANSWER_BYTES + 9)}, "too_large"),
            ({"delay_s": 30.0}, "timeout"),
        ],
        ids=["fails", "redirects", "page", "garbage", "huge", "slow"],
    )
    def test_odd_answers_are_refused(self, authority, served, monkeypatch, odd, code):
        monkeypatch.setattr(time_stamps, "WHOLE_S", 0.3)
        for name, value in odd.items():
            setattr(served, name, value)

        with pytest.raises(StampError) as refused:
            authority.stamp(b"value")

        assert refused.value.code == code

    def test_a_stranger_s_time_stamp_is_refused(self, served, issuer_keys, moment):
        authority = time_stamps.TimeAuthority(served.url, (issuer_keys[0].chain[0],))

        with pytest.raises(StampError, match=r"untrusted \(Test time stamps\)"):
            authority.stamp(b"value")

    def test_one_that_was_away_is_left_alone_for_a_while(self, authority, served, monkeypatch):
        served.status = 503
        for _ in range(3):
            with pytest.raises(StampError):
                authority.stamp(b"value")
        assert len(served.asked) == 1

        served.status = 200
        monkeypatch.setattr(authority, "_away_until", 0.0)
        assert authority.stamp(b"value").is_over(b"value")


class TestSealing:
    def test_a_file_is_stamped_once_and_stays_the_same(
        self, app, as_alice, stranger, db_session, certified, stamping, served
    ):
        first = as_alice.get(f"/certificates/{certified.number}.pdf").data
        again = as_alice.get(f"/certificates/{certified.number}.pdf").data

        page = stranger.post(
            "/verify/file",
            data={"csrf_token": csrf_token(stranger), "file": (io.BytesIO(first), "x.pdf")},
        ).text

        assert again == first
        assert len(served.asked) == 1
        assert told_of_file(db_session)["stamped_by"] == "Test time stamps"
        assert "时间戳有效" in page
        assert "由 Test time stamps 盖于" in page
        assert "可信的时间戳机构证明" in page

    def test_an_authority_that_is_away_holds_up_the_file_and_nothing_else(
        self, app, as_alice, stranger, db_session, certified, stamping, served, moment, monkeypatch
    ):
        served.status = 503
        issued_at = certified.issued_at
        moment["now"] = issued_at + time_stamps.PATIENCE - timedelta(seconds=1)

        waiting = as_alice.get(f"/certificates/{certified.number}.pdf")
        looked_up = stranger.get(f"/v/{certified.number}")
        sealed = sealing.seal_waiting(stamping, app.extensions["field_keys"], now=moment["now"])

        assert waiting.status_code == 503
        assert "正在等时间戳机构" in waiting.text
        assert waiting.headers["Retry-After"] == "60"
        assert looked_up.status_code == 200
        assert sealed == 0
        assert queries.fingerprint_or_none(db_session, certified.id) is None

        moment["now"] = issued_at + time_stamps.PATIENCE
        sealed = sealing.seal_waiting(stamping, app.extensions["field_keys"], now=moment["now"])
        data = as_alice.get(f"/certificates/{certified.number}.pdf").data

        assert sealed == 1
        assert told_of_file(db_session)["unstamped"] == "http_status"
        assert b"/ByteRange" in data

    def test_the_command_says_what_a_time_stamp_is_worth(self, app, stamping, served):
        runner = app.test_cli_runner()

        good = runner.invoke(args=["certificates", "time-stamp"])
        served.status = 500
        bad = runner.invoke(args=["certificates", "time-stamp"])

        assert "Test time stamps" in good.output
        assert "leads to a root of TSA_ROOTS" in good.output
        assert bad.exit_code == 1
        assert "http_status (500)" in bad.output
