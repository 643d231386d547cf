"""The operator's page: own sessions, confirmed or declined."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from app.core import clock
from app.core.db import db, transaction
from app.core.web import SIGNED_IN, BaseForm, access
from app.providers.labels import LEVEL
from app.providers.roster import own
from app.providers.roster.forms import DeclineShiftForm
from app.providers.trade import CATEGORY

bp = Blueprint("shifts", __name__, url_prefix="/shifts")


@bp.get("")
@access(SIGNED_IN, answers="200 page")
def index() -> ResponseReturnValue:
    """Show what the reader is planned for."""
    return _page(DeclineShiftForm(formdata=None))


@bp.post("/<public_id>/confirm")
@access(
    SIGNED_IN,
    answers="303 to the page; 404, also for somebody else's; 409 session_begun",
)
def confirm(public_id: str) -> ResponseReturnValue:
    """Say that one comes."""
    actor, person_id = current_user.actor, current_user.id
    with transaction() as db_session:
        own.confirm_shift(db_session, person_id, public_id, actor=actor, now=clock.now())
    flash(gettext("已确认"))
    return redirect(url_for("providers.shifts.index"), code=303)


@bp.post("/<public_id>/decline")
@access(
    SIGNED_IN,
    fields={"reason": "why, 2 to 200 characters; the manager can read it"},
    answers="303 to the page; 404, also for somebody else's; 409 session_begun; 422 page",
)
def decline(public_id: str) -> ResponseReturnValue:
    """Say that one cannot come."""
    form, actor, person_id = DeclineShiftForm(), current_user.actor, current_user.id
    if not form.validate_on_submit():
        return _page(form, declining=public_id), 422
    with transaction() as db_session:
        own.decline_shift(
            db_session,
            person_id,
            public_id,
            reason=form.reason.data or "",
            actor=actor,
            now=clock.now(),
        )
    flash(gettext("已告知不能来，这一场会改排他人"))
    return redirect(url_for("providers.shifts.index"), code=303)


def _page(form: DeclineShiftForm, *, declining: str = "") -> str:
    now = clock.now()
    return render_template(
        "providers/shifts.html",
        shifts=own.own_shifts(db.session(), current_user.id, now=now),
        now=now,
        form=form,
        bare=BaseForm(formdata=None),
        declining=declining,
        levels=LEVEL,
        categories=CATEGORY,
    )
