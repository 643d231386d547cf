"""Calls to hosts that somebody named: looked up, opened and ended within a time.

The operating system's resolver knows no time limit of ours, so it is asked in a thread that nobody
waits for longer than allowed. A host is asked for by one thread at a time, and a process has few of
them: a resolver that hangs costs those, once, and no more with each call.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import time
from threading import Event, Lock, Thread, Timer
from types import TracebackType
from typing import Self

MOST_LOOKUPS = 8
"""Lookups of a process that may be under way; nobody calls that many hosts at once."""


class HostUnknownError(OSError):
    """Raised when a host's name leads nowhere."""


class _Lookup:
    """One question to the resolver; `addresses` is None if it knows no answer."""

    def __init__(self) -> None:
        self.is_over = Event()
        self.addresses: list[str] | None = None


_LOOKUPS: dict[tuple[str, int], _Lookup] = {}
_LOCK = Lock()


def addresses_of(host: str, port: int, *, until: float) -> list[str]:
    """Return the IP addresses of a host, in the resolver's order.

    Args:
        host: A name, or an address.
        port: The port that will be called.
        until: When to give up, by `time.monotonic`.

    Raises:
        HostUnknownError: If the resolver knows none.
        TimeoutError: If it does not say so in time, or too many lookups hang already.
    """
    with _LOCK:
        lookup = _LOOKUPS.get((host, port))
        if lookup is None:
            if len(_LOOKUPS) >= MOST_LOOKUPS:
                raise TimeoutError(f"{len(_LOOKUPS)} lookups hang")
            lookup = _LOOKUPS[host, port] = _Lookup()
            Thread(target=_ask, args=(host, port, lookup), daemon=True).start()
    if not lookup.is_over.wait(max(0.0, until - time.monotonic())):
        raise TimeoutError(f"looking {host} up")
    if not lookup.addresses:
        raise HostUnknownError(host)
    return lookup.addresses


def _ask(host: str, port: int, lookup: _Lookup) -> None:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        lookup.addresses = [str(info[4][0]) for info in found]
    except (OSError, UnicodeError):
        lookup.addresses = None  # the waiting ones say so
    finally:
        with _LOCK:
            del _LOOKUPS[host, port]
        lookup.is_over.set()


class TimedConnection(http.client.HTTPConnection):
    """A connection to addresses that were looked up, which ends at a moment whatever happens.

    To be used in `with`. Who answers a byte at a time is cut off as who does not answer is.

    Attributes:
        is_late: Whether it was cut off.
    """

    def __init__(
        self, host: str, port: int, addresses: list[str], *, is_tls: bool, until: float
    ) -> None:
        """Prepare a connection.

        Args:
            host: The name that the certificate must be of, and that the request names.
            port: The port.
            addresses: Where to call, in this order; those of `addresses_of` that are allowed.
            is_tls: Whether to speak TLS.
            until: When to give up, by `time.monotonic`.
        """
        super().__init__(host, port)
        if is_tls:
            self.default_port = http.client.HTTPS_PORT  # so that `Host` names no usual port
        self.is_late = False
        self._addresses = addresses
        self._is_tls = is_tls
        self._until = until
        self._watch = Timer(max(0.0, until - time.monotonic()), self._cut)
        self._watch.daemon = True

    def __enter__(self) -> Self:
        self._watch.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._watch.cancel()
        self.close()

    def connect(self) -> None:
        """Open the connection; of several addresses the first that answers is taken.

        Raises:
            OSError: If none does; a `TimeoutError` if there was no time left.
        """
        plain = self._opened()
        self._know(plain)
        if self._is_tls:
            context = ssl.create_default_context()
            # The handshake comes after the socket is known here, so that it can be cut off too.
            spoken = context.wrap_socket(
                plain, server_hostname=self.host, do_handshake_on_connect=False
            )
            self._know(spoken)
            spoken.do_handshake()

    def _know(self, opened: socket.socket) -> None:
        """Keep the socket where the watch finds it, unless the watch came before."""
        self.sock = opened
        if self.is_late:
            raise TimeoutError(self.host)

    def _opened(self) -> socket.socket:
        failed: OSError = HostUnknownError(self.host)
        for place, address in enumerate(self._addresses):
            left = self._until - time.monotonic()
            if left <= 0:
                raise TimeoutError(self.host)
            # One that is silent leaves time for the others.
            share = left / (len(self._addresses) - place)
            try:
                opened = socket.create_connection((address, self.port), share)
            except OSError as error:
                failed = error
                continue
            opened.settimeout(left)
            return opened
        raise failed

    def _cut(self) -> None:
        """End the connection from outside."""
        self.is_late = True
        if self.sock is not None:
            try:
                self.sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                return  # it has ended by itself
