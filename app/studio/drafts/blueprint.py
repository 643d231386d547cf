"""The drafts' blueprint, and who may come in."""

from __future__ import annotations

from flask import Blueprint, request

from app.accounts.roles import Role
from app.core.errors import InvalidInputError

bp = Blueprint("drafts", __name__)

WRITERS = (Role.COMMITTEE_MEMBER,)
"""Who writes scenarios and puts them into use."""

READERS = (Role.COMMITTEE_MEMBER, Role.REVIEWER)
"""Who reads and reviews them."""


def sent_revision() -> int:
    """Return the revision that a form was made of.

    Raises:
        InvalidInputError: If the form does not say it.
    """
    text = request.form.get("revision", "")
    if not (text.isascii() and text.isdecimal() and len(text) < 9):
        raise InvalidInputError("revision", [{"field": "revision", "code": "number"}])
    return int(text)
