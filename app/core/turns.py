"""Turns: how many requests of a process work at once, and who goes first.

Whoever sits an exam or runs a room has a clock that runs: their requests go before everybody
else's. So a hall that signs in at once, a crowd in front of a contest or an author's long page
keep them waiting for the one request that is being answered, and for no queue.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from wsgiref.types import WSGIEnvironment

FIRST = ("/exams/attempts/", "/rooms/")
"""Where the addresses of what runs by a clock begin."""

MOST_IN_A_ROW = 20
"""After so many of those who go first one of the others has a turn: nobody waits for ever."""

TURN = "caopan.turn"
"""Key of the environment under which a request has its turn."""


class Turns:
    """So many turns at once; who comes first in a queue goes first, and one queue before the other.

    A turn that is given back while somebody waits passes on to them: nobody who comes in that
    moment is quicker.
    """

    def __init__(self, count: int) -> None:
        """Begin with `count` free turns, > 0."""
        self._free = count
        self._in_a_row = 0
        self._lock = threading.Lock()
        self._first: deque[threading.Lock] = deque()
        self._others: deque[threading.Lock] = deque()

    def take(self, *, first: bool = False) -> None:
        """Wait for a turn.

        Args:
            first: Whether to go before those who do not say so.
        """
        with self._lock:
            if self._free:
                self._free -= 1
                return
            gate = threading.Lock()
            gate.acquire()
            (self._first if first else self._others).append(gate)
        gate.acquire()

    def give(self) -> None:
        """Give a turn back."""
        with self._lock:
            if self._first and (self._in_a_row < MOST_IN_A_ROW or not self._others):
                self._in_a_row += 1
                self._first.popleft().release()
            elif self._others:
                self._in_a_row = 0
                self._others.popleft().release()
            else:
                self._free += 1


def goes_first(environ: WSGIEnvironment) -> bool:
    """Say whether a request is of something that runs by a clock."""
    path: str = environ["PATH_INFO"]
    return path.startswith(FIRST)


@contextmanager
def turn_given_back(environ: WSGIEnvironment) -> Iterator[None]:
    """Let other requests of this process work while the block computes outside the interpreter.

    For what lasts long, needs no connection and leaves Python: whoever comes next need not wait for
    it. The block must hold neither a transaction nor a connection.

    Args:
        environ: Of the request; where no turns are kept, nothing happens.
    """
    turns = environ.get(TURN)
    if turns is None:
        yield
        return
    turns.give()
    try:
        yield
    finally:
        turns.take(first=goes_first(environ))
