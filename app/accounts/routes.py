"""Pages of accounts: register, sign in and out, profile, second factor, language."""

from __future__ import annotations

import segno
from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask import session as web_session
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user
from markupsafe import Markup
import pyotp

from app.accounts import forms, queries, services
from app.accounts.identity import cookie_name
from app.accounts.passwords import check_password, hash_password
from app.core import clock
from app.core.config import Settings
from app.core.db import db, transaction
from app.core.i18n import LOCALES
from app.core.rate_limits import count_hit
from app.core.errors import RateLimitedError
from app.core.web import ANYONE, SIGNED_IN, access, safe_next

bp = Blueprint("accounts", __name__, template_folder="templates")


@bp.get("/sign-in")
@access(ANYONE, answers="200 page")
def sign_in() -> ResponseReturnValue:
    """Show the sign-in form."""
    return render_template(
        "accounts/sign_in.html", form=forms.SignInForm(), next=safe_next(request.args.get("next"))
    )


@bp.post("/sign-in")
@access(
    ANYONE,
    fields={"account": "e-mail or phone", "password": "", "code": "one-time code, if enrolled"},
    answers="303 to `next`; 422 form again; 429 with Retry-After",
)
def sign_in_submit() -> ResponseReturnValue:
    """Sign in."""
    form = forms.SignInForm()
    next_url = safe_next(request.args.get("next"))
    if not form.validate_on_submit():
        return render_template("accounts/sign_in.html", form=form, next=next_url), 422
    now = clock.now()
    account, address = form.account.data or "", request.remote_addr or ""
    with transaction() as db_session:
        services.guard_sign_in(db_session, account=account, address=address, now=now)
    person = queries.person_of_account_or_none(db.session(), account)
    hashed = person.password_hash if person is not None else None
    needs_code = person is not None and person.totp_sealed is not None
    db.session().rollback()
    right = check_password(hashed, form.password.data or "")
    try:
        with transaction() as db_session:
            person = queries.person_of_account_or_none(db_session, account)
            if not right or person is None:
                raise services.SignInFailedError("password")
            services.check_second_factor(
                db_session, person, code=form.code.data or "", keys=_keys(), now=now
            )
            secret = services.open_web_session(
                db_session,
                person,
                address=address,
                user_agent=request.user_agent.string,
                now=now,
                second_factor=needs_code,
            )
            locale = person.locale
    except services.SignInFailedError:
        with transaction() as db_session:
            services.note_failure(db_session, account=account, now=now)
        form.form_errors.append(gettext("账号或密码不正确"))
        page = render_template(
            "accounts/sign_in.html", form=form, next=next_url, ask_code=needs_code and right
        )
        return page, 422
    web_session.clear()  # a new CSRF token with the new identity
    web_session["locale"] = locale
    return _with_cookie(redirect(next_url, code=303), secret)


@bp.post("/sign-out")
@access(ANYONE, answers="303 to the landing page; the session row is gone")
def sign_out() -> ResponseReturnValue:
    """Sign out."""
    if current_user.is_authenticated:
        session_hash = current_user.session_hash
        with transaction() as db_session:
            services.close_web_session(db_session, session_hash)
    locale = web_session.get("locale")
    web_session.clear()
    if locale:
        web_session["locale"] = locale
    answer = redirect(url_for("home.index", signed_out=1), code=303)
    answer.delete_cookie(cookie_name(_settings()), secure=_settings().is_https, httponly=True)
    answer.headers["Clear-Site-Data"] = '"storage"'
    return answer


@bp.get("/register")
@access(ANYONE, answers="200 page")
def register() -> ResponseReturnValue:
    """Show the registration form."""
    return render_template("accounts/register.html", form=forms.RegisterForm())


@bp.post("/register")
@access(
    ANYONE,
    fields={
        "account": "e-mail or phone",
        "display_name": "what others see",
        "password": "at least 8 characters",
        "repeat": "again",
    },
    answers="303 to the home page, signed in; 422 form again; 429",
)
def register_submit() -> ResponseReturnValue:
    """Open an account and sign in."""
    form = forms.RegisterForm()
    if not form.validate_on_submit():
        return render_template("accounts/register.html", form=form), 422
    now = clock.now()
    hashed = hash_password(form.password.data or "")
    address = request.remote_addr or ""
    try:
        with transaction() as db_session:
            wait = count_hit(
                db_session,
                f"register:{address}",
                limit=services.REGISTER_LIMIT,
                window_s=services.REGISTER_WINDOW_S,
                now=now,
            )
            if wait is not None:
                raise RateLimitedError("register", wait)
            person = services.register_person(
                db_session,
                account=form.account.data or "",
                display_name=form.display_name.data or "",
                password_hash=hashed,
                now=now,
                locale=str(web_session.get("locale", "zh_CN")),
            )
            secret = services.open_web_session(
                db_session,
                person,
                address=address,
                user_agent=request.user_agent.string,
                now=now,
            )
    except services.AccountTakenError:
        form.account.errors = [*form.account.errors, forms.TAKEN]
        return render_template("accounts/register.html", form=form), 422
    web_session.clear()
    return _with_cookie(redirect(url_for("home.index"), code=303), secret)


@bp.get("/account")
@access(SIGNED_IN, answers="200 page")
def profile() -> ResponseReturnValue:
    """Show the account: profile, password, second factor, own sign-ins."""
    return _profile_page(forms.ProfileForm(), forms.ChangePasswordForm())


@bp.post("/account/profile")
@access(
    SIGNED_IN,
    fields={"display_name": "1 to 40 characters", "locale": "zh_CN or en"},
    answers="303 to the account; 422 form again",
)
def profile_submit() -> ResponseReturnValue:
    """Change the profile."""
    form = forms.ProfileForm()
    if not form.validate_on_submit():
        return _profile_page(form, forms.ChangePasswordForm()), 422
    with transaction() as db_session:
        person = queries.person(db_session, current_user.id)
        services.update_profile(
            db_session,
            person,
            display_name=form.display_name.data or "",
            locale=form.locale.data,
            now=clock.now(),
        )
    web_session["locale"] = form.locale.data
    flash(gettext("资料已更新"))
    return redirect(url_for("accounts.profile"), code=303)


@bp.post("/account/password")
@access(
    SIGNED_IN,
    fields={"current": "present password", "password": "new one", "repeat": "again"},
    answers="303 to sign-in, every session ended; 422 form again",
)
def password_submit() -> ResponseReturnValue:
    """Change the password; every sign-in ends."""
    form = forms.ChangePasswordForm()
    hashed = queries.person(db.session(), current_user.id).password_hash
    db.session().rollback()
    ok = form.validate_on_submit()
    if ok and not check_password(hashed, form.current.data or ""):
        form.current.errors = [gettext("现在的密码不对")]
        ok = False
    if not ok:
        return _profile_page(forms.ProfileForm(), form), 422
    fresh = hash_password(form.password.data or "")
    with transaction() as db_session:
        person = queries.person(db_session, current_user.id)
        services.change_password(
            db_session, person, fresh, actor=current_user.actor, now=clock.now()
        )
    flash(gettext("密码已修改，请重新登录"))
    return redirect(url_for("accounts.sign_in"), code=303)


@bp.post("/account/sessions/end-others")
@access(SIGNED_IN, answers="303 to the account")
def end_other_sessions() -> ResponseReturnValue:
    """End every other sign-in of this person."""
    keep = current_user.session_hash
    with transaction() as db_session:
        for row in queries.web_sessions(db_session, current_user.id):
            if row.id_hash != keep:
                services.close_web_session(db_session, row.id_hash)
    flash(gettext("其他登录已全部退出"))
    return redirect(url_for("accounts.profile"), code=303)


@bp.get("/account/second-factor")
@access(SIGNED_IN, answers="200 page with a secret that is not yet stored")
def second_factor() -> ResponseReturnValue:
    """Show the secret to scan with an authenticator app."""
    secret = web_session.setdefault("totp_draft", pyotp.random_base32())
    return _second_factor_page(forms.SecondFactorForm(), secret)


@bp.post("/account/second-factor")
@access(SIGNED_IN, fields={"code": "6 digits"}, answers="303 to the account; 422 form again")
def second_factor_submit() -> ResponseReturnValue:
    """Switch one-time codes on."""
    form = forms.SecondFactorForm()
    secret = web_session.get("totp_draft", "")
    if not secret:
        return redirect(url_for("accounts.second_factor"), code=303)
    if not form.validate_on_submit():
        return _second_factor_page(form, secret), 422
    try:
        with transaction() as db_session:
            person = queries.person(db_session, current_user.id)
            services.enrol_second_factor(
                db_session,
                person,
                secret=secret,
                code=form.code.data or "",
                keys=_keys(),
                now=clock.now(),
            )
    except services.InvalidInputError:
        form.code.errors = [forms.WRONG_CODE]
        return _second_factor_page(form, secret), 422
    web_session.pop("totp_draft")
    flash(gettext("动态验证码已开启，下次登录时需要"))
    return redirect(url_for("accounts.profile"), code=303)


@bp.get("/language/<code>")
@access(ANYONE, answers="303 back to `next`; only a preference cookie changes")
def set_language(code: str) -> ResponseReturnValue:
    """Switch the language of the interface."""
    if code not in LOCALES:
        return redirect("/", code=303)
    web_session["locale"] = code
    return redirect(safe_next(request.args.get("next")), code=303)


def _profile_page(profile_form: forms.ProfileForm, password_form: forms.ChangePasswordForm) -> str:
    person = queries.person(db.session(), current_user.id)
    if request.method == "GET":
        profile_form.process(obj=person)
    return render_template(
        "accounts/profile.html",
        person=person,
        profile_form=profile_form,
        password_form=password_form,
        sessions=queries.web_sessions(db.session(), person.id),
        identity=queries.legal_identity_or_none(db.session(), person.id),
    )


def _second_factor_page(form: forms.SecondFactorForm, secret: str) -> str:
    uri = pyotp.TOTP(secret).provisioning_uri(
        name=current_user.display_name, issuer_name="操盘手认证"
    )
    qr = Markup(segno.make(uri).svg_inline(scale=5, border=2, omitsize=True))  # noqa: S704 - our own SVG
    return render_template("accounts/second_factor.html", form=form, secret=secret, qr=qr)


def _with_cookie(answer: ResponseReturnValue, secret: str) -> ResponseReturnValue:
    settings = _settings()
    response = current_app.make_response(answer)
    response.set_cookie(
        cookie_name(settings),
        secret,
        max_age=settings.session_absolute_h * 3600,
        secure=settings.is_https,
        httponly=True,
        samesite="Lax",
        path="/",
    )
    return response


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings


def _keys() -> services.FieldKeys:
    keys: services.FieldKeys = current_app.extensions["field_keys"]
    return keys
