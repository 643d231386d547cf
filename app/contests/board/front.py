"""The public board, answered before Flask: 304 to nearly everybody, the new bytes to the rest.

The board is anybody's, so no session is read and no cookie matters; what is not in order (another
method, a strange host, a round without a board) goes on to Flask as it came.
"""

from __future__ import annotations

from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIEnvironment

from app.contests.board.watching import LATER_S, PARTS, Part, Watched
from app.core.errors import StorageUnavailableError
from app.core.front import WsgiApp
from app.core.security import fixed_headers

PREFIX = "/live/rounds/"
FILES = {f"{name}.json": name for name in PARTS}

CACHE_CONTROL = "public, max-age=1"
"""A cache on the way, or the browser's, may answer for a second."""

BUSY = b'{"error": "board_busy"}\n'


class BoardFront:
    """WSGI function in front of the hot routes.

    Attributes:
        answered_count: Watchers answered here, for tests and metrics.
        shed_count: Watchers who were asked to come later.
    """

    def __init__(
        self, behind: WsgiApp, watched: Watched, *, hosts: frozenset[str], https: bool
    ) -> None:
        self.answered_count = 0
        self.shed_count = 0
        self._behind = behind
        self._watched = watched
        self._hosts = hosts
        self._headers = [*fixed_headers(https=https), *board_headers()]

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if not path.startswith(PREFIX):
            return self._behind(environ, start_response)
        public_id, _, file = path[len(PREFIX) :].partition("/")
        name = FILES.get(file)
        if (
            name is None
            or environ["REQUEST_METHOD"] != "GET"
            or environ.get("SCRIPT_NAME")
            or (self._hosts and environ.get("HTTP_HOST", "") not in self._hosts)
        ):
            return self._behind(environ, start_response)
        if not self._watched.has_room():
            self.shed_count += 1
            return _busy(self._headers, start_response)
        try:
            part = self._watched.part_or_none(public_id, name)
        except StorageUnavailableError:
            part = None
        if part is None:
            return self._behind(environ, start_response)
        self.answered_count += 1
        return _send(part, environ, self._headers, start_response)


def board_headers() -> list[tuple[str, str]]:
    """Return the headers of a board's parts beside those that every answer carries."""
    return [("Cache-Control", CACHE_CONTROL), ("Vary", "Accept-Encoding")]


def _send(
    part: Part,
    environ: WSGIEnvironment,
    headers: list[tuple[str, str]],
    start_response: StartResponse,
) -> list[bytes]:
    if environ.get("HTTP_IF_NONE_MATCH") in {part.etag, f"W/{part.etag}"}:
        start_response("304 NOT MODIFIED", [("ETag", part.etag), *headers])
        return []
    data, more = part.data, []
    if part.packed and "gzip" in environ.get("HTTP_ACCEPT_ENCODING", ""):
        data, more = part.packed, [("Content-Encoding", "gzip")]
    start_response(
        "200 OK",
        [
            ("Content-Type", "application/json"),
            ("Content-Length", str(len(data))),
            ("ETag", part.etag),
            *more,
            *headers,
        ],
    )
    return [data]


def _busy(headers: list[tuple[str, str]], start_response: StartResponse) -> list[bytes]:
    start_response(
        "503 SERVICE UNAVAILABLE",
        [
            ("Content-Type", "application/json"),
            ("Content-Length", str(len(BUSY))),
            ("Retry-After", str(LATER_S)),
            *(pair for pair in headers if pair[0] != "Cache-Control"),
            ("Cache-Control", "no-store"),
        ],
    )
    return [BUSY]
