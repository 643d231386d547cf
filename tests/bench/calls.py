"""A browser in process: requests go straight into the application, nothing else counts."""

from __future__ import annotations

import contextvars
import io
import json
import re
import sys
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from flask import Flask

from tests.bench.load import Reply


class Caller:
    """One person's browser: cookies, a CSRF token, the address that it comes from."""

    def __init__(self, app: Flask, *, secret: str = "", address: str = "127.0.0.1") -> None:
        self.cookies = {"caopan": secret} if secret else {}
        self.csrf = ""
        self._app = app
        self._address = address

    def ask(
        self,
        method: str,
        path: str,
        *,
        form: Mapping[str, str] | None = None,
        value: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """Send one request, in a context of its own as a server does, and read its answer."""
        data, kind = b"", ""
        if form is not None:
            data, kind = urlencode(form).encode(), "application/x-www-form-urlencoded"
        elif value is not None:
            data, kind = json.dumps(value).encode(), "application/json"
        stem, _, query = path.partition("?")
        environ: dict[str, Any] = {
            "REQUEST_METHOD": method,
            "PATH_INFO": stem,
            "QUERY_STRING": query,
            "SCRIPT_NAME": "",
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": self._address,
            "HTTP_HOST": "127.0.0.1",
            "wsgi.input": io.BytesIO(data),
            "wsgi.url_scheme": "http",
            "wsgi.errors": sys.stderr,
        }
        if self.cookies:
            environ["HTTP_COOKIE"] = "; ".join(f"{k}={v}" for k, v in self.cookies.items())
        if kind:
            environ |= {"CONTENT_TYPE": kind, "CONTENT_LENGTH": str(len(data))}
            if self.csrf:
                environ["HTTP_X_CSRFTOKEN"] = self.csrf
        for name, text in (headers or {}).items():
            environ["HTTP_" + name.upper().replace("-", "_")] = text
        return contextvars.Context().run(self._exchange, environ)

    def _exchange(self, environ: dict[str, Any]) -> Reply:
        told: dict[str, Any] = {}

        def start(status: str, headers: list[tuple[str, str]], *_: Any) -> None:
            told.update(status=int(status[:3]), headers=headers)

        answer = self._app.wsgi_app(environ, start)
        body = b"".join(answer)
        getattr(answer, "close", lambda: None)()
        for name, text in told["headers"]:
            if name.lower() == "set-cookie":
                cookie, _, kept = text.partition(";")[0].partition("=")
                self.cookies[cookie] = kept
        return Reply(told["status"], {k.lower(): v for k, v in told["headers"]}, body)

    def page(self, path: str) -> str:
        """Fetch a page and keep its token.

        Raises:
            RuntimeError: If it is not answered with 200.
        """
        reply = self.ask("GET", path)
        if reply.status != 200:
            raise RuntimeError(f"{path}: {reply.status} {reply.text[:300]}")
        found = re.search(r'name="csrf[-_]token"[^>]*(?:value|content)="([^"]+)"', reply.text)
        if found:
            self.csrf = found[1]
        return reply.text
