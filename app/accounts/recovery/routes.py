"""Pages for who cannot sign in: ask for a link, set a new password."""

from __future__ import annotations

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from app.accounts.models import Person
from app.accounts.passwords import hash_password
from app.accounts.recovery import forms, services
from app.core import clock
from app.core.config import Settings
from app.core.db import db, transaction
from app.core.error_pages import add_messages
from app.core.web import ANYONE, access

bp = Blueprint("recovery", __name__, template_folder="templates", url_prefix="/password")
add_messages(
    {
        "reset_ended": _("这个链接已经用过或过期了，请重新申请一个"),
        "reset_account_closed": _("这个账号已停用，先恢复账号，再发重设链接"),
    }
)


@bp.get("/forgot")
@access(ANYONE, answers="200 page")
def forgot() -> ResponseReturnValue:
    """Ask whose password was forgotten."""
    return _forgot_page(forms.ForgottenForm())


@bp.post("/forgot")
@access(
    ANYONE,
    fields={"account": "e-mail or phone"},
    answers="200 page with the same words whether there is such an account or not; 422 form "
    "again; 429",
)
def forgot_submit() -> ResponseReturnValue:
    """Mail a link, if there is an account with a mail address."""
    form = forms.ForgottenForm()
    if not form.validate_on_submit():
        return _forgot_page(form), 422
    now, address = clock.now(), request.remote_addr or ""
    with transaction() as db_session:
        services.guard_wish(db_session, address=address, now=now)
        if _settings().smtp_url:
            services.ask_for_reset(db_session, form.account.data or "", now=now)
    return _forgot_page(form, asked=True)


@bp.get("/reset/<token>")
@access(ANYONE, answers="200 page; 404 page with the way to a new link")
def reset(token: str) -> ResponseReturnValue:
    """Show the form for a new password."""
    try:
        person = services.person_of_reset(db.session(), token, now=clock.now())
    except services.ResetEndedError:
        return _ended_page()
    return _reset_page(forms.NewPasswordForm(), token, person)


@bp.post("/reset/<token>")
@access(
    ANYONE,
    fields={"password": "new one", "repeat": "again"},
    answers="303 to sign-in, every session and link of the person ended; 404 page; 422 form again",
)
def reset_submit(token: str) -> ResponseReturnValue:
    """Set a new password."""
    try:
        person = services.person_of_reset(db.session(), token, now=clock.now())
        form = forms.NewPasswordForm((person.email or person.phone or "", person.display_name))
        if not form.validate_on_submit():
            return _reset_page(form, token, person), 422
        db.session().rollback()  # hashing takes 30 ms: no connection is held meanwhile
        fresh = hash_password(form.password.data or "")
        with transaction() as db_session:
            services.reset_password(db_session, token, fresh, now=clock.now())
    except services.ResetEndedError:
        return _ended_page()
    flash(gettext("密码已修改，请用新密码登录"))
    return redirect(url_for("accounts.sign_in"), code=303)


def _forgot_page(form: forms.ForgottenForm, *, asked: bool = False) -> str:
    return render_template(
        "recovery/forgot.html",
        form=form,
        asked=asked,
        has_mail=bool(_settings().smtp_url),
        minutes=services.MAILED_MIN,
        hours=services.HANDED_H,
    )


def _reset_page(form: forms.NewPasswordForm, token: str, person: Person) -> str:
    return render_template("recovery/reset.html", form=form, token=token, person=person)


def _ended_page() -> ResponseReturnValue:
    return render_template("recovery/ended.html"), 404


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings
