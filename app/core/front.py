"""The hottest routes, answered before Flask: what an exam's page asks for, and a room's poll.

Routing, the request object, the cookie session, Flask-Login and the hooks of Flask cost ten times
what such a request itself costs. So a small WSGI function stands in front of Flask. It answers
only what is in order; everything else goes on to Flask as it came, so that there is one place that
refuses, in one wording. What it checks is the same as Flask's: the session's row, the role, the
CSRF token (by Flask-WTF itself; only its verdict on a token is remembered for some minutes), the
host. What a service refuses here is raised again inside Flask, where the table of errors answers.

A hot route calls the same service as the Flask route with the same address; tests send good and
bad requests through both and compare the answers.

What a poll needs first, whose the session is and how the thing asked for stands, is one statement
outside any transaction; where nothing changed, that is all: no context of the application, no
session of the ORM.

A page whose tag is still good asks the same again until something moves. What such a request led to
is kept with the row that it rested on (`Still`): the next one reads that row's changing columns
again and, as long as they are the same and the moment is one for which the answer was given, sends
the same 304 without looking at anything else.
"""

from __future__ import annotations

import io
import json
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar
from urllib.parse import parse_qsl
from wsgiref.types import StartResponse, WSGIEnvironment

import orjson
from flask import Flask, request
from werkzeug.exceptions import HTTPException

from app.core import clock
from app.core.errors import StorageUnavailableError
from app.core.i18n import choose_locale
from app.core.security import fixed_headers
from app.core.web import JSON_DEPTH_CHARS

REFUSED = "caopan.refused"
"""Key of the environment under which a refusal travels into Flask, to be answered there."""

TOKEN_KNOWN_S = 600.0
"""For how long a verified pair of cookie and CSRF token is not verified anew."""

KEPT = 8000
"""Verified tokens, and languages, that a process remembers."""

STILL_KEPT = 2000
"""Questions whose last answer was that nothing changed, that a process remembers."""

WsgiApp = Callable[[WSGIEnvironment, StartResponse], Iterable[bytes]]


class Person(Protocol):
    """What a hot route knows of the signed-in person."""

    @property
    def id(self) -> int: ...
    @property
    def roles(self) -> frozenset[str]: ...
    @property
    def locale(self) -> str: ...
    @property
    def session_hash(self) -> str: ...
    @property
    def limit(self) -> frozenset[str]: ...


P = TypeVar("P", bound=Person)


@dataclass(frozen=True, slots=True, eq=False)
class Beside:
    """A table with `public_id` and `person_id`, whose row is read together with the session.

    Attributes:
        table: Its name.
        columns: What is read.
        changing: Those of `columns` on which a 304 rests; the others never change, or no 304
            depends on them.
    """

    table: str
    columns: tuple[str, ...]
    changing: tuple[str, ...]


@dataclass(slots=True)
class Known(Generic[P]):
    """Who asks.

    Attributes:
        person: Whose the session is.
        is_due: Whether the session row's `seen_at` is to be written.
        row: The person's own row of the table asked for, nothing but None if there is none; empty
            if no table was asked for.
        until: The session neither ends nor is due before this moment, by itself.
        again: Reads anew what may change of session, person and row.
        seen: What `again` would have read just now.
    """

    person: P
    is_due: bool
    row: tuple[Any, ...]
    until: datetime
    again: Callable[[], tuple[Any, ...] | None]
    seen: tuple[Any, ...]


@dataclass(slots=True)
class Asked:
    """One request to a hot route.

    Attributes:
        public_id: From the address.
        person_id: Who is signed in.
        row: Of the table that the route reads beside the session.
        now: The moment of the request (aware).
        query: The query's fields; of a repeated one the first, as in Flask.
        body: The JSON object that was sent; empty for GET.
        key_header: `Idempotency-Key`.
        if_none_match: The entity tag that the page has, without its quotes.
        locale: Works out the reader's language, for whoever writes words.
        session_hash: Of the sign-in.
        address: From where it is asked, as the server or the proxy in front of it says.
        user_agent: What the browser calls itself.
    """

    public_id: str
    person_id: int
    row: tuple[Any, ...]
    now: datetime
    query: Mapping[str, str]
    body: dict[str, Any]
    key_header: str | None
    if_none_match: str
    locale: Callable[[], str]
    session_hash: str
    address: str
    user_agent: str


@dataclass(slots=True)
class Answer:
    """What a hot route answers: 200 with a JSON value, or 304 where there is none.

    Attributes:
        value: The body.
        etag: Of the answer, without quotes.
        until: Before this moment a 304 holds as long as the row is the same; None if that is not
            known.
    """

    value: dict[str, Any] | None
    etag: str = ""
    until: datetime | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Still:
    """A 304 and what it rests on; kept by everything that the request consisted of.

    Attributes:
        tag: The tag that was sent, with its quotes.
        since: The moment of the answer; a clock that was set back knows nothing of before.
        until: The answer holds before this moment.
        again: Reads what may have changed.
        seen: What that was.
        headers: Of the answer.
    """

    tag: str
    since: datetime
    until: datetime
    again: Callable[[], tuple[Any, ...] | None]
    seen: tuple[Any, ...]
    headers: list[tuple[str, str]]


Answering = Callable[[Asked], Answer | None]


@dataclass(frozen=True, slots=True)
class HotRoute:
    """How requests to an address are answered.

    Attributes:
        role: Who may ask.
        answer: Answers within a context of the application; None, before anything was written,
            hands the request on to Flask.
        beside: The table whose row `Asked.row` is.
        at_once: Tried before `answer`, from the row alone, without a context.
    """

    role: str
    answer: Answering
    beside: Beside | None = None
    at_once: Answering | None = None


Identify = Callable[[str, datetime, Beside | None, str], "Known[Any] | None"]
"""Returns who a session's secret belongs to at a moment, with that person's row of a table."""

HotTable = Mapping[tuple[str, str, str], HotRoute]
"""(method, address before the public id, address after it) → route."""


class Front:
    """The WSGI application of a process: hot routes, and Flask behind them.

    Attributes:
        answered_count: Requests answered before Flask, for tests and metrics.
    """

    def __init__(
        self,
        app: Flask,
        behind: WsgiApp,
        table: HotTable,
        *,
        cookie_name: str,
        identify: Identify,
        touch: Callable[[Person], None],
        https: bool,
    ) -> None:
        self.answered_count = 0
        self._app = app
        self._behind = behind
        self._table = table
        self._cookie_name = cookie_name
        self._identify = identify
        self._touch = touch
        self._hosts = frozenset(app.config["TRUSTED_HOSTS"] or ())
        self._headers = [("Content-Type", "application/json"), *fixed_headers(https=https)]
        self._headers += [("Cache-Control", "no-store"), ("Vary", "Cookie")]
        self._bare_headers = self._headers[1:]
        self._tokens: OrderedDict[tuple[str, ...], float] = OrderedDict()
        self._locales: OrderedDict[tuple[str, ...], str] = OrderedDict()
        self._still: OrderedDict[tuple[str | None, ...], Still] = OrderedDict()
        self._is_awake = False
        app.before_request_funcs.setdefault(None, []).insert(0, _raise_refusal)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        tag = environ.get("HTTP_IF_NONE_MATCH")
        if tag is not None:
            still = self._still.get(_question(environ))
            if still is not None and still.tag == tag and _holds(still):
                self.answered_count += 1
                start_response("304 NOT MODIFIED", still.headers[:])
                return []
        head, _, last = environ["PATH_INFO"].rpartition("/")
        stem, _, public_id = head.rpartition("/")
        entry = self._table.get((environ["REQUEST_METHOD"], stem, last))
        if entry is None or not self._is_awake or not public_id or environ.get("SCRIPT_NAME"):
            answer = self._behind(environ, start_response)
            # Flask's own first request starts what a process needs, such as its beat.
            self._is_awake = True
            return answer
        answered = self._answer(environ, public_id, entry)
        if answered is None:
            return self._behind(environ, start_response)
        self.answered_count += 1
        return _send(answered, self._headers, self._bare_headers, start_response)

    def _answer(self, environ: WSGIEnvironment, public_id: str, route: HotRoute) -> Answer | None:
        """Return the answer, or nothing if Flask is to answer."""
        tag = environ.get("HTTP_IF_NONE_MATCH", "")
        if tag and (tag.count('"') != 2 or tag[0] + tag[-1] != '""'):
            return None  # a list of tags, or a weak one
        if self._hosts and environ.get("HTTP_HOST", "") not in self._hosts:
            return None
        cookies = environ.get("HTTP_COOKIE", "")
        secret = _cookie(cookies, self._cookie_name)
        if not 40 <= len(secret) <= 64:
            return None
        body: dict[str, Any] = {}
        if environ["REQUEST_METHOD"] == "POST":
            if not self._token_is_good(environ, cookies):
                return None
            sent = _json_object(environ)
            if sent is None:
                return None
            body = sent
        now = clock.now()
        try:
            known = self._identify(secret, now, route.beside, public_id)
            if known is None or route.role not in known.person.roles:
                return None
            person = known.person
            if person.limit and public_id not in person.limit:
                return None
            asked = Asked(
                public_id=public_id,
                person_id=person.id,
                row=known.row,
                now=now,
                query=_query(environ),
                body=body,
                key_header=environ.get("HTTP_IDEMPOTENCY_KEY"),
                if_none_match=tag.strip('"'),
                locale=lambda: self._locale(environ, person),
                session_hash=person.session_hash,
                address=environ.get("REMOTE_ADDR", ""),
                user_agent=environ.get("HTTP_USER_AGENT", ""),
            )
            if route.at_once is not None and not known.is_due:
                answer = route.at_once(asked)
                if answer is not None:
                    if answer.until is not None and answer.value is None:
                        self._keep(environ, answer.etag, answer.until, known, now)
                    return answer
            with self._app.app_context():
                answer = route.answer(asked)
                if answer is not None and known.is_due:
                    self._touch(person)
                return answer
        except Exception as error:  # a refusal, or what nobody foresaw: Flask answers, and logs it
            environ[REFUSED] = error
            return None

    def _keep(
        self, environ: WSGIEnvironment, etag: str, until: datetime, known: Known[Any], now: datetime
    ) -> None:
        """Remember a 304, so that the same question need not be understood again."""
        still = Still(
            tag=f'"{etag}"',
            since=now,
            until=min(until, known.until),
            again=known.again,
            seen=known.seen,
            headers=[("ETag", f'"{etag}"'), *self._bare_headers],
        )
        _remember(self._still, _question(environ), still, STILL_KEPT)

    def _token_is_good(self, environ: WSGIEnvironment, cookies: str) -> bool:
        """Say whether Flask-WTF takes the request's CSRF token.

        Its verdict depends on these six values alone, and the token of a session never changes.
        """
        token = environ.get("HTTP_X_CSRFTOKEN", "")
        cookie = _cookie(cookies, self._app.config["SESSION_COOKIE_NAME"])
        if not token or not cookie:
            return False
        asked = (
            token,
            cookie,
            environ["wsgi.url_scheme"],
            environ.get("HTTP_HOST", ""),
            environ.get("HTTP_REFERER", ""),
            environ.get("HTTP_X_CSRF_TOKEN", ""),
        )
        now = time.monotonic()
        if now < self._tokens.get(asked, 0.0):
            return True
        with self._app.request_context(_without_body(environ)):
            try:
                self._app.extensions["csrf"].protect()
            except HTTPException:
                return False
        _remember(self._tokens, asked, now + TOKEN_KNOWN_S)
        return True

    def _locale(self, environ: WSGIEnvironment, person: Person) -> str:
        """Return the reader's language as Flask would choose it."""
        asked = (
            _cookie(environ.get("HTTP_COOKIE", ""), self._app.config["SESSION_COOKIE_NAME"]),
            person.locale,
            environ.get("HTTP_ACCEPT_LANGUAGE", ""),
        )
        known = self._locales.get(asked)
        if known is None:
            with self._app.request_context(_without_body(environ)):
                known = choose_locale()
            _remember(self._locales, asked, known)
        return known


def _raise_refusal() -> None:
    """Answer inside Flask what a service refused in front of it."""
    error = request.environ.pop(REFUSED, None)
    if error is not None:
        raise error


def _question(environ: WSGIEnvironment) -> tuple[str | None, ...]:
    """Return everything of a request that a kept 304 depends on, besides its tag."""
    get = environ.get
    return (
        get("HTTP_COOKIE"),
        environ["PATH_INFO"],
        get("QUERY_STRING"),
        environ["REQUEST_METHOD"],
        get("HTTP_HOST"),
        get("SCRIPT_NAME"),
    )


def _holds(still: Still) -> bool:
    """Say whether a kept 304 is the answer now; whoever cannot know is asked in the usual way."""
    if not still.since <= clock.now() < still.until:
        return False
    try:
        return still.again() == still.seen
    except StorageUnavailableError:
        return False


def _remember(kept: OrderedDict[Any, Any], key: Any, value: Any, most: int = KEPT) -> None:
    kept[key] = value
    while len(kept) > most:
        kept.popitem(last=False)


def _cookie(cookies: str, name: str) -> str:
    """Return a cookie's plain value; empty if it is missing, doubled or quoted."""
    found = [part[len(name) + 1 :] for part in cookies.split("; ") if part.startswith(name + "=")]
    return found[0] if len(found) == 1 and '"' not in found[0] else ""


def _query(environ: WSGIEnvironment) -> dict[str, str]:
    text = environ.get("QUERY_STRING", "")
    if not text:
        return {}
    name, _, value = text.partition("=")
    if name.isalpha() and name.isascii() and (value.isalnum() or not value) and value.isascii():
        return {name: value}  # as it nearly always is; the library takes longer than the statement
    out: dict[str, str] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        out.setdefault(name, value)
    return out


def _json_object(environ: WSGIEnvironment) -> dict[str, Any] | None:
    """Read the body as a JSON object; whatever it is, Flask can read it again."""
    length = environ.get("CONTENT_LENGTH") or ""
    kind = environ.get("CONTENT_TYPE", "")
    if not length.isdecimal() or int(length) > JSON_DEPTH_CHARS:
        return None
    if kind.partition(";")[0].strip().lower() != "application/json":
        return None
    data = environ["wsgi.input"].read(int(length))
    environ["wsgi.input"] = io.BytesIO(data)
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _without_body(environ: WSGIEnvironment) -> WSGIEnvironment:
    """Return the request for reading its headers; the body stays for whoever answers."""
    return {**environ, "wsgi.input": io.BytesIO(), "CONTENT_LENGTH": "0"}


def _send(
    answer: Answer,
    headers: list[tuple[str, str]],
    bare_headers: list[tuple[str, str]],
    start_response: StartResponse,
) -> list[bytes]:
    tag = [("ETag", f'"{answer.etag}"')] if answer.etag else []
    if answer.value is None:
        start_response("304 NOT MODIFIED", [*tag, *bare_headers])
        return []
    # As Flask's `jsonify` writes it, in a tenth of its time.
    data = orjson.dumps(answer.value, option=orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE)
    start_response("200 OK", [("Content-Length", str(len(data))), *tag, *headers])
    return [data]
