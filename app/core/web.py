"""What routes share: who may use them, forms with their token, fragments, safe redirects."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, ParamSpec

from flask import abort, current_app, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict

from app.core.errors import ForbiddenError, IncompleteRequestError

P = ParamSpec("P")
View = Callable[P, ResponseReturnValue]

ANYONE = "anyone"
"""Role name of routes that need no sign-in."""

SIGNED_IN = "signed_in"
"""Role name of routes for every signed-in person, whatever the roles."""

JSON_DEPTH_CHARS = 64 * 1024
"""Longest JSON body that a page sends; a save is under 1 kB."""


def access(
    *roles: str,
    answers: str,
    fields: Mapping[str, str] | None = None,
    open_to_limited: bool = False,
) -> Callable[[View[P]], View[P]]:
    """Let only people with one of `roles` in; every route says this, and a test checks it.

    Args:
        roles: Role names, or `ANYONE`, or `SIGNED_IN`.
        answers: What the route answers, for `docs/http.md`.
        fields: What it reads from form or JSON, name → meaning, for `docs/http.md`.
        open_to_limited: Whether a sign-in that is limited to an exam may use it, though it names
            nothing of that exam.
    """

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
            if ANYONE not in roles:
                if not current_user.is_authenticated:
                    abort(401)
                if SIGNED_IN not in roles and not current_user.roles & set(roles):
                    raise ForbiddenError(f"{request.method} {request.path} by {current_user!r}")
            return view(*args, **kwargs)

        guarded.access = roles  # type: ignore[attr-defined]
        guarded.answers = answers  # type: ignore[attr-defined]
        guarded.fields = dict(fields or {})  # type: ignore[attr-defined]
        guarded.open_to_limited = open_to_limited  # type: ignore[attr-defined]
        return guarded

    return decorate


class BaseForm(FlaskForm):
    """Every form; its CSRF token lives as long as the web session."""

    class Meta(FlaskForm.Meta):
        def wrap_formdata(self, form: FlaskForm, formdata: Any) -> Any:
            """Return what was typed; JSON is no form.

            Flask-WTF would take a JSON body for one, whose fields are numbers, lists or nothing
            at all where validators expect text. It counts as a form in which nothing was filled in.
            """
            is_own = formdata is None or isinstance(formdata, MultiDict)
            if not is_own and request.is_json and form.is_submitted():
                return MultiDict()
            return super().wrap_formdata(form, formdata)


def json_body() -> dict[str, Any]:
    """Return the request's JSON object.

    Raises:
        IncompleteRequestError: If it is too long, no JSON, no object, or nested too deep.
    """
    if (request.content_length or 0) > JSON_DEPTH_CHARS:
        abort(413)
    try:
        body = request.get_json(force=False, silent=True)
    except RecursionError as error:
        raise IncompleteRequestError("JSON nested too deep") from error
    if not isinstance(body, dict):
        raise IncompleteRequestError("the body is not a JSON object")
    return body


def idempotency_key(body: Mapping[str, Any]) -> str:
    """Return the key of this change: header `Idempotency-Key`, which the body may repeat.

    Raises:
        IncompleteRequestError: If there is none, or it is not 8 to 64 plain characters.
    """
    return checked_key(request.headers.get("Idempotency-Key"), body)


def checked_key(header: str | None, body: Mapping[str, Any]) -> str:
    """Return the key of a change from its header or its body, as `idempotency_key` does.

    Raises:
        IncompleteRequestError: If there is none, or it is not 8 to 64 plain characters.
    """
    key = header or body.get("key")
    if not isinstance(key, str) or not 8 <= len(key) <= 64 or not key.isascii():
        raise IncompleteRequestError("idempotency key missing or unusable")
    return key


def render_part(template_name: str, block: str, **context: Any) -> str:
    """Render one named block for htmx to swap in, or the whole page if htmx did not ask."""
    if "HX-Request" not in request.headers:
        return render_template(template_name, **context)
    current_app.update_template_context(context)
    template = current_app.jinja_env.get_template(template_name)
    return "".join(template.blocks[block](template.new_context(context)))


def safe_next(target: str | None, default: str = "/") -> str:
    """Return `target` if it stays on this site, else `default` (reliability T29)."""
    if not target or len(target) > 512 or not target.startswith("/") or target[1:2] in {"/", "\\"}:
        return default
    if "\\" in target or any(ord(ch) < 0x20 or ord(ch) == 0x7F for ch in target):
        return default
    return target
