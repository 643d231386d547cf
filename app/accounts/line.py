"""The line before the sign-in: passwords are checked no faster than exams can bear.

Checking a password is the dearest thing that a web process does, thirty times the cost of saving an
answer. When more people sign in than a process can check in a part of its time, each gets a moment:
told is how many stand before them and when to come back, and whoever comes back at that moment is
served. The moment stands signed in a cookie, so that any process knows it; nobody who waits costs
more than a look at it.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import ceil

from itsdangerous import BadSignature, URLSafeSerializer

from app.core.errors import RateLimitedError

SHARE = 0.8
"""Of a process's time that sign-ins may take; the rest is for those who sit exams."""

BESIDES = 1.5
"""What a sign-in costs in all, as a multiple of the password check."""

FIRST_COST_S = 0.01
"""Of a check before one was measured: a fast machine's; twenty checks tell the true cost."""

PATIENCE_S = 0.4
"""Whose turn comes within this is served at once: a class that arrives together is no crowd."""

LONGEST_WAIT_S = 180.0
"""Whoever would wait longer is sent away without a place: a flood shall not fill the line."""

VALID_S = 60.0
"""How long after its moment a place is good."""

MOST_OF_ADDRESS = 300
"""Places that one address may hold: a classroom, not a flood."""

KEPT = 4000


class SignInLineError(RateLimitedError):
    """Raised when somebody has to wait for their turn to sign in."""

    code = "sign_in_line"

    def __init__(self, place: int, retry_after_s: int, token: str) -> None:
        super().__init__(f"sign-in line, place {place}", retry_after_s)
        self.place = place
        self.token = token


@dataclass(frozen=True)
class Place:
    """A moment in the line: seconds since the epoch, and what tells it from others."""

    at_s: float
    nonce: str


class SignInLine:
    """The line of one process.

    Attributes:
        cost_s: What a password check costs, processor seconds, as measured of late.
    """

    def __init__(self, secret_key: str) -> None:
        self.cost_s = FIRST_COST_S
        self._serializer = URLSafeSerializer(secret_key, salt="sign-in-line")
        self._lock = threading.Lock()
        self._next_s = 0.0
        self._used: OrderedDict[str, None] = OrderedDict()
        self._held: dict[str, list[float]] = {}

    @property
    def step_s(self) -> float:
        """Return the time between two turns."""
        return self.cost_s * BESIDES / SHARE

    def enter(self, token: str, address: str, *, now_s: float) -> None:
        """Let somebody sign in whose turn it is, or who need not wait.

        Args:
            token: The place that they hold; empty for none.
            address: Where they come from.
            now_s: The moment, seconds since the epoch.

        Raises:
            SignInLineError: If they have to wait; it says where they stand, and until when.
            RateLimitedError: If the line is too long, or the address holds too many places.
        """
        with self._lock:
            place = self._place_of(token, now_s)
            if place is None:
                place = self._new_place(address, now_s)
            if place.at_s > now_s + PATIENCE_S:
                raise self._to_wait(place, now_s)
            self._used[place.nonce] = None
            while len(self._used) > KEPT:
                self._used.popitem(last=False)

    def look(self, token: str, address: str, *, now_s: float) -> str:
        """Take a place without using it; return it once its turn has come.

        Raises:
            SignInLineError, RateLimitedError: As `enter`.
        """
        with self._lock:
            place = self._place_of(token, now_s) or self._new_place(address, now_s)
            if place.at_s > now_s + PATIENCE_S:
                raise self._to_wait(place, now_s)
            return self._token(place)

    @contextmanager
    def measured(self) -> Iterator[None]:
        """Measure a password check, so that the line goes as fast as this machine can."""
        began = time.thread_time()
        try:
            yield
        finally:
            spent_s = time.thread_time() - began
            with self._lock:
                self.cost_s += 0.1 * (spent_s - self.cost_s)

    def _place_of(self, token: str, now_s: float) -> Place | None:
        try:
            at_s, nonce = self._serializer.loads(token)
        except (BadSignature, ValueError, TypeError):
            return None
        place = Place(float(at_s), str(nonce))
        is_good = place.at_s - LONGEST_WAIT_S <= now_s <= place.at_s + VALID_S
        return place if is_good and place.nonce not in self._used else None

    def _new_place(self, address: str, now_s: float) -> Place:
        at_s = max(now_s, self._next_s)
        if at_s > now_s + PATIENCE_S:
            held = [one for one in self._held.get(address, ()) if one > now_s]
            if at_s > now_s + LONGEST_WAIT_S or len(held) >= MOST_OF_ADDRESS:
                raise RateLimitedError("sign-in line", ceil(LONGEST_WAIT_S / 4))
            self._held[address] = [*held, at_s]
        elif self._held:
            self._held.clear()  # nobody waits any more
        self._next_s = at_s + self.step_s
        return Place(at_s, secrets.token_urlsafe(9))

    def _to_wait(self, place: Place, now_s: float) -> SignInLineError:
        wait_s = place.at_s - now_s
        before = max(1, round(wait_s / self.step_s))
        return SignInLineError(before, max(1, ceil(wait_s)), self._token(place))

    def _token(self, place: Place) -> str:
        token = self._serializer.dumps([round(place.at_s, 3), place.nonce])
        return token if isinstance(token, str) else token.decode()
