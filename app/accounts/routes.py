"""Pages of accounts: register, sign in and out, profile, second factor, language."""

from __future__ import annotations

import pyotp
import segno
from flask import (
    Blueprint,
    current_app,
    flash,
    jsonify,
    redirect,
    render_template,
    request,
    url_for,
)
from flask import session as web_session
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user
from markupsafe import Markup

from app.accounts import (
    forms,
    labels,
    presenting,
    queries,
    second_factors,
    services,
    signing_in,
    waiting,
)
from app.accounts.cookies import (
    device_cookie_name,
    set_device_cookie,
    set_session_cookie,
)
from app.accounts.identity import cookie_name
from app.accounts.line import SignInLine, SignInLineError
from app.accounts.passwords import check_password, hash_password
from app.accounts.roles import LABEL_OF, Role
from app.core import clock
from app.core.config import Settings
from app.core.crypto import FieldKeys
from app.core.db import db, transaction
from app.core.error_pages import add_messages, wants_json
from app.core.errors import InvalidInputError, RateLimitedError
from app.core.i18n import LOCALES
from app.core.web import ANYONE, SIGNED_IN, access, safe_next
from certificates.names import mask_name

bp = Blueprint("accounts", __name__, template_folder="templates")
add_messages(labels.MESSAGES)


@bp.record_once
def open_line(state: BlueprintSetupState) -> None:
    """Give the process its line before the sign-in."""
    state.app.extensions["sign_in_line"] = SignInLine(str(state.app.secret_key))


@bp.before_app_request
def require_second_factor() -> ResponseReturnValue | None:
    """Outside the demonstration, send staff without a second factor to enrol one.

    Pages that a candidate, every signed-in person or anybody may open stay open.

    Raises:
        SecondFactorRequiredError: If a program asks, which cannot enrol.
    """
    view = current_app.view_functions.get(request.endpoint or "")
    allowed = set(getattr(view, "access", (ANYONE,)))
    if _settings().is_demo or allowed & {ANYONE, SIGNED_IN, Role.CANDIDATE}:
        return None
    if not current_user.roles & allowed or current_user.has_second_factor:
        return None
    if wants_json():
        raise second_factors.SecondFactorRequiredError(repr(current_user))
    flash(str(labels.MESSAGES["second_factor_required"]), "warning")
    return redirect(url_for("accounts.second_factor"), code=303)


@bp.before_app_request
def keep_to_limit() -> None:
    """Refuse whatever a limited sign-in does not name: its limit is an exam, and nothing beside.

    Raises:
        LimitedSessionError: If the address names another thing, or none.
    """
    if request.endpoint in {None, "static"} or not current_user.limit:
        return
    view = current_app.view_functions[request.endpoint or ""]
    if getattr(view, "open_to_limited", False):
        return
    if (request.view_args or {}).get("public_id") not in current_user.limit:
        raise services.LimitedSessionError(f"{request.path} by {current_user!r}")


@bp.get("/sign-in")
@access(ANYONE, answers="200 page", open_to_limited=True)
def sign_in() -> ResponseReturnValue:
    """Show the sign-in form."""
    return render_template(
        "accounts/sign_in.html", form=forms.SignInForm(), next=safe_next(request.args.get("next"))
    )


@bp.post("/sign-in")
@access(
    ANYONE,
    fields={"account": "e-mail or phone", "password": "", "code": "one-time code, if enrolled"},
    answers="303 to `next`; 422 form again; 429 with Retry-After, and with X-Queue (how many stand "
    "before one) where only the line is long: the same request is welcome then",
    open_to_limited=True,
)
def sign_in_submit() -> ResponseReturnValue:
    """Sign in."""
    form = forms.SignInForm()
    next_url = safe_next(request.args.get("next"))
    if not form.validate_on_submit():
        return render_template("accounts/sign_in.html", form=form, next=next_url), 422
    now, tried = clock.now(), _sign_in_try(form.account.data or "")
    try:
        waiting.line().enter(waiting.token(), tried.address, now_s=now.timestamp())
    except SignInLineError as error:
        return _sign_in_waits(form, next_url, error)
    try:
        # Checking takes 30 ms: no connection is held meanwhile.
        with transaction() as db_session:
            signing_in.guard_sign_in(db_session, tried, now=now)
            hashed = queries.password_hash_of_account(db_session, tried.account)
    except RateLimitedError as error:
        return _sign_in_throttled(form, next_url, error.retry_after_s)
    with waiting.line().measured():
        right = check_password(hashed, form.password.data or "")
    try:
        with transaction() as db_session:
            signed_in = signing_in.sign_in(
                db_session,
                tried,
                checked_hash=hashed if right else None,
                code=form.code.data or "",
                keys=_keys(),
                now=now,
            )
    except services.SignInFailedError as error:
        return _sign_in_refused(form, next_url, tried, error)
    web_session.clear()  # a new CSRF token with the new identity
    web_session["locale"] = signed_in.locale
    return _signed_in(next_url, signed_in.secret, tried)


@bp.post("/sign-in/line")
@access(
    ANYONE,
    answers="200 `{place: 0}`: a sign-in is served now; 429 `{type: sign_in_line, message, place, "
    "retry_after_s}` with Retry-After and X-Queue; the place is kept in a cookie",
    open_to_limited=True,
)
def sign_in_line() -> ResponseReturnValue:
    """Take a place in the line before the sign-in, or see whether one's turn has come."""
    address = request.remote_addr or ""
    try:
        token = waiting.line().look(waiting.token(), address, now_s=clock.now().timestamp())
    except SignInLineError as error:
        return waiting.told_to_wait(error)
    answer = jsonify(place=0)
    return waiting.with_token(answer, token)


@bp.post("/sign-out")
@access(ANYONE, answers="303 to the landing page; the session row is gone", open_to_limited=True)
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
    now, tried = clock.now(), _sign_in_try(form.account.data or "")
    with transaction() as db_session:
        signing_in.guard_registration(db_session, address=tried.address, now=now)
    hashed = hash_password(form.password.data or "")
    try:
        with transaction() as db_session:
            person = services.register_person(
                db_session,
                account=tried.account,
                display_name=form.display_name.data or "",
                password_hash=hashed,
                now=now,
                locale=str(web_session.get("locale", "zh_CN")),
            )
            secret = services.open_web_session(
                db_session,
                person,
                address=tried.address,
                user_agent=tried.user_agent,
                now=now,
            )
    except services.AccountTakenError:
        with transaction() as db_session:
            signing_in.note_taken_account(db_session, address=tried.address, now=now)
        form.account.errors = [*form.account.errors, forms.TAKEN]
        return render_template("accounts/register.html", form=form), 422
    web_session.clear()
    return _signed_in(url_for("home.index"), secret, tried)


@bp.get("/account")
@access(SIGNED_IN, answers="200 page")
def profile() -> ResponseReturnValue:
    """Show the account: profile, password, second factor, own sign-ins."""
    return _profile_page()


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
        return _profile_page(profile_form=form), 422
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
    answers="303 to sign-in, every session ended; 422 form again; 429",
)
def password_submit() -> ResponseReturnValue:
    """Change the password; every sign-in ends."""
    person = queries.person(db.session(), current_user.id)
    names = (person.email or person.phone or "", person.display_name)
    hashed = person.password_hash
    form = forms.ChangePasswordForm(names)
    if not form.validate_on_submit() or not _is_own_password(form, hashed):
        return _profile_page(password_form=form), 422
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
    keep, person_id = current_user.session_hash, current_user.id
    with transaction() as db_session:
        person = queries.person(db_session, person_id)
        services.close_other_web_sessions(db_session, person, keep=keep, now=clock.now())
    flash(gettext("其他登录已全部退出"))
    return redirect(url_for("accounts.profile"), code=303)


@bp.get("/account/second-factor")
@access(SIGNED_IN, answers="200 page with a secret that is not yet stored")
def second_factor() -> ResponseReturnValue:
    """Show the secret to scan with an authenticator app."""
    secret = web_session.setdefault("totp_draft", pyotp.random_base32())
    return _second_factor_page(forms.SecondFactorForm(), secret)


@bp.post("/account/second-factor")
@access(
    SIGNED_IN,
    fields={"code": "6 digits", "current": "present password"},
    answers="303 to the account; 422 form again; 429",
)
def second_factor_submit() -> ResponseReturnValue:
    """Switch one-time codes on."""
    form = forms.SecondFactorForm()
    secret = web_session.get("totp_draft", "")
    if not secret:
        return redirect(url_for("accounts.second_factor"), code=303)
    hashed = queries.person(db.session(), current_user.id).password_hash
    if not form.validate_on_submit() or not _is_own_password(form, hashed):
        return _second_factor_page(form, secret), 422
    try:
        with transaction() as db_session:
            person = queries.person(db_session, current_user.id)
            second_factors.enrol_second_factor(
                db_session,
                person,
                secret=secret,
                code=form.code.data or "",
                keys=_keys(),
                now=clock.now(),
            )
    except InvalidInputError:
        form.code.errors = [forms.WRONG_CODE]
        return _second_factor_page(form, secret), 422
    web_session.pop("totp_draft")
    flash(gettext("动态验证码已开启，下次登录时需要"))
    return redirect(url_for("accounts.profile"), code=303)


@bp.get("/language/<code>")
@access(
    ANYONE, answers="303 back to `next`; only a preference cookie changes", open_to_limited=True
)
def set_language(code: str) -> ResponseReturnValue:
    """Switch the language of the interface."""
    if code not in LOCALES:
        return redirect("/", code=303)
    web_session["locale"] = code
    return redirect(safe_next(request.args.get("next")), code=303)


def _sign_in_try(account: str) -> signing_in.SignInTry:
    token = request.cookies.get(device_cookie_name(_settings()), "")
    return signing_in.SignInTry(
        account=account,
        address=request.remote_addr or "",
        user_agent=request.user_agent.string,
        device=signing_in.device_of(token, account, _keys()),
    )


def _sign_in_throttled(
    form: forms.SignInForm, next_url: str, retry_after_s: int
) -> ResponseReturnValue:
    """Say on the form itself how long to wait; what was typed stays."""
    form.form_errors.append(forms.wait_words(retry_after_s))
    page = render_template("accounts/sign_in.html", form=form, next=next_url)
    return page, 429, {"Retry-After": str(retry_after_s)}


def _sign_in_waits(
    form: forms.SignInForm, next_url: str, error: SignInLineError
) -> ResponseReturnValue:
    """Tell where somebody stands in the line; the place is kept in a cookie."""
    if wants_json():
        return waiting.told_to_wait(error)
    words = forms.line_words(error.place, error.retry_after_s)
    page = render_template("accounts/sign_in.html", form=form, next=next_url, notice=words)
    answer = current_app.make_response((page, 429))
    return waiting.with_place(answer, error)


def _sign_in_refused(
    form: forms.SignInForm,
    next_url: str,
    tried: signing_in.SignInTry,
    error: services.SignInFailedError,
) -> ResponseReturnValue:
    """Show the form again; only who knows the password learns that a code is wanted."""
    ask_code = isinstance(error, second_factors.CodeRefusedError)
    notice = ""
    if isinstance(error, second_factors.CodeMissingError):
        notice = forms.CODE_WANTED
    else:
        with transaction() as db_session:
            signing_in.note_failure(db_session, tried, now=clock.now())
        form.form_errors.append(forms.CODE_FAILED if ask_code else forms.SIGN_IN_FAILED)
    page = render_template(
        "accounts/sign_in.html", form=form, next=next_url, ask_code=ask_code, notice=notice
    )
    return page, 422


def _is_own_password(form: forms.ChangePasswordForm | forms.SecondFactorForm, hashed: str) -> bool:
    """Check the password of who is signed in; a wrong one becomes the field's error."""
    person_id = current_user.id
    with transaction() as db_session:
        signing_in.guard_own_password(db_session, person_id, now=clock.now())
    if check_password(hashed, form.current.data or ""):
        return True
    form.current.errors = [forms.WRONG_PASSWORD]
    return False


def _profile_page(
    profile_form: forms.ProfileForm | None = None,
    password_form: forms.ChangePasswordForm | None = None,
) -> str:
    person = queries.person(db.session(), current_user.id)
    identity = queries.legal_identity_or_none(db.session(), person.id)
    return render_template(
        "accounts/profile.html",
        person=person,
        profile_form=profile_form or forms.ProfileForm(formdata=None, obj=person),
        password_form=password_form or forms.ChangePasswordForm(formdata=None),
        sessions=queries.live_web_sessions(
            db.session(), person.id, now=clock.now(), settings=_settings()
        ),
        browser_of=presenting.browser_of,
        identity=identity,
        masked_name=mask_name(identity.legal_name) if identity else "",
        roles=[LABEL_OF[role] for role in Role if role in person.roles],
    )


def _second_factor_page(form: forms.SecondFactorForm, secret: str) -> str:
    uri = pyotp.TOTP(secret).provisioning_uri(
        name=current_user.display_name, issuer_name="操盘手认证"
    )
    qr = Markup(segno.make(uri).svg_inline(scale=5, border=2, omitsize=True))  # noqa: S704 - our own SVG
    return render_template("accounts/second_factor.html", form=form, secret=secret, qr=qr)


def _signed_in(target: str, secret: str, tried: signing_in.SignInTry) -> ResponseReturnValue:
    """Go to a page with the cookies of a fresh sign-in."""
    response = current_app.make_response(redirect(target, code=303))
    set_session_cookie(response, secret, _settings())
    if not tried.device:
        token = signing_in.device_token(tried.account, _keys())
        set_device_cookie(response, token, _settings())
    return response


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings


def _keys() -> FieldKeys:
    keys: FieldKeys = current_app.extensions["field_keys"]
    return keys
