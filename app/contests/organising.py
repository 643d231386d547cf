"""What the routes share: who organises, where they lead back to, what is new to the reader."""

from __future__ import annotations

from datetime import datetime

from flask import current_app, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.accounts.roles import Role
from app.contests.models import Contest
from app.contests.telling import queries as telling
from app.contests.telling.queries import ToldNotice
from app.core.config import Settings
from app.core.crypto import FieldKeys
from app.core.db import db
from app.core.errors import NotFoundError

ORGANISERS = (Role.EXAMINER, Role.COMMITTEE_MEMBER)


def back_to(public_id: str, words: str = "") -> ResponseReturnValue:
    """Lead back to the contest's page, with words about what was done."""
    if words:
        flash(words)
    return redirect(url_for("contests.manage", public_id=public_id), code=303)


def news_of(now: datetime) -> list[ToldNotice]:
    """Return what the one who asks was told and has not read."""
    if not current_user.is_authenticated:
        return []
    return telling.unseen_notices(db.session(), current_user.id, now=now)


def check_of(contest: Contest, contest_id: int) -> None:
    """Refuse what belongs to another contest.

    Raises:
        NotFoundError: If it does.
    """
    if contest.id != contest_id:
        raise NotFoundError(f"of another contest than {contest!r}")


def settings() -> Settings:
    """Return this deployment's settings."""
    held: Settings = current_app.config["SETTINGS"]
    return held


def field_keys() -> FieldKeys:
    """Return the keys that open seals."""
    keys: FieldKeys = current_app.extensions["field_keys"]
    return keys
