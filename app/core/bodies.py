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

from collections.abc import Callable, Iterable
from io import BytesIO
from wsgiref.types import StartResponse, WSGIEnvironment

from app.core.turns import TURN, Turns, goes_first

WsgiApp = Callable[[WSGIEnvironment, StartResponse], Iterable[bytes]]

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
        self._turns = Turns(turns)
        self._most_bytes = most_bytes

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        length = environ.get("CONTENT_LENGTH") or "0"
        # What names no length is not read by the application either.
        if length != "0" and length.isdecimal() and int(length) <= self._most_bytes:
            environ["wsgi.input"] = BytesIO(environ["wsgi.input"].read(int(length)))
        environ[TURN] = self._turns
        self._turns.take(first=goes_first(environ))
        try:
            return self._app(environ, start_response)
        finally:
            self._turns.give()
