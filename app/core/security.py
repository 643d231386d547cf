"""Headers of every answer: a strict content security policy, and no caching behind sign-in."""

from __future__ import annotations

from flask import Flask, Response, request
from flask_login import current_user

from app.core.errors import StorageUnavailableError

CSP = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "media-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
"""No inline script or style anywhere; pages pass data in JSON blocks and data attributes."""


def fixed_headers(*, https: bool) -> tuple[tuple[str, str], ...]:
    """Return the headers that every answer carries, whoever makes it."""
    headers: tuple[tuple[str, str], ...] = (
        ("Content-Security-Policy", CSP),
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "same-origin"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
        ("Permissions-Policy", "camera=(), microphone=(), geolocation=()"),
    )
    if https:
        headers += (("Strict-Transport-Security", "max-age=31536000; includeSubDomains"),)
    return headers


def _may_be_signed_in() -> bool:
    """Say whether an answer may be somebody's own; whoever cannot be asked about may be."""
    try:
        return bool(current_user)
    except StorageUnavailableError:  # the answer that says so is on its way already
        return True


def register_headers(app: Flask, *, https: bool) -> None:
    fixed = fixed_headers(https=https)

    @app.after_request
    def harden(response: Response) -> Response:
        headers = response.headers
        for name, value in fixed:
            headers.setdefault(name, value)
        if request.endpoint != "static" and "Cache-Control" not in headers:
            headers["Cache-Control"] = "no-store" if _may_be_signed_in() else "no-cache"
        headers.add("Vary", "Cookie")
        return response
