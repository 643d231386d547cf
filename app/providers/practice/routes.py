"""The page on which a manager states practice of own staff."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_login import current_user

from app.certification import labels
from app.core import clock
from app.core.db import db, transaction
from app.core.error_pages import message_of
from app.core.errors import ConflictError, InvalidInputError, NotFoundError
from app.core.web import BaseForm, access
from app.providers.practice import services
from app.providers.practice.forms import PracticeForm
from app.providers.queries import provider_of_manager

bp = Blueprint("practice", __name__, url_prefix="/provider/practice")

SHOWN = 100

PROBLEM = {
    "not_employed": _("这一天不在任职期间"),
    "out_of_range": _("数量超出一次登记的范围，场次要填整数"),
    "in_future": _("日期还没有到"),
    "length": _("请写得短一些"),
    "unknown": _("请选择"),
}


@bp.get("")
@access("provider_manager", answers="200 page; 404 without a provider")
def index() -> ResponseReturnValue:
    """Show what the provider stated of its staff, and the form that states more."""
    return _page()


def _page(form: PracticeForm | None = None, refusal: str = "") -> str:
    db_session = db.session()
    provider = provider_of_manager(db_session, current_user.id)
    staff = services.staff_choices(db_session, provider)
    return render_template(
        "providers/practice/index.html",
        provider=provider,
        form=form or PracticeForm(staff, formdata=None),
        has_staff=bool(staff),
        rows=services.stated_by(db_session, provider, limit=SHOWN),
        words=labels,
        refusal=refusal,
    )


@bp.post("")
@access(
    "provider_manager",
    fields={
        "employment": "public id of a running employment",
        "kind": "sessions or training",
        "amount": "sessions or hours",
        "happened_on": "the day, or the last day of a series, during the employment",
        "title": "whose sessions, which course",
        "source": "where it can be looked up",
    },
    answers="303 to the page; 403 second_person_required for oneself; 409 page: claim_taken; "
    "422 form again; 404",
)
def state() -> ResponseReturnValue:
    """State live sessions or training of somebody who works here."""
    provider = provider_of_manager(db.session(), current_user.id)
    form = PracticeForm(services.staff_choices(db.session(), provider))
    if not form.validate_on_submit():
        return _page(form), 422
    actor, person_id = current_user.actor, current_user.id
    try:
        with transaction() as db_session:
            services.state_practice(
                db_session,
                provider_of_manager(db_session, person_id),
                form.employment.data,
                form.claim,
                enterer=actor,
                now=clock.now(),
            )
    except InvalidInputError as error:
        problem = error.errors[0]
        form[str(problem["field"])].errors = [str(PROBLEM[str(problem["code"])])]
        return _page(form), 422
    except ConflictError as error:
        return _page(form, refusal=message_of(error.code)), 409
    flash(gettext("已登记，等待委员会或评审确认"))
    return redirect(url_for("providers.practice.index"), code=303)


@bp.post("/<public_id>/take-back")
@access("provider_manager", answers="303 to the page; 409 page: claim_decided; 404")
def take_back(public_id: str) -> ResponseReturnValue:
    """Take an entry back before it is decided."""
    if not BaseForm().validate_on_submit():
        raise NotFoundError("form without its token")
    actor, person_id = current_user.actor, current_user.id
    try:
        with transaction() as db_session:
            services.take_back(
                db_session,
                provider_of_manager(db_session, person_id),
                public_id,
                actor=actor,
                now=clock.now(),
            )
    except ConflictError as error:
        return _page(refusal=message_of(error.code)), 409
    flash(gettext("已撤回"))
    return redirect(url_for("providers.practice.index"), code=303)
