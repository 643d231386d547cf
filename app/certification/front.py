"""Public look-ups of certificates before Flask: a stranger's page and a program's JSON.

Routing, sessions, forms, the ORM and a template cost twenty times what the look-up itself costs,
and anybody may ask. So this WSGI function answers what nearly all ask: a number as it is printed,
from somebody without cookies. Everything else (a person who is signed in, a number that is typed
otherwise, a host that is not trusted, a limit that is reached, a record that cannot be read) goes
on to Flask as it came. Rules of who is told what stand in `verification`; limits in `public_page`;
the page in its template. A test asks both ways and compares.
"""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIEnvironment

import orjson
from flask import Flask, current_app, g, render_template
from itsdangerous import TimestampSigner, URLSafeTimedSerializer
from itsdangerous.encoding import base64_encode
from werkzeug.http import dump_cookie

from app.certification import page_parts, public_page
from app.certification.likeness import Likeness
from app.certification.lookups import public_record_or_none
from app.certification.verification import PublicRecord
from app.core import clock
from app.core.error_pages import STATUS_OF, answer_error
from app.core.errors import NotFoundError
from app.core.front import WsgiApp
from app.core.i18n import choose_locale
from app.core.security import fixed_headers
from certificates.errors import CertificateNumberError
from certificates.numbers import normalize_number

PAGE, JSON = "/v/", "/api/v1/credentials/"

LANGUAGES_KEPT, LONGEST_LANGUAGES = 4000, 200
"""`Accept-Language` headers whose language a process remembers, and how long one may be."""

REFUSALS = tuple(STATUS_OF)

Headers = list[tuple[str, str]]


class LookupFront:
    """Answers look-ups; `answered_count` of them before Flask, for tests and metrics."""

    def __init__(self, app: Flask, behind: WsgiApp, *, hosts: frozenset[str], https: bool) -> None:
        self.answered_count = 0
        self._app = app
        self._behind = behind
        self._hosts = hosts
        self._rows = app.extensions["raw_engines"].rows
        self._pages = page_parts.CutPages()
        self._unknown: dict[str, page_parts.CutPage] = {}
        self._refused: dict[str, bytes] = {}
        self._languages: OrderedDict[str, str] = OrderedDict()
        self._readers = _Readers(app)
        fixed = [*fixed_headers(https=https), ("Vary", "Cookie")]
        self._json_headers: Headers = [
            ("Content-Type", "application/json"),
            ("X-Robots-Tag", "noindex"),
            ("Cache-Control", "no-cache"),
            *fixed,
        ]
        self._refusal_headers = [one for one in self._json_headers if one[0] != "X-Robots-Tag"]
        self._page_headers: Headers = [
            ("Content-Type", "text/html; charset=utf-8"),
            ("X-Robots-Tag", "noindex, noarchive"),
            ("Cache-Control", "no-store"),
            *fixed,
        ]
        self._is_awake = False

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        is_page = path.startswith(PAGE)
        if self._is_awake and (is_page or path.startswith(JSON)) and self._is_plain(environ):
            number = path[len(PAGE if is_page else JSON) :]
            if _is_number(number):
                try:
                    return self._answer(environ, start_response, number, is_page=is_page)
                except REFUSALS:
                    pass  # Flask meets the same, and says it in the usual words
        answer = self._behind(environ, start_response)
        # Flask's own first request starts what a process needs.
        self._is_awake = True
        return answer

    def _is_plain(self, environ: WSGIEnvironment) -> bool:
        """Say whether nothing but the number and the language decides what is answered."""
        get = environ.get
        return (
            environ["REQUEST_METHOD"] == "GET"
            and not get("HTTP_COOKIE")
            and not get("QUERY_STRING")
            and not get("SCRIPT_NAME")
            and len(get("HTTP_ACCEPT_LANGUAGE", "")) <= LONGEST_LANGUAGES
            and (not self._hosts or get("HTTP_HOST", "") in self._hosts)
        )

    def _answer(
        self,
        environ: WSGIEnvironment,
        start_response: StartResponse,
        number: str,
        *,
        is_page: bool,
    ) -> Iterable[bytes]:
        now = clock.now()
        record = public_record_or_none(self._rows, number, now=now)
        address = str(environ.get("REMOTE_ADDR"))
        parcel = public_page.count_lookup(self._app, address, now=now)
        if parcel:
            with self._app.app_context():
                public_page.store_lookups(self._app, address, parcel, now=now)
        self.answered_count += 1
        if not is_page and record is None:
            body = self._refusal(environ, self._locale(environ))
            length = ("Content-Length", str(len(body)))
            start_response("404 NOT FOUND", [length, *self._refusal_headers])
            return [body]
        if not is_page:
            assert record is not None, "told just before"
            body = orjson.dumps(
                record.to_json(), option=orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE
            )
            start_response("200 OK", [("Content-Length", str(len(body))), *self._json_headers])
            return [body]
        locale = self._locale(environ)
        headers = [*self._page_headers]
        if record is None:
            status, body = "404 NOT FOUND", self._unknown_page(environ, locale, number)
        else:
            status = "200 OK"
            token, cookie = self._readers.new()
            headers.append(("Set-Cookie", cookie))

            def render(model: PublicRecord, drawn: Likeness) -> str:
                with self._app.request_context(_asking(environ, page_parts.NUMBER)):
                    g.csrf_token = page_parts.TOKEN
                    return public_page.written(model, drawn)

            body = self._pages.page(record, locale, token, render)
        start_response(status, [("Content-Length", str(len(body))), *headers])
        return [body]

    def _unknown_page(self, environ: WSGIEnvironment, locale: str, number: str) -> bytes:
        cut = self._unknown.get(locale)
        marks = page_parts.number_marks(number)
        if cut is None:
            stands = page_parts.NUMBER
            with self._app.request_context(_asking(environ, stands)):
                page = render_template("certification/unknown.html", typed=stands)
            cut = page_parts.cut_at(page, page_parts.number_marks(stands))
            self._unknown[locale] = cut
        return cut.filled({name: text.encode() for name, text in marks.items()})

    def _refusal(self, environ: WSGIEnvironment, locale: str) -> bytes:
        """Return what a program is told of a number that nobody issued."""
        body = self._refused.get(locale)
        if body is None:
            with self._app.request_context({**environ, "CONTENT_LENGTH": "0"}):
                refused = answer_error(STATUS_OF[NotFoundError], NotFoundError.code)
                body = self._refused[locale] = current_app.make_response(refused).get_data()
        return body

    def _locale(self, environ: WSGIEnvironment) -> str:
        asked = environ.get("HTTP_ACCEPT_LANGUAGE", "")
        known = self._languages.get(asked)
        if known is None:
            with self._app.request_context(_asking(environ, "")):
                known = choose_locale()
            self._languages[asked] = known
            while len(self._languages) > LANGUAGES_KEPT:
                self._languages.popitem(last=False)
        return known


class _Readers:
    """Makes the CSRF token of a reader who has none yet, as Flask-WTF and Flask do.

    Both are a short text, signed. The serializers of the two would derive the same key again for
    each text, and try to pack what is random.
    """

    def __init__(self, app: Flask) -> None:
        config = app.config
        self._tokens = _signer(
            URLSafeTimedSerializer(
                config.get("WTF_CSRF_SECRET_KEY") or config["SECRET_KEY"], salt="wtf-csrf-token"
            )
        )
        self._sessions = _signer(
            app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
        )
        cookie = dump_cookie(
            config["SESSION_COOKIE_NAME"],
            page_parts.NO_SESSION,
            path="/",
            secure=bool(config["SESSION_COOKIE_SECURE"]),
            httponly=True,
            samesite=config["SESSION_COOKIE_SAMESITE"],
        )
        self._before, self._after = cookie.split(page_parts.NO_SESSION)

    def new(self) -> tuple[str, str]:
        """Return a token, and the cookie that belongs to it."""
        secret = os.urandom(20).hex()
        token = self._tokens.sign(base64_encode(f'"{secret}"')).decode("ascii")
        session = self._sessions.sign(base64_encode(f'{{"csrf_token":"{secret}"}}'))
        return token, f"{self._before}{session.decode('ascii')}{self._after}"


class _KeptKeySigner(TimestampSigner):
    """A signer whose key is derived once."""

    kept: bytes | None = None

    def derive_key(self, secret_key: str | bytes | None = None) -> bytes:
        if self.kept is None:
            self.kept = super().derive_key(secret_key)
        return self.kept


def _signer(serializer: URLSafeTimedSerializer) -> TimestampSigner:
    """Return what signs a serializer's texts, for signing only."""
    return _KeptKeySigner(
        serializer.secret_keys[-1], salt=serializer.salt, **serializer.signer_kwargs
    )


def _is_number(text: str) -> bool:
    """Say whether a text is a certificate's number just as it is printed."""
    try:
        return normalize_number(text) == text
    except CertificateNumberError:
        return False


def _asking(environ: WSGIEnvironment, number: str) -> WSGIEnvironment:
    """Return the request as if it asked for another number, without a body."""
    path = PAGE + number.encode().decode("latin-1")
    return {**environ, "PATH_INFO": path, "CONTENT_LENGTH": "0"}
