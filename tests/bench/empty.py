"""What the server costs by itself: a WSGI application that answers nothing, always the same."""

from __future__ import annotations

from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIEnvironment

TAG = '"0"'


def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Answer nothing, or that nothing changed."""
    status = "304 NOT MODIFIED" if "HTTP_IF_NONE_MATCH" in environ else "200 OK"
    start_response(status, [("Content-Length", "0"), ("ETag", TAG)])
    return []
