"""Hosts are looked up and called within a time, whatever a resolver or a host does."""

from __future__ import annotations

import socket
import time
from threading import Event, Thread

import pytest

from app.core import outgoing
from app.core.outgoing import HostUnknownError, TimedConnection, addresses_of

ANSWER = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.0.2.7", 443))]


class Resolver:
    """A resolver that hangs until it is let go."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.let_go = Event()

    def __call__(self, host: str, *_: object, **__: object) -> list[object]:
        self.asked.append(host)
        self.let_go.wait(10)
        return ANSWER

    def heard(self, count: int) -> list[str]:
        """Return whom it was asked for, once they are so many: threads may start late."""
        deadline = time.monotonic() + 10
        while len(self.asked) < count and time.monotonic() < deadline:
            time.sleep(0.01)
        return sorted(self.asked)


@pytest.fixture
def hanging(monkeypatch):
    resolver = Resolver()
    monkeypatch.setattr(outgoing, "_LOOKUPS", {})
    monkeypatch.setattr(socket, "getaddrinfo", resolver)
    yield resolver
    resolver.let_go.set()
    until_idle()


def soon(seconds: float = 0.05) -> float:
    return time.monotonic() + seconds


def until_idle() -> None:
    deadline = soon(10)
    while outgoing._LOOKUPS and time.monotonic() < deadline:
        time.sleep(0.01)


class TestAddressesOf:
    def test_a_resolver_that_hangs_costs_one_thread_for_each_host(self, hanging):
        for _ in range(3):
            with pytest.raises(TimeoutError):
                addresses_of("tsa.example.cn", 443, until=soon())

        assert hanging.heard(1) == ["tsa.example.cn"]

        hanging.let_go.set()
        until_idle()
        assert addresses_of("tsa.example.cn", 443, until=soon(10)) == ["192.0.2.7"]
        assert outgoing._LOOKUPS == {}

    def test_only_so_many_hosts_may_hang(self, hanging, monkeypatch):
        monkeypatch.setattr(outgoing, "MOST_LOOKUPS", 2)
        for name in ("a.example.cn", "b.example.cn", "c.example.cn"):
            with pytest.raises(TimeoutError):
                addresses_of(name, 443, until=soon())

        assert hanging.heard(2) == ["a.example.cn", "b.example.cn"]

    @pytest.mark.parametrize("error", [socket.gaierror("unknown"), UnicodeError("label too long")])
    def test_says_that_a_host_is_unknown(self, monkeypatch, error):
        def refuse(*_: object, **__: object) -> None:
            raise error

        monkeypatch.setattr(socket, "getaddrinfo", refuse)

        with pytest.raises(HostUnknownError):
            addresses_of("nowhere.example.cn", 443, until=soon(10))


class TestTimedConnection:
    def test_a_handshake_that_never_ends_is_cut_off(self):
        """A byte now and then keeps every single step of a connection within its time."""
        server = socket.create_server(("127.0.0.1", 0))
        is_over = Event()

        def drip() -> None:
            one, _ = server.accept()
            # The head of a handshake record of 16,000 bytes, which then come one by one.
            one.sendall(b"\x16\x03\x03\x3e\x80")
            try:
                while not is_over.wait(0.02):
                    one.sendall(b"\x02")
            except OSError:
                is_over.set()
            one.close()

        dripping = Thread(target=drip)
        dripping.start()
        began = time.monotonic()
        port = server.getsockname()[1]

        with (
            TimedConnection(
                "tsa.example.cn", port, ["127.0.0.1"], is_tls=True, until=soon(0.3)
            ) as connection,
            pytest.raises(OSError),
        ):
            connection.request("GET", "/")

        took = time.monotonic() - began
        is_over.set()
        dripping.join()
        server.close()
        assert connection.is_late
        assert took < 5
