"""Asking a time-stamping authority over a signature, by HTTP (RFC 3161, section 3.4).

The authority is one that the operator named; it answers within seconds or is taken to be away.
A process that found it away leaves it alone for a while: two hundred files that wait are not two
hundred times the longest wait.
"""

from __future__ import annotations

import base64
import http.client
import logging
import secrets
import time
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from app.core import clock
from app.core.config import Settings
from app.core.errors import StorageUnavailableError
from app.core.outgoing import TimedConnection, addresses_of
from certificates.authority import certificates_of_pem
from certificates.errors import StampError
from certificates.stamps import (
    MAX_ANSWER_BYTES,
    NONCE_BITS,
    TimeStamp,
    is_trusted,
    read_answer,
    stamp_request,
)

logger = logging.getLogger(__name__)

WHOLE_S = 5.0
"""Longest time for one time stamp: a holder may be waiting for the file."""

PAUSE_S = 30.0
"""For how long a process does not ask an authority that was away."""

PATIENCE = timedelta(hours=1)
"""How long after the issue a file waits for its time stamp; then it is signed without one."""

ASKED, ANSWERED = "application/timestamp-query", "application/timestamp-reply"


class TimeStampAwaitedError(StorageUnavailableError):
    """Raised while a file waits for its time stamp; `retry_after_s` says when to come back."""

    code = "time_stamp_awaited"
    retry_after_s = 60


class TimeAuthority:
    """The operator's time-stamping authority, as one process sees it."""

    def __init__(self, url: str, roots: tuple[bytes, ...]) -> None:
        """Prepare the way to an authority.

        Args:
            url: Its address; user and password, if it wants them, stand before the host.
            roots: DER certificates; a time stamp that leads to none of them is refused. Without
                any, every authority whose own signature is good is taken.
        """
        self._parts = urlsplit(url)
        self._roots = roots
        self._away_until = 0.0
        self._away_code = ""

    def stamp(self, value: bytes) -> TimeStamp:
        """Return a time stamp over a value.

        Raises:
            StampError: If there is none to be had now, or not one to be believed.
        """
        self.check_not_away()
        try:
            return self._asked(value)
        except StampError as error:
            self._away_code, self._away_until = error.code, time.monotonic() + PAUSE_S
            logger.warning("time stamps of %s: %s", self._parts.hostname, error)
            raise

    def _asked(self, value: bytes) -> TimeStamp:
        nonce = secrets.randbits(NONCE_BITS)
        answer = _posted(self._parts, stamp_request(value, nonce))
        stamp = read_answer(answer, value, nonce, now=clock.now())
        if self._roots and not is_trusted(stamp, self._roots):
            raise StampError("untrusted", stamp.authority)
        return stamp

    def check_not_away(self) -> None:
        """Refuse at once what would be refused: the authority was away a moment ago.

        Raises:
            StampError: With the code of what went wrong then.
        """
        if time.monotonic() < self._away_until:
            raise StampError(self._away_code, "a moment ago")


def authority_of(settings: Settings) -> TimeAuthority | None:
    """Return the authority of a deployment, the same one each time; None if it has none."""
    if not settings.tsa_url:
        return None
    return _authority(settings.tsa_url, settings.tsa_roots)


def trusted_roots(settings: Settings) -> tuple[bytes, ...]:
    """Return the roots by which time stamps are judged, as DER certificates."""
    return _roots(settings.tsa_roots)


@lru_cache(maxsize=4)
def _authority(url: str, roots: Path | None) -> TimeAuthority:
    return TimeAuthority(url, _roots(roots))


@lru_cache(maxsize=4)
def _roots(path: Path | None) -> tuple[bytes, ...]:
    return () if path is None else certificates_of_pem(path.read_bytes())


def _posted(parts: SplitResult, request: bytes) -> bytes:
    """Send a request and return the answer.

    Raises:
        StampError: If there is none, or it is not called an answer.
    """
    is_tls = parts.scheme == "https"
    host = parts.hostname or ""
    port = parts.port or (http.client.HTTPS_PORT if is_tls else http.client.HTTP_PORT)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    headers = {"Content-Type": ASKED, "Accept": ANSWERED}
    if parts.username is not None:
        pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode('ascii')}"
    until = time.monotonic() + WHOLE_S
    is_late = False
    try:
        addresses = addresses_of(host, port, until=until)
        with TimedConnection(host, port, addresses, is_tls=is_tls, until=until) as connection:
            try:
                connection.request("POST", path, request, headers)
                with connection.getresponse() as answer:
                    status, said = answer.status, answer.getheader("Content-Type", "")
                    body = answer.read(MAX_ANSWER_BYTES + 1)
            finally:
                is_late = connection.is_late
    except (OSError, http.client.HTTPException, ValueError) as error:
        is_late = is_late or isinstance(error, TimeoutError)
        raise StampError("timeout" if is_late else "no_connection", str(error)) from error
    if is_late:
        raise StampError("timeout")
    if status != http.client.OK:
        raise StampError("http_status", str(status))
    if said.partition(";")[0].strip().lower() != ANSWERED:
        raise StampError("content_type", said[:60])
    return body


def waits(issued_at: datetime, now: datetime) -> bool:
    """Say whether the file of a credential still waits for its time stamp at a moment."""
    return now < issued_at + PATIENCE
