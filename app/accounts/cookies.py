"""Cookies of a sign-in: the session's secret, the mark of a known device, a place in the line."""

from __future__ import annotations

from flask import Response

from app.accounts.identity import cookie_name
from app.core.config import Settings

DEVICE_COOKIE_S = 180 * 24 * 3600
"""How long a browser counts as known after its last sign-in with a fresh mark."""


LINE_COOKIE_S = 300
"""How long a browser keeps its place in the line before the sign-in."""


def device_cookie_name(settings: Settings) -> str:
    return cookie_name(settings) + "-device"


def line_cookie_name(settings: Settings) -> str:
    return cookie_name(settings) + "-line"


def set_session_cookie(response: Response, secret: str, settings: Settings) -> None:
    """Give the browser the secret of its session row."""
    max_age_s = settings.session_absolute_h * 3600
    _set(response, cookie_name(settings), secret, max_age_s, settings)


def set_device_cookie(response: Response, token: str, settings: Settings) -> None:
    """Mark the browser as one that the account signed in with."""
    _set(response, device_cookie_name(settings), token, DEVICE_COOKIE_S, settings)


def set_line_cookie(response: Response, token: str, settings: Settings) -> None:
    """Let the browser keep its place in the line before the sign-in."""
    _set(response, line_cookie_name(settings), token, LINE_COOKIE_S, settings)


def _set(response: Response, name: str, value: str, max_age_s: int, settings: Settings) -> None:
    response.set_cookie(
        name,
        value,
        max_age=max_age_s,
        secure=settings.is_https,
        httponly=True,
        samesite="Lax",
        path="/",
    )
