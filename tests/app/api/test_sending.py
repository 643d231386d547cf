"""Messages over a real connection to a real server, and addresses that are never called."""

from __future__ import annotations

import hmac
import socket
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from app.api import sending
from app.api.sending import SendError, is_public, send, signature

AT = datetime(2026, 11, 21, 4, tzinfo=UTC)
OWN = ("127.0.0.1",)


class Receiver(ThreadingHTTPServer):
    """A provider's program: keeps what it gets, answers what it is told to."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers: list[int] = []
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.drip_s = 0.0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/hooks?from=caopan"


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((dict(self.headers), body))
        status = self.server.answers.pop(0) if self.server.answers else 204
        if self.server.drip_s:
            for _ in range(100):
                self.wfile.write(b"H")
                self.wfile.flush()
                time.sleep(self.server.drip_s)
        self.send_response(status)
        self.send_header("Location", "http://127.0.0.1:1/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    server = Receiver()
    thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


class TestSignature:
    def test_is_over_time_and_body_with_each_secret(self):
        header = signature(["new", "old"], b"{}", at=AT)

        moment, *marks = header.split(",")
        signed = moment.removeprefix("t=").encode() + b".{}"
        expected = [hmac.new(key, signed, sha256).hexdigest() for key in (b"new", b"old")]
        assert marks == [f"v1={one}" for one in expected]
        assert moment == f"t={int(AT.timestamp())}"


class TestSend:
    def test_delivers_body_and_headers(self, receiver):
        send(receiver.url, '{"a":"证"}'.encode(), {"Caopan-Message": "m1"}, own_hosts=OWN)

        ((headers, body),) = receiver.got
        assert body == '{"a":"证"}'.encode()
        assert headers["Caopan-Message"] == "m1"
        assert headers["Content-Type"] == "application/json"
        assert headers["Host"] == f"127.0.0.1:{receiver.server_port}"

    @pytest.mark.parametrize("status", [302, 404, 500])
    def test_only_a_success_is_a_delivery_and_no_redirect_is_followed(self, receiver, status):
        receiver.answers = [status]

        with pytest.raises(SendError, match=f"status_{status}"):
            send(receiver.url, b"{}", {}, own_hosts=OWN)
        assert len(receiver.got) == 1

    def test_cuts_off_who_answers_a_byte_at_a_time(self, receiver, monkeypatch):
        monkeypatch.setattr(sending, "WHOLE_S", 0.3)
        receiver.drip_s = 0.05

        began = time.monotonic()
        with pytest.raises(SendError):
            send(receiver.url, b"{}", {}, own_hosts=OWN)
        assert time.monotonic() - began < 3

    def test_says_that_nobody_listens(self, receiver):
        url = receiver.url
        receiver.server_close()

        with pytest.raises(SendError, match="no_connection"):
            send(url, b"{}", {}, own_hosts=OWN)

    @pytest.mark.parametrize(
        ("url", "why"),
        [
            ("http://example.cn/", "https_only"),
            ("https://127.0.0.1/", "private_address"),
            ("https://[::1]/", "private_address"),
            ("https://[::ffff:10.0.0.1]/", "private_address"),
            ("https://169.254.169.254/latest", "private_address"),
            ("https://0.0.0.0/", "private_address"),
            ("https://2130706433/", "private_address"),  # 127.0.0.1 as one number
        ],
    )
    def test_never_calls_inwards(self, url, why):
        with pytest.raises(SendError, match=why):
            send(url, b"{}", {}, own_hosts=())

    def test_a_public_name_that_leads_inwards_is_not_called(self, monkeypatch):
        inwards = [(2, 1, 6, "", ("93.184.216.34", 443)), (2, 1, 6, "", ("192.168.1.1", 443))]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: inwards)

        with pytest.raises(SendError, match="private_address"):
            send("https://hooks.example.cn/", b"{}", {}, own_hosts=())


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1:248:1893:25c8:1946", True),
        ("10.1.2.3", False),
        ("100.64.0.1", False),
        ("192.0.2.1", False),
        ("224.0.0.1", False),
        ("fe80::1", False),
        ("fd00::1", False),
        ("::ffff:127.0.0.1", False),
        ("2002:7f00:1::", False),
    ],
)
def test_is_public(address, public):
    assert is_public(address) is public
