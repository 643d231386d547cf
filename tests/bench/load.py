"""A load client on loopback: many browsers in one thread, bounded in number and in time.

Its own processor time does not count: the server's process tree is measured apart. HTTP is written
by hand on asyncio streams, which costs the machine a fifth of what a client library does.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

CONNECT_TRIES = 5
ANSWER_WAIT_S = 60.0


@dataclass(frozen=True)
class Reply:
    """An HTTP answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def text(self) -> str:
        return self.body.decode()


class Browser:
    """One person's browser: one kept-alive connection, cookies, a CSRF token."""

    def __init__(self, port: int, *, secret: str = "", address: str = "127.0.0.1") -> None:
        self.port = port
        self.cookies = {"caopan": secret} if secret else {}
        self.csrf = ""
        self._address = address
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def ask(
        self,
        method: str,
        path: str,
        *,
        form: Mapping[str, str] | None = None,
        value: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """Send one request and read its answer."""
        data, kind = b"", ""
        if form is not None:
            data, kind = urlencode(form).encode(), "application/x-www-form-urlencoded"
        elif value is not None:
            data, kind = json.dumps(value).encode(), "application/json"
        lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1"]
        if self.cookies:
            lines.append("Cookie: " + "; ".join(f"{k}={v}" for k, v in self.cookies.items()))
        if kind:
            lines += [f"Content-Type: {kind}", f"Content-Length: {len(data)}"]
            if self.csrf:
                lines.append(f"X-CSRFToken: {self.csrf}")
        lines += [f"{k}: {v}" for k, v in (headers or {}).items()]
        packet = "\r\n".join([*lines, "", ""]).encode() + data
        async with asyncio.timeout(ANSWER_WAIT_S):
            try:
                return await self._exchange(packet)
            except BaseException:
                self.close()
                raise

    async def _exchange(self, packet: bytes) -> Reply:
        # A server closes what was idle for long, and every browser opens another then.
        if self._writer is None or self._reader is None or self._reader.at_eof():
            self.close()
            self._reader, self._writer = await asyncio.open_connection(
                "127.0.0.1", self.port, local_addr=(self._address, 0)
            )
        self._writer.write(packet)
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *rest = head.rstrip().split("\r\n")
        headers: dict[str, str] = {}
        for line in rest:
            name, _, content = line.partition(": ")
            name = name.lower()
            if name == "set-cookie":
                cookie, _, kept = content.split(";")[0].partition("=")
                self.cookies[cookie] = kept
            headers[name] = content
        length = int(headers.get("content-length", "0"))
        body = await self._reader.readexactly(length) if length else b""
        return Reply(int(first.split()[1]), headers, body)

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()
        self._reader = self._writer = None

    async def page(self, path: str) -> str:
        """Fetch a page and keep its token.

        Raises:
            RuntimeError: If it is not answered with 200.
        """
        reply = await self.ask("GET", path)
        if reply.status != 200:
            raise RuntimeError(f"{path}: {reply.status} {reply.text[:300]}")
        found = re.search(r'name="csrf[-_]token"[^>]*(?:value|content)="([^"]+)"', reply.text)
        if found:
            self.csrf = found[1]
        return reply.text


@dataclass
class Tally:
    """What a run came to.

    Attributes:
        latencies_s: Of every finished unit.
        errors: What went wrong, by its words.
        cpu_s: Processor time of the server's process trees.
        wall_s: How long it took.
    """

    latencies_s: list[float] = field(default_factory=list)
    errors: dict[str, int] = field(default_factory=dict)
    cpu_s: float = 0.0
    wall_s: float = 0.0

    @property
    def count(self) -> int:
        return len(self.latencies_s)

    @property
    def error_count(self) -> int:
        return sum(self.errors.values())

    @property
    def cpu_ms(self) -> float:
        """Processor time for one unit, milliseconds."""
        return self.cpu_s / max(1, self.count) * 1e3

    def at_ms(self, fraction: float) -> float:
        """Return a quantile of the latencies, milliseconds."""
        if not self.latencies_s:
            return float("nan")
        ranked = sorted(self.latencies_s)
        return ranked[min(len(ranked) - 1, int(fraction * len(ranked)))] * 1e3

    def fail(self, words: str) -> None:
        self.errors[words] = self.errors.get(words, 0) + 1


def tree_cpu_s(roots: Iterable[int]) -> float:
    """Return the processor time, seconds, of these processes and all below them."""
    parents: dict[int, int] = {}
    taken: dict[int, float] = {}
    ticks = os.sysconf("SC_CLK_TCK")
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            fields = (entry / "stat").read_text().rpartition(") ")[2].split()
        except OSError:
            continue  # it ended just now
        parents[int(entry.name)] = int(fields[1])
        # Children that ended and were waited for are part of their parent's figures.
        taken[int(entry.name)] = sum(map(int, fields[11:15])) / ticks
    wanted = set(roots)
    total = 0.0
    for pid in taken:
        line = pid
        while line and line not in wanted:
            line = parents.get(line, 0)
        if line:
            total += taken[pid]
    return total


Unit = Callable[[], Awaitable[None]]


async def closed_loop(
    units: Iterable[Unit], roots: Iterable[int], *, seconds: float, most: int
) -> Tally:
    """Let each unit be done again and again, one after the other, for a while.

    Args:
        units: One for each client; they run at the same time.
        roots: Processes whose trees are measured.
        seconds: How long to begin new units.
        most: How many units to begin at most.
    """
    tally, roots = Tally(), list(roots)
    begun = 0
    start, before = time.perf_counter(), tree_cpu_s(roots)

    async def client(unit: Unit) -> None:
        nonlocal begun
        while time.perf_counter() - start < seconds and begun < most:
            begun += 1
            await _timed(unit, tally, time.perf_counter())

    await asyncio.gather(*(client(unit) for unit in units))
    tally.wall_s = time.perf_counter() - start
    tally.cpu_s = tree_cpu_s(roots) - before
    return tally


async def open_loop(units: list[Unit], roots: Iterable[int], *, per_s: float) -> Tally:
    """Begin the units at a steady rate, whether or not earlier ones are done.

    Latency counts from the planned moment, so that a server that falls behind shows it.
    """
    tally, roots = Tally(), list(roots)
    start, before = time.perf_counter(), tree_cpu_s(roots)

    async def arrive(number: int, unit: Unit) -> None:
        planned = start + number / per_s
        await asyncio.sleep(max(0.0, planned - time.perf_counter()))
        await _timed(unit, tally, planned)

    await asyncio.gather(*(arrive(number, unit) for number, unit in enumerate(units)))
    tally.wall_s = time.perf_counter() - start
    tally.cpu_s = tree_cpu_s(roots) - before
    return tally


async def _timed(unit: Unit, tally: Tally, since: float) -> None:
    try:
        await unit()
    except (OSError, RuntimeError, asyncio.IncompleteReadError, TimeoutError) as error:
        tally.fail(f"{type(error).__name__}: {error}"[:200])
    else:
        tally.latencies_s.append(time.perf_counter() - since)
