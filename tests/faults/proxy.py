"""A bad network: a TCP proxy on loopback that cuts, delays, resets, trickles or swallows."""

from __future__ import annotations

import contextlib
import random
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Iterator
from urllib.parse import urlsplit

CHUNK = 65536
CUT_SHARE = 0.3
"""Of the replies in mode `cut_reply`, and of the requests in mode `reset`."""

SLOW_S = 0.25
TRICKLE_S = 0.001
TRICKLE_RUN = 16
"""A trickling client's request goes in packets of one byte, with a pause after so many."""

RESET_AT_CLOSE = struct.pack("ii", 1, 0)


class Proxy:
    """Passes connections on to a server, in the mode that is set just now.

    Modes: `open` · `cut_reply`, the server has answered and the client never hears it · `reset`,
    the connection breaks before the request is through · `slow` · `trickle`, one byte at a time ·
    `blackhole`, nothing passes and nothing says so.

    Attributes:
        mode: One of these; changes at once, for open connections too.
        hurt: How many requests or replies each mode has touched.
    """

    def __init__(self, address: str, *, seed: int) -> None:
        target = urlsplit(address)
        assert target.hostname is not None
        assert target.port is not None
        self._target = (target.hostname, target.port)
        self._rng = random.Random(seed)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.mode = "open"
        self.hurt: Counter[str] = Counter()
        self.address = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):  # closed: the run is over
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        try:
            server = socket.create_connection(self._target, timeout=10)
        except OSError:
            client.close()
            return
        server.settimeout(None)
        back = threading.Thread(target=self._replies, args=(server, client), daemon=True)
        back.start()
        with contextlib.suppress(OSError):
            while data := client.recv(CHUNK):
                self._request(data, client, server)
        server.close()
        client.close()

    def _request(self, data: bytes, client: socket.socket, server: socket.socket) -> None:
        self._swallow()
        mode = self.mode
        if mode == "reset" and self._rng.random() < CUT_SHARE:
            self.hurt[mode] += 1
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_AT_CLOSE)
            raise OSError("reset")
        if mode == "slow":
            self.hurt[mode] += 1
            time.sleep(SLOW_S)
        if mode == "trickle":
            self.hurt[mode] += 1
            server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for start, byte in enumerate(data):
                server.sendall(bytes([byte]))
                if start % TRICKLE_RUN == 0:
                    time.sleep(TRICKLE_S)
        else:
            server.sendall(data)

    def _replies(self, server: socket.socket, client: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := server.recv(CHUNK):
                self._swallow()
                if self.mode == "cut_reply" and self._rng.random() < CUT_SHARE:
                    self.hurt["cut_reply"] += 1
                    break
                client.sendall(data)
        for end in (client, server):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _swallow(self) -> None:
        if self.mode == "blackhole":
            self.hurt["blackhole"] += 1
        while self.mode == "blackhole":
            time.sleep(0.05)


@contextlib.contextmanager
def proxied(address: str, *, seed: int) -> Iterator[Proxy]:
    """A proxy before a server, for as long as the block runs."""
    proxy = Proxy(address, seed=seed)
    try:
        yield proxy
    finally:
        proxy.mode = "open"
        proxy.close()
