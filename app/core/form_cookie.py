"""Flask's cookie, which holds the secret of forms and a language: true as long as its signature is.

Its timestamp is the wall clock's, and Flask refuses a stamp that lies ahead. A machine whose clock
is set back would refuse every form and every saved answer of the people who are at work. Who is
signed in, and until when, stands in a row on the server; the cookie ends with the browser. So
nobody needs its age.
"""

from __future__ import annotations

from typing import Any

from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import TimestampSigner, URLSafeTimedSerializer


class _AgelessSigner(TimestampSigner):
    def unsign(
        self, signed_value: str | bytes, max_age: int | None = None, return_timestamp: bool = False
    ) -> Any:
        del max_age
        return super().unsign(signed_value, None, return_timestamp)  # type: ignore[call-overload]


class FormCookies(SecureCookieSessionInterface):
    """Reads and writes the cookie as Flask does, whatever the wall clock says."""

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """Return Flask's serializer with a signer that asks for no age; see `Flask.secret_key`."""
        serializer = super().get_signing_serializer(app)
        if serializer is not None:
            serializer.signer = _AgelessSigner
        return serializer
