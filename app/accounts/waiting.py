"""How a web process speaks with those who stand in the line before the sign-in."""

from __future__ import annotations

from flask import Response, current_app, jsonify, request

from app.accounts.cookies import line_cookie_name, set_line_cookie
from app.accounts.line import SignInLine, SignInLineError
from app.core.error_pages import message_of


def line() -> SignInLine:
    """Return this process's line."""
    held: SignInLine = current_app.extensions["sign_in_line"]
    return held


def token() -> str:
    """Return the place that the browser holds; empty if none."""
    return request.cookies.get(line_cookie_name(current_app.config["SETTINGS"]), "")[:200]


def told_to_wait(error: SignInLineError) -> Response:
    """Tell a program its place, and when to come back."""
    answer = jsonify(
        type=error.code,
        message=message_of(error.code),
        place=error.place,
        retry_after_s=error.retry_after_s,
        saved=False,
    )
    answer.status_code = 429
    return with_place(answer, error)


def with_place(answer: Response, error: SignInLineError) -> Response:
    """Give an answer the headers of the line and the cookie that keeps the place."""
    answer.headers["Retry-After"] = str(error.retry_after_s)
    answer.headers["X-Queue"] = str(error.place)
    return with_token(answer, error.token)


def with_token(answer: Response, place_token: str) -> Response:
    """Give an answer the cookie that keeps the place."""
    set_line_cookie(answer, place_token, current_app.config["SETTINGS"])
    return answer
