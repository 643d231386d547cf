"""Polls without a pause: many at once on as many connections, so that the server never waits.

A client that answers each reply by its next request takes a processor for itself and lets the
server fall asleep between two of them. Here the requests stand ready as bytes, all are sent, and
only then are the replies read: the server works them off one behind the other.
"""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Sequence

from tests.bench.hall import Seat
from tests.bench.load import Tally, tree_cpu_s

REPLY_WAIT_S = 30.0

_LENGTH = re.compile(rb"(?i)\r\ncontent-length: (\d+)")
_TAG = re.compile(rb"(?i)\r\netag: ([^\r]+)")
_SEQUENCE = re.compile(rb'"sequence":(\d+),"writer_epoch"')


class Line:
    """One kept-alive connection whose page polls a room.

    Attributes:
        changed_count: Answers with a body.
    """

    def __init__(self, port: int, seat: Seat) -> None:
        self.changed_count = 0
        self._seat = seat
        self._socket = socket.create_connection(("127.0.0.1", port), REPLY_WAIT_S)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._tag = b""
        self._after = 0
        self._packet = b""
        self._prepare()

    def send(self) -> None:
        self._socket.sendall(self._packet)

    def read(self) -> None:
        """Read the reply and make the next request ready.

        Raises:
            RuntimeError: If it is not what a page expects.
        """
        head, _, body = self._until_head().partition(b"\r\n\r\n")
        found = _LENGTH.search(head)
        while found and len(body) < int(found[1]):
            body += self._some()
        status, tag = head[9:12], _TAG.search(head)
        if status not in {b"200", b"304"} or tag is None:
            raise RuntimeError(f"{head[:80]!r} {body[:200]!r}")
        self.changed_count += status == b"200"
        if tag[1] != self._tag:
            self._tag = tag[1]
            if sequence := _SEQUENCE.search(body):
                self._after = int(sequence[1])
            self._prepare()

    def close(self) -> None:
        self._socket.close()

    def _until_head(self) -> bytes:
        data = self._some()
        while b"\r\n\r\n" not in data:
            data += self._some()
        return data

    def _some(self) -> bytes:
        data = self._socket.recv(1 << 16)
        if not data:
            raise RuntimeError("the server closed the connection")
        return data

    def _prepare(self) -> None:
        path = f"/rooms/{self._seat.public_id}/poll?after={self._after}"
        lines = [f"GET {path} HTTP/1.1", "Host: 127.0.0.1", f"Cookie: caopan={self._seat.secret}"]
        if self._tag:
            lines.append(f"If-None-Match: {self._tag.decode()}")
        self._packet = "\r\n".join([*lines, "", ""]).encode()


def volley(lines: Sequence[Line]) -> None:
    """Ask once on every line, without a pause."""
    for line in lines:
        line.send()
    for line in lines:
        line.read()


def volleys(
    lines: Sequence[Line], roots: Sequence[int], *, count: int, every_s: float = 0.0
) -> Tally:
    """Fire volleys and return what they took.

    Args:
        lines: All that ask, each once in a volley.
        roots: Processes whose trees are measured.
        count: Volleys.
        every_s: Pause between the beginnings of two, seconds; a tick's length lets each of them
            find every room one tick further.

    Returns:
        Processor and wall time; the latencies are a volley's share for one request, since in a
        queue a request's own latency says only how long the queue was.
    """
    tally = Tally()
    before = tree_cpu_s(roots)
    start = time.perf_counter()
    for number in range(count):
        began = time.perf_counter()
        volley(lines)
        taken_s = time.perf_counter() - began
        tally.latencies_s += [taken_s / len(lines)] * len(lines)
        time.sleep(max(0.0, start + (number + 1) * every_s - time.perf_counter()))
    tally.wall_s = time.perf_counter() - start
    tally.cpu_s = tree_cpu_s(roots) - before
    return tally
