"""What somebody is told about contests, whatever their role: the list, and that it was read."""

from __future__ import annotations

from collections.abc import Callable

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.contests.blueprint import bp
from app.contests.telling import queries as telling
from app.contests.telling import services
from app.core import clock
from app.core.db import db, transaction
from app.core.web import SIGNED_IN, BaseForm, access


@bp.app_context_processor
def unread_news() -> dict[str, Callable[[], int]]:
    """Let every page's bell say how much contest news is unread."""
    return {"unread_news": _unread_news}


def _unread_news() -> int:
    if not current_user.is_authenticated or current_user.limit:
        return 0
    db_session = db.session()
    if not telling.has_unseen(db_session, current_user.id):  # most people, on every page
        return 0
    return len(telling.unseen_notices(db_session, current_user.id, now=clock.now()))


@bp.get("/notices")
@access(SIGNED_IN, answers="200 page")
def notices() -> ResponseReturnValue:
    """Show what the person was told."""
    return render_template(
        "contests/notices.html",
        notices=telling.notices_of(db.session(), current_user.id, now=clock.now()),
        form=BaseForm(formdata=None),
    )


@bp.post("/notices/seen")
@access(SIGNED_IN, answers="303 to the list")
def notices_seen() -> ResponseReturnValue:
    """Note that everything was read."""
    with transaction() as db_session:
        services.mark_seen(db_session, current_user.id, now=clock.now())
    return redirect(url_for("contests.notices"), code=303)
