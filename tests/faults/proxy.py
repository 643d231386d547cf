"""A bad network between clients and server: a TCP proxy on loopback that loses, cuts and delays.

It knows nothing of HTTP but where a request begins: what goes wrong is decided anew for each. An
answer may be lost after the server has done its work, a connection be reset before it hears
anything, a request arrive in single bytes, an answer come late. Or everything is swallowed and
nobody is told: no answer, no refusal, no reset.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

CHUNK = 64 * 1024

LONGEST_DELAY_S = 0.4

BYTE_PAUSE_S = 0.0005
"""Between two bytes of a trickled request; one of 600 bytes takes a third of a second."""


@dataclass(frozen=True)
class Weather:
    """How often each thing goes wrong, as shares of the requests; the rest goes through.

    Attributes:
        cut_reply: The server answers, and the client never hears it.
        reset: The connection breaks before the server hears of the request.
        slow: Request and answer wait a while.
        trickle: The request arrives one byte at a time.
    """

    cut_reply: float = 0.0
    reset: float = 0.0
    slow: float = 0.0
    trickle: float = 0.0

    def drawn(self, roll: float) -> str:
        """Return what happens to a request, given a number in [0, 1)."""
        for name in ("cut_reply", "reset", "slow", "trickle"):
            roll -= getattr(self, name)
            if roll < 0:
                return name
        return "pass"


CALM = Weather()

ROUGH = Weather(cut_reply=0.30, reset=0.08, slow=0.12, trickle=0.08)
"""Half of all requests meet something; of the answers three in ten are lost."""


class Proxy:
    """The proxy; its loop runs in a thread of its own.

    Attributes:
        weather: What goes wrong from now on.
        is_black_hole: Whether every byte is swallowed. A connection that lost one carries nothing
            any more, also when the network is back: its client has to notice by itself.
        happened: How often each thing did.
    """

    def __init__(self, address: str, seed: int) -> None:
        parts = urlsplit(address)
        assert parts.hostname == "127.0.0.1", "load goes to loopback only"
        self.weather = CALM
        self.is_black_hole = False
        self.happened: Counter[str] = Counter()
        self.port = 0
        self._target = (parts.hostname, parts.port)
        self._rng = random.Random(seed)
        self._loop = asyncio.new_event_loop()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @contextlib.contextmanager
    def running(self) -> Iterator[Proxy]:
        """Carry connections for as long as the block runs."""
        ready = threading.Event()
        thread = threading.Thread(target=self._run, args=(ready,), daemon=True)
        thread.start()
        assert ready.wait(10), "the proxy did not start"
        try:
            yield self
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            thread.join(10)

    def _run(self, ready: threading.Event) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._accept, "127.0.0.1", 0))
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        self._loop.run_forever()
        server.close()
        for task in self._tasks:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*self._tasks, return_exceptions=True))
        self._loop.close()

    async def _accept(self, client: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            reader, writer = await asyncio.open_connection(*self._target)
        except OSError:
            back.transport.abort()
            self._tasks.discard(task)
            return
        link = _Link(self, client, back, reader, writer)
        try:
            await link.carry()
        finally:
            self._tasks.discard(task)

    def draw(self) -> str:
        """Decide what happens to the request that begins now, and count it."""
        fate = self.weather.drawn(self._rng.random())
        self.happened[fate] += 1
        return fate

    def swallows(self) -> bool:
        """Say whether what has just arrived is lost without a word, and count it."""
        self.happened["swallowed"] += self.is_black_hole
        return self.is_black_hole

    def delay_s(self) -> float:
        return self._rng.uniform(0, LONGEST_DELAY_S)


class _Link:
    """One connection of a client, with one to the server behind it."""

    def __init__(
        self,
        proxy: Proxy,
        client: asyncio.StreamReader,
        back: asyncio.StreamWriter,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self._proxy = proxy
        self._client, self._back = client, back
        self._reader, self._writer = reader, writer
        self._fate = "pass"
        self._is_dead = False

    async def carry(self) -> None:
        answers = asyncio.ensure_future(self._carry_answers())
        try:
            await self._carry_requests()
            await answers
        except OSError:
            pass
        finally:
            answers.cancel()
            with contextlib.suppress(asyncio.CancelledError, OSError):
                await answers
            self._hang_up()

    async def _carry_requests(self) -> None:
        while data := await self._client.read(CHUNK):
            self._is_dead = self._is_dead or self._proxy.swallows()
            if self._is_dead:
                continue
            if data.startswith((b"GET ", b"POST ")):
                self._fate = self._proxy.draw()
            if self._fate == "reset":
                self._hang_up()
                return
            if self._fate == "slow":
                await asyncio.sleep(self._proxy.delay_s())
            if self._fate == "trickle":
                for at in range(len(data)):
                    self._writer.write(data[at : at + 1])
                    await asyncio.sleep(BYTE_PAUSE_S)
            else:
                self._writer.write(data)
            await self._writer.drain()
        self._writer.close()

    async def _carry_answers(self) -> None:
        while data := await self._reader.read(CHUNK):
            self._is_dead = self._is_dead or self._proxy.swallows()
            if self._is_dead:
                continue
            if self._fate == "cut_reply":  # the server has done its work; nobody is told
                self._hang_up()
                return
            if self._fate == "slow":
                await asyncio.sleep(self._proxy.delay_s())
            self._back.write(data)
            await self._back.drain()
        self._back.close()

    def _hang_up(self) -> None:
        """Reset both connections."""
        self._back.transport.abort()
        self._writer.transport.abort()
