"""What somebody typed into a form whose session had ended: shown again, to be sent once more.

A sign-in ends after half an hour without a request, and another tab may sign in anew. Whoever
then sends a long form would otherwise lose it to the sign-in page.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from flask import render_template, request
from flask.typing import ResponseReturnValue

MOST_CHARS = 200_000
MOST_FIELDS = 1_000

SECRETS = ("password", "repeat", "current", "code", "token")
"""Names of fields that never come back in a page; a form that has one is not kept at all."""


@dataclass(frozen=True)
class Typed:
    """A form as it was sent.

    Attributes:
        fields: (name, text) in their order, without the token.
        files: Names of files, which a page cannot hand back.
    """

    fields: list[tuple[str, str]]
    files: list[str]


def typed_or_none() -> Typed | None:
    """Return the form of this request; None if there is nothing to keep, or no right to show it.

    Only what a page of this very site sent is shown again: otherwise a page elsewhere could put
    words into somebody's mouth and a button under them.
    """
    if request.method != "POST" or "HX-Request" in request.headers or not _is_from_here():
        return None
    form = request.form
    if any(name in SECRETS for name in form):
        return None
    fields = [
        (name, text)
        for name, text in form.items(multi=True)
        if name != "csrf_token" and len(name) <= 200
    ]
    files = [one.filename for one in request.files.values() if one.filename]
    if not any(text.strip() for _, text in fields) and not files:
        return None
    if len(fields) > MOST_FIELDS or sum(len(text) for _, text in fields) > MOST_CHARS:
        return None
    return Typed(fields, files)


def _is_from_here() -> bool:
    told = request.headers.get("Sec-Fetch-Site")
    if told is not None:
        return told == "same-origin"
    sender = request.headers.get("Origin") or request.headers.get("Referer") or ""
    return urlsplit(sender).netloc == request.host


def typed_page(typed: Typed, *, is_signed_in: bool, status: int) -> ResponseReturnValue:
    """Show what was typed, with a button that sends it again.

    Args:
        typed: What was sent.
        is_signed_in: Whether only the page had grown old; else a sign-in comes first.
        status: Of the refusal.
    """
    return render_template("typed.html", typed=typed, is_signed_in=is_signed_in), status
