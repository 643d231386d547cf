"""Who sends a body slowly holds no worker: a request has its turn when its body is there.

The server hands a request on as soon as its headers are there, and gives the body as it comes: a
client who sends one byte a minute would hold a thread for as long as it likes, and a worker works
on one or two requests at once. So the server has threads in reserve, started when they are needed,
which only wait: this layer takes a body in whole, and lets no more requests work at the same time
than the worker has turns. Waiting costs a thread that does nothing.

It is a reserve, not a wall: whoever opens some hundred connections at once and ends none of them
is for the proxy in front (docs/operations.md) to refuse.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from io import BytesIO
from wsgiref.types import StartResponse, WSGIEnvironment

WsgiApp = Callable[[WSGIEnvironment, StartResponse], Iterable[bytes]]

TURN = "caopan.turn"
"""Key of the environment under which a request has its turn."""

RESERVE = 200
"""Threads of a worker beyond its turns, for bodies that are on their way."""


class Bodies:
    """The outermost WSGI layer of a server's process."""

    def __init__(self, app: WsgiApp, *, turns: int, most_bytes: int) -> None:
        """Wrap an application.

        Args:
            app: What answers.
            turns: Requests that it works on at the same time, > 0.
            most_bytes: A longer body is not taken in: the application refuses it unread.
        """
        self._app = app
        # One turn, as on SQLite, is a lock: a semaphore is written in Python and costs as much as a
        # small statement when many wait.
        self._turns = threading.Lock() if turns == 1 else threading.BoundedSemaphore(turns)
        self._most_bytes = most_bytes

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        length = environ.get("CONTENT_LENGTH") or "0"
        # What names no length is not read by the application either.
        if length != "0" and length.isdecimal() and int(length) <= self._most_bytes:
            environ["wsgi.input"] = BytesIO(environ["wsgi.input"].read(int(length)))
        environ[TURN] = self._turns
        with self._turns:
            return self._app(environ, start_response)


@contextmanager
def turn_given_back(environ: WSGIEnvironment) -> Iterator[None]:
    """Let other requests of this process work while the block computes outside the interpreter.

    For the one kind of work that lasts long, needs no connection and leaves Python: whoever comes
    next need not wait for it. The block must hold neither a transaction nor a connection.

    Args:
        environ: Of the request; where no such layer stands in front, nothing happens.
    """
    turns = environ.get(TURN)
    if turns is None:
        yield
        return
    turns.release()
    try:
        yield
    finally:
        turns.acquire()
