"""The workshop's blueprint, below the bank's, and who may come in."""

from __future__ import annotations

from flask import Blueprint, request

from app.accounts.roles import Role

bp = Blueprint("workshop", __name__, url_prefix="/workshop")

WRITERS = (Role.COMMITTEE_MEMBER,)
"""Who writes items, puts them into use and takes them out."""

READERS = (Role.COMMITTEE_MEMBER, Role.REVIEWER)
"""Who reads other people's drafts."""

PAGE = 30
"""Rows on a page of a list."""

NUMBER_DIGITS = 6
TEXT_CHARS = 80


def asked_text(name: str, default: str = "") -> str:
    """Return the printable part of what a search asks for; PostgreSQL takes no NUL."""
    given = request.args.get(name, default)
    return "".join(filter(str.isprintable, given)).strip()[:TEXT_CHARS]


def asked_page() -> int:
    """Return the page number that is asked for; an odd one is the first."""
    text = request.args.get("page", "")
    is_number = text.isascii() and text.isdecimal() and len(text) <= NUMBER_DIGITS
    return max(1, int(text)) if is_number else 1


def sent_text(name: str, most_chars: int = 1000) -> str:
    """Return a text of the form without control signs."""
    text = request.form.get(name, "").replace("\r\n", "\n")
    return "".join(one for one in text if one == "\n" or one.isprintable()).strip()[
        : most_chars + 1
    ]
